"""The standing results as tables, of those whose data may leave; the manifest says who and what is left out.

A zip with `participants.csv`, `results.csv`, `manifest.json` and `SHA256SUMS`. The same record as of the same
position, on the same terms, gives the same bytes. No table tells an allocation.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from adapters.app import App
from adapters.exports.terms import WITHIN, Terms
from adapters.exports.written import write
from adapters.files.places import check_new
from adapters.zipped import zipped
from domain.clinical_time import Instant
from domain.consent import Purpose
from domain.observation import item_of
from domain.record import Attribution, Role
from projections.as_of import View
from projections.leaving import Leaving, genetic_items, leaving
from projections.participants import participant_rows
from projections.results import ResultRow, result_rows
from workflows.command import Receipt, checked
from workflows.export import RecordExport
from workflows.policy import authorise_question

QUESTION = "export.table"
FORMAT = "trialog-table/1"
_PARTICIPANT = ("participant", "site", "status", "sex", "age", "consented", "randomized", "infused", "ended")
_RESULT = ("participant", "visit", "result", "comparator", "value", "unit", "taken", "state")


@dataclass(frozen=True, slots=True)
class TableAsked:
    """Tables asked for: of a trial as of a position, by whom, for whom, what for, and on which terms."""

    trial: str
    position: int
    by: Attribution
    reader: Role
    purpose: str
    terms: Terms = WITHIN


@dataclass(frozen=True, slots=True)
class TableMade:
    """Tables as they were written: who is in them, which items are left out, where it is recorded."""

    file: Path
    digest: str
    size: int
    leaving: Leaving
    items_left_out: tuple[str, ...]
    receipt: Receipt


def export_table(app: App, asked: TableAsked, out: Path, release: str) -> TableMade:
    """Write the tables to a new file, and record it. Raises Refused when they may not leave."""
    for role in (asked.by.role, asked.reader):
        authorise_question(QUESTION, role)
    check_new(out)
    view = app.view(asked.trial, asked.position)
    who = leaving(view, asked.terms.uses)
    genetic = genetic_items(view.trial.protocol)
    is_genetic = Purpose.GENETIC in asked.terms.uses
    rows = [
        row
        for row in result_rows(view)
        if row.participant in who.participants and (is_genetic or _item(row) not in genetic)
    ]
    items = () if is_genetic else tuple(sorted(genetic))
    data = zipped(_files(asked, view, who, items, rows, release))
    command = checked(
        RecordExport,
        kind="table",
        scope=f"standing results of {len(who.participants)} participants",
        reader=asked.reader,
        purpose=asked.purpose,
        position=view.position,
        sha256=sha256(data).hexdigest(),
        uses=asked.terms.uses,
        permit=asked.terms.permit,
        country=asked.terms.country,
        participants=who.participants,
        genetic=any(_item(row) in genetic for row in rows),
        left_out=len(who.left_out),
    )
    receipt = write(app, asked.trial, asked.by, command, data, out)
    return TableMade(out, command.sha256, len(data), who, items, receipt)


def _item(row: ResultRow) -> str:
    return item_of(row.result)


def _files(
    asked: TableAsked,
    view: View,
    who: Leaving,
    items: tuple[str, ...],
    rows: Sequence[ResultRow],
    release: str,
) -> dict[str, bytes]:
    people = [row._asdict() for row in participant_rows(view) if row.participant in who.participants]
    manifest = {
        "app_version": release,
        "as_of": str(Instant.of(view.moment)),
        "country": asked.terms.country,
        "format": FORMAT,
        "items_left_out": [{"item": each, "reason": "genetic data, another use"} for each in items],
        "left_out": [each._asdict() for each in who.left_out],
        "participants": list(who.participants),
        "permit": asked.terms.permit,
        "position": view.position,
        "purpose": asked.purpose,
        "role": str(asked.reader),
        "trial": asked.trial,
        "uses": [str(each) for each in asked.terms.uses] or [str(Purpose.TRIAL)],
    }
    files = {
        "manifest.json": f"{json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)}\n".encode(),
        "participants.csv": _csv(_PARTICIPANT, people),
        "results.csv": _csv(_RESULT, [row._asdict() for row in rows]),
    }
    sums = (f"{sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return {**files, "SHA256SUMS": "".join(sums).encode()}


def _csv(columns: Sequence[str], rows: Iterable[dict[str, object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(["" if row[name] is None else row[name] for name in columns] for row in rows)
    return text.getvalue().encode()
