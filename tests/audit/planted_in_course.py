"""Faults planted in the course of participants, in their infusions and in the product's lots."""

from __future__ import annotations

from decimal import Decimal

from domain.consent_given import ConsentGiven, ConsentPartySigned, ConsentWithdrawn, ReconsentRequested
from domain.eligibility import CriterionAnswered, EligibilitySigned, ScreenFailed
from domain.enrolment import AllocationUsed
from domain.infusion import InfusionCompleted, InfusionOrdered, InfusionReported, InfusionStarted, LotAssigned
from domain.infusion_put_right import InfusionTimeCorrected
from domain.participant import Completed, Died, Randomized
from domain.product_lot import BagAssigned, LotRegistered, LotReleased
from domain.record import NewFact
from domain.screening import PreScreened
from domain.unblinding import Unblinded, UnblindingAssessed
from domain.visit import VisitAttended, VisitScheduled
from tests.audit.planted import ACTIVE, CODE, CONSENTED, DEAD, MEASURED, RANDOMIZED, Planted, of
from tests.support.trial import (
    EXTERNAL,
    LOT,
    SEALED,
    active,
    course,
    day,
    of_lot,
    of_participant,
    of_trial,
    small,
)
from workflows import participant

SCREENED = [*ACTIVE, *course("screened")]
ELIGIBLE = [*ACTIVE, *course("eligible")]
ASSIGNED = [*ACTIVE, *course("assigned")]
FULL = [
    *active(small(EXTERNAL | {"enrolment.target": 1})),
    *course("eligible", "S1-002"),
    participant.RecordRandomization(participant="S1-002", at=day(0, "12:45"), arm="by-vein"),
    *course("eligible"),
]
FULL_HERE = [
    *active(small({"enrolment.target": 2})),
    *(each for code, place in (("S1-002", 1), ("S1-003", 2)) for each in course("randomized", code, place)),
    *course("eligible"),
]
RANDOMIZE, REPORT, VISIT = "participant.randomize", "infusion.record", "visit.record"


def randomized(place: int = 1, code: str = CODE) -> list[NewFact]:
    when = day(0, "12:45")
    return [
        *of_participant(Randomized(place=place, allocation=SEALED), when=when, code=code),
        *of_trial(AllocationUsed(place=place, participant=code), when=when),
    ]


def reported(**fields: object) -> InfusionReported:
    return InfusionReported.model_validate({"details": SEALED, "lot": LOT, "bag": "B30", **fields})


