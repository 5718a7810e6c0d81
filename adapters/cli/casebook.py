"""`trialog casebook …`: the records of a participant's casebook, who signed them, what is awaited."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.choices import check_known
from adapters.cli.commands import Acting, Answer, Asked, Recorded, answers, noun, performs, receipt
from adapters.cli.options import OnlyParticipant, Participant
from adapters.cli.output import Table, instants, listing, tell, tell_table
from adapters.cli.question import asked_by
from domain.errors import Invalid, Refused, TrialogError

if TYPE_CHECKING:
    from projections.signing_sheet import Sheet

group = noun("casebook", "See, sign, freeze and lock the records of casebooks.")

RecordArgument = Annotated[
    str,
    typer.Argument(metavar="RECORD", help="A record, as week-4 or consent; by default the whole casebook."),
]

_RECORD_COLUMNS = (
    *("record", "status", "closed", "facts", "fields", "verified"),
    *("signature", "signed_by", "signed_at"),
)
_SIGNATURE_COLUMNS = (
    *("record", "name", "role", "signed_at", "meaning", "statement"),
    *("stands", "fits", "position"),
)
_MILESTONE_COLUMNS = (
    *("participant", "record", "status", "due_on", "overdue_days", "roles"),
    *("signed_by", "signed_at"),
)
_VALUE_COLUMNS = ("field", "value", "position")
_SINCE_COLUMNS = ("field", "was", "now", "actor", "role", "recorded_at", "reason")


@answers(group, "show", example="casebook show SY01-001 --store trial.db")
def show(question: Asked, participant: Participant) -> Answer:
    """Show a casebook: its records and where each stands, and every signature with name, time and meaning."""
    from domain.casebook_record import RecordSigned
    from projections.casebook import record_rows, signature_rows
    from projections.covering import fits

    app, view = question.app, question.view
    records = [row._asdict() for row in record_rows(app.reading, view, participant)]
    signed = {
        entry.record.position: entry.record.fact
        for entry in app.reading.entries(
            view.trial_id, stream=f"participant/{participant}", upto=view.position
        )
        if isinstance(entry.record.fact, RecordSigned)
    }
    signatures = [
        {
            **row._asdict(),
            "fits": fits(app.reading, app.ledger, view.trial_id, participant, signed[row.position]),
        }
        for row in signature_rows(app.reading, view, participant)
    ]
    data = {**instants(view), "participant": participant, "records": records, "signatures": signatures}
    tables = (Table(records, _RECORD_COLUMNS, "Records"), Table(signatures, _SIGNATURE_COLUMNS, "Signatures"))
    return Answer(data, tables if signatures else tables[:1])


@answers(group, "sheet", example="casebook sheet SY01-001 week-4 --store trial.db")
def sheet(question: Asked, participant: Participant, record: RecordArgument = "casebook") -> Answer:
    """Show the signing sheet of a record.

    It tells what stands there, what changed since it was last signed, and what is still asked about it. Its
    digest is what a signature keeps; as of the position that a signature covers, it is the sheet that was
    signed.
    """
    from projections.signing_sheet import sheet_of

    known = sheet_of(question.app.reading, question.view, participant, record)
    data = {**instants(question.view), **sheet_data(known)}
    return Answer(data, (*_tables(known), f"sheet {known.digest}"))


def sheet_data(known: Sheet) -> dict[str, object]:
    """A signing sheet as data."""
    return {
        "participant": known.participant,
        "record": known.record,
        "covers": known.covers,
        "signed": known.signed,
        "values": [each._asdict() for each in known.values],
        "since": [each._asdict() for each in known.since],
        "queries": list(known.queries),
        "digest": known.digest,
    }


def _tables(known: Sheet) -> tuple[Table | str, ...]:
    title = f"{known.participant} {known.record} at position {known.covers}"
    parts: list[Table | str] = [Table([each._asdict() for each in known.values], _VALUE_COLUMNS, title)]
    if known.signed:
        since = [each._asdict() for each in known.since]
        told = f"Changed since it was signed at position {known.signed}"
        parts.append(Table(since, _SINCE_COLUMNS, told) if since else f"{told}: nothing")
    parts += [f"open: {each}" for each in known.queries]
    return tuple(parts)


@performs(
    group,
    "sign",
    example="casebook sign SY01-001 week-4 --meaning approval --as li.wei:principal_investigator",
)
def sign(
    person: Acting,
    participant: Participant,
    record: RecordArgument = "casebook",
    meaning: Annotated[
        str,
        typer.Option("--meaning", metavar="MEANING", help="authorship, review, approval or responsibility."),
    ] = "approval",
    seen: Annotated[
        str,
        typer.Option("--sheet", metavar="DIGEST", help="The sheet that was seen: no other is signed."),
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Sign without being asked; the sheet is shown.")] = False,
) -> Recorded:
    """Sign a record. Shows its signing sheet first, and asks; the signer authenticates anew.

    The signature names exactly what it covers. It stays for good, and stops being current by itself once
    anything in the record changes.
    """
    from domain.casebook_record import STATEMENTS
    from projections.covering import cover
    from projections.signing_sheet import sheet_of
    from workflows.policy import authorise

    check_known((meaning,), STATEMENTS, "meaning of a signature", "usage.meaning")
    app, question = person.place.app, asked_by(person, "casebook.sheet", participant)
    view = question.view
    known = sheet_of(question.app.reading, view, participant, record)
    if seen and seen != known.digest:
        raise Refused(
            "record.other_sheet",
            f"the signing sheet is {known.digest} now",
            where=f"{participant} {record}",
            remedy="Look at it with 'trialog casebook sheet'.",
        )
    if not yes and not seen and not sys.stdin.isatty():
        remedy = "Name the --sheet, or say --yes."
        raise Invalid("usage.not_confirmed", "nobody is there to be asked", remedy=remedy)
    held = cover(app.reading, app.ledger, view.trial_id, participant, record, view.position)
    fields = {
        "participant": participant,
        "record": record,
        "meaning": meaning,
        "sheet": known.digest,
        **held._asdict(),
    }
    command = person.command("record.sign", fields)
    authorise(command, person.by)  # before people read a sheet that they may not sign
    for part in _tables(known):
        tell(part) if isinstance(part, str) else tell_table(part)
    tell(f"{meaning}: {STATEMENTS[meaning][0]} · {STATEMENTS[meaning][1]}")
    if not yes and not seen and not typer.confirm(f"Sign {participant} {record}?", err=True):
        raise TrialogError("confirm.declined", "nothing was signed")
    return receipt(person.carry_out(view.trial_id, command))


@answers(group, "overdue", example="casebook overdue --store trial.db")
def overdue(
    question: Asked,
    participant: OnlyParticipant = "",
    every: Annotated[
        bool, typer.Option("--all", help="Every sign-off that the protocol plans, signed ones too.")
    ] = False,
) -> Answer:
    """List the planned sign-offs that are overdue: never signed, or changed since they were."""
    from projections.milestones import milestone_rows

    rows = [
        {
            **row._asdict(),
            "due_on": None if row.due_on is None else row.due_on.isoformat(),
            "roles": list(row.roles),
        }
        for row in milestone_rows(question.app.reading, question.view, participant)
        if every or row.is_overdue
    ]
    return listing(question.view, rows, _MILESTONE_COLUMNS)
