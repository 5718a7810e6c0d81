"""The statistics that endpoints need. The numerics are SciPy's, but for the short sum of Aalen and Johansen.

SciPy is loaded with the first use: its statistics take longer to import than most questions take to answer.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import exp, log, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from scipy.stats import CensoredData

LEVEL = 0.95
"""Of every interval."""

LARGEST_FOR_BOSCHLOO = 40_000
"""Boschloo's test goes through every table of these margins; for more the two tests agree closely anyway."""


class Step(NamedTuple):
    """A step of a Kaplan-Meier curve: what happened on a day, and the estimate from that day on.

    `low` and `high` are the log-log interval, None where that is not defined: at 1 and at 0.
    """

    day: int
    at_risk: int
    events: int
    censored: int
    survival: float
    low: float | None
    high: float | None


class Rise(NamedTuple):
    """A step of a cumulative incidence: events of the cause, events that compete, and the estimate."""

    day: int
    at_risk: int
    events: int
    competing: int
    censored: int
    incidence: float
    low: float | None
    high: float | None


class Test(NamedTuple):
    """A test's statistic, where it has one, and its two-sided p value."""

    statistic: float | None
    p: float


class Interval(NamedTuple):
    """An interval at the level of `LEVEL`."""

    low: float
    high: float


@contextmanager
def _quietly() -> Iterator[None]:
    """SciPy warns where a formula is not defined at some step; we tell None there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def _censored(days: Sequence[int], events: Sequence[bool]) -> CensoredData:
    from scipy.stats import CensoredData

    return CensoredData.right_censored(days, [not event for event in events])


def kaplan_meier(days: Sequence[int], events: Sequence[bool]) -> tuple[Step, ...]:
    """The product-limit estimate with its log-log interval; empty for nobody."""
    from scipy.stats import ecdf

    if not days:
        return ()
    with _quietly():
        curve = ecdf(_censored(days, events)).sf
        band = curve.confidence_interval(confidence_level=LEVEL, method="log-log")
    died = Counter(day for day, event in zip(days, events, strict=True) if event)
    left = Counter(day for day, event in zip(days, events, strict=True) if not event)
    steps, at_risk = [], len(days)
    for place, day in enumerate(sorted(set(days))):
        survival = float(curve.probabilities[place])
        low, high = (float(each.probabilities[place]) for each in (band.low, band.high))
        defined = 0.0 < survival < 1.0
        steps.append(
            Step(
                day,
                at_risk,
                died[day],
                left[day],
                survival,
                low if defined else None,
                high if defined else None,
            )
        )
        at_risk -= died[day] + left[day]
    return tuple(steps)


def cumulative_incidence(days: Sequence[int], causes: Sequence[int], cause: int) -> tuple[Rise, ...]:
    """The Aalen-Johansen estimate for one cause, others competing; 0 is censored. Empty for nobody.

    At each day u the incidence grows by S(u-) d/n, with S the estimate of being free of every cause. Variance
    by the delta method (Klein and Moeschberger), interval on the log-log scale.
    """
    by_day: dict[int, Counter[int]] = {}
    for day, why in zip(days, causes, strict=True):
        by_day.setdefault(day, Counter())[why] += 1
    free, incidence, at_risk = 1.0, 0.0, len(days)
    hazard, product, square = 0.0, 0.0, 0.0
    own, cross, carried = 0.0, 0.0, 0.0
    rises = []
    for day in sorted(by_day):
        found = by_day[day]
        events, total = found[cause], found.total() - found[0]
        before = free / at_risk
        incidence += before * events
        step = total / (at_risk * (at_risk - total)) if total < at_risk else 0.0
        hazard, product, square = hazard + step, product + incidence * step, square + incidence**2 * step
        own += before**2 * (at_risk - events) * events / at_risk
        grown = before * events / at_risk
        cross, carried = cross + grown, carried + incidence * grown
        variance = incidence**2 * hazard - 2 * incidence * product + square
        variance += own - 2 * incidence * cross + 2 * carried
        free *= 1 - total / at_risk
        low, high = _log_log(incidence, variance)
        rises.append(Rise(day, at_risk, events, total - events, found[0], incidence, low, high))
        at_risk -= found.total()
    return tuple(rises)


def _log_log(incidence: float, variance: float) -> tuple[float | None, float | None]:
    from scipy.special import ndtri

    if not 0.0 < incidence < 1.0 or variance <= 0.0:
        return None, None
    reach = float(ndtri(0.5 + LEVEL / 2)) * sqrt(variance) / (incidence * log(incidence))
    return float(incidence ** exp(-reach)), float(incidence ** exp(reach))


def at_day(steps: Sequence[Any], day: int) -> Any:  # noqa: ANN401 - Step or Rise, as given
    """The last step by a day; None before the first one, or when follow-up had ended by then."""
    if not steps or (steps[-1].day < day and _is_open(steps[-1])):
        return None
    return next((step for step in reversed(steps) if step.day <= day), None)


def _is_open(last: Step | Rise) -> bool:
    """Whether somebody was left when the curve ended, so that it is not known beyond."""
    return last.censored > 0


def median(steps: Sequence[Step]) -> int | None:
    """The first day by which half are gone; None while more than half are there."""
    return next((step.day for step in steps if step.survival <= 0.5), None)


def log_rank(
    first: tuple[Sequence[int], Sequence[bool]], second: tuple[Sequence[int], Sequence[bool]]
) -> Test | None:
    """The log-rank test, its statistic as chi-squared with one degree of freedom.

    None where it says nothing: one group is empty, or nobody had an event while both were observed.
    """
    from scipy.stats import logrank

    if not first[0] or not second[0] or not any((*first[1], *second[1])):
        return None
    with _quietly():
        found = logrank(_censored(*first), _censored(*second))
    if found.pvalue != found.pvalue:  # not a number: no event while both groups were at risk
        return None
    return Test(float(found.statistic) ** 2, float(found.pvalue))


def proportion_interval(count: int, total: int) -> Interval | None:
    """Clopper and Pearson's exact interval; None of nobody."""
    from scipy.special import betaincinv

    if total == 0:
        return None
    tail = (1 - LEVEL) / 2
    low = float(betaincinv(count, total - count + 1, tail)) if count else 0.0
    high = float(betaincinv(count + 1, total - count, 1 - tail)) if count < total else 1.0
    return Interval(low, high)


def exact_tests(first: tuple[int, int], second: tuple[int, int]) -> tuple[Test | None, Test | None]:
    """Fisher's and Boschloo's exact tests of two groups' counts (with, without); None of an empty group."""
    from scipy.stats import boschloo_exact, fisher_exact

    if not sum(first) or not sum(second):
        return None, None
    table = [[first[0], second[0]], [first[1], second[1]]]
    fisher = Test(None, float(fisher_exact(table).pvalue))
    if not all(map(any, table)):  # everybody or nobody in both groups: no table is more extreme
        return fisher, Test(None, 1.0)
    if sum(first) * sum(second) > LARGEST_FOR_BOSCHLOO:
        return fisher, None
    return fisher, Test(None, float(boschloo_exact(table).pvalue))


def mean_interval(mean: float, deviation: float, count: int) -> Interval:
    """Student's interval of a mean. Raises ValueError for fewer than two values."""
    from scipy.special import stdtrit

    if count < 2:
        raise ValueError("the interval of a mean needs two values")
    reach = float(stdtrit(count - 1, 0.5 + LEVEL / 2)) * deviation / sqrt(count)
    return Interval(mean - reach, mean + reach)
