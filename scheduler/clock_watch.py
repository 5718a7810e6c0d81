"""Watching the server's clock: between two beats against a clock that nobody sets, at the start against the
newest fact of the store.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from domain.clinical_time import Instant
from domain.identifiers import SYSTEM_LOG
from projections.ports import Reading
from scheduler.heartbeat import steady
from scheduler.sweeper import SWEEP
from workflows.engine import Engine
from workflows.server_clock import RecordClockJump

TOLERANCE = timedelta(seconds=5)
"""A clock that is off by no more than this is taken to run as it should."""


class ClockWatch:
    """Looks at the clock at every beat, and records in the system log when it jumped."""

    def __init__(self, engine: Engine, reading: Reading, seconds: Callable[[], float] = steady) -> None:
        """`seconds` is the clock that nobody sets."""
        self._engine = engine
        self._reading = reading
        self._seconds = seconds
        self._last: tuple[datetime, float] | None = None

    def beat(self, now: Instant) -> RecordClockJump | None:
        """Look once; tells what was recorded, if anything was."""
        passed = self._seconds()
        if self._last is None:
            expected, against = self._newest_fact() or now.moment, "newest_fact"
            is_jump = expected - now.moment > TOLERANCE
        else:
            moment, then = self._last
            expected, against = moment + timedelta(seconds=passed - then), "steady_clock"
            is_jump = abs(now.moment - expected) > TOLERANCE
        jump = None
        if is_jump:
            jump = RecordClockJump(told=now, expected=Instant.of(expected), against=against)
            self._engine.execute(SYSTEM_LOG, jump, SWEEP)
        self._last = (now.moment, passed)
        return jump

    def _newest_fact(self) -> datetime | None:
        """When the newest fact of any log was recorded: the clock cannot be before it."""
        newest = [self._reading.head(log)[1] for log in (*self._reading.trials(), SYSTEM_LOG)]
        return max((Instant(each).moment for each in newest if each), default=None)
