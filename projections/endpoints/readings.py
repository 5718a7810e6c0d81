"""What a participant has of a measure at each visit: a value with its change, or why there is none."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from domain.endpoint import Endpoint
from domain.observation import Result, item_of, number
from domain.scores import FORMULAS
from projections.chart import Chart, certainly_before
from projections.scores import Scorer
from projections.visit_status import VisitStatus

UNDEFINED = ("died", "transplanted")
"""What makes a value undefined, which is not missing."""

BASELINE = ""
"""Stands for the baseline among the visits of a participant's readings."""


OUT_OF_WINDOW = "OUT_OF_WINDOW"
"""The visit took place outside its window; its value counts."""


class Reading(NamedTuple):
    """What a participant has at a visit: a value, or in words why there is none.

    `reason` is empty for a value; `died` or `transplanted` for one that is undefined; else why it is missing.
    """

    value: Decimal | None
    grade: str | None = None
    reason: str = ""
    change: Decimal | None = None
    flags: tuple[str, ...] = ()


def readings_of(endpoint: Endpoint, chart: Chart) -> dict[str, Reading]:
    """What a participant has of the endpoint's measure, at baseline and at each of its visits."""
    if endpoint.measure in FORMULAS:
        scorer = Scorer(chart)
        begin = scorer.baseline(endpoint.measure)
        found = {BASELINE: Reading(begin.value, begin.grade) if begin is not None else Reading(None)}
        for visit in endpoint.visits:
            found[visit] = _score(scorer, chart, visit, endpoint.measure)
    else:
        value = _baseline_value(chart, endpoint.measure)
        found = {BASELINE: Reading(value)}
        for visit in endpoint.visits:
            found[visit] = _value(chart, visit, endpoint.measure, value)
    return found


def _score(scorer: Scorer, chart: Chart, visit: str, formula: str) -> Reading:
    found = scorer.at(visit, formula)
    if found is None:
        return Reading(None, reason=_absent(chart, visit))
    if found.undefined is not None:
        return Reading(None, reason=found.undefined)
    if found.value is None:
        lacks = ", ".join(sorted(each.input for each in found.lacks))
        return Reading(None, reason=f"without {lacks}" if lacks else "not usable")
    reason = "" if found.change is not None else "no baseline"
    return Reading(
        found.value, found.grade, reason, found.change, (*found.flags, *_window_flag(chart, visit))
    )


def _window_flag(chart: Chart, visit: str) -> tuple[str, ...]:
    row = chart.rows.get(visit)
    return (OUT_OF_WINDOW,) if row is not None and row.status is VisitStatus.DONE_OUT_OF_WINDOW else ()


_BY_STATUS = {
    VisitStatus.MISSED: "visit missed",
    VisitStatus.OVERDUE: "visit overdue",
    VisitStatus.DONE: "not measured",
    VisitStatus.DONE_OUT_OF_WINDOW: "not measured",
}


def _absent(chart: Chart, visit: str) -> str:
    """Why a planned visit has no value."""
    row = chart.rows.get(visit)
    if row is None:
        return "not in this protocol version"
    if row.window is None:
        return "day 0 not reached"
    if row.status is VisitStatus.NOT_REQUIRED:
        return _ended(chart, row.window.closes) or "visit missed"
    return _BY_STATUS.get(row.status, "visit not yet due")


def _ended(chart: Chart, by: date) -> str:
    """What had ended the participant's observation by a day."""
    person = chart.participant
    ends = (
        ("withdrawn", person.withdrawn("visits")),
        ("lost to follow-up", person.lost),
        ("follow-up ended", person.follow_up_ended),
        ("completed", person.completed),
    )
    known = [
        (when.at.earliest, name) for name, when in ends if when and (when.at.day is None or when.at.day <= by)
    ]
    return min(known)[1] if known else ""


# ---------------------------------------------------------------- a measured value instead of a score


def _standing(chart: Chart, visit: str, item: str) -> Result | None:
    """The first value of an item at a visit that may be used."""
    for name, result in chart.results.get(visit, {}).items():
        if item_of(name) == item and result.is_usable:
            return result
    return None


def _in_own_unit(chart: Chart, item: str, result: Result) -> Decimal | None:
    """The value in the item's own unit; None where a `<` or `>` leaves it open."""
    form = chart.protocol.item_plans[item].unit(result.unit) if item in chart.protocol.item_plans else None
    return None if form is None or result.comparator else number(result) * form.factor


def _baseline_value(chart: Chart, item: str) -> Decimal | None:
    rules, anchor = chart.protocol.scores, chart.anchor
    if rules.baseline_visit is not None:
        known = _standing(chart, rules.baseline_visit, item)
        return None if known is None else _in_own_unit(chart, item, known)
    before = []
    for visit in chart.results:
        known = _standing(chart, visit, item)
        if known is not None and anchor is not None and certainly_before(known.taken, anchor.at):
            before.append((known.taken.earliest, visit, known))
    return _in_own_unit(chart, item, max(before)[2]) if before else None


def _value(chart: Chart, visit: str, item: str, baseline: Decimal | None) -> Reading:
    known = _standing(chart, visit, item)
    if known is None:
        return Reading(None, reason=_undefined(chart, visit) or _absent(chart, visit))
    value = _in_own_unit(chart, item, known)
    if value is None:
        return Reading(None, reason="not usable")
    person = chart.participant
    for name, when in (("transplanted", person.transplanted), ("died", person.died)):
        if when is not None and certainly_before(when.at, known.taken):
            return Reading(None, reason=name)
    if baseline is None:
        return Reading(value, reason="no baseline")
    return Reading(value, None, "", value - baseline, _window_flag(chart, visit))


def _undefined(chart: Chart, visit: str) -> str:
    """What came before a visit that did not take place, if it makes its values undefined."""
    row, person = chart.rows.get(visit), chart.participant
    if row is None or row.window is None:
        return ""
    for name, when in (("transplanted", person.transplanted), ("died", person.died)):
        if when is not None and when.at.day is not None and when.at.day <= row.window.closes:
            return name
    return ""
