"""Departures of randomization, and of the masking after it."""

from __future__ import annotations

from decimal import Decimal

from domain.consent_given import ConsentWithdrawn
from domain.eligibility import CriterionAnswered, EligibilitySigned
from domain.participant import MisrandomizationNoted, Randomized
from domain.record import NewFact
from domain.screening import PreScreened
from domain.unblinding import Unblinded
from tests.projections.departures import CODE, ELSEWHERE, RANDOMIZED, Case, Given, allocated, withdrew
from tests.support.trial import EXTERNAL, SEALED, active, course, day, of_participant, small
from workflows import participant
from workflows.command import Command

ONE_PLACE: Given = [*active(small(EXTERNAL | {"enrolment.target": 1}))]
TWO_PLACES: Given = [*active(small(EXTERNAL | {"enrolment.target": 2}))]


def answered_against() -> list[NewFact]:
    return of_participant(CriterionAnswered(criterion="pregnant", holds=True), when=day(0, "12:40"))


def aged(years: int) -> Command:
    return participant.PreScreen(participant=CODE, site="S1", sex="male", age=Decimal(years))


def disclosed(kind: str) -> Command:
    return participant.RecordUnblinding(
        participant=CODE, at=day(1), kind=kind, informed=("Dr Wang",), reason="chart left open"
    )


OF_ANY_AGE: Given = [*active(small(EXTERNAL))]
SIGNED = of_participant(EligibilitySigned(criteria=2), when=day(0, "12:00"))

OF_RANDOMIZATION = [
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
]
