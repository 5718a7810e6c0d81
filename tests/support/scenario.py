"""Given, when, then on a real store.

`Scenario` runs every command through the engine on a SQLite file, so what a test shows holds for the product.
"""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Self

from adapters.app import App
from adapters.auth.credentials import SlowCredentials
from adapters.clock import SeededNames, SetClock
from adapters.store.store import Store
from domain.casebook import TrialFold
from domain.clinical_time import ClinicalTime, Instant
from domain.errors import Conflict, Denied, Invalid, NotFound, Refused, TrialogError
from domain.fact import Fact
from domain.record import Attribution, CommandRecord, NewFact, Record, Role
from projections.as_of import Axis, View
from projections.documents import project
from tests.support.trial import START, TRIAL, day, entitled, log_of, person
from trialog.bootstrap import open_app
from workflows.command import Command, Issue, Receipt

CHEAP = SlowCredentials(iterations=1, lanes=1, memory_kib=8)
"""Proofs of identity as the product takes them, at a cost that tests can bear."""


@cache
def _empty_store() -> Path:
    """A store in which nothing is, to be copied: making its tables takes longer than most tests."""
    folder = Path(tempfile.mkdtemp(prefix="trialog-empty-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    Store(folder / "trial.db", create=True).close()
    return folder / "trial.db"


class Scenario:
    """A trial in a SQLite file, and what was asked of it: `given(…).when(…).then(…)`."""

    def __init__(self, folder: Path, *, name: str = "trial.db", seed: int = 1, location: str = "") -> None:
        self.location = location or str(folder / name)
        if not location:
            shutil.copyfile(_empty_store(), self.location)
        self.clock = SetClock(START)
        self._seed = seed
        self.app = self.opened(create=True)
        self._outcome: Receipt | TrialogError | None = None
        self._before = ""

    def opened(self, *, create: bool = False, seed: int = 0) -> App:
        """A further application on the same store, as another process would have one; by a seed of its own
        it draws the names that one on a copy draws.
        """
        self._seed = seed or self._seed + 1  # no two processes draw the same names
        names, entropy = SeededNames(self._seed), Random(self._seed).randbytes
        return open_app(
            self.location,
            create=create,
            clock=self.clock,
            names=names,
            entropy=entropy,
            credentials=CHEAP,
        )

    def close(self) -> None:
        """Close the store."""
        self.app.close()

    # ------------------------------------------------ given

    def given(self, *happenings: Command | NewFact | Iterable[Command | NewFact]) -> Self:
        """Let commands be executed, none refused, and put facts in past every rule.

        Each comes a minute after the one before, or when that has come which it reports.
        """
        waiting: list[Command] = []
        for happening in _flat(happenings):
            if isinstance(happening, Command):
                waiting.append(happening)
                continue
            self._execute(waiting)
            waiting = []
            self._record(happening)
        self._execute(waiting)
        return self

    def on(self, number: int, clock: str = "12:00") -> Self:
        """Set the clock to a day, local time at the first site."""
        self.clock.moment = day(number, clock).earliest
        return self

    def _execute(self, commands: list[Command]) -> None:
        def issues(commands: list[Command]) -> Iterator[Issue]:
            for command in commands:
                self.clock.advance(minutes=1)
                for said in ("at", "aware", "ended"):
                    when = getattr(command, said, None)
                    if isinstance(when, ClinicalTime):
                        self.clock.moment = max(self.clock.moment, when.earliest)
                yield Issue(command, entitled(command))

        for log, some in groupby(commands, log_of):
            asked = list(some)
            outcomes = self.app.engine.execute_many(log, issues(asked))
            for command, outcome in zip(asked, outcomes, strict=True):
                assert isinstance(outcome, Receipt), f"given {command!r}: {outcome}"

    def _record(self, new: NewFact) -> None:
        store = self.store
        with store.writing(TRIAL) as transaction:
            head = transaction.head
            fold = TrialFold().run(transaction.records_since(0))
            position, version = head.position + 1, len(transaction.records(new.stream)) + 1
            record = Record(position, new.stream, version, new.effective_at, new.protocol_version, new.fact)
            now = Instant.of(self.clock.moment)
            command = CommandRecord(
                first=position,
                last=position,
                command_id=f"given-{position}",
                kind="test.given",
                digest="",
                recorded_at=now.after(head.recorded_at) if head.recorded_at else now,
                attribution=person(Role.SYSTEM),
                correlation_id="",
                causation_id="",
                app_version="",
            )
            transaction.append(command, [record])
            touched = dict.fromkeys(fold.apply(record))
            transaction.put(project(fold, touched, position))

    # ------------------------------------------------ when

    def when(self, command: Command, by: Attribution | None = None, command_id: str = "") -> Self:
        """Ask for one command, a minute later; what became of it is judged by what follows."""
        self.clock.advance(minutes=1)
        self._before = self.contents()
        try:
            self._outcome = self.app.engine.execute(
                log_of(command), command, by or entitled(command), command_id
            )
        except TrialogError as error:
            self._outcome = error
        return self

    @property
    def receipt(self) -> Receipt:
        """The receipt of the command asked for, which was not refused."""
        assert isinstance(self._outcome, Receipt), f"refused: {self._outcome}"
        return self._outcome

    @property
    def error(self) -> TrialogError:
        """The error of the command asked for, which was refused."""
        assert isinstance(self._outcome, TrialogError), f"not refused: {self._outcome}"
        return self._outcome

    # ------------------------------------------------ then

    def then(self, *facts: Fact) -> list[Record]:
        """Exactly these facts were stored, in this order. Tells them with their places."""
        receipt = self.receipt
        records = [r for r in self.records() if receipt.first <= r.position <= receipt.last]
        assert [plain(record.fact) for record in records] == [plain(fact) for fact in facts]
        return records

    def refused(self, code: str, kind: type[TrialogError] = Refused) -> TrialogError:
        """The rule of that code spoke, and the store is what it was."""
        error = self.error
        assert (type(error), error.code) == (kind, code), str(error)
        assert "\n" not in str(error)
        assert self.contents() == self._before
        return error

    def invalid(self, code: str) -> TrialogError:
        """The input was wrong, and the store is what it was."""
        return self.refused(code, Invalid)

    def not_found(self, code: str) -> TrialogError:
        """What was named is not there, and the store is what it was."""
        return self.refused(code, NotFound)

    def denied(self, code: str = "policy.denied") -> TrialogError:
        """The role may not, and the store is what it was."""
        return self.refused(code, Denied)

    def conflict(self, code: str) -> TrialogError:
        """The command id was used for something else, and the store is what it was."""
        return self.refused(code, Conflict)

    def nothing(self) -> None:
        """The command was taken and nothing had to change."""
        assert (self.receipt.first, self.receipt.last) == (0, 0)
        assert self.contents() == self._before

    # ------------------------------------------------ the store

    @property
    def store(self) -> Store:
        """The store itself."""
        store = self.app.store
        assert isinstance(store, Store)
        return store

    def contents(self) -> str:
        """Everything the store holds, as text."""
        tables = ("command", "fact", "document", "document_key")
        return repr([self.store.rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4") for table in tables])  # noqa: S608 - our own table names

    def records(self) -> list[Record]:
        """The whole history."""
        return list(self.app.reading.replay(TRIAL))

    def view(
        self,
        as_of: Instant | int | None = None,
        axis: Axis = Axis.RECORDED,
        known_at: Instant | int | None = None,
    ) -> View:
        """The trial as of an instant or position, now by default; on the clinical axis as known at one."""
        return self.app.view(TRIAL, as_of, axis, known_at)

    def position(self, kind: type[Fact], number: int = 1) -> int:
        """The position of the n-th fact of that class."""
        found = [record.position for record in self.records() if isinstance(record.fact, kind)]
        return found[number - 1]


def _flat(
    happenings: Iterable[Command | NewFact | Iterable[Command | NewFact]],
) -> Iterator[Command | NewFact]:
    for happening in happenings:
        if isinstance(happening, Command | NewFact):
            yield happening
        else:
            yield from happening


def plain(fact: Fact) -> tuple[str, str]:
    """A fact to compare: its topic and its fields, sealed values all alike."""
    return fact.TOPIC, json.dumps(_unsealed(fact.model_dump(mode="json")), sort_keys=True, ensure_ascii=False)


def _unsealed(node: object) -> object:
    if isinstance(node, dict):
        if node.keys() == {"scope", "nonce", "text"}:
            return f"sealed under {node['scope']}"
        return {key: _unsealed(each) for key, each in node.items()}
    return [_unsealed(each) for each in node] if isinstance(node, list) else node
