"""From a path or a URL to connections: the engine, what each connection is set to, and what may be opened.

A store is a SQLite file, named by its path, or a PostgreSQL database, named by `postgresql://…`.
"""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import time
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import create_engine, event, inspect
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import NullPool

from adapters.files.places import check_folder
from adapters.store import schema
from adapters.store.faults import faults, foreign
from adapters.store.journal import opened_as_it_lies, refuse_older_journal
from domain.errors import Invalid, NotFound

_CREATION_LOCK = 0x5452_4941_4C4F_47
"""The advisory lock under which one process at a time makes the tables: "TRIALOG"."""

_REMEDY = "Give a file path or postgresql://…."

# Every statement is meant to walk an index. A plan made while a table was small, or before its statistics
# knew a trial, must not say otherwise later.
_POSTGRESQL_SETTINGS = (
    "timezone=UTC",
    "jit=off",
    "enable_seqscan=off",
    "enable_bitmapscan=off",
)


def open_database(
    location: str | Path, *, create: bool, wait: float, as_it_lies: bool = False
) -> tuple[Engine, str]:
    """The engine of the store at a path or URL that this release can read, and the store's name for errors.

    With `create`, what is not there yet is made; it is safe to do so from several processes at once. What is
    opened `as_it_lies` is read and not written, and no byte of a file or of the journal beside it is changed.
    Raises NotFound when nothing is there, Invalid when it is no store of Trialog or one of a newer format,
    Conflict when others hold it for longer than `wait` seconds, Broken where a journal of an earlier state
    lies beside a file.
    """
    url = _url(location)
    where = _shown(url)
    if url.get_backend_name() == "sqlite":
        path = Path(str(url.database))
        if not path.exists() and not create:
            remedy = "Check the path; 'trialog trial activate' makes a new one."
            raise NotFound("store.missing", "there is no store", where=where, remedy=remedy)
        if path.is_dir():
            remedy = "Name the store's file in it."
            raise Invalid("store.foreign", "this is a folder, no store", where=where, remedy=remedy)
        check_folder(path.parent)
        if _is_archived(path):
            url = URL.create("sqlite", database=f"file:{quote(str(path.absolute()))}", query=_ARCHIVED)
            create = as_it_lies = False
        elif path.exists():
            refuse_older_journal(path, as_it_lies=as_it_lies)
    engine = _engine(url, wait, as_it_lies=as_it_lies)
    try:
        with faults(where), engine.connect() as connection:
            if create:
                _create(connection, where, wait)
            else:
                _check(connection, where)
    except BaseException:
        engine.dispose()
        raise
    return engine, where


def _url(location: str | Path) -> URL:
    text = str(location)
    if not re.match(r"[a-z][a-z0-9+]+://", text):
        if not text:
            raise Invalid("store.location", "no store is named", remedy=_REMEDY)
        return URL.create("sqlite", database=text)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise Invalid("store.location", f"'{text}' is no path and no database URL") from error
    if url.drivername not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise Invalid("store.location", f"{url.drivername} is not supported", remedy=_REMEDY)
    return url.set(drivername="postgresql+psycopg")


_ARCHIVED = {"immutable": "1", "mode": "ro", "uri": "true"}


def _is_archived(path: Path) -> bool:
    """Whether a store lies whole in one file where nobody writes: on a read-only medium, or written off by
    its own permissions.

    SQLite opens a write-ahead log beside the file even to read it, unless it is told that nothing changes.
    Then it takes no locks, so that must be so: it is not enough that this account may not write.
    """
    folder, journal = path.parent, path.with_name(f"{path.name}-wal")
    effective = os.access in os.supports_effective_ids
    if not path.exists() or journal.exists() or os.access(folder, os.W_OK, effective_ids=effective):
        return False
    is_medium = hasattr(os, "statvfs") and bool(os.statvfs(path).f_flag & os.ST_RDONLY)
    return is_medium or not any(each.stat().st_mode & _WRITE for each in (path, folder))


