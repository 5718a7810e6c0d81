"""What a sweep that never slept would have told in any period, computed from the facts and stored nowhere.

Each fact counts from the instant it was recorded, when the sweep learned of it; what people said of alerts
counts too, since the ids are the same. A period may reach into the future: that is what will be told if
nothing is recorded until then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import merge
from itertools import groupby
from typing import NamedTuple

from domain import alert as alerts
from domain.alert import Alert, AlertAcknowledged
from domain.casebook import TrialFold
from domain.clinical_time import ClinicalTime, Instant, Precision
from domain.identifiers import SYSTEM_LOG, alert_stream
from domain.record import Entry, Record, Role
from projections.as_of import View, entries_of
from projections.ports import Reading
from scheduler.agenda import Agenda, Calendars
from scheduler.states import FoldedStates
from workflows.alert import EscalateAlert, OnAlert, RaiseAlert, fact_of, id_of
from workflows.command import Command

_ALERT = "alert/"


class Told(NamedTuple):
    """Something a sweep would have stored: at which instant, what became of which alert, and whom it told."""

    at: Instant
    what: str
    alert: Alert
    role: Role | None


def simulated(
    reading: Reading, view: View, calendars: Calendars, start: Instant, end: Instant
) -> Iterator[Told]:
    """Everything told from `start` to `end`, both included, by the facts that a view tells of."""
    run = _Run(reading, view.trial_id, calendars)
    facts, system = entries_of(reading, view), reading.entries(SYSTEM_LOG)
    history = merge(_marked(facts, 1), _marked(system, 0), key=lambda each: each[:2])
    for recorded_at, group in groupby(history, key=lambda each: each[0]):
        if recorded_at > end:
            break
        yield from run.upto(recorded_at.moment, start)
        for _, of_trial, entry in group:
            run.take(entry.record, of_trial=bool(of_trial))
        yield from run.turn(recorded_at.moment, start)
    yield from run.upto(end.moment, start)


def _marked(entries: Iterable[Entry], of_trial: int) -> Iterator[tuple[Instant, int, Entry]]:
    return ((entry.command.recorded_at, of_trial, entry) for entry in entries)


class _Run:
    """A sweep in memory, in step with the facts."""

    def __init__(self, reading: Reading, trial: str, calendars: Calendars) -> None:
        self._trial = trial
        self._fold, self._system = TrialFold(), TrialFold()
        self._states = FoldedStates(reading, trial, self._fold, self._system)
        self._agenda = Agenda(calendars)
        self._alerts: dict[str, Alert] = {}

    def take(self, record: Record, *, of_trial: bool) -> None:
        """Learn of a fact. Of stored alerts only what people said of them counts."""
        if not of_trial:
            self._system.apply(record)
            self._agenda.touch()
        elif not record.stream.startswith(_ALERT):
            self._states.position = record.position
            self._fold.apply(record)
            self._agenda.take(record)
        elif isinstance(record.fact, AlertAcknowledged) and record.fact.alert in self._alerts:
            self._evolve(record.fact.alert, record)

    def upto(self, moment: datetime, start: Instant) -> Iterator[Told]:
        """Every turn that comes by time alone, to a moment inclusive."""
        while self._agenda.next_at is not None and self._agenda.next_at <= moment:
            yield from self.turn(self._agenda.next_at, start)

    def turn(self, moment: datetime, start: Instant) -> Iterator[Told]:
        """One beat: what it tells, told from `start` on."""
        at = Instant.of(moment)
        while commands := [
            each for some in self._agenda.turn(self._states, moment).values() for each in some
        ]:
            for command in commands:
                told = self._carry_out(command, at)
                if at >= start:
                    yield told

    def _carry_out(self, command: Command, at: Instant) -> Told:
        assert isinstance(command, RaiseAlert | OnAlert)  # noqa: S101 - nothing else comes of a sweep
        alert = id_of(command, self._trial) if isinstance(command, RaiseAlert) else command.alert
        site = self._fold.trial.protocol.site_plans.get(
            (command.site or "") if isinstance(command, RaiseAlert) else self._alerts[alert].site
        )
        zone = (site or self._fold.trial.protocol.sites[0]).zone
        when = ClinicalTime.at(at.moment, zone, Precision.SECOND)
        fact = fact_of(command, self._trial)
        known = self._evolve(alert, Record(0, alert_stream(alert), 1, when, "", fact))
        what = fact.TOPIC.split(".")[1]
        is_ending = not isinstance(command, RaiseAlert | EscalateAlert)
        return Told(at, what, known, None if is_ending else known.told[-1])

    def _evolve(self, alert: str, record: Record) -> Alert:
        known = alerts.evolve(self._alerts.get(alert), record)
        if known is None:
            raise AssertionError(f"nothing is known of alert {alert}")
        self._alerts[alert] = known
        self._agenda.take(record)
        return known
