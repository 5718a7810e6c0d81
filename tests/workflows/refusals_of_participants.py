"""What is refused of a participant's course, from the screening log to completion."""

from __future__ import annotations

from decimal import Decimal

from domain.consent_given import ConsentGiven
from domain.errors import Denied, Invalid, NotFound
from domain.record import Role
from tests.support.trial import active, amended, course, day, of_participant, person, small
from tests.workflows.refusals import (
    CLOSED,
    CODE,
    ELSEWHERE,
    appointment,
    course_to,
    death,
    refused,
    screening,
    withdrawal,
)
from workflows import course_correction, infusion, participant, trial

ONE_PLACE = small({"enrolment.target": 1})
TWO_PLACES = small({"enrolment.target": 2, "version": "2.0"})


def _voided(event: str) -> course_correction.VoidEvent:
    return course_correction.VoidEvent(participant=CODE, event=event)


def _corrected(event: str, **changes: object) -> course_correction.CorrectEvent:
    fields = {"participant": CODE, "event": event} | changes
    return course_correction.CorrectEvent.model_validate(fields)


def _transplant() -> participant.RecordTransplant:
    return participant.RecordTransplant(participant=CODE, at=day(0, "11:30"))


def _loss() -> participant.RecordLossToFollowUp:
    return participant.RecordLossToFollowUp(participant=CODE, at=day(0, "11:30"))


def _end() -> participant.RecordEndOfFollowUp:
    return participant.RecordEndOfFollowUp(participant=CODE, at=day(0, "11:30"))


def _failure() -> participant.RecordScreenFailure:
    return participant.RecordScreenFailure(participant=CODE, at=day(0, "11:30"), reasons=("no disease",))


