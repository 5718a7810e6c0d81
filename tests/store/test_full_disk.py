"""A disk that is full: the store says what to look at, stores nothing of the command, and goes on after."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError, StatementError

from adapters.store import Store
from adapters.store.faults import told
from domain.errors import Unavailable
from tests.store.histories import TRIAL, append, written

REMEDY = "See whether the disk is full: even to read takes a little room beside the store."


def limited(store: Store, pages: int) -> None:
    """Let the store's file grow to so many pages and no further; SQLite then says that the disk is full."""
    link = store._connections.take()
    link.fetch(f"PRAGMA max_page_count = {pages}")
    store._connections.give_back(link)


def test_a_full_disk_says_what_to_look_at_and_stores_nothing(sqlite_url: str) -> None:
    with Store(sqlite_url, create=True) as store:
        written(store, 1)
        [(pages,)] = store.rows("PRAGMA page_count")
        limited(store, pages)
        with pytest.raises(Unavailable, match="full") as error, store.writing(TRIAL) as transaction:
            append(transaction, 1, documents=[("status", "x" * 100_000)])
        assert (error.value.code, error.value.remedy, error.value.where) == (
            "store.unavailable",
            REMEDY,
            sqlite_url,
        )
        assert store.head(TRIAL).position == 1
        limited(store, pages + 1000)
        written(store, 1)
        assert store.head(TRIAL).position == 2


def test_a_full_disk_of_a_server_says_the_same() -> None:
    full = psycopg.errors.DiskFull("could not extend file")
    error = DBAPIError.instance("INSERT", None, full, psycopg.Error)
    assert isinstance(error, StatementError)
    known = told(error, "postgresql://host/trial")
    assert isinstance(known, Unavailable)
    assert (known.code, known.remedy) == ("store.unavailable", REMEDY)
