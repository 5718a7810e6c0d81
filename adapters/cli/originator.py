"""`trialog originator …`: the devices and machine sources that data of the trial may come from."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from adapters.cli.commands import Answer, Asked, answers, noun, writes
from adapters.cli.output import listing
from adapters.cli.rows import at

group = noun("originator", "Register the devices and sources that data may come from.")

SourceName = Annotated[str, typer.Argument(metavar="SOURCE", help="Its name, as ediary-7.")]


@answers(group, "list", example="originator list --store trial.db")
def list_originators(question: Asked) -> Answer:
    """List the registered devices and sources of imports, those retired too."""
    from domain.originator import Originators

    register = question.view.single(Originators)
    rows = [
        {
            "source": each.source,
            "kind": each.kind,
            "about": each.about,
            "since": at(each.since),
            "retired": at(each.retired),
        }
        for each in (register.known.values() if register is not None else ())
    ]
    return listing(question.view, rows, ("source", "kind", "about", "since", "retired"))


@writes(
    group,
    "register",
    "originator.register",
    example='originator register ediary-7 device "Model X, serial 4711" --as w.sun:data_manager',
)
def register(
    source: SourceName,
    kind: Annotated[
        Literal["device", "import"],
        typer.Argument(metavar="device|import", help="A device, or files that come in."),
    ],
    about: Annotated[str, typer.Argument(metavar="ABOUT", help="What it is.")],
) -> None:
    """Let data come from a device; or from a source of imports: from the first on, from no other."""


@writes(
    group,
    "retire",
    "originator.retire",
    example='originator retire ediary-7 "lost" --as w.sun:data_manager',
)
def retire(source: SourceName, reason: Annotated[str, typer.Argument(metavar="REASON", help="Why.")]) -> None:
    """Let no further data come from it; what came stays. The name is not given again."""
