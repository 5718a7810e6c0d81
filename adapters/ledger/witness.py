"""A witness: a folder, and what it does with a request. It needs no store."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from adapters.app import App
from adapters.held.folder import Folder, Signed
from adapters.keys.ed25519 import WitnessKey, verified
from adapters.ledger.checkpoints import kept
from domain.clinical_time import Instant
from domain.errors import Broken, Invalid, NotFound
from domain.ledger.kept import Anchor
from domain.ledger.note import LOG_KEY, Checkpoint, Key, Note
from domain.ledger.policy import Policy
from domain.ledger.tree import consistency_proof
from domain.ledger.witnessing import Cosigned, Request, admitted

_NAME = re.compile(r"[^\s+]{1,80}\Z")


def create(path: Path, name: str, trusted: Iterable[str]) -> Folder:
    """Make a witness's folder under a name that is its own, as `hospital.example/witness`. Raises Invalid."""
    if not _NAME.match(name):
        raise Invalid("witness.name", f"'{name}' is no name of a key: no blanks and no plus")
    return Folder.create(path, {"witness": name, "trusted": [str(log_key(each)) for each in trusted]})


def log_key(vkey: str) -> Key:
    """A log's public key. Raises Invalid for any other."""
    key = Key.parse(vkey)
    if key.kind != LOG_KEY:
        raise Invalid("witness.key", f"the key '{key.name}' is no log's")
    return key


def trust(folder: Folder, vkeys: Iterable[str]) -> list[str]:
    """Trust keys of logs, as after a rotation, each in the place of those of its log before: all there are,
    the newest last. What else signed the last checkpoint is of no account then.
    """
    given = list(dict.fromkeys(str(log_key(each)) for each in vkeys))
    with folder.locked():
        about = _about(folder)
        about["trusted"] = [*(each for each in about["trusted"] if each not in given), *given]
        folder.tell(about)
        for key in map(Key.parse, given):
            last = _last(folder, key.name)
            if last is not None:
                strangers = last.strangers(_trusted(about, key.name))
                known = (each for each in last.note.signatures if each not in strangers)
                note = last.note._replace(signatures=tuple(known))
                folder.keep(folder.signed()[key.name]._replace(note=str(note)))
        return list(about["trusted"])


def key_of(folder: Folder) -> WitnessKey:
    """The witness's key."""
    return WitnessKey(folder.seeds()[0], _about(folder)["witness"])


def cosign(folder: Folder, text: str, now: Instant) -> Note:
    """The checkpoint of a request under this witness's cosignature. Raises as `admitted` does.

    What is cosigned stands in the folder before the note leaves it. The same request again is the same size,
    and is cosigned again.
    """
    request = Request.parse(text)
    origin = Checkpoint.parse(request.note.text).origin
    with folder.locked():
        trusted = _trusted(_about(folder), origin)
        checkpoint = admitted(request, trusted, _last(folder, origin), verified)
        signature = key_of(folder).cosign(request.note.text, int(now.moment.timestamp()))
        note = Note(request.note.text, (signature,))
        folder.keep(Signed(origin, checkpoint.size, checkpoint.root, (), str(request.note), now))
        return note


def _last(folder: Folder, origin: str) -> Cosigned | None:
    """What was last cosigned of a log."""
    known = folder.signed().get(origin)
    return None if known is None else Cosigned(known.held, Note.parse(known.note))


def _trusted(about: Mapping[str, Any], origin: str) -> list[Key]:
    """The keys of a log that are trusted, the newest last."""
    return [key for key in map(Key.parse, about["trusted"]) if key.name == origin]


def _about(folder: Folder) -> dict[str, Any]:
    about = folder.about()
    if "witness" not in about:
        raise NotFound("witness.none", "there is no witness in this folder", where=str(folder.path))
    return about


# ---------------------------------------------------------------- at the store


def request(app: App, log: str, witness: str, old: int | None = None) -> Request:
    """What to ask a witness: the newest checkpoint, and the proof from the size that it holds.

    That is `old`, or where it is not told the newest size that the store knows it has cosigned. Raises
    NotFound when nothing is signed, Invalid for a size beyond it.
    """
    found = kept(app, log)
    newest = found.checkpoint()
    cosigned = [each.size for each in found.cosignatures if each.holder == witness]
    size = max(cosigned, default=0) if old is None else old
    if not 0 <= size <= newest.size:
        raise Invalid("witness.old", f"the newest checkpoint has {newest.size} entries, not {size}")
    proof = consistency_proof(size, newest.size, partial(app.ledger.nodes, log))
    return Request(size, tuple(proof), Note.parse(newest.note))


def keep_cosignature(app: App, text: str, policy: Policy) -> list[tuple[str, Anchor]]:
    """Keep the cosignatures of a note that witnesses of the policy have made: each with its log.

    Raises Invalid when it is no cosigned checkpoint, NotFound when it is of none of the store's checkpoints,
    Broken when no witness of the policy has cosigned it.
    """
    note = Note.parse(text)
    checkpoint = Checkpoint.parse(note.text)
    for log in app.ledger.logs():
        found = kept(app, log)
        ours = [each for each in found.checkpoints if Note.parse(each.note).text == note.text]
        if not ours:
            continue
        made = []
        for key in policy.witnesses.values():
            signature = note.signed_by(key, verified)
            if signature is not None:
                anchor = Anchor(
                    checkpoint.size, key.name, str(Note(note.text, (signature,))), app.clock.now()
                )
                app.ledger.keep(log, anchor)
                made.append((log, anchor))
        if not made:
            raise Broken(
                "witness.not_cosigned",
                "no witness of the policy has cosigned it",
                where=checkpoint.origin,
                remedy="Name the witness and its key in the policy.",
            )
        return made
    raise NotFound(
        "witness.other_checkpoint",
        f"the store has no such checkpoint of {checkpoint.size} entries",
        where=checkpoint.origin,
    )
