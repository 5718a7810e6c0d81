"""What was recorded at the screening is put right, on both axes, and what stood there stays readable."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.clinical_time import ClinicalTime, Instant
from domain.participant import Participant
from domain.record import Role
from domain.screening import ScreeningCorrected
from projections.as_of import Axis
from projections.compare import differences
from projections.corrections import change_rows
from projections.deviations import deviations
from projections.ports import sealed_to_all
from projections.rebuild import compare
from tests.audit.test_conformance import replayed
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, at, course, day, person
from workflows import consent, course_correction, participant, visit
from workflows.casebook_record import FreezeRecord

CODE = "S1-001"


def corrected(**changes: object) -> course_correction.CorrectScreening:
    return course_correction.CorrectScreening.model_validate({"participant": CODE, **changes})


def known(scenario: Scenario, when: ClinicalTime | None = None) -> Participant | None:
    """The participant now, or as of a clinical time."""
    if when is None:
        return scenario.view().participant(CODE)
    return scenario.view(Instant.of(when.earliest), Axis.EFFECTIVE).participant(CODE)


def screened(on: int) -> participant.PreScreen:
    return participant.PreScreen(participant=CODE, at=day(on), site="S1", sex="female", age=Decimal(81))


def test_time_sex_and_age_are_put_right_and_what_stood_there_stays(scenario: Scenario) -> None:
    scenario.given(active(), screened(-5))
    before = scenario.view().position
    scenario.given(corrected(at=day(-8), sex="male", age=Decimal(61)))
    record = scenario.records()[-1]
    assert record.effective_at == day(-8)
    assert record.fact.sentence() == (
        f"Screening corrected: screened {day(-8)}, was {day(-5)}; sex male, was female; age 61, was 81"
    )
    assert record.fact.sentence("zh") == (
        f"筛选信息更正：筛选时间 {day(-8)}，原为 {day(-5)}；性别 男，原为 女；年龄 61，原为 81"
    )
    now, then = known(scenario), scenario.view(before).participant(CODE)
    assert now is not None
    assert then is not None
    assert (now.registered.at, now.sex, now.age) == (day(-8), "male", Decimal(61))
    assert (then.registered.at, then.sex, then.age) == (day(-5), "female", Decimal(81))
    assert [(each.which, each.was) for each in now.voided] == [("sex female, age 81", day(-5))]
    assert compare(scenario.app.reading, TRIAL)[1] == []
    assert replayed(scenario).verdicts == ()


@pytest.mark.parametrize(("was", "now"), [(-10, -4), (-4, -10)])
def test_on_the_clinical_axis_somebody_stands_on_the_log_from_the_day_that_is_right(
    scenario: Scenario, was: int, now: int
) -> None:
    came = visit.RecordVisit(participant=CODE, visit="baseline", at=day(-3, "09:00"))
    scenario.given(active(), screened(was), came, corrected(at=day(now)))
    assert (known(scenario, day(-7)) is not None) is (now == -10)
    assert known(scenario, day(-11)) is None
    later = known(scenario, day(-2))
    assert later is not None
    assert later.registered.at == day(now)
    views = [scenario.view(Instant.of(day(each).earliest), Axis.EFFECTIVE) for each in (-7, -2)]
    paths = {each.place.path for each in differences(scenario.app.reading, *views, participant=CODE)}
    assert ("registered" in paths) is (now == -4)
    listed = [list(view.participants()) for view in views]
    assert listed == [[CODE] if now == -10 else [], [CODE]]


def test_the_limits_of_age_are_judged_by_the_age_that_is_right(scenario: Scenario) -> None:
    scenario.given(active(), course("answered"))
    signing = participant.SignEligibility(participant=CODE)
    scenario.given(corrected(age=Decimal(81)))
    scenario.when(signing).refused("eligibility.age")
    scenario.given(corrected(age=Decimal(60)), signing, participant.Randomize(participant=CODE))
    scenario.given(corrected(age=Decimal(17)))
    found = deviations(scenario.view(), sealed_to_all, CODE)
    assert [each.detail for each in found if each.rule == "randomization.age"] == ["age 17"]
    assert replayed(scenario).unexplained == ()


def test_an_end_before_the_screening_is_recorded_once_the_screening_is_put_right(scenario: Scenario) -> None:
    death = participant.RecordDeath(participant=CODE, at=day(-6))
    scenario.given(active(), screened(-5))
    scenario.when(death).invalid("time.before_screening")
    scenario.given(corrected(at=day(-8)), death)
    assert replayed(scenario).unexplained == ()


def test_it_is_put_right_with_a_reason_by_somebody_of_the_site(scenario: Scenario) -> None:
    scenario.given(active(), screened(-5))
    change = corrected(age=Decimal(61))
    scenario.when(change, person(Role.COORDINATOR, reason="")).refused("correction.no_reason")
    scenario.when(change, person(Role.COORDINATOR, code="mood")).refused("correction.reason_unlisted")
    scenario.when(change, person(Role.MONITOR)).denied()
    scenario.when(corrected()).refused("event.same")
    scenario.when(corrected(at=day(-5), sex="female")).refused("event.same")
    scenario.when(corrected(at=day(30))).refused("time.in_future")
    scenario.given(consent.RecordBirth(participant=CODE, born=at("1975")))
    scenario.when(corrected(at=at("1971"))).invalid("birth.after_screening")
    scenario.given(FreezeRecord(participant=CODE, record="registration"))
    scenario.when(change).refused("record.frozen")


def test_after_unblinding_it_waits_for_an_investigators_signature(scenario: Scenario) -> None:
    disclosure = participant.RecordUnblinding(
        participant=CODE, at=day(0, "12:00"), kind="planned", informed=("Dr Wang",), reason="care"
    )
    scenario.given(active(), course("randomized"), disclosure, corrected(age=Decimal(61)))
    [waiting] = change_rows(scenario.view(), waiting=True)
    assert (waiting.record, waiting.fact) == ("registration", scenario.position(ScreeningCorrected))
