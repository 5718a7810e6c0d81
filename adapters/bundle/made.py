"""Making a bundle: everything an inspector needs to check a trial's history without us."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from adapters.bundle.log_files import LogFiles, checkpoints_of, log_files
from adapters.bundle.selection import Selection
from domain.casebook_paths import path_forms
from domain.identifiers import SYSTEM_LOG, log_stream, participant_stream
from domain.ledger.kept import StoredLine
from domain.ledger.note import LOG_KEY, Key
from projections.ports import LedgerReading
from projections.verification.bundle_manifest import FORMAT
from projections.verification.word import CHECKPOINT_SIGNED, KEY_REGISTERED, PROTOCOLS, Word

SHIPPED = Path(__file__).parent / "shipped"
"""What goes into every bundle as it is: the verifier and the description of the format."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be in a bundle: a trial to a position, of one participant only (or ""), for which reader,
    and without the values of which items (`genetic`).
    """

    trial: str
    position: int
    participant: str
    role: str
    masked: bool
    as_of: str
    app_version: str
    genetic: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Evidence:
    """The logs of a bundle, the public keys of those who signed them, the protocols by position."""

    trial: LogFiles
    system: LogFiles | None
    keys: tuple[str, ...]
    protocols: Mapping[int, str]

    signed_to: int
    """How many facts the newest checkpoint speaks of; 0 when there is none."""


def evidence(ledger: LedgerReading, wanted: Wanted, witnesses: tuple[str, ...] = ()) -> Evidence:
    """The logs as wanted. `witnesses` are public halves of keys that cosign, to go with those of the logs."""
    about = _about(ledger, wanted.trial)
    word = Word()
    for line in about:
        word.take(line.position, line.topic, line.data)
    cut = _cut(about, word, wanted.position)
    claimed = [claim.size for claim in word.claims if claim.position <= cut]
    subject = participant_stream(wanted.participant) if wanted.participant else ""
    trial = Selection(ledger, wanted.trial, wanted.position, subject, wanted.masked, wanted.genetic)
    checkpoints = checkpoints_of(ledger, wanted.trial, wanted.position)
    keys = dict.fromkeys((*map(str, word.keys), *map(str, _system_keys(ledger)), *witnesses))
    return Evidence(
        log_files(ledger, trial, checkpoints, claimed),
        _system(ledger, wanted, cut) if cut else None,
        tuple(keys),
        _protocols(ledger, wanted),
        max((each.size for each in checkpoints), default=0),
    )


def bundle(wanted: Wanted, known: Evidence, reports: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a bundle by name."""
    files: dict[str, bytes] = dict(reports)
    parts = {name: log for name, log in (("system", known.system), ("trial", known.trial)) if log is not None}
    for name, log in parts.items():
        files |= {f"{name}/{file}": data for file, data in log.files.items()}
    logs = {name: f"{log.log} {log.size} {log.root}" for name, log in parts.items()}
    files["manifest.txt"] = _manifest(wanted, logs, known.keys).encode()
    files |= {f"protocols/{position}.json": text.encode() for position, text in known.protocols.items()}
    files |= {name: (SHIPPED / name).read_bytes() for name in ("SPEC.md", "verify.py")}
    sums = (f"{sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    files["SHA256SUMS"] = "".join(sums).encode()
    return files


def _manifest(wanted: Wanted, logs: Mapping[str, str], keys: Iterable[str]) -> str:
    """What a bundle says of itself, line by line."""
    told = {
        "app_version": wanted.app_version,
        "as_of": wanted.as_of,
        "masked": "yes" if wanted.masked else "no",
        "participant": wanted.participant or "all",
        "role": wanted.role,
        **logs,
    }
    policy = [
        f"log {key}" if key.kind == LOG_KEY else f"witness {key.name} {key}" for key in map(Key.parse, keys)
    ]
    records = (
        f"record {topic} {form} {json.dumps(defaults, separators=(',', ':'))}"
        for topic, (form, defaults) in sorted(path_forms().items())
    )
    lines = (FORMAT, *(f"{name} {value}" for name, value in told.items()), *policy, "quorum none", *records)
    return "".join(f"{line}\n" for line in lines)


# ---------------------------------------------------------------- the system log


def _about(ledger: LedgerReading, trial: str) -> list[StoredLine]:
    """What the system log says of a trial's log."""
    return [line for line in ledger.stored_lines(SYSTEM_LOG) if line.stream == log_stream(trial)]


def _system_keys(ledger: LedgerReading) -> list[object]:
    word = Word()
    for line in _about(ledger, SYSTEM_LOG):
        if line.topic == KEY_REGISTERED:
            word.take(line.position, line.topic, line.data)
    return list(word.keys)


def _cut(about: list[StoredLine], word: Word, size: int) -> int:
    """The last position of the system log that speaks of the trial's log up to a size; 0 when none does.

    What comes later is left out, so that a bundle as of an earlier position stays the same.
    """
    within = [claim.position for claim in word.claims if claim.size <= size]
    if within:
        return max(within)
    first = next((line.position for line in about if line.topic == CHECKPOINT_SIGNED), None)
    earlier = [line.position for line in about if first is None or line.position < first]
    return max(earlier, default=0)


def _system(ledger: LedgerReading, wanted: Wanted, cut: int) -> LogFiles:
    """The system log's word on the trial, in the tree of the first checkpoint that covers it."""
    last = next(iter(ledger.stored_lines(SYSTEM_LOG, after=cut - 1, upto=cut)))
    end = ledger.commands(SYSTEM_LOG, last.command, last.command)[0].last
    sizes = {anchor.size for anchor in ledger.anchors(SYSTEM_LOG, since=end)}
    size = min(sizes, default=end)
    selection = Selection(ledger, SYSTEM_LOG, size, log_stream(wanted.trial), wanted.masked)
    return log_files(ledger, selection, checkpoints_of(ledger, SYSTEM_LOG, size))


def _protocols(ledger: LedgerReading, wanted: Wanted) -> dict[int, str]:
    word = Word()
    for line in ledger.stored_lines(wanted.trial, upto=wanted.position):
        if line.topic in PROTOCOLS:
            word.take(line.position, line.topic, line.data)
    return dict(word.protocols)
