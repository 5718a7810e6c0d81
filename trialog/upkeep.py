"""The beats that keep a store: backups, verification, and the signer's checkpoints, wired to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from adapters.app import App
from adapters.backup.scheduled import KEEPER, BackupPlan, back_up, is_due
from adapters.cli.place import Place
from adapters.held.folder import Folder
from adapters.ledger.signer import Signer, Watch
from adapters.ledger.verified import fault_in
from domain.clinical_time import Instant
from domain.errors import Broken
from domain.identifiers import SYSTEM_LOG
from domain.upkeep import Upkeep
from workflows.upkeep import RecordSigning, RecordVerification

LOOK = timedelta(minutes=10)
"""How often it is asked whether a backup or a verification is due: they take long, and are due seldom."""

Run = Callable[[Instant], None]


class Keeping(NamedTuple):
    """What of a store is kept by the clock: None for what is left to others."""

    backups: BackupPlan | None = None
    verify_every: timedelta | None = None
    signer: Path | None = None


def backing_up(app: App, place: Place, plan: BackupPlan) -> Run:
    """Back up when it is time."""

    def run(now: Instant) -> None:
        if is_due(app, plan, now):
            back_up(app, place.store, plan, place.release, place.open_at)

    return run


def verifying(app: App, place: Place, every: timedelta) -> Run:
    """Verify the store when it is time, and record what came of it. Raises Broken when anything is wrong."""

    def run(now: Instant) -> None:
        if not app.reading.trials() or not _is_time(_known(app), every, now):
            return
        found = fault_in(app, place.store)
        told = RecordVerification(logs=found.logs, facts=found.facts, fault=found.fault)
        app.engine.execute(SYSTEM_LOG, told, KEEPER)
        if found.fault:
            raise Broken("ledger.not_verified", found.fault, remedy="Look with 'trialog audit verify'.")

    return run


def _known(app: App) -> Upkeep | None:
    known: Upkeep | None = None
    if app.reading.head(SYSTEM_LOG)[0]:
        known = app.view(SYSTEM_LOG).single(Upkeep)
    return known


def _is_time(known: Upkeep | None, every: timedelta, now: Instant) -> bool:
    looks = () if known is None else (known.verified, known.not_verified)
    last = max((each.at.earliest for each in looks if each is not None), default=None)
    return last is None or now.moment >= last + every


def signing(app: App, folder: Path) -> Run:
    """Sign what is due: at once what must not wait, the rest within fifteen minutes. A history that does not
    fit what was signed is recorded as refused, once, until every log is signed again. Raises Broken.
    """
    signer, watch = Signer(Folder(folder), app), Watch(Folder(folder), app)

    def run(_now: Instant) -> None:
        due = watch.due()
        if not due:
            return
        known = _known(app)
        has_refused = known is not None and known.refused is not None
        try:
            signer.sign(None if has_refused else due)
        except Broken as error:
            app.engine.execute(SYSTEM_LOG, RecordSigning(fault=error.code), KEEPER)
            raise
        if has_refused:
            app.engine.execute(SYSTEM_LOG, RecordSigning(), KEEPER)

    return run
