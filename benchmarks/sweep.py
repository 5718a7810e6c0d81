"""`python -m benchmarks.sweep`: what a beat costs with ten thousand participants.

Told are the first sweep of a process, from the agenda that was kept and from a look at everybody, beats at
which nothing is due, and beats at which so many owners have something due; then all of it again once the
history has grown by what is due no more. Told is processor time on a SQLite file.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from adapters.app import App
from adapters.calendar import calendar_of
from adapters.clock import SetClock
from adapters.notify.courier import Courier
from adapters.notify.settings import Mail, Person, Settings
from benchmarks.engine import TRIAL, ZONE, document
from domain.clinical_time import ClinicalTime, Instant
from domain.delivery import Outcome
from domain.protocol_document import canonical, read_document
from domain.record import Attribution, Role
from scheduler.sweeper import KEPT_FROM, Sweeper
from trialog.bootstrap import open_app
from workflows import infusion, participant, trial, visit
from workflows.command import Command, Issue

START = datetime(2026, 1, 5, 4, 0, tzinfo=UTC)
BY = Attribution("pi", Role.PRINCIPAL_INVESTIGATOR)
RULES = ("window_opens", "visit_due", "window_closing", "visit_overdue", "visit_missed")
SETTINGS = Settings(
    mail=Mail(host="127.0.0.1", port=1, sender="trialog@hospital.example", security="none"),
    contacts=(Person(name="crc", role=Role.COORDINATOR, email="crc@hospital.example"),),
)


class Store:
    """A trial whose participants were infused over a year, so that every day something is due of a few."""

    def __init__(self, location: str, participants: int) -> None:
        self.clock = SetClock(START)
        self.app: App = open_app(location, create=True, clock=self.clock)
        self.participants = participants
        self._attended: set[tuple[int, str]] = set()
        told = json.loads(document())
        told["alerts"] = [{"id": rule, "rule": rule, "roles": ["coordinator"]} for rule in RULES]
        text = read_document(canonical(told)).text
        approved = ClinicalTime.at(START, ZONE)
        self._do(
            trial.AdoptProtocol(document=text),
            trial.RecordEthicsApproval(version="1.0", reference="E-1", at=approved),
            trial.ConfirmAssumptions(version="1.0", digest=read_document(text).digest),
            trial.ActivateSite(site="S1"),
            trial.ActivateTrial(),
            trial.OpenEnrolment(),
        )
        self.sweeper = self.fresh()
        self.courier = self.fresh_courier()

    def enrol(self) -> None:
        """Everybody, each with a day 0 of the coming year; the visits of that day are done."""
        for first in range(0, self.participants, 200):
            commands: list[Command] = []
            for number in range(first, min(first + 200, self.participants)):
                code, at = code_of(number), ClinicalTime.at(self._day0(number), ZONE)
                commands += [
                    participant.PreScreen(participant=code, site="S1", sex="male", age=Decimal(50), at=at),
                    participant.RecordConsent(participant=code, version="1.0", language="en", at=at),
                    infusion.RecordInfusion(participant=code, route="vein", at=at),
                    visit.RecordVisit(participant=code, visit="baseline", at=at),
                ]
            self._do(*commands)

    def attend(self) -> None:
        """Whatever is past by now has taken place after all: its alerts end."""
        for first in range(0, self.participants, 200):
            commands: list[Command] = []
            for number in range(first, min(first + 200, self.participants)):
                for name, day in (("week-4", 28), ("week-12", 84), ("week-24", 168)):
                    came = self._day0(number) + timedelta(days=day)
                    if came < self.clock.moment and (number, name) not in self._attended:
                        self._attended.add((number, name))
                        at, code = ClinicalTime.at(came, ZONE), code_of(number)
                        commands.append(visit.RecordVisit(participant=code, visit=name, at=at))
            self._do(*commands, may_fail=True)

    def _day0(self, number: int) -> datetime:
        return START - timedelta(days=365 * number / self.participants)

    def _do(self, *commands: Command, may_fail: bool = False) -> None:
        for outcome in self.app.engine.execute_many(TRIAL, [Issue(each, BY) for each in commands]):
            if isinstance(outcome, Exception) and not may_fail:
                raise outcome

    def fresh(self, kept_from: int = KEPT_FROM) -> Sweeper:
        """A sweep of a process that has just started; with 0 it looks at everybody."""
        return Sweeper(self.app.engine, self.app.reading, TRIAL, calendar_of, kept_from)

    def fresh_courier(self) -> Courier:
        """A courier of a process that has just started; whatever it hands over is taken."""
        return Courier(self.app, TRIAL, SETTINGS, lambda *_: (Outcome.ACCEPTED, "250"))

    def beat(self, sweeper: Sweeper | None = None) -> int:
        """One sweep at what the clock says: how many alerts it raised."""
        return (sweeper or self.sweeper).beat(Instant.of(self.clock.moment)).raised


def code_of(number: int) -> str:
    """The code of a participant."""
    return f"S1{number:06d}"


def timed(work: Callable[[], object]) -> float:
    """Seconds of the processor that work takes: what others do on the machine changes little of that."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def told(what: str, seconds: float, more: str = "") -> None:
    """One line."""
    print(f"{what:<58}{1000 * seconds:>10.1f} ms  {more}")
    sys.stdout.flush()


