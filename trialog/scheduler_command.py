"""`trialog scheduler …`: the process that does what time makes due, and how it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.cli.commands import Answer, looks, noun
from adapters.cli.output import Table, pairs, tell
from adapters.cli.session import Place
from domain.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from threading import Event

group = noun("scheduler", "Tell people in time: the process that sweeps, and its health.")

PORT = 8642
Port = Annotated[
    int, typer.Option("--health-port", metavar="PORT", min=0, max=65535, help="Port of this machine; 0: any.")
]


@looks(group, "run", example="scheduler run --store trial.db --every 60", asks=False)
def run(
    place: Place,
    every: Annotated[
        int, typer.Option("--every", metavar="SECONDS", min=1, max=3600, help="Seconds between two beats.")
    ] = 60,
    health_port: Port = PORT,
) -> Answer:
    """Beat until the process is told to end: sweep every trial, send what is to be sent, watch the clock.

    Any number may run on one store: one of them beats, another takes over when it ends. SIGTERM and Ctrl-C
    let what is being done come to its end.
    """
    from trialog.beats import beating

    if not place.store:
        remedy = "Give --store PATH_OR_URL, or set TRIALOG_STORE."
        raise Invalid("usage.no_store", "no store is named", remedy=remedy)
    with (
        beating(place, every) as heartbeat,
        _healthy(health_port, heartbeat.told) as url,
        _told_to_end() as end,
    ):
        heartbeat.start()
        tell(f"beats every {every} s; health at {url}")
        while not end.wait(5):
            heartbeat.look()
    data = {"store": place.store if "://" not in place.store else "postgresql", "stopped": True}
    return Answer(data, ("stopped",))


@looks(group, "health", example="scheduler health --health-port 8642", asks=False)
def health(place: Place, health_port: Port = PORT) -> Answer:
    """Ask the scheduler of this machine how it is: since when it has not swept, and what went wrong."""
    import json
    from urllib.error import HTTPError, URLError
    from urllib.request import urlopen

    url = f"http://127.0.0.1:{health_port}/healthz"
    try:
        with urlopen(url, timeout=10) as answer:
            told: dict[str, Any] = json.load(answer)
    except HTTPError as error:
        told = json.load(error)
    except (URLError, OSError) as error:
        raise Unavailable(
            "scheduler.silent", f"no scheduler answers at {url}", remedy="Start 'trialog scheduler run'."
        ) from error
    rows = [{"beat": name, **course} for name, course in told["beats"].items()]
    failure = None
    if told["status"] == "failing":
        failure = Unavailable("scheduler.failing", "the scheduler has not come to the end of its beats")
    shown = (pairs({"status": told["status"], "leads": told["leads"]}), Table(rows, _COLUMNS, "Beats"))
    return Answer(told, shown, failure)


_COLUMNS = ("beat", "age_seconds", "last", "every_seconds", "failures", "error")


@contextmanager
def _healthy(port: int, told: Any) -> Iterator[str]:  # noqa: ANN401 - a function of the pulse
    """The health endpoint, answering until it is left."""
    from scheduler.health import HealthServer

    try:
        server = HealthServer(port, told)
    except OSError as error:
        raise Unavailable(
            "scheduler.port",
            f"port {port} of this machine is taken",
            remedy="Give another --health-port, or 0 for any.",
        ) from error
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


@contextmanager
def _told_to_end() -> Iterator[Event]:
    """An event that is set when the process is told to end."""
    import signal
    import threading

    end = threading.Event()
    known = {each: signal.signal(each, lambda *_: end.set()) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield end
    finally:
        for each, before in known.items():
            signal.signal(each, before)
