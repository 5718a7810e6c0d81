"""The files of one log in a bundle: entries as stored with what they commit to, and checkpoints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from adapters.bundle.selection import Chosen, Ground, Selection
from domain.errors import Broken
from domain.ledger.entry import SALT_BYTES, envelope_line
from domain.ledger.note import Checkpoint
from domain.ledger.tree import leaf_hash, root_at, subtrees
from projections.ports import LedgerReading
from projections.verification.signed import Kept, kept_of


@dataclass(frozen=True, slots=True)
class LogFiles:
    """One log to a size: its files, and what the manifest says of it. `withheld` is what a reader is told."""

    files: dict[str, bytes]
    log: str
    size: int
    root: str
    withheld: tuple[tuple[int, str, Ground], ...]


def log_files(
    ledger: LedgerReading, selection: Selection, kept: Sequence[Kept], claimed: Iterable[int] = ()
) -> LogFiles:
    """The files of a log as selected, with these checkpoints. The roots at their sizes and at those that are
    `claimed` follow from the lines, also in a part.
    """
    log, size = selection.log, selection.size
    sizes = sorted({size, *(each.size for each in kept), *(each for each in claimed if each <= size)})
    lines, withheld, count = list[bytes](), list[tuple[int, str, Ground]](), 0
    for chosen in selection:
        position = chosen.line.position
        lines += _left_out(ledger, log, count, position - 1, sizes)
        lines.append(entry_line(log, chosen))
        count = position
        for what, ground in (("fact", chosen.fact), ("envelope", chosen.envelope)):
            if ground is not None and (what == "fact" or chosen.command is not None):
                withheld.append((position, what, ground))
    lines += _left_out(ledger, log, count, size, sizes)
    files = {"ledger.txt": b"".join(line + b"\n" for line in lines), **_checkpoints(kept)}
    root = root_at(size, partial(ledger.nodes, log))
    return LogFiles(files, log, size, root.hex(), tuple(withheld))


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


# ---------------------------------------------------------------- lines


def entry_line(log: str, chosen: Chosen) -> bytes:
    """The line of an entry: after its hash, and before what it commits to, as far as it is given."""
    line, envelope = chosen.line, b""
    entry = line.entry.encode()
    if line.command == line.position:
        if chosen.command is None:
            where = f"{log} at {line.position}"
            raise Broken("bundle.no_command", "a command is not in the journal", where=where)
        text = envelope_line(*chosen.command).encode()
        envelope = _given(line.salts[SALT_BYTES:], text, chosen.envelope)
    fact = _given(line.salts[:SALT_BYTES], line.data, chosen.fact)
    return b"\t".join((leaf_hash(entry).hex().encode(), entry, fact, envelope))


def _given(salt: bytes, data: bytes, ground: Ground | None) -> bytes:
    """What an entry commits to, or why it is withheld. What is stored is a line of JSON, without a tab."""
    if ground is None:
        return salt.hex().encode() + b" " + data
    by = "" if ground.by is None else f" {ground.by}"
    return f"withheld {ground.ground}{by}".encode()


def _left_out(ledger: LedgerReading, log: str, start: int, end: int, sizes: Sequence[int]) -> Iterator[bytes]:
    """The hashes of subtrees over entries left out, of which the root at each of the sizes follows."""
    bounds = [start, *(size for size in sizes if start < size < end), end]
    places = [place for pair in pairwise(bounds) for place in subtrees(*pair)]
    nodes = ledger.nodes(log, places) if places else ()
    for place, node in zip(places, nodes, strict=True):
        yield f"{node.hex()}\t{place.level}".encode()


# ---------------------------------------------------------------- checkpoints


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
