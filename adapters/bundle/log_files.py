"""The files of one log in a bundle: entries as stored, what they commit to, checkpoints and proofs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from adapters.bundle.selection import Chosen, Ground, Selection
from domain.errors import Broken
from domain.ledger.entry import SALT_BYTES, envelope_line
from domain.ledger.note import Checkpoint
from domain.ledger.tree import Place, consistency_proof, inclusion_proof, leaf_hash, root_at
from projections.ports import LedgerReading
from projections.verification.signed import Kept, kept_of


@dataclass(frozen=True, slots=True)
class LogFiles:
    """One log to a size: its files, and what the manifest says of it. `withheld` is what a reader is told."""

    files: dict[str, bytes]
    told: Mapping[str, object]
    withheld: tuple[tuple[int, str, Ground], ...]


def log_files(
    ledger: LedgerReading, selection: Selection, kept: Sequence[Kept], claimed: Iterable[int] = ()
) -> LogFiles:
    """The files of a log as selected, with these checkpoints, and proofs at sizes that are `claimed`."""
    log, size, is_whole = selection.log, selection.size, not selection.subject
    tree = _Tree(ledger, log, size)
    names = ("entries.jsonl", "leaves.txt", "payloads.txt", "envelopes.txt")
    lines: dict[str, list[bytes]] = {name: [] for name in names}
    proofs: list[bytes] = []
    withheld = []
    newest = max((each.size for each in kept), default=0)
    for chosen in selection:
        entry = chosen.line.entry.encode()
        position = chosen.line.position
        lines["entries.jsonl"].append(entry)
        lines["leaves.txt"].append(leaf_hash(entry).hex().encode())
        lines["payloads.txt"].append(_fact(chosen))
        if chosen.line.command == position:
            lines["envelopes.txt"].append(_envelope(log, chosen))
        for what, ground in (("fact", chosen.fact), ("envelope", chosen.envelope)):
            if ground is not None and (what == "fact" or chosen.command is not None):
                withheld.append((position, what, ground))
        if not is_whole:
            proofs.append(tree.inclusion(position, newest if position <= newest else size))
    if not is_whole:
        lines["proofs.txt"] = proofs
        sizes = {size, *(each.size for each in kept), *(each for each in claimed if each <= size)}
        lines["consistency.txt"] = list(tree.consistency(sorted(sizes)))
    files = {name: b"".join(line + b"\n" for line in each) for name, each in lines.items()}
    files |= _checkpoints(kept)
    told = {"log": log, "root": tree.root(size).hex(), "size": size, "whole": is_whole}
    return LogFiles(files, told, tuple(withheld))


def checkpoints_of(ledger: LedgerReading, log: str, size: int) -> list[Kept]:
    """What is signed of a log up to a size. Raises Broken when the store keeps what is no checkpoint."""
    kept = [each for each in kept_of(ledger.anchors(log)) if each.size <= size]
    for each in kept:
        if each.note is None or Checkpoint.parse(each.note.text).size != each.size:
            raise Broken(
                "bundle.checkpoint",
                f"what the store keeps of {each.size} entries is no checkpoint",
                where=log,
                remedy="See 'trialog audit verify'.",
            )
    return kept


# ---------------------------------------------------------------- records


def _fact(chosen: Chosen) -> bytes:
    line = chosen.line
    return _given(line.position, line.salts[:SALT_BYTES], line.data, chosen.fact)


def _envelope(log: str, chosen: Chosen) -> bytes:
    if chosen.command is None:
        raise Broken(
            "bundle.no_command", "a command is not in the journal", where=f"{log} at {chosen.line.position}"
        )
    text = envelope_line(*chosen.command).encode()
    return _given(chosen.line.position, chosen.line.salts[SALT_BYTES:], text, chosen.envelope)


def _given(position: int, salt: bytes, data: bytes, ground: Ground | None) -> bytes:
    """The record of what an entry commits to, or of why it is withheld. What is stored is a line of JSON."""
    if ground is None:
        return f"{position} {salt.hex()} ".encode() + data
    by = "" if ground.by is None else f" {ground.by}"
    return f"{position} withheld {ground.ground}{by}".encode()


def _checkpoints(kept: Sequence[Kept]) -> dict[str, bytes]:
    """A file for each signed text, and one for each time stamp over it."""
    files: dict[str, bytes] = {}
    seen: dict[int, int] = {}
    for each in kept:
        seen[each.size] = number = seen.get(each.size, 0) + 1
        stem = f"checkpoints/{each.size:012}" + (f"-{number}" if number > 1 else "")
        files[f"{stem}.note"] = str(each.note).encode()
        for name, token in each.stamps:
            files[_free(files, stem, name)] = token or b""
    return files


def _free(files: Mapping[str, bytes], stem: str, name: str) -> str:
    """A name for a time stamp's file: holders can have the same letters."""
    told = re.sub("[^A-Za-z0-9]+", "-", name).strip("-") or "tsa"
    names = (f"{stem}.{told}{'' if number == 1 else f'-{number}'}.tsr" for number in range(1, len(files) + 2))
    return next(name for name in names if name not in files)


# ---------------------------------------------------------------- proofs


class _Tree:
    """A log's tree at a size, its nodes from the store."""

    def __init__(self, ledger: LedgerReading, log: str, size: int) -> None:
        self._ledger, self._log, self._size = ledger, log, size

    def _nodes(self, places: Sequence[Place]) -> list[bytes]:
        return self._ledger.nodes(self._log, places)

    def root(self, size: int) -> bytes:
        return root_at(size, self._nodes)

    def inclusion(self, position: int, size: int) -> bytes:
        path = [step.hex() for step in inclusion_proof(position - 1, size, self._nodes)]
        return " ".join((str(position), str(size), *path)).encode()

    def consistency(self, sizes: Sequence[int]) -> Iterator[bytes]:
        for old, new in pairwise(sizes):
            path = [step.hex() for step in consistency_proof(old, new, self._nodes)]
            root = self.root(old).hex()
            yield " ".join((str(old), str(new), root, *path)).encode()
