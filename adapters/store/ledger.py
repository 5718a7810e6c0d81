"""The ledger's lines, made as the facts go in: each with its commitments and the nodes it completes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adapters.store.connections import Link, Row
from adapters.store.statements import Statements
from domain.errors import Broken
from domain.ledger.entry import SALT_BYTES, CommandLines, commitment, envelope_line
from domain.ledger.tree import HASH_BYTES, Frontier, Place, leaf_hash, peaks_of

Entropy = Callable[[int], bytes]
"""A source of random bytes."""


def nodes_of(link: Link, statements: Statements, trial: str, places: Sequence[Place]) -> list[bytes]:
    """The stored hashes of complete subtrees, in the order asked for. Raises Broken when one is not there."""
    if not places:
        return []
    positions = sorted({place.last_leaf + 1 for place in places})
    rows = link.fetch(statements.nodes(len(positions)), (trial, *positions))
    stored: dict[int, bytes] = dict(rows)
    found = []
    for place in places:
        nodes = stored.get(place.last_leaf + 1, b"")
        start = place.level * HASH_BYTES
        if len(nodes) < start + HASH_BYTES:
            raise Broken(
                "ledger.no_node",
                f"the tree lacks the node {place.nth} of level {place.level}",
                where=f"{trial} at position {place.last_leaf + 1}",
            )
        found.append(bytes(nodes[start : start + HASH_BYTES]))
    return found


def frontier_of(link: Link, statements: Statements, trial: str, size: int) -> Frontier:
    """The tree's growing edge after `size` facts, from the stored nodes. Raises Broken."""
    return Frontier(size, nodes_of(link, statements, trial, peaks_of(size)))


def with_lines(frontier: Frontier, command: Row, facts: Sequence[Row], entropy: Entropy) -> list[Row]:
    """The rows of a command's facts, each with its line of the ledger; moves the frontier on."""
    trial, first, _, _, _, _, recorded_at, actor, _, role, *_ = command
    lines = CommandLines(trial, first, recorded_at, actor, role)
    drawn = entropy(SALT_BYTES * (len(facts) + 1))
    rows = []
    for number, fact in enumerate(facts, start=1):
        _, position, stream, version, topic, data, effective_at, protocol_version, _ = fact
        salts = drawn[SALT_BYTES * number : SALT_BYTES * (number + 1)]
        envelope = ""
        committed = commitment(salts, data)
        if number == 1:
            envelope = commitment(drawn[:SALT_BYTES], envelope_line(*command[1:]).encode())
            salts += drawn[:SALT_BYTES]
        line = lines.line(
            position, stream, version, topic, effective_at, protocol_version, committed, envelope
        )
        nodes = b"".join(frontier.append(leaf_hash(line.encode())))
        rows.append((*fact, line, salts, nodes))
    return rows
