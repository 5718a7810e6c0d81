"""Survival: who counts how at the horizon, and what a transplantation means."""

from __future__ import annotations

import pytest

from domain.record import Role
from projections.endpoints import evaluate
from projections.endpoints.estimates import proportion_interval
from projections.endpoints.survival import Count, GroupSurvival, SurvivalResult
from tests.endpoints.liver import (
    ARTERY,
    VEIN,
    died,
    document,
    evaluated,
    infused,
    randomized,
    seen,
    survival_of,
    transplanted,
)
from tests.support.scenario import Scenario
from tests.support.trial import active, at, day
from workflows import participant
from workflows.command import Command


def group(result: SurvivalResult, name: str = "pooled", analysis: int = 0) -> GroupSurvival:
    return next(each for each in result.analyses[analysis].groups if each.group == name)


def at_horizon(liver: Scenario, name: str = "pooled", analysis: int = 0) -> Count:
    count = group(survival_of(liver), name, analysis).at_horizon
    assert count is not None
    return count


def lived(code: str, arm: str = VEIN) -> list[Command]:
    """Somebody seen after the horizon."""
    return [*infused(code, arm), *seen(code, "week-12", 86, {})]


def test_at_the_horizon_there_are_the_surviving_the_dead_and_those_nobody_knows_of(liver: Scenario) -> None:
    liver.given(infused("S1-003"), lived("S1-001"), infused("S1-002"), died("S1-002", 84))
    count = at_horizon(liver.on(200))
    assert (count.surviving, count.died, count.unknown, count.awaited, count.known) == (1, 1, 1, 0, 2)
    assert count.proportion == 0.5


def test_the_interval_of_the_count_is_exact(liver: Scenario) -> None:
    liver.given(*(lived(f"S1-00{n}") for n in range(1, 5)))
    count = at_horizon(liver.on(200))
    expected = proportion_interval(4, 4)
    assert expected is not None
    assert (count.low, count.high) == expected
    assert group(survival_of(liver)).estimates[-1].low is None


def test_a_death_after_the_horizon_counts_as_surviving_it(liver: Scenario) -> None:
    liver.given(infused("S1-001"), died("S1-001", 85))
    assert at_horizon(liver.on(200)).surviving == 1


def test_who_came_to_the_visit_of_the_horizon_in_its_window_survives_it(liver: Scenario) -> None:
    liver.given(infused("S1-001"), seen("S1-001", "week-12", 70, {}))
    liver.given(infused("S1-002"), seen("S1-002", "week-12", 69, {}))
    count = at_horizon(liver.on(200))
    assert (count.surviving, count.by_visit, count.unknown) == (1, 1, 1)


def test_before_the_horizon_has_come_nobody_has_survived_it_and_an_early_death_is_not_yet_a_share(
    liver: Scenario,
) -> None:
    liver.given(infused("S1-001"), infused("S1-002"), died("S1-002", 20))
    count = at_horizon(liver.on(50))
    assert (count.awaited, count.died, count.known, count.proportion) == (1, 1, 0, None)


def test_while_the_window_of_the_horizon_is_open_who_has_not_come_is_awaited(liver: Scenario) -> None:
    liver.given(infused("S1-001"))
    assert at_horizon(liver.on(98)).awaited == 1
    assert at_horizon(liver.on(99)).unknown == 1


def test_a_loss_to_follow_up_ends_observation_at_the_last_contact_not_when_it_was_noticed(
    liver: Scenario,
) -> None:
    lost = participant.RecordLossToFollowUp(participant="S1-001", attempts=3, at=day(100))
    liver.given(infused("S1-001"), seen("S1-001", "week-4", 28, {}), lost)
    result = survival_of(liver.on(200))
    assert [(step.day, step.censored) for step in group(result).curve] == [(28, 1)]
    assert at_horizon(liver).unknown == 1


def test_a_death_known_to_the_month_that_may_lie_on_either_side_of_the_horizon_is_unknown(
    liver: Scenario,
) -> None:
    liver.given(infused("S1-001"))
    liver.on(200).given(participant.RecordDeath(participant="S1-001", at=at("2026-05")))
    result = survival_of(liver)
    assert at_horizon(liver).unknown == 1
    assert result.imprecise_dates == 1
    assert [step.day for step in group(result).curve if step.events] == [60]


