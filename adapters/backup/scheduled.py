"""Backups by the clock: made when one is due, each restored apart and verified, the oldest thrown away."""

from __future__ import annotations

import os
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from adapters.app import App
from adapters.backup.copies import clear, is_server
from adapters.backup.manifest import SUFFIX
from adapters.backup.service import Made, OpenStore, make, record_proof, restore
from adapters.ledger.verified import fault_in
from domain.backup import Backup
from domain.clinical_time import Instant
from domain.errors import Broken, Invalid, TrialogError
from domain.identifiers import SYSTEM_LOG
from domain.record import Attribution, Origin, Role
from domain.upkeep import Upkeep
from workflows.upkeep import RecordFailedBackup

KEEPER = Attribution("scheduler", Role.SYSTEM, origin=Origin.SYSTEM, origin_id="upkeep")
"""Who acts where the clock asks for a backup or a verification."""

AGAIN = timedelta(hours=1)
"""After a backup that failed the next one is tried so much later, and not at every beat."""


class BackupPlan(NamedTuple):
    """Where backups go, how much time is between two, and how many are kept."""

    folder: Path
    every: timedelta
    keep: int


def is_due(app: App, plan: BackupPlan, now: Instant) -> bool:
    """Whether it is time for the next backup. It follows from the facts: a restart asks for none."""
    if not app.reading.head(SYSTEM_LOG)[0]:
        return bool(app.reading.trials())
    view = app.view(SYSTEM_LOG)
    made = list(view.singles(Backup).values())
    upkeep = view.single(Upkeep)
    last = max((each.made.at.earliest for each in made), default=None)
    failed = upkeep.backup_failed.at.earliest if upkeep is not None and upkeep.backup_failed else None
    if failed is not None and now.moment < failed + AGAIN:
        return False
    return last is None or now.moment >= last + plan.every or (failed is not None and failed > last)


def back_up(app: App, store: str, plan: BackupPlan, release: str, open_store: OpenStore) -> Made:
    """Make a backup, prove it, and throw away what is older than the newest that are kept.

    What fails is recorded: TrialogError and OSError are raised again after that.
    """
    try:
        made = make(app, store, plan.folder, KEEPER, release)
    except (TrialogError, OSError) as error:
        code = error.code if isinstance(error, TrialogError) else type(error).__name__
        app.engine.execute(SYSTEM_LOG, RecordFailedBackup(fault=code), KEEPER)
        raise
    fault = _fault_of(made.file, store, open_store)
    record_proof(app, made.file.name, made.manifest, fault, KEEPER)
    if not fault:
        _throw_away(app, plan)
    return made


def _fault_of(file: Path, store: str, open_store: OpenStore) -> str:
    """What keeps a backup from being restored and verified; empty when nothing does."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _fault_in(file, _proof_place(store, Path(folder)), open_store)
    except TrialogError as error:
        return error.code
    except OSError as error:
        return type(error).__name__


def _fault_in(file: Path, place: str, open_store: OpenStore) -> str:
    """The fault of a copy brought back to a place, which is empty again after that; one that is not empty
    before is left as it is.
    """
    try:
        restore(file, place, open_store)
        restored = open_store(place)
        try:
            fault = fault_in(restored, place).fault
        finally:
            restored.close()
    except Broken as error:
        fault = error.code
    if is_server(place):
        clear(place)
    return fault


def _proof_place(store: str, folder: Path) -> str:
    if not is_server(store):
        return str(folder / "proof.db")
    given = os.environ.get("TRIALOG_PROOF", "")
    if not given:
        remedy = "Name a database of its own, kept empty, in TRIALOG_PROOF."
        raise Invalid("backup.no_proof_place", "there is no place to restore a backup to", remedy=remedy)
    return given


def _throw_away(app: App, plan: BackupPlan) -> None:
    """Delete the files of all but the newest backups; a file that the history does not know is left alone,
    and so is the newest whose restore was proved.
    """
    known = app.view(SYSTEM_LOG).singles(Backup)
    there = sorted(
        (each for each in known.values() if (plan.folder / each.backup).exists()),
        key=lambda each: each.made.fact,
        reverse=True,
    )
    proved = next((each.backup for each in there if each.proved is not None and not each.fault), "")
    for each in there[plan.keep :]:
        if each.backup != proved:
            (plan.folder / each.backup).unlink()
            (plan.folder / f"{each.backup}{SUFFIX}").unlink(missing_ok=True)
