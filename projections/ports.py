"""What questions need from the store."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from domain.clinical_time import Instant
from domain.document import Document
from domain.ledger.kept import Anchor, JournalLine, StoredLine
from domain.ledger.tree import Place
from domain.record import CommandRecord, Entry, Record
from domain.sealed import Sealed


class Reading(Protocol):
    """Histories and read-model versions, read only."""

    def trials(self) -> list[str]:
        """The trials in the store."""

    def head(self, trial: str) -> tuple[int, str]:
        """The last position and when it was recorded; (0, "") when there is none."""

    def position_at(self, trial: str, instant: Instant) -> int:
        """The last position recorded at or before an instant; 0 when there is none."""

    def documents(self, trial: str, model: str, *, upto: int, prefix: str = "") -> list[tuple[str, str]]:
        """Key and body, by key: the newest version at or before a position of each key under a prefix."""

    def document(self, trial: str, model: str, key: str, *, upto: int) -> str | None:
        """The body of one key's newest version at or before a position."""

    def versions(self, trial: str, *, upto: int) -> Iterator[Document]:
        """Every stored version of every read model, up to a position."""

    def keys(self, trial: str, *, upto: int) -> Iterator[tuple[str, str, int]]:
        """The list of keys: model, key and the position from which on it is listed, up to a position."""

    def replay(self, trial: str, *, upto: int | None = None) -> Iterator[Record]:
        """The trial's facts in order."""

    def replay_commands(self, trial: str, *, upto: int | None = None) -> Iterator[list[Record]]:
        """The trial's facts in order, those of each command together."""

    def stream(self, trial: str, stream: str, *, upto: int | None = None) -> list[Record]:
        """One stream's facts in order."""

    def entries(
        self, trial: str, *, stream: str | None = None, after: int = 0, upto: int | None = None
    ) -> Iterator[Entry]:
        """Facts with their whole envelope, in order."""


class LedgerReading(Protocol):
    """The ledger as stored: lines and nodes of each log's tree, and what others have signed of it."""

    def logs(self) -> list[str]:
        """Every log that has any history, the system log among them."""

    def head(self, log: str) -> tuple[int, str]:
        """The last position and when it was recorded; (0, "") when there is none."""

    def stored_lines(self, log: str, *, after: int = 0, upto: int | None = None) -> Iterator[StoredLine]:
        """Facts as stored, each with its line of the ledger, in order of position."""

    def stored_pages(
        self, log: str, *, after: int = 0, upto: int | None = None
    ) -> Iterator[Sequence[StoredLine]]:
        """The same, many at a time and as plain tuples in the order of `StoredLine`: for long reads."""

    def commands(self, log: str, first: int, last: int) -> list[CommandRecord]:
        """The journal's commands that begin at positions `first` to `last`, in order."""

    def journal(self, log: str, first: int, last: int) -> Sequence[JournalLine]:
        """The same as plain tuples in the order of `JournalLine`."""

    def every_log(self) -> list[str]:
        """Every log of which any table holds anything, its history or only what others signed of it."""

    def strays(self, log: str) -> list[tuple[str, int]]:
        """Rows that stand for no fact, each with its table and position: there should be none."""

    def altered(self) -> list[str]:
        """What of the database itself is not as the product makes it and could alter what is read, in
        sentences: there should be nothing.
        """

    def nodes(self, log: str, places: Sequence[Place]) -> list[bytes]:
        """The stored hashes of complete subtrees, in the order asked for. Raises Broken if one is missing."""

    def anchors(self, log: str, *, since: int = 0) -> list[Anchor]:
        """What is kept of others' word on the tree at sizes from `since` on, by size and holder."""


class LedgerKeeping(LedgerReading, Protocol):
    """The ledger, and a place to keep what others sign."""

    def keep(self, log: str, anchor: Anchor) -> bool:
        """Keep another's word on the tree; False when that holder's word at that size is kept already."""


def entry_at(reading: Reading, trial: str, position: int) -> Entry | None:
    """The fact at a position with its envelope; None where there is none, or none that may be seen."""
    return next(iter(reading.entries(trial, after=position - 1, upto=position)), None)


def newest_entry(reading: Reading, trial: str, position: int) -> Entry:
    """The fact at a position of the history or, where that one may not be seen, the newest before it."""
    found = entry_at(reading, trial, position)
    return found or deque(reading.entries(trial, upto=position), maxlen=1).pop()


def line_at(ledger: LedgerReading, log: str, position: int) -> StoredLine | None:
    """The fact at a position as stored, with its line of the ledger; None where there is none."""
    return next(iter(ledger.stored_lines(log, after=position - 1, upto=position)), None)


Unseal = Callable[[Sealed], str | None]
"""Opens a sealed value for a reader who is entitled to it; None for one who is not."""


def sealed_to_all(_sealed: Sealed) -> str | None:
    """The unsealing of those who may know nothing."""
    return None
