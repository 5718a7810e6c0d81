"""Writing on PostgreSQL: one writer per trial, and as few round trips as a command can do with.

Rows travel as one array per column, so that commands, facts and documents, however many, are one statement.
(psycopg's `executemany` uses its pipeline, in which rows of some megabytes were seen to hang.)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from hashlib import sha256
from typing import Any

from sqlalchemy import LargeBinary, Table, Text
from sqlalchemy.sql.type_api import TypeEngine

from adapters.store.connections import Link, Row
from adapters.store.schema import COMMAND, DOCUMENT, DOCUMENT_KEY, FACT
from adapters.store.statements import statements
from adapters.store.transaction import Rows

_HEADS, _ADD = "trialog_heads", "trialog_add"
"""The statements that the server plans once a connection."""


class PostgreSQLWriting:
    """How a writer gets its turn, and how rows are added."""

    def __init__(self) -> None:
        everything = (
            f"WITH c AS (INSERT INTO {_columns(COMMAND)} SELECT * FROM {_arrays(COMMAND)}),"
            f" f AS (INSERT INTO {_columns(FACT)} SELECT * FROM {_arrays(FACT)}),"
            f" k AS (INSERT INTO {_columns(DOCUMENT_KEY)} SELECT * FROM {_arrays(DOCUMENT_KEY)}"
            f" ON CONFLICT DO NOTHING) INSERT INTO {_columns(DOCUMENT)} SELECT * FROM {_arrays(DOCUMENT)}"
        )
        arrays = [f"{_type(column.type)}[]" for table in _TABLES for column in table.columns]
        self._prepared = {
            _HEADS: f"PREPARE {_HEADS} (text, text) AS {_numbered(statements('postgresql').heads)}",
            _ADD: f"PREPARE {_ADD} ({', '.join(arrays)}) AS {_numbered(everything)}",
        }

    def turn(self) -> AbstractContextManager[None]:
        """Writers wait in the database."""
        return nullcontext()

    def begin(self, link: Link, trial: str, beside: str) -> list[Row]:
        """Lock the trial; the newest command of the trial and of the log beside it, where there is one: log,
        end and time.

        Three statements in one round trip, when nobody else holds the lock: each sees what was committed when
        it starts, so the heads are read with the lock held.
        """
        if not link.is_prepared:
            self._prepare(link)
        lock, heads = _lock(trial), f"EXECUTE {_HEADS} ({link.quoted(trial)}, {link.quoted(beside)})"
        _, [[is_locked]], rows = link.run_at_once(
            f"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_try_advisory_xact_lock({lock}); {heads}"
        )
        if is_locked != "t":
            link.run(f"SELECT pg_advisory_xact_lock({lock})")
            (rows,) = link.run_at_once(heads)
        return [(log, int(last), recorded_at) for log, last, recorded_at in rows]

    def add(self, link: Link, rows: Rows) -> None:
        """Add commands, their facts, versions of documents, and their keys that are new."""
        first = {row[:3]: row[:4] for row in reversed(rows.documents)}
        link.run_prepared(
            _ADD,
            [
                *_transposed(COMMAND, rows.commands),
                *_transposed(FACT, rows.facts),
                *_transposed(DOCUMENT_KEY, first.values()),
                *_transposed(DOCUMENT, rows.documents),
            ],
        )

    def commit(self, link: Link) -> None:
        """Make what was added last."""
        link.run_at_once("COMMIT")

    def _prepare(self, link: Link) -> None:
        # When it sees a rollback the driver may deallocate every statement of the connection, or none.
        known = link.fetch("SELECT name FROM pg_prepared_statements")
        for name, statement in self._prepared.items():
            if (name,) not in known:
                link.run(statement)
        link.is_prepared = True


_TABLES = (COMMAND, FACT, DOCUMENT_KEY, DOCUMENT)


def _transposed(table: Table, rows: Collection[Row]) -> Iterable[str]:
    """One array literal a column, empty ones when there are no rows.

    Written here, because the driver takes longer over its arrays than the server over the whole statement.
    """
    literals = _COLUMNS[table.name]
    if not rows:
        return ["{}"] * len(literals)
    return [literal(values) for literal, values in zip(literals, zip(*rows, strict=True), strict=True)]


def numbers_literal(values: Sequence[int]) -> str:
    """Whole numbers as a literal of `bigint[]`."""
    return f"{{{','.join(map(str, values))}}}"


def texts_literal(values: Sequence[str]) -> str:
    """Texts as a literal of `text[]`, each in quotes."""
    together = _BETWEEN.join(values)
    if together.count(_BETWEEN) >= len(values):  # A text holds it itself.
        return "{" + ",".join([f'"{_escaped(value)}"' for value in values]) + "}"
    return f"""{{"{_escaped(together).replace(_BETWEEN, '","')}"}}"""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def bytes_literal(values: Sequence[bytes]) -> str:
    """Bytes as a literal of `bytea[]`, in hexadecimal."""
    return f"""{{{",".join([f'"{_HEX}{value.hex()}"' for value in values])}}}"""


_BETWEEN = "\x1f"
"""Set between texts while they are escaped together: some ten times as fast as one by one."""

_HEX = "\\\\x"
_LITERALS: dict[str, Callable[[Any], str]] = {
    "bigint": numbers_literal,
    "text": texts_literal,
    "bytea": bytes_literal,
}


def _type(kind: TypeEngine[object]) -> str:
    if isinstance(kind, LargeBinary):
        return "bytea"
    return "text" if isinstance(kind, Text) else "bigint"


_COLUMNS = {table.name: [_LITERALS[_type(column.type)] for column in table.columns] for table in _TABLES}


def _lock(trial: str) -> int:
    """The number of a trial's advisory lock: the same in every process and release."""
    return int.from_bytes(sha256(trial.encode()).digest()[:8], "big", signed=True)


def _columns(table: Table) -> str:
    return f"{table.name} ({', '.join(column.name for column in table.columns)})"


def _arrays(table: Table) -> str:
    """One array parameter per column, unnested side by side."""
    return f"unnest({', '.join(f'%s::{_type(column.type)}[]' for column in table.columns)})"


def _numbered(statement: str) -> str:
    """The statement with numbered parameters, as `PREPARE` takes them."""
    first, *others = statement.split("%s")
    return first + "".join(f"${number}{part}" for number, part in enumerate(others, start=1))
