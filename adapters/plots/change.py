"""The change of a measure by visit: each participant a dot, the mean with its interval."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.plots.panel import LEFT, RIGHT, WIDTH, Panel, Stroke, table_height, ticks
from adapters.plots.survival import shown
from adapters.plots.svg import FAINT
from domain.scores import FORMULAS
from projections.endpoints.change import ChangeResult, VisitChange
from projections.endpoints.groups import Group

DOTS = 9
"""Dots of one value that stand side by side; more overlap."""


def change_plot(result: ChangeResult, groups: Sequence[Group]) -> str:
    """A change endpoint as SVG."""
    among = shown(groups)
    by_id = {each.group: each for each in result.groups}
    visits = [each.name for each in by_id[among[0][0].id].visits]
    values = [float(each) for group, _ in among for at in by_id[group.id].visits for each in at.changes]
    scale = ticks(min([-1.0, *values]) * 1.04, max([1.0, *values]) * 1.04)
    told = [
        f"{group.name} at {at.name}: {_in_words(at)}" for group, _ in among for at in by_id[group.id].visits
    ]
    better = "; below 0 is better" if result.measure in FORMULAS else ""
    panel = Panel(
        f"Change from baseline: {result.name}",
        f"Dots are participants, diamonds means with their 95% interval{better}",
        f"{result.title}. {'; '.join(told)}.",
        below=table_height(2 * len(among)) + 8,
        x=(-0.5, max(0.5, len(visits) - 0.5)),
        y=(scale[0], scale[-1]),
    )
    panel.y_axis("Change", scale, lambda tick: f"{tick:+g}" if tick else "0")
    panel.drawing.line((LEFT, panel.y(0)), (WIDTH - RIGHT, panel.y(0)), FAINT, 1.5)
    panel.x_axis("", [(place, visit) for place, visit in enumerate(visits)])
    spread = 0.62 / max(1, len(among))
    for order, (group, stroke) in enumerate(among):
        offset = (order - (len(among) - 1) / 2) * spread
        means = []
        for place, at in enumerate(by_id[group.id].visits):
            _dots(panel, at, place + offset, spread, stroke.color)
            if at.change.mean is not None:
                means.append((place + offset, at))
        panel.drawing.path(
            [panel.at(x, at.change.mean or 0.0) for x, at in means], stroke.color, 1.5, stroke.dash
        )
        for x, at in means:
            _mean(panel, x, at, stroke.color)
    panel.legend([(group.name, stroke) for group, stroke in among], lower=False)
    rows: list[tuple[str, Stroke | None, list[tuple[float, str]]]] = []
    for group, stroke in among:
        at_visits = list(enumerate(by_id[group.id].visits))
        rows.append((group.name, stroke, [(place, f"{at.change.n} counted") for place, at in at_visits]))
        rows.append((group.name, None, [(place, _not_counted(at)) for place, at in at_visits]))
    panel.table("Participants", rows)
    return panel.drawing.finished()


def _dots(panel: Panel, at: VisitChange, x: float, spread: float, color: str) -> None:
    """The participants; equal values side by side, from the middle out."""
    seen: dict[object, int] = {}
    for value in at.changes:
        place = seen[value] = seen.get(value, -1) + 1
        side = ((place + 1) // 2) * (1 if place % 2 else -1)
        shift = spread * 0.8 * (side % DOTS if side >= 0 else -(-side % DOTS)) / (2 * DOTS)
        panel.drawing.circle(panel.at(x + shift, float(value)), 2.6, color, 0.35)


def _mean(panel: Panel, x: float, at: VisitChange, color: str) -> None:
    if at.change.mean_low is not None and at.change.mean_high is not None:
        low = max(panel.y(at.change.mean_low), 0)
        high = panel.y(at.change.mean_high)
        across = panel.x(x)
        panel.drawing.line((across, low), (across, high), color, 2.2)
        for end in (low, high):
            panel.drawing.line((across - 5, end), (across + 5, end), color, 2.2)
    panel.drawing.diamond(panel.at(x, at.change.mean or 0.0), 6, color)


def _not_counted(at: VisitChange) -> str:
    died, grafted = (at.undefined.get(name, 0) for name in ("died", "transplanted"))
    parts = [(died, "died"), (grafted, "transplanted"), (sum(at.missing.values()), "missing")]
    return ", ".join(f"{count} {name}" for count, name in parts if count)


def _in_words(at: VisitChange) -> str:
    if at.change.mean is None:
        return "nobody counted"
    return f"mean {at.change.mean:+.2f} of {at.change.n}"
