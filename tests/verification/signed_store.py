"""A signed trial in a SQLite file, copied for each test that means it harm."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from adapters.app import App
from adapters.bundle.service import Asked, export, made
from adapters.clock import SetClock
from adapters.keys.ed25519 import verified
from domain.ledger.note import Checkpoint, Note
from domain.ledger.policy import Policy
from domain.record import Role
from projections.verification.findings import Finding
from projections.verification.signed import Kept, Trust
from projections.verification.store import Verification, verify_store
from tests.support.scenario import Scenario
from tests.support.signing import Signing
from tests.support.trial import START, TRIAL, active, course, person
from trialog.bootstrap import open_app
from workflows.command import Command

RELEASE = "0.0.0"


class Signed(NamedTuple):
    """Where a signed trial lies, how far it was signed at first and at last, and what others hold of it."""

    file: Path
    first: int
    last: int
    head: int
    policy: str
    notes: tuple[str, ...]


def build(folder: Path, *put_in: Command) -> Signed:
    """A trial signed twice, the second time by both witnesses; a few facts come after. With commands put in
    after the baseline visit it is the trial as it would have been recorded with them.
    """
    scenario = Scenario(folder)
    try:
        signing = Signing(scenario.app)
        before = course("measured")
        scenario.given(active(), before, put_in, course("closed")[len(before) :])
        first = signing.sign(TRIAL, signing.site)
        scenario.given(course("accessed", "S1-002", place=2), course("consented", "S1-003"))
        last = signing.sign(TRIAL, signing.site, signing.sponsor)
        paper = tuple(
            str(signing.note(log, witnesses=(signing.site, signing.sponsor))) for log in (TRIAL, "_system")
        )
        scenario.given(course("baseline", "S1-003")[2:])
        head = scenario.store.head(TRIAL).position
        return Signed(Path(scenario.location), first, last, head, signing.policy(TRIAL), paper)
    finally:
        scenario.close()


def copied(signed: Signed, folder: Path) -> Path:
    """The store with its keys, copied into a folder."""
    for part in signed.file.parent.glob(f"{signed.file.name}*"):
        shutil.copy(part, folder / part.name)
    return folder / signed.file.name


@contextmanager
def opened(file: Path) -> Iterator[App]:
    """The store as the product opens it, a week later."""
    clock = SetClock(START)
    clock.advance(days=7)
    app = open_app(str(file), clock=clock)
    try:
        yield app
    finally:
        app.close()


def changed(file: Path, *statements: str | tuple[str, tuple[object, ...]]) -> int:
    """What somebody does who may write the file: without guards, past every rule, and the guards put back.
    The rows touched.
    """
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        guards = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("PRAGMA ignore_check_constraints = ON")
        touched = 0
        for each in statements:
            statement, parameters = (each, ()) if isinstance(each, str) else each
            touched += database.execute(statement, parameters).rowcount
        for _, guard in guards:
            database.execute(guard)
        return touched


def replaced(file: Path, other: Path) -> None:
    """Put everything that another store holds of the trial in its place, read models too. What was signed of
    the trial stays, and so does the system log.
    """
    tables = ("fact", "command", "document", "document_key")
    changed(
        file,
        ("ATTACH ? AS other", (str(other),)),
        *(f"DELETE FROM main.{table} WHERE trial = '{TRIAL}'" for table in tables),
        *(f"INSERT INTO main.{t} SELECT * FROM other.{t} WHERE trial = '{TRIAL}'" for t in reversed(tables)),
    )


def verification(
    file: Path, policy: str = "", notes: tuple[str, ...] = (), trials: tuple[str, ...] = ()
) -> Verification:
    """What the product finds in a store."""
    given = tuple(Kept(Checkpoint.parse(note.text).size, note) for note in map(Note.parse, notes))
    trust = Trust(verified, Policy.parse(policy) if policy else None)
    with opened(file) as app:
        return verify_store(app.reading, app.ledger, trust, trials=trials, given=given)


def found(file: Path, policy: str = "", notes: tuple[str, ...] = ()) -> dict[tuple[str, str], Finding]:
    """The findings by log and check."""
    return {(each.log, str(each.check)): each for each in verification(file, policy, notes).findings}


def asked(
    position: int, *, participant: str = "", reader: Role = Role.INSPECTOR, by: Role = Role.INSPECTOR
) -> Asked:
    """A bundle of the trial asked for."""
    return Asked(TRIAL, position, person(by), reader, "inspection", participant)


def bundle_of(file: Path, ask: Asked) -> bytes:
    """A bundle's bytes, not recorded."""
    with opened(file) as app:
        return made(app, ask, RELEASE)[0]


__all__ = [
    "Signed",
    "asked",
    "build",
    "bundle_of",
    "changed",
    "copied",
    "export",
    "found",
    "opened",
    "replaced",
]
