"""The change of a score or a measured value by visit: what counts, what is missing and why; no imputation.

After death or transplantation a value is undefined, not missing, and is counted apart.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from domain.endpoint import Endpoint
from domain.protocol import Protocol
from domain.scores import FORMULAS
from domain.visit_plan import VisitPlan
from projections.endpoints.estimates import mean_interval
from projections.endpoints.groups import Cohort
from projections.endpoints.readings import BASELINE, UNDEFINED, Reading, readings_of


class Summary(NamedTuple):
    """Of some values: how many, mean with its interval, standard deviation, median, lowest and highest."""

    n: int
    mean: float | None
    mean_low: float | None
    mean_high: float | None
    sd: float | None
    median: float | None
    lowest: Decimal | None
    highest: Decimal | None


class Shift(NamedTuple):
    """How many went from one class to another; `to` is also `died`, `transplanted` or `missing`."""

    from_: str
    to: str
    n: int


class VisitChange(NamedTuple):
    """The change at one visit in one group. `undefined`, `missing` and `flags` count participants by reason.

    The numbers add up: `change.n`, the undefined and the missing are the group.
    """

    visit: str
    name: str
    day: int
    change: Summary
    value: Summary
    undefined: dict[str, int]
    missing: dict[str, int]
    flags: dict[str, int]
    shifts: tuple[Shift, ...]
    changes: tuple[Decimal, ...]


class GroupChange(NamedTuple):
    """The change in one group."""

    group: str
    participants: int
    baseline: Summary
    visits: tuple[VisitChange, ...]


@dataclass(frozen=True, slots=True)
class ChangeResult:
    """A change endpoint."""

    endpoint: str
    kind: str
    title: str
    measure: str
    name: str
    groups: tuple[GroupChange, ...]


def change(endpoint: Endpoint, protocol: Protocol, cohorts: Sequence[Cohort]) -> ChangeResult:
    """A change endpoint."""
    readings: dict[str, dict[str, Reading]] = {}
    for chart in {chart.participant.code: chart for each in cohorts for chart in each.charts}.values():
        readings[chart.participant.code] = readings_of(endpoint, chart)
    formula = FORMULAS.get(endpoint.measure)
    name = formula.title if formula is not None else protocol.item_plans[endpoint.measure].name.en
    groups = []
    for cohort in cohorts:
        codes = [chart.participant.code for chart in cohort.charts]
        own = [readings[code] for code in codes]
        begin = [each[BASELINE].value for each in own]
        groups.append(
            GroupChange(
                cohort.group.id,
                len(own),
                summary([value for value in begin if value is not None]),
                tuple(
                    _at_visit(protocol.visit_plans[visit], own)
                    for visit in endpoint.visits
                    if visit in protocol.visit_plans
                ),
            )
        )
    return ChangeResult(
        endpoint.id, endpoint.kind.value, endpoint.title.en, endpoint.measure, name, tuple(groups)
    )


def _at_visit(plan: VisitPlan, people: list[dict[str, Reading]]) -> VisitChange:
    at = [each[plan.id] for each in people]
    changes = sorted(each.change for each in at if each.change is not None)
    reasons = Counter(each.reason for each in at if each.change is None)
    flags = Counter(flag for each in at if each.change is not None for flag in each.flags)
    return VisitChange(
        plan.id,
        plan.name.en,
        plan.day,
        summary(changes),
        summary([each.value for each in at if each.change is not None and each.value is not None]),
        {name: reasons[name] for name in UNDEFINED if reasons[name]},
        {name: count for name, count in sorted(reasons.items()) if name not in UNDEFINED},
        dict(sorted(flags.items())),
        tuple(_shifts(people, plan.id)),
        tuple(changes),
    )


def _shifts(people: list[dict[str, Reading]], visit: str) -> list[Shift]:
    """How the classes moved, among those with a class at baseline; empty for a measure without classes."""
    counted: Counter[tuple[str, str]] = Counter()
    for each in people:
        begin, now = each[BASELINE].grade, each[visit]
        if begin is not None:
            ending = now.reason if now.reason in UNDEFINED else "missing"
            counted[begin, now.grade if now.change is not None and now.grade else ending] += 1
    return [Shift(*way, count) for way, count in sorted(counted.items())]


def summary(values: Sequence[Decimal]) -> Summary:
    """The summary of some values; the sums are exact, and only what is told is rounded to a float."""
    if not values:
        return Summary(0, None, None, None, None, None, None, None)
    mean = float(statistics.mean(values))
    middle, low, high = float(statistics.median(values)), min(values), max(values)
    if len(values) == 1:
        return Summary(1, mean, None, None, None, middle, low, high)
    deviation = float(statistics.stdev(values))
    interval = mean_interval(mean, deviation, len(values))
    return Summary(len(values), mean, interval.low, interval.high, deviation, middle, low, high)
