"""`trialog scheduler …`: the process that does what time makes due, and how it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.cli.commands import Answer, looks, noun
from adapters.cli.output import Table, pairs, tell
from adapters.cli.place import Place
from domain.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from threading import Event

    from trialog.beats import Beating

group = noun("scheduler", "Tell people in time: the process that sweeps, and its health.")

ADDRESS = "127.0.0.1:8642"
Listen = Annotated[
    str,
    typer.Option(
        "--listen",
        metavar="HOST:PORT",
        help="Where health and calendar feeds are answered, in plain HTTP; port 0: any.",
    ),
]


@looks(
    group,
    "run",
    example="scheduler run --store trial.db --every 60 --backup-to backups --verify-every 24",
    asks=False,
)
def run(
    place: Place,
    every: Annotated[
        int, typer.Option("--every", metavar="SECONDS", min=1, max=3600, help="Seconds between two beats.")
    ] = 60,
    listen: Listen = ADDRESS,
    backup_to: Annotated[
        Path | None, typer.Option("--backup-to", metavar="FOLDER", help="Back up into this folder.")
    ] = None,
    backup_every: Annotated[
        int, typer.Option("--backup-every", metavar="HOURS", min=1, help="Hours between two backups.")
    ] = 24,
    backup_keep: Annotated[
        int, typer.Option("--backup-keep", metavar="COUNT", min=1, help="How many backups are kept.")
    ] = 14,
    verify_every: Annotated[
        int, typer.Option("--verify-every", metavar="HOURS", min=0, help="Hours between two; 0: never.")
    ] = 24,
    signer: Annotated[
        Path | None, typer.Option("--signer", metavar="DIR", help="Sign the ledger from this folder.")
    ] = None,
) -> Answer:
    """Beat until the process is told to end: sweep every trial, send what is to be sent, watch the clock.

    Besides it backs the store up and proves each backup by restoring it, verifies the store, and signs it,
    where it is told to. Any number may run on one store: one of them beats, another takes over when it ends.
    SIGTERM and Ctrl-C let what is being done come to its end.
    """
    from adapters.backup.scheduled import BackupPlan
    from trialog.beats import beating
    from trialog.upkeep import Keeping

    if not place.store:
        remedy = "Give --store PATH_OR_URL, or set TRIALOG_STORE."
        raise Invalid("usage.no_store", "no store is named", remedy=remedy)
    backups = None
    if backup_to is not None:
        backups = BackupPlan(backup_to, timedelta(hours=backup_every), backup_keep)
    keeping = Keeping(backups, timedelta(hours=verify_every) if verify_every else None, signer)
    with (
        beating(place, every, keeping) as heartbeat,
        _answering(listen, heartbeat) as url,
        _told_to_end() as end,
    ):
        heartbeat.start()
        tell(f"beats every {every} s; health at {url}/healthz")
        while not end.wait(5):
            heartbeat.look()
    data = {"store": place.store if "://" not in place.store else "postgresql", "stopped": True}
    return Answer(data, ("stopped",))


@looks(group, "health", example="scheduler health --listen 127.0.0.1:8642", asks=False)
def health(place: Place, listen: Listen = ADDRESS) -> Answer:
    """Ask the scheduler of this machine how it is: since when it has not swept, and what went wrong."""
    import json
    from urllib.error import HTTPError, URLError
    from urllib.request import urlopen

    host, port = parted(listen)
    url = f"http://{host}:{port}/healthz"
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


def parted(listen: str) -> tuple[str, int]:
    """The host and the port of an address. Raises Invalid."""
    host, colon, port = listen.rpartition(":")
    if not (host and colon and port.isdecimal() and int(port) < 65536):
        raise Invalid(
            "usage.address", f"'{listen}' is no address", remedy="Give HOST:PORT, as 127.0.0.1:8642."
        )
    return host, int(port)


@contextmanager
def _answering(listen: str, heartbeat: Beating) -> Iterator[str]:
    """The endpoint, answering until it is left."""
    from scheduler.endpoint import Endpoint

    host, port = parted(listen)
    try:
        server = Endpoint(host, port, heartbeat.told, heartbeat.feed)
    except OSError as error:
        raise Unavailable(
            "scheduler.port",
            f"{listen} cannot be listened on",
            remedy="Give another --listen, or port 0 for any.",
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
