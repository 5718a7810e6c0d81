"""The Merkle tree: the vectors of RFC 6962's reference log, and every tree of up to 70 leaves."""

from collections.abc import Sequence
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.tree import (
    EMPTY_ROOT,
    Frontier,
    PartialTree,
    Place,
    consistency_proof,
    continues,
    includes,
    inclusion_proof,
    leaf_hash,
    node_hash,
    peaks_of,
    root_at,
    subtrees,
)

# The eight leaves and the roots that RFC 6962 implementations share as their first test.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
COUNT = 70


class Tree:
    """A tree of so many leaves, kept as the store keeps it: each node with the leaf that completes it."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self._kept: dict[Place, bytes] = {}
        frontier = Frontier()
        self.roots = [frontier.root()]
        for index, leaf in enumerate(leaves):
            for level, node in enumerate(frontier.append(leaf_hash(leaf))):
                place = Place(level, index >> level)
                assert place.last_leaf == index
                self._kept[place] = node
            self.roots.append(frontier.root())

    def nodes(self, places: Sequence[Place]) -> list[bytes]:
        return [self._kept[place] for place in places]


MANY = [bytes([number]) * (number % 5) for number in range(COUNT)]
TREE = Tree(MANY)


def by_definition(leaves: Sequence[bytes]) -> bytes:
    """The root as RFC 6962 section 2.1 defines it."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(by_definition(leaves[:split]), by_definition(leaves[split:]))


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots_come_out(size: int) -> None:
    assert Tree(LEAVES).roots[size].hex() == ROOTS[size]


def test_the_published_paths_of_the_reference_log_come_out() -> None:
    tree = Tree(LEAVES)
    path = [step.hex() for step in inclusion_proof(5, 8, tree.nodes)]
    assert path == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    proof = [step.hex() for step in consistency_proof(6, 8, tree.nodes)]
    assert proof == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@pytest.mark.parametrize("size", range(COUNT + 1))
def test_a_tree_of_any_size_has_the_root_of_the_definition(size: int) -> None:
    assert TREE.roots[size] == by_definition(MANY[:size]) == root_at(size, TREE.nodes)


@pytest.mark.parametrize("size", range(1, COUNT + 1))
def test_every_leaf_is_proved_and_no_other(size: int) -> None:
    root = TREE.roots[size]
    for index in range(size):
        path = inclusion_proof(index, size, TREE.nodes)
        leaf = leaf_hash(MANY[index])
        assert includes(index, size, leaf, path, root)
        assert not includes(index, size, leaf_hash(b"another"), path, root)
        assert not includes(index, size, leaf, [*path, root], root)
        assert not includes(index, size, leaf, path[:-1], root) or not path
        assert not includes(index, size, leaf, [*path[:-1], path[-1][:31]] if path else [b""], root)
        assert not includes((index + 1) % size, size, leaf, path, root) or size == 1
        assert not includes(size, size, leaf, path, root)
        assert not includes(-1, size, leaf, path, root)


@pytest.mark.parametrize("new", range(COUNT + 1))
def test_every_tree_is_proved_to_continue_every_smaller_one(new: int) -> None:
    for old in range(new + 1):
        proof = consistency_proof(old, new, TREE.nodes)
        was, now = TREE.roots[old], TREE.roots[new]
        assert continues(old, new, was, now, proof)
        assert not continues(old, new, was, leaf_hash(b"another"), proof) or (old == 0 < new)
        assert not continues(old, new, leaf_hash(b"another"), now, proof)
        assert not continues(old, new, was, now, [*proof, now])
        for place in range(len(proof)):
            assert not continues(old, new, was, now, proof[:place] + proof[place + 1 :])
            broken = [*proof[:place], bytes(32), *proof[place + 1 :]]
            assert not continues(old, new, was, now, broken)
        if new > old:
            assert not continues(new, old, now, was, proof)


@given(st.integers(0, COUNT), st.binary(max_size=40))
def test_a_root_of_the_wrong_length_proves_nothing(size: int, root: bytes) -> None:
    if len(root) != 32:
        assert not continues(size, size, root, root, [])
        assert not includes(0, 1, root, [], root)


@given(st.integers(0, COUNT))
def test_a_frontier_continues_where_its_peaks_say(size: int) -> None:
    frontier = Frontier(size, TREE.nodes(peaks_of(size)))
    for leaf in MANY[size:]:
        frontier.append(leaf_hash(leaf))
    assert frontier.root() == TREE.roots[COUNT]


def test_what_cannot_be_proved_is_no_proof() -> None:
    with pytest.raises(ValueError, match="no leaf 3"):
        inclusion_proof(3, 3, TREE.nodes)
    with pytest.raises(ValueError, match="does not continue"):
        consistency_proof(4, 3, TREE.nodes)
    with pytest.raises(ValueError, match="has 2 peaks"):
        Frontier(3, [EMPTY_ROOT])


@given(bounds=st.lists(st.integers(0, COUNT), min_size=1), here=st.sets(st.integers(0, COUNT - 1)))
def test_a_tree_of_which_some_leaves_are_left_out_has_its_root_at_every_bound(
    bounds: list[int], here: set[int]
) -> None:
    """And at no other size has it another root than the whole tree has."""
    known = PartialTree()
    ends = sorted({0, COUNT, *bounds, *here, *(index + 1 for index in here)})
    for start, end in pairwise(ends):
        places = [Place(0, start)] if start in here else list(subtrees(start, end))
        for place, node in zip(places, TREE.nodes(places), strict=True):
            known.add(place, node)
    assert all(known.root_at(size) == TREE.roots[size] for size in ends)
    assert all(known.root_at(size) in (None, root) for size, root in enumerate(TREE.roots))
    assert known.root_at(COUNT + 1) is None
