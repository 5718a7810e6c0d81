"""Signed notes and checkpoints: the texts by which a log's tree is signed and cosigned.

Sources: C2SP signed-note, tlog-checkpoint, tlog-cosignature (v1). Only the texts and the hashes that
name keys are here; signing and verifying are `adapters/keys`.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

from domain.errors import Invalid
from domain.ledger.tree import HASH_BYTES

LOG_KEY = 0x01
"""The kind of a log's Ed25519 key: it signs the note's text."""

WITNESS_KEY = 0x04
"""The kind of a witness's Ed25519 key: it signs a cosignature/v1 message, with a time."""

KEY_BYTES = 32
ID_BYTES = 4
SIGNATURE_BYTES = 64
TIME_BYTES = 8
MOST_SIGNATURES = 100
"""How many signatures a note can have: whoever makes one does not decide how long it takes to read."""

_ORIGIN = re.compile(r"trialog/(_?[A-Za-z0-9][A-Za-z0-9._-]{0,39})(?:/([2-9]|[1-9][0-9]{1,5}))?\Z")
_NAME = re.compile(r"[^\s+]+\Z")
_SIGNATURE = re.compile(r"— (\S+) (\S+)\Z")

Verified = Callable[[bytes, bytes, bytes], bool]
"""Whether an Ed25519 key (32 bytes) made a signature (64 bytes) over a message: key, signature, message."""


class Key(NamedTuple):
    """The public half of a key that signs notes, as printed and filed: `name+id+base64`, a "vkey"."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that name the key in a signature."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:ID_BYTES]

    def __str__(self) -> str:
        public = b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{public}"

    @classmethod
    def parse(cls, text: str) -> Key:
        """The key that a vkey names. Raises Invalid."""
        name, _, rest = text.strip().partition("+")
        given, _, public = rest.partition("+")
        body = _decoded(public)
        if not _NAME.match(name) or body is None or len(body) != 1 + KEY_BYTES:
            raise Invalid("note.key", f"'{text[:80]}' is no key of a signed note")
        key = cls(name, body[0], body[1:])
        if key.kind not in (LOG_KEY, WITNESS_KEY) or given != key.id.hex():
            raise Invalid("note.key", f"the key '{name}' does not fit its own id, or is of an unknown kind")
        return key


class Signature(NamedTuple):
    """One line of a note: who signed, under which key, and the bytes that this kind of key gives."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        return f"— {self.name} {b64encode(self.key_id + self.value).decode()}"

    @property
    def seconds(self) -> int:
        """When a witness cosigned, in seconds since 1970 (UTC)."""
        return int.from_bytes(self.value[:TIME_BYTES], "big")


class Note(NamedTuple):
    """A text, ending in a line break, and the signatures under it."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(f"{signature}\n" for signature in self.signatures)

    @classmethod
    def parse(cls, note: str) -> Note:
        """The note of a text. Raises Invalid."""
        text, blank, lines = note.rpartition("\n\n")
        if not blank or not lines.endswith("\n") or any(ord(each) < 0x20 and each != "\n" for each in note):
            raise Invalid("note.malformed", "this is no signed note")
        signatures = lines[:-1].split("\n")
        if len(signatures) > MOST_SIGNATURES:
            raise Invalid("note.malformed", f"a note has at most {MOST_SIGNATURES} signatures")
        return cls(text + "\n", tuple(map(_signature, signatures)))

    def is_named(self, key: Key) -> bool:
        """Whether a signature under the note, right or not, says that the key made it."""
        return any((each.name, each.key_id) == (key.name, key.id) for each in self.signatures)

    def signed_by(self, key: Key, verified: Verified) -> Signature | None:
        """The signature of a key over this note, if there is one and it is right."""
        for signature in self.signatures:
            if (signature.name, signature.key_id) != (key.name, key.id):
                continue
            made, message = signature.value, self.text.encode()
            if key.kind == WITNESS_KEY:
                made, message = made[TIME_BYTES:], cosignature_message(self.text, signature.seconds)
            return signature if len(made) == SIGNATURE_BYTES and verified(key.public, made, message) else None
        return None


def cosignature_message(text: str, seconds: int) -> bytes:
    """What a witness signs: the checkpoint's text under the time at which it was seen."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


class Checkpoint(NamedTuple):
    """The head of a log: its origin, how many entries it has, and the root of the tree over them."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """The checkpoint that a note's text tells. Raises Invalid: extension lines are none of ours."""
        lines = text.split("\n")
        if len(lines) == 4 and lines[0] and not lines[3] and re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]):
            root = _decoded(lines[2])
            if root is not None and len(root) == HASH_BYTES:
                return cls(lines[0], int(lines[1]), root)
        raise Invalid("note.checkpoint", "this is no checkpoint")


def origin_of(log: str, incarnation: int = 1) -> str:
    """The name under which a log is signed: `trialog/NCT01234567`, and `…/2` once it was declared anew.

    The system log is `trialog/_system`: no trial id begins with `_`, so none can be signed under its name.
    """
    name = f"trialog/{log}"
    return name if incarnation == 1 else f"{name}/{incarnation}"


def log_of(origin: str) -> tuple[str, int]:
    """The log that is signed under a name, and which incarnation of it. Raises Invalid."""
    found = _ORIGIN.match(origin)
    if found is None:
        raise Invalid("note.origin", f"'{origin}' is no name of a log of Trialog")
    return found[1], int(found[2] or 1)


def _signature(line: str) -> Signature:
    found = _SIGNATURE.match(line)
    body = _decoded(found[2]) if found else None
    if found is None or body is None or len(body) <= ID_BYTES or not _NAME.match(found[1]):
        raise Invalid("note.malformed", "a signature line of the note cannot be read")
    return Signature(found[1], body[:ID_BYTES], body[ID_BYTES:])


def _decoded(text: str) -> bytes | None:
    """Canonical base64 only: one text for one value."""
    try:
        body = b64decode(text, validate=True)
    except (Error, ValueError):
        return None
    return body if b64encode(body).decode() == text else None
