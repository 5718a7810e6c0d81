"""The sweep at work on a store: follows the log, asks the rules, and issues what they ask for.

Commands are derived anew under the trial's lock, so that a fact written meanwhile is never overlooked.
Several processes may sweep one store: what another one was quicker to store is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.clinical_time import Instant
from domain.errors import TrialogError
from domain.identifiers import SYSTEM_LOG
from domain.record import Attribution, Origin, Role
from projections.alerts import standing
from projections.ports import Reading
from scheduler.agenda import Agenda, Calendars, Due
from scheduler.kept import kept, notes
from scheduler.states import StoredStates
from workflows.alert import EscalateAlert, RaiseAlert, ResolveAlert, SupersedeAlert
from workflows.command import Command, Issue
from workflows.engine import Engine

SWEEP = Attribution("scheduler", Role.SYSTEM, origin=Origin.SYSTEM, origin_id="sweep")
"""Who acts where time does."""

_AT_ONCE = 200
"""Owners whose commands share a transaction: the trial's lock is held for no longer than these take."""

_FAR_BEHIND = 20_000
"""From so many facts on, an agenda made anew is quicker than one that catches up."""

KEPT_FROM = 64
"""The agenda is kept when so many owners were looked at: no more than these does the next process look at."""

_GONE_ON = 1_000
"""It is kept too when the log has gone on by so many facts: no more does the next process follow."""


@dataclass
class Swept:
    """What a sweep stored: how many alerts were raised, escalated, resolved and superseded."""

    raised: int = 0
    escalated: int = 0
    resolved: int = 0
    superseded: int = 0

    def count(self, command: Command) -> None:
        """Count a command that changed something."""
        match command:
            case RaiseAlert():
                self.raised += 1
            case EscalateAlert():
                self.escalated += 1
            case ResolveAlert():
                self.resolved += 1
            case SupersedeAlert():
                self.superseded += 1


class Sweeper:
    """Sweeps one trial. It remembers the agenda between beats, and forgets it when anything fails."""

    def __init__(
        self,
        engine: Engine,
        reading: Reading,
        trial: str,
        calendars: Calendars,
        kept_from: int = KEPT_FROM,
    ) -> None:
        """The agenda is kept for the next process when `kept_from` owners or more were looked at; with 0 it
        never is, and none that was kept is gone by.
        """
        self._engine = engine
        self._reading = reading
        self._trial = trial
        self._calendars = calendars
        self._agenda: Agenda | None = None
        self._kept_from = kept_from
        self._position = self._system = self._noted = 0

    @property
    def next_at(self) -> Instant | None:
        """When a sweep may next find something to do, if nothing is recorded before; None for never.

        After a beat that came to its end it holds: until then, beats can be passed over.
        """
        at = None if self._agenda is None else self._agenda.next_at
        return None if at is None else Instant.of(at)

    def beat(self, now: Instant) -> Swept:
        """Do what is due. Raises TrialogError, and then what could not be done is due at the next beat."""
        swept = Swept()
        try:
            agenda = self._follow()
            agenda.look_over()
            pending = self._turn(agenda, now)
            while any(pending.values()):
                self._carry_out(pending, now, swept)
                if not any(pending.values()):  # What was done is looked at too: `next_at` counts with it.
                    pending = self._turn(self._follow(), now)
            self._keep()
        except BaseException:
            self._agenda = None
            raise
        return swept

    def _keep(self) -> None:
        """Keep the agenda: at the end of a beat it is right as of the position that it has come to."""
        if self._agenda is None:
            return
        looked, gone_on = self._agenda.looked_at(), self._position - self._noted
        if not self._kept_from or not gone_on or (len(looked) < self._kept_from and gone_on < _GONE_ON):
            return
        self._noted = self._position
        if self._engine.note(self._trial, notes(looked, self._position, self._engine.app_version)):
            self._agenda.kept()

    def _carry_out(self, pending: Due, now: Instant, swept: Swept) -> None:
        issued: list[Command] = []

        def issues() -> Iterator[Issue]:
            """Drawn under the trial's lock: whatever was written meanwhile is looked at first."""
            pending.update(self._turn(self._follow(), now))
            owners = [owner for owner, commands in pending.items() if commands][:_AT_ONCE]
            for owner in owners:
                for command in pending.pop(owner):
                    issued.append(command)
                    yield Issue(command, SWEEP)

        outcomes = self._engine.execute_many(self._trial, issues())
        for command, outcome in zip(issued, outcomes, strict=True):
            if isinstance(outcome, TrialogError):
                raise outcome
            if outcome.first:
                swept.count(command)

    def _turn(self, agenda: Agenda, now: Instant) -> Due:
        if not agenda.is_due(now.moment):
            return {}
        states = StoredStates(self._reading, self._trial, self._position, self._system, now)
        return agenda.turn(states, now.moment)

    def _follow(self) -> Agenda:
        """The agenda, brought to the end of the log."""
        head = self._reading.head(self._trial)[0]
        system = self._reading.head(SYSTEM_LOG)[0]
        agenda, position = self._agenda, self._position
        if agenda is None or head - position > _FAR_BEHIND:
            agenda, position = self._begun(head)
        if head > position:
            for entry in self._reading.entries(self._trial, after=position, upto=head):
                agenda.take(entry.record)
        if system > self._system:
            agenda.touch()
        self._agenda, self._position, self._system = agenda, head, system
        return agenda

    def _begun(self, head: int) -> tuple[Agenda, int]:
        """An agenda to begin with, and the position that it is right as of."""
        release = self._engine.app_version
        known = kept(self._reading, self._trial, head, release) if self._kept_from else None
        if known is not None and head - known.position <= _FAR_BEHIND:
            self._noted = known.position
            return Agenda(self._calendars, kept=known.rows), known.position
        return Agenda(self._calendars, standing(self._reading, self._trial, head)), head
