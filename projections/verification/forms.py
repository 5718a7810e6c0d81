"""The exact forms of what the ledger hashes, as bytes: an entry, and the envelope of a command (SPEC.md).

Each is matched in two ways. Where nothing is escaped and nothing ought to be, as nearly everywhere, a text is
whatever stands between quotation marks, which is found in half the time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

MOST_BYTES = 65535
"""How long an entry can be."""

Match = Callable[[bytes], re.Match[bytes] | None]

_ANY = r'[ !#-\[\]-~]*(?:\\(?:["\\bfnrt]|u[0-9a-f]{4})[ !#-\[\]-~]*)*'
_PLAIN = '[^"]*'
_NEEDS_NO_ESCAPE = bytes({*range(32, 127), 10} - {ord("\\")})
_WORDS = {
    "NUMBER": "(0|[1-9][0-9]{0,17})",
    "HASH": "([0-9a-f]{64})",
    "TIME": r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)",
}

_ENTRY = (
    '{"actor":"(TEXT)","command":NUMBER,"effective_at":"TEXT"(?:,"envelope":"HASH")?,"fact":"HASH",'
    '"log":"(TEXT)","position":NUMBER,"protocol_version":"TEXT",'
    '"recorded_at":"TIME","role":"(TEXT)","stream":"(TEXT)","topic":"(TEXT)",'
    '"v":1,"version":NUMBER}'
)
_ENVELOPE = (
    '{"actor":"(TEXT)","app_version":"TEXT","authentication":"TEXT","causation_id":"TEXT","command_id":"TEXT",'
    '"correlation_id":"TEXT","delegation":"TEXT","digest":"TEXT","first":NUMBER,"kind":"TEXT","last":NUMBER,'
    '"name":"TEXT","origin":"TEXT","origin_id":"TEXT","reason_code":"TEXT","reason_text":"TEXT",'
    '"recorded_at":"(TEXT)","role":"(TEXT)","session":"TEXT","site":"TEXT"}'
)


def _form(line: str, text: str) -> Match:
    for word, form in {"TEXT": text, **_WORDS}.items():
        line = line.replace(word, form)
    return re.compile(line.encode() + rb"\Z").match


_ENTRIES = _form(_ENTRY, _ANY), _form(_ENTRY, _PLAIN)
_ENVELOPES = _form(_ENVELOPE, _ANY), _form(_ENVELOPE, _PLAIN)

ENTRY = _ENTRIES[0]
"""Matches an entry: actor, command, envelope if any, fact, log, position, time, role, stream, topic, and
version.
"""


def is_plain(data: bytes) -> bool:
    """Whether there is nothing in these lines but printable ASCII, without a backslash."""
    return not data.translate(None, _NEEDS_NO_ESCAPE)


def entry_form(lines: bytes) -> Match:
    """What matches the entries in these lines, the same as ENTRY."""
    return _ENTRIES[is_plain(lines)]


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
    found = _ENVELOPES[is_plain(data)](data)
    if found is None:
        return None
    actor, first, last, recorded_at, role = found.groups()
    return Envelope(int(first), int(last), recorded_at, actor, role)
