"""What a signature or a verification covers, as one hash: over the ledger's hashes of exactly those facts.

A line of the ledger commits to its fact by a salted hash, so the hash is the same for every reader, masked or
not, and after a redaction. It names trial, participant and record: moved to another record it fits nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from domain.ledger.tree import leaf_hash


def covered(trial: str, participant: str, record: str, lines: Iterable[tuple[int, str]]) -> str:
    """The hash over the covered facts, each by its position and its line of the ledger, in order.

    SHA-256 over one line of text for the record, and one for each fact: its position and the RFC 6962 hash
    of its leaf.
    """
    leaves = ((position, leaf_hash(line.encode())) for position, line in lines)
    return covered_leaves(trial, participant, record, leaves)


def covered_leaves(trial: str, participant: str, record: str, leaves: Iterable[tuple[int, bytes]]) -> str:
    """The same from the hashes of the leaves."""
    told = [f"trialog/covered/v1 {trial} {participant} {record}"]
    told += [f"{position} {leaf.hex()}" for position, leaf in leaves]
    return sha256("".join(f"{each}\n" for each in told).encode()).hexdigest()
