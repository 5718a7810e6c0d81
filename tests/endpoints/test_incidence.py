"""Decompensation by type: three counts, each with its denominator, and what competes."""

from __future__ import annotations

import pytest

from projections.endpoints.incidence import GroupIncidence, VisitIncidence
from tests.endpoints.liver import (
    VALUES,
    bled,
    died,
    document,
    evaluated,
    incidence_of,
    infused,
    measured,
    randomized,
    seen,
    transplanted,
)
from tests.support.scenario import Scenario
from tests.support.trial import active, at, day
from workflows import observation, outcome
from workflows.command import Command

MODERATE = VALUES | {"ascites": "moderate"}
SEVERE = VALUES | {"ascites": "severe"}
FREE = VALUES | {"ascites": "none"}


def pooled(liver: Scenario, kind: str = "ascites") -> GroupIncidence:
    found = next(each for each in incidence_of(liver).types if each.type == kind)
    return next(each for each in found.groups if each.group == "pooled")


def visit(liver: Scenario, name: str = "week-4", kind: str = "ascites") -> VisitIncidence:
    return next(each for each in pooled(liver, kind).visits if each.visit == name)


def opened(code: str, on: int, kind: str = "ascites", grade: str = "") -> Command:
    return outcome.RecordDecompensation(participant=code, type=kind, grade=grade, at=day(on))


def test_at_baseline_somebody_is_free_has_it_or_nobody_knows(liver: Scenario) -> None:
    ungraded = {name: told for name, told in VALUES.items() if name != "ascites"}
    liver.given(infused("S1-001"), infused("S1-002", baseline=MODERATE), infused("S1-003", baseline=ungraded))
    found = pooled(liver)
    counts = (found.free_at_baseline, found.present_at_baseline, found.unknown_at_baseline)
    assert counts == (1, 1, 1)
    assert pooled(liver, "bleeding").free_at_baseline == 3


def test_ascites_seen_by_ultrasound_only_is_no_decompensation(liver: Scenario) -> None:
    liver.given(infused("S1-001", baseline=FREE), seen("S1-001", "week-4", 28, VALUES)).on(200)
    assert visit(liver).incident.cumulative == 0
    assert visit(liver).states == {"free": 1}


def test_the_first_finding_in_somebody_free_at_baseline_is_incident_once(liver: Scenario) -> None:
    liver.given(infused("S1-001"), seen("S1-001", "week-4", 28, MODERATE))
    liver.given(seen("S1-001", "week-12", 84, SEVERE)).on(200)
    first, second = visit(liver), visit(liver, "week-12")
    assert (first.incident.cumulative, first.incident.interval) == (1, 1)
    assert (second.incident.cumulative, second.incident.interval) == (1, 0)
    assert second.states == {"incident": 1}


def test_who_had_it_at_baseline_is_not_incident_but_may_get_worse(liver: Scenario) -> None:
    liver.given(infused("S1-001", baseline=MODERATE), seen("S1-001", "week-4", 28, SEVERE))
    liver.given(infused("S1-002", baseline=MODERATE), seen("S1-002", "week-4", 28, MODERATE)).on(200)
    found = visit(liver)
    assert (found.incident.denominator, found.incident.cumulative) == (0, 0)
    assert (found.new_or_worse.denominator, found.new_or_worse.cumulative) == (2, 1)
    assert (found.prevalence.present, found.prevalence.denominator) == (2, 2)
    assert found.states == {"persistent": 1, "worsened": 1}


@pytest.mark.parametrize(
    ("baseline", "week_4", "week_12", "state"),
    [
        (FREE, FREE, FREE, "free"),
        (FREE, MODERATE, FREE, "resolved"),
        (FREE, FREE, MODERATE, "incident"),
        (SEVERE, SEVERE, MODERATE, "improved"),
        (MODERATE, MODERATE, FREE, "resolved"),
        (MODERATE, FREE, MODERATE, "recurrent"),
        ({}, FREE, MODERATE, "present, baseline unknown"),
    ],
)
def test_the_state_at_a_visit_is_told_against_baseline(
    liver: Scenario, baseline: dict[str, str], week_4: dict[str, str], week_12: dict[str, str], state: str
) -> None:
    liver.given(infused("S1-001", baseline=baseline), seen("S1-001", "week-4", 28, week_4))
    liver.given(seen("S1-001", "week-12", 84, week_12)).on(200)
    assert visit(liver, "week-12").states == {state: 1}


