"""Fixtures for the tests of the ledger."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.desk import Desk
from tests.support.fixtures import scenario

__all__ = ["scenario"]


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and signer of a store on a server lie in the test's own folder too."""
    monkeypatch.setenv("TRIALOG_KEYS", "")
    monkeypatch.setenv("TRIALOG_SIGNER", "")
    monkeypatch.setenv("TRIALOG_WITNESS", "")
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def desk(tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A small trial with its signer, on SQLite and on PostgreSQL in turn."""
    made = Desk(tmp_path, store_url)
    made.begin()
    monkeypatch.setenv("TRIALOG_SIGNER", str(made.signer))
    yield made
    made.app.close()


@pytest.fixture
def file_desk(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The same on SQLite, where a store can be copied as a file."""
    made = Desk(tmp_path, sqlite_url)
    made.begin()
    monkeypatch.setenv("TRIALOG_SIGNER", str(made.signer))
    yield made
    made.app.close()
