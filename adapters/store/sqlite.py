"""Writing on SQLite: one writer per file, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from sqlalchemy import Table

from adapters.store.connections import Link, Row
from adapters.store.schema import COMMAND, DOCUMENT, FACT
from adapters.store.statements import statements
from adapters.store.transaction import Rows
from domain.errors import Conflict


class SQLiteWriting:
    """How a writer gets its turn, and how rows are added."""

    def __init__(self, wait: float) -> None:
        self._wait = wait
        self._lock = Lock()
        self._heads = statements("sqlite").heads
        self._command = _insert(COMMAND)
        self._fact = _insert(FACT)
        self._document = _insert(DOCUMENT)
        # Not ON CONFLICT DO NOTHING: the guard against INSERT OR REPLACE refuses before the conflict is seen.
        self._key = (
            "INSERT INTO document_key (trial, model, key, position) SELECT ?, ?, ?, ?"
            " WHERE NOT EXISTS (SELECT 1 FROM document_key WHERE trial = ? AND model = ? AND key = ?)"
        )

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Queue the threads of this process: SQLite itself would have them sleep and ask again."""
        if not self._lock.acquire(timeout=self._wait):
            raise Conflict("store.busy", "others are writing to the store", remedy="Try again.")
        try:
            yield
        finally:
            self._lock.release()

    def begin(self, link: Link, trial: str, beside: str) -> list[Row]:
        """Lock the file for writing; the newest command of the trial and of the log beside it, where there
        is one: log, end and time.
        """
        link.run("BEGIN IMMEDIATE")
        return link.fetch(self._heads, (trial, beside))

    def add(self, link: Link, rows: Rows) -> None:
        """Add commands, their facts, versions of documents, and their keys that are new."""
        link.run_many(self._command, rows.commands)
        link.run_many(self._fact, rows.facts)
        link.run_many(self._key, [(*row, *row[:3]) for row in rows.keys.values()])
        link.run_many(self._document, rows.documents)

    def commit(self, link: Link) -> None:
        """Make what was added last."""
        link.run("COMMIT")


def _insert(table: Table) -> str:
    columns = ", ".join(column.name for column in table.columns)
    return f"INSERT INTO {table.name} ({columns}) VALUES ({', '.join('?' * len(table.columns))})"
