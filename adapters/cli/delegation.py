"""`trialog delegation …` and `trialog training …`: who does what at a site, and their training."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from adapters.cli.account import Name
from adapters.cli.commands import (
    Acting,
    Answer,
    Asked,
    Fields,
    Recorded,
    answers,
    noun,
    performs,
    receipt,
    writes,
)
from adapters.cli.output import listing

group = noun("delegation", "The delegation log: give tasks at a site to people, and take them back.")
training = noun("training", "Record who was trained in what.")


@performs(
    group,
    "add",
    timed=True,
    example="delegation add li.wei --at-site SY01 --task consent --task data_entry --store trial.db",
)
def add(
    person: Acting,
    account: Name,
    where: Annotated[str, typer.Option("--at-site", metavar="SITE", help="The site of the tasks.")],
    tasks: Annotated[list[str], typer.Option("--task", metavar="TASK", help="A task; may be repeated.")],
    starts: Annotated[str, typer.Option("--starts", metavar="TIME", help="From when; by default now.")] = "",
    ends: Annotated[
        str, typer.Option("--ends", metavar="TIME", help="Until when; by default until ended.")
    ] = "",
) -> Recorded:
    """Give tasks at a site to a person. The principal investigator signs it."""
    fields: dict[str, Any] = {"account": account, "site": where, "tasks": tuple(tasks)}
    fields |= {name: text for name, text in (("starts", starts), ("ends", ends)) if text}
    return receipt(person.execute("delegation.sign", fields))


@writes(group, "end", "delegation.end", example="delegation end li.wei d-1 --store trial.db")
def end(
    account: Name,
    delegation: Annotated[str, typer.Argument(metavar="DELEGATION", help="Which one, as d-1.")],
) -> None:
    """Take a delegation back. The principal investigator signs it."""


@answers(group, "list", example="delegation list --store trial.db")
def list_delegations(question: Asked) -> Answer:
    """List the delegation log: tasks with start and end, and training, of every person."""
    from domain.delegation import Standing

    moment = question.view.moment
    rows = [
        {
            "account": standing.account,
            "delegation": each.delegation,
            "site": each.site,
            "tasks": [str(task) for task in each.tasks],
            "starts": str(each.starts),
            "ends": str(each.ended.at if each.ended else each.ends or "") or None,
            "open": each.open_at(moment),
            "trained": standing.is_trained(moment),
        }
        for standing in question.view.singles(Standing).values()
        for each in standing.delegations
    ]
    return listing(
        question.view, rows, ("account", "delegation", "site", "tasks", "starts", "ends", "open", "trained")
    )


@writes(
    training,
    "record",
    "training.record",
    example="training record li.wei protocol --version 1.0 --as w.sun:data_manager",
)
def record(
    account: Name,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="What in, as protocol or gcp.")],
    version: Annotated[str, typer.Option("--version", metavar="LABEL", help="Of which version.")] = "",
    expires: Annotated[str, typer.Option("--expires", metavar="TIME", help="Until when it counts.")] = "",
) -> Fields:
    """Record that a person was trained; another person does it."""
    return {
        "account": account,
        "subject": subject,
        "version": version,
        **({"expires": expires} if expires else {}),
    }
