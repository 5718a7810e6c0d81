"""The beats of the scheduler: what each does, wired to a store. Another is a function and a line here."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any

from adapters.app import App
from adapters.calendar import calendar_of
from adapters.cli.faults import told
from adapters.cli.output import tell
from adapters.cli.place import Place
from adapters.exports.calendar import calendar, feed_in
from adapters.notify.courier import Courier
from adapters.notify.settings import read_settings, settings_file_of
from adapters.store.lease import lease_of
from adapters.time_server import asks
from domain.clinical_time import Instant
from scheduler.clock_watch import ClockWatch, DriftWatch, Reference
from scheduler.heartbeat import Beat, Heartbeat, steady
from scheduler.sweeper import Sweeper
from trialog.upkeep import LOOK, Keeping, backing_up, signing, verifying

SOON = timedelta(seconds=15)
"""How long what is to be signed waits at most beyond its quarter of an hour."""


class Beating:
    """A heartbeat that can be begun and looked after, and what its endpoint tells."""

    def __init__(self, heartbeat: Heartbeat, app: App) -> None:
        self.start, self.look = heartbeat.start, heartbeat.look
        self._pulse = heartbeat.pulse
        self._app = app
        self._reading = threading.Lock()

    def told(self) -> dict[str, Any]:
        """How it is now."""
        return self._pulse.told(steady())

    def feed(self, token: str, language: str) -> bytes | None:
        """The calendar that a token opens; None for one that opens none."""
        with self._reading:
            opened = [
                calendar(view, found, language)
                for view in map(self._app.view, self._app.reading.trials())
                if (found := feed_in(view, token)) is not None
            ]
        return opened[0] if opened else None


@contextmanager
def beating(place: Place, every: int, keeping: Keeping) -> Iterator[Beating]:
    """The heartbeat of a store; at the end what beats comes to its end, and every connection is closed.

    Each beat has an open store of its own: threads do not share one.
    """
    span = timedelta(seconds=every)
    with ExitStack() as kept:

        def opened() -> App:
            app = place.open_at(place.store)
            kept.callback(app.close)
            return app

        beats = [
            Beat("sweep", span, _sweep(opened(), place.given_trial)),
            Beat("deliver", span, _deliver(opened(), place)),
            Beat("clock", span, _watch_clock(opened())),
        ]
        if keeping.signer is not None:
            beats.append(Beat("sign", min(span, SOON), signing(opened(), keeping.signer)))
        if keeping.backups is not None:
            beats.append(Beat("backup", LOOK, backing_up(opened(), place, keeping.backups)))
        if keeping.verify_every is not None:
            beats.append(Beat("verify", LOOK, verifying(opened(), place, keeping.verify_every)))
        heartbeat = Heartbeat(beats, place.app.clock, lease_of(place.store), _report)
        try:
            yield Beating(heartbeat, opened())
        finally:
            heartbeat.stop()


def _trials(app: App, trial: str) -> list[str]:
    return [trial] if trial else app.reading.trials()


def _sweep(app: App, trial: str) -> Callable[[Instant], None]:
    """Sweep every trial. The agenda of each is remembered from beat to beat."""
    sweepers: dict[str, Sweeper] = {}

    def sweep(now: Instant) -> None:
        for each in _trials(app, trial):
            if each not in sweepers:
                sweepers[each] = Sweeper(app.engine, app.reading, each, calendar_of)
            sweepers[each].beat(now)

    return sweep


def _deliver(app: App, place: Place) -> Callable[[Instant], None]:
    """Carry what is to be sent, if anybody is to be told: the settings are read anew each time."""
    file = settings_file_of(place.store)
    couriers: dict[str, Courier] = {}

    def deliver(_now: Instant) -> None:
        settings = read_settings(file)
        for each in _trials(app, place.given_trial) if settings.contacts else ():
            courier = couriers.setdefault(each, Courier(app, each, settings))
            courier.settings = settings
            courier.run()

    return deliver


TIME_SERVER = "TRIALOG_TIME_SERVER"
"""Names the time server that the clock is held against, `host` or `host:port`; none is asked without it."""


def _watch_clock(app: App) -> Callable[[Instant], None]:
    watch, drift = ClockWatch(app.engine, app.reading), DriftWatch(app.engine, app.reading, _clocks(app))

    def look(now: Instant) -> None:
        watch.beat(now)
        drift.beat(now)

    return look


def _clocks(app: App) -> Iterator[Reference]:
    """The other clocks that may be asked: that of a database server, and the time server that is named."""

    def database() -> tuple[datetime, timedelta] | None:
        before = app.clock.now().moment
        told = app.store.database_time()
        return None if told is None else (told, app.clock.now().moment - before)

    yield Reference("database", database)
    server = os.environ.get(TIME_SERVER, "")
    if server:
        yield Reference("time_server", asks(server, app.clock.now))


def _report(beat: str, error: Exception) -> None:
    """A line on stderr: the beat that failed, and why. It is tried again at the next."""
    tell(f"{beat}: {told(error).error}")
