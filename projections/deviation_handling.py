"""A deviation and what became of it: how far people have handled it, and what is due by the protocol."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from domain.clinical_time import ClinicalTime, Instant
from domain.deviation import Handling
from domain.deviation_rules import USUAL, DeviationRules
from domain.happened import Happened
from domain.outcome import Classification
from domain.safety_clocks import end_of_day


class HandlingState(StrEnum):
    """How far a deviation is handled: `reported` once the ethics committee was told, `acted` once something
    was done, `explained` once its cause is said, `classified` once it is weighed.
    """

    UNCLASSIFIED = "unclassified"
    CLASSIFIED = "classified"
    EXPLAINED = "explained"
    ACTED = "acted"
    REPORTED = "reported"


class Due(NamedTuple):
    """What is to be done about a deviation, by when, and the fact that did it.

    `what` is `classification`, `ethics_report` or `hazard_notice`; `since` the fact that the time runs from,
    None where it runs from no fact.
    """

    what: str
    due: Instant
    met: Happened | None
    since: Happened | None = None

    def is_overdue(self, moment: datetime) -> bool:
        """Whether it is still not done though its time has passed."""
        return self.met is None and moment > self.due.moment

    @property
    def was_late(self) -> bool:
        """Whether it was done after its time."""
        return self.met is not None and self.met.at.earliest > self.due.moment


class Deviation(NamedTuple):
    """One departure from the protocol, with what people said and did. `on` is the clinical time it is about,
    as text; `zone` that of its site.
    """

    id: str
    participant: str
    rule: str
    subject: str
    detail: str
    on: str
    facts: tuple[int, ...]
    classification: Classification | None
    handling: Handling = Handling()
    rules: DeviationRules = USUAL
    zone: str = "UTC"

    @property
    def state(self) -> HandlingState:
        """How far it is handled."""
        if self.handling.first_told("ethics") is not None:
            return HandlingState.REPORTED
        word = self.classification
        if self.handling.actions or (word is not None and word.correction):
            return HandlingState.ACTED
        if self.handling.explained or (word is not None and word.cause):
            return HandlingState.EXPLAINED
        return HandlingState.UNCLASSIFIED if word is None else HandlingState.CLASSIFIED

    @property
    def cause(self) -> str:
        """Its cause as last explained."""
        if self.handling.explained:
            return self.handling.explained[-1].cause
        return self.classification.cause if self.classification is not None else ""

    @property
    def dues(self) -> tuple[Due, ...]:
        """What the protocol asks to be done about it, each with when it is due and what met it."""
        return tuple(self._dues())

    def overdue(self, moment: datetime) -> tuple[Due, ...]:
        """What is not done though its time has passed."""
        return tuple(each for each in self.dues if each.is_overdue(moment))

    def _dues(self) -> Iterator[Due]:
        word = self.classification
        if self.on:
            due = end_of_day(ClinicalTime.parse(self.on, self.zone), self.rules.classify_days)
            yield Due("classification", due, word.when if word is not None else None)
        yield from reports_due(word, self.handling, self.rules)


def reports_due(word: Classification | None, handling: Handling, rules: DeviationRules) -> Iterator[Due]:
    """What must be told of a deviation, by how it is weighed and why it was made."""
    days = {"critical": rules.critical_days, "major": rules.major_days}
    told = days.get(word.classification) if word is not None else None
    if word is not None and told is not None:
        due, met = end_of_day(word.when.at, told), handling.first_told("ethics")
        yield Due("ethics_report", due, met, word.when)
    if handling.hazard:
        since = next(each for each in handling.explained if each.hazard).when
        due, notices = end_of_day(since.at, rules.hazard_days), handling.notices
        yield Due("hazard_notice", due, notices[0].when if notices else None, since)
