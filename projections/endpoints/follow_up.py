"""How long each participant was observed, and how it ended, in whole days of the site from day 0.

Day 0 is the schedule's anchor, as the start of infusion; for who never reached it, the day of randomization.
A death or transplantation on a day that is not known counts from the first day it can have been.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.clinical_time import ClinicalTime, local_day
from domain.happened import Happened
from projections.chart import Chart


class Vital(StrEnum):
    """What is known of a participant at a horizon: `awaited` before it has come, `unknown` after."""

    SURVIVING = "surviving"
    DIED = "died"
    UNKNOWN = "unknown"
    AWAITED = "awaited"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The observation of one participant. Days count from day 0; what did not happen is None.

    `alive_until` is the last day the participant is known to have lived. `died_by` is the last day a death
    can have been on; it differs from `died` where the day is not known. `today` is the day asked about.
    """

    zero: date
    alive_until: int
    died: int | None
    died_by: int | None
    transplanted: int | None
    today: int
    is_imprecise: bool

    def ends(self) -> Iterator[tuple[str, int]]:
        """What ends the native liver's course, first things first."""
        found = [("transplanted", self.transplanted), ("died", self.died)]
        yield from sorted(((name, day) for name, day in found if day is not None), key=lambda each: each[1])

    def vital_status(self, horizon: int, *, seen: bool, until: int) -> Vital:
        """What is known at a horizon; `seen` at its visit, in the window that closes on day `until`."""
        if self.died is not None and self.died_by is not None:
            if self.died_by <= horizon:
                return Vital.DIED
            if self.died > horizon or self.alive_until >= horizon:
                return Vital.SURVIVING
            return Vital.UNKNOWN
        if self.today < horizon:
            return Vital.AWAITED
        if self.alive_until >= horizon or seen:
            return Vital.SURVIVING
        return Vital.AWAITED if self.today <= until else Vital.UNKNOWN


def follow_up(chart: Chart) -> FollowUp:
    """The observation of a randomized participant."""
    person = chart.participant
    start = chart.anchor or (person.randomized.when if person.randomized is not None else person.registered)
    zero = first_day(start.at)

    def since(day: date) -> int:
        return (day - zero).days

    alive = max((since(first_day(each.at)) for each in _contacts(chart)), default=0)
    today = since(chart.today)
    alive = max(0, min(alive, today))
    died = died_by = None
    if person.died is not None:
        died_by = max(0, since(last_day(person.died.at)))
        died = died_by if _is_day(person.died) else min(died_by, max(since(first_day(person.died.at)), alive))
        alive = min(alive, died)
    transplanted = None
    if person.transplanted is not None:
        transplanted = max(0, since(first_day(person.transplanted.at)))
    dated = (each for each in (start, person.died, person.transplanted) if each is not None)
    return FollowUp(zero, alive, died, died_by, transplanted, today, not all(map(_is_day, dated)))


def _contacts(chart: Chart) -> Iterator[Happened]:
    """What shows that the participant lived: not a loss to follow-up, which says that nobody knows."""
    person = chart.participant
    known = (
        person.registered,
        person.randomized.when if person.randomized is not None else None,
        person.infused,
        person.transplanted,
        person.completed,
        person.follow_up_ended,
    )
    yield from (each for each in known if each is not None)
    yield from (given.when for given in person.consents)
    yield from (each.when for each in person.withdrawals)
    yield from (visit.attended for visit in chart.visits.values() if visit.attended is not None)
    for episode in chart.outcomes.episodes.values():
        yield from (when for _, when in episode.grades)
        if episode.resolved is not None:
            yield episode.resolved
    yield from (event.onset for event in chart.outcomes.adverse_events.values())
    yield from (Happened(each.at, each.fact) for each in chart.outcomes.dialysis)
    yield from (each.when for each in chart.outcomes.treatments)


def _is_day(when: Happened) -> bool:
    return when.at.day is not None


def first_day(at: ClinicalTime) -> date:
    """The first day a time can mean, in its own zone."""
    return at.day or local_day(at.earliest, at.zone)


def last_day(at: ClinicalTime) -> date:
    """The last day a time can mean, in its own zone."""
    return at.day or local_day(at.latest - timedelta(microseconds=1), at.zone)
