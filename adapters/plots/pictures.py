"""Every plot of an evaluation, by the name of its file."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.plots.change import change_plot
from adapters.plots.incidence import incidence_plot
from adapters.plots.survival import competing_plot, survival_plot
from projections.endpoints import Evaluation
from projections.endpoints.change import ChangeResult
from projections.endpoints.incidence import IncidenceResult
from projections.endpoints.survival import SurvivalResult


def pictures(evaluation: Evaluation) -> Iterator[tuple[str, str]]:
    """File name and SVG of each plot. Nothing is drawn of a trial in which nobody is randomized."""
    groups = evaluation.groups
    if not any(group.participants for group in groups):
        return
    for result in evaluation.endpoints:
        match result:
            case SurvivalResult():
                for analysis in result.analyses:
                    name = f"{result.endpoint}-{analysis.analysis}.svg"
                    yield name, survival_plot(result, analysis, groups)
                yield f"{result.endpoint}-competing.svg", competing_plot(result, groups)
            case ChangeResult():
                yield f"{result.endpoint}.svg", change_plot(result, groups)
            case IncidenceResult():
                for kind in result.types:
                    yield f"{result.endpoint}-{kind.type}.svg", incidence_plot(result, kind, groups)
