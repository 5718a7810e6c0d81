"""Connections of the driver, kept open between uses, and statements run on them.

The statements of the hot paths do not pass through SQLAlchemy: setting up its result costs some 40 µs a
statement, more than SQLite takes to answer. A connection goes back as it is, with nothing to reset: readers
leave no transaction open and writers end theirs; so prepared statements stay prepared too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from adapters.store.faults import faults, told

Row = tuple[Any, ...]


class Link:
    """One open connection. Its methods raise Conflict, Invalid or NotFound as `faults` tells them.

    `failed` is set when a statement failed: a transaction it was part of must not be committed. `is_prepared`
    is the writer's note that its statements are prepared on the connection.
    """

    def __init__(self, connection: Connection, where: str) -> None:
        self.failed = False
        self.is_prepared = False
        self._connection = connection
        self._where = where
        self._driver: Any = connection.connection.driver_connection
        self._dbapi: Any = connection.dialect.loaded_dbapi
        # PostgreSQL writes bytes out as hexadecimal text unless asked: a quarter of a long read.
        self._reading = {"binary": True} if connection.dialect.name == "postgresql" else {}

    @property
    def is_lost(self) -> bool:
        """Whether the server at the other end has gone; a file has none."""
        handle = getattr(self._driver, "pgconn", None)
        return handle is not None and handle.status != self._dbapi.pq.ConnStatus.OK

    def fetch(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        """The rows of a statement."""
        try:
            rows: list[Row] = self._driver.execute(statement, parameters, **self._reading).fetchall()
        except self._dbapi.Error as error:
            raise self._told(statement, error) from error
        return rows

    def run(self, statement: str, parameters: Sequence[object] = ()) -> int:
        """Run a statement that returns nothing; the number of rows it touched."""
        try:
            return int(self._driver.execute(statement, parameters).rowcount)
        except self._dbapi.Error as error:
            raise self._told(statement, error) from error

    def run_many(self, statement: str, rows: Sequence[Row]) -> None:
        """Run a statement once for each row of parameters."""
        try:
            self._driver.executemany(statement, rows)
        except self._dbapi.Error as error:
            raise self._told(statement, error) from error

    def close(self) -> None:
        """Close the connection, whatever its state."""
        with suppress(SQLAlchemyError):
            self._connection.invalidate()
        self._connection.close()

    def _told(self, statement: str, error: Exception) -> Exception:
        self.failed = True
        dialect = self._connection.dialect
        wrapped = DBAPIError.instance(statement, None, error, self._dbapi.Error, dialect=dialect)
        return told(wrapped, self._where) or wrapped

    # ------------------------------------------------------------ PostgreSQL only, past the driver's cursors
    #
    # A cursor takes some 70 µs of this process for a statement, as long as the server takes for a short one.
    # What goes this way cannot be interrupted while it waits: nothing that waits for others may.

    def quoted(self, text: str) -> str:
        """The text as a literal."""
        return str(self._dbapi.sql.quote(text, self._driver))

    def run_at_once(self, statements: str) -> list[list[tuple[str, ...]]]:
        """The rows of each of several statements, sent in one go; every value as text."""
        handle = self._driver.pgconn
        try:
            handle.send_query(statements.encode())
            results = [self._checked(result) for result in list(iter(handle.get_result, None))]
        except self._dbapi.Error as error:
            raise self._told(statements, error) from error
        return [
            [
                tuple(result.get_value(row, column).decode() for column in range(result.nfields))
                for row in range(result.ntuples)
            ]
            for result in results
        ]

    def run_prepared(self, name: str, texts: Sequence[str]) -> None:
        """Run a statement that the server has planned, its parameters as texts."""
        try:
            self._checked(self._driver.pgconn.exec_prepared(name.encode(), [text.encode() for text in texts]))
        except self._dbapi.Error as error:
            raise self._told(name, error) from error

    def _checked(self, result: Any) -> Any:  # noqa: ANN401 - the driver's own result
        status = self._dbapi.pq.ExecStatus
        if result.status in (status.COMMAND_OK, status.TUPLES_OK):
            return result
        if self.is_lost:
            raise self._dbapi.OperationalError("the connection is lost")
        raise self._dbapi.errors.error_from_result(result)


class Connections:
    """The free connections of an engine: as many as were ever in use at once. Thread-safe."""

    def __init__(self, engine: Engine, where: str) -> None:
        self._engine = engine
        self._where = where
        self._free: deque[Link] = deque()
        self._closed = False

    @contextmanager
    def reading(self) -> Iterator[Link]:
        """A connection for statements outside a transaction."""
        link = self.take()
        try:
            yield link
        except BaseException:
            self.discard(link)
            raise
        self.give_back(link)

    def take(self) -> Link:
        """A connection of one's own, until it is given back or discarded."""
        try:
            return self._free.pop()
        except IndexError:
            with faults(self._where):
                return Link(self._engine.connect(), self._where)

    def give_back(self, link: Link) -> None:
        """Return a connection that has no transaction open."""
        if link.is_lost:
            self.discard(link)
        elif self._closed:
            link.close()
        else:
            self._free.append(link)

    def discard(self, link: Link) -> None:
        """Close a connection that may have failed, and those waiting beside it: they may share its fate."""
        link.close()
        self._drain()

    def close(self) -> None:
        """Close what is free now, and the rest as it comes back."""
        self._closed = True
        self._drain()
        self._engine.dispose()

    def _drain(self) -> None:
        with suppress(IndexError):
            while True:
                self._free.pop().close()
