"""Rows are only ever added: triggers refuse everything else on both databases, grants on PostgreSQL."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import Tracking
from psycopg.sql import SQL, Identifier

from adapters.store import Store
from adapters.store.recorder import TrialRecorder
from adapters.store.schema import APPEND_ONLY
from domain.clinical_time import Instant
from domain.errors import Invalid
from domain.ledger.kept import Anchor
from tests.store.histories import TRIAL, append, written

ALL = "SELECT * FROM {table}"
TABLES = [table.name for table in APPEND_ONLY]
COLUMN = {table.name: list(table.columns)[-1].name for table in APPEND_ONLY}


def fill(url: str) -> None:
    """A row in every table."""
    with Store(url, create=True) as store:
        with store.writing(TRIAL) as transaction:
            append(transaction, 1, documents=[("status", "1")])
        TrialRecorder(store, TRIAL).insert_tracking(Tracking("reader", 1))
        store.keep(TRIAL, Anchor(1, "signer", "note", Instant("2026-01-01T00:00:00.000000Z")))


@pytest.fixture
def file(sqlite_url: str) -> Iterator[sqlite3.Connection]:
    """A filled file, opened as anybody could, with none of the store's own settings."""
    fill(sqlite_url)
    with closing(sqlite3.connect(sqlite_url)) as connection:
        yield connection


@pytest.fixture
def database(postgresql_url: str) -> Iterator[psycopg.Connection]:
    """A filled database, as its owner."""
    fill(postgresql_url)
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        yield connection


def test_every_table_is_guarded(file: sqlite3.Connection) -> None:
    tables = file.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    assert {name for (name,) in tables} == set(TABLES)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE {table} SET {column} = {column}",
        "DELETE FROM {table}",
        "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        "REPLACE INTO {table} SELECT * FROM {table}",
        "INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT DO UPDATE SET {column} = 0",
    ],
)
@pytest.mark.requirement("AT-03")
def test_a_file_refuses_to_be_changed(file: sqlite3.Connection, table: str, change: str) -> None:
    before = file.execute(ALL.format(table=table)).fetchall()
    assert before
    with pytest.raises(sqlite3.IntegrityError, match=f"{table} is append-only"):
        file.execute(change.format(table=table, column=COLUMN[table]))
    assert file.execute(ALL.format(table=table)).fetchall() == before


def test_a_file_refuses_another_command_under_a_taken_id(file: sqlite3.Connection) -> None:
    columns = [column for (_, column, *_) in file.execute("PRAGMA table_info(command)")]
    moved = ", ".join({"first": "first + 1", "last": "last + 1"}.get(each, each) for each in columns)
    replace = " ".join(("REPLACE INTO command SELECT", moved, "FROM command"))
    with pytest.raises(sqlite3.IntegrityError, match="command is append-only"):
        file.execute(replace)


def test_a_file_refuses_another_document_in_the_same_row(file: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="document is append-only"):
        file.execute(
            "REPLACE INTO document (rowid, trial, model, key, position, body)"
            " SELECT rowid, trial, model, 'other', position, body FROM document"
        )


CHANGES = ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}", "TRUNCATE {table} CASCADE"]
UPSERT = (
    "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT ({key}) DO UPDATE SET {column} = {table}.{column}"
)


@pytest.mark.parametrize("change", [*CHANGES, UPSERT])
@pytest.mark.requirement("AT-03")
def test_a_database_refuses_its_owner_to_change_it(database: psycopg.Connection, change: str) -> None:
    for table in APPEND_ONLY:
        key = ", ".join(table.primary_key.columns.keys())
        statement = change.format(table=table.name, column=COLUMN[table.name], key=key)
        with pytest.raises(psycopg.errors.RestrictViolation, match="is append-only"):
            database.execute(statement)
        rows = database.execute(SQL("SELECT count(*) FROM {}").format(Identifier(table.name)))
        assert rows.fetchone() == (1,)


@pytest.fixture
def role(database: psycopg.Connection) -> Iterator[str]:
    """A role that may sign in, and nothing else; its name needs quotes."""
    name = f"trialog {uuid4().hex}"
    database.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(name)))
    yield name
    database.execute(SQL("DROP OWNED BY {}").format(Identifier(name)))
    database.execute(SQL("DROP ROLE {}").format(Identifier(name)))


@pytest.mark.requirement("AT-03")
def test_a_role_with_the_grants_can_add_and_read_and_nothing_else(postgresql_url: str, role: str) -> None:
    with Store(postgresql_url) as owner:
        owner.grant_append_only(role)
    url = postgresql_url.replace("//postgres:@", f"//{role.replace(' ', '%20')}@")
    with Store(url) as store:
        written(store, 1)
        with store.writing(TRIAL) as transaction:
            append(transaction, 1, documents=[("status", "1"), ("status", "2")])
        assert len(store.documents(TRIAL, "status", upto=9)) == 2
        TrialRecorder(store, TRIAL).insert_tracking(Tracking("reader", 2))
    with psycopg.connect(url, autocommit=True) as plain:
        for table in TABLES:
            for change in CHANGES:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    plain.execute(change.format(table=table, column=COLUMN[table]))


def test_a_file_has_no_roles_to_grant_to(sqlite_url: str) -> None:
    with Store(sqlite_url, create=True) as store, pytest.raises(Invalid) as refused:
        store.grant_append_only("plain")
    assert refused.value.code == "store.no_roles"


def test_a_fact_belongs_to_a_command(file: sqlite3.Connection, tmp_path: Path) -> None:
    file.execute("PRAGMA foreign_keys = ON")
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        file.execute(
            "INSERT INTO fact"
            " SELECT trial, 9, stream, 9, topic, data, '', '', 9, entry, salts, nodes FROM fact"
        )
