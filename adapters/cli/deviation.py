"""`trialog deviation …`: departures from the protocol, and what people say of them and do about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from adapters.cli.choices import check_known
from adapters.cli.commands import Acting, Answer, Asked, Fields, answers, noun, writes
from adapters.cli.options import OnlyParticipant
from adapters.cli.output import Table, instants, listing, pairs
from adapters.cli.rows import DEVIATION_COLUMNS, at, dated, deviation_row

if TYPE_CHECKING:
    from datetime import datetime

    from projections.deviation_handling import Due

group = noun("deviation", "See the deviations that follow from protocol and facts, and handle them.")

Deviation = Annotated[str, typer.Argument(metavar="ID", help="The deviation, as the list names it.")]
Whose = Annotated[str, typer.Option("--participant", metavar="CODE", help="Whose deviation it is.")]
Recipient = Annotated[
    Literal["sponsor", "ethics", "authority", "institution"], typer.Option("--to", help="Who was told.")
]
Reference = Annotated[str, typer.Option("--reference", metavar="TEXT", help="The number it has there.")]
State = Literal["unclassified", "classified", "explained", "acted", "reported"]


@answers(group, "list", example="deviation list --rule visit.out_of_window --store trial.db")
def list_deviations(
    question: Asked,
    participant: OnlyParticipant = "",
    rule: Annotated[
        str, typer.Option("--rule", metavar="RULE", help="Only of this rule, as visit.missed.")
    ] = "",
    state: Annotated[State | None, typer.Option("--state", help="Only those handled so far.")] = None,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only those with something that the protocol asked for by now.")
    ] = False,
) -> Answer:
    """List the deviations, computed and noted. Roles that are masked see none that tell an arm."""
    from projections.deviations import RULES

    if rule:
        check_known((rule,), RULES, "rule of deviations", "usage.deviation_rule")
    moment = question.view.moment
    rows = [
        deviation_row(each, moment)
        for each in question.deviations(participant)
        if rule in ("", each.rule) and state in (None, each.state) and (not overdue or each.overdue(moment))
    ]
    return listing(question.view, rows, DEVIATION_COLUMNS)


@answers(group, "show", example="deviation show dev-0a1b2c3d4e5f --participant SY01-001 --store trial.db")
def show(question: Asked, deviation: Deviation, participant: Whose) -> Answer:
    """Show one deviation: every word on its cause, every action and report, and what is due by when."""
    from projections.deviations import deviation_of

    view = question.view
    found = deviation_of(question.deviations(participant), participant, deviation)
    handling = found.handling
    data: dict[str, Any] = {
        **instants(view),
        "deviation": deviation_row(found, view.moment),
        "explanations": [dated(each) for each in handling.explained],
        "actions": [dated(each) for each in handling.actions],
        "reports": [dated(each) for each in handling.reports],
        "hazard_notices": [dated(each) for each in handling.notices],
        "dues": [_due(each, view.moment) for each in found.dues],
    }
    tables = [
        pairs(data["deviation"]),
        Table(data["explanations"], ("at", "cause", "hazard"), "Cause"),
        Table(data["actions"], ("at", "kind", "action"), "Actions"),
        Table(data["reports"], ("at", "recipient", "reference"), "Reports"),
        Table(data["hazard_notices"], ("at", "recipient", "reference"), "Notices of the hazard"),
        Table(data["dues"], ("what", "due", "met", "overdue", "late"), "Due"),
    ]
    return Answer(data, tuple(table for table in tables if table.rows))


def _due(due: Due, moment: datetime) -> dict[str, Any]:
    return {
        "what": due.what,
        "due": str(due.due),
        "met": at(due.met),
        "overdue": due.is_overdue(moment),
        "late": due.was_late,
    }


def _known(person: Acting, participant: str, deviation: str) -> Fields:
    """The fields that name a deviation which is there. Raises NotFound."""
    from projections.as_of import participant_of
    from projections.deviations import deviation_of, deviations

    view = person.view()
    participant_of(view, participant)
    unseal = person.place.app.unseal(view.trial, person.by.role)
    found = deviation_of(deviations(view, unseal, participant), participant, deviation)
    return {"participant": participant, "deviation": found.id}


@writes(
    group,
    "classify",
    "outcome.classify_deviation",
    example="deviation classify dev-0a1b2c3d4e5f --participant SY01-001 --class minor"
    ' --cause "public holiday" --as li.wei:investigator',
)
def classify(
    person: Acting,
    deviation: Deviation,
    participant: Whose,
    classification: Annotated[
        Literal["minor", "major", "critical"], typer.Option("--class", help="How much it weighs.")
    ],
    cause: Annotated[str, typer.Option("--cause", metavar="TEXT", help="Why it came about.")] = "",
    correction: Annotated[
        str, typer.Option("--correction", metavar="TEXT", help="What was done about it.")
    ] = "",
) -> Fields:
    """Weigh a deviation, and say its cause and correction."""
    known = _known(person, participant, deviation)
    return {**known, "classification": classification, "cause": cause, "correction": correction}


@writes(
    group,
    "explain",
    "deviation.explain",
    example='deviation explain dev-0a1b2c3d4e5f "public holiday" --participant SY01-001'
    " --as li.wei:investigator",
)
def explain(
    person: Acting,
    deviation: Deviation,
    cause: Annotated[str, typer.Argument(metavar="CAUSE", help="Why it came about; never the arm.")],
    participant: Whose,
    hazard: Annotated[
        str, typer.Option("--hazard", metavar="TEXT", help="The immediate hazard that it averted.")
    ] = "",
) -> Fields:
    """Say why a deviation came about. The newest word stands, earlier ones stay beside it."""
    return {**_known(person, participant, deviation), "cause": cause, "hazard": hazard}


@writes(
    group,
    "act",
    "deviation.record_action",
    example='deviation act dev-0a1b2c3d4e5f "appointments are made before holidays" --kind preventive'
    " --participant SY01-001 --as an.li:coordinator",
)
def act(
    person: Acting,
    deviation: Deviation,
    action: Annotated[str, typer.Argument(metavar="ACTION", help="What was done.")],
    participant: Whose,
    kind: Annotated[
        Literal["corrective", "preventive"],
        typer.Option("--kind", help="To put it right, or lest it come again."),
    ],
) -> Fields:
    """Record what was done about a deviation."""
    return {**_known(person, participant, deviation), "kind": kind, "action": action}


@writes(
    group,
    "report",
    "deviation.record_report",
    example="deviation report dev-0a1b2c3d4e5f --to ethics --reference EC-2026-17 --participant SY01-001"
    " --as an.li:coordinator",
)
def report(
    person: Acting, deviation: Deviation, participant: Whose, recipient: Recipient, reference: Reference = ""
) -> Fields:
    """Record that a deviation was reported, as to the ethics committee."""
    return {**_known(person, participant, deviation), "recipient": recipient, "reference": reference}


@writes(
    group,
    "hazard-notice",
    "deviation.record_hazard_notice",
    example="deviation hazard-notice dev-0a1b2c3d4e5f --to ethics --participant SY01-001"
    " --as an.li:coordinator",
)
def hazard_notice(
    person: Acting, deviation: Deviation, participant: Whose, recipient: Recipient, reference: Reference = ""
) -> Fields:
    """Record that somebody was notified of a deviation made to avert an immediate hazard."""
    return {**_known(person, participant, deviation), "recipient": recipient, "reference": reference}
