"""Several schedulers on one store, and schedulers killed: every alert once, none missing, none stale."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from urllib.request import urlopen

import pytest

from adapters.app import App
from adapters.calendar import calendar_of
from adapters.clock import SetClock
from adapters.store.lease import lease_of
from domain.clinical_time import Instant
from projections.alerts import alerts_of
from projections.rebuild import compare
from scheduler.simulation import simulated
from tests.support.alerts import telling
from tests.support.ready import Process
from tests.support.trial import START, TRIAL, active, course, day, entitled
from trialog.bootstrap import open_app
from workflows import participant, visit
from workflows.command import Command, Issue

ROOT = Path(__file__).resolve().parents[2]
PLAN = telling()
DAYS = (0, 13, 14, 15, 27, 28, 29, 33, 36, 39, 43, 45, 50, 53)
"""Those on which something is due, or happens, and some between."""


class Schedulers:
    """Processes that beat in the time of a folder's file."""

    def __init__(self, location: str, folder: Path) -> None:
        self._location = location
        self._folder = folder
        self._count = 0
        self._running: dict[str, Process] = {}

    def start(self) -> None:
        """One more."""
        self._count += 1
        name = f"s{self._count}"
        self._running[name] = Process("tests.scheduler.process", [self._location, str(self._folder), name])

    def tell(self, now: Instant) -> None:
        """What time it is."""
        fresh = self._folder / "fresh"
        fresh.write_text(now, "utf-8")
        fresh.replace(self._folder / "now")

    def wait(self, now: Instant) -> None:
        """Until one of those that run has come to the end of a beat at that time."""
        deadline = time.monotonic() + 60
        while not any(self._told(name) >= now for name in self._running):
            assert all(is_alive(process.pid) for process in self._running.values())
            assert time.monotonic() < deadline
            time.sleep(0.002)

    def _told(self, name: str) -> str:
        file = self._folder / f"{name}.done"
        return file.read_text("utf-8") if file.exists() else ""

    def kill(self, which: int) -> None:
        """One of them, as the machine would."""
        with self._running.pop(sorted(self._running)[which % len(self._running)]) as process:
            process.kill()

    def end(self) -> None:
        """All of them."""
        while self._running:
            self.kill(0)


def is_alive(process: int) -> bool:
    """Whether the process is there."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys of stores that are no file."""
    monkeypatch.setenv("TRIALOG_KEYS", str(tmp_path / "keys"))


@pytest.fixture
def begun(store_url: str, keys: None) -> Iterator[App]:
    """A store with a trial of two treated participants, its clock set to the first day."""
    clock = SetClock(START)
    app = open_app(store_url, create=True, clock=clock)
    commands = [*active(PLAN), *course("started", document=PLAN), *course("started", "S1-002", 2, PLAN)]
    for command in commands:
        clock.advance(minutes=1)
        app.engine.execute(TRIAL, command, entitled(command))
    yield app
    app.close()


LATER: dict[int, list[Command]] = {
    29: [visit.RecordVisit(participant="S1-001", at=day(27, "09:00"), visit="week-4")],
    45: [participant.RecordDeath(participant="S1-002", at=day(44))],
}


def lived(app: App, schedulers: Schedulers, dice: Random | None) -> None:
    """Day by day; with dice, one scheduler after the other is killed and another one started."""
    clock = app.clock
    assert isinstance(clock, SetClock)
    for number in DAYS:
        for moment in [day(number, "00:00"), day(number, "13:00")][number == 0 :]:
            clock.moment = moment.earliest
            schedulers.tell(Instant.of(clock.moment))
            if dice is not None and dice.random() < 0.25:
                schedulers.start()
                time.sleep(dice.uniform(0, 0.05))
                schedulers.kill(dice.randrange(3))
            schedulers.wait(Instant.of(clock.moment))
        issues = [Issue(command, entitled(command)) for command in LATER.get(number, ())]
        app.engine.execute_many(TRIAL, issues)
    clock.advance(hours=1)
    schedulers.tell(Instant.of(clock.moment))
    schedulers.wait(Instant.of(clock.moment))


