"""Kaplan-Meier curves with intervals and numbers at risk, and what competes for the participants."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.plots.panel import ALONE, Panel, Stroke, percent, strokes_of, table_height
from projections.endpoints.estimates import Rise, Step
from projections.endpoints.groups import POOLED, Group
from projections.endpoints.survival import Analysis, GroupSurvival, SurvivalResult

QUARTERS = (0, 0.25, 0.5, 0.75, 1)

Shown = Sequence[tuple[Group, Stroke]]


def shown(groups: Sequence[Group]) -> Shown:
    """The groups a plot shows: the arms, or all together where there is nothing else."""
    strokes = strokes_of([group.id for group in groups], POOLED)
    arms = [(group, strokes[group.id]) for group in groups if group.id != POOLED]
    return arms or [(group, ALONE) for group in groups]


def survival_plot(result: SurvivalResult, analysis: Analysis, groups: Sequence[Group]) -> str:
    """One reading of survival as SVG."""
    among = shown(groups)
    by_id = {each.group: each for each in analysis.groups}
    longest = _longest(result, [by_id[group.id].curve for group, _ in among])
    title = "Survival without transplantation" if analysis.transplant == "event" else "Survival"
    panel = Panel(
        title,
        "Kaplan-Meier estimate with its 95% log-log interval; ticks mark the end of an observation",
        f"{result.title}. {_described(among, by_id, analysis)}",
        below=table_height(len(among)),
        x=(0, longest),
        y=(0, 1),
    )
    panel.y_axis("Surviving", QUARTERS, percent)
    times = panel.time_axis(longest)
    for group, stroke in among:
        _curve(panel, by_id[group.id].curve, longest, stroke)
    panel.legend([(group.name, stroke) for group, stroke in among], lower=True)
    rows = [
        (group.name, stroke, [(day, str(_at_risk(by_id[group.id].curve, day))) for day in times])
        for group, stroke in among
    ]
    panel.table("At risk", rows)
    return panel.drawing.finished()


def _longest(result: SurvivalResult, curves: Sequence[Sequence[Step | Rise]]) -> int:
    last = max((curve[-1].day for curve in curves if curve), default=0)
    return max(1, result.horizon_days or last)


def _curve(panel: Panel, curve: tuple[Step, ...], longest: int, stroke: Stroke) -> None:
    if not curve:
        return
    end = min(longest, curve[-1].day)
    panel.band([(step.day, step.low, step.high) for step in curve], end, stroke)
    level = [(0.0, 1.0), *((step.day, step.survival) for step in curve)]
    panel.drawing.path(panel.steps(level, end), stroke.color, dash=stroke.dash)
    for step in curve:
        if step.censored and step.day <= end:
            x, y = panel.at(step.day, step.survival)
            panel.drawing.line((x, y - 4), (x, y + 4), stroke.color, opacity=0.7)


def _at_risk(curve: tuple[Step, ...], day: float) -> int:
    return next((step.at_risk for step in curve if step.day >= day), 0)


def _described(among: Shown, by_id: dict[str, GroupSurvival], analysis: Analysis) -> str:
    parts = []
    for group, _ in among:
        known = by_id[group.id]
        told = [each for each in known.estimates if each.survival is not None]
        last = f", {100 * (told[-1].survival or 0):.1f}% surviving at day {told[-1].day}" if told else ""
        parts.append(f"{group.name}: {known.participants} participants, {known.events} events{last}")
    tests = [
        f"log-rank p = {each.log_rank.p:.3f}" for each in analysis.comparisons if each.log_rank is not None
    ]
    return f"Event: {analysis.event}. {'; '.join([*parts, *tests])}."


LIGHTER = ("2 3", "8 3 2 3", "1 5", "12 3 1 3")
"""How the lines of transplantation are drawn, each unlike every line of death."""


def competing_plot(result: SurvivalResult, groups: Sequence[Group]) -> str:
    """Death and transplantation as they compete, as SVG."""
    among = shown(groups)
    wanted = {group.id for group, _ in among}
    curves = [each for each in result.competing if each.group in wanted]
    longest = _longest(result, [each.curve for each in curves])
    top = min(1.0, max([0.2, *(1.15 * rise.incidence for each in curves for rise in each.curve)]))
    names = {group.id: group.name for group, _ in among}
    strokes = {(group.id, "died"): stroke for group, stroke in among} | {
        (group.id, "transplanted"): Stroke(stroke.color, LIGHTER[place % len(LIGHTER)])
        for place, (group, stroke) in enumerate(among)
    }
    entries = [(f"{names[each.group]}: {each.cause}", strokes[each.group, each.cause]) for each in curves]
    told = [f"{names[each.group]}, {each.cause}: {_last(each.curve):.1f}%" for each in curves]
    panel = Panel(
        "Death and transplantation, each competing with the other",
        "Cumulative incidence (Aalen-Johansen)",
        f"{result.title}. Cumulative incidence at the end of observation. {'; '.join(told)}.",
        below=52,
        x=(0, longest),
        y=(0, top),
    )
    scale = [tick / 10 for tick in range(11) if tick / 10 <= top + 1e-9]
    panel.y_axis("Cumulative incidence", scale, percent)
    panel.time_axis(longest)
    for each, (_, stroke) in zip(curves, entries, strict=True):
        rise(panel, each.curve, longest, stroke)
    panel.legend(entries, lower=False)
    return panel.drawing.finished()


def _last(curve: tuple[Rise, ...]) -> float:
    return 100 * curve[-1].incidence if curve else 0.0


def rise(panel: Panel, curve: tuple[Rise, ...], longest: int, stroke: Stroke) -> None:
    """A cumulative incidence as a staircase that goes up."""
    if curve:
        end = min(longest, curve[-1].day)
        level = [(0.0, 0.0), *((step.day, step.incidence) for step in curve)]
        panel.drawing.path(panel.steps(level, end), stroke.color, dash=stroke.dash)
