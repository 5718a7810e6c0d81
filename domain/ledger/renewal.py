"""Renewal: the whole of a log hashed again under another algorithm, so that its proof outlives the first.

A renewed tree is that of RFC 6962 with another hash. Its leaves are the entries, each followed by fresh
hashes of what it commits to: where the old algorithm is broken, so are the old commitments. What is told of
it is a text of five lines, signed as a note; Ed25519 hashes with SHA-512, so the signature needs no SHA-256.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable
from hashlib import sha3_256, sha3_512, sha512
from typing import Any, NamedTuple

from domain.errors import Invalid

ALGORITHMS: dict[str, Callable[[bytes], Any]] = {
    "sha512": sha512,
    "sha3-256": sha3_256,
    "sha3-512": sha3_512,
}
"""What a log can be renewed under, by the names of NIST FIPS 180-4 and 202."""

FORMAT = "trialog-renewal/1"


class Renewal(NamedTuple):
    """A renewed root: of the log of that name, over so many entries, under this algorithm."""

    origin: str
    size: int
    algorithm: str
    root: bytes

    def __str__(self) -> str:
        root = b64encode(self.root).decode()
        return f"{FORMAT}\n{self.origin}\n{self.size}\n{self.algorithm}\n{root}\n"

    @classmethod
    def parse(cls, text: str) -> Renewal:
        """The renewal that a note's text tells. Raises Invalid."""
        lines = text.split("\n")
        try:
            if len(lines) == 6 and all(lines[:5]) and re.fullmatch(r"[1-9][0-9]{0,18}", lines[2]):
                told = cls(lines[1], int(lines[2]), lines[3], b64decode(lines[4], validate=True))
                if str(told) == text and told.algorithm in ALGORITHMS:
                    return told
        except (ValueError, Error):
            pass
        raise Invalid("renewal.malformed", "this tells of no renewal")


class RenewedTree:
    """A tree of RFC 6962 under another algorithm, entry by entry."""

    def __init__(self, algorithm: str) -> None:
        """Raises Invalid for an algorithm that is none of `ALGORITHMS`."""
        if algorithm not in ALGORITHMS:
            raise Invalid(
                "renewal.algorithm",
                f"there is no renewal under {algorithm}",
                remedy=f"There are {', '.join(ALGORITHMS)}.",
            )
        self._hash = ALGORITHMS[algorithm]
        self.size = 0
        self._peaks: list[bytes] = []

    def append(self, entry: bytes, fact: bytes, envelope: bytes | None) -> None:
        """Add an entry, with the salted bytes of its fact and, if it has one, of its envelope."""
        committed = [fact] if envelope is None else [fact, envelope]
        hashes = "".join(f"\n{self._hash(each).hexdigest()}" for each in committed)
        node: bytes = self._hash(b"\0" + entry + hashes.encode()).digest()
        index = self.size
        while index & 1:
            node, index = self._hash(b"\1" + self._peaks.pop() + node).digest(), index >> 1
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root over what was added. Raises ValueError before anything was."""
        if not self._peaks:
            raise ValueError("an empty log is not renewed")
        node = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            node = self._hash(b"\1" + peak + node).digest()
        return node