def is_as_it_should_be(app: App) -> None:
    """Every alert of an ideal sweep is stored once, ended as it should be, and nothing else is."""
    view = app.view(TRIAL)
    stored = alerts_of(view)
    assert all(count == 1 for count in Counter(each.alert for each in stored).values())
    start, end = Instant.of(day(0, "13:00").earliest), Instant.of(view.moment)
    ideal = {each.alert.alert: each.alert for each in simulated(app.reading, view, calendar_of, start, end)}
    known = {each.alert: each for each in stored}
    assert known.keys() == ideal.keys()
    for name, alert in ideal.items():
        own = known[name]
        assert (own.status, own.ended_because, own.told) == (alert.status, alert.ended_because, alert.told)
        assert own.due_at <= Instant.of(own.raised.at.earliest)
    assert compare(app.reading, TRIAL)[1] == []


def test_four_schedulers_at_once_raise_every_alert_once(begun: App, store_url: str, tmp_path: Path) -> None:
    schedulers = Schedulers(store_url, tmp_path)
    schedulers.tell(Instant.of(START))
    for _ in range(4):
        schedulers.start()
    try:
        lived(begun, schedulers, None)
    finally:
        schedulers.end()
    is_as_it_should_be(begun)


def test_schedulers_killed_at_any_time_neither_lose_nor_repeat_an_alert(
    begun: App, store_url: str, tmp_path: Path
) -> None:
    schedulers = Schedulers(store_url, tmp_path)
    schedulers.tell(Instant.of(START))
    for _ in range(2):
        schedulers.start()
    try:
        lived(begun, schedulers, Random(20261126))
    finally:
        schedulers.end()
    is_as_it_should_be(begun)


def test_one_process_holds_the_lease_and_another_takes_it_when_it_is_let_go(
    store_url: str, keys: None, tmp_path: Path
) -> None:
    open_app(store_url, create=True).close()
    first, second = lease_of(store_url), lease_of(store_url)
    assert first.hold()
    assert first.hold()
    assert not second.hold()
    first.release()
    assert second.hold()
    assert not first.hold()
    second.release()


# ---------------------------------------------------------------- the command itself


class Run:
    """`trialog scheduler run` as a process."""

    def __init__(self, store: str) -> None:
        words = ("scheduler", "run", "--every", "1", "--listen", "127.0.0.1:0", "--store", store)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "trialog", *words],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        assert "health at " in line, line + self.process.stderr.read()
        self.url = line.split("health at ")[1].strip()

    def told(self) -> dict[str, Any]:
        """What it tells of its health."""
        with urlopen(self.url, timeout=10) as answer:  # noqa: S310 - this machine, http
            told: dict[str, Any] = json.load(answer)
        return told

    def healthy(self, status: str, beats: bool) -> None:
        """Wait until it tells that it is so, and, if it should, that it has swept."""
        deadline = time.monotonic() + 60
        while True:
            told = self.told()
            swept = told["beats"]["sweep"]["age_seconds"] is not None
            if told["status"] == status and swept is beats:
                return
            assert time.monotonic() < deadline, told
            time.sleep(0.05)

    def end(self, how: signal.Signals) -> int:
        """End it; its exit code."""
        self.process.send_signal(how)
        self.process.communicate(timeout=60)
        return self.process.returncode


def test_a_scheduler_beats_tells_its_health_hands_over_when_killed_and_ends_when_asked(
    begun: App, store_url: str
) -> None:
    first = Run(store_url)
    try:
        first.healthy("ok", beats=True)
        assert len(alerts_of(begun.view(TRIAL))) > 0
        second = Run(store_url)
        try:
            second.healthy("standby", beats=False)
            assert first.end(signal.SIGKILL) == -signal.SIGKILL
            second.healthy("ok", beats=True)
            assert set(second.told()["beats"]) == {"sweep", "deliver", "clock", "verify"}
            assert second.end(signal.SIGTERM) == 0
        finally:
            second.process.kill()
    finally:
        first.process.kill()
    assert os.environ["TRIALOG_KEYS"]
