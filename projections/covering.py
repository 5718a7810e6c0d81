"""What a record of a casebook holds at a position, and the hash by which a signature names exactly that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from domain.casebook_paths import path_of, within
from domain.casebook_record import RecordSigned, RecordVerified
from domain.errors import NotFound
from domain.identifiers import participant_stream
from domain.ledger.covered import covered
from projections.ports import LedgerReading, Reading


class Covered(NamedTuple):
    """What stands in a record at a position: how many facts, and the hash over them."""

    covers: int
    facts: int
    content: str


def cover(reading: Reading, ledger: LedgerReading, trial: str, code: str, scope: str, upto: int) -> Covered:
    """What a participant's record or field holds up to a position. Raises NotFound for an empty one."""
    records = reading.stream(trial, participant_stream(code), upto=upto)
    places = [each.position for each in records if (path := path_of(each.fact)) and within(scope, path)]
    if not places:
        raise NotFound(
            "record.unknown", f"{code} has no record {scope}", remedy="See 'trialog casebook show'."
        )
    return Covered(upto, len(places), covered(trial, code, scope, _lines(ledger, trial, places)))


def _lines(ledger: LedgerReading, trial: str, places: Sequence[int]) -> Iterator[tuple[int, str]]:
    """The lines of the ledger at these positions, read run by run."""
    for first, last in _runs(places):
        for line in ledger.stored_lines(trial, after=first - 1, upto=last):
            yield line.position, line.entry


def _runs(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = last = places[0]
    for place in places[1:]:
        if place != last + 1:
            yield first, last
            first = place
        last = place
    yield first, last


def fits(
    reading: Reading, ledger: LedgerReading, trial: str, code: str, fact: RecordSigned | RecordVerified
) -> bool:
    """Whether a signature or verification names what its record held then: made again from the ledger."""
    try:
        return cover(reading, ledger, trial, code, fact.record, fact.covers) == (
            fact.covers,
            fact.facts,
            fact.content,
        )
    except NotFound:
        return False
