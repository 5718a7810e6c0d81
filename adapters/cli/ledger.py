"""`trialog ledger …`: sign the ledger, change the key, see how it stands."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.commands import Acting, Answer, looks, noun, performs
from adapters.cli.output import Table, as_text, pairs, tell
from adapters.cli.place import Place
from adapters.cli.rows import Row
from domain.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from adapters.app import App
    from adapters.held.folder import Folder, Signed
    from adapters.ledger.checkpoints import Kept

group = noun("ledger", "Sign the ledger, have it witnessed and time-stamped, restore it.")


SignerFolder = Annotated[
    str,
    typer.Option(
        "--signer",
        metavar="DIR",
        help="The signer's folder; by default TRIALOG_SIGNER, or STORE.signer beside the store.",
    ),
]
PolicyFile = Annotated[
    str,
    typer.Option(
        "--policy",
        envvar="TRIALOG_POLICY",
        metavar="FILE",
        help="The trust policy (C2SP tlog-policy): whose keys count, and the quorum of witnesses.",
    ),
]
POLL_SECONDS = 1.0
"""How often a watching signer looks."""


@looks(group, "init-signer", example="ledger init-signer /srv/signer --store trial.db", asks=False)
def init_signer(
    place: Place,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The signer's folder, to be made.")],
) -> Answer:
    """Make a signer's folder with a fresh secret, and tell the public keys to be filed.

    It should belong to a user of its own. The lines that begin with 'log' go into the trial master file and
    into the policy: whoever verifies takes them from there. Logs that another signer has signed are told.
    """
    from adapters.held.folder import Folder

    others = _signed_already(place)
    made = Folder.create(folder, {"signer": True})
    lines = _key_lines(place, made)
    data = {"folder": str(folder), "policy": lines, "signed_already": others}
    return Answer(data, (pairs({"folder": str(folder)}), *lines, *([_OTHER_SIGNER] if others else [])))


_OTHER_SIGNER = (
    "Another signer has signed this store, and this one cannot go on from it. If its folder is at hand, name"
    " that (--signer DIR, or TRIALOG_SIGNER); if it is lost for good, 'trialog ledger declare' comes next."
)


def _signed_already(place: Place) -> list[str]:
    """The logs of the store that have a checkpoint under their present name."""
    from adapters.ledger.checkpoints import kept

    if not place.store:
        return []
    return [log for log in place.app.ledger.logs() if kept(place.app, log).checkpoints]


def _key_lines(place: Place, folder: Folder) -> list[str]:
    """The policy's lines for the logs of the store, or of the trial that is named."""
    from adapters.held.incarnations import incarnation_of
    from adapters.keys.ed25519 import LogKey
    from domain.identifiers import SYSTEM_LOG
    from domain.ledger.note import origin_of

    names = {place.given_trial: 1, SYSTEM_LOG: 1} if place.given_trial else {SYSTEM_LOG: 1}
    if place.store:
        app = place.app
        logs = [*app.reading.trials(), SYSTEM_LOG]
        names |= {log: incarnation_of(app.reading, log) for log in logs}
    origins = [origin_of(log, incarnation) for log, incarnation in sorted(names.items(), reverse=True)]
    return [f"log {LogKey(seed, origin).key}" for origin in origins for seed in folder.seeds()]


@looks(group, "sign", example="ledger sign --signer /srv/signer --store trial.db", asks=False)
def sign(
    place: Place,
    signer: SignerFolder = "",
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Go on: sign at once what must not wait, the rest each 15 minutes."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON, errors too.")] = False,
) -> Answer:
    """Sign what the logs hold since their last checkpoint, each trial's first and the system log after them.

    With --trial of that trial and the system log alone. Ends with exit code 3, and signs nothing, when a log
    does not continue what this signer has signed of it.
    """
    from adapters.ledger.signer import Signer

    folder = _folder(place, signer)
    named = _named(place, folder)
    if watch:
        _watch(place.app, folder, named, as_json=as_json)
    rows = _rows(Signer(folder, place.app).sign(named))
    return Answer({"checkpoints": rows}, _told(rows))


def _named(place: Place, folder: Folder) -> list[str] | None:
    """The log of the trial that was named, which may be gone from the store and known to the signer alone;
    None where none was named. Raises NotFound.
    """
    if not place.given_trial:
        return None
    is_known = any(each.log == place.given_trial for each in folder.signed().values())
    return [place.given_trial if is_known else place.trial]


