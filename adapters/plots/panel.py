"""What the plots share: a panel with its axes and scales, how arms are drawn, and the table below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, floor, log10
from typing import NamedTuple

from adapters.plots.svg import FAINT, GRID, INK, Drawing, Point


class Stroke(NamedTuple):
    """How a group is drawn: apart by colour and by line, so that either alone tells."""

    color: str
    dash: str


STROKES = (
    Stroke("#0072b2", ""),
    Stroke("#d55e00", "8 4"),
    Stroke("#009e73", "2 3"),
    Stroke("#cc79a7", "10 3 2 3"),
)
"""Colours of Okabe and Ito, told apart by all kinds of colour vision; arms beyond the fourth repeat them."""
ALONE = Stroke("#333333", "")
"""Participants told together."""

WIDTH = 760.0
LEFT, RIGHT, TOP = 78.0, 24.0, 62.0
HEIGHT = 300.0
"""Of the panel itself."""


def strokes_of(groups: Sequence[str], pooled: str) -> dict[str, Stroke]:
    """The stroke of each group."""
    arms = [group for group in groups if group != pooled]
    return {pooled: ALONE} | {arm: STROKES[place % len(STROKES)] for place, arm in enumerate(arms)}


class TimeUnit(NamedTuple):
    """What a time axis counts in."""

    name: str
    days: float
    step: float


def time_unit(longest: int) -> TimeUnit:
    """Weeks for a follow-up of up to two years, years for longer ones, with about eight ticks."""
    if longest <= 42:
        return TimeUnit("days", 1, 7)
    name, days = ("weeks", 7.0) if longest <= 731 else ("years", 365.25)
    units = longest / days
    return TimeUnit(name, days, next((step for step in (1, 2, 4, 8, 13, 26) if units / step <= 9), 52))


class Panel:
    """A plot's drawing and the scales of its axes."""

    def __init__(
        self,
        title: str,
        subtitle: str,
        description: str,
        *,
        below: float,
        x: tuple[float, float],
        y: tuple[float, float],
    ) -> None:
        self.bottom = TOP + HEIGHT
        self.drawing = Drawing(WIDTH, self.bottom + below, title, description)
        self._x, self._y = x, y
        self.drawing.text((LEFT - 54, 24), title, size=15, bold=True)
        self.drawing.text((LEFT - 54, 43), subtitle, size=12, color=FAINT)

    def x(self, value: float) -> float:
        """Where a value lies across."""
        low, high = self._x
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - low) / (high - low)

    def y(self, value: float) -> float:
        """Where a value lies up."""
        low, high = self._y
        return self.bottom - HEIGHT * (value - low) / (high - low)

    def at(self, x: float, y: float) -> Point:
        """Where a point lies."""
        return self.x(x), self.y(y)

    def y_axis(self, name: str, ticks: Sequence[float], told: Callable[[float], str]) -> None:
        """The axis up, with lines across the panel."""
        for tick in ticks:
            height = self.y(tick)
            self.drawing.line((LEFT, height), (WIDTH - RIGHT, height), GRID)
            self.drawing.text((LEFT - 8, height + 4), told(tick), anchor="end", color=FAINT)
        self.drawing.text((LEFT - 54, TOP + HEIGHT / 2), name, anchor="middle", turned=True)
        self.drawing.line((LEFT, TOP), (LEFT, self.bottom), INK)

    def x_axis(self, name: str, ticks: Sequence[tuple[float, str]]) -> None:
        """The axis across."""
        self.drawing.line((LEFT, self.bottom), (WIDTH - RIGHT, self.bottom), INK)
        for value, words in ticks:
            self.drawing.line((self.x(value), self.bottom), (self.x(value), self.bottom + 5), INK)
            self.drawing.text((self.x(value), self.bottom + 19), words, anchor="middle", color=FAINT)
        self.drawing.text((LEFT + (WIDTH - LEFT - RIGHT) / 2, self.bottom + 38), name, anchor="middle")

    def time_axis(self, longest: int) -> tuple[float, ...]:
        """The axis of time from day 0: the days of its ticks."""
        unit = time_unit(longest)
        count = floor(longest / unit.days / unit.step + 0.01)  # five years are 1826.25 days, planned as 1826
        ticks = [unit.days * unit.step * place for place in range(count + 1)]
        self.x_axis(f"{unit.name.capitalize()} from day 0", [(t, f"{t / unit.days:g}") for t in ticks])
        return tuple(ticks)

    def steps(self, points: Sequence[tuple[float, float]], end: float) -> list[Point]:
        """A staircase through points, level to each next one, drawn on to `end`."""
        found: list[Point] = []
        for place, (day, value) in enumerate(points):
            until = points[place + 1][0] if place + 1 < len(points) else end
            if day <= end:
                found += [self.at(day, value), self.at(max(day, min(until, end)), value)]
        return found

    def band(
        self, points: Sequence[tuple[float, float | None, float | None]], end: float, stroke: Stroke
    ) -> None:
        """The interval around a staircase, where it is defined."""
        run: list[tuple[float, float, float]] = []
        for day, low, high in [*points, (end, None, None)]:
            if low is not None and high is not None and day <= end:
                run.append((day, low, high))
                continue
            if run:
                lower = self.steps([(d, value) for d, value, _ in run], min(day, end))
                upper = self.steps([(d, value) for d, _, value in run], min(day, end))
                self.drawing.area([*lower, *reversed(upper)], stroke.color, 0.13)
            run = []

    def legend(self, entries: Sequence[tuple[str, Stroke]], *, lower: bool) -> None:
        """What the lines are, in the lower or the upper left corner, whichever the lines leave free."""
        left, top = LEFT + 14, self.bottom - 18 * len(entries) - 2 if lower else TOP + 12
        for place, (words, stroke) in enumerate(entries):
            height = top + 18 * place
            self.drawing.line((left, height), (left + 30, height), stroke.color, 2.5, stroke.dash)
            self.drawing.text((left + 37, height + 4), words)

    def table(
        self, title: str, rows: Sequence[tuple[str, Stroke | None, Sequence[tuple[float, str]]]]
    ) -> None:
        """Numbers below the axis, under their places; a row without a stroke goes on the last one."""
        top = self.bottom + 62
        self.drawing.text((LEFT - 54, top), title, size=11, color=FAINT)
        for place, (_, stroke, cells) in enumerate(rows, start=1):
            height = top + 17 * place
            if stroke is not None:
                start, end = (LEFT - 54, height - 4), (LEFT - 26, height - 4)
                self.drawing.line(start, end, stroke.color, 2.5, stroke.dash)
            for value, words in cells:
                self.drawing.text((self.x(value), height), words, size=11, anchor="middle", color=INK)


def table_height(rows: int) -> float:
    """The room a table below the axis needs, the axis included."""
    return 62 + 17 * rows + 14


def percent(value: float) -> str:
    """A share as people read it."""
    return f"{100 * value:g}%"


def ticks(low: float, high: float) -> tuple[float, ...]:
    """Round values that hold a range, in about six steps."""
    span = max(high - low, 1e-9)
    size = 10.0 ** floor(log10(span / 6))
    step = next(size * each for each in (1, 2, 5, 10) if span / (size * each) <= 6)
    first, last = floor(low / step), ceil(high / step)
    return tuple(round(step * place, 10) for place in range(first, last + 1))
