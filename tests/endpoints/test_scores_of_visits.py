"""The scores of a visit: from one draw, with baseline, change, lineage, and what they lack."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.observation import ResultCorrected, ResultRecorded, ResultVoided
from projections.as_of import Axis
from projections.chart import charts
from projections.scores import BASELINE_OLD, MIXED_DAY, QUERIED, facts_of_results, scores
from tests.endpoints.liver import (
    ALBI,
    CHILD,
    MELD,
    VALUES,
    died,
    document,
    infused,
    measured,
    randomized,
    score,
    seen,
    transplanted,
)
from tests.support.scenario import Scenario
from tests.support.trial import active, at, day
from workflows import observation
from workflows.participant import RecordDeath
from workflows.visit_correction import VoidVisit

CODE = "S1-001"


def lacks(liver: Scenario, name: str, formula: str) -> dict[str, str]:
    return {each.input: each.why for each in score(liver, name, formula).lacks}


def test_a_visit_has_a_score_under_every_formula_the_protocol_names(liver: Scenario) -> None:
    liver.given(infused(CODE), seen(CODE, "week-4", 28))
    found = {each.formula: each for each in scores(liver.view(), CODE) if each.visit == "week-4"}
    assert [str(each.value) for each in found.values()] == ["18", "19", "22", "11", "-1.24"]
    assert (found[CHILD].grade, found[ALBI].grade) == ("C", "3")


def test_a_change_is_visit_minus_baseline_under_the_same_formula(liver: Scenario) -> None:
    liver.given(infused(CODE), seen(CODE, "week-4", 28, VALUES | {"inr": "1.2"}))
    after = score(liver, "week-4", MELD)
    assert (after.value, after.baseline, after.change) == (Decimal(15), Decimal(18), Decimal(-3))
    assert score(liver, "baseline", MELD).is_baseline


def test_every_input_leads_to_the_fact_it_comes_from(liver: Scenario) -> None:
    liver.given(infused(CODE))
    used = {each.input: each for each in score(liver, "baseline", MELD).inputs}
    assert used["bilirubin"].fact == liver.position(ResultRecorded)
    assert used["bilirubin"].given == "54 umol/L"
    assert used["creatinine"].entered == "1.2"
    assert used["dialysis"].given == "no"


def test_a_correction_recomputes_and_is_in_the_lineage(liver: Scenario) -> None:
    liver.given(infused(CODE))
    fix = observation.CorrectResult(participant=CODE, visit="baseline", result="tbil", value="540")
    liver.given(fix)
    used = next(each for each in score(liver, "baseline", MELD).inputs if each.input == "bilirubin")
    first, last = liver.position(ResultRecorded), liver.position(ResultCorrected)
    assert (used.state, used.first, used.fact) == ("corrected", first, last)
    assert facts_of_results(liver.records())["baseline", "tbil"] == (first, last)
    assert score(liver, "baseline", MELD).value == Decimal(27)


@pytest.mark.requirement("AT-10")
def test_as_known_before_the_correction_the_score_is_what_it_was(liver: Scenario) -> None:
    liver.given(infused(CODE))
    before = liver.app.reading.head("T-1")[0]
    liver.given(observation.CorrectResult(participant=CODE, visit="baseline", result="tbil", value="540"))
    found = {(e.visit, e.formula): e.value for e in scores(liver.view(before), CODE)}
    assert found["baseline", MELD] == Decimal(18)


def test_a_missing_input_is_named_and_nothing_put_in_its_place(liver: Scenario) -> None:
    absent = {name: told for name, told in VALUES.items() if name not in ("crea", "na")}
    liver.given(infused(CODE), seen(CODE, "week-4", 28, absent))
    found = score(liver, "week-4", MELD)
    assert (found.status, found.value, found.change) == ("missing", None, None)
    assert lacks(liver, "week-4", MELD) == {"creatinine": "not recorded"}
    assert score(liver, "week-4", CHILD).status == "scored"


def test_a_protocol_without_an_item_for_an_input_says_so(scenario: Scenario) -> None:
    rules = {"scores.inputs": [{"id": "bilirubin", "item": "tbil"}]}
    scenario.given(active(document(rules)), infused(CODE))
    assert lacks(scenario, "baseline", ALBI) == {"albumin": "the protocol has no item for it"}


def test_a_voided_value_is_not_usable_and_named(liver: Scenario) -> None:
    liver.given(infused(CODE))
    liver.given(observation.VoidResult(participant=CODE, visit="baseline", result="alb"))
    assert lacks(liver, "baseline", ALBI) == {"albumin": "alb: voided"}
    unusable = score(liver, "baseline", ALBI).unusable
    assert [(each.id, each.fact) for each in unusable] == [("alb", liver.position(ResultVoided))]


@pytest.mark.parametrize("alone", [False, True], ids=["with its results", "after its results"])
def test_nothing_is_scored_at_a_visit_that_was_taken_back(liver: Scenario, *, alone: bool) -> None:
    liver.given(infused(CODE), seen(CODE, "week-4", 28))
    if alone:
        for result in VALUES:
            liver.given(observation.VoidResult(participant=CODE, visit="week-4", result=result))
        assert lacks(liver, "week-4", ALBI)["albumin"] == "alb: voided"
    liver.given(VoidVisit(participant=CODE, visit="week-4", with_results=not alone))
    for axis in Axis:
        assert {each.visit for each in scores(liver.view(None, axis), CODE)} == {"baseline"}
    liver.given(seen(CODE, "week-4", 29, None if not alone else {}))
    assert (score(liver, "week-4", ALBI).value is None) is alone


def test_a_value_outside_the_reject_limits_gives_no_score_until_it_is_put_right(liver: Scenario) -> None:
    liver.given(infused(CODE, baseline=VALUES | {"tbil": "5400 umol/L"}))
    assert "limits" in lacks(liver, "baseline", MELD)["bilirubin"]
    liver.given(observation.CorrectResult(participant=CODE, visit="baseline", result="tbil", value="54"))
    assert score(liver, "baseline", MELD).value == Decimal(18)


def test_a_questioned_value_scores_and_says_so(liver: Scenario) -> None:
    liver.given(infused(CODE, baseline=VALUES | {"crea": "400 umol/L"}))
    assert score(liver, "baseline", MELD).flags == (QUERIED,)


def test_a_value_that_leaves_the_result_open_is_an_error(liver: Scenario) -> None:
    liver.given(infused(CODE, baseline=VALUES | {"inr": ">1.9"}))
    found = score(liver, "baseline", MELD)
    assert (found.status, found.value) == ("error", None)
    assert "inr" in (found.error or "")


def test_of_two_draws_of_a_day_the_first_that_stands_counts(liver: Scenario) -> None:
    liver.given(infused(CODE))
    liver.given(measured(CODE, "baseline", -1, {"inr": "3.0"}, "11:00", repeat=True))
    assert score(liver, "baseline", MELD).value == Decimal(18)
    liver.given(observation.VoidResult(participant=CODE, visit="baseline", result="inr"))
    used = {each.input: each.result for each in score(liver, "baseline", MELD).inputs}
    assert used["inr"] == "inr#2"


def test_values_of_two_days_are_never_mixed_while_one_day_is_complete(liver: Scenario) -> None:
    liver.given(infused(CODE), seen(CODE, "week-4", 27))
    liver.given(measured(CODE, "week-4", 28, {"tbil": "540 umol/L"}, repeat=True))
    found = score(liver, "week-4", MELD)
    assert (found.value, found.flags) == (Decimal(18), ())


def test_of_two_complete_days_the_one_nearest_to_the_target_counts(liver: Scenario) -> None:
    liver.given(infused(CODE), seen(CODE, "week-4", 26))
    liver.given(measured(CODE, "week-4", 29, VALUES | {"inr": "1.2"}, repeat=True))
    found = score(liver, "week-4", MELD)
    assert (found.value, str(found.day)) == (Decimal(15), "2026-03-31")


def test_of_two_complete_days_equally_near_the_later_counts(liver: Scenario) -> None:
    liver.given(infused(CODE), seen(CODE, "week-4", 27))
    liver.given(measured(CODE, "week-4", 29, VALUES | {"inr": "1.2"}, repeat=True))
    assert score(liver, "week-4", MELD).value == Decimal(15)


def test_where_no_day_is_complete_values_within_48_hours_are_used_and_flagged(liver: Scenario) -> None:
    liver.given(infused(CODE), seen(CODE, "week-4", 28, {"tbil": "54 umol/L", "inr": "1.7"}))
    liver.given(measured(CODE, "week-4", 30, {"crea": "106.08 umol/L"}))
    found = score(liver, "week-4", MELD)
    assert (found.value, found.flags) == (Decimal(18), (MIXED_DAY,))


def test_values_more_than_48_hours_apart_make_no_score(liver: Scenario) -> None:
    liver.given(infused(CODE), seen(CODE, "week-4", 28, {"tbil": "54 umol/L", "inr": "1.7"}))
    liver.given(measured(CODE, "week-4", 30, {"crea": "106.08 umol/L"}, "10:01"))
    assert lacks(liver, "week-4", MELD) == {"creatinine": "not collected with the others on 2026-03-30"}


def test_grades_count_within_three_days_of_the_visit(liver: Scenario) -> None:
    laboratory = {name: told for name, told in VALUES.items() if name not in ("ascites", "encephalopathy")}
    grades = {"ascites": "mild", "encephalopathy": "grade-1"}
    liver.given(infused(CODE), seen(CODE, "week-4", 28, laboratory))
    liver.given(measured(CODE, "week-4", 31, {"ascites": "mild"}))
    liver.given(measured(CODE, "week-4", 32, {"encephalopathy": "grade-1"}))
    assert lacks(liver, "week-4", CHILD) == {"encephalopathy": "not graded near the visit"}
    liver.given(measured(CODE, "week-4", 32, grades, repeat=True))
    assert score(liver, "week-4", CHILD).value is None


@pytest.mark.parametrize(
    ("sessions", "told", "value"),
    [
        ([("intermittent", 26, "09:00")], "no", 18),
        ([("intermittent", 26, "09:00"), ("intermittent", 27, "09:00")], "yes", 30),
        ([("continuous_24h", 26, "")], "yes", 30),
        ([("intermittent", 20, "09:00"), ("intermittent", 27, "09:00")], "no", 18),
        ([("intermittent", 21, "09:59"), ("intermittent", 27, "09:00")], "no", 18),
        ([("intermittent", 21, "10:00"), ("intermittent", 27, "09:00")], "yes", 30),
        ([("intermittent", 27, "09:00"), ("intermittent", 28, "10:01")], "no", 18),
    ],
)
def test_dialysis_is_two_sessions_or_a_continuous_one_in_the_week_before_the_sample(
    liver: Scenario, sessions: list[tuple[str, int, str]], told: str, value: int
) -> None:
    liver.given(infused(CODE))
    for kind, on, clock in sessions:
        liver.given(observation.RecordDialysis(participant=CODE, kind=kind, at=day(on, clock)))
    liver.given(seen(CODE, "week-4", 28))
    found = score(liver, "week-4", MELD)
    used = next(each for each in found.inputs if each.input == "dialysis")
    assert (used.given, found.value) == (told, Decimal(value))


def test_a_session_on_an_unknown_day_leaves_dialysis_open(liver: Scenario) -> None:
    liver.given(infused(CODE), seen(CODE, "week-4", 28))
    liver.given(observation.RecordDialysis(participant=CODE, at=at("2026-03")))
    assert score(liver, "week-4", MELD).flags == ("provisional:dialysis_unknown",)


def test_where_sessions_are_not_recorded_nobody_knows_of_dialysis(scenario: Scenario) -> None:
    scenario.given(active(document({"scores.dialysis": "unrecorded"})), infused(CODE))
    assert score(scenario, "baseline", MELD).flags == ("provisional:dialysis_unknown",)


def test_dialysis_stands_in_for_a_creatinine_that_was_not_measured(liver: Scenario) -> None:
    absent = {name: told for name, told in VALUES.items() if name != "crea"}
    liver.given(infused(CODE), seen(CODE, "week-4", 28, absent))
    for on in (25, 27):
        liver.given(observation.RecordDialysis(participant=CODE, at=day(on, "09:00")))
    assert score(liver, "week-4", MELD).value == Decimal(30)


def test_baseline_is_the_last_complete_set_before_the_infusion_whatever_its_visit(liver: Scenario) -> None:
    liver.given(infused(CODE, on=10))
    liver.given(measured(CODE, "baseline", 8, VALUES | {"inr": "1.2"}, repeat=True))
    liver.given(measured(CODE, "baseline", 9, {"tbil": "540 umol/L"}, "11:00", repeat=True))
    liver.given(seen(CODE, "week-4", 38))
    assert score(liver, "week-4", MELD).baseline == Decimal(18)


def test_a_sample_of_the_infusion_day_counts_as_baseline_only_if_its_time_says_so(liver: Scenario) -> None:
    liver.given(infused(CODE, on=10, baseline={}), seen(CODE, "week-4", 38))
    liver.given(measured(CODE, "baseline", 10, VALUES, clock=""))
    assert score(liver, "week-4", MELD).baseline is None
    liver.given(measured(CODE, "baseline", 10, VALUES, "11:59", repeat=True))
    assert score(liver, "week-4", MELD).baseline == Decimal(18)


def test_a_baseline_older_than_a_week_is_flagged_and_older_than_four_is_none(liver: Scenario) -> None:
    liver.given(infused("S1-001", on=30, baseline={}), measured("S1-001", "baseline", 20, VALUES))
    liver.given(infused("S1-002", on=30, baseline={}), measured("S1-002", "baseline", 1, VALUES))
    flagged = [e for e in scores(liver.view(), "S1-001") if e.is_baseline and e.formula == MELD]
    assert [each.flags for each in flagged] == [(BASELINE_OLD,)]
    assert not any(each.is_baseline for each in scores(liver.view(), "S1-002"))


def test_before_the_infusion_there_is_no_baseline(liver: Scenario) -> None:
    liver.given(randomized(CODE), seen(CODE, "baseline", 0))
    assert not any(each.is_baseline for each in scores(liver.view(), CODE))


def test_after_death_and_from_transplantation_on_a_score_is_undefined(liver: Scenario) -> None:
    liver.given(infused("S1-001"), died("S1-001", 20))
    liver.given(infused("S1-002"), transplanted("S1-002", 28), seen("S1-002", "week-4", 28))
    gone = score(liver, "week-4", MELD)
    assert (gone.status, gone.undefined, gone.value, gone.lacks) == ("undefined", "died", None, ())
    assert score(liver, "week-4", MELD, "S1-002").undefined == "transplanted"
    assert score(liver, "baseline", MELD, "S1-002").status == "scored"


def test_a_sample_of_the_day_of_death_is_of_the_living(liver: Scenario) -> None:
    liver.given(infused(CODE), seen(CODE, "week-4", 28), died(CODE, 28))
    assert score(liver, "week-4", MELD).status == "scored"


def test_a_death_in_a_month_that_is_not_told_exactly_undoes_no_earlier_score(liver: Scenario) -> None:
    liver.given(infused(CODE), seen(CODE, "week-4", 28))
    liver.on(70).given(RecordDeath(participant=CODE, at=at("2026-04")))
    assert score(liver, "week-4", MELD).status == "scored"


def test_a_value_collected_on_an_unknown_day_belongs_to_no_draw(liver: Scenario) -> None:
    liver.given(infused(CODE))
    vague = observation.RecordResults(
        participant=CODE,
        visit="week-4",
        at=at("2026-03"),
        readings=(observation.Reading(item="alb", value="28", unit="g/L"),),
    )
    liver.on(40).given(vague, seen(CODE, "week-4", 28, {"tbil": "54 umol/L"}))
    assert "unknown day" in lacks(liver, "week-4", ALBI)["albumin"]


def test_the_charts_of_a_trial_are_its_participants(liver: Scenario) -> None:
    liver.given(infused("S1-001"), infused("S1-002"))
    assert [each.participant.code for each in charts(liver.view())] == ["S1-001", "S1-002"]
