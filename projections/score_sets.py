"""Which set of values makes the score of a visit, and what enters the formula from it.

A complete set of one day; of several the nearest to the target day, then the later. Where no day is complete,
the set of several days that spans the fewest. Else the set that lacks least, which tells what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from domain.clinical_time import ClinicalTime
from domain.outcome import DialysisTreatment
from domain.scores import Formula, Quantity, Score, ScoreInputs
from projections.chart import Chart, is_exact
from projections.draws import Collected, Draw, DrawSet, mixed_sets, same_day_sets, span_of

DIALYSIS_DAYS = timedelta(days=7)
"""Dialysis counts in the week before the creatinine sample (OPTN policy 9.1.D)."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A set and the score it makes, the inputs as the formula got them, the values and sessions behind."""

    found: DrawSet
    score: Score
    inputs: ScoreInputs
    draws: dict[str, Draw]
    sessions: tuple[DialysisTreatment, ...]

    @property
    def last_taken(self) -> ClinicalTime | None:
        """When the last of the values was collected or graded."""
        return _last_taken(self.draws)


class Assembly:
    """Puts the inputs of one participant's scores together."""

    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self._rules = chart.protocol.scores

    def best(self, formula: Formula, known: Collected, attended: date | None, target: date | None) -> Tried:
        """The set that makes the score of a visit, or that lacks least."""

        def tried(sets: Iterable[DrawSet]) -> list[Tried]:
            return [self._tried(formula, known, attended, each) for each in sets]

        def order(each: Tried) -> tuple[int, int, int, int]:
            away = abs((each.found.day - target).days) if target is not None else 0
            incomplete = each.score.value is None
            return incomplete, len(each.score.missing), away, -each.found.day.toordinal()

        measured = tuple(draw for draw in known.measured if draw.input in formula.inputs)
        same_day = list(same_day_sets(measured)) or [DrawSet({}, attended or date.max, mixed=False)]
        best = min(tried(same_day), key=order)
        if not best.score.missing or len(same_day) == 1:
            return best
        within = timedelta(hours=self._rules.mixed_day_hours)
        complete = [each for each in tried(mixed_sets(measured, within)) if each.score.value is not None]
        narrowest = min((span_of(each.found) for each in complete), default=0)
        mixed = (each for each in complete if span_of(each.found) == narrowest)
        return min(mixed, key=order, default=best)

    def _tried(self, formula: Formula, known: Collected, attended: date | None, found: DrawSet) -> Tried:
        used = {**found.draws, **self._grades(known, attended or found.day, formula)}
        creatinine = used.get("creatinine")
        sample = creatinine.result.taken if creatinine is not None else _last_taken(used)
        is_dialysed, sessions = self._dialysis(sample) if "dialysis" in formula.inputs else (None, ())
        inputs = ScoreInputs(
            bilirubin=_quantity(used.get("bilirubin")),
            creatinine=_quantity(creatinine),
            inr=_quantity(used.get("inr")),
            sodium=_quantity(used.get("sodium")),
            albumin=_quantity(used.get("albumin")),
            sex=self._chart.participant.sex if "sex" in formula.inputs else None,
            dialysis=is_dialysed,
            ascites=self._meaning(used.get("ascites")),
            encephalopathy=_whole(self._meaning(used.get("encephalopathy"))),
        )
        return Tried(found, formula.score(inputs), inputs, used, sessions)

    def _grades(self, known: Collected, day: date, formula: Formula) -> dict[str, Draw]:
        """Of each grade the one nearest to the visit, the first of equals, if it is near enough."""
        found: dict[str, Draw] = {}
        for draw in sorted(known.graded, key=lambda each: abs((each.day - day).days)):
            near = abs((draw.day - day).days) <= self._rules.assessment_days
            if near and draw.input in formula.inputs:
                found.setdefault(draw.input, draw)
        return found

    def _meaning(self, draw: Draw | None) -> str | None:
        if draw is None:
            return None
        source = next(each for each in self._rules.inputs if each.id.value == draw.input)
        return source.meaning(draw.result.value)

    def _dialysis(self, sample: ClinicalTime | None) -> tuple[bool | None, tuple[DialysisTreatment, ...]]:
        """Whether there was dialysis in the week before a sample, None if nobody knows; and its sessions.

        Two treatments, or 24 hours of continuous haemofiltration. A session on a day that is not exactly
        known may leave it open.
        """
        if sample is None or self._rules.dialysis != "recorded":
            return None, ()
        certain = []
        is_open = False
        for session in self._chart.outcomes.dialysis:
            within = _in_the_week_before(session.at, sample)
            if within:
                certain.append(session)
            is_open = is_open or within is None
        if len(certain) > 1 or any(session.kind == "continuous_24h" for session in certain):
            return True, tuple(certain)
        return None if is_open else False, tuple(certain)


def _last_taken(used: dict[str, Draw]) -> ClinicalTime | None:
    """The last time of collection in a set."""
    times = (draw.result.taken for draw in used.values())
    return max(times, key=lambda time: (time.day or date.min, time.earliest), default=None)


def _in_the_week_before(session: ClinicalTime, sample: ClinicalTime) -> bool | None:
    """Whether a session fell within the 7 days before a sample, None if that is not exactly enough known."""
    if is_exact(session) and is_exact(sample):
        return timedelta(0) <= sample.earliest - session.earliest <= DIALYSIS_DAYS
    if session.day is not None and sample.day is not None:
        return timedelta(0) <= sample.day - session.day <= DIALYSIS_DAYS
    may_be = session.earliest < sample.latest and session.latest > sample.earliest - DIALYSIS_DAYS
    return None if may_be else False


def _quantity(draw: Draw | None) -> Quantity | None:
    if draw is None:
        return None
    return Quantity(draw.result.value, draw.result.unit, draw.result.comparator)


def _whole(text: str | None) -> int | None:
    return None if text is None else int(text)
