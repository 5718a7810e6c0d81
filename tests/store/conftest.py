"""A store to write to, and a fact of the tests' own."""

from collections.abc import Iterator

import pytest

from adapters.store import Store
from tests.store.histories import known_fact


@pytest.fixture(autouse=True)
def _known_fact() -> Iterator[None]:
    with known_fact():
        yield


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store, on SQLite and on PostgreSQL in turn."""
    with Store(store_url, create=True) as store:
        yield store
