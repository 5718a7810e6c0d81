"""The records of a bundle: lines of one exact form each, and files of them in order of place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Generic, NamedTuple, TypeVar

from domain.errors import Invalid

Told = Callable[[int, str], None]
"""Hears what is wrong with a file of records: at which place, and what."""

UNREADABLE = (ValueError, KeyError, TypeError, RecursionError, Invalid)
HASH = re.compile(r"[0-9a-f]{64}\Z")

_NUMBER, _HASHES = b"(0|[1-9][0-9]{0,17})", b"((?: [0-9a-f]{64})*)"
GIVEN = re.compile(
    _NUMBER + b" (?:([0-9a-f]{32}) (.*)|withheld ([a-z]+)(?: " + _NUMBER + rb")?)\Z", re.DOTALL
)
"""Matches what an entry commits to: place, salt and bytes; or why they are withheld, and by whose order."""
_PROOF = re.compile(_NUMBER + b" " + _NUMBER + _HASHES + rb"\Z")


class Given(NamedTuple):
    """What an entry commits to: salt and bytes, or None and on which ground they are withheld, and by order
    of the fact at which position, if any.
    """

    place: int
    salted: bytes | None
    ground: str = ""
    by: int | None = None


class Proof(NamedTuple):
    """An inclusion proof of the entry at a place in the tree of a size; or a consistency proof from a tree of
    as many entries as the place to one of a size, with the root of the first before the path.
    """

    place: int
    size: int
    path: list[bytes]


Record = TypeVar("Record", Given, Proof)


def given(line: bytes) -> Given | None:
    """The record of what an entry commits to; None for a line in another form."""
    found = GIVEN.match(line)
    if found is None:
        return None
    place, salt, data, ground, by = found.groups()
    if salt is not None:
        return Given(int(place), bytes.fromhex(salt.decode()) + data)
    return Given(int(place), None, ground.decode(), None if by is None else int(by))


def proof(line: bytes) -> Proof | None:
    """The record of a proof; None for a line in another form."""
    found = _PROOF.match(line)
    if found is None:
        return None
    return Proof(int(found[1]), int(found[2]), [bytes.fromhex(each) for each in found[3].decode().split()])


def lines_of(data: bytes) -> Iterator[bytes]:
    """The lines of a file without their line breaks; a last one that has none as an empty line."""
    for line in BytesIO(data):
        yield line[:-1] if line.endswith(b"\n") else b""


class Rows(Generic[Record]):
    """The records of a file by place, in order, each asked for once."""

    def __init__(self, data: bytes, name: str, read: Callable[[bytes], Record | None], told: Told) -> None:
        self._lines = lines_of(data)
        self._name = name
        self._read: Callable[[bytes], Record | None] = read
        self._told = told
        self._row: Record | None = None
        self._advance()

    def _advance(self) -> None:
        for line in self._lines:
            self._row = self._read(line)
            if self._row is not None:
                return
            self._told(0, f"a line of {self._name} is not in its form")
        self._row = None

    def take(self, place: int) -> Record | None:
        """The record at a place, if there is one. Records before it stand for nothing, and are told."""
        while self._row is not None and self._row.place < place:
            self._stray(self._row)
        if self._row is None or self._row.place != place:
            return None
        row = self._row
        self._advance()
        return row

    def rest(self) -> list[Record]:
        """All records that are left."""
        found = []
        while self._row is not None:
            found.append(self._row)
            self._advance()
        return found

    def end(self) -> None:
        """No more entries come: what is left stands for nothing."""
        while self._row is not None:
            self._stray(self._row)

    def _stray(self, row: Record) -> None:
        self._told(row.place, f"{self._name} has a line here that stands for nothing")
        self._advance()
