"""The statistics against hand calculation and against statsmodels, an independent library."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight, survdiff

from projections.endpoints.estimates import (
    at_day,
    cumulative_incidence,
    exact_tests,
    kaplan_meier,
    log_rank,
    mean_interval,
    median,
    proportion_interval,
)

CLOSE = pytest.approx


def drawn(seed: int, count: int, *, ties: bool) -> tuple[list[int], list[int]]:
    """Days and causes: 0 censored, 1 and 2 competing events."""
    random = Random(seed)
    days = [random.choice((28, 84, 168)) if ties else random.randint(1, 400) for _ in range(count)]
    return days, [random.choice((0, 0, 1, 1, 2)) for _ in range(count)]


CASES = [drawn(seed, count, ties=ties) for seed in range(12) for count in (16, 60) for ties in (True, False)]


def step_at(days: Sequence[float], values: Any, day: int) -> float:  # noqa: ANN401 - an array
    """The value of an independent step function."""
    return float(values[np.searchsorted(np.asarray(days), day, side="right") - 1])


@pytest.mark.parametrize("case", CASES)
def test_kaplan_meier_is_that_of_statsmodels(case: tuple[list[int], list[int]]) -> None:
    days, causes = case
    theirs = SurvfuncRight(np.array(days), np.array([cause == 1 for cause in causes], dtype=int))
    for step in kaplan_meier(days, [cause == 1 for cause in causes]):
        if step.day >= theirs.surv_times[0]:
            expected = step_at(theirs.surv_times, theirs.surv_prob, step.day)
            assert step.survival == CLOSE(expected, abs=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_the_log_rank_test_is_that_of_statsmodels(case: tuple[list[int], list[int]]) -> None:
    days, causes = case
    half = len(days) // 2
    died = [cause == 1 for cause in causes]
    statistic, p = survdiff(
        np.array(days), np.array(died, dtype=int), np.array([n < half for n in range(len(days))])
    )
    ours = log_rank((days[:half], died[:half]), (days[half:], died[half:]))
    assert ours is not None
    assert ours.statistic == CLOSE(statistic, abs=1e-10)
    assert ours.p == CLOSE(p, abs=1e-10)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("cause", [1, 2])
def test_cumulative_incidence_and_its_variance_are_those_of_statsmodels(
    case: tuple[list[int], list[int]], cause: int
) -> None:
    days, causes = case
    last = max(days)
    pairs = [(day, 0 if day == last else why) for day, why in zip(days, causes, strict=True)]
    days, causes = [day for day, _ in pairs], [why for _, why in pairs]
    theirs = CumIncidenceRight(np.array(days), np.array(causes))
    if cause > len(theirs.cinc):
        return
    for rise in cumulative_incidence(days, causes, cause):
        expected = step_at(theirs.times, theirs.cinc[cause - 1], rise.day)
        assert rise.incidence == CLOSE(expected, abs=1e-12)
        error = step_at(theirs.times, theirs.cinc_se[cause - 1], rise.day)
        if rise.high is not None and rise.low is not None:
            reach = -1.959963984540054 * error / (expected * np.log(expected))
            assert rise.low == CLOSE(expected ** np.exp(reach), abs=1e-9)
            assert rise.high == CLOSE(expected ** np.exp(-reach), abs=1e-9)


def test_ties_at_visit_weeks_are_settled_and_never_jittered() -> None:
    days = [28, 28, 84, 84, 84, 168, 168, 168, 168, 168]
    causes = [1, 0, 1, 2, 0, 1, 1, 0, 0, 0]
    found = [round(rise.incidence, 10) for rise in cumulative_incidence(days, causes, 1)]
    assert found == [0.1, 0.2125, 0.4825]  # 1/10; + 0.9 x 1/8; + 0.9 x 6/8 x 2/5


def test_the_incidences_of_all_causes_and_being_free_add_up_to_one() -> None:
    for days, causes in CASES:
        first, second = (cumulative_incidence(days, causes, cause) for cause in (1, 2))
        free = kaplan_meier(days, [cause > 0 for cause in causes])
        for one, other, rest in zip(first, second, free, strict=True):
            assert one.incidence + other.incidence + rest.survival == CLOSE(1)


def test_with_no_death_the_curve_has_no_interval_and_the_count_has_an_exact_one() -> None:
    steps = kaplan_meier([168] * 16, [False] * 16)
    assert [(step.survival, step.low, step.high) for step in steps] == [(1.0, None, None)]
    interval = proportion_interval(16, 16)
    assert interval is not None
    assert (round(interval.low, 3), interval.high) == (0.794, 1.0)


@pytest.mark.parametrize(("count", "total"), [(0, 16), (1, 16), (14, 16), (16, 16), (71, 158)])
def test_the_exact_interval_is_clopper_and_pearsons(count: int, total: int) -> None:
    theirs = binomtest(count, total).proportion_ci(method="exact")
    interval = proportion_interval(count, total)
    assert interval is not None
    assert interval.low == CLOSE(theirs.low, abs=1e-9)
    assert interval.high == CLOSE(theirs.high, abs=1e-9)


def test_of_nobody_there_is_nothing() -> None:
    assert kaplan_meier([], []) == ()
    assert cumulative_incidence([], [], 1) == ()
    assert proportion_interval(0, 0) is None
    assert log_rank(([], []), ([5], [True])) is None
    assert exact_tests((0, 0), (5, 1)) == (None, None)
    assert median(()) is None


def test_without_any_event_the_log_rank_test_says_nothing() -> None:
    assert log_rank(([5, 9], [False, False]), ([7], [False])) is None


def test_when_everybody_died_the_curve_is_at_zero_without_an_interval() -> None:
    steps = kaplan_meier([10, 20], [True, True])
    assert (steps[-1].survival, steps[-1].low, steps[-1].high) == (0.0, None, None)
    assert at_day(steps, 400).survival == 0.0
    assert median(steps) == 10


def test_beyond_the_end_of_observation_a_curve_says_nothing() -> None:
    steps = kaplan_meier([10, 20], [True, False])
    assert at_day(steps, 20).survival == 0.5
    assert at_day(steps, 21) is None
    assert at_day(steps, 9) is None


def test_the_exact_tests_of_a_table() -> None:
    fisher, boschloo = exact_tests((16, 0), (11, 5))
    assert fisher is not None
    assert boschloo is not None
    assert fisher.p == CLOSE(2 * 4368 / 201376)
    assert boschloo.p < fisher.p
    assert exact_tests((16, 0), (11, 5)) == (fisher, boschloo)
    assert exact_tests((16, 0), (16, 0))[1] == (None, 1.0)


def test_boschloos_test_is_left_out_where_it_would_take_long() -> None:
    assert exact_tests((300, 10), (290, 20))[1] is None


def test_a_mean_has_students_interval() -> None:
    low, high = mean_interval(2.0, 1.0, 4)
    assert (round(low, 4), round(high, 4)) == (0.4088, 3.5912)
    with pytest.raises(ValueError, match="two values"):
        mean_interval(2.0, 0.0, 1)
