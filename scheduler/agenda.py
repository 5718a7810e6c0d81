"""The agenda of a trial: when the sweep may next have something to say of whom, and the alerts that stand.

It follows the log: a beat costs what is due and what has changed since the last one, not what has been.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from heapq import heapify, heappop, heappush
from itertools import islice
from typing import Protocol as Interface

from domain import alert as alerts
from domain.alert import Alert
from domain.enrolment import AllocationUsed
from domain.identifiers import TRIAL_STREAM
from domain.protocol import Site
from domain.record import Record
from domain.site_calendar import SiteCalendar
from domain.trial import DataCutNamed
from scheduler.kept import Row
from scheduler.sweep import Ladders, due, ladders_of
from scheduler.watch import TRIAL, Kind, Watch, owner_of
from workflows.command import Command

Calendars = Callable[[Site], SiteCalendar]
"""The calendar of a site."""

Due = dict[str, list[Command]]
"""What is to be done, by owner."""

_ALERT = "alert/"
_MANY = 4
"""Reading one owner takes some four times as long as an owner takes when all are read at once."""

_BESIDE = 20
"""So many owners are looked over at a time: within hours nothing is gone by that was only kept."""

_OF_PARTICIPANTS = ("participant", "safety")
"""Kinds of stream whose names go on with a participant's code."""

_OF_THE_TRIAL = ("access_review", "trail_review", "incident")
"""Kinds of stream that bear on the trial as a whole."""


class States(Interface):
    """Where an agenda finds the states of its owners, as they are at its own position."""

    def owners(self) -> Iterable[str]:
        """Every owner that a rule may have something to say of (`scheduler.watch.TRIAL`)."""

    def watches(self, owners: Collection[str], *, most: bool) -> Iterator[Watch]:
        """The states of these owners, of those that are known. `most` says that they are many of all there
        are: then reading everything at once is quicker than one owner after the other.
        """

    def alert(self, name: str) -> Alert | None:
        """An alert by its id."""


