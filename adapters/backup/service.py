"""Making a backup, restoring one, and proving that a restore is complete."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from adapters.app import App
from adapters.backup.copies import copy_back, copy_to, draft_of, is_server
from adapters.backup.leftovers import tidied
from adapters.backup.manifest import (
    Manifest,
    begun_since,
    digest_of,
    fault_of,
    heads_of,
    read_manifest,
    write_manifest,
)
from domain.errors import Broken
from domain.identifiers import SYSTEM_LOG
from domain.record import Attribution
from projections.rebuild import compare
from workflows.backup import RecordBackup, RecordRestoreProof

OpenStore = Callable[[str], App]
"""Opens the store at a location."""


class Made(NamedTuple):
    """A backup that was made: its file, its manifest, and where that is kept."""

    file: Path
    manifest: Manifest
    kept: Path


def make(app: App, store: str, folder: Path, by: Attribution, release: str) -> Made:
    """Back the store up into a folder, and record that it was. The key file is not part of it.

    Raises Denied where `by` may not; then nothing is copied.
    """
    made_at = str(app.clock.now())
    ending = "dump" if is_server(store) else "db"
    file = folder / f"trialog-{re.sub('[^0-9TZ]', '', made_at)}.{ending}"
    wanted = RecordBackup(backup=file.name, digest="0" * 64, facts=0)
    app.engine.check_permitted(SYSTEM_LOG, wanted, by)  # before anything is copied
    folder.mkdir(parents=True, exist_ok=True)
    heads = heads_of(app.ledger)
    with tidied(folder), draft_of(file) as fresh:
        copy_to(store, fresh)
        heads += begun_since(app.ledger, heads)
        manifest = Manifest(digest_of(fresh), made_at, release, heads)
        kept = write_manifest(file, manifest)
    recorded = RecordBackup(backup=file.name, digest=manifest.digest, facts=manifest.facts)
    app.engine.execute(SYSTEM_LOG, recorded, by)
    return Made(file, manifest, kept)


def restore(file: Path, into: str, open_store: OpenStore) -> Manifest:
    """Make a new store from a backup and prove it. Raises Conflict when there is one, Broken if it fails."""
    manifest = read_manifest(file)
    copy_back(file, into)
    app = open_store(into)
    try:
        prove(app, manifest)
    finally:
        app.close()
    return manifest


def prove(app: App, manifest: Manifest) -> None:
    """Raise Broken unless the store holds what the manifest tells, and its read models follow from it."""
    fault = fault_of(app.ledger, manifest) or _unlike_rebuild(app)
    if fault:
        raise Broken("backup.not_proved", fault, rule="a restore is proved, or it is none")


def check_may_prove(app: App, backup: str, by: Attribution) -> None:
    """Raise Denied unless somebody may record how the restore of a backup ended: before it is restored."""
    app.engine.check_permitted(SYSTEM_LOG, RecordRestoreProof(backup=backup), by)


def record_proof(app: App, backup: str, manifest: Manifest, fault: str, by: Attribution) -> None:
    """Record in the live store how the restore of a backup ended."""
    proof = RecordRestoreProof(backup=backup, facts=manifest.facts, fault=fault[:500])
    app.engine.execute(SYSTEM_LOG, proof, by)


def _unlike_rebuild(app: App) -> str:
    for log in app.ledger.logs():
        _, differences = compare(app.reading, log)
        if differences:
            first = differences[0]
            return f"{log}: {first.model} {first.key} is not what the facts make it"
    return ""
