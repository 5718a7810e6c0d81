"""The lines of a log in a bundle, each of one exact form (SPEC.md): an entry after its hash and with what it
commits to, or the hash of a subtree of whose entries none is here. What is hashed stands in them as it is.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

from domain.errors import Invalid
from domain.ledger.tree import Place

MOST_BYTES = 65535
"""How long an entry can be."""

UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError, Invalid)
"""What something raises that is not in its form."""

_WORDS = {
    "GIVEN": r"([0-9a-f]{32} [^\t]*|withheld (?:masked|scope|genetic|redacted NUMBER))",
    "TEXT": r'[ !#-\[\]-~]*(?:\\(?:["\\bfnrt]|u[0-9a-f]{4})[ !#-\[\]-~]*)*',
    "NUMBER": "(?:0|[1-9][0-9]{0,17})",
    "HASH": "([0-9a-f]{64})",
    "TIME": r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z)",
}

OUT_OF_SCOPE = frozenset({"scope"})
"""The ground that nothing of a part's own is withheld on."""

MASKED_OR_OUT_OF_SCOPE = frozenset({"masked", "scope"})
"""The grounds that no envelope is withheld on."""

GROUNDS = frozenset({"masked", "scope", "genetic", "redacted"})
"""All there are: no fact that a verifier reads is withheld on any, since it could speak against the log."""


def _form(line: str) -> re.Pattern[bytes]:
    for word, form in _WORDS.items():
        line = line.replace(word, form)
    return re.compile(line.encode() + rb"\Z")


LINE = _form(
    '([^\t]*)\t({"actor":"(TEXT)","command":(NUMBER),"effective_at":"TEXT"(?:,"envelope":"(?P<opens>[0-9a-f]{64})")?,"fact":"HASH",'
    '"log":"(TEXT)","position":(NUMBER),"protocol_version":"(TEXT)",'
    '"recorded_at":"TIME","role":"(TEXT)","stream":"(TEXT)","topic":"(TEXT)",'
    '"v":1,"version":(NUMBER)})\tGIVEN\t(?(opens)GIVEN)'
)
"""Matches an entry's line: its hash, the entry, of it actor, command, envelope if any, fact, log, position,
protocol version, time, role, stream, topic and version; what is given of the fact (`salted`), and of the
envelope if any.
"""
WITHHELD = b"withheld "
"""How what is given begins where it is withheld; a ground follows."""
_SUBTREE = _form("HASH\t([1-5]?[0-9])")
_ENVELOPE = _form(
    '{"actor":"(TEXT)","app_version":"TEXT","authentication":"TEXT","causation_id":"TEXT","command_id":"TEXT",'
    '"correlation_id":"TEXT","delegation":"TEXT","digest":"TEXT","first":(NUMBER),"kind":"TEXT",'
    '"last":(NUMBER),"name":"TEXT","origin":"TEXT","origin_id":"TEXT","reason_code":"TEXT",'
    '"reason_text":"TEXT","recorded_at":"(TEXT)","role":"(TEXT)","session":"TEXT","site":"TEXT"}'
)


class Given(NamedTuple):
    """What an entry commits to and what is given of it: salt and bytes, or on which ground they are withheld.

    All are None for the envelope of an entry that has none.
    """

    committed: str | None
    salt: bytes | None
    data: bytes | None
    ground: str | None


class Line(NamedTuple):
    """What matters of an entry's line. Texts are as they are written in the entry, escapes and all.

    `under` is the version of the protocol that was in force.
    """

    leaf: bytes
    entry: bytes
    position: int
    version: int
    command: int
    recorded_at: str
    actor: str
    role: str
    log: str
    under: str
    stream: str
    topic: str
    fact: Given
    envelope: Given


class Subtree(NamedTuple):
    """A complete subtree over entries that are not here."""

    level: int
    node: bytes

    def after(self, count: int) -> Place | None:
        """Where it stands after so many entries; None where no subtree of its size begins."""
        nth, odd = divmod(count, 1 << self.level)
        return None if odd else Place(self.level, nth)


def line_of(data: bytes) -> Line | Subtree | None:
    """What a line holds; None for one in another form."""
    subtree = _SUBTREE.match(data)
    if subtree is not None:
        return Subtree(int(subtree[2]), bytes.fromhex(subtree[1].decode()))
    found = LINE.match(data)
    if found is None or len(found[2]) > MOST_BYTES:
        return None
    texts = ("" if each is None else each.decode() for each in found.groups()[2:14])
    actor, command, envelope, fact, log, position, under, at, role, stream, topic, version = texts
    places = int(position), int(version), int(command)
    names = at, actor, role, log, under, stream, topic
    given = found.groups()
    commits = _given(fact, given[14]), _given(envelope or None, given[15])
    return Line(found[1], found[2], *places, *names, *commits)


def salted(given: bytes) -> bytes:
    """Salt and bytes of what is given and not withheld."""
    return unhexlify(given[:32]) + given[33:]


def _given(committed: str | None, given: bytes | None) -> Given:
    if given is None:
        return Given(committed, None, None, None)
    if given.startswith(WITHHELD):
        return Given(committed, None, None, given[len(WITHHELD) :].decode())
    return Given(committed, bytes.fromhex(given[:32].decode()), given[33:], None)


class Envelope(NamedTuple):
    """What an envelope tells of its command: the positions of its first and last fact, and as written in the
    command's entries who wrote it when.
    """

    first: int
    last: int
    recorded_at: bytes
    actor: bytes
    role: bytes


def envelope_of(data: bytes) -> Envelope | None:
    """The envelope in its stored bytes; None when it is not in its form."""
    found = _ENVELOPE.match(data)
    if found is None:
        return None
    actor, first, last, recorded_at, role = found.groups()
    return Envelope(int(first), int(last), recorded_at, actor, role)


def lines_of(data: bytes) -> Iterator[bytes]:
    """The lines of a file without their line breaks; a last one that has none as an empty line."""
    for line in BytesIO(data):
        yield line[:-1] if line.endswith(b"\n") else b""
