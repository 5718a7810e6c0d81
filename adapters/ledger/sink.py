"""The security log out of administrators' reach (SE-08): what the system log says of accounts, copied line by
line to a file that only grows, and held against the store on every look.

The file belongs to a process and a user of its own; best on another machine, or with the file system's
append-only attribute. It holds the ledger's lines as written, and what each says in words: no secret, sealed
or hashed, is in either.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from domain.errors import Broken
from domain.fact import FACTS
from domain.identifiers import SYSTEM_LOG
from domain.ledger.kept import StoredLine
from projections.ports import LedgerReading

_STREAMS = ("account/", "accounts/")


class Sunk(NamedTuple):
    """A line of the file: the position in the system log, its line of the ledger, and what it says."""

    position: int
    entry: str
    words: str

    def __str__(self) -> str:
        return json.dumps(self._asdict(), ensure_ascii=False, separators=(",", ":"))


def sink(ledger: LedgerReading, file: Path) -> list[Sunk]:
    """Copy what is new on accounts to the end of the file; tells what was copied.

    First everything in the file is held against the store. Raises Broken `sink.missing` or `sink.rewritten`
    with the first position that the store lacks or tells otherwise, and `sink.damaged` for a file that is
    not as this wrote it; then nothing is copied.
    """
    known = list(_read(file))
    _hold(ledger, known, file)
    last = known[-1].position if known else 0
    news = [_of(line) for line in ledger.stored_lines(SYSTEM_LOG, after=last) if _is_of_accounts(line)]
    if news:
        descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, "".join(f"{each}\n" for each in news).encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    return news


def _is_of_accounts(line: StoredLine) -> bool:
    return line.stream.startswith(_STREAMS)


def _of(line: StoredLine) -> Sunk:
    words = FACTS.read(line.topic, line.data).sentence()
    return Sunk(line.position, line.entry or "", words)


def _read(file: Path) -> Iterator[Sunk]:
    data = file.read_bytes() if file.exists() else b""
    for number, line in enumerate(data.splitlines(keepends=True), start=1):
        try:
            told = Sunk(**json.loads(line.decode()))
            if f"{told}\n".encode() == line:
                yield told
                continue
        except (ValueError, TypeError, RecursionError):
            pass
        raise Broken("sink.damaged", "this is no line of a security log", where=f"{file}, line {number}")


def _hold(ledger: LedgerReading, known: list[Sunk], file: Path) -> None:
    """Every line in the file is still in the store, and as it was."""
    if not known:
        return
    stored = {line.position: line for line in ledger.stored_lines(SYSTEM_LOG, upto=known[-1].position)}
    for each in known:
        line = stored.get(each.position)
        if line is None:
            what = f"position {each.position} is no more in the system log: {each.words}"
            raise Broken("sink.missing", what, where=str(file))
        if line.entry != each.entry:
            what = f"position {each.position} of the system log is no longer what it was: {each.words}"
            raise Broken("sink.rewritten", what, where=str(file))
