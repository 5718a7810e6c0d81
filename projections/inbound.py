"""How long outside data take: from when a sample was drawn to when its result was here (DR-07).

Outside is what a device or an import brought in. A result is here when it was first recorded; its correction
brings nothing new. It was drawn when it really was: a time that was put right counts as it is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from statistics import median
from typing import NamedTuple

from domain.observation import VisitResult
from domain.record import Entry, Origin, Record
from domain.right_times import Retimed, RightTimes

_FIRST = ("lab.result_recorded.v1", "assessment.graded.v1")
"""Topics of the facts by which a result is first recorded."""


class Inbound(NamedTuple):
    """One result that came from outside: where from, when it was taken and when it was here."""

    participant: str
    visit: str
    result: str
    source: str
    taken: str
    received: str
    hours: float
    fact: int


class Delays(NamedTuple):
    """The delays of one source: how many results, the median and the longest in hours, how many too long."""

    source: str
    results: int
    median_hours: float
    longest_hours: float
    over: int


def inbound(entries: Iterable[Entry]) -> Iterator[Inbound]:
    """The results that came from outside, in order of recording. A time that is known to the day counts from
    the day's end, so that no delay is held against anybody that may not have been.
    """
    came: list[tuple[Entry, VisitResult]] = []
    retimed: list[Record] = []
    for entry in entries:
        fact = entry.record.fact
        if isinstance(fact, Retimed):
            retimed.append(entry.record)
        elif isinstance(fact, VisitResult) and _is_first_from_outside(entry):
            came.append((entry, fact))
    right = RightTimes(retimed)
    for (record, command), fact in came:
        taken = right.of(record)
        passed = max(timedelta(0), command.recorded_at.moment - taken.latest)
        yield Inbound(
            record.stream.partition("/")[2],
            fact.visit,
            fact.result,
            command.attribution.origin_id.partition(":")[0],
            str(taken),
            str(command.recorded_at),
            round(passed / timedelta(hours=1), 1),
            record.position,
        )


def _is_first_from_outside(entry: Entry) -> bool:
    origin = entry.command.attribution.origin
    return origin in (Origin.DEVICE, Origin.IMPORT) and entry.record.fact.TOPIC in _FIRST


def delays(found: Iterable[Inbound], limit_hours: float) -> list[Delays]:
    """The delays by source, in the order of the sources' names."""
    by_source: dict[str, list[float]] = {}
    for each in found:
        by_source.setdefault(each.source, []).append(each.hours)
    return [
        Delays(source, len(hours), median(hours), max(hours), sum(each > limit_hours for each in hours))
        for source, hours in sorted(by_source.items())
    ]
