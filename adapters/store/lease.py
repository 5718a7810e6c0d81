"""Who beats: of several schedulers on one store the one that holds the lease. It spares work and no more:
that an alert is raised once is seen to by its stream.

On SQLite a lock on a file beside the store, on PostgreSQL an advisory lock of a connection kept for it. Both
are let go by themselves when the process ends, however it ends.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, Protocol

import psycopg

_KEYS = (0x5452_4C47, 1)
"""The advisory lock in the space of two numbers, where no trial's lock is: "TRLG"."""


class Lease(Protocol):
    """The right to beat."""

    def hold(self) -> bool:
        """Take it if nobody else has it, or make sure of it."""

    def release(self) -> None:
        """Let it go."""


def lease_of(location: str) -> Lease:
    """The lease of the store at a file path or PostgreSQL URL."""
    return PostgreSQLLease(location) if "://" in location else FileLease(Path(f"{location}.scheduler"))


class FileLease:
    """A lock on a file, which is made if it is not there and stays."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def hold(self) -> bool:
        """Take the lock if nobody else has it."""
        if self._file is not None:
            return True
        file = self._path.open("ab")
        if not _locked(file):
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Let the lock go."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _locked(file: IO[bytes]) -> bool:
    """Lock the file without waiting; False when another process has it."""
    try:
        if sys.platform == "win32":  # pragma: no cover
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class PostgreSQLLease:
    """An advisory lock, held by a connection of its own. A connection that breaks has lost it."""

    def __init__(self, location: str) -> None:
        self._location = location.replace("postgresql+psycopg://", "postgresql://", 1)
        self._connection: psycopg.Connection[tuple[bool]] | None = None

    def hold(self) -> bool:
        """Take the lock if nobody else has it, or ask the connection whether it still stands."""
        try:
            if self._connection is not None:
                self._connection.execute("SELECT true")
                return True
            connection = psycopg.connect(self._location, autocommit=True, connect_timeout=10)
            row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", _KEYS).fetchone()
        except psycopg.Error:
            self.release()
            return False
        if row is None or not row[0]:
            connection.close()
            return False
        self._connection = connection
        return True

    def release(self) -> None:
        """Close the connection, and with it the lock."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