OF_PARTICIPANT = [
    refused("participant.code_taken", course_to("screened"), screening()),
    refused(
        "participant.code_form", active(small({"sites.S1.codes": "S1-999"})), screening(participant="S2-001")
    ),
    refused("screening.enrolment_closed", CLOSED, screening()),
    refused("participant.unknown", active(), death(), NotFound),
    refused("time.in_future", course_to("screened"), participant.RecordDeath(participant=CODE, at=day(1))),
    refused("time.in_future", course_to("screened"), screening(participant="S1-002", at=day(0, "18:00"))),
    refused("consent.recorded_already", course_to("consented"), course("consented")[-1]),
    refused(
        "participant.ended",
        course_to("randomized", _loss()),
        participant.RequestReconsent(participant=CODE, version="2.0"),
    ),
    refused("consent.withdrawn_already", course_to("consented", withdrawal("all")), withdrawal("all")),
    refused(
        "eligibility.unknown_criterion",
        course_to("consented"),
        participant.AnswerCriteria(participant=CODE, answers={"eye-colour": True}),
        NotFound,
    ),
    refused(
        "screen_failure.no_reason",
        course_to("answered"),
        participant.RecordScreenFailure(participant=CODE, at=day(0)),
        Invalid,
    ),
    refused("screen_failure.recorded_already", course_to("screened", _failure()), _failure()),
    refused("lost.recorded_already", course_to("screened", _loss()), _loss()),
    refused("transplanted.recorded_already", course_to("screened", _transplant()), _transplant()),
    refused("died.recorded_already", course_to("screened", death()), death()),
    refused("event.not_recorded", course_to("screened"), _voided("death"), NotFound),
    refused(
        "event.same",
        course_to("screened"),
        course_correction.CorrectScreening(participant=CODE, age=Decimal(50)),
    ),
    refused("event.same", course_to("screened", death()), _corrected("death")),
    refused(
        "event.several",
        course_to("consented", withdrawal("samples"), withdrawal("treatment")),
        _voided("withdrawal"),
    ),
    refused("event.no_cause", course_to("screened", _loss()), _corrected("loss", cause="unknown"), Invalid),
    refused(
        "event.not_signed",
        course_to("screened", _loss()),
        _corrected("loss", signed={"participant": day(0)}),
        Invalid,
    ),
    refused("follow_up_ended.recorded_already", course_to("screened", _end()), _end()),
    refused(
        "unblinding.none",
        course_to("randomized"),
        participant.AssessUnblinding(participant=CODE, assessment="none"),
    ),
    refused("procedure.before_consent", course_to("screened"), appointment()),
    refused("procedure.before_consent", course_to("screened"), participant.SignEligibility(participant=CODE)),
    refused(
        "site.not_yet_active",
        course_to("answered"),
        participant.SignEligibility(participant=CODE, at=day(-21)),
    ),
    refused(
        "procedure.before_consent",
        course_to("answered"),
        participant.SignEligibility(participant=CODE, at=day(0, "08:00")),
    ),
    refused(
        "consent.incomplete",
        [
            *active(),
            *course("screened"),
            participant.RecordConsent(
                participant=CODE, at=day(0), version="1.0", language="zh-CN", copy_given=False
            ),
        ],
        participant.SignEligibility(participant=CODE),
    ),
    refused(
        "consent.incomplete",
        course_to(
            "screened",
            *of_participant(
                ConsentGiven(version="0.9", language="zh-CN", parties=("participant",), copy_given=True)
            ),
        ),
        participant.SignEligibility(participant=CODE),
    ),
    refused("eligibility.unanswered", course_to("measured"), participant.SignEligibility(participant=CODE)),
    refused(
        "eligibility.unanswered",
        course_to("answered", participant.AnswerCriteria(participant=CODE, answers={"pregnant": None})),
        participant.SignEligibility(participant=CODE),
    ),
    refused(
        "eligibility.not_met",
        course_to("answered", participant.AnswerCriteria(participant=CODE, answers={"pregnant": True})),
        participant.SignEligibility(participant=CODE),
    ),
    *(
        refused(
            "eligibility.age",
            [*active(), screening(age=age), *course("answered")[1:]],
            participant.SignEligibility(participant=CODE),
        )
        for age in (None, Decimal("17.9"), Decimal(81))
    ),
    refused("randomize.eligibility_unsigned", course_to("screened"), course("randomized")[-1]),
    refused("randomize.eligibility_unsigned", course_to("answered"), course("randomized")[-1]),
    refused(
        "randomize.before_eligibility",
        course_to("eligible"),
        participant.Randomize(participant=CODE, at=day(0, "10:45")),
    ),
    refused("randomize.already", course_to("randomized"), course("randomized")[-1]),
    refused("randomize.already", course_to("started"), course("randomized")[-1]),
    refused(
        "randomize.enrolment_closed",
        course_to("eligible", trial.CloseEnrolment()),
        participant.Randomize(participant=CODE),
    ),
    refused(
        "randomize.list_not_sealed",
        [*active(ELSEWHERE), *course("eligible")],
        participant.Randomize(participant=CODE),
    ),
    refused(
        "randomize.target_reached",
        [*active(ONE_PLACE), *course("randomized", "S1-002", document=ONE_PLACE), *course("eligible")],
        participant.Randomize(participant=CODE),
    ),
    refused(
        "randomize.list_used_up",
        [
            *active(ONE_PLACE),
            *course("randomized", "S1-002", document=ONE_PLACE),
            *amended(TWO_PLACES),
            *course("eligible"),
        ],
        participant.Randomize(participant=CODE),
    ),
    refused(
        "randomize.made_here",
        course_to("eligible"),
        participant.RecordRandomization(participant=CODE, at=day(0), arm="by-vein"),
    ),
    refused(
        "randomize.unknown_arm",
        [*active(ELSEWHERE), *course("eligible")],
        participant.RecordRandomization(participant=CODE, at=day(0), arm="by-mouth"),
        NotFound,
    ),
    refused(
        "randomization.recorded_already",
        [
            *active(ELSEWHERE),
            *course("eligible"),
            participant.RecordRandomization(participant=CODE, at=day(0), arm="by-vein"),
        ],
        participant.RecordRandomization(participant=CODE, at=day(0), arm="by-vein"),
    ),
    refused("participant.died", course_to("consented", death()), appointment()),
    refused("participant.withdrawn", course_to("consented", withdrawal("visits")), appointment()),
    refused("participant.screen_failed", course_to("consented", _failure()), appointment()),
    refused("participant.lost", course_to("consented", _loss()), appointment()),
    refused(
        "participant.completed",
        course_to("randomized", participant.CompleteParticipant(participant=CODE)),
        participant.CompleteParticipant(participant=CODE),
    ),
    refused(
        "participant.transplanted",
        course_to("randomized", _transplant()),
        infusion.OrderInfusion(participant=CODE),
    ),
    refused(
        "consent.visits_withdrawn",
        course_to("randomized", _transplant(), withdrawal("visits")),
        appointment(),
    ),
    refused(
        "consent.treatment_withdrawn",
        course_to("eligible", withdrawal("treatment")),
        participant.Randomize(participant=CODE),
    ),
    refused(
        "participant.complete.not_when_consented",
        course_to("consented"),
        participant.CompleteParticipant(participant=CODE),
    ),
    refused("policy.denied", active(), screening(), Denied, person(Role.INSPECTOR)),
]
