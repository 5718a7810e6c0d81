"""The unit of work on one trial: everything in it is committed together, or nothing is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from operator import attrgetter, itemgetter
from typing import Protocol

from adapters.store.connections import Link, Row
from adapters.store.ledger import Entropy, frontier_of, with_lines
from adapters.store.rows import command_row, fact_row, to_command, to_records
from adapters.store.schema import FACT
from adapters.store.statements import END, Statements
from domain.clinical_time import Instant
from domain.document import Document
from domain.errors import Conflict
from domain.ledger.kept import StoredLine
from domain.ledger.tree import Frontier, leaf_hash
from domain.record import CommandRecord, Record
from workflows.ports import Head, Log

_WAITING_AT_MOST = 4096  # Facts.
_STREAM = itemgetter(FACT.columns.keys().index("stream"))
_POSITION = attrgetter("position")


class Writing(Protocol):
    """What differs between the databases in writing."""

    def turn(self) -> AbstractContextManager[None]: ...

    def begin(self, link: Link, trial: str, beside: str) -> list[Row]: ...

    def add(self, link: Link, rows: Rows) -> None: ...

    def commit(self, link: Link) -> None: ...


@dataclass(slots=True)
class Rows:
    """Rows on their way into the tables."""

    commands: list[Row] = field(default_factory=list)
    facts: list[Row] = field(default_factory=list)
    documents: list[Row] = field(default_factory=list)
    command_ids: set[str] = field(default_factory=set)
    streams: set[str] = field(default_factory=set)


class StoreTransaction:
    """Implements `workflows.ports.Transaction` on a connection that holds the trial's lock.

    What is added waits until it is read or the transaction ends, and then goes in together: many commands
    in one commit cost a few statements. A conflict with what is stored shows then.
    """

    def __init__(
        self,
        link: Link,
        trial: str,
        head: Head,
        beside: Log,
        writing: Writing,
        statements: Statements,
        entropy: Entropy,
        frontier: Frontier | None,
    ) -> None:
        """`frontier` is the tree's growing edge at the head where that is known; else it is read.
        `last_command` is the id of the newest command added, "" before there is one.
        """
        self.head = head
        self.beside = beside
        self.last_command = ""
        self.frontier = frontier.copy() if frontier is not None and frontier.size == head.position else None
        self._entropy = entropy
        self._link = link
        self._trial = trial
        self._writing = writing
        self._statements = statements
        self._waiting = Rows()

    def command(self, command_id: str) -> CommandRecord | None:
        """The command already stored under that id in this trial, if any."""
        if command_id in self._waiting.command_ids:
            self.flush()
        rows = self._fetch(self._statements.command, command_id)
        return to_command(rows[0]) if rows else None

    def records(self, stream: str) -> Sequence[Record]:
        """The facts of a stream, in order."""
        if stream in self._waiting.streams:
            self.flush()
        return to_records(self._fetch(self._statements.stream, stream, END))

    def records_since(self, position: int) -> Sequence[Record]:
        """The trial's facts after a position, in order."""
        self.flush()
        return to_records(self._fetch(self._statements.records, position, END, END))

    def record_at(self, position: int) -> Record | None:
        """The fact at a position, None beyond the head."""
        self.flush()
        return next(iter(to_records(self._fetch(self._statements.records, position - 1, position, 1))), None)

    def append(self, command: CommandRecord, records: Sequence[Record]) -> None:
        """Store one command and its facts, which continue `head` without a gap.

        Raises Conflict when positions leave a gap or the command was recorded before the trial's last one; at
        the latest on leaving the transaction, when the command id or a stream version is taken.
        """
        if list(map(_POSITION, records)) != list(range(command.first, command.last + 1)):
            raise self._conflict("store.gap", f"command {command.command_id} names other facts than it holds")
        self.write(command, [fact_row(self._trial, command.first, record) for record in records])

    def write(self, command: CommandRecord, facts: Sequence[Row]) -> None:
        """As `append`, with the facts as rows of the fact table without their lines, in order."""
        if not facts:
            raise self._conflict("store.gap", f"command {command.command_id} holds no facts")
        self._follow(command)
        waiting = self._waiting
        journal = command_row(self._trial, command)
        waiting.commands.append(journal)
        waiting.command_ids.add(command.command_id)
        waiting.streams.update(map(_STREAM, facts))
        if self.frontier is None:
            self.frontier = frontier_of(self._link, self._statements, self._trial, self.head.position)
        waiting.facts.extend(with_lines(self.frontier, journal, facts, self._entropy))
        self.head = Head(command.last, command.recorded_at)
        if len(self._waiting.facts) >= _WAITING_AT_MOST:
            self.flush()

    def adopt(self, command: CommandRecord, lines: Sequence[StoredLine]) -> None:
        """Store a command with its facts and their lines of the ledger as another store holds them, verbatim.

        Raises Conflict as `append`.
        """
        if list(map(_POSITION, lines)) != list(range(command.first, command.last + 1)):
            raise self._conflict("store.gap", f"command {command.command_id} names other facts than it holds")
        self._follow(command)
        if self.frontier is None:
            self.frontier = frontier_of(self._link, self._statements, self._trial, self.head.position)
        waiting = self._waiting
        waiting.commands.append(command_row(self._trial, command))
        waiting.command_ids.add(command.command_id)
        for line in lines:
            nodes = b"".join(self.frontier.append(leaf_hash(line.entry.encode())))
            lined = (line.entry, line.salts, nodes)
            waiting.facts.append((self._trial, *line[:3], line.topic, line.data, *line[4:7], *lined))
            waiting.streams.add(line.stream)
        self.head = Head(command.last, command.recorded_at)
        if len(waiting.facts) >= _WAITING_AT_MOST:
            self.flush()

    def put(self, documents: Iterable[Document]) -> None:
        """Store new versions of read-model rows, in this transaction.

        The versions of one key come in order of position. When a version is there already, Conflict comes,
        at the latest on leaving the transaction.
        """
        trial = self._trial
        self._waiting.documents.extend([(trial, *document) for document in documents])

    def flush(self) -> None:
        """Put in what waits. Raises Conflict."""
        if self._waiting.commands or self._waiting.documents:
            rows, self._waiting = self._waiting, Rows()
            self._writing.add(self._link, rows)

    def advance(self, application: str, notification_id: int) -> None:
        """Note how far a reader of the log has come. Raises Conflict when it has already come as far."""
        self.flush()
        furthest = (self._trial, application, notification_id)
        if self._link.run(self._statements.add_tracking, (*furthest, *furthest)) == 0:
            raise self._conflict("store.conflict", f"{application} has already read {notification_id}")

    def _follow(self, command: CommandRecord) -> None:
        """Raise Conflict unless a command continues the head."""
        if command.first != self.head.position + 1:
            raise self._conflict(
                "store.gap", f"facts from {command.first} on do not follow the last one, {self.head.position}"
            )
        if command.recorded_at < self.head.recorded_at:
            raise self._conflict("store.clock", f"{command.recorded_at} is before {self.head.recorded_at}")
        self.last_command = command.command_id

    def _fetch(self, statement: str, *parameters: object) -> list[Row]:
        return self._link.fetch(statement, (self._trial, *parameters))

    def _conflict(self, code: str, message: str) -> Conflict:
        return Conflict(code, message, where=self._trial)


class CommittedLog:
    """Implements `workflows.ports.Log`: a log up to the head it had, on the connection of a transaction."""

    def __init__(self, link: Link, statements: Statements, log: str, head: Head) -> None:
        self.head = head
        self._link = link
        self._statements = statements
        self._log = log

    def records(self, stream: str) -> Sequence[Record]:
        """The facts of a stream, in order."""
        upto = self.head.position
        return to_records(self._link.fetch(self._statements.stream, (self._log, stream, upto)))

    def records_since(self, position: int) -> Sequence[Record]:
        """The log's facts after a position, in order."""
        upto = self.head.position
        return to_records(self._link.fetch(self._statements.records, (self._log, position, upto, END)))

    def record_at(self, position: int) -> Record | None:
        """The fact at a position, None beyond the head."""
        upto = min(position, self.head.position)
        found = self._link.fetch(self._statements.records, (self._log, position - 1, upto, 1))
        return next(iter(to_records(found)), None)


START = Head(0, Instant(""))
"""The head of a log without history."""


def head_of(rows: Sequence[Row]) -> Head:
    """The head told by the rows of the `head` statement: none for an empty trial."""
    if not rows:
        return START
    last, recorded_at = rows[0]
    return Head(last, Instant(recorded_at))
