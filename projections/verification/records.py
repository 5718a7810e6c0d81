"""The records of a bundle: lines of JSON of one exact form each, and files of them in order of place."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from typing import Any

from domain.errors import Invalid

Record = dict[str, Any]
Told = Callable[[int, str], None]
"""Hears what is wrong with a file of records: at which place, and what."""

UNREADABLE = (ValueError, KeyError, TypeError, RecursionError, Invalid)
HASH = re.compile(r"[0-9a-f]{64}\Z")
SALT = re.compile(r"[0-9a-f]{32}\Z")

_WHOLE_NUMBERS = frozenset(("by", "new", "old", "position", "size"))
_PLAIN = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)

Form = tuple[str, ...]


def form(keys: str) -> Form:
    """A form of a record: its keys in order."""
    return tuple(keys.split())


GIVEN = tuple(
    map(form, ("position salt text", "position salt base64", "position withheld", "position withheld by"))
)
"""The forms of what an entry commits to: its bytes as text or in base64, or why they are withheld."""


_SIMPLE = rb'[^"\\\x00-\x1f]*'
_USUAL = re.compile(
    rb'{"position":(0|[1-9][0-9]{0,17}),"salt":"([0-9a-f]{32})","text":"('
    + _SIMPLE
    + rb'(?:\\"'
    + _SIMPLE
    + rb')*)"}\Z'
)


_ROW = re.compile(rb'{"position":(0|[1-9][0-9]{0,17}),"salt":"([0-9a-f]{32})","text":"(.*)"}\Z')
_CONTROL = bytes({*range(32)} - {10})


def usual(line: bytes) -> Record | None:
    """What is given as text that escapes nothing but quotation marks, as nearly every record: its bytes are
    under `data`. None for another line. Raises UnicodeDecodeError.
    """
    found = _USUAL.match(line)
    if found is None:
        return None
    position, salt, text = found.groups()
    if not text.isascii():
        text.decode()
    return {"position": int(position), "salt": salt.decode(), "data": text.replace(b'\\"', b'"')}


def usual_row(line: bytes) -> bytes | None:
    """Salt and bytes of what is given in the usual way; None for another line."""
    (row,) = usual_rows([line])
    return None if row is None else row[1]


def usual_rows(lines: Sequence[bytes]) -> list[tuple[bytes, bytes] | None]:
    """The same of many lines at once: the place as written, and salt and bytes together. None for each that
    is not so, and for all of them if one escapes more than quotation marks and backslashes.
    """
    found = [each and each.groups() for each in map(_ROW.match, lines)]
    texts = b"\n".join([each[2] for each in found if each])
    # No zero byte is in these: it can stand for a backslash that is no escape.
    said = texts.replace(b"\\\\", b"\0").replace(b'\\"', b'"')
    escapes = said.count(b'"') + said.count(b"\0")
    if (
        b"\\" in said
        or len(texts) - len(said) != escapes
        or len(texts.translate(None, _CONTROL)) != len(texts)
    ):
        return [None] * len(lines)
    if not said.isascii():
        said.decode()
    salts = bytes.fromhex(b"".join([each[1] for each in found if each]).decode())
    each_salt = [salts[at : at + 16] for at in range(0, len(salts), 16)]
    salted = map(bytes.__add__, each_salt, said.replace(b"\0", b"\\").split(b"\n"))
    return [(each[0], next(salted)) if each else None for each in found]


def record(line: bytes, forms: Sequence[Form]) -> Record:
    """The object of a line in one of these forms. Raises one of UNREADABLE.

    There is only one way to write a record: the keys in the order of its form, no blanks, no needless escape.
    """
    told = json.loads(line.decode())
    if not isinstance(told, dict) or tuple(told) not in forms:
        raise ValueError("other keys")
    if _PLAIN.encode(told).encode() != line:
        raise ValueError("another form")
    for key, value in told.items():
        kind = int if key in _WHOLE_NUMBERS else list if key == "path" else str
        if type(value) is not kind:
            raise TypeError(key)
    return told


def given_bytes(row: Record) -> bytes | None:
    """The bytes of a record of what is given; None when they cannot be read."""
    try:
        if "data" in row:
            return bytes(row["data"])
        if "text" in row:
            return str(row["text"]).encode()
        data = b64decode(row["base64"], validate=True)
    except ValueError:
        return None
    return data if b64encode(data).decode() == row["base64"] else None


def salted(row: Record) -> bytes:
    """Salt and bytes of a record of what is given; nothing when they cannot be read."""
    data = given_bytes(row)
    return b"" if data is None or not SALT.match(row["salt"]) else bytes.fromhex(row["salt"]) + data


def lines_of(data: bytes) -> Iterator[bytes]:
    """The lines of a file without their line breaks; a last one that has none as an empty line."""
    for line in BytesIO(data):
        yield line[:-1] if line.endswith(b"\n") else b""


def hashes(proof: Record) -> list[bytes] | None:
    """The hashes of a proof; None when one is none."""
    steps = proof["path"]
    if not all(isinstance(step, str) and HASH.match(step) for step in steps):
        return None
    return [bytes.fromhex(step) for step in steps]


class Rows:
    """The records of a file by place, in order, each asked for once."""

    def __init__(self, data: bytes, name: str, forms: Sequence[Form], told: Told) -> None:
        self._lines = lines_of(data)
        self._name = name
        self._forms = forms
        self._is_given = forms == GIVEN
        self._told = told
        self._row: Record | None = None
        self._place = 0
        self._advance()

    def _advance(self) -> None:
        for line in self._lines:
            try:
                self._row = (self._is_given and usual(line)) or record(line, self._forms)
            except UNREADABLE:
                self._told(0, f"a line of {self._name} is not in its form")
            else:
                self._place = self._row["position"] if "position" in self._row else self._row["old"]
                return
        self._row = None

    def take(self, place: int) -> Record | None:
        """The record at a place, if there is one. Records before it stand for nothing, and are told."""
        while self._row is not None and self._place < place:
            self._stray()
        if self._row is None or self._place != place:
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
            self._stray()

    def _stray(self) -> None:
        self._told(self._place, f"{self._name} has a line here that stands for nothing")
        self._advance()
