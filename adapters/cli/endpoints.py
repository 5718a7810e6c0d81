"""`trialog endpoints`: the endpoints of a trial as of any instant, in tables, JSON and plots."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.cli.commands import Answer, Asked, answers
from adapters.cli.endpoint_tables import tables
from adapters.cli.output import instants, tell
from domain.errors import NotFound

if TYPE_CHECKING:
    from projections.endpoints import Evaluation


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    answers(app, "endpoints", example="endpoints --as-of 2026-06-30T16:00:00Z --store trial.db")(endpoints)


def endpoints(
    question: Asked,
    endpoint: Annotated[str, typer.Option("--endpoint", metavar="ID", help="Only this endpoint.")] = "",
    plots: Annotated[
        str, typer.Option("--plots", metavar="DIR", help="Draw the plots as SVG files in this folder.")
    ] = "",
    curves: Annotated[
        bool, typer.Option("--curves", help="Every step of every curve in the JSON, not only chosen days.")
    ] = False,
) -> Answer:
    """Evaluate the endpoints of the trial: survival, change of scores, decompensation.

    By arm for those who may know the allocation, all participants together for others.
    """
    from projections.endpoints import evaluate

    view = question.view
    if not view.trial.versions:
        raise NotFound("endpoint.no_protocol", "the trial had no protocol as of this instant")
    known = [each.id for each in view.trial.protocol.endpoints]
    if endpoint and endpoint not in known:
        told = ", ".join(known) or "none"
        raise NotFound("endpoint.unknown", f"there is no endpoint {endpoint}", remedy=f"There are: {told}.")
    found = evaluate(view, question.unseal, endpoint)
    data = {**instants(view), **as_data(found)}
    if not curves:
        data["endpoints"] = [_without_curves(each) for each in data["endpoints"]]
    data["plots"] = _drawn(found, Path(plots)) if plots else None
    return Answer(data, tuple(tables(found)))


def as_data(value: object) -> Any:  # noqa: ANN401 - JSON of the shape of what is given
    """Results as JSON: objects under their fields' names, decimals and days as texts."""
    if isinstance(value, Decimal | date):
        return str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: as_data(getattr(value, each.name)) for each in fields(value)}
    if hasattr(value, "_asdict"):
        return {name.removesuffix("_"): as_data(each) for name, each in value._asdict().items()}
    if isinstance(value, Mapping):
        return {name: as_data(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [as_data(each) for each in value]
    return value


def _without_curves(node: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(node, dict):
        return {name: None if name == "curve" else _without_curves(each) for name, each in node.items()}
    return [_without_curves(each) for each in node] if isinstance(node, list) else node


def _drawn(found: Evaluation, folder: Path) -> list[str]:
    """The files written. Raises Invalid where one of them is there already."""
    from adapters.files.places import check_new, write_new
    from adapters.plots.pictures import pictures

    folder.mkdir(parents=True, exist_ok=True)
    files = {folder / name: picture for name, picture in pictures(found)}
    for file in files:
        check_new(file)
    for file, picture in files.items():
        write_new(file, picture)
    tell(f"{len(files)} plots drawn in {folder}")
    return list(map(str, files))
