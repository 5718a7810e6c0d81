"""Which values of a visit go into one score: those of one draw, never the best or worst of several days.

A value that is voided, or that an edit check rejects, is no value here, and is named. Of several draws of one
item on one day the first counts that stands; a correction stands in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from domain.observation import Result, VisitResults, item_of
from domain.score_rules import ScoreInput, ScoreRules
from projections.chart import is_exact


class Draw(NamedTuple):
    """A usable value of an input: the result it is, and the day it was collected or graded."""

    input: str
    id: str
    result: Result
    day: date


class Unusable(NamedTuple):
    """A value that may not enter a score: which result, why, and the fact that says so."""

    input: str
    id: str
    why: str
    fact: int


class Collected(NamedTuple):
    """The values of a visit that scores may use, in the order they were collected, and those they may not."""

    measured: tuple[Draw, ...]
    graded: tuple[Draw, ...]
    unusable: tuple[Unusable, ...]


class DrawSet(NamedTuple):
    """Values that go together, by input. `mixed` says that they are of more than one day."""

    draws: dict[str, Draw]
    day: date
    mixed: bool


def collected(results: VisitResults, rules: ScoreRules) -> Collected:
    """The values of a visit, sorted into those that scores may use and those they may not."""
    inputs = {each.item: each for each in rules.inputs}
    measured: list[Draw] = []
    graded: list[Draw] = []
    unusable: list[Unusable] = []
    for name, result in results.items():
        source = inputs.get(item_of(name))
        if source is None:
            continue
        why = _why_unusable(source, result)
        day = result.taken.day
        if why or day is None:
            unusable.append(Unusable(source.id.value, name, why, result.fact))
        else:
            (graded if source.id.is_graded else measured).append(Draw(source.id.value, name, result, day))
    return Collected(
        tuple(sorted(measured, key=_in_order)), tuple(sorted(graded, key=_in_order)), tuple(unusable)
    )


def _why_unusable(source: ScoreInput, result: Result) -> str:
    if result.is_voided:
        return "voided"
    if result.check == "reject":
        return "outside the limits beyond which a value is not used"
    if result.taken.day is None:
        return f"collected on an unknown day of {result.taken.split('[')[0]}"
    if source.id.is_graded and source.meaning(result.value) is None:
        return f"the grade '{result.value}' tells the formulas nothing"
    return ""


def _in_order(draw: Draw) -> tuple[object, ...]:
    number = draw.id.partition("#")[2]
    return draw.result.taken.earliest, int(number or 1), draw.id


def same_day_sets(draws: tuple[Draw, ...]) -> Iterator[DrawSet]:
    """The sets of one collection day each, in the order of their days."""
    by_day: dict[date, dict[str, Draw]] = {}
    for draw in draws:
        by_day.setdefault(draw.day, {}).setdefault(draw.input, draw)
    for day in sorted(by_day):
        yield DrawSet(by_day[day], day, mixed=False)


def mixed_sets(draws: tuple[Draw, ...], within: timedelta) -> Iterator[DrawSet]:
    """The sets that reach over several days, at most `within` from the first value to the last.

    Each begins with one of the values and holds, for each input, the first from there on.
    """
    for place, first in enumerate(draws):
        held: dict[str, Draw] = {}
        for draw in draws[place:]:
            if _apart(first, draw) <= within:
                held.setdefault(draw.input, draw)
        if len({draw.day for draw in held.values()}) > 1:
            yield DrawSet(held, first.day, mixed=True)


def _apart(first: Draw, second: Draw) -> timedelta:
    """How long two values lie apart at most, as exactly as their times are known."""
    begin, end = first.result.taken, second.result.taken
    return (end.earliest if is_exact(end) else end.latest) - begin.earliest


def span_of(found: DrawSet) -> int:
    """The days from the first value of a set to the last."""
    days = [draw.day for draw in found.draws.values()]
    return (max(days) - min(days)).days if days else 0
