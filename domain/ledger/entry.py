"""The line of the ledger that stands for a fact: canonical JSON, stored as written and hashed verbatim.

The line says what the fact is, where it stands and who wrote it when; what it *says*, and the rest of the
command's envelope, it commits to by salted hashes. So both can be withheld from a reader, or erased, and the
line still verifies; and no hash of one of two arms, or of a guessable value, tells anything.

The form of version 1 is for good. Another form would be another `v`, beside it.
"""

from __future__ import annotations

from hashlib import sha256
from json.encoder import encode_basestring_ascii as _quoted
from typing import NamedTuple

from domain.record import CommandRecord

SALT_BYTES = 16
"""128 random bits before what is committed to: a commitment cannot be tried against guesses."""


class FactLine(NamedTuple):
    """What a line says of a fact besides its commitments, as stored: text in the form of the tables."""

    log: str
    position: int
    stream: str
    version: int
    topic: str
    effective_at: str
    protocol_version: str
    command: int
    recorded_at: str
    actor: str
    role: str


def commitment(salt: bytes, stored: bytes) -> str:
    """The salted commitment to stored bytes: SHA-256 over salt and bytes, in hexadecimal."""
    return sha256(salt + stored).hexdigest()


def entry_line(of: FactLine, fact: str, envelope: str) -> str:
    """The line of a fact, its keys in order, ASCII without blanks; `fact` and `envelope` are commitments.

    Only the first fact of a command commits to the envelope; others leave it out (an empty text here). The
    same as `json.dumps` with sorted keys and the narrowest separators.
    """
    opening = f'"envelope":"{envelope}",' if envelope else ""
    return (
        f'{{"actor":{_quoted(of.actor)},"command":{of.command},"effective_at":{_quoted(of.effective_at)},'
        f'{opening}"fact":"{fact}","log":{_quoted(of.log)},"position":{of.position},'
        f'"protocol_version":{_quoted(of.protocol_version)},"recorded_at":"{of.recorded_at}",'
        f'"role":"{of.role}","stream":{_quoted(of.stream)},"topic":{_quoted(of.topic)},'
        f'"v":1,"version":{of.version}}}'
    )


def envelope_line(command: CommandRecord) -> str:
    """The whole envelope of a command as canonical JSON: what the opening entry commits to."""
    by = command.attribution
    return (
        f'{{"actor":{_quoted(by.actor)},"app_version":{_quoted(command.app_version)},'
        f'"authentication":{_quoted(by.authentication)},"causation_id":{_quoted(command.causation_id)},'
        f'"command_id":{_quoted(command.command_id)},"correlation_id":{_quoted(command.correlation_id)},'
        f'"delegation":{_quoted(by.delegation)},"digest":"{command.digest}","first":{command.first},'
        f'"kind":{_quoted(command.kind)},"last":{command.last},"name":{_quoted(by.name)},'
        f'"origin":"{by.origin}","origin_id":{_quoted(by.origin_id)},'
        f'"reason_code":{_quoted(by.reason_code)},"reason_text":{_quoted(by.reason_text)},'
        f'"recorded_at":"{command.recorded_at}","role":"{by.role}","session":{_quoted(by.session)},'
        f'"site":{_quoted(by.site)}}}'
    )
