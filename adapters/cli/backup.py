"""`trialog backup` and `trialog restore`: copies of a whole store, and restores that prove themselves."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.commands import Acting, Answer, looks, performs
from adapters.cli.output import pairs, tell
from adapters.cli.place import Place
from domain.errors import Broken, Invalid

File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup's file; its manifest lies beside it.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    performs(app, "backup", example="backup --out backups --as root:administrator")(backup)
    performs(app, "prove", example="prove backups/trialog-1.db --as root:administrator")(prove)
    looks(app, "restore", example="restore backups/trialog-1.db --into restored.db", asks=False)(restore)


def backup(
    person: Acting,
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the backup is written.")],
) -> Answer:
    """Back the whole store up while others go on writing, and record that it was.

    The key file and the signer's folder are not part of it: keep them apart.
    """
    from adapters.backup.service import make

    place = person.place
    made = make(place.app, place.store, out, person.by, place.release)
    data = {
        "file": str(made.file),
        "manifest": str(made.kept),
        "sha256": made.manifest.digest,
        "facts": made.manifest.facts,
        "logs": [{"log": head.log, "size": head.size} for head in made.manifest.heads],
    }
    return Answer(data, (pairs(data | {"logs": {head.log: head.size for head in made.manifest.heads}}),))


def restore(
    place: Place,
    file: File,
    into: Annotated[
        str, typer.Option("--into", metavar="PATH_OR_URL", help="The new store: nothing may be there yet.")
    ],
) -> Answer:
    """Make a new store from a backup and prove it: every entry rehashed, every read model rebuilt.

    Ends with exit code 3 when anything is not as the manifest and the facts say.
    """
    from adapters.backup.service import restore as carry_out
    from adapters.files.places import check_new
    from adapters.keys.key_file import key_file_of

    if "://" not in into:
        check_new(Path(into))
    if place.store and place.store == into:
        raise Invalid("backup.same_store", "a backup is restored into a store of its own", where=into)
    manifest = carry_out(file, into, place.open_at)
    keys = key_file_of(into)
    if not keys.exists():
        tell(f"No keys are at {keys}: put the key file there, or what is sealed cannot be read.")
    data = {"store": into, "facts": manifest.facts, "proved": True}
    return Answer(data, (pairs(data),))


def prove(person: Acting, file: File) -> Answer:
    """Restore a backup apart, prove it, and record in the store that it was proved, or what failed.

    A PostgreSQL backup is restored into the database that TRIALOG_PROOF names.
    """
    from adapters.backup.manifest import read_manifest
    from adapters.backup.service import check_may_prove, record_proof
    from adapters.backup.service import restore as carry_out

    place, fault = person.place, ""
    check_may_prove(place.app, file.name, person.by)
    manifest = read_manifest(file)
    with tempfile.TemporaryDirectory() as folder:
        into = os.environ.get("TRIALOG_PROOF") or str(Path(folder) / "proof.db")
        try:
            carry_out(file, into, place.open_at)
        except Broken as error:
            fault = error.message
    record_proof(place.app, file.name, manifest, fault, person.by)
    data = {"backup": file.name, "facts": manifest.facts, "proved": not fault, "fault": fault or None}
    failure = Broken("backup.not_proved", fault, where=str(file)) if fault else None
    return Answer(data, (pairs(data),), failure)
