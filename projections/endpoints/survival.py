"""Survival: the count at the horizon with its exact interval, the curve, and the tests between arms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from domain.endpoint import Endpoint
from domain.protocol import Protocol
from projections.chart import Chart
from projections.endpoints.estimates import (
    Rise,
    Step,
    Test,
    at_day,
    cumulative_incidence,
    exact_tests,
    kaplan_meier,
    log_rank,
    median,
    proportion_interval,
)
from projections.endpoints.follow_up import FollowUp, Vital, follow_up
from projections.endpoints.groups import POOLED, Cohort
from projections.visit_status import VisitStatus

CAUSES = ("died", "transplanted")


class Observed(NamedTuple):
    """A day on which observation ended, and whether by the event."""

    day: int
    is_event: bool


class Count(NamedTuple):
    """How many survive at the horizon. The transplanted appear apart unless the endpoint counts the living.

    `unknown` are those whose vital status nobody knows at the horizon; `awaited` those it has not come for;
    `by_visit` the surviving who are known by the horizon's visit, in its window, and no later. `proportion`
    is of the `known`: those the horizon has come for and whose state is known, so that an early death does
    not count before the living of its time can; the transplanted are among them where that is an event.
    """

    day: int
    surviving: int
    died: int
    transplanted: int
    unknown: int
    awaited: int
    by_visit: int
    known: int
    proportion: float | None
    low: float | None
    high: float | None


class Estimate(NamedTuple):
    """The curve on a day; None where follow-up had ended by then, or where an interval is not defined."""

    day: int
    at_risk: int
    survival: float | None
    low: float | None
    high: float | None


class GroupSurvival(NamedTuple):
    """Survival in one group. `median` is in days, None while more than half survive."""

    group: str
    participants: int
    events: int
    censored: int
    median: int | None
    at_horizon: Count | None
    estimates: tuple[Estimate, ...]
    curve: tuple[Step, ...]


class Comparison(NamedTuple):
    """Two arms compared. The log-rank test takes what happened by the horizon; the exact ones its count."""

    groups: tuple[str, str]
    log_rank: Test | None
    fisher: Test | None
    boschloo: Test | None


class Analysis(NamedTuple):
    """One reading of survival: what its event is, and what a transplantation means."""

    analysis: str
    event: str
    transplant: str
    groups: tuple[GroupSurvival, ...]
    comparisons: tuple[Comparison, ...]


class Competing(NamedTuple):
    """The cumulative incidence of one cause in one group, the other cause competing."""

    group: str
    cause: str
    estimates: tuple[RiseAt, ...]
    curve: tuple[Rise, ...]


class RiseAt(NamedTuple):
    """A cumulative incidence on a day."""

    day: int
    at_risk: int
    incidence: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class SurvivalResult:
    """A survival endpoint."""

    endpoint: str
    kind: str
    title: str
    transplant: str
    horizon_days: int | None
    imprecise_dates: int
    analyses: tuple[Analysis, ...]
    competing: tuple[Competing, ...]


def survival(
    endpoint: Endpoint, protocol: Protocol, cohorts: Sequence[Cohort], *, beside: bool
) -> SurvivalResult:
    """A survival endpoint; `beside` asks for transplant-free survival as well."""
    known = {cohort.group.id: [(chart, follow_up(chart)) for chart in cohort.charts] for cohort in cohorts}
    readings = [endpoint.transplant]
    if beside and endpoint.transplant != "event":
        readings.append("event")
    days = days_of_interest(endpoint, protocol)
    return SurvivalResult(
        endpoint.id,
        endpoint.kind.value,
        endpoint.title.en,
        endpoint.transplant,
        endpoint.horizon_days,
        sum(each.is_imprecise for _, each in known[POOLED]),
        tuple(_analysis(endpoint, reading, known, days) for reading in readings),
        tuple(_competing(known, days)),
    )


def days_of_interest(endpoint: Endpoint, protocol: Protocol) -> tuple[int, ...]:
    """The days a curve is told for: the planned visits counted from day 0, and the horizon."""
    anchor = protocol.schedule.anchor
    days = {plan.day for plan in protocol.schedule.visits if plan.day and protocol.anchor_of(plan) is anchor}
    return tuple(sorted({*days, endpoint.horizon_days} if endpoint.horizon_days else days))


Known = dict[str, list[tuple[Chart, FollowUp]]]


def _analysis(endpoint: Endpoint, transplant: str, known: Known, days: tuple[int, ...]) -> Analysis:
    horizon = endpoint.horizon_days
    observed = {group: [_observed(each, transplant) for _, each in people] for group, people in known.items()}
    groups = tuple(
        _group(endpoint, transplant, group, people, observed[group], days) for group, people in known.items()
    )
    by_id = {each.group: each for each in groups}
    arms = [group for group in known if group != POOLED]
    comparisons = []
    for one, other in combinations(arms, 2):
        until = [_until(observed[group], horizon) for group in (one, other)]
        tables = [_table(by_id[group].at_horizon) for group in (one, other)]
        fisher, boschloo = (None, None)
        if tables[0] is not None and tables[1] is not None:
            fisher, boschloo = exact_tests(tables[0], tables[1])
        comparisons.append(Comparison((one, other), log_rank(until[0], until[1]), fisher, boschloo))
    is_event = transplant == "event"
    return Analysis(
        "transplant_free" if is_event else "overall",
        "death or transplantation" if is_event else "death",
        transplant,
        groups,
        tuple(comparisons),
    )


def _observed(known: FollowUp, transplant: str) -> Observed:
    """The day observation ended for this reading: alive at last contact, or by what counts as its event."""
    grafted = known.transplanted
    if transplant != "alive" and grafted is not None and (known.died is None or grafted <= known.died):
        return Observed(grafted, transplant == "event")
    return Observed(known.alive_until, False) if known.died is None else Observed(known.died, True)


def _until(observed: list[Observed], horizon: int | None) -> tuple[list[int], list[bool]]:
    days = [each.day if horizon is None else min(each.day, horizon) for each in observed]
    events = [each.is_event and (horizon is None or each.day <= horizon) for each in observed]
    return days, events


def _group(
    endpoint: Endpoint,
    transplant: str,
    group: str,
    people: list[tuple[Chart, FollowUp]],
    observed: list[Observed],
    days: tuple[int, ...],
) -> GroupSurvival:
    curve = kaplan_meier([each.day for each in observed], [each.is_event for each in observed])
    events = sum(each.is_event for each in observed)
    count = None
    if endpoint.horizon_days is not None:
        count = _count(endpoint, endpoint.horizon_days, transplant, people)
    return GroupSurvival(
        group,
        len(people),
        events,
        len(people) - events,
        median(curve),
        count,
        tuple(_estimate(curve, day, observed) for day in days),
        curve,
    )


def _estimate(curve: tuple[Step, ...], day: int, observed: list[Observed]) -> Estimate:
    at_risk = sum(each.day >= day for each in observed)
    if curve and day < curve[0].day:
        return Estimate(day, at_risk, 1.0, None, None)
    step = at_day(curve, day)
    if step is None:
        return Estimate(day, at_risk, None, None, None)
    return Estimate(day, at_risk, step.survival, step.low, step.high)


def _count(endpoint: Endpoint, horizon: int, transplant: str, people: list[tuple[Chart, FollowUp]]) -> Count:
    states: Counter[str] = Counter()
    for chart, known in people:
        state = _state(endpoint, horizon, transplant, chart, known)
        states[state] += 1
        if known.today >= horizon:
            states["known"] += state in (Vital.SURVIVING, Vital.DIED) or (
                state == GRAFTED and transplant == "event"
            )
            states["by_visit"] += (
                state == Vital.SURVIVING and known.alive_until < horizon and known.died is None
            )
    surviving, total = states[Vital.SURVIVING], states["known"]
    interval = proportion_interval(surviving, total)
    return Count(
        horizon,
        surviving,
        states[Vital.DIED],
        states[GRAFTED],
        states[Vital.UNKNOWN],
        states[Vital.AWAITED],
        states["by_visit"],
        total,
        surviving / total if total else None,
        interval.low if interval else None,
        interval.high if interval else None,
    )


GRAFTED = "transplanted"


def _state(endpoint: Endpoint, horizon: int, transplant: str, chart: Chart, known: FollowUp) -> str:
    """How a participant counts at the horizon."""
    grafted = known.transplanted
    first = grafted is not None and grafted <= horizon and (known.died is None or known.died >= grafted)
    if first and transplant != "alive":
        return GRAFTED
    seen, until = _seen(endpoint, chart, known)
    return known.vital_status(horizon, seen=seen, until=until)


def _seen(endpoint: Endpoint, chart: Chart, known: FollowUp) -> tuple[bool, int]:
    """Whether the participant came in time to a visit the endpoint names, and when the last one closes."""
    rows = [chart.rows[visit] for visit in endpoint.visits if visit in chart.rows]
    closes = [(row.window.closes - known.zero).days for row in rows if row.window is not None]
    return any(row.status is VisitStatus.DONE for row in rows), max(closes, default=0)


def _table(count: Count | None) -> tuple[int, int] | None:
    return None if count is None else (count.surviving, count.known - count.surviving)


def _competing(known: Known, days: tuple[int, ...]) -> Iterator[Competing]:
    for group, people in known.items():
        ended = [next(each.ends(), ("", each.alive_until)) for _, each in people]
        times = [day for _, day in ended]
        causes = [CAUSES.index(why) + 1 if why else 0 for why, _ in ended]
        for number, cause in enumerate(CAUSES, start=1):
            curve = cumulative_incidence(times, causes, number)
            yield Competing(group, cause, tuple(rise_at(curve, day, times) for day in days), curve)


def rise_at(curve: tuple[Rise, ...], day: int, times: Sequence[int]) -> RiseAt:
    """A cumulative incidence on a day."""
    at_risk = sum(each >= day for each in times)
    if curve and day < curve[0].day:
        return RiseAt(day, at_risk, 0.0, None, None)
    rise = at_day(curve, day)
    if rise is None:
        return RiseAt(day, at_risk, None, None, None)
    return RiseAt(day, at_risk, rise.incidence, rise.low, rise.high)
