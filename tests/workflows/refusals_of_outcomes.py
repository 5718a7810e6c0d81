"""What is refused of episodes of decompensation and of treatments."""

from __future__ import annotations

from domain.errors import Invalid, NotFound
from domain.record import Role
from tests.support.trial import day, person
from tests.workflows.refusals import CODE, course_to, refused
from workflows import observation, outcome, outcome_correction
from workflows.command import Command

_EPISODE = outcome.RecordDecompensation(participant=CODE, at=day(0, "09:30"), type="ascites", grade="2")
_RESOLVED = outcome.RecordDecompensationResolved(participant=CODE, at=day(0), episode="ascites-1")
_NO_EPISODE = outcome_correction.VoidDecompensation(participant=CODE, episode="ascites-1")
_NO_ALBUMIN = outcome_correction.VoidTreatment(participant=CODE, treatment="albumin")


def _albumin(number: int) -> Command:
    return observation.RecordTreatment(participant=CODE, at=day(number), treatment="albumin")


def _begun(**fields: object) -> Command:
    told = {"participant": CODE, "episode": "ascites-1"} | fields
    return outcome_correction.CorrectDecompensation.model_validate(told)


def _worse(clock: str) -> Command:
    return outcome.GradeDecompensation(participant=CODE, at=day(0, clock), episode="ascites-1", grade="3")


def _regraded(**fields: object) -> Command:
    told = {"participant": CODE, "episode": "ascites-1"} | fields
    return outcome_correction.CorrectDecompensationGrade.model_validate(told)


OF_OUTCOME = [
    refused(
        "decompensation.type",
        course_to("randomized"),
        outcome.RecordDecompensation(participant=CODE, at=day(0), type="itch"),
        NotFound,
    ),
    refused("decompensation.recorded_already", course_to("randomized", _EPISODE), _EPISODE),
    refused("event.not_recorded", course_to("randomized"), _NO_ALBUMIN, NotFound),
    refused("event.several", course_to("randomized", _albumin(-1), _albumin(0)), _NO_ALBUMIN),
    refused(
        "correction.no_reason",
        course_to("randomized", _albumin(0)),
        _NO_ALBUMIN,
        by=person(Role.COORDINATOR, ""),
    ),
    refused("decompensation.unknown", course_to("randomized"), _RESOLVED, NotFound),
    refused(
        "decompensation.unknown",
        course_to("randomized"),
        outcome.GradeDecompensation(participant=CODE, at=day(0), episode="ascites-1", grade="3"),
        NotFound,
    ),
    refused("decompensation.voided", course_to("randomized", _EPISODE, _NO_EPISODE), _NO_EPISODE),
    refused("event.same", course_to("randomized", _EPISODE), _begun()),
    refused("decompensation.type", course_to("randomized", _EPISODE), _begun(type="itch"), NotFound),
    refused(
        "decompensation.recorded_already",
        course_to("randomized", _EPISODE, _EPISODE.model_copy(update={"at": day(0)})),
        _begun(at=day(0)),
    ),
    refused("event.not_recorded", course_to("randomized", _EPISODE), _regraded(grade="2"), NotFound),
    refused(
        "event.several",
        course_to("randomized", _EPISODE, _worse("09:00"), _worse("10:00")),
        _regraded(grade="2"),
    ),
    refused(
        "event.not_recorded",
        course_to("randomized", _EPISODE),
        outcome_correction.CorrectDecompensationResolution(participant=CODE, episode="ascites-1", at=day(0)),
        NotFound,
    ),
    refused(
        "decompensation.ends_before_onset",
        course_to("randomized", _EPISODE),
        _RESOLVED.model_copy(update={"at": day(-1)}),
        Invalid,
    ),
    refused("decompensation.resolved_already", course_to("randomized", _EPISODE, _RESOLVED), _RESOLVED),
]
