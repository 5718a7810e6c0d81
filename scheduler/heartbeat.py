"""The heartbeat: APScheduler, and nothing but that, calls each beat in its turn.

Nothing of it is stored. A beat is due at once when the process starts: that is how what was slept through is
caught up with. Missed beats become one, none overtakes another of its kind, and one that fails is told and
tried again at the next.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from domain.clinical_time import Instant
from domain.errors import TrialogError
from scheduler.pulse import Pulse
from workflows.ports import Clock


class Lease(Protocol):
    """The right to beat, which one process at a time has."""

    def hold(self) -> bool:
        """Take it if nobody else has it, or make sure of it."""

    def release(self) -> None:
        """Let it go."""


class Beat(NamedTuple):
    """Something to be done again and again. `run` gets the server's instant, and runs in a thread of its own:
    so what it uses is its own too.
    """

    name: str
    every: timedelta
    run: Callable[[Instant], object]


Report = Callable[[str, Exception], None]
"""Tells people of a beat that failed: its name, and why."""


def steady() -> float:
    """Seconds on a clock that nobody sets and that sleep does not stop, where the system has one."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class Heartbeat:
    """Beats until it is stopped."""

    def __init__(self, beats: Sequence[Beat], clock: Clock, lease: Lease, report: Report) -> None:
        self.pulse = Pulse()
        self._beats = beats
        self._clock = clock
        self._lease = lease
        self._report = report
        self._taking = threading.Lock()
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # what it says of waiting is of no use
        self._scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(max(1, len(beats)))},
            timezone=UTC,
        )

    def start(self) -> None:
        """Begin to beat, at once."""
        for beat in self._beats:
            self.pulse.begin(beat.name, beat.every, steady())
            self._scheduler.add_job(
                self._run,
                IntervalTrigger(seconds=beat.every.total_seconds(), timezone=UTC),
                args=(beat,),
                id=beat.name,
                next_run_time=datetime.now(UTC),
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        self._scheduler.start()

    def look(self) -> None:
        """Wake beats that were not even tried for too long. APScheduler waits for an instant of the server's
        clock: one set back by an hour would silence it for an hour.
        """
        for beat in self._beats:
            if self.pulse.is_silent(beat.name, steady()):
                self._scheduler.modify_job(beat.name, next_run_time=datetime.now(UTC))

    def stop(self) -> None:
        """Let what beats come to its end, and beat no more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        self._lease.release()

    def _run(self, beat: Beat) -> None:
        self.pulse.trying(beat.name, steady())
        now = self._clock.now()
        try:
            with self._taking:
                leads = self._lease.hold()
            if not leads:
                self.pulse.stood_by(beat.name, steady())
                return
            beat.run(now)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next beat must come
            # Only the words of our own errors are made to be told; others may hold anything.
            told = str(error) if isinstance(error, TrialogError) else type(error).__name__
            self.pulse.failed(beat.name, steady(), told)
            self._report(beat.name, error)
        else:
            self.pulse.done(beat.name, steady(), now)
