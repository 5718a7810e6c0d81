"""Decompensation by type: incident, new or worse, and prevalent, each with its denominator; death and
transplantation compete.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from domain.endpoint import Endpoint
from domain.protocol import Protocol
from projections.chart import Chart
from projections.endpoints.course import ABSENT, Course, Sign, course_of
from projections.endpoints.estimates import Rise, cumulative_incidence, proportion_interval
from projections.endpoints.follow_up import FollowUp, first_day, follow_up
from projections.endpoints.groups import Cohort
from projections.endpoints.survival import RiseAt, days_of_interest, rise_at


class Count(NamedTuple):
    """Events by a visit, among a stated denominator.

    `cumulative` had the event by the visit, `interval` since the visit before. The others had none: `died`
    or `transplanted` first, `free` at an assessment then or later, `unknown` without one, `awaited` while
    the visit may still come. `proportion` is `known_events` of the `known`: those the visit's target day has
    come for and whose state is known, so that an early event does not count before the others of its time.
    """

    denominator: int
    cumulative: int
    interval: int
    died: int
    transplanted: int
    free: int
    unknown: int
    awaited: int
    known: int
    known_events: int
    proportion: float | None
    low: float | None
    high: float | None


class Prevalence(NamedTuple):
    """Present at a visit, among those alive, with their own liver, and assessed there."""

    denominator: int
    present: int
    proportion: float | None
    low: float | None
    high: float | None


class VisitIncidence(NamedTuple):
    """One type at one visit in one group. `states` counts all by how the type stands against baseline."""

    visit: str
    name: str
    day: int
    incident: Count
    new_or_worse: Count
    prevalence: Prevalence
    states: dict[str, int]


class GroupIncidence(NamedTuple):
    """One type in one group: the state at baseline, each visit, and the cumulative incidence."""

    group: str
    participants: int
    free_at_baseline: int
    present_at_baseline: int
    unknown_at_baseline: int
    visits: tuple[VisitIncidence, ...]
    estimates: tuple[RiseAt, ...]
    curve: tuple[Rise, ...]


class TypeIncidence(NamedTuple):
    """One type of decompensation. `sign` is the item visits assess it by, empty where only episodes tell."""

    type: str
    sign: str
    groups: tuple[GroupIncidence, ...]


@dataclass(frozen=True, slots=True)
class IncidenceResult:
    """An incidence endpoint. `primary` says which of the three counts the protocol asks for first."""

    endpoint: str
    kind: str
    title: str
    primary: str
    types: tuple[TypeIncidence, ...]


PRIMARY = {"free_at_baseline": "incident", "all": "new_or_worse", "assessed": "prevalence"}

_FREE, _CENSORED = "free", 0
_CAUSES = ("event", "died", "transplanted")


class _Person(NamedTuple):
    chart: Chart
    known: FollowUp
    course: Course


def incidence(endpoint: Endpoint, protocol: Protocol, cohorts: Sequence[Cohort]) -> IncidenceResult:
    """An incidence endpoint, for every type of decompensation the protocol names."""
    known = {
        chart.participant.code: (chart, follow_up(chart)) for cohort in cohorts for chart in cohort.charts
    }
    signs = {sign.id: sign for sign in protocol.decompensation_signs}
    days = days_of_interest(endpoint, protocol)
    types = []
    for kind in protocol.decompensation:
        named = signs.get(kind)
        sign = None
        if named is not None:
            grades = tuple(grade.code for grade in protocol.item_plans[named.item].grades)
            sign = Sign(named.item, grades, named.present)
        people = {
            code: _Person(chart, each, course_of(chart, each, kind, sign))
            for code, (chart, each) in known.items()
        }
        groups = tuple(
            _group(endpoint, protocol, cohort.group.id, _people(cohort, people), days) for cohort in cohorts
        )
        types.append(TypeIncidence(kind, sign.item if sign is not None else "", groups))
    primary = PRIMARY[endpoint.denominator]
    return IncidenceResult(endpoint.id, endpoint.kind.value, endpoint.title.en, primary, tuple(types))


def _people(cohort: Cohort, people: dict[str, _Person]) -> list[_Person]:
    return [people[chart.participant.code] for chart in cohort.charts]


def _group(
    endpoint: Endpoint, protocol: Protocol, group: str, people: list[_Person], days: tuple[int, ...]
) -> GroupIncidence:
    free = [each for each in people if each.course.baseline == ABSENT]
    unknown = sum(each.course.baseline is None for each in people)
    visits = []
    before: str | None = None
    for visit in (each for each in endpoint.visits if each in protocol.visit_plans):
        plan = protocol.visit_plans[visit]
        target = plan.day
        visits.append(
            VisitIncidence(
                visit,
                plan.name.en,
                target,
                _count(free, visit, before, target, lambda course: course.first),
                _count(people, visit, before, target, lambda course: course.new_or_worse),
                _prevalence(people, visit),
                _states(people, visit),
            )
        )
        before = visit
    ended = [_ended(each) for each in free]
    times = [day for day, _ in ended]
    curve = cumulative_incidence(times, [cause for _, cause in ended], 1)
    estimates = tuple(rise_at(curve, day, times) for day in days)
    present = len(people) - len(free) - unknown
    return GroupIncidence(group, len(people), len(free), present, unknown, tuple(visits), estimates, curve)


def _ended(person: _Person) -> tuple[int, int]:
    """The day that ends the time at risk, and by what: 1 the event, 2 death, 3 transplantation, or 0."""
    first = person.course.first
    if first is not None:
        return first, 1
    for name, day in person.known.ends():
        return day, _CAUSES.index(name) + 1
    return person.course.assessed_until, _CENSORED


def _cut(person: _Person, visit: str | None) -> int:
    """The day that counts as 'by the visit': its own, or its target where it did not take place."""
    if visit is None:
        return -1
    known = person.chart.visits.get(visit)
    if known is not None and known.attended is not None:
        return (first_day(known.attended.at) - person.known.zero).days
    return person.chart.protocol.visit_plans[visit].day if visit in person.chart.protocol.visit_plans else -1


def _closes(person: _Person, visit: str) -> int:
    row = person.chart.rows.get(visit)
    window = row.window if row is not None else None
    return (window.closes - person.known.zero).days if window is not None else person.known.today


def _count(
    people: list[_Person],
    visit: str,
    before: str | None,
    target: int,
    event: Callable[[Course], int | None],
) -> Count:
    found: Counter[str] = Counter()
    for each in people:
        cut, day = _cut(each, visit), event(each.course)
        is_event = day is not None and day <= cut
        state = "event" if is_event else _without(each, visit, cut)
        found[state] += 1
        if day is not None and is_event:
            found["interval"] += day > _cut(each, before)
        if each.known.today >= target and state not in ("unknown", "awaited"):
            found["known"] += 1
            found["known_events"] += is_event
    known, events = found["known"], found["known_events"]
    interval = proportion_interval(events, known)
    return Count(
        len(people),
        found["event"],
        found["interval"],
        found["died"],
        found["transplanted"],
        found[_FREE],
        found["unknown"],
        found["awaited"],
        known,
        events,
        events / known if known else None,
        interval.low if interval else None,
        interval.high if interval else None,
    )


def _without(person: _Person, visit: str, cut: int) -> str:
    """How somebody stands at a visit who had no event by then."""
    for name, day in person.known.ends():
        if day <= cut:
            return name
    if person.course.assessed_until >= cut:
        return _FREE
    return "awaited" if person.known.today <= _closes(person, visit) else "unknown"


def _prevalence(people: list[_Person], visit: str) -> Prevalence:
    assessed = [each.course.at_visits[visit] for each in people if visit in each.course.at_visits]
    present = sum(rank > ABSENT for rank in assessed)
    interval = proportion_interval(present, len(assessed))
    return Prevalence(
        len(assessed),
        present,
        present / len(assessed) if assessed else None,
        interval.low if interval else None,
        interval.high if interval else None,
    )


def _states(people: list[_Person], visit: str) -> dict[str, int]:
    return dict(sorted(Counter(_state(each, visit) for each in people).items()))


def _state(person: _Person, visit: str) -> str:
    """How the type stands at a visit against baseline (the classes are in `docs/endpoints.md`)."""
    course, cut = person.course, _cut(person, visit)
    now = course.at_visits.get(visit)
    if now is None:
        state = _without(person, visit, cut)
        return "unknown" if state == _FREE else state
    if course.baseline is None:
        return "present, baseline unknown" if now else "absent, baseline unknown"
    was = [course.baseline, *(seen.rank for seen in course.sightings if seen.day < cut)]
    if now and _came_back(was):
        return "recurrent"
    if course.baseline == ABSENT:
        return "incident" if now else "resolved" if any(was) else _FREE
    if not now:
        return "resolved"
    return "worsened" if now > course.baseline else "improved" if now < course.baseline else "persistent"


def _came_back(was: list[int]) -> bool:
    """Whether it was there once, and gone afterwards."""
    first = next((place for place, rank in enumerate(was) if rank), None)
    return first is not None and ABSENT in was[first:]
