"""The change of a score by visit: everybody is counted once, and nothing is imputed."""

from __future__ import annotations

from decimal import Decimal

from projections.endpoints.change import GroupChange, VisitChange, summary
from tests.endpoints.liver import (
    VALUES,
    change_of,
    died,
    document,
    infused,
    randomized,
    seen,
    transplanted,
)
from tests.support.scenario import Scenario
from tests.support.trial import active, day
from workflows import participant, visit

BETTER = VALUES | {"inr": "1.2"}


def pooled(liver: Scenario, endpoint: str = "meld") -> GroupChange:
    return next(each for each in change_of(liver, endpoint).groups if each.group == "pooled")


def at(liver: Scenario, name: str = "week-4", endpoint: str = "meld") -> VisitChange:
    return next(each for each in pooled(liver, endpoint).visits if each.visit == name)


def test_the_summary_of_changes(liver: Scenario) -> None:
    liver.given(infused("S1-001"), seen("S1-001", "week-4", 28, BETTER))
    liver.given(infused("S1-002"), seen("S1-002", "week-4", 28))
    found = at(liver)
    assert found.changes == (Decimal(-3), Decimal(0))
    assert (found.change.n, found.change.mean, found.change.median) == (2, -1.5, -1.5)
    assert round(found.change.sd or 0, 6) == 2.121320
    assert pooled(liver).baseline.mean == 18


def test_everybody_is_counted_once(liver: Scenario) -> None:
    liver.given(infused("S1-001"), seen("S1-001", "week-4", 28))
    liver.given(infused("S1-002"), died("S1-002", 20))
    liver.given(infused("S1-003"), transplanted("S1-003", 20))
    liver.given(infused("S1-004"), seen("S1-004", "week-4", 28, {"tbil": "54 umol/L"}))
    liver.given(infused("S1-005", baseline={}), seen("S1-005", "week-4", 28))
    liver.given(infused("S1-006"), visit.RecordMissedVisit(participant="S1-006", visit="week-4", at=day(28)))
    lost = participant.RecordLossToFollowUp(participant="S1-007", attempts=3, at=day(20))
    liver.given(infused("S1-007"), lost, randomized("S1-008"))
    found = at(liver.on(200))
    assert found.change.n == 1
    assert found.undefined == {"died": 1, "transplanted": 1}
    assert found.missing == {
        "day 0 not reached": 1,
        "lost to follow-up": 1,
        "no baseline": 1,
        "visit missed": 1,
        "without creatinine, inr": 1,
    }
    counted = found.change.n + sum(found.undefined.values()) + sum(found.missing.values())
    assert counted == pooled(liver).participants == 8


def test_a_visit_that_is_not_due_is_not_missed(liver: Scenario) -> None:
    liver.given(infused("S1-001")).on(20)
    assert at(liver).missing == {"visit not yet due": 1}


def test_a_death_after_the_window_does_not_excuse_a_visit_that_was_missed_before(liver: Scenario) -> None:
    liver.given(infused("S1-001"), died("S1-001", 60)).on(200)
    assert (at(liver).undefined, at(liver).missing) == ({}, {"visit missed": 1})
    assert at(liver, "week-12").undefined == {"died": 1}


def test_a_visit_outside_its_window_counts_and_is_flagged(liver: Scenario) -> None:
    liver.given(infused("S1-001"), seen("S1-001", "week-4", 40))
    assert (at(liver).change.n, at(liver).flags) == (1, {"OUT_OF_WINDOW": 1})


def test_classes_shift_from_baseline_to_visit_or_to_what_ended_it(liver: Scenario) -> None:
    liver.given(
        infused("S1-001"), seen("S1-001", "week-4", 28, VALUES | {"ascites": "none", "alb": "36 g/L"})
    )
    liver.given(infused("S1-002"), died("S1-002", 20), infused("S1-003")).on(200)
    shifts = [(each.from_, each.to, each.n) for each in at(liver, endpoint="child").shifts]
    assert shifts == [("C", "B", 1), ("C", "died", 1), ("C", "missing", 1)]
    assert at(liver).shifts == ()


def test_a_measured_value_can_be_the_measure_and_is_told_in_its_own_unit(liver: Scenario) -> None:
    liver.given(infused("S1-001"), seen("S1-001", "week-4", 28, {"tbil": "2 mg/dL"}))
    liver.given(infused("S1-002"), seen("S1-002", "week-4", 28, {"tbil": "<5 umol/L"}))
    liver.given(infused("S1-003"), transplanted("S1-003", 20)).on(200)
    found = at(liver, endpoint="bilirubin")
    assert found.changes == (Decimal("-19.8"),)
    assert (found.missing, found.undefined) == ({"not usable": 1}, {"transplanted": 1})


def test_a_protocol_may_name_the_baseline_visit(scenario: Scenario) -> None:
    scenario.given(active(document({"scores.baseline_visit": "baseline"})), infused("S1-001"))
    scenario.given(seen("S1-001", "week-4", 28, BETTER))
    assert at(scenario).changes == (Decimal(-3),)
    assert at(scenario, endpoint="bilirubin").changes == (Decimal(0),)


def test_an_empty_and_a_single_value_have_no_interval() -> None:
    assert summary([]).n == 0
    alone = summary([Decimal("1.5")])
    assert (alone.mean, alone.median, alone.sd, alone.mean_low) == (1.5, 1.5, None, None)


def test_the_median_of_decimals_is_exact() -> None:
    assert summary([Decimal("0.1"), Decimal("0.2"), Decimal("0.3")]).mean == 0.2
