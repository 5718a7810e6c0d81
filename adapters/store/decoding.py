"""Records from rows of facts, for the length of one read."""

from __future__ import annotations

from collections.abc import Iterable
from sys import intern

from adapters.store.connections import Row
from domain.clinical_time import ClinicalTime
from domain.fact import FACTS, Fact
from domain.record import Record

KEPT = 8192
"""So many different facts of a topic are kept at a time: some 10 MB of the usual, short ones."""


class Decoding:
    """Decodes the rows of one read. Raises Broken when a fact cannot be read.

    A history says the same over and over: streams, times, versions, and whole facts (a visit attended, a
    grade of none). Each distinct one is decoded once, and shared: facts are frozen.
    """

    __slots__ = ("_facts", "_times")

    def __init__(self) -> None:
        self._facts = _Facts()
        self._times = _Times()

    def records(self, rows: Iterable[Row]) -> list[Record]:
        """The records of rows of RECORD_COLUMNS."""
        facts, times = self._facts, self._times
        make = tuple.__new__  # Half the cost of the class itself, once a fact.
        return [
            make(Record, (position, intern(stream), version, times[at], intern(protocol), facts[topic][data]))
            for position, stream, version, at, protocol, topic, data in rows
        ]


class _FactsOf(dict[bytes, Fact]):
    """The facts of one topic by their bytes."""

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def __missing__(self, data: bytes) -> Fact:
        if len(self) >= KEPT:
            self.clear()
        fact = self[data] = FACTS.read(self._topic, data)
        return fact


class _Facts(dict[str, _FactsOf]):
    def __missing__(self, topic: str) -> _FactsOf:
        facts = self[topic] = _FactsOf(topic)
        return facts


class _Times(dict[str, ClinicalTime]):
    def __missing__(self, text: str) -> ClinicalTime:
        at = self[text] = ClinicalTime(text)
        return at
