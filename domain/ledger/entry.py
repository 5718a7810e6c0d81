"""The line of the ledger that stands for a fact: canonical JSON, stored as written and hashed verbatim.

The line says what the fact is, where it stands and who wrote it when; what it *says*, and the rest of the
command's envelope, it commits to by salted hashes. So both can be withheld from a reader, or erased, and the
line still verifies; and no hash of one of two arms, or of a guessable value, tells anything.

The form of version 1 is for good. Another form would be another `v`, beside it.
"""

from __future__ import annotations

from hashlib import sha256
from json.encoder import encode_basestring_ascii

SALT_BYTES = 16
"""128 random bits before what is committed to: a commitment cannot be tried against guesses."""


class _Quoted(dict[str, str]):
    """Texts as JSON, ASCII only. The same few streams, topics and people come again and again."""

    def __missing__(self, text: str) -> str:
        if len(self) >= 8192:
            self.clear()
        self[text] = quoted = encode_basestring_ascii(text)
        return quoted


_QUOTED = _Quoted()


def commitment(salt: bytes, stored: bytes) -> str:
    """The salted commitment to stored bytes: SHA-256 over salt and bytes, in hexadecimal."""
    return sha256(salt + stored).hexdigest()


class CommandLines:
    """The lines of one command's facts: what they all say is put into words once."""

    __slots__ = ("_before_place", "_before_stream", "_opening")

    def __init__(self, log: str, first: int, recorded_at: str, actor: str, role: str) -> None:
        """`first` is the position of the command's first fact."""
        self._opening = f'{{"actor":{_QUOTED[actor]},"command":{first},"effective_at":'
        self._before_place = f'","log":{_QUOTED[log]},"position":'
        self._before_stream = f',"recorded_at":"{recorded_at}","role":"{role}","stream":'

    def line(
        self,
        position: int,
        stream: str,
        version: int,
        topic: str,
        effective_at: str,
        protocol_version: str,
        fact: str,
        envelope: str,
    ) -> str:
        """The line of a fact, its keys in order, ASCII without blanks; `fact` and `envelope` are commitments.

        Only the first fact of a command commits to the envelope; others leave it out (an empty text here).
        The same as `json.dumps` with sorted keys and the narrowest separators.
        """
        quoted = _QUOTED
        opened = f',"envelope":"{envelope}","fact":"' if envelope else ',"fact":"'
        return (
            f"{self._opening}{quoted[effective_at]}{opened}{fact}{self._before_place}{position}"
            f',"protocol_version":{quoted[protocol_version]}{self._before_stream}{quoted[stream]}'
            f',"topic":{quoted[topic]},"v":1,"version":{version}}}'
        )


def envelope_line(
    first: int,
    last: int,
    command_id: str,
    kind: str,
    digest: str,
    recorded_at: str,
    actor: str,
    name: str,
    role: str,
    site: str,
    delegation: str,
    reason_code: str,
    reason_text: str,
    origin: str,
    origin_id: str,
    session: str,
    authentication: str,
    correlation_id: str,
    causation_id: str,
    app_version: str,
) -> str:
    """The whole envelope of a command, from its row of the journal, as canonical JSON: what the opening line
    commits to.
    """
    quoted, once = _QUOTED, encode_basestring_ascii
    return (
        f'{{"actor":{quoted[actor]},"app_version":{quoted[app_version]},'
        f'"authentication":{quoted[authentication]},"causation_id":{once(causation_id)},'
        f'"command_id":{once(command_id)},"correlation_id":{once(correlation_id)},'
        f'"delegation":{quoted[delegation]},"digest":"{digest}","first":{first},'
        f'"kind":{quoted[kind]},"last":{last},"name":{quoted[name]},'
        f'"origin":"{origin}","origin_id":{quoted[origin_id]},'
        f'"reason_code":{quoted[reason_code]},"reason_text":{quoted[reason_text]},'
        f'"recorded_at":"{recorded_at}","role":"{role}","session":{quoted[session]},'
        f'"site":{quoted[site]}}}'
    )