_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def _shown(url: URL) -> str:
    """How errors name the store: without its password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.set(drivername="postgresql").render_as_string(hide_password=True)


def _engine(url: URL, wait: float, *, as_it_lies: bool) -> Engine:
    """An engine whose connections open no transaction of their own: this package says BEGIN and COMMIT."""
    if url.get_backend_name() == "sqlite":
        engine = create_engine(
            url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"check_same_thread": False, "timeout": wait, "cached_statements": 256},
        )
        if as_it_lies:
            path = Path(str(url.database))
            event.listen(engine, "do_connect", lambda *_: opened_as_it_lies(path, wait))
        event.listen(engine, "connect", _set_up_sqlite)
        return engine
    settings = [f"lock_timeout={round(wait * 1000)}", *_POSTGRESQL_SETTINGS]
    if as_it_lies:
        settings.append("default_transaction_read_only=on")
    return create_engine(
        url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"options": " ".join(f"-c {setting}" for setting in settings)},
    )


def _set_up_sqlite(connection: DBAPIConnection, _record: object) -> None:
    for pragma in (
        "page_size = 2048",  # Of a new file. Whole pages are synced, and a command adds a row here and there.
        "synchronous = FULL",
        "wal_autocheckpoint = 4000",
        "foreign_keys = ON",
        "recursive_triggers = ON",
        "cache_size = -2000",  # A commit goes over every page kept: with 64 MiB a tenth of an action.
    ):
        cursor = connection.cursor()
        try:
            cursor.execute(f"PRAGMA {pragma}")
        except UnicodeDecodeError as error:  # The first statement reads the schema.
            raise sqlite3.DatabaseError("malformed database schema, and its words are no text") from error
        cursor.close()


def _create(connection: Connection, where: str, wait: float) -> None:
    """Make the store in one transaction, unless another process did so first."""
    if connection.dialect.name == "sqlite":
        _absent(connection, where)  # A foreign file is left as it is, its journal mode too.
        _use_write_ahead_log(connection, wait)
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_CREATION_LOCK})")
    try:
        if _absent(connection, where):
            schema.create(connection)
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")


def _absent(connection: Connection, where: str) -> bool:
    """Whether a new store can be made here; False when one is there. Raises Invalid for another's tables."""
    tables = set(inspect(connection).get_table_names())
    if schema.STORE.name in tables:
        _check(connection, where)
        return False
    ours = {table.name for table in schema.APPEND_ONLY}
    # A PostgreSQL database may be shared with other tables; a file may not.
    if tables & ours or (tables and connection.dialect.name == "sqlite"):
        raise foreign(where)
    return True


def _use_write_ahead_log(connection: Connection, wait: float) -> None:
    """Switch the file to WAL. SQLite does not wait for other processes here, so this does."""
    deadline = time.monotonic() + wait
    while True:
        try:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL").close()
        except OperationalError as error:
            if "locked" not in str(error.orig) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _check(connection: Connection, where: str) -> None:
    tables = inspect(connection)
    if not tables.has_table(schema.STORE.name):
        raise foreign(where)
    if {column["name"] for column in tables.get_columns(schema.STORE.name)} != {schema.STORE.c.format.name}:
        raise foreign(where)
    found = connection.exec_driver_sql("SELECT max(format) FROM store").scalar()
    if found is None:
        raise foreign(where)
    if found < schema.FORMAT:
        raise Invalid(
            "store.older",
            f"the store has format {found}, older than any release, and this one reads {schema.FORMAT}",
            where=where,
            remedy="Replay its facts into a new store with the release that wrote it.",
        )
    if found > schema.FORMAT:
        raise Invalid(
            "store.newer",
            f"the store has format {found}, and this release reads up to {schema.FORMAT}",
            where=where,
            remedy="Use the release that wrote it, or a later one.",
        )