def test_a_transplanted_survivor_counts_as_alive_and_apart_without_transplantation(liver: Scenario) -> None:
    liver.given(infused("S1-001"), transplanted("S1-001", 40), lived("S1-002"))
    liver.given(seen("S1-001", "week-12", 86, {}))
    overall, free = at_horizon(liver.on(200)), at_horizon(liver, analysis=1)
    assert (overall.surviving, overall.transplanted, overall.proportion) == (2, 0, 1.0)
    assert (free.surviving, free.transplanted, free.proportion) == (1, 1, 0.5)


@pytest.mark.parametrize(
    ("handled", "events", "last"), [("alive", 0, 86), ("event", 1, 40), ("censored", 0, 40)]
)
def test_a_transplantation_means_what_the_protocol_says(
    scenario: Scenario, handled: str, events: int, last: int
) -> None:
    changes = {"endpoints.survival.transplant": handled}
    scenario.given(active(document(changes)), infused("S1-001"), transplanted("S1-001", 40))
    scenario.given(seen("S1-001", "week-12", 86, {}))
    found = group(survival_of(scenario.on(200)))
    assert (found.events, found.curve[-1].day) == (events, last)


def test_censored_at_transplantation_is_neither_surviving_nor_dead(scenario: Scenario) -> None:
    changes = {"endpoints.survival.transplant": "censored"}
    scenario.given(active(document(changes)), infused("S1-001"), transplanted("S1-001", 40))
    count = at_horizon(scenario.on(200))
    assert (count.surviving, count.transplanted, count.known) == (0, 1, 0)


def test_survival_of_who_was_never_infused_counts_from_randomization(liver: Scenario) -> None:
    liver.given(randomized("S1-001", on=0), died("S1-001", 9))
    assert [step.day for step in group(survival_of(liver.on(200))).curve] == [10]


def test_arms_are_compared_and_an_empty_one_is_told_with_nothing(liver: Scenario) -> None:
    liver.given(lived("S1-001"), infused("S1-002"), died("S1-002", 30))
    analysis = survival_of(liver.on(200)).analyses[0]
    assert [each.group for each in analysis.groups] == [VEIN, ARTERY, "pooled"]
    empty = group(survival_of(liver), ARTERY)
    assert (empty.participants, empty.curve, empty.median) == (0, (), None)
    assert [(c.log_rank, c.fisher, c.boschloo) for c in analysis.comparisons] == [(None, None, None)]


def test_two_arms_get_the_log_rank_and_the_exact_tests(liver: Scenario) -> None:
    for number in range(1, 5):
        liver.given(lived(f"S1-00{number}"), infused(f"S1-10{number}", ARTERY), died(f"S1-10{number}", 30))
    (comparison,) = survival_of(liver.on(200)).analyses[0].comparisons
    assert comparison.log_rank is not None
    assert comparison.fisher is not None
    assert comparison.boschloo is not None
    assert comparison.log_rank.p == pytest.approx(0.0082, abs=1e-4)
    assert comparison.fisher.p == pytest.approx(2 / 70)
    assert comparison.boschloo.p < comparison.fisher.p


def test_the_log_rank_test_looks_at_what_happened_by_the_horizon(liver: Scenario) -> None:
    liver.given(lived("S1-001"), lived("S1-002", ARTERY), died("S1-002", 120))
    assert survival_of(liver.on(200)).analyses[0].comparisons[0].log_rank is None


def test_screen_failures_are_in_no_group_and_those_randomized_in_error_are(liver: Scenario) -> None:
    screened = participant.PreScreen(participant="S1-009", site="S1")
    error = participant.RecordMisrandomization(participant="S1-001", finding="was not ill", at=day(3))
    liver.given(screened, lived("S1-001"), error)
    found = evaluated(liver.on(200))
    assert (found.groups[-1].participants, found.misrandomized) == (1, 1)


def test_with_nobody_randomized_everything_is_empty_and_told_together(liver: Scenario) -> None:
    found = evaluated(liver)
    assert (found.by, [each.participants for each in found.groups]) == ("pooled", [0])


def test_as_of_an_earlier_instant_a_later_death_is_not_known(liver: Scenario) -> None:
    liver.given(lived("S1-001"))
    before = liver.app.reading.head("T-1")[0]
    liver.given(died("S1-001", 90))
    view = liver.view(before)
    (overall, *_) = evaluate(view, liver.app.unseal(view.trial, Role.STATISTICIAN), "survival").endpoints
    assert isinstance(overall, SurvivalResult)
    assert group(overall).events == 0
    assert group(survival_of(liver)).events == 1
