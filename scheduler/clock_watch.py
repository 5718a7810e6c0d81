"""Watching the server's clock: between two beats against a clock that nobody sets, at the start against the
newest fact of the store, and now and then against other clocks: a drift comes too slowly to be a jump.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.clinical_time import Instant
from domain.identifiers import SYSTEM_LOG
from domain.server_clock import ServerClock
from projections.documents import MODELS, reader
from projections.ports import Reading
from scheduler.heartbeat import steady
from scheduler.sweeper import SWEEP
from workflows.engine import Engine
from workflows.server_clock import RecordClockDrift, RecordClockJump

TOLERANCE = timedelta(seconds=5)
"""A clock that is off by no more than this is taken to run as it should."""


EVERY = timedelta(minutes=15)
"""How often other clocks are asked."""


class Reference(NamedTuple):
    """Another clock: `time_server` or `database`, and how it is asked: the moment it tells and how far that
    may be off; None when it does not answer, which says nothing of the server's clock.
    """

    name: str
    ask: Callable[[], tuple[datetime, timedelta] | None]


class DriftWatch:
    """Asks other clocks, and records in the system log when the server's drifts from one, and no more."""

    def __init__(self, engine: Engine, reading: Reading, references: Iterable[Reference]) -> None:
        self._engine = engine
        self._reading = reading
        self._references = tuple(references)
        self._next: datetime | None = None

    def beat(self, now: Instant) -> list[RecordClockDrift]:
        """Ask, when it is time to; tells what was recorded, if anything was."""
        if self._next is not None and now.moment < self._next:
            return []
        self._next = now.moment + EVERY
        found = [drift for each in self._references if (drift := self._measured(each, now)) is not None]
        for drift in found:
            self._engine.execute(SYSTEM_LOG, drift, SWEEP)
        return found

    def _measured(self, reference: Reference, now: Instant) -> RecordClockDrift | None:
        told = reference.ask()
        if told is None:
            return None
        moment, within = told
        off = now.moment - moment
        known = self._known()
        is_off = abs(off) - within > TOLERANCE
        was_off = known is not None and abs(known) > TOLERANCE
        if is_off and was_off and known is not None and abs(off - known) <= TOLERANCE:
            return None  # recorded already
        if not is_off and not was_off:
            return None
        there = Instant.of(moment)
        return RecordClockDrift(told=now, reference=there, against=reference.name, tolerated=not is_off)

    def _known(self) -> timedelta | None:
        """The drift that stands recorded."""
        head, _ = self._reading.head(SYSTEM_LOG)
        body = self._reading.document(SYSTEM_LOG, MODELS["clock"], "server", upto=head) if head else None
        clock: ServerClock | None = None if body is None else reader("clock")(body)
        drift = clock.drift if clock is not None else None
        return None if drift is None else timedelta(seconds=drift)


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
