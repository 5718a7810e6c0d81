"""The store: where trials live. It is the workflow's `Ledger`, and answers what reads ask."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from weakref import finalize

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from adapters.store import redaction
from adapters.store.connections import Connections, Link, Row
from adapters.store.database import open_database
from adapters.store.decoding import Decoding
from adapters.store.faults import outcome_unknown, unstored
from adapters.store.layout import altered
from adapters.store.ledger import Entropy, nodes_of
from adapters.store.postgresql import PostgreSQLWriting
from adapters.store.rows import to_command, to_entries, to_records
from adapters.store.schema import grant_append_only
from adapters.store.sqlite import SQLiteWriting
from adapters.store.statements import END, STRAYS, statements
from adapters.store.transaction import START, CommittedLog, StoreTransaction, Writing, head_of
from domain.clinical_time import Instant
from domain.document import Document
from domain.errors import Conflict, TrialogError, Unavailable
from domain.identifiers import SYSTEM_LOG
from domain.ledger.kept import Anchor, JournalLine, StoredLine
from domain.ledger.tree import Frontier, Place
from domain.privacy import Masked
from domain.record import CommandRecord, Entry, Record
from workflows.ports import Head

_COMES_BACK, _LOOK_AGAIN = 15.0, 0.25  # Seconds: a server that restarts after a fault takes a few.
_PAGE = 1024  # Facts fetched at a time in long reads: what the processor keeps at hand.
_LAST_CHARACTER = chr(0x10FFFF)  # Unicode keeps it from ever being one: no key holds it.


class Store:
    """Trials in a SQLite file or a PostgreSQL database. Safe to share between threads; not across a fork.

    Every read is as of a position: what was written later does not change its answer.
    """

    def __init__(
        self,
        location: str | Path,
        *,
        create: bool = False,
        wait: float = 30,
        entropy: Entropy = secrets.token_bytes,
        as_it_lies: bool = False,
    ) -> None:
        """Open the store at a file path or a `postgresql://…` URL; with `create`, make it if it is not there.
        What is opened `as_it_lies` takes nothing, and no byte of its files is changed; as long as it is open,
        this process should not open it otherwise.

        A writer waits `wait` seconds for its turn before it gives up with Conflict `store.busy`; `entropy`
        gives the salts of the ledger.
        Raises NotFound when nothing is there, Invalid when it is no store of Trialog or of a newer format.
        """
        self._engine, where = open_database(location, create=create, wait=wait, as_it_lies=as_it_lies)
        dialect = self._engine.dialect.name
        self._connections = Connections(self._engine, where)
        self._statements = statements(dialect)
        self._writing: Writing = SQLiteWriting(wait) if dialect == "sqlite" else PostgreSQLWriting()
        self._entropy = entropy
        self._frontiers: dict[str, Frontier] = {}
        # The library's ProjectionRunner makes recorders that nobody closes.
        self._closing = finalize(self, self._connections.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._closing()

    def grant_append_only(self, role: str) -> None:
        """Let a PostgreSQL role read and add, and nothing else; asked by the tables' owner.

        Raises Invalid on SQLite, which has no roles.
        """
        with self._engine.connect() as connection:
            grant_append_only(connection, role)

    def database_time(self) -> datetime | None:
        """What the clock of the database's server tells; None for a file, which has no clock of its own."""
        if self._engine.dialect.name != "postgresql":
            return None
        with self._engine.connect() as connection:
            told: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return told.astimezone(UTC)

    @contextmanager
    def writing(self, trial: str, *, beside: str = "") -> Iterator[StoreTransaction]:
        """Open a transaction holding the trial's lock; commits on leaving, rolls back on an exception.

        Of the log `beside` it, what is committed now can be read in it.
        Raises Conflict `store.busy` when the lock is not to be had in time, and `store.conflict` when a part
        failed and the caller went on regardless. Where the server goes while it commits, the store is asked
        again whether it has; Unavailable `store.outcome_unknown` when it does not come back.
        """
        with self._writing.turn():
            link = self._connections.take()
            try:
                try:
                    transaction = self._begun(link, trial, beside)
                    yield transaction
                    transaction.flush()
                except Unavailable as error:
                    raise (unstored(error) if link.is_lost else error) from error
                self._commit(link, partial(self._has, trial, transaction.last_command))
                if transaction.frontier is not None:
                    self._frontiers[trial] = transaction.frontier
            except BaseException:
                link.failed = False
                self._roll_back(link)
                raise
            self._connections.give_back(link)

    def _begun(self, link: Link, trial: str, beside: str) -> StoreTransaction:
        heads = {log: Head(last, Instant(at)) for log, last, at in self._writing.begin(link, trial, beside)}
        sql = self._statements
        return StoreTransaction(
            link,
            trial,
            heads.get(trial, START),
            CommittedLog(link, sql, beside, heads.get(beside, START)),
            self._writing,
            sql,
            self._entropy,
            self._frontiers.get(trial),
        )

    def head(self, trial: str) -> Head:
        """The end of a trial's history."""
        return head_of(self._fetch(self._statements.head, trial))

    def trials(self) -> list[str]:
        """The trials that have any history, by name; the system log is none."""
        return [trial for trial in self.logs() if trial != SYSTEM_LOG]

    def logs(self) -> list[str]:
        """Every log that has any history, the system log among them."""
        return [log for (log,) in self._fetch(self._statements.trials)]

    def every_log(self) -> list[str]:
        """Every log of which any table holds anything, its history or only what others signed of it."""
        return [log for (log,) in self._fetch(self._statements.every_log)]

    def position_at(self, trial: str, instant: Instant) -> int:
        """The last position recorded at or before an instant; 0 when there is none."""
        rows = self._fetch(self._statements.position_at, trial, str(instant), trial)
        return int(rows[0][0]) if rows else 0

    def documents(self, trial: str, model: str, *, upto: int, prefix: str = "") -> list[tuple[str, str]]:
        """Key and body, by key: the newest version up to `upto` of every key that begins with `prefix`."""
        sql, keys = self._statements, (trial, model, upto)
        newest = sql.newest(*keys)
        if prefix:
            within = (trial, model, prefix, prefix + _LAST_CHARACTER, upto)
            return self._fetch(sql.documents_under, *within, *newest)
        if sql.documents != sql.documents_before:
            last = self._fetch(sql.newest_key, trial, model)
            if last and last[0][0] <= upto:
                return self._fetch(sql.documents, *newest, *keys)
        return self._fetch(sql.documents_before, *keys, *newest)

    def document(self, trial: str, model: str, key: str, *, upto: int) -> str | None:
        """The body of the newest version of a document at or before `upto`, if there is one."""
        rows = self._fetch(self._statements.document, trial, model, key, upto)
        return str(rows[0][0]) if rows else None

    def versions(self, trial: str, *, upto: int) -> Iterator[Document]:
        """Every stored version of every read model, up to a position."""
        return map(Document._make, self._by_key(self._statements.versions, trial, upto))

    def keys(self, trial: str, *, upto: int) -> Iterator[tuple[str, str, int]]:
        """The list of keys: model, key and the position from which on it is listed, up to a position."""
        return (
            (model, key, position)
            for model, key, position in self._by_key(self._statements.keys, trial, upto)
        )

    def _by_key(self, statement: str, trial: str, upto: int) -> Iterator[Row]:
        after: tuple[str, str, int] = ("", "", 0)
        while True:
            rows = self._fetch(statement, trial, *after, upto, _PAGE)
            yield from rows
            if len(rows) < _PAGE:
                return
            after = rows[-1][:3]

    def replay(self, trial: str, *, upto: int | None = None) -> Iterator[Record]:
        """The trial's facts in order of position, to `upto` inclusive; by default to the present head."""
        decoding, pages = Decoding(), self._pages(self._statements.records, trial, upto=upto)
        return chain.from_iterable(decoding.records(rows) for rows in pages)

    def replay_commands(self, trial: str, *, upto: int | None = None) -> Iterator[list[Record]]:
        """The same facts, those of each command together."""
        decoding, pages = Decoding(), self._pages(self._statements.entries, trial, upto=upto)
        facts = chain.from_iterable(
            zip(decoding.records(row[:-1] for row in rows), map(itemgetter(-1), rows), strict=True)
            for rows in pages
        )
        for _, of_command in groupby(facts, itemgetter(1)):
            yield [record for record, _ in of_command]

    def _pages(
        self, statement: str, trial: str, *keys: str, after: int = 0, upto: int | None
    ) -> Iterator[list[Row]]:
        """The rows of facts after a position, many at a time, up to a position or the present head."""
        upto = self.head(trial).position if upto is None else upto
        while after < upto:
            rows = self._fetch(statement, trial, *keys, after, upto, _PAGE)
            if rows:
                yield rows
            if len(rows) < _PAGE:
                return
            after = rows[-1][0]

    def stream(self, trial: str, stream: str, *, upto: int | None = None) -> list[Record]:
        """The facts of one stream in order, at or before position `upto`."""
        upto = END if upto is None else upto
        return to_records(self._fetch(self._statements.stream, trial, stream, upto))

    def entries(
        self, trial: str, *, stream: str | None = None, after: int = 0, upto: int | None = None
    ) -> Iterator[Entry]:
        """Facts with their whole envelopes in order of position: those after `after`, to `upto` inclusive.

        With `stream`, those of that stream only.
        """
        sql, decoding = self._statements, Decoding()
        if stream is None:
            for facts in self._pages(sql.entries, trial, after=after, upto=upto):
                commands = self._fetch(sql.commands, trial, facts[0][-1], facts[-1][-1])
                yield from to_entries(facts, commands, decoding)
        else:
            for facts in self._pages(sql.entries_of_stream, trial, stream, after=after, upto=upto):
                span = facts[0][0], facts[-1][0]
                commands = self._fetch(sql.commands_of_stream, trial, trial, stream, *span)
                yield from to_entries(facts, commands, decoding)

    def stored_lines(self, log: str, *, after: int = 0, upto: int | None = None) -> Iterator[StoredLine]:
        """Facts as stored, each with its line of the ledger, in order of position."""
        for page in self.stored_pages(log, after=after, upto=upto):
            yield from map(StoredLine._make, page)

    def stored_pages(
        self, log: str, *, after: int = 0, upto: int | None = None
    ) -> Iterator[Sequence[StoredLine]]:
        """The same, many at a time and as plain tuples in the order of `StoredLine`: for long reads."""
        pages: Iterator[list[Any]] = self._pages(
            self._statements.ledger, log, after=after, upto=END if upto is None else upto
        )
        return pages

    def commands(self, log: str, first: int, last: int) -> list[CommandRecord]:
        """The journal's commands that begin at positions `first` to `last`, in order."""
        return list(map(to_command, self._fetch(self._statements.commands, log, first, last)))

    def journal(self, log: str, first: int, last: int) -> Sequence[JournalLine]:
        """The same as plain tuples in the order of `JournalLine`."""
        rows: list[Any] = self._fetch(self._statements.commands, log, first, last)
        return rows

    def strays(self, log: str) -> list[tuple[str, int]]:
        """Rows that stand for no fact, each with its table and position: there should be none."""
        return [
            (str(table), int(position))
            for table, position in self._fetch(self._statements.strays, *((log,) * STRAYS))
        ]

    def altered(self) -> list[str]:
        """What of tables, guards and indexes is not as this release makes it, in sentences."""
        with self._connections.reading() as link:
            return altered(link, self._engine.dialect.name)

    def nodes(self, log: str, places: Sequence[Place]) -> list[bytes]:
        """The stored hashes of complete subtrees, in the order asked for. Raises Broken if one is missing."""
        with self._connections.reading() as link:
            return nodes_of(link, self._statements, log, places)

    def anchors(self, log: str, *, since: int = 0) -> list[Anchor]:
        """What is kept of others' word on the tree at sizes from `since` on, by size and holder."""
        return [
            Anchor(size, holder, note, Instant(kept_at))
            for size, holder, note, kept_at in self._fetch(self._statements.anchors, log, since)
        ]

    def keep(self, log: str, anchor: Anchor) -> bool:
        """Keep another's word on the tree; False when that holder's word at that size is kept already."""
        same = (log, anchor.size, anchor.holder)
        with self._connections.reading() as link:
            row = (*same, anchor.note, str(anchor.kept_at), *same)
            return link.run(self._statements.add_anchor, row) == 1

    def redact(self, trial: str, masked: Masked, documents: Iterable[Document]) -> None:
        """Mask a text in a fact or its envelope, and in the versions of read models that held it.

        Only what a redaction in the history says may be asked for. On PostgreSQL this takes the role that
        owns the tables.
        """
        dialect = self._engine.dialect.name
        with self._writing.turn():
            link = self._connections.take()
            try:
                redaction.prepare(link, dialect)
                self._writing.begin(link, trial, "")
                redaction.redact(link, self._statements, dialect, trial, masked, documents)
                self._commit(link)
            except BaseException:
                link.failed = False
                self._roll_back(link)
                raise
            redaction.wipe(link, dialect)
            self._connections.discard(link)

    def rows(self, statement: str, *parameters: object) -> list[Row]:
        """The rows of a reading statement, its parameters question marks: for the rest of this package."""
        return self._fetch(self._statements.marked(statement), *parameters)

    def _fetch(self, statement: str, *parameters: object) -> list[Row]:
        with self._connections.reading() as link:
            return link.fetch(statement, parameters)

    def _commit(self, link: Link, has: Callable[[], bool] | None = None) -> None:
        """Commit; where the server goes meanwhile, `has` looks whether it did before."""
        if link.failed:
            raise Conflict("store.conflict", "a part of it could not be stored, so nothing was")
        try:
            self._writing.commit(link)
        except Unavailable as error:
            if has is None or not link.is_lost:
                raise
            if not has():
                raise unstored(error) from error

    def _has(self, trial: str, command_id: str) -> bool:
        """Whether a command is stored whose commit was not answered, once the store answers again. Whoever
        still holds the trial's lock, as a server that only the network has left, is waited for.

        Raises Unavailable where the store does not come back.
        """
        until = time.monotonic() + _COMES_BACK
        while True:
            try:
                link = self._connections.take()
                try:
                    self._writing.begin(link, trial, "")
                    return bool(link.fetch(self._statements.command, (trial, command_id)))
                finally:
                    self._roll_back(link)
            except (Conflict, Unavailable) as error:
                if time.monotonic() > until:
                    raise outcome_unknown(error.where, command_id) from error
                time.sleep(_LOOK_AGAIN)

    def _roll_back(self, link: Link) -> None:
        """Undo what was begun, and keep the connection only if it could be undone."""
        link.is_prepared = False
        try:
            link.run("ROLLBACK")
        except (TrialogError, SQLAlchemyError):
            # Also after a BEGIN that failed: SQLite then has nothing to undo, and says so.
            self._connections.discard(link)
        else:
            self._connections.give_back(link)
