"""The whole life of a field: every value it has had, with who, when and why."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import NamedTuple

from domain.adverse_event import AdverseEventChanged
from domain.decompensation import DecompensationGraded
from domain.errors import NotFound
from domain.fact import Fact
from domain.identifiers import TRIAL_STREAM, participant_stream, site_stream
from domain.infusion import InfusionReported
from domain.observation import EditCheckAnswered, EditCheckFired
from domain.record import Entry
from domain.screening import BirthRecorded
from domain.unblinding import Unblinded
from domain.visit import VisitAttended
from projections.as_of import View, entries_of
from projections.changes import Change, Following
from projections.ports import Reading
from projections.sign_offs import SignOff, SignOffs

_CHANGES = (AdverseEventChanged, DecompensationGraded, InfusionReported, BirthRecorded, VisitAttended)
"""Facts that may put another value in the place of one, beside those that put right."""


class FieldEvent(NamedTuple):
    """A value that a field took: the change, the fact that made it, and what it was.

    `after_unblinding` says that a value was changed once the participant's allocation had been disclosed;
    `sign_offs` are the signatures, verifications, freezes, locks and cuts it came after, oldest first.
    `what`: `recorded`, `corrected`, `voided`, `questioned` or `confirmed` (an edit check), or `changed`.
    """

    what: str
    change: Change
    entry: Entry
    after_unblinding: bool = False
    sign_offs: tuple[SignOff, ...] = ()


def field_history(reading: Reading, view: View, code: str, field: str = "") -> Iterator[FieldEvent]:
    """Every value each field of a participant has had as of a view, in order of recording. What it came after
    is told by when it was recorded, on either axis.

    With `field`, of that field only, or of all whose path begins with it (`week-4`, `week-4/alb`).
    Raises NotFound for a field the participant does not have.
    """
    following, sign_offs, own = Following(), SignOffs(), participant_stream(code)
    told = {entry.record.position for entry in entries_of(reading, view, stream=own)}
    known: set[str] = set()
    is_found = unblinded = False
    for entry in _entries(reading, view, code):
        changes = following.take(entry.record) if entry.record.position in told else []
        after = sign_offs.after(entry.record, changes)
        for change in changes:
            if change.place.model == "records":  # words on fields, which are none themselves
                continue
            known.add(change.place.path)
            if within(change.place.path, field):
                is_found = True
                flagged = unblinded and change.old is not None and _replaces(entry.record.fact)
                yield FieldEvent(_what(change, entry), change, entry, flagged, after)
        unblinded = unblinded or isinstance(entry.record.fact, Unblinded)
    if field and not is_found:
        raise NotFound(
            "field.unknown",
            f"{code} has no field {field} as of this instant",
            remedy=f"It has {', '.join(_nearest(known, field)) or 'none'}.",
        )


def _entries(reading: Reading, view: View, code: str) -> Iterator[Entry]:
    """The participant's facts, and those of the trial and the site, which may sign them off, in order."""
    participant = view.participant(code)
    streams = [participant_stream(code), TRIAL_STREAM]
    if participant is not None:
        streams.append(site_stream(participant.site))
    histories = (reading.entries(view.trial_id, stream=stream, upto=view.position) for stream in streams)
    return heapq.merge(*histories, key=lambda entry: entry.record.position)


def within(path: str, field: str) -> bool:
    """Whether a path is that of a field, or below it; the empty field holds all."""
    return not field or path == field or path.startswith(f"{field}/")


def _replaces(fact: Fact) -> bool:
    """Whether a fact may put another value in the place of one: after unblinding such a change is flagged."""
    return fact.PUTS_RIGHT is not None or isinstance(fact, _CHANGES)


def _what(change: Change, entry: Entry) -> str:
    fact = entry.record.fact
    if fact.PUTS_RIGHT is not None:
        return fact.PUTS_RIGHT
    if isinstance(fact, EditCheckFired):
        return "questioned"
    if isinstance(fact, EditCheckAnswered):
        return "confirmed"
    return "recorded" if change.old is None else "changed"


def _nearest(known: set[str], field: str) -> list[str]:
    """Fields that share a part with the one asked for, else the first parts of all."""
    parts = set(field.split("/"))
    near = sorted(path for path in known if parts & set(path.split("/")))
    return near[:12] or sorted({path.partition("/")[0] for path in known})