def test_a_visit_that_did_not_assess_it_is_unknown_and_not_absent(liver: Scenario) -> None:
    ungraded = {name: told for name, told in VALUES.items() if name != "ascites"}
    liver.given(infused("S1-001"), seen("S1-001", "week-4", 28, ungraded)).on(200)
    found = visit(liver)
    assert (found.incident.unknown, found.incident.free, found.incident.known) == (1, 0, 0)
    assert (found.prevalence.denominator, found.states) == (0, {"unknown": 1})


def test_a_later_assessment_without_it_settles_an_earlier_visit(liver: Scenario) -> None:
    liver.given(infused("S1-001"), seen("S1-001", "week-12", 84, FREE)).on(200)
    assert (visit(liver).incident.free, visit(liver).states) == (1, {"unknown": 1})


def test_death_and_transplantation_without_it_compete(liver: Scenario) -> None:
    liver.given(infused("S1-001"), died("S1-001", 10), infused("S1-002"), transplanted("S1-002", 12))
    liver.given(infused("S1-003"), opened("S1-003", 20), seen("S1-003", "week-4", 28, FREE)).on(200)
    count = visit(liver).incident
    assert (count.denominator, count.cumulative, count.died, count.transplanted) == (3, 1, 1, 1)
    assert (count.known, count.proportion) == (3, 1 / 3)
    assert pooled(liver).curve[-1].incidence == pytest.approx(1 / 3)


def test_what_is_found_after_a_transplantation_is_not_counted(liver: Scenario) -> None:
    liver.given(infused("S1-001"), transplanted("S1-001", 12), seen("S1-001", "week-4", 28, SEVERE)).on(200)
    found = visit(liver)
    assert (found.incident.cumulative, found.incident.transplanted) == (0, 1)
    assert (found.prevalence.denominator, found.states) == (0, {"transplanted": 1})


def test_an_episode_counts_from_its_onset_and_a_finding_from_its_visit(liver: Scenario) -> None:
    liver.given(infused("S1-001"), opened("S1-001", 20), seen("S1-001", "week-4", 28, SEVERE))
    liver.given(infused("S1-002"), seen("S1-002", "week-4", 30, SEVERE)).on(200)
    assert [rise.day for rise in pooled(liver).curve if rise.events] == [20, 30]


def test_bleeding_is_told_by_episodes_and_open_until_it_is_resolved(liver: Scenario) -> None:
    liver.given(infused("S1-001"), bled("S1-001", 20), seen("S1-001", "week-4", 28))
    end = outcome.RecordDecompensationResolved(participant="S1-001", episode="bleeding-1", at=day(30))
    liver.given(end, seen("S1-001", "week-12", 84)).on(200)
    first, second = (visit(liver, name, "bleeding") for name in ("week-4", "week-12"))
    assert (first.prevalence.present, second.prevalence.present) == (1, 0)
    assert (first.states, second.states) == ({"incident": 1}, {"resolved": 1})


def test_bleeding_that_was_open_at_the_infusion_is_there_at_baseline(liver: Scenario) -> None:
    liver.given(infused("S1-001"), bled("S1-001", -5), bled("S1-001", 20)).on(200)
    found = visit(liver, kind="bleeding")
    assert pooled(liver, "bleeding").present_at_baseline == 1
    assert (found.incident.cumulative, found.new_or_worse.cumulative) == (0, 1)


def test_an_episode_graded_below_decompensation_is_none_until_it_is_worse(liver: Scenario) -> None:
    liver.given(infused("S1-001"), opened("S1-001", 10, grade="mild"))
    worse = outcome.GradeDecompensation(
        participant="S1-001", episode="ascites-1", grade="moderate", at=day(20)
    )
    liver.given(worse, seen("S1-001", "week-4", 28, MODERATE)).on(200)
    assert [rise.day for rise in pooled(liver).curve if rise.events] == [20]


def test_a_grade_that_could_not_be_ranked_is_refused_where_the_protocol_names_a_sign(liver: Scenario) -> None:
    liver.given(infused("S1-001")).on(60)
    liver.when(opened("S1-001", 10, grade="1")).not_found("result.grade_unknown")
    liver.given(opened("S1-001", 10, grade="mild"), opened("S1-001", 10, kind="bleeding", grade="heavy"))
    worse = outcome.GradeDecompensation(participant="S1-001", episode="ascites-1", grade="2", at=day(20))
    liver.when(worse).not_found("result.grade_unknown")


