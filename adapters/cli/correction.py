"""`trialog correction …`: changes to site data that somebody else decides, and their decision."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from adapters.cli.commands import Acting, Answer, Asked, Fields, answers, noun, writes
from adapters.cli.options import OnlyParticipant, Participant, ResultId, VisitId
from adapters.cli.output import instants, listing, pairs
from domain.errors import Refused

group = noun(
    "correction", "Propose corrections to the site, keep what participants ask for, decide, fix data."
)

Name = Annotated[str, typer.Argument(metavar="CORRECTION", help="The correction, as C-412.")]
NewValue = Annotated[
    str | None,
    typer.Argument(metavar="VALUE", help="What it should be, or void.", show_default=False),
]
Unit = Annotated[str, typer.Option("--unit", metavar="UNIT", help="Its unit, if another than now.")]

_COLUMNS = (
    "correction",
    "kind",
    "status",
    "participant",
    "visit",
    "result",
    "was",
    "value",
    "asked_by",
    "decided_by",
)
_WHY = '--reason-code transcription --reason "misread at the source"'


@answers(group, "list", example="correction list --waiting --store trial.db")
def list_corrections(
    question: Asked,
    participant: OnlyParticipant = "",
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those that nobody has decided.")] = False,
) -> Answer:
    """List the corrections that were proposed, asked for or fixed, and what came of each."""
    from projections.corrections import correction_rows

    rows = [row._asdict() for row in correction_rows(question.view, participant, waiting=waiting)]
    return listing(question.view, rows, _COLUMNS)


@answers(group, "show", example="correction show C-412 --store trial.db")
def show(question: Asked, correction: Name) -> Answer:
    """Show one correction: what was asked, by whom, on which evidence or ticket, who decided, and when."""
    from projections.corrections import correction_of, row_of

    view = question.view
    known = correction_of(view, correction)
    whose = view.participant(known.participant)
    row = row_of(known, whose.site if whose else "")._asdict()
    return Answer({**instants(view), "correction": row}, (pairs(row),))


@answers(group, "changes", example="correction changes --waiting --store trial.db")
def changes(
    question: Asked,
    participant: OnlyParticipant = "",
    waiting: Annotated[
        bool, typer.Option("--waiting", help="Only those no investigator has signed for.")
    ] = False,
) -> Answer:
    """List what was changed after unblinding, results apart, and which investigator signed for it."""
    from projections.corrections import change_rows

    rows = [row._asdict() for row in change_rows(question.view, participant, waiting=waiting)]
    columns = ("participant", "record", "at", "fact", "status", "authorised_by", "authorised")
    return listing(question.view, rows, columns)


@writes(
    group,
    "authorise",
    "correction.authorise_changes",
    example=f"correction authorise SY01-001 {_WHY} --as li.wei:investigator",
)
def authorise(
    person: Acting,
    participant: Participant,
    facts: Annotated[
        list[int] | None,
        typer.Argument(
            metavar="FACT", help="The changes, by their facts; all that wait without.", show_default=False
        ),
    ] = None,
) -> Fields:
    """Sign for changes that were made after unblinding."""
    from projections.corrections import change_rows

    waiting = [each.fact for each in change_rows(person.view(), participant, waiting=True)]
    if not (facts or waiting):
        raise Refused(
            "correction.none_waits", "no change after unblinding waits for a signature", where=participant
        )
    return {"participant": participant, "facts": tuple(facts or waiting)}


@writes(
    group,
    "propose",
    "correction.propose",
    example=f"correction propose SY01-001 week-4 tbil 45 {_WHY} --as j.mo:monitor",
)
def propose(
    participant: Participant, visit: VisitId, result: ResultId, value: NewValue = None, unit: Unit = ""
) -> None:
    """Propose a correction. The value stands as it is until the investigator of the site accepts."""


@writes(
    group,
    "request",
    "correction.request",
    example=f'correction request SY01-001 week-4 alt 41 --evidence "diary of 5 March" {_WHY}'
    " --as an.li:coordinator",
)
def request(
    participant: Participant,
    visit: VisitId,
    result: ResultId,
    evidence: Annotated[str, typer.Option("--evidence", metavar="TEXT", help="What it is to be seen from.")],
    value: NewValue = None,
    unit: Unit = "",
    requester: Annotated[
        Literal["participant", "representative"], typer.Option("--requester", help="Who asks.")
    ] = "participant",
) -> None:
    """Keep that a participant asks for a correction of a value, and on which evidence."""


@writes(
    group,
    "request-fix",
    "correction.request_fix",
    example=f"correction request-fix SY01-001 week-4 alt 41 --ticket T-118 {_WHY} --as w.sun:data_manager",
)
def request_fix(
    participant: Participant,
    visit: VisitId,
    result: ResultId,
    ticket: Annotated[str, typer.Option("--ticket", metavar="ID", help="The ticket that says why.")],
    value: NewValue = None,
    unit: Unit = "",
) -> None:
    """Ask for a data fix under a ticket. Two others approve it, one of them an investigator."""


@writes(
    group,
    "accept",
    "correction.accept",
    example=f"correction accept C-412 {_WHY} --as li.wei:investigator",
)
def accept(person: Acting, correction: Name) -> Fields:
    """Accept a correction by signature: it is made with it."""
    return _of(person, correction)


@writes(
    group,
    "reject",
    "correction.reject",
    example='correction reject C-412 "the source says 45" --as li.wei:investigator',
)
def reject(
    person: Acting,
    correction: Name,
    ground: Annotated[str, typer.Argument(metavar="GROUND", help="Why the value stands.")],
) -> Fields:
    """Do not accept a correction: the value stands as it was."""
    return {**_of(person, correction), "ground": ground}


@writes(
    group, "approve", "correction.approve_fix", example="correction approve C-412 --as li.wei:investigator"
)
def approve(person: Acting, correction: Name) -> Fields:
    """Approve a data fix, as one of two."""
    return _of(person, correction)


@writes(
    group, "apply", "correction.apply_fix", example=f"correction apply C-412 {_WHY} --as w.sun:data_manager"
)
def apply_fix(person: Acting, correction: Name) -> Fields:
    """Make a data fix that two have approved."""
    return _of(person, correction)


def _of(person: Acting, correction: str) -> Fields:
    from projections.corrections import correction_of

    known = correction_of(person.view(), correction)
    return {"participant": known.participant, "correction": correction}
