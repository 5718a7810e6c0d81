"""`trialog deviation …`: departures from the protocol, and what people say of them."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from adapters.cli.commands import Acting, Answer, Asked, Fields, answers, noun, writes
from adapters.cli.options import OnlyParticipant
from adapters.cli.output import listing
from adapters.cli.rows import DEVIATION_COLUMNS, deviation_row
from domain.errors import Invalid, NotFound

group = noun("deviation", "See the deviations that follow from protocol and facts, and classify them.")


@answers(group, "list", example="deviation list --rule visit.out_of_window --store trial.db")
def list_deviations(
    question: Asked,
    participant: OnlyParticipant = "",
    rule: Annotated[
        str, typer.Option("--rule", metavar="RULE", help="Only of this rule, as visit.missed.")
    ] = "",
) -> Answer:
    """List the deviations, computed and noted. Roles that are masked see none that tell an arm."""
    from projections.deviations import RULES, deviations

    if rule and rule not in RULES:
        raise Invalid(
            "usage.deviation_rule", f"there is no rule {rule}", remedy=f"Rules: {', '.join(RULES)}."
        )
    if participant:
        question.participant(participant)
    found = deviations(question.view, question.unseal, participant)
    rows = [deviation_row(each) for each in found if not rule or each.rule == rule]
    return listing(question.view, rows, DEVIATION_COLUMNS)


@writes(
    group,
    "classify",
    "outcome.classify_deviation",
    example="deviation classify dev-0a1b2c3d4e5f --participant SY01-001 --class minor"
    ' --cause "public holiday" --as li.wei:investigator',
)
def classify(
    person: Acting,
    deviation: Annotated[str, typer.Argument(metavar="ID", help="The deviation, as the list names it.")],
    participant: Annotated[str, typer.Option("--participant", metavar="CODE", help="Whose deviation it is.")],
    classification: Annotated[
        Literal["minor", "major", "critical"], typer.Option("--class", help="How much it weighs.")
    ],
    cause: Annotated[str, typer.Option("--cause", metavar="TEXT", help="Why it came about.")] = "",
    correction: Annotated[
        str, typer.Option("--correction", metavar="TEXT", help="What was done about it.")
    ] = "",
) -> Fields:
    """Weigh a deviation, and say its cause and correction."""
    from projections.as_of import participant_of
    from projections.deviations import deviations

    view = person.view()
    participant_of(view, participant)
    unseal = person.place.app.unseal(view.trial, person.by.role)
    found = {each.id: each for each in deviations(view, unseal, participant)}
    noted = {each.subject: each.id for each in found.values() if each.rule == "noted"}
    known = noted.get(deviation, deviation)
    if known not in found:
        raise NotFound("deviation.unknown", f"there is no deviation {deviation}", where=participant)
    return {
        "participant": participant,
        "deviation": known,
        "classification": classification,
        "cause": cause,
        "correction": correction,
    }
