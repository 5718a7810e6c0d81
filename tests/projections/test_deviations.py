"""What happened is recorded, and departures from the protocol show: each rule, and its near miss."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import pytest

from domain.adverse_event import CausalityAssessed
from domain.clinical_time import ClinicalTime
from domain.consent import Purpose
from domain.consent_given import ConsentGiven, ConsentWithdrawn, ReconsentRequested
from domain.eligibility import CriterionAnswered, EligibilitySigned
from domain.fact import Fact
from domain.infusion import (
    InfusionCompleted,
    InfusionObserved,
    InfusionOrdered,
    InfusionReported,
    InfusionStarted,
    InfusionStoppedEarly,
)
from domain.observation import ResultRecorded
from domain.outcome import Classification, DeviationNoted
from domain.participant import Died, MisrandomizationNoted, Randomized
from domain.product_lot import LotQuarantined, LotRegistered, LotRejected, LotReleased
from domain.record import NewFact, Role
from domain.safety import (
    SafetyFollowUpReceived,
    SafetyReportOpened,
    SafetyReportSubmitted,
    SafetyReportVoided,
)
from domain.sample import SampleHandedOut, SampleTaken
from domain.screening import PreScreened
from domain.trial import Activated, SiteActivated
from domain.unblinding import Unblinded
from domain.visit import VisitAttended, VisitMissed
from projections.deviations import RULES, Deviation, deviation_id, deviations
from tests.support.trial import (
    EXTERNAL,
    LOT,
    READINGS,
    RENEWED,
    SEALED,
    Scenario,
    active,
    amended,
    arm_routes,
    at,
    course,
    day,
    of_participant,
    small,
)
from tests.workflows.refusals_of_consent import form
from workflows import (
    adverse_event,
    infusion,
    observation,
    outcome,
    participant,
    product_lot,
    safety,
    sample,
    sample_correction,
    trial,
    visit,
)
from workflows.command import Command

CODE = "S1-001"
ALLOCATED = arm_routes(small())[0]
OTHER = "vein" if ALLOCATED == "artery" else "artery"
Given = list[Command | NewFact]
Place = tuple[type[Fact], int]


class Case(NamedTuple):
    """A rule, what it is about, the facts that make it, what was done, and what was nearly done."""

    rule: str
    subject: str
    facts: tuple[Place, ...]
    given: Given
    near: Given
    on: int = 40
    near_on: int | None = None


def came(when: ClinicalTime, name: str | None = None) -> Command:
    return visit.RecordVisit(participant=CODE, at=when, visit=name)


def infused(when: ClinicalTime, **fields: object) -> Command:
    known = {"participant": CODE, "at": when, "route": ALLOCATED, "lot": LOT, "bag": "B30"}
    return infusion.RecordInfusion.model_validate(known | fields)


def consented(**fields: object) -> Command:
    known = {"participant": CODE, "at": day(0, "09:00"), "version": "1.0", "language": "zh-CN"}
    return participant.RecordConsent.model_validate(known | fields)


def left(when: ClinicalTime) -> sample_correction.CorrectHandOut:
    """When a sample really left."""
    return sample_correction.CorrectHandOut(participant=CODE, sample="T-1", at=when)


def gene(clock: str, on: int = 0) -> Command:
    """A sample for genetic use was taken."""
    when = day(on, clock)
    return sample.RecordSample(participant=CODE, at=when, sample="T-1", material="dna", genetic=True)


def allocated(code: str = CODE, when: ClinicalTime | None = None) -> Command:
    return participant.RecordRandomization(participant=code, at=when or day(0, "12:45"), arm="by-vein")


def given_by_vein(when: ClinicalTime) -> Command:
    return infused(when, route="vein", lot=None, bag=None)


def dosed(cells: str | None) -> Command:
    return infusion.CompleteInfusion(
        participant=CODE, cells_million=None if cells is None else Decimal(cells)
    )


def stopped(cells: str | None) -> Command:
    known = None if cells is None else Decimal(cells)
    return infusion.StopInfusion(participant=CODE, reason="fever", cells_million=known)


def screened(when: ClinicalTime) -> Command:
    return participant.PreScreen(participant=CODE, site="S1", sex="male", age=Decimal(50), at=when)


def drawn(when: ClinicalTime) -> Command:
    readings = READINGS[:1]
    return observation.RecordResults(participant=CODE, at=when, visit="baseline", readings=readings)


def withdrew(scope: str, when: ClinicalTime) -> Command:
    return participant.RecordWithdrawal(participant=CODE, at=when, scope=scope)


def second_lot(*, expires: int = 300, release: int | None = -5) -> Given:
    registered: Command = product_lot.RegisterLot(lot="L2", bags=("X1",), expires=day(expires), at=day(-10))
    released = [] if release is None else [product_lot.ReleaseLot(lot="L2", at=day(release))]
    return [registered, *released]


HELD = product_lot.QuarantineLot(lot="L2", reason="spill", at=day(0, "12:00"))
FREED = product_lot.ReleaseLot(lot="L2", at=day(0, "18:00"))
OF_L2 = {"lot": "L2", "bag": "X1"}
RANDOMIZED: Given = [*active(), *course("randomized")]
SCREENED: Given = [*active(), *course("screened")]
CONSENT = course("consented")[-1]
INFUSED: Given = [*active(), *course("infused")]
SENT: Given = [
    *active(),
    *course("consented"),
    sample.RecordSample(participant=CODE, at=day(0, "10:00"), sample="T-1", material="serum"),
    sample.HandOutSample(
        participant=CODE, at=day(0, "11:00"), sample="T-1", recipient="a laboratory", uses=(Purpose.TRIAL,)
    ),
]
BEGUN: Given = [*active(), *course("started")]
"""Of 60 kg, so that 60 x 10^6 cells are planned; ten per cent more or less may be given."""
ELSEWHERE: Given = [*active(small(EXTERNAL))]
ONE_PLACE: Given = [*active(small(EXTERNAL | {"enrolment.target": 1}))]
TWO_PLACES: Given = [*active(small(EXTERNAL | {"enrolment.target": 2}))]
TOLD_AFTER_TWO_WEEKS = small(
    {"alerts": [{"id": "renewal", "rule": "reconsent_overdue", "days": 14, "roles": ["coordinator"]}]}
)
HOLDS = EXTERNAL | {"consent.renewal_hold": "due"}
ASKED_ANEW = participant.RequestReconsent(participant=CODE, version="2.0")
SERIOUS = adverse_event.RecordAdverseEvent(
    participant=CODE,
    at=day(1, "12:00"),
    term="bleeding",
    severity="severe",
    criteria=("hospitalization",),
    aware=day(1, "13:00"),
)


def answered_against() -> list[NewFact]:
    return of_participant(CriterionAnswered(criterion="pregnant", holds=True), when=day(0, "12:40"))


def submitted(when: ClinicalTime) -> Command:
    return safety.RecordSubmission(participant=CODE, at=when, event="ae-1", recipient="sponsor")


NO_REPORT = safety.VoidSafetyReport(
    participant=CODE, at=day(3, "12:00"), event="ae-1", why="another participant"
)


def measured(*items: str, visit: str = "baseline") -> Given:
    readings = tuple(each for each in READINGS if each.item in items)
    when = day(0, "10:30") if visit == "baseline" else day(3, "12:00")
    return [observation.RecordResults(participant=CODE, at=when, visit=visit, readings=readings)]


def aged(years: int) -> Command:
    return participant.PreScreen(participant=CODE, site="S1", sex="male", age=Decimal(years))


def disclosed(kind: str) -> Command:
    return participant.RecordUnblinding(
        participant=CODE, at=day(1), kind=kind, informed=("Dr Wang",), reason="chart left open"
    )


UNASKED: Given = [
    *active(small(EXTERNAL | {"consent.required": False, "eligibility.criteria": []})),
]
LATER: Given = [
    trial.ActivateTrial(at=day(-14)) if isinstance(each, trial.ActivateTrial) else each for each in UNASKED
]
IN_FEBRUARY = at("2026-02")
"""Of the month in which the site was activated: whether before it or after, nobody can tell."""
SCHEDULED = small({"deviations": {"omitted_assessments": True}})
WATCHED: Given = [*active(small({"product.observation_hours": 24})), *course("infused")]
OF_ANY_AGE: Given = [*active(small(EXTERNAL))]
TO_ETHICS: Given = [*active(small({"safety": {"ethics_days": 3}}))]
SIGNED = of_participant(EligibilitySigned(criteria=2), when=day(0, "12:00"))
NEWS = safety.RecordSafetyFollowUp(
    participant=CODE, at=day(3, "12:00"), event="ae-1", information="bleeds again", significant=True
)
UNEXPECTED: Given = [
    safety.RecordSponsorAwareness(participant=CODE, at=day(2, "12:30"), event="ae-1"),
    adverse_event.AssessCausality(
        participant=CODE, event="ae-1", causality="possible", expected=False, why="seen nowhere before"
    ),
]
BY_END = small({"product.use_by": "end"})
NOON = day(1, "10:00")
STARTED: Place = (InfusionStarted, 1)
REPORTED: Place = (InfusionReported, 1)

CASES = [
    Case(
        "visit.out_of_window",
        "week-4",
        ((VisitAttended, 2), STARTED),
        [*INFUSED, came(day(36), "week-4")],
        [*INFUSED, came(day(35), "week-4")],
    ),
    Case(
        "visit.out_of_window",
        "week-4",
        ((VisitAttended, 2), STARTED),
        [*INFUSED, came(day(20), "week-4")],
        [*INFUSED, came(day(21), "week-4")],
    ),
    Case("visit.missed", "week-4", (STARTED,), INFUSED, INFUSED, on=50, near_on=49),
    Case(
        "visit.missed",
        "week-4",
        ((VisitMissed, 1), STARTED),
        [*INFUSED, visit.RecordMissedVisit(participant=CODE, at=day(30), visit="week-4")],
        [
            *INFUSED,
            visit.RecordMissedVisit(participant=CODE, at=day(30), visit="week-4"),
            came(day(33), "week-4"),
        ],
    ),
    Case(
        "visit.after_withdrawal",
        "unscheduled-1",
        ((VisitAttended, 2), (ConsentWithdrawn, 1)),
        [*INFUSED, withdrew("visits", day(10)), came(day(11))],
        [*INFUSED, withdrew("visits", day(10)), came(day(10))],
    ),
    Case(
        "infusion.wrong_route",
        "infusion-1",
        (REPORTED, (Randomized, 1)),
        [*RANDOMIZED, infused(NOON, route=OTHER)],
        [*RANDOMIZED, infused(NOON)],
        on=2,
    ),
    Case(
        "infusion.before_randomization",
        "infusion-1",
        (REPORTED,),
        [*active(), *course("eligible"), infused(day(0, "11:30"))],
        [*active(), *course("eligible")],
        on=2,
    ),
    Case(
        "infusion.before_randomization",
        "infusion-1",
        (REPORTED, (Randomized, 1)),
        [*ELSEWHERE, *course("eligible"), infused(day(0, "11:30"), route="vein"), allocated()],
        [*ELSEWHERE, *course("eligible"), infused(day(0, "12:45"), route="vein"), allocated()],
        on=2,
    ),
    Case(
        "infusion.use_by_exceeded",
        "infusion-1",
        (REPORTED,),
        [*RANDOMIZED, infused(NOON, use_by=day(1, "09:59"))],
        [*RANDOMIZED, infused(NOON, use_by=NOON)],
        on=2,
    ),
    Case(
        "infusion.use_by_exceeded",
        "infusion-1",
        (REPORTED,),
        [
            *active(BY_END),
            *course("randomized"),
            infused(NOON, use_by=day(1, "10:30"), ended=day(1, "10:31")),
        ],
        [
            *active(BY_END),
            *course("randomized"),
            infused(NOON, use_by=day(1, "10:30"), ended=day(1, "10:30")),
        ],
        on=2,
    ),
    Case(
        "infusion.lot_unreleased",
        "infusion-1",
        (REPORTED, (LotRegistered, 2)),
        [*RANDOMIZED, *second_lot(release=None), infused(NOON, **OF_L2)],
        [*RANDOMIZED, *second_lot(), infused(NOON, **OF_L2)],
        on=2,
    ),
    Case(
        "infusion.lot_unreleased",
        "infusion-1",
        (REPORTED, (LotReleased, 2)),
        [
            *RANDOMIZED,
            *second_lot(release=None),
            infused(day(0, "12:30"), **OF_L2),
            product_lot.ReleaseLot(lot="L2", at=day(0, "12:31")),
        ],
        [
            *RANDOMIZED,
            *second_lot(release=None),
            infused(day(0, "12:30"), **OF_L2),
            product_lot.ReleaseLot(lot="L2", at=day(0, "12:30")),
        ],
        on=2,
    ),
    Case(
        "infusion.lot_unreleased",
        "infusion-1",
        (REPORTED,),
        [*RANDOMIZED, infused(NOON, lot="L9")],
        [*RANDOMIZED, infused(NOON, lot=None)],
        on=2,
    ),
    Case(
        "infusion.lot_withheld",
        "infusion-1",
        (REPORTED, (LotQuarantined, 1)),
        [*RANDOMIZED, *second_lot(), HELD, infused(NOON, **OF_L2)],
        [*RANDOMIZED, *second_lot(), HELD, FREED, infused(NOON, **OF_L2)],
        on=2,
    ),
    Case(
        "infusion.lot_withheld",
        "infusion-1",
        (REPORTED, (LotRejected, 1)),
        [
            *RANDOMIZED,
            *second_lot(),
            product_lot.RejectLot(lot="L2", reason="growth", at=day(0, "12:00")),
            infused(NOON, **OF_L2),
        ],
        [
            *RANDOMIZED,
            *second_lot(),
            infused(NOON, **OF_L2),
            product_lot.RejectLot(lot="L2", reason="growth", at=day(1, "12:00")),
        ],
        on=2,
    ),
    Case(
        "infusion.lot_expired",
        "infusion-1",
        (REPORTED, (LotRegistered, 2)),
        [*RANDOMIZED, *second_lot(expires=0), infused(day(1, "00:00"), **OF_L2)],
        [*RANDOMIZED, *second_lot(expires=0), infused(day(0, "23:59"), **OF_L2)],
        on=2,
    ),
    Case(
        "infusion.after_withdrawal",
        "infusion-1",
        (REPORTED, (ConsentWithdrawn, 1)),
        [*RANDOMIZED, withdrew("treatment", day(0)), infused(NOON)],
        [*RANDOMIZED, withdrew("samples", day(0)), infused(NOON)],
        on=2,
    ),
    Case(
        "procedure.before_consent",
        "baseline",
        ((VisitAttended, 1), (ConsentGiven, 1)),
        [*active(), *course("consented"), came(day(0, "08:59"), "baseline")],
        [*active(), *course("consented"), came(day(0, "09:00"), "baseline")],
        on=2,
    ),
    Case(
        "procedure.before_consent",
        "unscheduled-1",
        ((VisitAttended, 1),),
        [*active(), *course("screened"), came(day(0))],
        [
            *active(small({"consent": {"required": False}})),
            *course("screened"),
            came(day(0)),
        ],
        on=2,
    ),
    Case(
        "site.before_activation",
        "screening",
        ((PreScreened, 1), (SiteActivated, 1), (Activated, 1)),
        [*active(), screened(day(-21))],
        [*active(), screened(day(-20))],
        on=2,
    ),
    Case(
        "site.before_activation",
        "consent-2",
        ((ConsentGiven, 2), (Activated, 1)),
        [*LATER, screened(day(-14)), consented(at=day(-14)), consented(at=day(-15))],
        [*LATER, screened(day(-14)), consented(at=day(-14)), consented(at=day(-13))],
        on=2,
    ),
    Case(
        "site.before_activation",
        "unscheduled-1",
        ((VisitAttended, 1), (SiteActivated, 1), (Activated, 1)),
        [*UNASKED, screened(day(-20)), came(day(-21))],
        [*UNASKED, screened(day(-20)), came(day(-20))],
        on=2,
    ),
    Case(
        "site.before_activation",
        "baseline",
        ((ResultRecorded, 1), (SiteActivated, 1), (Activated, 1)),
        [*UNASKED, screened(IN_FEBRUARY), came(day(-20), "baseline"), drawn(day(-21))],
        [*UNASKED, screened(day(-20)), came(day(-20), "baseline"), drawn(day(-21))],
        on=2,
    ),
    Case(
        "site.before_activation",
        "randomization",
        ((Randomized, 1), (SiteActivated, 1), (Activated, 1)),
        [*UNASKED, screened(day(-20)), allocated(when=day(-21))],
        [*UNASKED, screened(day(-20)), allocated(when=day(-20))],
        on=2,
    ),
    Case(
        "site.before_activation",
        "infusion-1",
        (REPORTED, (Activated, 1)),
        [*LATER, screened(day(-14)), allocated(when=IN_FEBRUARY), given_by_vein(day(-15))],
        [*LATER, screened(day(-14)), allocated(when=IN_FEBRUARY), given_by_vein(day(-14))],
        on=2,
    ),
    Case(
        "site.before_activation",
        "sample-T-1",
        ((SampleTaken, 1), (SiteActivated, 1), (Activated, 1)),
        [*active(), screened(day(-20)), consented(at=IN_FEBRUARY, granted=("genetic",)), gene("09:30", -21)],
        [*active(), screened(day(-20)), consented(at=IN_FEBRUARY, granted=("genetic",)), gene("09:30", -20)],
        on=2,
    ),
    Case(
        "consent.outdated_version",
        "0.9",
        ((ConsentGiven, 1),),
        [*active(), *course("screened"), consented(version="0.9")],
        [*active(), *course("screened"), consented()],
        on=2,
    ),
    Case(
        "consent.outdated_version",
        "1.0",
        ((ConsentGiven, 1),),
        [*active(), *course("screened"), *amended(small(RENEWED)), consented(at=day(1))],
        [*active(), *course("screened"), *amended(small(RENEWED)), consented(at=day(0))],
        on=2,
    ),
    Case(
        "consent.unapproved_document",
        "1.0",
        ((ConsentGiven, 1),),
        [*active(), form(), form("1.1", -2), *course("screened"), consented()],
        [*active(), form(), form("1.1", 1), *course("screened"), consented()],
        on=2,
    ),
    Case(
        "consent.incomplete",
        "1.0",
        ((ConsentGiven, 1),),
        [*active(), *course("screened"), consented(copy_given=False)],
        [*active(), *course("screened"), consented(copy_given=True)],
        on=2,
    ),
    Case(
        "consent.incomplete",
        "1.0",
        ((ConsentGiven, 1),),
        [*active(), *course("screened"), consented(parties=("participant",))],
        [*active(), *course("screened"), consented(parties=("participant", "investigator", "witness"))],
        on=2,
    ),
    Case(
        "randomization.before_eligibility",
        "randomization",
        ((Randomized, 1),),
        [*ELSEWHERE, *course("consented"), allocated()],
        [*ELSEWHERE, *course("eligible"), allocated()],
        on=2,
    ),
    Case(
        "randomization.before_eligibility",
        "randomization",
        ((Randomized, 1), (EligibilitySigned, 1)),
        [
            *ELSEWHERE,
            *course("eligible"),
            *of_participant(
                Randomized(place=1, allocation=SEALED),
                when=day(0, "10:00"),
            ),
        ],
        [
            *ELSEWHERE,
            *course("answered"),
            participant.SignEligibility(participant=CODE, at=day(0, "12:00")),
            allocated(),
        ],
        on=2,
    ),
    Case(
        "randomization.beyond_target",
        "randomization",
        ((Randomized, 2),),
        [*ONE_PLACE, *course("eligible", "S1-002"), *course("eligible"), allocated("S1-002"), allocated()],
        [*TWO_PLACES, *course("eligible", "S1-002"), *course("eligible"), allocated("S1-002"), allocated()],
        on=2,
    ),
    Case(
        "randomization.after_withdrawal",
        "randomization",
        ((Randomized, 1), (ConsentWithdrawn, 1)),
        [*ELSEWHERE, *course("eligible"), withdrew("treatment", day(0, "12:30")), allocated()],
        [*ELSEWHERE, *course("eligible"), withdrew("treatment", day(0, "12:50")), allocated()],
        on=2,
    ),
    Case(
        "randomization.ineligible",
        "randomization",
        ((Randomized, 1), (CriterionAnswered, 3)),
        [
            *RANDOMIZED,
            *answered_against(),
        ],
        RANDOMIZED,
        on=2,
    ),
    Case(
        "consent.renewal_overdue",
        "2.0",
        ((ReconsentRequested, 1),),
        [*active(TOLD_AFTER_TWO_WEEKS), *course("consented"), ASKED_ANEW],
        [*active(TOLD_AFTER_TWO_WEEKS), *course("consented"), ASKED_ANEW],
        on=16,
        near_on=13,
    ),
    Case(
        "samples.without_consent",
        "T-1",
        ((SampleTaken, 1), (ConsentGiven, 1)),
        [*active(), *course("consented"), gene("09:30")],
        [*active(), *course("screened"), consented(granted=("genetic",)), gene("09:30")],
        on=2,
    ),
    Case(
        "samples.left_without_consent",
        "T-1",
        ((SampleHandedOut, 2), (ConsentGiven, 1)),
        [*SENT, withdrew("samples", day(1)), left(day(2))],
        [*SENT, withdrew("samples", day(1)), left(day(0, "20:00"))],
        on=2,
    ),
    Case(
        "consent.procedure_held",
        "randomization",
        ((Randomized, 1), (ReconsentRequested, 1)),
        [*active(small(HOLDS)), *course("eligible"), ASKED_ANEW, allocated()],
        [*active(small(EXTERNAL)), *course("eligible"), ASKED_ANEW, allocated()],
        on=2,
    ),
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
        "record.after_death",
        "consent-1",
        ((ConsentGiven, 1), (Died, 1)),
        [*SCREENED, participant.RecordDeath(participant=CODE, at=day(0, "08:59")), CONSENT],
        [*SCREENED, participant.RecordDeath(participant=CODE, at=day(0, "09:00")), CONSENT],
        on=1,
    ),
    Case(
        "record.after_death",
        "unscheduled-1",
        ((VisitAttended, 2), (Died, 1)),
        [*INFUSED, participant.RecordDeath(participant=CODE, at=day(10)), came(day(11))],
        [*INFUSED, participant.RecordDeath(participant=CODE, at=day(10)), came(day(10))],
    ),
    Case(
        "visit.assessments_omitted",
        "baseline",
        ((VisitAttended, 1),),
        [*active(SCHEDULED), *course("baseline"), *measured("alt", "tbil")],
        [*active(SCHEDULED), *course("baseline"), *measured("alt", "tbil", "ascites")],
        on=6,
    ),
    Case(
        "visit.assessments_omitted",
        "baseline",
        ((VisitAttended, 1),),
        [*active(SCHEDULED), *course("baseline")],
        [*active(SCHEDULED), *course("baseline")],
        on=7,
        near_on=4,
    ),
    Case(
        "samples.after_withdrawal",
        "unscheduled-1",
        ((ResultRecorded, 3), (ConsentWithdrawn, 1)),
        [*INFUSED, came(day(3)), withdrew("samples", day(2)), *measured("alt", visit="unscheduled-1")],
        [*INFUSED, came(day(3)), withdrew("samples", day(2)), *measured("ascites", visit="unscheduled-1")],
        on=4,
    ),
    Case(
        "infusion.not_planned",
        "infusion-2",
        ((InfusionReported, 1),),
        [*INFUSED, infused(NOON, infusion=2)],
        [*active(small({"product.infusions": 2})), *course("infused"), infused(NOON, infusion=2)],
        on=2,
    ),
    Case(
        "infusion.bag_of_another",
        "infusion-1",
        (REPORTED,),
        [*RANDOMIZED, *course("assigned", "S1-002", place=2), infused(NOON, bag="B2")],
        [*RANDOMIZED, *course("assigned", "S1-002", place=2), infused(NOON, bag="B3")],
        on=2,
    ),
    Case(
        "infusion.bag_of_another",
        "infusion-1",
        (REPORTED,),
        [*RANDOMIZED, infused(NOON, bag="B99")],
        [*RANDOMIZED, infused(NOON, bag=None)],
        on=2,
    ),
    Case(
        "infusion.dose_departed",
        "infusion-1",
        ((InfusionCompleted, 1), (InfusionOrdered, 1)),
        [*BEGUN, dosed("66.1")],
        [*BEGUN, dosed("66")],
        on=2,
    ),
    Case(
        "infusion.dose_departed",
        "infusion-1",
        ((InfusionCompleted, 1), (InfusionOrdered, 1)),
        [*BEGUN, dosed("53.9")],
        [*BEGUN, dosed(None)],
        on=2,
    ),
    Case(
        "infusion.dose_departed",
        "infusion-1",
        ((InfusionStoppedEarly, 1), (InfusionOrdered, 1)),
        [*BEGUN, stopped(None)],
        [*BEGUN, stopped("54")],
        on=2,
    ),
    Case(
        "infusion.observation_short",
        "infusion-1",
        ((InfusionObserved, 1),),
        [*WATCHED, infusion.ObserveInfusion(participant=CODE, hours=23)],
        [*WATCHED, infusion.ObserveInfusion(participant=CODE, hours=24)],
        on=2,
    ),
    Case(
        "randomization.age",
        "randomization",
        ((Randomized, 1), (PreScreened, 1)),
        [*OF_ANY_AGE, aged(17), *course("answered")[1:], *SIGNED, allocated()],
        [*OF_ANY_AGE, aged(18), *course("eligible")[1:], allocated()],
        on=2,
    ),
    Case(
        "randomization.error_noted",
        "error-1",
        ((MisrandomizationNoted, 1),),
        [*RANDOMIZED, participant.RecordMisrandomization(participant=CODE, at=day(1), finding="too old")],
        RANDOMIZED,
        on=2,
    ),
    Case(
        "masking.broken_by_accident",
        "disclosure-1",
        ((Unblinded, 1),),
        [*RANDOMIZED, disclosed("accidental")],
        [*RANDOMIZED, disclosed("planned")],
        on=2,
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


def found(scenario: Scenario, role: Role = Role.INVESTIGATOR) -> list[Deviation]:
    """The deviation log as that role sees it now."""
    view = scenario.view()
    return list(deviations(view, scenario.app.unseal(view.trial, role)))


@pytest.mark.parametrize("case", CASES, ids=[f"{case.rule} {number}" for number, case in enumerate(CASES)])
@pytest.mark.requirement("SQ-05", "SF-05")
def test_a_departure_shows_by_itself_with_the_facts_that_make_it(scenario: Scenario, case: Case) -> None:
    scenario.given(case.given).on(case.on)
    [deviation] = found(scenario)
    assert (deviation.participant, deviation.rule, deviation.subject) == (CODE, case.rule, case.subject)
    assert deviation.facts == tuple(scenario.position(kind, number) for kind, number in case.facts)
    assert deviation.id == deviation_id(CODE, case.rule, case.subject)
    assert deviation.classification is None


@pytest.mark.parametrize("case", CASES, ids=[f"{case.rule} {number}" for number, case in enumerate(CASES)])
def test_what_nearly_departs_does_not_show(scenario: Scenario, case: Case) -> None:
    scenario.given(case.near).on(case.on if case.near_on is None else case.near_on)
    assert found(scenario) == []


def test_every_rule_is_shown_by_a_case() -> None:
    assert {case.rule for case in CASES} == set(RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_rule_is_worded_in_both_languages(rule: tuple[str, str, str]) -> None:
    code, en, zh = rule
    assert RULES[code].code == code
    assert en
    assert not zh.isascii()


def test_the_id_of_a_deviation_follows_from_participant_rule_and_subject_for_good() -> None:
    assert deviation_id("S1-001", "visit.missed", "week-4") == "dev-8a7c81523949"
    ids = {deviation_id(code, rule, "week-4") for code in ("S1-001", "S1-002") for rule in RULES}
    assert len(ids) == 2 * len(RULES)


def test_what_people_say_of_a_deviation_shows_beside_it_and_the_newest_word_stands(
    scenario: Scenario,
) -> None:
    scenario.given(INFUSED, came(day(0, "12:00"), "week-4"))
    [before] = found(scenario)
    for weight in ("major", "minor"):
        scenario.given(
            outcome.ClassifyDeviation(
                participant=CODE,
                deviation=before.id,
                classification=weight,
                cause="holiday",
                correction="training",
            )
        )
    [after] = found(scenario)
    word = after.classification
    assert isinstance(word, Classification)
    assert word[:3] == ("minor", "holiday", "training")
    assert after._replace(classification=None) == before


def test_who_may_not_know_the_allocation_is_shown_no_deviation_of_route(scenario: Scenario) -> None:
    scenario.given(RANDOMIZED, infused(day(0, "12:30"), route=OTHER))
    assert [each.rule for each in found(scenario)] == ["infusion.wrong_route"]
    assert found(scenario, Role.OUTCOME_ASSESSOR) == []


def test_without_the_key_no_deviation_of_route_is_shown(scenario: Scenario) -> None:
    scenario.given(RANDOMIZED, infused(day(0, "12:30"), route=OTHER))
    assert list(deviations(scenario.view(), lambda _sealed: None)) == []


def test_a_route_is_judged_where_an_amendment_has_dropped_the_arm(scenario: Scenario) -> None:
    one_arm = small(
        {
            "version": "2.0",
            "arms": [{"id": "by-mouth", "name": {"en": "By mouth"}}],
            "randomization.block_sizes": [2],
        }
    )
    scenario.given(RANDOMIZED, infused(day(0, "12:30"), route=OTHER), amended(one_arm))
    assert [each.rule for each in found(scenario)] == ["infusion.wrong_route"]


def test_two_faulty_consents_on_one_version_are_two_deviations(scenario: Scenario) -> None:
    faulty = [consented(copy_given=False, at=day(0, clock)) for clock in ("09:00", "10:00")]
    scenario.given(active(), course("screened"), faulty)
    assert [(each.rule, each.subject) for each in found(scenario)] == [
        ("consent.incomplete", "1.0"),
        ("consent.incomplete", "1.0#2"),
    ]
    assert len({each.id for each in found(scenario)}) == 2


def test_a_consent_before_the_site_was_active_is_judged_under_its_first_version(scenario: Scenario) -> None:
    early = consented(at=day(-25))
    renewed = consented(at=day(0, "12:30"), version="2.0")
    scenario.given(active(), course("screened"), early, amended(small(RENEWED)), renewed)
    assert [(each.rule, each.subject) for each in found(scenario)] == [
        ("site.before_activation", "consent-1")
    ]


def test_a_lot_that_was_released_again_was_released_all_along_for_what_was_given_before(
    scenario: Scenario,
) -> None:
    held_later = product_lot.QuarantineLot(lot="L2", reason="spill", at=day(1, "12:00"))
    freed_later = product_lot.ReleaseLot(lot="L2", at=day(1, "18:00"))
    scenario.given(RANDOMIZED, second_lot(), infused(NOON, **OF_L2), held_later, freed_later)
    assert found(scenario) == []


def test_an_infusion_of_an_unknown_day_is_not_held_against_anyone(scenario: Scenario) -> None:
    scenario.given(RANDOMIZED, infused(at("2026-03"), use_by=day(0, "13:00"), **OF_L2))
    assert [each.rule for each in found(scenario)] == ["infusion.lot_unreleased"]


def test_the_deviations_of_one_participant_are_those_of_the_whole_log(scenario: Scenario) -> None:
    scenario.given(INFUSED, came(day(0, "12:00"), "week-4"), course("screened", "S1-002"))
    view = scenario.view()
    unseal = scenario.app.unseal(view.trial, Role.INVESTIGATOR)
    assert list(deviations(view, unseal, CODE)) == found(scenario)
    assert list(deviations(view, unseal, "S1-002")) == []