class Agenda:
    """What is to come, of one trial."""

    def __init__(
        self, calendars: Calendars, standing: Iterable[Alert] = (), kept: Mapping[str, Row] | None = None
    ) -> None:
        """An agenda that has looked at nobody yet; `standing` are the alerts that have not ended. With what
        was `kept` of an earlier one it goes on from there.
        """
        self._calendars = calendars
        self._alerts: dict[str, Alert] = {}
        self._of_owner: dict[str, dict[str, Alert]] = {}
        self._unread: dict[str, str] = {}
        self._next: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, str]] = []
        self._changed: set[str] = {TRIAL}
        self._looked: set[str] = set()
        self._seen: dict[str, tuple[Watch, Ladders]] = {}
        self._unseen: dict[str, tuple[str, ...]] = {}
        self._all_changed = kept is None
        self._owners = 0
        for alert in standing:
            self._keep(alert)
        if kept is not None:
            self._go_on(kept)

    def _go_on(self, kept: Mapping[str, Row]) -> None:
        self._owners = len(kept)
        self._unseen = {owner: row.alerts for owner, row in kept.items()}
        self._unread = {alert: owner for owner, row in kept.items() for alert in row.alerts}
        self._next = {owner: row.next_at for owner, row in kept.items() if row.next_at is not None}
        self._heap = [(at, owner) for owner, at in self._next.items()]
        heapify(self._heap)

    def take(self, record: Record) -> None:
        """Take in one more fact of the trial."""
        stream = record.stream
        kind, _, rest = stream.partition("/")
        if kind in _OF_PARTICIPANTS:
            self.touch(rest.partition("/")[0])
        elif kind == Kind.QUERY:
            self.touch(stream)
        elif kind in _OF_THE_TRIAL:
            self.touch(TRIAL)
        elif stream.startswith(_ALERT):
            self._of_alert(stream.removeprefix(_ALERT), record)
        elif stream == TRIAL_STREAM and not isinstance(record.fact, AllocationUsed | DataCutNamed):
            self._all_changed = True
            self._seen = {}

    def _of_alert(self, name: str, record: Record) -> None:
        """Alerts tell nothing of the states that were seen of their owner."""
        if name in self._unread:  # It is read when its owner is looked at.
            self._changed.add(self._unread[name])
            return
        alert = alerts.evolve(self._alerts.get(name), record)
        if alert is not None:
            self._keep(alert)
            self._changed.add(owner_of(alert))

    def touch(self, owner: str = TRIAL) -> None:
        """Look at an owner anew, since something changed; of the trial that may be told elsewhere."""
        self._changed.add(owner)
        self._seen.pop(owner, None)

    def look_over(self) -> None:
        """Look anew at some of those who are known only from what was kept of them."""
        self._changed.update(islice((owner for owner in self._unseen if owner not in self._changed), _BESIDE))

    def is_due(self, now: datetime) -> bool:
        """Whether a turn could find anything to do."""
        return self._all_changed or bool(self._changed) or bool(self._heap and self._heap[0][0] <= now)

    @property
    def next_at(self) -> datetime | None:
        """The first instant at which a turn could find anything to do, if nothing happens before."""
        return self._heap[0][0] if self._heap else None

    def turn(self, states: States, now: datetime) -> Due:
        """Look at those who changed and those whose time has come: what is to be done about each.

        Those looked at are told with an empty list where nothing is.
        """
        owners = self._changed
        if self._all_changed:  # Whoever has an alert that stands is among them: its cause may have ended.
            held = (owner for owner, alerts in self._of_owner.items() if alerts)
            owners = {*states.owners(), *held, *self._unread.values()}
            self._owners = len(owners)
        while self._heap and self._heap[0][0] <= now:
            at, owner = heappop(self._heap)
            if self._next.get(owner) == at:
                owners.add(owner)
        self._changed, self._all_changed = set(), False
        for owner in owners:
            self._read(owner, states)
        found = {
            owner: self._look(*self._seen.pop(owner), now) for owner in sorted(owners & self._seen.keys())
        }
        owners -= found.keys()
        watches = states.watches(owners, most=_MANY * len(owners) >= self._owners)
        return found | {watch.owner: self._look(watch, ladders_of(watch), now) for watch in watches}

    def _read(self, owner: str, states: States) -> None:
        """The alerts of an owner that was kept and not looked at yet."""
        for name in self._unseen.pop(owner, ()):
            del self._unread[name]
            alert = states.alert(name)
            if alert is not None:
                self._keep(alert)

    def looked_at(self) -> dict[str, Row]:
        """What is to be kept of the owners that were looked at since `kept` was called, or ever."""
        return {
            owner: Row(self._next.get(owner), tuple(sorted(self._of_owner.get(owner, ()))))
            for owner in self._looked
        }

    def kept(self) -> None:
        """What was looked at has been kept."""
        self._looked = set()

    def _look(self, watch: Watch, ladders: Ladders, now: datetime) -> list[Command]:
        self._looked.add(watch.owner)
        held = self._of_owner.get(watch.owner, {})
        commands, next_at = due(watch, ladders, held.values(), now, self._calendars(watch.site))
        if commands:  # Once they are carried out its alerts are others, and its states are not.
            self._seen[watch.owner] = watch, ladders
        if next_at is None:
            self._next.pop(watch.owner, None)
        elif self._next.get(watch.owner) != next_at or next_at <= now:
            self._next[watch.owner] = next_at
            heappush(self._heap, (next_at, watch.owner))
        return commands

    def _keep(self, alert: Alert) -> None:
        """Alerts that have ended are forgotten: there is nothing left to be done about them."""
        held = self._of_owner.setdefault(owner_of(alert), {})
        if alert.is_standing:
            self._alerts[alert.alert] = held[alert.alert] = alert
        else:
            self._alerts.pop(alert.alert, None)
            held.pop(alert.alert, None)
