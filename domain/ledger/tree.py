"""The Merkle tree of RFC 6962: hashes, the growing edge, and the two proofs.

Every complete subtree is final once its last leaf is in. The nodes that a leaf completes are kept with that
leaf, so nothing is ever updated: `Frontier.append` returns them, and `Nodes` gives them back for proofs.
Sources: RFC 6962 section 2.1 (hashes, proofs), RFC 9162 section 2.1.3 to 2.1.5 (their verification).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf: SHA-256 over a zero byte and the entry."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256 over a one byte and both children."""
    return sha256(b"\x01" + left + right).digest()


class Place(NamedTuple):
    """A complete subtree: the leaves from `nth * 2**level` on, `2**level` of them."""

    level: int
    nth: int

    @property
    def last_leaf(self) -> int:
        """The leaf that completes it, and that it is kept with."""
        return ((self.nth + 1) << self.level) - 1


Nodes = Callable[[Sequence[Place]], Sequence[bytes]]
"""The hashes of complete subtrees, in the order asked for."""


class Frontier:
    """The right edge of a growing tree: its size and the roots of its complete subtrees, largest first."""

    __slots__ = ("peaks", "size")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        """Continue a tree of `size` leaves whose peaks are those that `peaks_of` names."""
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(self.peaks)}")

    def append(self, leaf: bytes) -> list[bytes]:
        """Add a leaf's hash. Returns it and the nodes it completes, level by level."""
        completed = [leaf]
        index, peaks = self.size, self.peaks
        while index & 1:
            leaf = sha256(b"\x01" + peaks.pop() + leaf).digest()
            completed.append(leaf)
            index >>= 1
        peaks.append(leaf)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """The tree's root at its present size."""
        return _folded(self.peaks) if self.peaks else EMPTY_ROOT

    def copy(self) -> Frontier:
        """Another frontier at the same place."""
        return Frontier(self.size, self.peaks)


class PartialTree:
    """A tree of which only some leaves and complete subtrees are known, added from left to right."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[Place, bytes] = {}

    def add(self, place: Place, node: bytes) -> None:
        """Add a node, and those above it that it completes."""
        self._known[place] = node
        while place.nth & 1:
            left = self._known.get(Place(place.level, place.nth - 1))
            if left is None:
                return
            node, place = node_hash(left, node), Place(place.level + 1, place.nth >> 1)
            self._known[place] = node

    def root_at(self, size: int) -> bytes | None:
        """The root of the first `size` leaves; None when it does not follow from what is known."""
        known = [self._known.get(place) for place in peaks_of(size)]
        peaks = [node for node in known if node is not None]
        return Frontier(size, peaks).root() if len(peaks) == len(known) else None


def peaks_of(size: int) -> list[Place]:
    """The complete subtrees that make up a tree of `size` leaves, largest first."""
    return list(subtrees(0, size))


def subtrees(start: int, end: int) -> Iterator[Place]:
    """The complete subtrees that make up the leaves from `start` to before `end`: as few as there can be."""
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        yield Place(level, start >> level)
        start += 1 << level


def root_at(size: int, nodes: Nodes) -> bytes:
    """The root of the first `size` leaves."""
    return Frontier(size, nodes(peaks_of(size))).root()


def inclusion_proof(index: int, size: int, nodes: Nodes) -> list[bytes]:
    """The audit path of a leaf in the tree of `size` leaves (RFC 6962 section 2.1.1). Raises ValueError."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    return _hashes(list(_path(index, 0, size)), nodes)


def consistency_proof(old: int, new: int, nodes: Nodes) -> list[bytes]:
    """The proof that the tree of `old` leaves begins the tree of `new` (RFC 6962 section 2.1.2).

    Empty when either tree is empty or both are the same. Raises ValueError when the tree would shrink.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves does not continue one of {old}")
    ranges = list(_subproof(old, 0, new, whole=True)) if 0 < old < new else []
    return _hashes(ranges, nodes)


def includes(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> bool:
    """Whether a path proves the leaf at `index` of the tree of `size` leaves with that root."""
    if not 0 <= index < size or not _are_hashes((leaf, root, *path)):
        return False
    place, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, step)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def continues(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that the tree of `old` leaves begins the tree of `new`."""
    if not 0 <= old <= new or not _are_hashes((old_root, new_root, *proof)):
        return False
    if old in (0, new):
        same = old_root == (EMPTY_ROOT if old == 0 else new_root)
        return same and not proof and (new > 0 or new_root == EMPTY_ROOT)
    # The old root itself is left out of the proof when it is one of the new tree's nodes.
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    was = now = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            was, now = node_hash(step, was), node_hash(step, now)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            now = node_hash(now, step)
        place, last = place >> 1, last >> 1
    return last == 0 and was == old_root and now == new_root


# ---------------------------------------------------------------- ranges of leaves

_Range = tuple[int, int]


def _path(index: int, start: int, end: int) -> Iterator[_Range]:
    if end - start == 1:
        return
    middle = start + _split(end - start)
    if index < middle:
        yield from _path(index, start, middle)
        yield middle, end
    else:
        yield from _path(index, middle, end)
        yield start, middle


def _subproof(old: int, start: int, end: int, *, whole: bool) -> Iterator[_Range]:
    if old == end:
        if not whole:
            yield start, end
        return
    middle = start + _split(end - start)
    if old <= middle:
        yield from _subproof(old, start, middle, whole=whole)
        yield middle, end
    else:
        yield from _subproof(old, middle, end, whole=False)
        yield start, middle


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def _hashes(ranges: Sequence[_Range], nodes: Nodes) -> list[bytes]:
    """The root of each range, all nodes fetched at once."""
    parts = [list(subtrees(start, end)) for start, end in ranges]
    found = iter(nodes([place for places in parts for place in places]))
    return [_folded([next(found) for _ in places]) for places in parts]


def _folded(peaks: Sequence[bytes]) -> bytes:
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def _are_hashes(values: Iterable[bytes]) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
