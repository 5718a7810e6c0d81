"""Verifying a store leaves every byte of its files as it was, whoever has it open and whatever lies there."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from adapters.keys.ed25519 import verified
from adapters.store.ranges import ranges_of
from adapters.store.store import Store
from domain.errors import Broken, Unavailable
from domain.record import Attribution
from projections.verification.signed import Trust
from projections.verification.store import verify_store
from tests.store.histories import TRIAL as LOG
from tests.store.histories import known_fact, written
from tests.support.trial import TRIAL, course, entitled
from tests.verification.signed_store import Signed, copied, opened
from workflows.command import Command

HOLD = (
    "import sqlite3, sys; database = sqlite3.connect(sys.argv[1], isolation_level=None);"
    " database.execute('SELECT count(*) FROM fact').fetchone();"
    " print('open', flush=True); sys.stdin.readline()"
)


WATCH = (
    "import sys; from adapters.store import Store; store = Store(sys.argv[1], as_it_lies=True);"
    f" print(store.head('{TRIAL}').position, flush=True); sys.stdin.readline();"
    f" print(store.head('{TRIAL}').position, flush=True)"
)


@contextmanager
def held_open(file: Path) -> Iterator[None]:
    """Somebody else has the store open, as a server has, and is killed in the end: the journal stays."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        yield
    finally:
        process.kill()
        process.communicate()


def add_a_command(file: Path) -> int:
    """One more command, which stays in the journal while somebody has the store open: how many facts then."""
    with opened(file) as app:
        app.engine.execute(TRIAL, *issued("S1-009"))
        return app.ledger.head(TRIAL)[0]


def issued(code: str) -> tuple[Command, Attribution]:
    """A participant screened, and by whom."""
    command = course("consented", code)[0]
    return command, entitled(command)


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, by name."""
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def facts(file: Path) -> int:
    """Of how many facts of the trial `audit verify` tells, in a process of its own; it changes nothing."""
    before = files(file.parent)
    done = subprocess.run(
        [sys.executable, "-m", "trialog", "audit", "verify", "--json", "--store", str(file)],
        capture_output=True,
        check=False,
        env={**os.environ, "TRIALOG_AS": "m.wu:inspector", "HOME": str(file.parent)},
    )
    assert done.returncode == 0, done.stderr
    assert files(file.parent) == before
    told = json.loads(done.stdout)
    return int(next(log["facts"] for log in told["logs"] if log["log"] == TRIAL))


@pytest.fixture
def evidence(signed: Signed, tmp_path: Path) -> Path:
    """A signed store in a folder of its own."""
    folder = tmp_path / "evidence"
    folder.mkdir()
    return copied(signed, folder)


def test_no_byte_is_changed_by_verifying_a_store_whatever_lies_beside_it(
    signed: Signed, evidence: Path, tmp_path: Path
) -> None:
    """Nothing; the journal of somebody who has it open; the one that he left; that one alone, as copied."""
    journal, index = (Path(f"{evidence}{end}") for end in ("-wal", "-shm"))
    assert (facts(evidence), journal.exists()) == (signed.head, False)
    with held_open(evidence):
        more = add_a_command(evidence)
        assert journal.stat().st_size
        assert facts(evidence) == more > signed.head
    assert (facts(evidence), index.exists()) == (more, True)
    copy = tmp_path / "copy"
    copy.mkdir()
    for part in (evidence, journal, Path(f"{evidence}.keys")):
        shutil.copy(part, copy / part.name)
    assert facts(copy / evidence.name) == more
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(evidence, alone / evidence.name)
    shutil.copy(f"{evidence}.keys", alone)
    assert facts(alone / evidence.name) == signed.head


@pytest.mark.parametrize("ends", [("", "-wal", "-shm", ".keys"), ("", "-wal", ".keys")])
def test_so_it_is_in_several_processes(evidence: Path, tmp_path: Path, ends: tuple[str, ...]) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    with held_open(evidence):
        more = add_a_command(evidence)
        for end in ends:
            shutil.copy(f"{evidence}{end}", folder / f"{evidence.name}{end}")
    before, file = files(folder), str(folder / evidence.name)
    with Store(file, as_it_lies=True) as store:
        ranges = ranges_of(file, 2, least=0, as_it_lies=True)
        found = verify_store(store, store, Trust(verified), ranges=ranges)
    assert (found.findings, [each.facts for each in found.logs if each.log == TRIAL]) == ((), [more])
    assert files(folder) == before


def test_what_others_commit_meanwhile_is_read(evidence: Path) -> None:
    """Their locks are heeded, and they are kept from nothing."""
    with held_open(evidence):
        more = add_a_command(evidence)
        watching = subprocess.Popen(
            [sys.executable, "-c", WATCH, str(evidence)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert watching.stdout is not None
        assert int(watching.stdout.readline()) == more
        with opened(evidence) as app:
            app.engine.execute(TRIAL, *issued("S1-010"))
        told, _ = watching.communicate(b"\n")
    assert int(told) > more


def test_a_journal_of_an_earlier_state_is_told_and_left_where_it_is(evidence: Path) -> None:
    journal = Path(f"{evidence}-wal")
    with held_open(evidence):
        add_a_command(evidence)
        earlier = journal.read_bytes()
    for code in ("S1-010", "S1-011", "S1-012"):
        with opened(evidence) as app:
            app.engine.execute(TRIAL, *issued(code))
    assert not journal.exists()
    journal.write_bytes(earlier)
    before = files(evidence.parent)
    with pytest.raises(Broken) as broken:
        Store(str(evidence), as_it_lies=True)
    assert (broken.value.code, files(evidence.parent)) == ("store.older_journal", before)


def test_what_is_opened_as_it_lies_takes_nothing(store_url: str) -> None:
    with known_fact(), Store(store_url, create=True) as store:
        written(store, 2)
    with Store(store_url, as_it_lies=True) as store:
        assert store.head(LOG).position == 2
        with known_fact():
            found = {str(each.check) for each in verify_store(store, store, Trust(verified)).findings}
        assert found <= {"read_model"}
        with pytest.raises(Unavailable) as refused, known_fact():
            written(store, 1)
    assert refused.value.code == "store.read_only"


def test_the_journal_of_a_healthy_store_is_still_folded_in_by_who_works_with_it(evidence: Path) -> None:
    with held_open(evidence):
        more = add_a_command(evidence)
    with opened(evidence) as app:
        assert app.ledger.head(TRIAL)[0] == more
    assert not Path(f"{evidence}-wal").exists()
    with sqlite3.connect(f"file:{evidence}?immutable=1", uri=True) as database:
        assert database.execute("SELECT max(position) FROM fact WHERE trial = ?", (TRIAL,)).fetchone() == (
            more,
        )
