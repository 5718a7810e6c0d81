"""What a witness is asked and what it answers: C2SP tlog-witness, by file or e-mail as well as by HTTP.

A witness holds, for each log, the newest checkpoint that it cosigned. It cosigns another only when the log's
own key has signed it, the newest that the witness was told of, and a proof shows that it continues that one.
It needs no entry, and no store.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterable
from typing import NamedTuple

from domain.errors import Broken, Conflict, Denied, Invalid, NotFound
from domain.ledger.continuity import Held
from domain.ledger.note import Checkpoint, Key, Note, Signature, Verified
from domain.ledger.tree import EMPTY_ROOT, HASH_BYTES, continues

PROOF_LINES = 63
"""The longest proof that a request may hold."""

_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})\Z")


class Request(NamedTuple):
    """The body of `add-checkpoint`: the size that the witness holds, the proof from there, the checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: Note

    def __str__(self) -> str:
        proof = "".join(f"{b64encode(each).decode()}\n" for each in self.proof)
        return f"old {self.old}\n{proof}\n{self.note}"

    @classmethod
    def parse(cls, text: str) -> Request:
        """The request of a text. Raises Invalid `witness.malformed` (as a witness answers 400)."""
        head, blank, note = text.partition("\n\n")
        old, *proof = head.split("\n")
        size = _OLD.match(old)
        if not blank or size is None or len(proof) > PROOF_LINES:
            raise Invalid("witness.malformed", "this is no request to a witness")
        return cls(int(size[1]), tuple(map(_hash, proof)), Note.parse(note))


class Cosigned(NamedTuple):
    """What a witness last cosigned of a log: what it holds of the tree, and the note as the log signed it."""

    held: Held
    note: Note

    def strangers(self, keys: Iterable[Key]) -> list[Signature]:
        """The signatures under the log's own name by none of these keys, as when its key was changed."""
        known = {key.id for key in keys}
        return [
            each
            for each in self.note.signatures
            if each.name == self.held.origin and each.key_id not in known
        ]


def admitted(
    request: Request, trusted: Iterable[Key], last: Cosigned | None, verified: Verified
) -> Checkpoint:
    """The checkpoint that a witness may cosign, having cosigned that `last`. Of the keys that it trusts of a
    log, each takes the place of those before it.

    Raises NotFound when the log is unknown (404), Denied when its key has not signed, or only one that was
    changed for another since (403), Invalid when the request contradicts itself (400), Conflict when the
    witness holds another size or, at the same size, another root (409), and Broken when the log does not
    continue what the witness holds (422).
    """
    checkpoint = Checkpoint.parse(request.note.text)
    origin, size = checkpoint.origin, checkpoint.size
    keys = [key for key in trusted if key.name == origin]
    trust = "Compare its key with the paper in the trial master file, then 'trialog witness trust'."
    if not keys:
        raise NotFound(
            "witness.unknown_log", "this witness knows no key of the log", where=origin, remedy=trust
        )
    signers = [key for key in keys if request.note.signed_by(key, verified)]
    if not signers:
        raise Denied(
            "witness.unsigned", "no key that this witness knows has signed it", where=origin, remedy=trust
        )
    if keys[-1] not in signers:
        raise Denied(
            "witness.old_key",
            f"the log changed to the key {keys[-1]}, and that has not signed it: an older one has",
            where=origin,
            remedy="Do not cosign. Ask the site who still signs with the old key, and keep this file as"
            " evidence.",
        )
    if last is not None and last.strangers(keys):
        raise Denied(
            "witness.key_changed",
            "a key that this witness does not know signed the last checkpoint beside the one that it knows",
            where=origin,
            remedy=trust,
        )
    held = last.held if last is not None else None
    if request.old > size:
        raise Invalid("witness.malformed", f"a log of {size} entries does not follow one of {request.old}")
    known = held.size if held is not None else 0
    if size < known:
        raise Conflict(
            "witness.shrunk",
            f"the log had {known} entries when this witness last cosigned it, and is shown with {size}",
            where=origin,
            remedy="Do not cosign. Ask the site why entries are missing, and keep this file as evidence.",
        )
    if request.old != known:
        raise Conflict(
            "witness.other_size",
            f"this witness holds {known} entries and the proof begins at {request.old}",
            where=origin,
            remedy=f"Ask again with --old {known}.",
        )
    if held is not None and size == known and checkpoint.root != held.root:
        raise Conflict(
            "witness.forked",
            f"this witness holds another root of the same {size} entries",
            where=origin,
            remedy="Do not cosign: two histories are signed. Keep both notes as evidence.",
        )
    root = held.root if held is not None else EMPTY_ROOT
    if not continues(known, size, root, checkpoint.root, request.proof):
        raise Broken(
            "witness.inconsistent",
            f"the {size} entries do not continue the {known} that this witness holds",
            where=origin,
            remedy="Do not cosign. Ask the site what happened, and keep this file as evidence.",
        )
    return checkpoint


def _hash(line: str) -> bytes:
    try:
        value = b64decode(line, validate=True)
    except (Error, ValueError):
        value = b""
    if len(value) != HASH_BYTES or b64encode(value).decode() != line:
        raise Invalid("witness.malformed", "a line of the proof is no hash")
    return value
