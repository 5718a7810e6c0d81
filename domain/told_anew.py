"""What was taken back and told once more in one command, as it really was: which fact stands for which."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from domain.adverse_event import AdverseEventCorrected, AdverseEventRecorded, AdverseEventVoided
from domain.clinical_time import ClinicalTime
from domain.consent_given import ConsentGiven, ConsentWithdrawn
from domain.decompensation import (
    DecompensationCorrected,
    DecompensationGradeCorrected,
    DecompensationGraded,
    DecompensationOpened,
    DecompensationResolutionCorrected,
    DecompensationResolved,
    DecompensationVoided,
)
from domain.eligibility import ScreenFailed
from domain.fact import Fact
from domain.participant import Died, FollowUpEnded, LostToFollowUp, Transplanted
from domain.record import Entry, Record
from domain.sample import SampleHandedOut, SampleVoided
from domain.voided import EventVoided

_EVENTS: dict[str, type[Fact]] = {
    "consent": ConsentGiven,
    "withdrawal": ConsentWithdrawn,
    "screen_failure": ScreenFailed,
    "loss": LostToFollowUp,
    "transplant": Transplanted,
    "death": Died,
    "end_of_follow_up": FollowUpEnded,
}
_PARTS: dict[str, tuple[type[Fact], ...]] = {
    "decompensation": (DecompensationOpened, DecompensationCorrected),
    "grade": (DecompensationGraded, DecompensationGradeCorrected),
    "resolution": (DecompensationResolved, DecompensationResolutionCorrected),
}

RETOLD: tuple[type[Fact], ...] = (
    *_EVENTS.values(),
    AdverseEventRecorded,
    DecompensationOpened,
    DecompensationGraded,
    DecompensationResolved,
    SampleHandedOut,
)
"""Facts that are put right so, as people entered them; those of a course are told once more as they were."""


class ToldAnew:
    """Which facts of a stream were told anew, and when what they tell had really happened."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._anew: dict[int, Record] = {}
        self._again: set[int] = set()
        known: list[Record] = []
        for _, group in groupby(entries, lambda each: each.command.first):
            records = [each.record for each in group]
            for voided in records:
                self._take(voided, records, known)
            known += records

    def _take(self, voided: Record, beside: list[Record], known: list[Record]) -> None:
        anew = next((each for each in beside if _takes_back(voided.fact, each.fact)), None)
        if anew is None:
            return
        self._again.add(anew.position)
        for each in reversed(known):
            if each.effective_at == voided.effective_at and _takes_back(voided.fact, each.fact):
                self._anew[each.position] = anew
                if each.fact.PUTS_RIGHT is None:
                    return

    def is_again(self, record: Record) -> bool:
        """Whether a fact tells again what another told before it."""
        return record.position in self._again

    def right(self, record: Record) -> ClinicalTime:
        """When what a fact tells had really happened, by the last that tells it."""
        while (anew := self._anew.get(record.position)) is not None:
            record = anew
        return record.effective_at


def _takes_back(voided: Fact, fact: Fact) -> bool:
    """Whether a fact tells, at whatever time, what another takes back."""
    match voided, fact:
        case EventVoided(), _:
            which = (getattr(fact, "version", None), getattr(fact, "scope", None))
            return isinstance(fact, _EVENTS.get(voided.event, ())) and which == (voided.version, voided.scope)
        case AdverseEventVoided(), AdverseEventRecorded() | AdverseEventCorrected():
            return fact.event == voided.event
        case DecompensationVoided(), _:
            return isinstance(fact, _PARTS[voided.part]) and getattr(fact, "episode", "") == voided.episode
        case SampleVoided(part="hand_out"), SampleHandedOut():
            return True
    return False
