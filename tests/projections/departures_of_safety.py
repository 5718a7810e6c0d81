"""Departures of safety reporting, and what people note themselves."""

from __future__ import annotations

from domain.adverse_event import CausalityAssessed
from domain.clinical_time import ClinicalTime
from domain.outcome import DeviationNoted
from domain.safety import (
    SafetyFollowUpReceived,
    SafetyReportOpened,
    SafetyReportSubmitted,
    SafetyReportVoided,
)
from tests.projections.departures import CODE, INFUSED, RANDOMIZED, Case, Given
from tests.support.trial import active, course, day, small
from workflows import adverse_event, outcome, safety
from workflows.command import Command

SERIOUS = adverse_event.RecordAdverseEvent(
    participant=CODE,
    at=day(1, "12:00"),
    term="bleeding",
    severity="severe",
    criteria=("hospitalization",),
    aware=day(1, "13:00"),
)


def submitted(when: ClinicalTime) -> Command:
    return safety.RecordSubmission(participant=CODE, at=when, event="ae-1", recipient="sponsor")


NO_REPORT = safety.VoidSafetyReport(
    participant=CODE, at=day(3, "12:00"), event="ae-1", why="another participant"
)
TO_ETHICS: Given = [*active(small({"safety": {"ethics_days": 3}}))]
NEWS = safety.RecordSafetyFollowUp(
    participant=CODE, at=day(3, "12:00"), event="ae-1", information="bleeds again", significant=True
)
UNEXPECTED: Given = [
    safety.RecordSponsorAwareness(participant=CODE, at=day(2, "12:30"), event="ae-1"),
    adverse_event.AssessCausality(
        participant=CODE, event="ae-1", causality="possible", expected=False, why="seen nowhere before"
    ),
]

OF_SAFETY = [
    Case(
        "safety.reported_late",
        "ae-1",
        ((SafetyReportOpened, 1), (SafetyReportSubmitted, 1)),
        [*RANDOMIZED, SERIOUS, submitted(day(2, "13:01"))],
        [*RANDOMIZED, SERIOUS, submitted(day(2, "13:00"))],
        on=3,
    ),
    Case(
        "safety.reported_late",
        "ae-1",
        ((SafetyReportOpened, 1),),
        [*RANDOMIZED, SERIOUS],
        [*RANDOMIZED, SERIOUS],
        on=3,
        near_on=2,
    ),
    Case(
        "safety.follow_up_late",
        "ae-1#1",
        ((SafetyFollowUpReceived, 1), (SafetyReportSubmitted, 2)),
        [*RANDOMIZED, SERIOUS, submitted(day(2, "12:00")), NEWS, submitted(day(4, "12:01"))],
        [*RANDOMIZED, SERIOUS, submitted(day(2, "12:00")), NEWS, submitted(day(4, "12:00"))],
        on=5,
    ),
    Case(
        "safety.ethics_late",
        "ae-1/sae_ethics",
        ((SafetyReportOpened, 1),),
        [*TO_ETHICS, *course("randomized"), SERIOUS, submitted(day(2, "12:00"))],
        [*TO_ETHICS, *course("randomized"), SERIOUS, submitted(day(2, "12:00"))],
        on=5,
        near_on=4,
    ),
    Case(
        "safety.authority_late",
        "ae-1/susar",
        ((CausalityAssessed, 1),),
        [*RANDOMIZED, SERIOUS, submitted(day(2, "12:00")), *UNEXPECTED],
        [*RANDOMIZED, SERIOUS, submitted(day(2, "12:00")), *UNEXPECTED],
        on=18,
        near_on=17,
    ),
    Case(
        "safety.nullification_late",
        "ae-1/nullification_sponsor",
        ((SafetyReportVoided, 1), (SafetyReportSubmitted, 2)),
        [*RANDOMIZED, SERIOUS, submitted(day(2, "12:00")), NO_REPORT, submitted(day(4, "12:01"))],
        [*RANDOMIZED, SERIOUS, submitted(day(2, "12:00")), NO_REPORT, submitted(day(4, "12:00"))],
        on=5,
    ),
    Case(
        "noted",
        "noted-1",
        ((DeviationNoted, 1),),
        [*INFUSED, outcome.NoteDeviation(participant=CODE, at=day(1), text="the freezer failed")],
        INFUSED,
        on=2,
    ),
]
