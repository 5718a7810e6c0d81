"""A part of a log as a dishonest maker cuts it: of the whole log, with the entries shown that suit them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from adapters.zipped import unzipped
from domain.ledger.tree import Place, leaf_hash, node_hash, root_at, subtrees
from tests.verification.shipped import resealed


class Parting:
    """The part of one log in a bundle, opened to be cut anew; `whole` is a bundle with all of that log.

    `lines` are those of the entries that are shown, by position. Subtrees are put between them such that the
    root can be made at every size at which it could be, but for those above a `size` that is cut to.
    """

    def __init__(self, part: bytes, whole: bytes) -> None:
        self.files = dict(unzipped(part).files)
        every = unzipped(whole).files["trial/ledger.txt"].splitlines()
        self._leaves = [leaf_hash(line.split(b"\t")[1]) for line in every]
        shown = self.files["trial/ledger.txt"].splitlines()
        self.lines = {_position(line): line for line in shown if line.count(b"\t") == 3}
        self.size = len(every)

    def of(self, stream: str) -> list[int]:
        """Where the facts of a stream stand that are shown."""
        named = f'"stream":"{stream}"'.encode()
        return [position for position, line in self.lines.items() if named in line]

    def hide(self, *positions: int) -> Parting:
        """Fold entries into subtrees."""
        self.lines = {each: line for each, line in self.lines.items() if each not in positions}
        return self

    def without_system(self) -> Parting:
        """Leave out the system log's word."""
        self.files = {name: data for name, data in self.files.items() if not name.startswith("system/")}
        manifest = self.files["manifest.txt"]
        self.files["manifest.txt"] = re.sub(rb"\nsystem .*", b"", manifest)
        return self

    def without_checkpoints(self, *, above: int) -> Parting:
        """Leave out checkpoints above a size."""
        self.files = {name: data for name, data in self.files.items() if not _size(name) > above}
        return self

    def sealed(self) -> bytes:
        """The bundle, with everything made to fit."""
        claimed = re.findall(rb'"size":(\d+)', self.files.get("system/ledger.txt", b""))
        sizes = {*map(_size, self.files), *map(int, claimed), self.size}
        self.files["trial/ledger.txt"] = b"".join(line + b"\n" for line in self._lines(sizes))
        root = root_at(self.size, lambda places: [self._node(place) for place in places]).hex()
        told = rf"\ntrial \1 {self.size} {root}".encode()
        manifest = re.sub(rb"\ntrial (\S+) .*", told, self.files["manifest.txt"])
        return resealed({**self.files, "manifest.txt": manifest})

    def _lines(self, sizes: Iterable[int]) -> Iterable[bytes]:
        ends = {each for each in sizes if 0 <= each <= self.size}
        ends |= {place for each in self.lines for place in (each - 1, each)} | {0}
        for start, end in pairwise(sorted(ends)):
            if end in self.lines and end == start + 1:
                yield self.lines[end]
                continue
            for place in subtrees(start, end):
                yield f"{self._node(place).hex()}\t{place.level}".encode()

    def _node(self, place: Place) -> bytes:
        if not place.level:
            return self._leaves[place.nth]
        below = (Place(place.level - 1, nth) for nth in (place.nth * 2, place.nth * 2 + 1))
        return node_hash(*map(self._node, below))


def _position(line: bytes) -> int:
    found = re.search(rb'"position":(\d+),', line)
    assert found is not None
    return int(found[1])


def _size(name: str) -> int:
    """Of how many entries of the trial's log a file speaks; 0 where it is no checkpoint."""
    return int(name[18:30]) if name.startswith("trial/checkpoints/") else 0
