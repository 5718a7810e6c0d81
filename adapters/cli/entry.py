"""`trialog transcription …` and `trialog capture …`: entries copied from paper, and captured offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.commands import Acting, Answer, Asked, Fields, answers, noun, performs, writes
from adapters.cli.output import Table, listing
from adapters.cli.rows import Row
from domain.errors import Refused

if TYPE_CHECKING:
    from adapters.offline import Entry
    from workflows.command import Command

transcriptions = noun("transcription", "See what was copied from paper, and check it against the paper.")
captures = noun("capture", "Upload what a device captured offline, and see when it was captured.")


@answers(transcriptions, "list", example="transcription list --unchecked --store trial.db")
def list_transcriptions(
    question: Asked,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="Only those that nobody else has found to agree.")
    ] = False,
) -> Answer:
    """List what was entered from paper: from which, by whom, and the second person's checks."""
    from domain.entry import Transcription, transcription_at
    from domain.record import Origin
    from projections.as_of import entries_of

    view, rows = question.view, []
    for entry in entries_of(question.app.reading, view):
        command = entry.command
        by = command.attribution
        is_first = entry.record.position == command.first
        name = transcription_at(command.first)
        known = view.single(Transcription, name)
        if by.origin is not Origin.PAPER or not is_first or known is None:
            continue
        if unchecked and known.is_checked:
            continue
        rows.append(
            {
                "transcription": name,
                "first": command.first,
                "last": known.last,
                "command": command.kind,
                "source": by.origin_id,
                "entered_by": by.actor,
                "recorded_at": str(command.recorded_at),
                "checked": known.is_checked,
                "checks": [
                    {"agrees": each.agrees, "note": each.note, "at": str(each.when.at)}
                    for each in known.checks
                ],
            }
        )
    columns = ("transcription", "first", "last", "command", "source", "entered_by", "recorded_at", "checked")
    return listing(view, rows, columns)


@writes(
    transcriptions,
    "check",
    "transcription.check",
    example="transcription check T-412 --agrees --as li.wei:investigator",
)
def check(
    transcription: Annotated[str, typer.Argument(metavar="TRANSCRIPTION", help="As the list names it.")],
    agrees: Annotated[bool, typer.Option("--agrees/--differs", help="Whether it is what the paper says.")],
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="What differs.")] = "",
) -> Fields:
    """Hold what somebody else copied against the paper. What differs is corrected as any value is."""
    return {"transcription": transcription, "agrees": agrees, "note": note}


@answers(captures, "list", example="capture list --store trial.db")
def list_uploads(question: Asked) -> Answer:
    """List what was captured offline: when by the device's clock, when sent, how far that clock is off."""
    from domain.entry import UPLOAD_STREAM, EntryUploaded
    from projections.as_of import entries_of

    view, rows = question.view, []
    for entry in entries_of(question.app.reading, view, stream=UPLOAD_STREAM):
        fact = entry.record.fact
        if isinstance(fact, EntryUploaded):
            rows.append(
                {
                    "device": fact.device,
                    "first": fact.first,
                    "last": fact.last,
                    "captured": str(fact.captured),
                    "uploaded": str(entry.command.recorded_at),
                    "ahead_seconds": fact.ahead_seconds,
                    "actor": entry.command.attribution.actor,
                }
            )
    return listing(view, rows, ("device", "first", "last", "captured", "uploaded", "ahead_seconds", "actor"))


@performs(captures, "upload", example="capture upload ediary-7.jsonl --as an.li:coordinator")
def upload(
    person: Acting, file: Annotated[str, typer.Argument(metavar="FILE", help="What the device wrote.")]
) -> Answer:
    """Upload what a registered device captured offline. The same file again changes nothing.

    Ends with exit code 4 when an entry was refused; the others are taken.
    """
    from adapters.offline import read_upload, send

    view = person.view()
    zone = view.trial.protocol.sites[0].zone if view.trial.versions else "UTC"

    def made(entry: Entry) -> Command:
        return person.command(entry.kind, entry.fields)

    sent = send(person.place.app, person.place.trial, read_upload(Path(file), zone), person.by, made)
    rows: list[Row] = [
        {
            "entry": each.entry.id,
            "command": each.entry.kind,
            "captured": str(each.entry.captured),
            "first": each.first,
            "last": each.last,
            "repeated": each.repeated,
            "refused": "" if each.error is None else each.error.code,
        }
        for each in sent
    ]
    refused = next((each.error for each in sent if each.error is not None), None)
    failure = None
    if refused is not None:
        count = sum(each.error is not None for each in sent)
        failure = Refused("upload.refused", f"{count} entries were refused: {refused.message}", where=file)
    columns = ("entry", "command", "captured", "first", "last", "repeated", "refused")
    return Answer({"trial": person.place.trial, "rows": rows}, (Table(rows, columns),), failure)
