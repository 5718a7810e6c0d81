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

    `ledger.rewritten` when some are not those held, as far as can be told; else `ledger.shrunk` when entries
    are missing at its end.
    """
    check_not_rewritten(held, head, nodes)
    if head < held.size:
        raise Broken(
            "ledger.shrunk",
            f"it was signed at {held.size} entries and has {head} now",
            where=held.origin,
        )


def check_not_rewritten(held: Held, head: int, nodes: Nodes) -> None:
    """Raise Broken `ledger.rewritten` where entries of a log of `head` entries are not those held: of one
    that ends before, as far as the complete subtrees of what is held tell.
    """
    places = peaks_of(held.size)
    if held.peaks:
        here = [
            (place, peak) for place, peak in zip(places, held.peaks, strict=True) if place.last_leaf < head
        ]
        within = [place for place, _ in here]
        peaks = [peak for _, peak in here]
        _compare(within, peaks, nodes(within), held.origin, "ledger.rewritten", "those that were signed")
    elif 0 < held.size <= head and root_at(held.size, nodes) != held.root:
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
