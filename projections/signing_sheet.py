"""What a signer is shown before signing: what stands in a record, what changed since it was last signed, and
what is still asked about it. The same for every reader: sealed values stay sealed.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple

from domain.casebook_paths import CASEBOOK, within
from domain.casebook_record import Records
from domain.errors import NotFound
from domain.query import Query
from domain.record import Entry
from projections.as_of import View, participant_of
from projections.casebook import content_of
from projections.changes import Following
from projections.fields import Leaf, shown
from projections.ports import Reading, sealed_to_all


class Standing(NamedTuple):
    """A field as it stands, and the fact that set it."""

    field: str
    value: str
    position: int


class Since(NamedTuple):
    """A field changed since the last signature: what stood and what stands, who changed it, when and why.
    What one command takes back and tells anew is one change.
    """

    field: str
    was: str
    now: str
    position: int
    recorded_at: str
    actor: str
    name: str
    role: str
    reason: str


class Sheet(NamedTuple):
    """A signing sheet; `signed` is the position that the last signature covers, 0 for none."""

    trial: str
    participant: str
    record: str
    covers: int
    signed: int
    values: tuple[Standing, ...]
    since: tuple[Since, ...]
    queries: tuple[str, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 of the sheet as canonical JSON: what a signature keeps of it."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def text(self) -> str:
        """The sheet as canonical JSON, without the position it was looked at: what comes elsewhere since
        makes no other sheet of it.
        """
        told: dict[str, Any] = {name: each for name, each in self._asdict().items() if name != "covers"}
        told["values"] = [each._asdict() for each in self.values]
        told["since"] = [each._asdict() for each in self.since]
        return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


_DERIVED = "status"
"""A field that follows from the others."""


def sheet_of(reading: Reading, view: View, code: str, record: str) -> Sheet:
    """The sheet of a participant's record as of a view. Raises NotFound for a record that holds nothing.

    Asked as of the position that a signature covers it is, to the byte, what the signer was shown.
    """
    participant_of(view, code)
    known = view.records(code).get(code) or Records()
    signed = max((each.covers for each in known.signed(record)), default=0)
    following = Following()
    values: dict[str, Standing] = {}
    since: dict[tuple[int, str], tuple[Leaf | None, Leaf | None, Entry]] = {}
    is_there = False
    for path, entry in content_of(reading, view, code):
        changes = following.take(entry.record)
        if not within(record, path):
            continue
        is_there = True
        for place, old, new in changes:
            if place.path == _DERIVED:
                continue
            name, position = place.path, entry.record.position
            values[name] = Standing(name, told_on_sheet(new), position)
            if position > signed > 0:
                first, *_ = since.get((entry.command.first, name), (old,))
                since[entry.command.first, name] = first, new, entry
    if not is_there:
        remedy = "See 'trialog casebook show'."
        raise NotFound("record.unknown", f"{code} has no record {record}", remedy=remedy)
    standing = tuple(each for each in values.values() if each.value)
    told = tuple(_since(name, *change) for (_, name), change in since.items() if _differ(*change[:2]))
    return Sheet(
        view.trial_id, code, record, view.position, signed, standing, told, _asked(view, code, record)
    )


def _differ(old: Leaf | None, new: Leaf | None) -> bool:
    return new is not None if old is None else new is None or not old.same(new)


def _since(name: str, old: Leaf | None, new: Leaf | None, entry: Entry) -> Since:
    by = entry.command.attribution
    reason = ": ".join(part for part in (by.reason_code, by.reason_text) if part)
    at = str(entry.command.recorded_at)
    was, now = _text(old, new), _text(new, old)
    return Since(name, was, now, entry.record.position, at, by.actor, by.name, str(by.role), reason)


def told_on_sheet(leaf: Leaf | None) -> str:
    """What stands in a field with all that is told of it, as when a result was taken."""
    told = _text(leaf)
    return f"{told} ({leaf.detail})" if told and leaf is not None and leaf.detail else told


def _text(leaf: Leaf | None, other: Leaf | None = None) -> str:
    return shown(leaf, other, sealed_to_all) or ""


def _asked(view: View, code: str, record: str) -> tuple[str, ...]:
    """The queries about a record that are not settled."""
    asked = [
        each
        for each in view.singles(Query).values()
        if each.participant == code
        and not each.is_settled
        and (record == CASEBOOK or each.visit in ("", record))
    ]
    asked.sort(key=lambda each: each.opened.when.fact)
    return tuple(f"{each.query} {each.about}: {each.opened.text}" for each in asked)
