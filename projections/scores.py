"""The scores of a visit, computed and never stored, each with its way back to the facts it comes from.

A score is `scored`; `missing`, and names what it lacks; an `error`, where a value or its unit cannot be; or
`undefined`, where death or transplantation came first. Nothing is put in the place of what is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from domain.clinical_time import ClinicalTime
from domain.errors import NotFound
from domain.happened import Happened
from domain.observation import VisitResult
from domain.record import Record
from domain.scores import Formula, formula_of
from domain.scores.arithmetic import told
from domain.visit import UNSCHEDULED
from projections.as_of import View
from projections.chart import Chart, certainly_before, charts
from projections.draws import Collected, Draw, DrawSet, Unusable, collected
from projections.score_sets import Assembly, Tried

MIXED_DAY = "MIXED_DAY"
"""No day had a complete set: the values are of more than one day."""
BASELINE_OLD = "BASELINE_OLD"
"""The baseline set was collected longer before the anchor than the protocol asks."""
QUERIED = "QUERIED"
"""An edit check questions one of the values, and nobody has answered yet."""


class InputUsed(NamedTuple):
    """One input on its way into a score.

    `result` is the visit's result it comes from, `given` the value as reported, `entered` the number that
    entered the formula in `unit`, and `why` what made it differ. `fact` set the standing value, `first`
    recorded it first; they differ where it was corrected (`state`). Dialysis names the facts of its sessions.
    """

    input: str
    result: str
    given: str
    taken: str
    entered: str
    unit: str
    why: str
    state: str
    check: str
    fact: int | None
    first: int | None
    facts: tuple[int, ...]


class Lack(NamedTuple):
    """An input that is missing, and why."""

    input: str
    why: str


@dataclass(frozen=True, slots=True)
class VisitScore:
    """One score of one visit. `day` is the day its values were collected.

    `undefined` says what came first, `died` or `transplanted`, and `end` is the fact of it. `baseline` and
    `change` are there where both are scored under this formula; a fall is an improvement in every formula.
    """

    participant: str
    visit: str
    formula: str
    status: str
    value: Decimal | None = None
    grade: str | None = None
    raw: str | None = None
    day: date | None = None
    flags: tuple[str, ...] = ()
    lacks: tuple[Lack, ...] = ()
    error: str | None = None
    undefined: str | None = None
    end: int | None = None
    inputs: tuple[InputUsed, ...] = ()
    unusable: tuple[Unusable, ...] = ()
    is_baseline: bool = False
    baseline: Decimal | None = None
    change: Decimal | None = None


def scores(view: View, code: str = "") -> Iterator[VisitScore]:
    """Every score of one participant or of all, by visit in plan order, under the protocol's formulas.

    Raises NotFound for an unknown participant.
    """
    for chart in charts(view, code):
        yield from Scorer(chart).all()


def check_named(what: str, name: str, known: Iterable[str]) -> None:
    """Raise NotFound where none of these is called so: `what` is "visit", "formula" or "score"."""
    names = list(dict.fromkeys(known))
    if name not in names:
        said = f"no visit {name} has scores" if what == "visit" else f"no score is called {name}"
        raise NotFound(f"{what}.unknown", said, remedy=f"There are: {', '.join(names) or 'none'}.")


class Scorer:
    """Computes the scores of one participant."""

    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self._rules = chart.protocol.scores
        self._assembly = Assembly(chart)
        self._known: dict[str, Collected] = {}
        self._baselines: dict[str, VisitScore | None] = {}

    def all(self) -> Iterator[VisitScore]:
        """The scores of every visit there is something of, planned visits first."""
        chart = self._chart
        order = dict.fromkeys([*chart.protocol.visit_plans, *chart.visits, *chart.results])
        for visit in order:
            for formula in chart.protocol.formulas:
                found = self.at(visit, formula)
                if found is not None:
                    yield found

    def at(self, visit: str, formula_id: str) -> VisitScore | None:
        """The score of a visit, with its change from baseline. None where there is nothing of the visit, and
        nothing that makes its scores undefined.
        """
        chart = self._chart
        formula = formula_of(formula_id)
        known = chart.visits.get(visit)
        stands = any(not each.is_voided for each in chart.results.get(visit, {}).values())
        if not stands and (known is None or known.attended is None):
            return self._never_to_come(visit, formula_id)
        found = self._scored(visit, formula, self._collected(visit), self._target(visit))
        baseline = self.baseline(formula_id)
        if baseline is None:
            return found
        if baseline.visit == visit and (baseline.day, baseline.value) == (found.day, found.value):
            return baseline
        if found.value is None or baseline.value is None or not self._follows(found):
            return found
        return replace(found, baseline=baseline.value, change=found.value - baseline.value)

    def baseline(self, formula_id: str) -> VisitScore | None:
        """The score that changes are counted from, as the protocol defines it; None while there is none."""
        if formula_id not in self._baselines:
            self._baselines[formula_id] = self._baseline(formula_of(formula_id))
        return self._baselines[formula_id]

    # ---------------------------------------------------------------- baseline

    def _baseline(self, formula: Formula) -> VisitScore | None:
        rules, anchor = self._rules, self._chart.anchor
        if rules.baseline_visit is not None:
            visit = rules.baseline_visit
            if visit not in self._chart.results:
                return None
            found = self._scored(visit, formula, self._collected(visit), self._target(visit))
            return replace(found, is_baseline=True) if found.value is not None else None
        if anchor is None or anchor.at.day is None:
            return None
        earliest = anchor.at.day - timedelta(days=rules.baseline_limit_days)
        complete = []
        for visit in self._chart.results:
            before = _before(self._collected(visit), anchor.at, earliest)
            found = self._scored(visit, formula, before, anchor.at.day)
            if found.value is not None and found.day is not None:
                complete.append((found.day, visit, found))
        if not complete:
            return None
        day, _, last = max(complete, key=lambda each: each[:2])
        is_old = (anchor.at.day - day).days > rules.baseline_days
        return replace(last, is_baseline=True, flags=(*last.flags, *([BASELINE_OLD] if is_old else ())))

    def _follows(self, found: VisitScore) -> bool:
        """Whether a score is one that may have changed since baseline, by day."""
        baseline = self.baseline(found.formula)
        return (
            baseline is None or baseline.day is None or found.day is None or found.day > baseline.day
        ) and found.visit != self._rules.baseline_visit

    # ---------------------------------------------------------------- one visit

    def _collected(self, visit: str) -> Collected:
        if visit not in self._known:
            self._known[visit] = collected(self._chart.results.get(visit, {}), self._rules)
        return self._known[visit]

    def _attended(self, visit: str) -> date | None:
        known = self._chart.visits.get(visit)
        return known.attended.at.day if known is not None and known.attended is not None else None

    def _target(self, visit: str) -> date | None:
        """The day the values of a visit should be of: its target, or the day it took place."""
        if visit.startswith(UNSCHEDULED):
            return self._attended(visit)
        row = self._chart.rows.get(visit)
        return row.window.target if row is not None and row.window is not None else self._attended(visit)

    def _never_to_come(self, visit: str, formula: str) -> VisitScore | None:
        """A planned visit that death or transplantation came before."""
        row = self._chart.rows.get(visit)
        if row is None or row.window is None:
            return None
        for name, when in _ends(self._chart):
            if when.at.day is not None and when.at.day <= row.window.closes:
                code = self._chart.participant.code
                return VisitScore(code, visit, formula, "undefined", undefined=name, end=when.fact)
        return None

    def _scored(self, visit: str, formula: Formula, known: Collected, target: date | None) -> VisitScore:
        tried = self._assembly.best(formula, known, self._attended(visit), target)
        return self._told(visit, formula, known, tried)

    # ---------------------------------------------------------------- told

    def _told(self, visit: str, formula: Formula, known: Collected, tried: Tried) -> VisitScore:
        found, score = tried.found, tried.score
        code = self._chart.participant.code
        unusable = tuple(each for each in known.unusable if each.input in formula.inputs)
        day = None if found.day == date.max else found.day
        blank = VisitScore(code, visit, formula.id, "missing", day=day, unusable=unusable)
        for name, when in _ends(self._chart):
            if _came_first(when.at, tried.last_taken, day, certain=name == "died"):
                return replace(blank, status="undefined", undefined=name, end=when.fact)
        flags = [*score.flags, *([MIXED_DAY] if found.mixed else [])]
        if any(draw.result.check == "query" for draw in tried.draws.values()):
            flags.append(QUERIED)
        status = "scored" if score.value is not None else "error" if score.error else "missing"
        return replace(
            blank,
            status=status,
            value=score.value,
            grade=score.grade,
            raw=score.raw,
            flags=tuple(flags) if status == "scored" else (),
            lacks=tuple(self._lack(name, known, found) for name in score.missing),
            error=score.error,
            inputs=tuple(self._lineage(formula, tried)),
        )

    def _lack(self, name: str, known: Collected, found: DrawSet) -> Lack:
        if name != "sex" and all(each.id.value != name for each in self._rules.inputs):
            return Lack(name, "the protocol has no item for it")
        if any(draw.input == name for draw in known.measured):
            return Lack(name, f"not collected with the others on {found.day}")
        if any(draw.input == name for draw in known.graded):
            return Lack(name, "not graded near the visit")
        reasons = [f"{each.id}: {each.why}" for each in known.unusable if each.input == name]
        return Lack(name, "; ".join(reasons) or "not recorded")

    def _lineage(self, formula: Formula, tried: Tried) -> Iterator[InputUsed]:
        entered = {each.name: each for each in tried.score.used}
        for name in formula.inputs:
            into = entered.get(name)
            value = ("", "", "") if into is None else (told(into.value), into.unit, into.why)
            draw = tried.draws.get(name)
            if draw is not None:
                known = draw.result
                given = f"{known.comparator}{known.value} {known.unit}".strip()
                yield InputUsed(
                    name, draw.id, given, str(known.taken), *value, known.state, known.check, known.fact,
                    known.first, (),
                )  # fmt: skip
            elif name == "sex" and tried.inputs.sex:
                fact = self._chart.participant.registered.fact
                yield InputUsed(name, "", tried.inputs.sex, "", *value, "recorded", "", fact, fact, ())
            elif name == "dialysis":
                was = {True: "yes", False: "no", None: "unknown"}[tried.inputs.dialysis]
                facts = tuple(session.fact for session in tried.sessions)
                yield InputUsed(name, "", was, "", *value, "", "", None, None, facts)


def _before(known: Collected, anchor: ClinicalTime, earliest: date) -> Collected:
    """What was certainly collected before the anchor, and not longer ago than counts."""

    def counts(draw: Draw) -> bool:
        return draw.day >= earliest and certainly_before(draw.result.taken, anchor)

    measured = tuple(filter(counts, known.measured))
    return Collected(measured, tuple(filter(counts, known.graded)), known.unusable)


def _ends(chart: Chart) -> Iterator[tuple[str, Happened]]:
    person = chart.participant
    if person.transplanted is not None:
        yield "transplanted", person.transplanted
    if person.died is not None:
        yield "died", person.died


def _came_first(end: ClinicalTime, taken: ClinicalTime | None, day: date | None, *, certain: bool) -> bool:
    """Whether an end came before a set.

    A sample of the day of death is of the living. One of the day of transplantation may be of either liver,
    so it does not count.
    """
    if taken is None or day is None:
        return day is not None and end.day is not None and end.day <= day
    if certain:
        return certainly_before(end, taken)
    return not certainly_before(taken, end)


def facts_of_results(records: Iterable[Record]) -> dict[tuple[str, str], tuple[int, ...]]:
    """Every fact about each result, by visit and result, in order: corrections and answers among them."""
    found: dict[tuple[str, str], tuple[int, ...]] = {}
    for record in records:
        if isinstance(record.fact, VisitResult):
            key = (record.fact.visit, record.fact.result)
            found[key] = (*found.get(key, ()), record.position)
    return found
