"""What a log's own facts say that its verification must know: checkpoints and keys of other logs, that a log
was declared anew, that something was redacted. Read from the stored bytes, as any other verifier reads them.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from domain.errors import Invalid
from domain.ledger.note import LOG_KEY, Key
from domain.ledger.policy import Policy
from domain.ledger.tree import HASH_BYTES
from projections.verification.said import said_in

CHECKPOINT_SIGNED = "log.checkpoint_signed.v1"
KEY_REGISTERED = "log.key_registered.v1"
KEY_ROTATED = "log.key_rotated.v1"
RENEWED = "log.renewed.v1"
INCARNATION_DECLARED = "log.incarnation_declared.v1"
REDACTED = "redaction.made.v1"
CUT_NAMED = "trial.data_cut_named.v1"
COVERING = ("record.signed.v1", "record.verified.v1")
PROTOCOLS = ("trial.protocol_adopted.v1", "trial.protocol_amended.v1")
TOPICS = frozenset(
    (
        CHECKPOINT_SIGNED,
        KEY_REGISTERED,
        KEY_ROTATED,
        RENEWED,
        INCARNATION_DECLARED,
        REDACTED,
        CUT_NAMED,
        *PROTOCOLS,
        *COVERING,
    )
)


class Claim(NamedTuple):
    """The system log's word on another log: so many entries, with this root. At a position of its own."""

    position: int
    log: str
    origin: str
    size: int
    root: bytes


class Covering(NamedTuple):
    """What a signature or a verification says that it covers: a record or field, up to a position, so many
    facts, and the hash over them (`domain.ledger.covered`).
    """

    record: str
    covers: int
    facts: int
    content: str


class Life(NamedTuple):
    """A log under one of its names: to the entry `upto` (None: to its end), and the positions of which it was
    declared that what was signed of them under this name is lost.
    """

    origin: str
    upto: int | None = None
    lost: range = range(0)
    declared: int = 0
    """The position of the fact that gave the log this name; 0 for its first."""


def holding(lives: list[Life], origin: str, size: int) -> str | None:
    """What is wrong with a checkpoint of that name and size, an empty text if it should hold; None when it is
    declared lost.
    """
    life = next((each for each in lives if each.origin == origin), None)
    if life is None:
        return f"the log was never named {origin}"
    if size in life.lost:
        return None
    if life.upto is not None and size > life.upto:
        return f"{origin} ended at {life.upto}, and no entry after it was declared lost"
    return ""


class Rotation(NamedTuple):
    """A change of key as the log itself tells it: what goes beyond this position is signed by `new`."""

    position: int
    origin: str
    old: Key
    new: Key


class Rotations(NamedTuple):
    """The changes of a log's keys, the first first: by which key a checkpoint of a size is to be signed."""

    rotations: tuple[Rotation, ...] = ()

    def due(self, origin: str, size: int) -> Key | None:
        """The key without whose signature nothing of that size counts: the newest of that name by then."""
        past = [each for each in self.rotations if each.origin == origin and each.position <= size]
        return past[-1].new if past else None

    def over(self, policy: Policy, origin: str, size: int, signed_to: int) -> Policy:
        """The policy for something of that size: the key that was changed next counts too, where a checkpoint
        that counts covers the log's word on that.
        """
        later = (each for each in self.rotations if each.origin == origin and each.position > size)
        rotation = next(later, None)
        if rotation is None or rotation.position > signed_to or rotation.old in policy.logs:
            return policy
        return policy._replace(logs=(*policy.logs, rotation.old))


UNROTATED = Rotations()
"""No key was changed, or nothing is known of it."""


@dataclass(slots=True)
class Word:
    """What the facts of one log say. By position: which fact or envelope was redacted, the documents of
    protocols and their versions, and of data cuts the position that was named and the root there in
    hexadecimal.
    """

    claims: list[Claim] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    rotated: list[Rotation] = field(default_factory=list)
    redactions: dict[int, tuple[int, str]] = field(default_factory=dict)
    protocols: dict[int, str] = field(default_factory=dict)
    versions: dict[int, str] = field(default_factory=dict)
    cuts: dict[int, tuple[int, str]] = field(default_factory=dict)
    renewals: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Of the system log: the position, the log renewed and the note that tells its renewal."""

    covering: dict[int, Covering] = field(default_factory=dict)

    _anew: list[tuple[int, str, int, range]] = field(default_factory=list)

    def take(self, position: int, topic: str, data: bytes) -> bool:
        """Learn from one fact; False when it cannot be read."""
        try:
            self._take(position, topic, said_in(data))
        except (ValueError, KeyError, TypeError, RecursionError, Error, Invalid):
            return False
        return True

    def _take(self, position: int, topic: str, said: Mapping[str, Any]) -> None:
        if topic == CHECKPOINT_SIGNED:
            root = _root(_text(said, "root"))
            claim = Claim(position, _text(said, "log"), _text(said, "origin"), _whole(said, "size"), root)
            self.claims.append(claim)
        elif topic == KEY_REGISTERED:
            self.keys.append(Key.parse(_text(said, "vkey")))
        elif topic == KEY_ROTATED:
            rotation = Rotation(position, _text(said, "origin"), _log_key(said, "old"), _log_key(said, "new"))
            self.rotated.append(rotation)
        elif topic == INCARNATION_DECLARED:
            first, last = _whole(said, "lost_from"), _whole(said, "lost_to")
            lost = range(first, last + 1) if first else range(0)
            self._anew.append((position, _text(said, "origin"), _whole(said, "restored"), lost))
        elif topic == REDACTED:
            self.redactions[position] = _whole(said, "position"), _text(said, "part")
        elif topic == RENEWED:
            self.renewals[position] = _text(said, "log"), _text(said, "note")
        elif topic == CUT_NAMED:
            named, there = _whole(said, "position"), _text({"root": "", **said}, "root")
            if there:
                self.cuts[position] = named, there
        elif topic in COVERING:
            whole = _whole(said, "covers"), _whole(said, "facts")
            self.covering[position] = Covering(_text(said, "record"), *whole, _text(said, "content"))
        elif topic in PROTOCOLS:
            self.versions[position], self.protocols[position] = (
                _text(said, "version"),
                _text(said, "document"),
            )

    def lives(self, origin: str) -> list[Life]:
        """The names the log has had, `origin` the first."""
        found = [Life(origin)]
        for position, name, restored, lost in self._anew:
            found[-1] = found[-1]._replace(upto=restored, lost=lost)
            found.append(Life(name, declared=position))
        return found

    @property
    def rotations(self) -> Rotations:
        """The changes of the log's keys."""
        return Rotations(tuple(self.rotated))


def _root(text: str) -> bytes:
    root = b64decode(text, validate=True)
    if len(root) != HASH_BYTES or b64encode(root).decode() != text:
        raise ValueError(text)
    return root


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said[name]
    if not isinstance(value, str):
        raise TypeError(name)
    value.encode()  # JSON can say half a character, which is no text. Raises UnicodeEncodeError.
    return value


def _log_key(said: Mapping[str, Any], name: str) -> Key:
    key = Key.parse(_text(said, name))
    if key.kind != LOG_KEY:
        raise ValueError(name)
    return key


def _whole(said: Mapping[str, Any], name: str) -> int:
    value = said[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(name)
    return value
