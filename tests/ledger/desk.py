"""A signed trial for tests: a store with its signer's folder, and what becomes of them."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adapters.app import App
from adapters.clock import SetClock
from adapters.held.folder import Folder, Signed
from adapters.keys.ed25519 import verified
from adapters.ledger.signer import Signer
from adapters.store.store import Store
from domain.identifiers import SYSTEM_LOG
from domain.ledger.note import Checkpoint, Key, Note
from domain.ledger.tree import Frontier, leaf_hash
from tests.support.trial import START, TRIAL, active, course, entitled
from trialog.bootstrap import open_app
from workflows.command import Command, Issue, Receipt


class Desk:
    """A store at a location, with its signer beside it, and a clock that is set."""

    def __init__(self, folder: Path, location: str) -> None:
        self.folder = folder
        self.location = location
        self.clock = SetClock(START)
        self.signer = folder / "signer"
        self.app = self.opened(create=True)
        self.write(active(), course("eligible"))

    def opened(self, *, create: bool = False) -> App:
        """A further application on the same store."""
        return open_app(self.location, create=create, clock=self.clock)

    def again(self) -> App:
        """Close the store and open it anew, as after a restart."""
        self.app.close()
        self.app = self.opened()
        return self.app

    def write(self, *commands: list[Command]) -> None:
        """Execute commands on the trial, a minute after each other, none of them refused."""

        def issues() -> Iterator[Issue]:
            for command in (each for some in commands for each in some):
                self.clock.advance(minutes=1)
                yield Issue(command, entitled(command))

        outcomes = self.app.engine.execute_many(TRIAL, issues())
        assert [each for each in outcomes if not isinstance(each, Receipt)] == []

    def begin(self) -> None:
        """Make the signer's folder."""
        Folder.create(self.signer, {})

    def sign(self) -> list[Signed]:
        """Sign what there is to sign."""
        return Signer(Folder(self.signer), self.app).sign()

    def state(self, origin: str) -> Signed:
        """What the signer holds under a name."""
        return Folder(self.signer).signed()[origin]

    def key(self, log: str = TRIAL) -> Key:
        """The public half of a log's present key."""
        return Signer(Folder(self.signer), self.app).keys_of(log)[-1].key

    def root(self, log: str, size: int) -> bytes:
        """The root of a log's first entries, from the lines alone."""
        edge = Frontier()
        for line in self.app.ledger.stored_lines(log, upto=size):
            edge.append(leaf_hash((line.entry or "").encode()))
        assert edge.size == size
        return edge.root()

    def notes(self, log: str = TRIAL) -> list[Note]:
        """The signer's own checkpoints that the store keeps of a log, oldest first."""
        return [
            Note.parse(each.note)
            for each in self.app.ledger.anchors(log)
            if each.holder.startswith("trialog/")
        ]

    def check(self, log: str, *keys: Key) -> int:
        """Every kept checkpoint is of the log's lines and signed by all of these keys; tells how many."""
        for note in self.notes(log):
            checkpoint = Checkpoint.parse(note.text)
            assert checkpoint.root == self.root(log, checkpoint.size)
            assert any(note.signed_by(key, verified) for key in keys)
        return len(self.notes(log))

    def facts(self, log: str = SYSTEM_LOG) -> list[Any]:
        """The facts of a log."""
        return [record.fact for record in self.app.reading.replay(log)]

    # ------------------------------------------------ by somebody who has the database

    def tamper(self, statement: str, *parameters: object) -> None:
        """Change the store past every guard, and put the guards back."""
        store, guards = self.app.store, list[str]()
        assert isinstance(store, Store)
        with store._engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                triggers = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
                for name, guard in connection.exec_driver_sql(triggers).fetchall():
                    connection.exec_driver_sql(f"DROP TRIGGER {name}")
                    guards.append(guard)
            else:
                connection.exec_driver_sql("SET session_replication_role = replica")
                statement = statement.replace("?", "%s")
            connection.exec_driver_sql(statement, parameters)
            for guard in guards:
                connection.exec_driver_sql(guard)
            if connection.dialect.name != "sqlite":
                connection.exec_driver_sql("SET session_replication_role = DEFAULT")
            connection.commit()

    def cut(self, log: str, after: int) -> None:
        """Take a log's last entries away, everywhere."""
        for table in ("fact", "document", "document_key"):
            self.tamper(f"DELETE FROM {table} WHERE trial = ? AND position > ?", log, after)  # noqa: S608
        self.tamper("DELETE FROM command WHERE trial = ? AND first > ?", log, after)
        self.tamper("DELETE FROM anchor WHERE trial = ? AND size > ?", log, after)

    # ------------------------------------------------ on SQLite

    def backup(self, name: str) -> Path:
        """Copy the closed store's file aside."""
        self.app.close()
        copy = self.folder / name
        with sqlite3.connect(self.location) as source:
            source.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        source.close()
        shutil.copy(self.location, copy)
        shutil.copy(f"{self.location}.keys", f"{copy}.keys")
        self.app = self.opened()
        return copy

    def restore(self, copy: Path) -> None:
        """Put a copy in the place of the store, and open it."""
        self.app.close()
        for suffix in ("-wal", "-shm"):
            Path(f"{self.location}{suffix}").unlink(missing_ok=True)
        shutil.copy(copy, self.location)
        self.app = self.opened()
