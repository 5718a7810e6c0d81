"""Uploading what a device captured while it was offline: each entry a command, its times both kept (TI-05).

A file of JSON lines. The first names the `device` and what its clock tells now, `device_time`; each other one
is an entry: its own `id`, the `kind` of command with its `fields`, and when it was `captured`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from adapters.app import App
from domain.clinical_time import ClinicalTime, Instant
from domain.errors import Conflict, Invalid, NotFound, TrialogError
from domain.record import Attribution, Origin
from workflows.command import Command
from workflows.entry import NoteUpload


class Entry(NamedTuple):
    """One entry of a file: its line, its id on the device, what it asks for, and when it was captured."""

    line: int
    id: str
    kind: str
    fields: dict[str, Any]
    captured: ClinicalTime


class Upload(NamedTuple):
    """A file of a device: what its clock told when it was written, and its entries in order."""

    device: str
    device_time: Instant | None
    entries: tuple[Entry, ...]


class _Head(BaseModel):
    device: str
    device_time: str | None = None


class _Line(BaseModel):
    id: str
    kind: str
    fields: dict[str, Any]
    captured: str


class Sent(NamedTuple):
    """What became of one entry: its positions, 0 where nothing had to change; the error that refused it."""

    entry: Entry
    first: int
    last: int
    repeated: bool
    error: TrialogError | None


def read_upload(file: Path, zone: str) -> Upload:
    """The entries of a file. Raises NotFound, Invalid naming the line."""
    try:
        lines = [line for line in file.read_text("utf-8").splitlines() if line.strip()]
    except FileNotFoundError as error:
        raise NotFound("upload.no_file", "there is no such file", where=str(file)) from error
    except UnicodeDecodeError as error:
        raise Invalid("upload.form", "this is no text in UTF-8", where=str(file)) from error
    number = 1
    try:
        head = _Head.model_validate_json(lines[0] if lines else "")
        told = Instant.parse(head.device_time) if head.device_time else None
        entries = []
        for number, line in enumerate(lines[1:], start=2):
            known = _Line.model_validate_json(line)
            captured = ClinicalTime.parse(known.captured, zone)
            entries.append(Entry(number, known.id, known.kind, known.fields, captured))
    except (ValueError, Invalid) as error:
        reason = _reason(error) if isinstance(error, ValidationError) else str(error)
        where = f"{file} line {number}"
        raise Invalid("upload.form", f"this is no entry of a device: {reason}", where=where) from error
    return Upload(head.device, told, tuple(entries))


def _reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    path = ".".join(map(str, first["loc"]))
    return f"{path}: {first['msg']}" if path else first["msg"]


def send(
    app: App, trial: str, upload: Upload, by: Attribution, made: Callable[[Entry], Command]
) -> list[Sent]:
    """Carry out every entry in order, and note of each when it was captured. The same file again changes
    nothing; what is refused is told and stops no other.
    """
    told = []
    by = replace(by, origin=Origin.DEVICE, origin_id=upload.device)
    for entry in upload.entries:
        name = f"{upload.device}/{entry.id}"
        try:
            receipt = app.engine.execute(trial, made(entry), by, name)
            if receipt.last:
                noted = NoteUpload(
                    device=upload.device,
                    first=receipt.first,
                    last=receipt.last,
                    captured=entry.captured,
                    device_time=upload.device_time,
                )
                with suppress(Conflict):  # noted already, from an earlier file of the device
                    app.engine.execute(trial, noted, by, f"{name}/upload")
            told.append(Sent(entry, receipt.first, receipt.last, receipt.repeated, None))
        except TrialogError as error:
            told.append(Sent(entry, 0, 0, False, error))
    return told
