"""What is kept of the ledger: a fact as stored with its line, and what others have signed of the tree."""

from __future__ import annotations

from typing import NamedTuple

from domain.clinical_time import Instant


class StoredLine(NamedTuple):
    """A fact as it is stored, and its line of the ledger: the entry, its salts and the nodes it completes.

    `salts` is the salt of the fact's commitment, followed on the line that opens a command by the salt of the
    envelope's.
    """

    position: int
    stream: str
    version: int
    topic: str
    effective_at: str
    protocol_version: str
    command: int
    data: bytes
    entry: str
    salts: bytes
    nodes: bytes


class JournalLine(NamedTuple):
    """A command as its row of the journal: the whole envelope, every part as stored."""

    first: int
    last: int
    command_id: str
    kind: str
    digest: str
    recorded_at: str
    actor: str
    name: str
    role: str
    site: str
    delegation: str
    reason_code: str
    reason_text: str
    origin: str
    origin_id: str
    session: str
    authentication: str
    correlation_id: str
    causation_id: str
    app_version: str


class Anchor(NamedTuple):
    """Somebody's word on the tree at a size.

    `holder` is the name of the key for a signer's checkpoint or a witness's cosignature (the note holds the
    checkpoint and that one signature), and `tsa/<name>` for a time stamp (base64 of the RFC 3161 token).
    """

    size: int
    holder: str
    note: str
    kept_at: Instant
