"""Which facts came after a sign-off of what they touch: a freeze, a lock, a signature, a verification, a cut.

A freeze or a lock covers every datum of its scope before it. A signature or a verification covers its record
as it stood. A data cut covers what stood at its position; a fact comes after it when it changes one of those
values, not when it adds what was still to come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from domain.casebook_paths import CASEBOOK, path_of, within
from domain.casebook_record import (
    RECORD_FACTS,
    RecordFrozen,
    RecordLocked,
    RecordSigned,
    RecordVerified,
)
from domain.identifiers import TRIAL_STREAM
from domain.record import Record
from domain.screening import PreScreened
from domain.trial import DataCutNamed, Frozen, Locked
from projections.changes import Change


class SignOff(NamedTuple):
    """A sign-off: its kind, its name if it has one, the fact that says it, and the position it covers to.

    The name of a signature, a verification, a freeze or a lock is the record's, or the site's.
    """

    kind: str
    name: str
    fact: int
    covers: int


class _Scope(NamedTuple):
    """A sign-off of a record: whose stream, or which site, and the path it speaks of."""

    stream: str
    site: str
    path: str
    said: SignOff


class SignOffs:
    """Follows a history, and tells of each fact which sign-offs it comes after."""

    def __init__(self) -> None:
        self._closed: list[SignOff] = []
        self._cuts: list[SignOff] = []
        self._records: list[_Scope] = []
        self._sites: dict[str, str] = {}

    def after(self, record: Record, changes: Iterable[Change]) -> tuple[SignOff, ...]:
        """The sign-offs a fact comes after, oldest first; `changes` are the fields it changes."""
        self._take(record)
        if record.stream == TRIAL_STREAM or isinstance(record.fact, RECORD_FACTS):
            return ()
        if not (self._closed or self._cuts or self._records):
            return ()
        found = [*self._closed, *self._of_record(record)]
        if self._cuts:
            standing = [change.old.fact for change in changes if change.old is not None and change.old.fact]
            found += [cut for cut in self._cuts if any(fact <= cut.covers for fact in standing)]
        return tuple(sorted(found, key=lambda each: each.fact))

    def _take(self, record: Record) -> None:
        position = record.position
        match record.fact:
            case Frozen():
                self._closed.append(SignOff("frozen", "", position, position))
            case Locked():
                self._closed.append(SignOff("locked", "", position, position))
            case DataCutNamed() as cut:
                self._cuts.append(SignOff("data_cut", cut.name, position, cut.position))
            case PreScreened() as begun:
                self._sites[record.stream] = begun.site
            case RecordSigned() as signed:
                self._add(record, signed.record, SignOff("signed", signed.record, position, signed.covers))
            case RecordVerified() as seen:
                self._add(record, seen.record, SignOff("verified", seen.record, position, seen.covers))
            case RecordFrozen() | RecordLocked() as closed:
                kind = "locked" if isinstance(closed, RecordLocked) else "frozen"
                name = closed.site or closed.record
                self._add(record, closed.record, SignOff(kind, name, position, position), closed.site or "")

    def _add(self, record: Record, path: str, said: SignOff, site: str = "") -> None:
        self._records.append(_Scope("" if site else record.stream, site, path, said))

    def _of_record(self, record: Record) -> Iterator[SignOff]:
        """The sign-offs of the record that a fact belongs to."""
        path = path_of(record.fact)
        if path is None or not self._records:
            return
        site = self._sites.get(record.stream)
        for scope in self._records:
            is_its_own = scope.stream == record.stream and within(scope.path, path)
            is_of_site = bool(scope.site) and scope.site == site and scope.path == CASEBOOK
            if (is_its_own or is_of_site) and record.position > scope.said.fact:
                yield scope.said
