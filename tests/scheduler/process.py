"""A scheduler as a process of its own, in simulated time: for a store, a folder and a name.

It beats on the real heartbeat. What time it is stands in the file `now` of the folder; after each beat that
came to its end it says so in the file `NAME.done`. It holds no lease, so that several of them really race.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta
from pathlib import Path

from adapters.calendar import calendar_of
from domain.clinical_time import Instant
from scheduler.heartbeat import Beat, Heartbeat
from scheduler.sweeper import Sweeper
from tests.support.trial import TRIAL
from trialog.bootstrap import open_app


class ToldClock:
    """The clock that a file tells."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self) -> Instant:
        """What the file says."""
        return Instant(self._file.read_text("utf-8"))


class NoLease:
    """Everybody beats."""

    def hold(self) -> bool:
        """Always."""
        return True

    def release(self) -> None:
        """Nothing to let go."""


def main() -> None:
    """Beat until killed."""
    location, folder, name = sys.argv[1:]
    app = open_app(location, clock=ToldClock(Path(folder, "now")))
    sweeper = Sweeper(app.engine, app.reading, TRIAL, calendar_of, kept_from=1)
    done = Path(folder, f"{name}.done")

    def beat(now: Instant) -> None:
        sweeper.beat(now)
        fresh = done.with_suffix(".fresh")
        fresh.write_text(now, "utf-8")
        fresh.replace(done)

    def failed(_name: str, error: Exception) -> None:
        sys.stderr.write(f"{error!r}\n")
        os._exit(3)

    heartbeat = Heartbeat(
        [Beat("sweep", timedelta(milliseconds=30), beat)], ToldClock(Path(folder, "now")), NoLease(), failed
    )
    heartbeat.start()
    while True:
        time.sleep(60)