def _watch(app: App, folder: Folder, named: list[str] | None, *, as_json: bool) -> None:
    """Sign for good. What keeps others busy passes; a history that does not fit ends it."""
    from adapters.ledger.signer import Signer, Watch
    from domain.identifiers import SYSTEM_LOG

    signer, looking = Signer(folder, app), Watch(folder, app)
    while True:
        try:
            due = [each for each in looking.due() if named is None or each in (*named, SYSTEM_LOG)]
            for row in _rows(signer.sign(due)) if due else ():
                line = (
                    as_text(row) if as_json else f"{row['origin']}: {row['size']} entries, root {row['root']}"
                )
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
        except (Conflict, Unavailable) as error:
            tell(f"trialog: {error}")
        time.sleep(POLL_SECONDS)


@performs(group, "rotate", example="ledger rotate --signer /srv/signer --as root:administrator")
def rotate(person: Acting, signer: SignerFolder = "") -> Answer:
    """Change the signing key of every log: a fact in each, and a checkpoint under both keys, old and new.

    The old secret is destroyed after that. File the new keys, told here, in place of the old ones.
    """
    from adapters.ledger.signer import Signer

    folder = _folder(person.place, signer)
    rows = _rows(Signer(folder, person.place.app).rotate(person.by))
    lines = _key_lines(person.place, folder)
    return Answer({"checkpoints": rows, "policy": lines}, (*_told(rows), *lines))


@looks(group, "status", example="ledger status --store trial.db")
def status(place: Place, policy: PolicyFile = "") -> Answer:
    """Tell of each log how much is signed, by which keys, who cosigned it and when it was time-stamped.

    With --trial of that trial's log and the system log alone.
    """
    from adapters.held.standing import read_only, signer_folder_of
    from adapters.ledger.checkpoints import kept
    from adapters.ledger.policy_file import policy_of
    from domain.identifiers import SYSTEM_LOG

    app = place.app
    known = policy_of(place.store, policy)
    rows = []
    logs = [place.trial, SYSTEM_LOG] if place.given_trial else app.ledger.logs()
    for log in logs:
        found = kept(app, log)
        row = _status(app, found)
        row["policy_met"] = None
        if known is not None and found.checkpoints:
            from adapters.keys.ed25519 import verified

            row["policy_met"] = known.judge(found.whole(found.checkpoint()), verified).valid
        rows.append(row)
    halt = read_only(app.departures)
    folder = signer_folder_of(place.store)
    data = {
        "read_only": None if halt is None else str(halt),
        "signer": str(folder) if folder.exists() else None,
        "logs": rows,
    }
    columns = ("log", "head", "signed", "unsigned", "signed_at", "age_seconds", "policy_met")
    tables = [Table(rows, columns)]
    for title, field in (("Cosignatures", "cosignatures"), ("Time stamps", "time_stamps"), ("Keys", "keys")):
        listed = list(_each(rows, field))
        if listed:
            tables.append(Table(listed, tuple(listed[0]), title))
    return Answer(data, ((str(halt), *tables) if halt is not None else tuple(tables)))


def _status(app: App, found: Kept) -> Row:
    head, last = app.ledger.head(found.log)[0], found.checkpoints[-1] if found.checkpoints else None
    age = None if last is None else int((app.clock.now().moment - last.kept_at.moment).total_seconds())
    newest = {anchor.holder: anchor for anchor in (*found.cosignatures, *found.stamps)}
    return {
        "log": found.log,
        "origin": found.origin,
        "head": head,
        "signed": last.size if last is not None else 0,
        "unsigned": head - (last.size if last is not None else 0),
        "signed_at": str(last.kept_at) if last is not None else None,
        "age_seconds": age,
        "note": last.note if last is not None else None,
        "keys": list(found.keys),
        "cosignatures": [
            {"witness": holder, "size": anchor.size, "kept_at": str(anchor.kept_at)}
            for holder, anchor in newest.items()
            if not holder.startswith("tsa/")
        ],
        "time_stamps": [
            {"tsa": holder.removeprefix("tsa/"), "size": anchor.size, "kept_at": str(anchor.kept_at)}
            for holder, anchor in newest.items()
            if holder.startswith("tsa/")
        ],
    }


def _each(rows: Iterable[Row], field: str) -> Iterator[Row]:
    for row in rows:
        for each in row[field]:
            yield {"log": row["log"], **(each if isinstance(each, dict) else {"key": each})}


def _folder(place: Place, signer: str) -> Folder:
    from adapters.held.folder import Folder
    from adapters.held.standing import signer_folder_of

    return Folder(signer_folder_of(place.store, signer))


def _rows(made: Iterable[Signed]) -> list[Row]:
    from base64 import b64encode

    return [
        {
            "log": each.log,
            "origin": each.origin,
            "size": each.size,
            "root": b64encode(each.root).decode(),
            "signed_at": str(each.at),
            "note": each.note,
        }
        for each in made
    ]


def _told(rows: list[Row]) -> tuple[Table | str, ...]:
    if not rows:
        return ("nothing is new since the last checkpoints",)
    return (Table(rows, ("origin", "size", "root", "signed_at")),)
