"""What of a history had happened by a clinical instant, at the times that are right by what is known now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TypeVar

from domain.activation import SiteActivated
from domain.fact import Fact
from domain.product_lot import LotRegistered
from domain.record import Entry, Record
from domain.right_times import RightTimes
from domain.safety import SafetyReportCorrected, SafetyReportOpened
from domain.sample import SampleCorrected, SampleTaken, SampleVoided
from domain.screening import SCREENING
from domain.trial import EthicsApproved, ProtocolAdopted, ProtocolAmended, SiteVersionAdopted

OPENINGS = (
    *SCREENING,
    ProtocolAdopted,
    LotRegistered,
    SafetyReportOpened,
    SafetyReportCorrected,
    SampleTaken,
    SampleCorrected,
)
"""Facts that a stream begins with, whose time is often that of entry; of several the last is right."""

_UNDER_A_VERSION = (EthicsApproved, SiteActivated, SiteVersionAdopted)
"""Facts that tell that there was a protocol version by then, whenever it was entered."""

_Fact = TypeVar("_Fact", bound=Record | Entry)


def happened(facts: Iterable[_Fact], moment: datetime) -> Iterator[_Fact]:
    """The facts that had happened by a clinical instant, those of a stream in order of recording.

    Whom or what a stream is about is there as soon as anything of it had happened: somebody who was put on
    the screening log weeks after the consent, a report that was opened after it had been sent, a protocol
    that was adopted here once it was approved or followed. What was recorded at a wrong time that was put
    right had happened at the right one. What is recorded under a name after it was voided begins anew.
    """
    facts = list(facts)
    right = RightTimes(map(_record_of, facts))
    waiting: dict[str, list[_Fact]] = {}
    begun: set[str] = set()
    for each in facts:
        record = _record_of(each)
        stream, opens = record.stream, isinstance(record.fact, OPENINGS)
        if _closes(record.fact):
            opening = waiting.pop(stream, [])
            if stream in begun or right.of(record).earliest <= moment:
                yield from (*opening, each)
            begun.discard(stream)
        elif opens and stream not in begun:
            waiting.setdefault(stream, []).append(each)
        elif opens or right.of(record).earliest <= moment:
            begun.add(stream)
            yield from waiting.pop(stream, ())
            if isinstance(record.fact, _UNDER_A_VERSION):
                yield from waiting.pop(_amendment(record.fact.version), ())
            yield each
        elif isinstance(record.fact, ProtocolAmended):
            waiting.setdefault(_amendment(record.fact.version), []).append(each)
    for opening in waiting.values():
        if _record_of(opening[-1]).effective_at.earliest <= moment:
            yield from opening


def _amendment(version: str) -> str:
    """Under what an amendment waits for the first that tells of its version."""
    return f"version {version}"


def _closes(fact: Fact) -> bool:
    """Whether a fact takes back what its stream began with."""
    return isinstance(fact, SampleVoided) and fact.part == "sample"


def _record_of(fact: Record | Entry) -> Record:
    return fact.record if isinstance(fact, Entry) else fact
