"""What no date of a person can be: before the birth that is known, or before the screening that it ends."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.clinical_time import ClinicalTime
from domain.happened import Happened
from domain.lifetime import is_before_birth, is_before_screening, is_born_late
from domain.participant import Participant, ParticipantStatus
from tests.audit.test_conformance import replayed
from tests.support.scenario import Scenario
from tests.support.trial import active, at, course, day
from workflows import consent, observation, participant, visit

CODE = "S1-001"
SCREENED = at("2024-02-29T12:00")


def person(age: str | None = None, born: str | None = None) -> Participant:
    return Participant(
        CODE,
        "S1",
        ParticipantStatus.PRE_SCREENED,
        Happened(SCREENED, 1),
        age=None if age is None else Decimal(age),
        born=None if born is None else Happened(at(born), 2),
    )


@pytest.mark.parametrize(
    ("known", "when", "expected"),
    [
        (person("50"), "1973-02-27", True),
        (person("50"), "1973-02-28", False),  # its end lies after the noon of the screening
        (person("50"), "1973", False),
        (person("50.9"), "1973-02-27", True),
        (person("0"), "2023-02-27", True),
        (person(), "1873", True),
        (person(), "1899", False),
        (person("50", "1960-06"), "1960-05", True),
        (person("50", "1960-06"), "1960-06-01", False),
        (person("50", "1990"), "1989", True),
        (person("150"), "1872-12-31", True),
    ],
)
def test_a_time_is_before_birth_only_if_it_is_so_in_every_reading(
    known: Participant, when: str, expected: bool
) -> None:
    assert is_before_birth(known, at(when)) is expected


def test_the_day_of_the_screening_is_not_before_it() -> None:
    assert is_before_screening(person(), at("2024-02-28"))
    assert not is_before_screening(person(), at("2024-02-29T00:01"))
    assert not is_before_screening(person(), at("2024-02"))
    assert is_born_late(person(), at("2024-03"))
    assert not is_born_late(person(), at("2024-02"))


def test_what_befell_somebody_earlier_in_life_is_recorded_and_an_unsure_date_is_taken(
    scenario: Scenario,
) -> None:
    scenario.given(active(), course("consented"))
    scenario.given(participant.RecordTransplant(participant=CODE, at=at("2001-05")))
    scenario.given(participant.RecordDeath(participant=CODE, at=at("2026")))
    assert scenario.view().participants()[CODE].died is not None


def test_an_end_between_a_consent_and_the_day_of_a_late_screening_is_recorded(scenario: Scenario) -> None:
    scenario.given(active()).on(30).given(course("consented"))
    death = participant.RecordDeath(participant=CODE, at=day(10))
    early = participant.RecordLossToFollowUp(participant=CODE, at=day(-1))
    scenario.when(early).invalid("time.before_screening")
    scenario.given(death)


def test_a_birth_recorded_later_refuses_no_repair_of_what_came_before_it(scenario: Scenario) -> None:
    early: ClinicalTime = at("1980-05-01")
    reading = observation.Reading(item="alt", value="40", unit="U/L")
    scenario.given(
        active(),
        course("consented"),
        visit.RecordVisit(participant=CODE, at=early, visit="baseline"),
        observation.RecordResults(participant=CODE, at=early, visit="baseline", readings=(reading,)),
        consent.RecordBirth(participant=CODE, born=at("1981")),
        observation.VoidResult(participant=CODE, visit="baseline", result="alt"),
    )
    again = visit.RecordVisit(participant=CODE, at=at("1980-06-01"), visit="unscheduled-1")
    assert "born 1981" in scenario.when(again).invalid("time.before_birth").message
    scenario.given(visit.RecordVisit(participant=CODE, at=day(0), visit="unscheduled-1"))
    assert replayed(scenario).unexplained == ()
