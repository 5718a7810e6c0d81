"""Departures of consent, of what needs it, and of the activation of the site."""

from __future__ import annotations

from decimal import Decimal

from domain.activation import Activated, SiteActivated
from domain.clinical_time import ClinicalTime
from domain.consent import Purpose
from domain.consent_given import ConsentGiven, ConsentWithdrawn, ReconsentRequested
from domain.observation import ResultRecorded
from domain.participant import Randomized
from domain.sample import SampleHandedOut, SampleTaken
from domain.screening import PreScreened
from domain.visit import VisitAttended
from tests.projections.departures import (
    CODE,
    INFUSED,
    REPORTED,
    Case,
    Given,
    allocated,
    came,
    consented,
    infused,
    measured,
    withdrew,
)
from tests.support.trial import EXTERNAL, READINGS, RENEWED, active, amended, at, course, day, small
from tests.workflows.refusals_of_consent import form
from workflows import observation, participant, sample, sample_correction, trial
from workflows.command import Command


def left(when: ClinicalTime) -> sample_correction.CorrectHandOut:
    """When a sample really left."""
    return sample_correction.CorrectHandOut(participant=CODE, sample="T-1", at=when)


def sent_out(permit: str) -> Command:
    """A sample for genetic use was handed out, under a permit or without."""
    return sample.RecordHandOut(
        participant=CODE,
        sample="T-1",
        at=day(1),
        recipient="a laboratory",
        uses=(Purpose.GENETIC,),
        permit=permit,
    )


def gene(clock: str, on: int = 0) -> Command:
    """A sample for genetic use was taken."""
    when = day(on, clock)
    return sample.RecordSample(participant=CODE, at=when, sample="T-1", material="dna", genetic=True)


def given_by_vein(when: ClinicalTime) -> Command:
    return infused(when, route="vein", lot=None, bag=None)


def screened(when: ClinicalTime) -> Command:
    return participant.PreScreen(participant=CODE, site="S1", sex="male", age=Decimal(50), at=when)


def drawn(when: ClinicalTime) -> Command:
    readings = READINGS[:1]
    return observation.RecordResults(participant=CODE, at=when, visit="baseline", readings=readings)


SENT: Given = [
    *active(),
    *course("consented"),
    sample.RecordSample(participant=CODE, at=day(0, "10:00"), sample="T-1", material="serum"),
    sample.HandOutSample(
        participant=CODE, at=day(0, "11:00"), sample="T-1", recipient="a laboratory", uses=(Purpose.TRIAL,)
    ),
]
TOLD_AFTER_TWO_WEEKS = small(
    {"alerts": [{"id": "renewal", "rule": "reconsent_overdue", "days": 14, "roles": ["coordinator"]}]}
)
HOLDS = EXTERNAL | {"consent.renewal_hold": "due"}
ASKED_ANEW = participant.RequestReconsent(participant=CODE, version="2.0")
UNASKED: Given = [
    *active(small(EXTERNAL | {"consent.required": False, "eligibility.criteria": []})),
]
LATER: Given = [
    trial.ActivateTrial(at=day(-14)) if isinstance(each, trial.ActivateTrial) else each for each in UNASKED
]
IN_FEBRUARY = at("2026-02")
"""Of the month in which the site was activated: whether before it or after, nobody can tell."""

OF_CONSENT = [
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
        "samples.left_without_permit",
        "T-1",
        ((SampleHandedOut, 1),),
        [*active(), *course("screened"), consented(granted=("genetic",)), gene("10:00"), sent_out("")],
        [*active(), *course("screened"), consented(granted=("genetic",)), gene("10:00"), sent_out("P-7")],
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
        "samples.after_withdrawal",
        "unscheduled-1",
        ((ResultRecorded, 3), (ConsentWithdrawn, 1)),
        [*INFUSED, came(day(3)), withdrew("samples", day(2)), *measured("alt", visit="unscheduled-1")],
        [*INFUSED, came(day(3)), withdrew("samples", day(2)), *measured("ascites", visit="unscheduled-1")],
        on=4,
    ),
]
