"""Writing on PostgreSQL: one writer per trial, and as few round trips as a command can do with.

Rows travel as one array per column, so that commands, facts and documents, however many, are one statement.
(psycopg's `executemany` uses its pipeline, in which rows of some megabytes were seen to hang.)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager, nullcontext
from hashlib import sha256
from typing import Any

from sqlalchemy import LargeBinary, Table, Text
from sqlalchemy.sql.type_api import TypeEngine

from adapters.store.connections import Link, Row
from adapters.store.schema import COMMAND, DOCUMENT, DOCUMENT_KEY, FACT
from adapters.store.statements import statements
from adapters.store.transaction import Rows


class PostgreSQLWriting:
    """How a writer gets its turn, and how rows are added."""

    def __init__(self) -> None:
        self._everything = (
            f"WITH c AS (INSERT INTO {_columns(COMMAND)} SELECT * FROM {_arrays(COMMAND)}),"
            f" f AS (INSERT INTO {_columns(FACT)} SELECT * FROM {_arrays(FACT)}),"
            f" k AS (INSERT INTO {_columns(DOCUMENT_KEY)} SELECT * FROM {_arrays(DOCUMENT_KEY)}"
            f" ON CONFLICT DO NOTHING) INSERT INTO {_columns(DOCUMENT)} SELECT * FROM {_arrays(DOCUMENT)}"
        )

        heads = statements("postgresql").heads.replace("%s", "$1", 1).replace("%s", "$2", 1)
        self._prepare = f"PREPARE trialog_heads (text, text) AS {heads}"

    def turn(self) -> AbstractContextManager[None]:
        """Writers wait in the database."""
        return nullcontext()

    def begin(self, link: Link, trial: str, beside: str) -> list[Row]:
        """Lock the trial; the newest command of the trial and of the log beside it, where there is one: log,
        end and time.

        Three statements in one round trip: each sees what was committed when it starts, so the heads are read
        with the lock held. The driver sends several statements only without parameters; the server plans the
        last once a connection.
        """
        if not link.is_prepared:
            # When it sees a rollback the driver may deallocate every statement of the connection, or none.
            if not link.fetch("SELECT 1 FROM pg_prepared_statements WHERE name = 'trialog_heads'"):
                link.run(self._prepare)
            link.is_prepared = True
        return link.fetch_last(
            f"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({_lock(trial)});"
            f" EXECUTE trialog_heads ({link.quoted(trial)}, {link.quoted(beside)})"
        )

    def add(self, link: Link, rows: Rows) -> None:
        """Add commands, their facts, versions of documents, and their keys that are new."""
        columns = [
            *_transposed(COMMAND, rows.commands),
            *_transposed(FACT, rows.facts),
            *_transposed(DOCUMENT_KEY, rows.keys.values()),
            *_transposed(DOCUMENT, rows.documents),
        ]
        link.run(self._everything, columns)


def _transposed(table: Table, rows: Collection[Row]) -> Iterable[str]:
    """One array literal a column, empty ones when there are no rows.

    Written here, because the driver takes longer over its arrays than the server over the whole statement.
    """
    columns = zip(*rows, strict=True) if rows else ((),) * len(table.columns)
    return [
        _LITERALS[_type(column.type)](values) for column, values in zip(table.columns, columns, strict=True)
    ]


def numbers_literal(values: Iterable[int]) -> str:
    """Whole numbers as a literal of `bigint[]`."""
    return f"{{{','.join(map(str, values))}}}"


def texts_literal(values: Iterable[str]) -> str:
    """Texts as a literal of `text[]`, each in quotes."""
    quoted = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return f"""{{{",".join([f'"{each}"' for each in quoted])}}}"""


def bytes_literal(values: Iterable[bytes]) -> str:
    """Bytes as a literal of `bytea[]`, in hexadecimal."""
    return f"""{{{",".join([f'"{_HEX}{value.hex()}"' for value in values])}}}"""


_HEX = "\\\\x"
_LITERALS: dict[str, Callable[[Any], str]] = {
    "bigint": numbers_literal,
    "text": texts_literal,
    "bytea": bytes_literal,
}


def _lock(trial: str) -> int:
    """The number of a trial's advisory lock: the same in every process and release."""
    return int.from_bytes(sha256(trial.encode()).digest()[:8], "big", signed=True)


def _columns(table: Table) -> str:
    return f"{table.name} ({', '.join(column.name for column in table.columns)})"


def _arrays(table: Table) -> str:
    """One array parameter per column, unnested side by side."""
    return f"unnest({', '.join(f'%s::{_type(column.type)}[]' for column in table.columns)})"


def _type(kind: TypeEngine[object]) -> str:
    if isinstance(kind, LargeBinary):
        return "bytea"
    return "text" if isinstance(kind, Text) else "bigint"
