"""What is refused about safety reports and unblinding."""

from __future__ import annotations

from domain.errors import Denied, Invalid, NotFound
from domain.record import Role
from tests.support.trial import day, person
from tests.workflows.refusals import CODE, course_to, refused
from workflows import adverse_event, outcome_correction, safety, safety_correction, unblinding
from workflows.command import Command

_SERIOUS = adverse_event.RecordAdverseEvent(
    participant=CODE,
    at=day(0, "09:30"),
    term="bleeding",
    severity="severe",
    criteria=("hospitalization",),
    aware=day(0, "11:00"),
)
_SENT = safety.RecordSubmission(participant=CODE, at=day(0, "11:30"), event="ae-1", recipient="sponsor")
_KNOWN = safety.RecordSponsorAwareness(participant=CODE, at=day(0, "11:30"), event="ae-1")
_CLOSE = safety.CloseSafetyReport(participant=CODE, event="ae-1")
_VOID = safety.VoidSafetyReport(participant=CODE, event="ae-1", why="opened twice")


def _followed_up(outcome_told: str | None = None) -> Command:
    return safety.RecordSafetyFollowUp(
        participant=CODE, at=day(0, "11:40"), event="ae-1", information="more", outcome=outcome_told
    )


def _judged(*, expected: bool | None = None) -> Command:
    return adverse_event.AssessCausality(
        participant=CODE, event="ae-1", causality="possible", expected=expected, why="in time"
    )


_VOIDED = outcome_correction.VoidAdverseEvent(participant=CODE, event="ae-1")


def _corrected(**fields: object) -> Command:
    told = {"participant": CODE, "event": "ae-1"} | fields
    return outcome_correction.CorrectAdverseEvent.model_validate(told)


def _put_right(**fields: object) -> Command:
    told = {"participant": CODE, "event": "ae-1"} | fields
    return safety_correction.CorrectSafetyReport.model_validate(told)


OF_SAFETY = [
    refused("safety.event_stands", course_to("randomized", _SERIOUS), _put_right(aware=day(0, "10:00"))),
    refused("safety.unknown", course_to("randomized"), _put_right(aware=day(0, "10:00")), NotFound),
    refused("adverse_event.unknown", course_to("randomized"), _judged(), NotFound),
    refused(
        "safety.aware_before_onset",
        course_to("randomized"),
        _SERIOUS.model_copy(update={"aware": day(0, "09:00")}),
        Invalid,
    ),
    refused(
        "time.in_future",
        course_to("randomized"),
        _SERIOUS.model_copy(update={"aware": day(1, "09:00")}),
    ),
    refused(
        "correction.no_reason",
        course_to("randomized", _SERIOUS),
        adverse_event.RecordAdverseEventChange(participant=CODE, at=day(0), event="ae-1", serious=False),
        by=person(Role.INVESTIGATOR, ""),
    ),
    refused(
        "safety.term_missing",
        course_to("randomized"),
        safety.OpenSafetyReport(participant=CODE, at=day(0), criteria=("death",)),
        Invalid,
    ),
    refused(
        "safety.reported_already",
        course_to("randomized", _SERIOUS),
        safety.OpenSafetyReport(participant=CODE, at=day(0), event="ae-1", criteria=("death",)),
    ),
    refused("safety.unknown", course_to("randomized"), _SENT, NotFound),
    refused("safety.sponsor_aware_already", course_to("randomized", _SERIOUS, _KNOWN), _KNOWN),
    refused("safety.not_reported", course_to("randomized", _SERIOUS), _CLOSE),
    refused("safety.outcome_missing", course_to("randomized", _SERIOUS, _SENT), _CLOSE),
    refused(
        "safety.causality_missing",
        course_to("randomized", _SERIOUS, _SENT, _followed_up("recovered")),
        _CLOSE,
    ),
    refused(
        "safety.untold",
        course_to("randomized", _SERIOUS, _SENT, _followed_up("recovered"), _KNOWN, _judged(expected=False)),
        _CLOSE,
    ),
    refused(
        "safety.voided",
        course_to("randomized", _SERIOUS, _VOID),
        safety.RecordSponsorAwareness(participant=CODE, at=day(0, "11:30"), event="ae-1"),
    ),
    refused("safety.voided_unsent", course_to("randomized", _SERIOUS, _VOID), _SENT),
    refused("adverse_event.voided", course_to("randomized", _SERIOUS, _VOIDED), _VOIDED),
    refused(
        "adverse_event.not_aware",
        course_to("randomized", _SERIOUS.model_copy(update={"criteria": (), "aware": None})),
        _corrected(aware=day(0, "10:00")),
        Invalid,
    ),
    refused("event.same", course_to("randomized", _SERIOUS), _corrected()),
    refused(
        "safety.aware_before_onset",
        course_to("randomized", _SERIOUS),
        _corrected(at=day(0, "11:30")),
        Invalid,
    ),
    refused(
        "correction.no_reason",
        course_to("randomized", _SERIOUS),
        _VOIDED,
        by=person(Role.INVESTIGATOR, ""),
    ),
    refused("policy.denied", course_to("randomized", _SERIOUS), _SENT, Denied, person(Role.INSPECTOR)),
]

_BREAK = unblinding.BreakBlind(participant=CODE)

OF_UNBLINDING = [
    refused("unblinding.not_randomized", course_to("eligible"), _BREAK),
    refused("unblinding.no_reason", course_to("randomized"), _BREAK, by=person(Role.INVESTIGATOR, "")),
    refused(
        "unblinding.names_arm",
        course_to("randomized"),
        _BREAK,
        Invalid,
        person(Role.INVESTIGATOR, "bleeding at the artery"),
    ),
    refused("policy.denied", course_to("randomized"), _BREAK, Denied, person(Role.SPONSOR)),
]