IN_COURSE = {
    "randomized without consent": Planted(
        SCREENED,
        randomized(),
        RANDOMIZE,
        {"randomize.eligibility_unsigned", "procedure.before_consent"},
    ),
    "randomized before eligibility was signed": Planted(
        CONSENTED, randomized(), RANDOMIZE, {"randomize.eligibility_unsigned"}
    ),
    "randomized twice": Planted(RANDOMIZED, randomized(2), RANDOMIZE, {"randomize.already"}),
    "randomized beyond the cap": Planted(FULL_HERE, randomized(3), RANDOMIZE, {"randomize.target_reached"}),
    "randomized elsewhere beyond the cap": Planted(
        FULL, randomized(2), "participant.record_randomization", {"randomize.target_reached"}
    ),
    "a place of the list skipped": Planted(ELIGIBLE, randomized(4), RANDOMIZE, {"randomize.out_of_order"}),
    "an allocation without its place": Planted(ELIGIBLE, randomized()[:1], RANDOMIZE, {"fact.alone"}),
    "a place without its allocation": Planted(ELIGIBLE, randomized()[1:], RANDOMIZE, {"fact.alone"}),
    "an infusion of an unreleased lot": Planted(
        RANDOMIZED,
        of(reported(lot="L2", bag="X1"), at="13:00"),
        REPORT,
        {"infusion.lot_unreleased", "seal.broken"},
    ),
    "an infusion step by step skipped": Planted(
        ASSIGNED, of(InfusionStarted(), at="13:00"), "infusion.start", {"infusion.lot_unreleased"}
    ),
    "an infusion before randomization": Planted(
        ELIGIBLE,
        of(InfusionStarted(), at="13:00"),
        "infusion.start",
        {"infusion.before_randomization", "infusion.not_ordered"},
    ),
    "an infusion ordered without the weight that its dose is for": Planted(
        RANDOMIZED,
        of(InfusionOrdered(dose=Decimal(1), dose_unit="10*6/kg"), at="13:00"),
        "infusion.order",
        {"infusion.no_weight"},
    ),
    "an infusion completed that never started": Planted(
        ASSIGNED,
        of(InfusionCompleted(), at="13:00"),
        "infusion.complete",
        {"infusion.complete.not_when_lot_assigned"},
    ),
    "a bag of another participant": Planted(
        [*RANDOMIZED, *course("assigned", "S1-002", 2), course("ordered")[-1]],
        [
            *of(LotAssigned(lot=LOT, bag="B2"), at="13:00"),
            *of_lot(BagAssigned(lot=LOT, bag="B2", participant=CODE), when=day(0, "13:00")),
        ],
        "infusion.assign_lot",
        {"infusion.bag_taken"},
    ),
    "an infusion moved to before birth": Planted(
        [*ACTIVE, *course("closed")],
        of_participant(
            InfusionTimeCorrected(step="started", at=day(-46_000), was=day(0, "12:00"), told_with="started"),
            when=day(-46_000),
        ),
        "infusion.correct_times",
        {"time.before_birth"},
    ),
    "a visit before birth": Planted(
        MEASURED,
        of_participant(VisitAttended(visit="week-4"), when=day(-46_000)),
        VISIT,
        {"time.before_birth", "site.not_yet_active", "procedure.before_consent"},
    ),
    "a death before the screening": Planted(
        MEASURED, of_participant(Died(), when=day(-1)), "participant.record_death", {"time.before_screening"}
    ),
    "a visit after death": Planted(
        DEAD, of(VisitAttended(visit="week-4"), at="15:00"), VISIT, {"participant.died"}
    ),
    "a visit attended twice": Planted(
        MEASURED, of(VisitAttended(visit="baseline")), VISIT, {"visit.attended_already"}
    ),
    "a visit the protocol does not know": Planted(
        CONSENTED, of(VisitAttended(visit="week-8")), VISIT, {"visit.unknown"}
    ),
    "an appointment after death": Planted(
        DEAD,
        of(VisitScheduled(visit="week-4", appointment=day(28)), at="15:00"),
        "visit.schedule",
        {"participant.died"},
    ),
    "death twice": Planted(
        DEAD, of(Died(), at="15:00"), "participant.record_death", {"died.recorded_already"}
    ),
    "completed before treatment": Planted(
        CONSENTED, of(Completed()), "participant.complete", {"participant.complete.not_when_consented"}
    ),
    "eligibility signed with a criterion unanswered": Planted(
        CONSENTED,
        of(EligibilitySigned(criteria=2)),
        "participant.sign_eligibility",
        {"eligibility.unanswered"},
    ),
    "a criterion the protocol does not know": Planted(
        CONSENTED,
        of(CriterionAnswered(criterion="eyes", holds=True)),
        "participant.answer_criteria",
        {"eligibility.unknown_criterion"},
    ),
    "a consent twice": Planted(
        CONSENTED,
        of(
            ConsentGiven(version="1.0", language="zh-CN", parties=("participant",), copy_given=True),
            at="09:00",
        ),
        "participant.record_consent",
        {"consent.recorded_already"},
    ),
    "a consent signed by somebody who is no party": Planted(
        CONSENTED,
        of(
            ConsentGiven(version="1.0", language="zh-CN", parties=("nurse",), copy_given=True),
            at="09:30",
        ),
        "participant.record_consent",
        {"consent.no_party"},
    ),
    "a withdrawal twice": Planted(
        [*CONSENTED, participant.RecordWithdrawal(participant=CODE, at=day(0), scope="samples")],
        of(ConsentWithdrawn(scope="samples")),
        "participant.record_withdrawal",
        {"consent.withdrawn_already"},
    ),
    "a renewed consent asked of the dead": Planted(
        DEAD,
        of(ReconsentRequested(version="2.0"), at="15:00"),
        "participant.request_reconsent",
        {"participant.ended"},
    ),
    "a disclosure assessed that never was": Planted(
        CONSENTED,
        of(UnblindingAssessed(assessment="none")),
        "participant.assess_unblinding",
        {"unblinding.none"},
    ),
    "a participant nobody screened": Planted(
        ACTIVE, of(VisitAttended(visit="baseline")), VISIT, {"participant.unknown"}
    ),
    "a code taken twice": Planted(
        CONSENTED, of(PreScreened(code=CODE, site="S1")), "participant.pre_screen", {"participant.code_taken"}
    ),
    "screened at a site that is not active": Planted(
        ACTIVE, of(PreScreened(code=CODE, site="S2")), "participant.pre_screen", {"site.not_active"}
    ),
    "a lot registered twice": Planted(
        ACTIVE,
        of_lot(LotRegistered(lot=LOT, bags=("B1",), expires=day(9))),
        "lot.register",
        {"lot.registered_already"},
    ),
    "a lot released that is not there": Planted(
        ACTIVE, of_lot(LotReleased(lot="L9", basis="final"), lot="L9"), "lot.release", {"lot.unknown"}
    ),
    "a bag assigned for no infusion": Planted(
        ACTIVE,
        of_lot(BagAssigned(lot=LOT, bag="B1", participant=CODE)),
        "infusion.assign_lot",
        {"fact.alone"},
    ),
    "a screen failure for no reason": Planted(
        CONSENTED,
        of(ScreenFailed(reasons=())),
        "participant.record_screen_failure",
        {"screen_failure.no_reason"},
    ),
    "an allocation from elsewhere beside a list of one's own": Planted(
        ELIGIBLE, randomized(), "participant.record_randomization", {"randomize.made_here"}
    ),
    "the blind broken in words that name an arm": Planted(
        RANDOMIZED,
        of(Unblinded(kind="emergency", informed=("Dr Yu",), reason="was by vein"), at="13:00"),
        "unblinding.break_blind",
        {"unblinding.names_arm"},
    ),
    "a signature of another hour than the server's": Planted(
        SCREENED,
        of(
            ConsentPartySigned(
                party="participant",
                version="1.0",
                language="zh-CN",
                document="0f" * 32,
                method="handwritten",
                evidence="3f" * 32,
            ),
            at="11:00",
        ),
        "participant.sign_consent_as",
        {"consent.signed_now", "consent.form_unapproved"},
    ),
}
"""Each fault as people would say it."""
