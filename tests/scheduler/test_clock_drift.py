"""The server's clock against a time server: a drift is measured, on record once, told, and settled."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from adapters.store.store import Store
from adapters.time_server import asks
from domain.clinical_time import Instant
from domain.errors import Invalid
from domain.identifiers import SYSTEM_LOG
from domain.server_clock import ClockDriftMeasured
from projections.alerts import alerts_of
from scheduler.clock_watch import EVERY, DriftWatch, Reference
from tests.support.alerts import sweeper, swept, telling
from tests.support.scenario import Scenario
from tests.support.trial import active

PLAN = telling({"alerts": [{"id": "clock_drift", "rule": "clock_drift", "roles": ["administrator"]}]})
NTP = datetime(1900, 1, 1, tzinfo=UTC)


class TimeServer:
    """A real server on the loopback that tells a time set by the test."""

    def __init__(self) -> None:
        self.moment = NTP
        self.stratum = 2
        self._line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._line.bind(("127.0.0.1", 0))
        self._line.settimeout(0.1)
        self.name = f"127.0.0.1:{self._line.getsockname()[1]}"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                _, client = self._line.recvfrom(48)
            except TimeoutError:
                continue
            since = self.moment - NTP
            seconds = since.days * 86400 + since.seconds
            stamp = struct.pack("!II", seconds % 2**32, since.microseconds * 2**32 // 1_000_000)
            head = struct.pack("!BBBb", 0x24, self.stratum, 0, 0)
            self._line.sendto(head + 28 * b"\0" + 2 * stamp, client)

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self._line.close()


@pytest.fixture
def server() -> Iterator[TimeServer]:
    found = TimeServer()
    yield found
    found.close()


def watching(scenario: Scenario, server: TimeServer) -> DriftWatch:
    now = scenario.app.clock.now
    reference = Reference("time_server", asks(server.name, now))
    return DriftWatch(scenario.app.engine, scenario.app.reading, [reference])


def beat(scenario: Scenario, server: TimeServer, watch: DriftWatch, seconds: float) -> int:
    """A beat while the server's clock is so many seconds ahead: how many facts came of it."""
    scenario.clock.advance(minutes=16)
    server.moment = scenario.clock.moment - timedelta(seconds=seconds)
    return len(watch.beat(Instant.of(scenario.clock.moment)))


def measured(scenario: Scenario) -> list[tuple[int, bool]]:
    return [
        (entry.record.fact.seconds, entry.record.fact.tolerated)
        for entry in scenario.app.reading.entries(SYSTEM_LOG)
        if isinstance(entry.record.fact, ClockDriftMeasured)
    ]


@pytest.mark.requirement("TI-04")
def test_a_drift_of_ten_seconds_is_a_fact_and_an_alert_to_the_administrator(
    scenario: Scenario, server: TimeServer
) -> None:
    scenario.given(active(PLAN))
    watch, sweep = watching(scenario, server), sweeper(scenario)
    assert beat(scenario, server, watch, 0.4) == 0
    assert beat(scenario, server, watch, 10) == 1
    assert measured(scenario) == [(10, False)]
    swept(scenario, sweep)
    [alert] = alerts_of(scenario.view())
    assert (alert.about, alert.role, alert.status) == ("clock_drift", "administrator", "raised")


@pytest.mark.requirement("TI-04")
def test_a_drift_is_recorded_once_again_when_it_grows_and_when_it_is_over(
    scenario: Scenario, server: TimeServer
) -> None:
    scenario.given(active(PLAN))
    watch, sweep = watching(scenario, server), sweeper(scenario)
    drifts = (-10, -11, -12, -30, -31, 0, 1)
    assert [beat(scenario, server, watch, each) for each in drifts] == [1, 0, 0, 1, 0, 1, 0]
    assert measured(scenario) == [(-10, False), (-30, False), (0, True)]
    swept(scenario, sweep)
    assert [each for each in alerts_of(scenario.view()) if each.status == "raised"] == []


def test_other_clocks_are_asked_every_quarter_of_an_hour(scenario: Scenario) -> None:
    asked: list[datetime] = []

    def ask() -> tuple[datetime, timedelta]:
        asked.append(scenario.clock.moment)
        return scenario.clock.moment, timedelta(0)

    watch = DriftWatch(scenario.app.engine, scenario.app.reading, [Reference("database", ask)])
    for _ in range(31):
        watch.beat(Instant.of(scenario.clock.moment))
        scenario.clock.advance(minutes=1)
    assert len(asked) == 3
    assert asked[1] - asked[0] == EVERY


def test_what_the_way_may_have_taken_is_not_held_against_the_clock(scenario: Scenario) -> None:
    moment = scenario.clock.moment
    told = (moment - timedelta(seconds=8), timedelta(seconds=4))
    watch = DriftWatch(scenario.app.engine, scenario.app.reading, [Reference("time_server", lambda: told)])
    assert watch.beat(Instant.of(moment)) == []


def test_a_server_that_is_silent_or_not_in_time_says_nothing(scenario: Scenario, server: TimeServer) -> None:
    now = scenario.app.clock.now
    server.stratum = 0
    assert asks(server.name, now)() is None
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 0))
    assert asks(f"127.0.0.1:{silent.getsockname()[1]}", now, seconds=0.05)() is None
    silent.close()


@pytest.mark.parametrize("name", ["", ":123", "host:ntp"])
def test_what_names_no_server_is_refused(scenario: Scenario, name: str) -> None:
    with pytest.raises(Invalid):
        asks(name, scenario.app.clock.now)


@pytest.mark.requirement("TI-04")
def test_the_clock_of_a_database_server_is_asked_and_a_file_has_none(
    scenario: Scenario, postgresql_url: str
) -> None:
    assert scenario.app.store.database_time() is None
    with Store(postgresql_url, create=True) as store:
        told = store.database_time()
    assert told is not None
    assert told.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - told) < timedelta(minutes=1)
