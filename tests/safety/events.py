"""Adverse events and safety reports of one participant, for the tests of safety."""

from __future__ import annotations

from typing import Any

from domain.clinical_time import ClinicalTime
from domain.safety_clocks import Clock, ClockStatus
from projections.safety import safety_rows
from tests.support.scenario import Scenario
from tests.support.trial import active, course, day
from workflows import adverse_event, safety
from workflows.command import Command

CODE = "S1-001"
IN_TRIAL: list[Command] = [*active(), *course("infused")]


def happened(at: ClinicalTime, term: str = "bleeding", **fields: Any) -> Command:
    """An adverse event in the casebook."""
    told = {"participant": CODE, "at": at, "term": term, "severity": "severe"} | fields
    return adverse_event.RecordAdverseEvent.model_validate(told)


def serious(at: ClinicalTime, aware: ClinicalTime, **fields: Any) -> Command:
    """A serious adverse event and when the site learned of it."""
    return happened(at, **({"criteria": ("hospitalization",), "aware": aware} | fields))


def changed(at: ClinicalTime, **fields: Any) -> Command:
    """A change of ae-1 in the casebook."""
    told = {"participant": CODE, "at": at, "event": "ae-1"} | fields
    return adverse_event.RecordAdverseEventChange.model_validate(told)


def judged(at: ClinicalTime | None, causality: str, *, expected: bool | None = None) -> Command:
    """The investigator's word on ae-1."""
    return adverse_event.AssessCausality(
        participant=CODE, at=at, event="ae-1", causality=causality, expected=expected, why="course in time"
    )


def sponsor_judged(at: ClinicalTime, causality: str, *, expected: bool | None = None) -> Command:
    """The sponsor's word on ae-1."""
    return safety.RecordSponsorAssessment(
        participant=CODE,
        at=at,
        event="ae-1",
        assessor="Dr Gao",
        causality=causality,
        expected=expected,
        why="class effect",
    )


def followed_up(at: ClinicalTime, **fields: Any) -> Command:
    """New information on ae-1."""
    told = {"participant": CODE, "at": at, "event": "ae-1", "information": "more is known"} | fields
    return safety.RecordSafetyFollowUp.model_validate(told)


def sent(at: ClinicalTime, recipient: str = "sponsor") -> Command:
    """The report on ae-1 was sent."""
    return safety.RecordSubmission(participant=CODE, at=at, event="ae-1", recipient=recipient)


def sponsor_knows(at: ClinicalTime) -> Command:
    """The sponsor learned of ae-1."""
    return safety.RecordSponsorAwareness(participant=CODE, at=at, event="ae-1")


def clocks_of(scenario: Scenario) -> dict[str, tuple[Clock, ClockStatus]]:
    """The clocks of ae-1 now, by kind."""
    [row] = safety_rows(scenario.view())
    return {clock.kind: (clock, status) for clock, status in row.clocks}


def status_of(scenario: Scenario, kind: str) -> str:
    """Where a clock of ae-1 stands now."""
    return str(clocks_of(scenario)[kind][1])


NOON = day(5, "12:00")
