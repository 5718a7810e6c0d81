"""The casebook of a participant as of any instant: its records, who signed and verified them, what stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from domain.casebook_paths import CASEBOOK, ChangedAt, newest_in, path_of, within
from domain.casebook_record import (
    STATEMENTS,
    Records,
    Signature,
    is_current,
    standing_signature,
    standing_verification,
    status_of,
)
from domain.identifiers import participant_stream
from domain.record import Entry
from domain.trial import TrialStatus
from projections.as_of import View, entries_of, participant_of
from projections.ports import Reading


class RecordRow(NamedTuple):
    """One record of a casebook: where it stands, how many facts it holds, the newest of them.

    `closed` is "", `frozen` or `locked`, by itself, its casebook, its site or the trial; of its fields
    `verified` of `fields` are verified as they stand.
    """

    participant: str
    record: str
    status: str
    closed: str
    facts: int
    newest: int
    fields: int
    verified: int
    signed_by: str | None
    signed_at: str | None
    signature: str


class SignatureRow(NamedTuple):
    """One signature: who, when and with which meaning, what it covers, and whether that still stands.

    `stands` is `current`, or `changed` once the record holds something newer.
    """

    participant: str
    record: str
    meaning: str
    statement: str
    signer: str
    name: str
    role: str
    signed_at: str
    covers: int
    facts: int
    content: str
    sheet: str
    position: int
    stands: str


def content_of(reading: Reading, view: View, code: str, *, after: int = 0) -> Iterator[tuple[str, Entry]]:
    """The facts of a participant that are content, each with its path, as of a view, in order."""
    for entry in entries_of(reading, view, stream=participant_stream(code), after=after):
        path = path_of(entry.record.fact)
        if path is not None:
            yield path, entry


def changed_in(reading: Reading, view: View, code: str, *, after: int = 0) -> dict[str, int]:
    """Where each path of a participant changed last, of what changed after a position."""
    return {path: entry.record.position for path, entry in content_of(reading, view, code, after=after)}


def record_rows(reading: Reading, view: View, code: str) -> Iterator[RecordRow]:
    """Every record of a participant's casebook in the order they were begun, then the casebook as a whole."""
    participant = participant_of(view, code)
    known = view.records(code).get(code) or Records()
    site = view.single(Records, participant.site)
    counts: dict[str, int] = {}
    changed: dict[str, int] = {}
    for path, entry in content_of(reading, view, code):
        counts[path] = counts.get(path, 0) + 1
        changed[path] = entry.record.position
    names = dict.fromkeys(path.partition("/")[0] for path in changed)
    for record in (*names, CASEBOOK):
        paths = [path for path in changed if within(record, path)]
        signature = standing_signature(known, record, changed)
        given = signature or next(reversed(list(known.signed(record))), None)
        yield RecordRow(
            code,
            record,
            str(status_of(known, record, changed, site)),
            _closed(view, known, site, record),
            sum(counts[path] for path in paths),
            newest_in(changed, record),
            len(paths),
            sum(standing_verification(known, path, changed) is not None for path in paths),
            None if given is None else given.name,
            None if given is None else str(given.when.at),
            "" if given is None else "changed" if signature is None else "current",
        )


def _closed(view: View, known: Records, site: Records | None, record: str) -> str:
    """How a record is closed, whoever closed it."""
    own, whole = known.closed(record), None if site is None else site.closed(CASEBOOK)
    closings = [each for each in (own, whole) if each is not None]
    status = view.stood.status
    if any(each.locked for each in closings) or status in (TrialStatus.LOCKED, TrialStatus.ARCHIVED):
        return "locked"
    return "frozen" if closings or status is TrialStatus.FROZEN else ""


def signature_rows(reading: Reading, view: View, code: str) -> Iterator[SignatureRow]:
    """Every signature on a participant's records, oldest first; none ever leaves."""
    participant_of(view, code)
    known = view.records(code).get(code)
    if known is None or not known.signatures:
        return
    first = min(each.covers for each in known.signatures)
    changed = changed_in(reading, view, code, after=first)
    for each in known.signatures:
        yield signature_row(code, each, changed)


def signature_row(code: str, signature: Signature, changed: ChangedAt) -> SignatureRow:
    """One signature as a row."""
    return SignatureRow(
        code,
        signature.record,
        signature.meaning,
        STATEMENTS[signature.meaning][0],
        signature.signer,
        signature.name,
        str(signature.role),
        str(signature.when.at),
        signature.covers,
        signature.facts,
        signature.content,
        signature.sheet,
        signature.when.fact,
        "current" if is_current(signature.covers, signature.record, changed) else "changed",
    )
