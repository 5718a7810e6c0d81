"""Which facts came after a sign-off of what they touch: a freeze, a lock, a data cut.

A freeze or a lock covers every datum before it. A data cut covers what stood at its position; a fact comes
after it when it changes one of those values, not when it adds what was still to come. Signatures, once there
are any, are another kind of `SignOff` that covers what they name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from domain.identifiers import TRIAL_STREAM
from domain.record import Record
from domain.trial import DataCutNamed, Frozen, Locked
from projections.changes import Change


class SignOff(NamedTuple):
    """A sign-off: its kind, its name if it has one, the fact that says it, and the position it covers to."""

    kind: str
    name: str
    fact: int
    covers: int


class SignOffs:
    """Follows a history, and tells of each fact which sign-offs it comes after."""

    def __init__(self) -> None:
        self._closed: list[SignOff] = []
        self._cuts: list[SignOff] = []

    def after(self, record: Record, changes: Iterable[Change]) -> tuple[SignOff, ...]:
        """The sign-offs a fact comes after, oldest first; `changes` are the fields it changes."""
        match record.fact:
            case Frozen():
                self._closed.append(SignOff("frozen", "", record.position, record.position))
            case Locked():
                self._closed.append(SignOff("locked", "", record.position, record.position))
            case DataCutNamed() as cut:
                self._cuts.append(SignOff("data_cut", cut.name, record.position, cut.position))
        if record.stream == TRIAL_STREAM or not (self._closed or self._cuts):
            return ()
        found = list(self._closed)
        if self._cuts:
            standing = [change.old.fact for change in changes if change.old is not None and change.old.fact]
            found += [cut for cut in self._cuts if any(fact <= cut.covers for fact in standing)]
        return tuple(sorted(found, key=lambda each: each.fact))
