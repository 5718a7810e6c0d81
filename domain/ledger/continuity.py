"""Whether a log continues what somebody knows of it: nothing taken away, nothing changed.

Whoever signs or witnesses keeps their own size and root and asks the store, not the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from domain.errors import Broken
from domain.ledger.kept import StoredLine
from domain.ledger.tree import Frontier, Nodes, Place, leaf_hash, peaks_of, root_at


class Held(NamedTuple):
    """What somebody holds of a log: its size, its root, and where known the complete subtrees under it."""

    origin: str
    size: int
    root: bytes
    peaks: tuple[bytes, ...] = ()


def check_held(held: Held, head: int, nodes: Nodes) -> None:
    """Raise Broken unless a log of `head` entries begins with what is held of it.

    `ledger.shrunk` when entries are missing at its end, `ledger.rewritten` when some are not those held.
    """
    if head < held.size:
        raise Broken(
            "ledger.shrunk",
            f"it was signed at {held.size} entries and has {head} now",
            where=held.origin,
        )
    places = peaks_of(held.size)
    if held.peaks:
        _compare(places, held.peaks, nodes(places), held.origin, "ledger.rewritten", "those that were signed")
    elif held.size and root_at(held.size, nodes) != held.root:
        raise Broken(
            "ledger.rewritten",
            f"its first {held.size} entries are not those that were signed",
            where=held.origin,
        )


def continued(held: Held, log: str, head: int, lines: Iterable[StoredLine], nodes: Nodes) -> Frontier:
    """The tree's growing edge at `head`, from what is held and the lines after it.

    Raises Broken: as `check_held`; `ledger.no_line` when a position has no line of its own; and
    `ledger.tree_differs` when the store's own tree is not the one that its lines make.
    """
    check_held(held, head, nodes)
    edge = Frontier(held.size, held.peaks)
    for position, line in enumerate(lines, start=held.size + 1):
        own = f'"log":"{log}","position":{position},"'
        if line.position != position or own not in line.entry:
            raise Broken("ledger.no_line", f"position {position} has no line of its own", where=held.origin)
        edge.append(leaf_hash(line.entry.encode()))
    if edge.size != head:
        raise Broken("ledger.no_line", f"position {edge.size + 1} is not there", where=held.origin)
    places = peaks_of(head)
    _compare(
        places, edge.peaks, nodes(places), held.origin, "ledger.tree_differs", "those that its lines make"
    )
    return edge


def _compare(
    places: Sequence[Place],
    known: Sequence[bytes],
    stored: Sequence[bytes],
    where: str,
    code: str,
    what: str,
) -> None:
    for place, ours, theirs in zip(places, known, stored, strict=True):
        if ours != theirs:
            first = (place.nth << place.level) + 1
            raise Broken(
                code,
                f"the nodes over positions {first} to {place.last_leaf + 1} are not {what}",
                where=where,
            )
