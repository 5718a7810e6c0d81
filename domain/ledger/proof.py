"""The proof of one fact as a file: a C2SP tlog-proof whose extra data are the entry and what it commits to.

Any tool that reads tlog-proofs checks the entry against the checkpoint; the extra data are ours (SPEC.md,
section 9). Source: C2SP tlog-proof. Only the text is here; whether it holds is `projections/verification`.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

from domain.errors import Invalid
from domain.ledger.note import Key, Note
from domain.ledger.tree import HASH_BYTES

HEADER = "c2sp.org/tlog-proof@v1"
FORMAT = b"trialog-fact/1"
_SUM = b"\nsum "
_FILE = re.compile(
    rf"{re.escape(HEADER)}\nextra ([A-Za-z0-9+/=]+)\nindex (0|[1-9][0-9]{{0,17}})\n"
    r"((?:[A-Za-z0-9+/=]{44}\n){0,63})\n(.+)\Z",
    re.DOTALL,
)
_EXTRA = re.compile(
    rb"trialog-fact/1\n((?:log [^\n]+\n)*)entry ([^\n]+)\nfact ([^\n]+)\n"
    rb"(?:envelope ([^\n]+)\n)?\Z"
)


class FactProof(NamedTuple):
    """That an entry stands at `nth` (its position − 1) in the tree that the note signs.

    `fact` and `envelope` are as in a line of a bundle's log: a salt in hexadecimal, a blank and the bytes
    committed to, or `withheld GROUND`; `envelope` is empty where the entry commits to none. `keys` are those
    that the log's keeper names: they prove nothing by themselves. `path` are the hashes beside the way up.
    """

    nth: int
    path: tuple[bytes, ...]
    note: Note
    entry: bytes
    fact: bytes
    envelope: bytes = b""
    keys: tuple[Key, ...] = ()

    def __str__(self) -> str:
        said = b"".join(self._extra())
        return self._file(said + b"sum " + self._sum(said).encode() + b"\n")

    def _extra(self) -> Iterator[bytes]:
        yield FORMAT + b"\n"
        yield from (f"log {key}\n".encode() for key in self.keys)
        yield b"entry " + self.entry + b"\nfact " + self.fact + b"\n"
        if self.envelope:
            yield b"envelope " + self.envelope + b"\n"

    def _file(self, extra: bytes) -> str:
        path = "".join(f"{b64encode(each).decode()}\n" for each in self.path)
        return f"{HEADER}\nextra {b64encode(extra).decode()}\nindex {self.nth}\n{path}\n{self.note}"

    def _sum(self, said: bytes) -> str:
        """The hash of the file as it would be without its sum: it tells damage, and proves nothing."""
        return sha256(self._file(said).encode()).hexdigest()

    @classmethod
    def parse(cls, data: bytes) -> FactProof:
        """The proof in a file. There is one way to write each. Raises Invalid."""
        try:
            return cls._parsed(data)
        except (ValueError, Invalid) as error:
            raise Invalid("proof.malformed", "this is no proof of a fact, or it is damaged") from error

    @classmethod
    def _parsed(cls, data: bytes) -> FactProof:
        found = _FILE.match(data.decode())
        if found is None:
            raise ValueError("form")
        said = b64decode(found[1], validate=True).rpartition(_SUM)[0] + b"\n"
        extra = _EXTRA.match(said)
        path = tuple(b64decode(each, validate=True) for each in found[3].splitlines())
        if extra is None or any(len(each) != HASH_BYTES for each in path):
            raise ValueError("form")
        keys = tuple(Key.parse(line.partition(" ")[2]) for line in extra[1].decode().splitlines())
        read = cls(int(found[2]), path, Note.parse(found[4]), extra[2], extra[3], extra[4] or b"", keys)
        if str(read).encode() != data:
            raise ValueError("another text for the same proof, or its sum does not fit")
        return read