def test_an_episode_that_may_have_begun_before_or_after_counts_after(liver: Scenario) -> None:
    liver.given(infused("S1-001")).on(60)
    liver.given(outcome.RecordDecompensation(participant="S1-001", type="bleeding", at=at("2026-03"))).on(200)
    assert visit(liver, kind="bleeding").incident.cumulative == 1


def test_with_an_unknown_baseline_a_finding_is_new_only_after_one_without_it(liver: Scenario) -> None:
    liver.given(infused("S1-001", baseline={}), seen("S1-001", "week-4", 28, SEVERE))
    liver.given(infused("S1-002", baseline={}), opened("S1-002", 20))
    liver.given(infused("S1-003", baseline={}), seen("S1-003", "week-4", 28, FREE))
    liver.given(seen("S1-003", "week-12", 84, MODERATE)).on(200)
    assert visit(liver).new_or_worse.cumulative == 1
    assert visit(liver, "week-12").new_or_worse.cumulative == 2


def test_what_was_gone_and_came_back_is_new(liver: Scenario) -> None:
    liver.given(infused("S1-001", baseline=MODERATE), seen("S1-001", "week-4", 28, FREE))
    liver.given(seen("S1-001", "week-12", 84, MODERATE)).on(200)
    assert visit(liver, "week-12").new_or_worse.interval == 1


def test_before_a_visit_can_have_taken_place_it_is_awaited(liver: Scenario) -> None:
    liver.given(infused("S1-001"), infused("S1-002"), opened("S1-002", 10)).on(20)
    count = visit(liver).incident
    assert (count.awaited, count.cumulative, count.known, count.proportion) == (1, 1, 0, None)


def test_a_voided_grade_is_no_assessment_and_a_further_draw_takes_its_place(liver: Scenario) -> None:
    liver.given(infused("S1-001"), seen("S1-001", "week-4", 28, MODERATE))
    liver.given(observation.VoidResult(participant="S1-001", visit="week-4", result="ascites")).on(200)
    assert visit(liver).states == {"unknown": 1}
    liver.given(measured("S1-001", "week-4", 28, {"ascites": "none"}, repeat=True))
    assert visit(liver).states == {"free": 1}


def test_who_was_never_infused_is_counted_from_randomization(liver: Scenario) -> None:
    liver.given(randomized("S1-001"), bled("S1-001", 5)).on(200)
    assert [rise.day for rise in pooled(liver, "bleeding").curve] == [6]


@pytest.mark.parametrize(
    ("denominator", "primary"),
    [("free_at_baseline", "incident"), ("all", "new_or_worse"), ("assessed", "prevalence")],
)
def test_the_protocol_says_which_count_is_first(scenario: Scenario, denominator: str, primary: str) -> None:
    scenario.given(active(document({"endpoints.decompensation.denominator": denominator})))
    assert incidence_of(scenario).primary == primary


def test_the_states_of_a_visit_and_each_count_add_up_to_everybody(liver: Scenario) -> None:
    liver.given(infused("S1-001"), died("S1-001", 10), infused("S1-002"), transplanted("S1-002", 12))
    liver.given(infused("S1-003", baseline={}), infused("S1-004"), seen("S1-004", "week-4", 28, SEVERE)).on(
        50
    )
    assert len(evaluated(liver).groups) == 3
    for kind in incidence_of(liver).types:
        for group in kind.groups:
            for at_visit in group.visits:
                assert sum(at_visit.states.values()) == group.participants
                for count in (at_visit.incident, at_visit.new_or_worse):
                    without = (count.died, count.transplanted, count.free, count.unknown, count.awaited)
                    assert count.cumulative + sum(without) == count.denominator


def test_grades_count_by_when_they_were_seen_in_whatever_order_they_were_entered(liver: Scenario) -> None:
    """Severe a week before the infusion, mild since: what was entered last is not what was seen last."""

    def graded(grade: str, on: int) -> Command:
        return outcome.GradeDecompensation(participant="S1-001", episode="ascites-1", grade=grade, at=day(on))

    liver.given(infused("S1-001", baseline=FREE), opened("S1-001", -20, grade="moderate"))
    liver.given(graded("mild", -2), graded("severe", -7)).on(200)
    assert pooled(liver).present_at_baseline == 0
    [episode] = liver.view().outcomes("S1-001")["S1-001"].episodes.values()
    assert episode.grade == "mild"
