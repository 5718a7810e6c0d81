"""Source data verification, field by field: what agrees with its source as it stands, what changed since."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from domain.casebook_paths import within
from domain.casebook_record import Records, RecordVerified, Verification, standing_verification
from domain.identifiers import participant_stream
from projections.as_of import View
from projections.casebook import changed_in
from projections.ports import Reading


class SourceRow(NamedTuple):
    """One field: the fact that changed it last, and its newest verification.

    `status` is `verified`, `changed` (verified, and changed since) or `unverified`.
    """

    participant: str
    record: str
    field: str
    newest: int
    status: str
    verified_by: str | None
    verified_at: str | None
    verification: int | None


def source_rows(reading: Reading, view: View, code: str) -> Iterator[SourceRow]:
    """Every field of a participant's casebook."""
    known = view.records(code).get(code) or Records()
    changed = changed_in(reading, view, code)
    people = _people(reading, view, code) if known.verifications else {}
    for path, newest in changed.items():
        standing = standing_verification(known, path, changed)
        last = standing or _last(known, path)
        status = "verified" if standing else "unverified" if last is None else "changed"
        yield SourceRow(
            code,
            path.partition("/")[0],
            path,
            newest,
            status,
            None if last is None else people.get(last.when.fact),
            None if last is None else str(last.when.at),
            None if last is None else last.when.fact,
        )


def _last(known: Records, path: str) -> Verification | None:
    return next((each for each in reversed(known.verifications) if within(each.record, path)), None)


def _people(reading: Reading, view: View, code: str) -> dict[int, str]:
    """Who made each verification, by its position."""
    entries = reading.entries(view.trial_id, stream=participant_stream(code), upto=view.position)
    return {
        entry.record.position: entry.command.attribution.name or entry.command.attribution.actor
        for entry in entries
        if isinstance(entry.record.fact, RecordVerified)
    }