def quiet(store: Store, work: Callable[[], object], rounds: int) -> float:
    """The median of work at moments when nothing is due."""
    spans = []
    for _ in range(rounds):
        store.clock.advance(seconds=1)
        spans.append(timed(work))
    return statistics.median(spans)


def measure(store: Store, rounds: int, days: Iterable[float]) -> None:
    """All of it, at the history there is."""
    store.beat()
    alerts = len(store.app.reading.documents(TRIAL, "alert.v1", upto=store.app.reading.head(TRIAL)[0]))
    print(f"-- {store.app.reading.head(TRIAL)[0]:,} facts, {alerts:,} alerts in the history")
    told("first sweep of a process, nothing due", timed(lambda: store.beat(store.fresh())))
    told("the same without an agenda that was kept", timed(lambda: store.beat(store.fresh(0))))
    told("first round of the courier of a process, nothing due", timed(lambda: store.fresh_courier().run()))
    told("a beat with nothing due: sweep", quiet(store, store.beat, rounds))
    told("a beat with nothing due: courier", quiet(store, store.courier.run, rounds))
    for span in days:
        store.clock.advance(days=span)
        raised: list[int] = []
        seconds = timed(lambda: raised.append(store.beat()))  # noqa: B023 - done at once
        told(f"a beat {span:g} days later: sweep", seconds, f"{raised[0]:,} alerts raised")
        rounded: list[int] = []
        seconds = timed(lambda: rounded.append(store.courier.run().delivered))  # noqa: B023 - done at once
        told("   and the courier's round", seconds, f"{rounded[0]:,} messages handed over")


def main() -> None:
    """Measure, and print one line a figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep", description=__doc__)
    parser.add_argument("--participants", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--fortnights", type=int, default=5, help="How much history is added in between.")
    parser.add_argument("--store", default="", help="A PostgreSQL URL; by default a SQLite file of its own.")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TRIALOG_KEYS"] = str(Path(folder, "keys"))
        store = Store(asked.store or str(Path(folder, "sweep.db")), asked.participants)
        store.enrol()
        told("the sweep that finds all of it due", timed(store.beat))
        told("   and the courier's round", timed(store.courier.run))
        measure(store, asked.rounds, (0.1, 1, 7))
        store.attend()
        store.beat()
        for _ in range(asked.fortnights):
            store.clock.advance(days=14)
            store.beat()
            store.courier.run()
            store.attend()
            store.beat()
        measure(store, asked.rounds, (0.1, 1, 7))
        store.app.close()


if __name__ == "__main__":
    main()
