"""Findings: what is not as it should be, where it begins, and in which respect."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Check(StrEnum):
    """In which respect something is wrong. The names are part of the bundle's format (SPEC.md)."""

    CONTAINER = "container"
    FILES = "files"
    MANIFEST = "manifest"
    LINE = "line"
    PLACE = "place"
    CLOCK = "clock"
    COMMAND = "command"
    FACT = "fact"
    ENVELOPE = "envelope"
    WITHHELD = "withheld"
    TREE = "tree"
    PROOF = "proof"
    ROOT = "root"
    CHECKPOINT = "checkpoint"
    SIGNATURE = "signature"
    POLICY = "policy"
    SYSTEM = "system"
    PROTOCOL = "protocol"
    CUT = "cut"
    RENEWAL = "renewal"
    STRAY = "stray"
    LAYOUT = "layout"
    READ_MODEL = "read_model"
    COVERED = "covered"
    KEY = "key"


class Finding(NamedTuple):
    """Something wrong with a log, or with one of a bundle's files: at the first position where it shows, 0
    where it is of the whole. `more` counts further places with the same kind of fault.
    """

    log: str
    position: int
    check: Check
    what: str
    more: int = 0

    def __str__(self) -> str:
        where = f"{self.log} at {self.position}" if self.position else self.log
        more = f" (and {self.more} more)" if self.more else ""
        return f"{where}: {self.what} [{self.check}]{more}"


class Findings:
    """Takes findings as they come: of each kind and log the first by position is kept, the others counted."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, Check], Finding] = {}
        self._order: dict[str, int] = {}

    def add(self, log: str, position: int, check: Check, what: str) -> None:
        """One more."""
        self._order.setdefault(log, len(self._order))
        known = self._first.get((log, check))
        if known is None:
            self._first[log, check] = Finding(log, position, check, what)
        elif position < known.position:
            self._first[log, check] = Finding(log, position, check, what, known.more + 1)
        else:
            self._first[log, check] = known._replace(more=known.more + 1)

    def sorted(self) -> tuple[Finding, ...]:
        """All of them, log by log, first position first."""
        return tuple(sorted(self._first.values(), key=lambda each: (self._order[each.log], each.position)))
