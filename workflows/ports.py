"""What the workflow needs from the outside: a store, a clock, a source of ids, a vault for sealed values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import NamedTuple, Protocol

from domain.clinical_time import Instant
from domain.document import Document
from domain.record import CommandRecord, Record
from domain.sealed import Sealed


class Head(NamedTuple):
    """The end of a trial's history: its last position and when that was recorded; 0 and "" when empty."""

    position: int
    recorded_at: Instant


class Log(Protocol):
    """A log as it ends at `head`: what memory is filled from."""

    head: Head

    def records(self, stream: str) -> Sequence[Record]:
        """The facts of a stream, in order."""

    def records_since(self, position: int) -> Sequence[Record]:
        """The log's facts after a position, in order."""

    def record_at(self, position: int) -> Record | None:
        """The fact at a position, None beyond the head."""


class Transaction(Log, Protocol):
    """A unit of work that holds the trial's lock: all of it is committed, or none."""

    def command(self, command_id: str) -> CommandRecord | None:
        """The command already stored under that id in this trial, if any."""

    @property
    def beside(self) -> Log:
        """The log named on opening, as it was committed then. Its lock is not held: it may grow, unseen."""

    def append(self, command: CommandRecord, records: Sequence[Record]) -> None:
        """Store one command and its facts, which continue `head` without a gap.

        Raises Conflict when the command id or a stream version is taken.
        """

    def put(self, documents: Iterable[Document]) -> None:
        """Store new versions of read-model rows, in this transaction."""


class Ledger(Protocol):
    """Where trials live."""

    def writing(self, trial: str, *, beside: str = "") -> AbstractContextManager[Transaction]:
        """Open a transaction holding the trial's lock; commits on leaving, rolls back on an exception.

        `beside` is another log of which `Transaction.beside` will be asked.
        """


class Clock(Protocol):
    """The server's clock."""

    def now(self) -> Instant:
        """The present instant, UTC."""


class Names(Protocol):
    """A source of fresh command ids."""

    def fresh(self) -> str:
        """An id never given before."""


class Vault(Protocol):
    """Seals values under a key scope, and opens them for those who hold the key."""

    def seal(self, scope: str, plain: str) -> Sealed:
        """Encrypt a text under the scope's key with a fresh nonce."""

    def open(self, sealed: Sealed) -> str:
        """Decrypt. Raises Denied when the key is not held, Broken when the seal does not fit."""


class Credentials(Protocol):
    """Proofs of identity: passwords, and codes of a second factor."""

    def hashed(self, password: str) -> str:
        """A salted hash of a password, with its parameters."""

    def fits(self, password: str, hashed: str) -> bool:
        """Whether the password is the one that was hashed. Takes as long whichever it is."""

    def decoy(self) -> str:
        """A hash that no password fits and that is as dear to check as any."""

    def step_of(self, seed: str, code: str, moment: datetime) -> int:
        """The time step whose code this is, of those about now; 0 for none."""
