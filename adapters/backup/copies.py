"""A copy of a whole database as one file: SQLite by its online backup, PostgreSQL by pg_dump."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from adapters.backup.leftovers import DRAFT, remove_draft
from adapters.files.places import check_new
from domain.errors import Invalid, NotFound, Unavailable

_MINUTES = 60


def is_server(store: str) -> bool:
    """Whether a store is a PostgreSQL database, and not a SQLite file."""
    return "://" in store


@contextmanager
def draft_of(file: Path) -> Iterator[Path]:
    """A file to write beside another, which it becomes once it is whole. What fails leaves neither.

    Raises Unavailable when it cannot be written: a disk that is full, a folder that is gone.
    """
    fresh = file.with_name(f"{file.name}{DRAFT}")
    remove_draft(fresh)
    try:
        yield fresh
        fresh.replace(file)
    except BaseException as error:
        remove_draft(fresh)
        if isinstance(error, OSError | sqlite3.OperationalError):
            reason = getattr(error, "strerror", None) or str(error)
            raise Unavailable(
                "backup.failed",
                f"the copy cannot be written: {reason}",
                where=str(file.parent),
                remedy="Nothing of it was left there.",
            ) from error
        raise


def copy_to(store: str, file: Path) -> None:
    """Write a copy of the store, as of one instant, while others go on writing. Raises Unavailable."""
    if is_server(store):
        _run(store, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={file}")
    else:
        with closing(sqlite3.connect(store)) as source, closing(sqlite3.connect(file)) as copy:
            source.backup(copy, pages=1024)
            copy.execute("PRAGMA journal_mode = DELETE").close()
    _to_disk(file)


def copy_back(file: Path, store: str) -> None:
    """Make a store from a copy where there is none yet. Raises Invalid when there is one, Unavailable."""
    if is_server(store):
        if _run(store, "psql", "-XAtc", "SELECT to_regclass('store') IS NOT NULL").strip() == "t":
            raise Invalid("backup.not_empty", "there is a store in this database already")
        whole = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges")
        _run(store, "pg_restore", *whole, str(file))
        return
    target = Path(store)
    check_new(target)
    with draft_of(target) as fresh:
        shutil.copyfile(file, fresh)
        with closing(sqlite3.connect(fresh)) as copy:
            copy.execute("PRAGMA journal_mode = WAL").close()
        _to_disk(fresh)


def clear(store: str) -> None:
    """Empty a PostgreSQL database into which a copy was brought to be looked at. Raises Unavailable."""
    _run(store, "psql", "-XAqc", "DROP SCHEMA public CASCADE", "-c", "CREATE SCHEMA public")


def _reached(store: str) -> tuple[str, dict[str, str]]:
    """The URL as PostgreSQL's own programs read it, and their environment: everybody on the machine can read
    a command line, so a password stands on none.
    """
    url = urlsplit(f"postgresql://{store.split('://', 1)[1]}")
    if not url.password:
        return url.geturl(), dict(os.environ)
    user, _, place = url.netloc.rpartition("@")
    open_url = url._replace(netloc=f"{user.partition(':')[0]}@{place}").geturl()
    return open_url, {**os.environ, "PGPASSWORD": unquote(url.password)}


def _run(store: str, program: str, *words: str) -> str:
    folder = os.environ.get("TRIALOG_PG_BIN", "")
    found = shutil.which(program, path=folder or None)
    if found is None:
        remedy = "Install PostgreSQL's client programs, or name their folder in TRIALOG_PG_BIN."
        raise NotFound("backup.no_program", f"{program} is not installed", remedy=remedy)
    url, environment = _reached(store)
    try:
        ended = subprocess.run(  # noqa: S603 - a fixed program; its words are bound, not parsed by a shell
            [found, f"--dbname={url}", *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60 * _MINUTES,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable("backup.failed", f"{program} did not end within an hour") from error
    if ended.returncode:
        last = ended.stderr.strip().splitlines()[-1:] or [f"exit code {ended.returncode}"]
        raise Unavailable("backup.failed", f"{program}: {last[0]}")
    return ended.stdout


def _to_disk(file: Path) -> None:
    with file.open("rb+") as handle:
        os.fsync(handle.fileno())
