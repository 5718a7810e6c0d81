"""`trialog sdv …`: source data verification, field by field."""

from __future__ import annotations

from typing import Annotated

import typer

from adapters.cli.choices import check_known
from adapters.cli.commands import Acting, Answer, Asked, Fields, answers, noun, writes
from adapters.cli.options import OnlyParticipant, Participant
from adapters.cli.output import listing

group = noun("sdv", "Compare records with their source, and see what changed since.")

_COLUMNS = ("participant", "field", "status", "verified_by", "verified_at", "newest")
_STATUSES = ("verified", "changed", "unverified")


@answers(group, "list", example="sdv list --participant SY01-001 --status changed --store trial.db")
def list_fields(
    question: Asked,
    participant: OnlyParticipant = "",
    status: Annotated[
        str,
        typer.Option(
            "--status", metavar="STATUS", help="Only fields that stand so: verified, changed, unverified."
        ),
    ] = "",
) -> Answer:
    """List every field with its verification: none, one that stands, or one that the field changed after."""
    from projections.source_data import source_rows

    if status:
        check_known((status,), _STATUSES, "status of a verification", "usage.sdv_status")
    codes = [participant] if participant else list(question.view.participants())
    rows = [
        row._asdict()
        for code in codes
        for row in source_rows(question.app.reading, question.view, code)
        if status in ("", row.status)
    ]
    return listing(question.view, rows, _COLUMNS)


@writes(group, "verify", "record.verify", example="sdv verify SY01-001 week-4/alt --as j.mo:monitor")
def verify(
    person: Acting,
    participant: Participant,
    record: Annotated[
        str, typer.Argument(metavar="RECORD", help="A record, as week-4, or one field of it, as week-4/alt.")
    ],
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="What it was compared with.")] = "",
) -> Fields:
    """Say that a record, or one field of it, agrees with its source as it stands."""
    from projections.covering import cover

    app, position = person.seen, person.view().position
    held = cover(app.reading, app.ledger, person.place.trial, participant, record, position)
    return {"participant": participant, "record": record, "note": note, **held._asdict()}
