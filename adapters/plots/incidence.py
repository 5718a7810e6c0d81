"""The cumulative incidence of a type of decompensation, with death and transplantation competing."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.plots.panel import Panel, percent, table_height
from adapters.plots.survival import rise, shown
from projections.endpoints.estimates import Rise
from projections.endpoints.groups import Group
from projections.endpoints.incidence import IncidenceResult, TypeIncidence


def incidence_plot(result: IncidenceResult, kind: TypeIncidence, groups: Sequence[Group]) -> str:
    """One type as SVG, among those free of it at baseline."""
    among = shown(groups)
    by_id = {each.group: each for each in kind.groups}
    visits = by_id[among[0][0].id].visits
    longest = max([1, *(at.day for at in visits)])
    heights = [
        step.high or step.incidence for g, _ in among for step in by_id[g.id].curve if step.day <= longest
    ]
    top = min(1.0, max([0.2, *heights]) * 1.15)
    name = kind.type.replace("_", " ")
    told = [
        f"{group.name}: {by_id[group.id].visits[-1].incident.cumulative if visits else 0} of "
        f"{by_id[group.id].free_at_baseline} free at baseline"
        for group, _ in among
    ]
    panel = Panel(
        f"Cumulative incidence: {name}",
        "Among those free of it at baseline; death and transplantation compete; 95% log-log interval",
        f"{result.title}. {'; '.join(told)}.",
        below=table_height(len(among)),
        x=(0, longest),
        y=(0, top),
    )
    panel.y_axis("Cumulative incidence", [t / 10 for t in range(11) if t / 10 <= top + 1e-9], percent)
    times = panel.time_axis(longest)
    for group, stroke in among:
        curve = by_id[group.id].curve
        if curve:
            panel.band([(s.day, s.low, s.high) for s in curve], min(longest, curve[-1].day), stroke)
        rise(panel, curve, longest, stroke)
    panel.legend([(group.name, stroke) for group, stroke in among], lower=False)
    rows = [
        (group.name, stroke, [(day, str(_at_risk(by_id[group.id].curve, day))) for day in times])
        for group, stroke in among
    ]
    panel.table("At risk", rows)
    return panel.drawing.finished()


def _at_risk(curve: tuple[Rise, ...], day: float) -> int:
    return next((step.at_risk for step in curve if step.day >= day), 0)
