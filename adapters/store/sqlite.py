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

_LISTING = (
    "CREATE TEMP TRIGGER IF NOT EXISTS document_key_listed AFTER INSERT ON main.document WHEN NOT EXISTS"
    " (SELECT 1 FROM document_key WHERE trial = NEW.trial AND model = NEW.model AND key = NEW.key)"
    " BEGIN INSERT INTO document_key VALUES (NEW.trial, NEW.model, NEW.key, NEW.position); END"
)
"""Has a connection list the key of a version that is the first of its key.

An insert of its own that first looks whether the key is there goes by way of a table in between. (With ON
CONFLICT DO NOTHING, the guard against INSERT OR REPLACE refuses before the conflict is seen.)
"""


class SQLiteWriting:
    """How a writer gets its turn, and how rows are added."""

    def __init__(self, wait: float) -> None:
        self._wait = wait
        self._lock = Lock()
        self._heads = statements("sqlite").heads
        self._command = _insert(COMMAND)
        self._fact = _insert(FACT)
        self._document = _insert(DOCUMENT)

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
        if not link.is_prepared:
            link.run(_LISTING)
            link.is_prepared = True
        link.run("BEGIN IMMEDIATE")
        return link.fetch(self._heads, (trial, beside))

    def add(self, link: Link, rows: Rows) -> None:
        """Add commands, their facts, versions of documents, and with them their keys that are new."""
        link.run_many(self._command, rows.commands)
        link.run_many(self._fact, rows.facts)
        link.run_many(self._document, rows.documents)

    def commit(self, link: Link) -> None:
        """Make what was added last."""
        link.run("COMMIT")


def _insert(table: Table) -> str:
    columns = ", ".join(column.name for column in table.columns)
    return f"INSERT INTO {table.name} ({columns}) VALUES ({', '.join('?' * len(table.columns))})"
