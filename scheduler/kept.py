"""What a sweep keeps of its agenda, so that the next process need not look at everybody to begin.

Kept is of each owner, as of a position of the log, when there may next be something to do about it and which
alerts stand. It is no read model: no question is answered from it, and a look at everybody gives the same.
What another release has kept is not used, since its rules may be other ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from pydantic_core import from_json, to_json

from domain.document import AGENDA, AGENDA_UPTO, Document
from projections.ports import Reading

ROW, UPTO = AGENDA, AGENDA_UPTO
"""A row for each owner, and one that says as of which position, and by which release, all rows hold."""


class Row(NamedTuple):
    """Of one owner: when there may be something to do, if nothing is recorded before, and what stands."""

    next_at: datetime | None
    alerts: tuple[str, ...]


class Kept(NamedTuple):
    """An agenda as it was kept: right as of its position, whatever has been recorded since."""

    position: int
    rows: Mapping[str, Row]


def kept(reading: Reading, trial: str, head: int, release: str) -> Kept | None:
    """The newest agenda that this release has kept up to a position; None where there is none."""
    body = reading.document(trial, UPTO, "", upto=head)
    position, by = (0, "") if body is None else from_json(body)
    if by != release or not position:
        return None
    found = reading.documents(trial, ROW, upto=position)
    begin = head % max(1, len(found))
    found = found[begin:] + found[:begin]  # Those looked over first are others each time.
    bodies = from_json(f"[{','.join([body for _, body in found])}]")
    rows = {
        owner: Row(None if at is None else datetime.fromisoformat(at), tuple(alerts))
        for (owner, _), (at, *alerts) in zip(found, bodies, strict=True)
    }
    return Kept(position, rows)


def notes(rows: Mapping[str, Row], position: int, release: str) -> Iterator[Document]:
    """What is to be kept of an agenda that is right as of a position: the rows that were looked at."""
    for owner, row in rows.items():
        at = None if row.next_at is None else row.next_at.isoformat()
        yield Document(ROW, owner, position, to_json((at, *row.alerts)).decode())
    yield Document(UPTO, "", position, to_json((position, release)).decode())
