"""The deviation log under another protocol: the same protocol changes nothing, another only what it says."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given, settings

from domain.errors import Invalid, NotFound, TrialogError
from domain.product_lot import ProductLot
from domain.record import Role
from projections.deviations import deviations
from projections.what_if import Fate, Supposed, Supposition, what_if
from tests.support.histories import HISTORIES, histories, told
from tests.support.scenario import Scenario
from tests.support.trial import DROP, RENEWED, active, amended, course, day, small
from workflows import infusion, visit
from workflows.command import Command

CODE = "S1-001"
FEW = settings(HISTORIES, max_examples=8)
WIDER = {"schedule.visits.week-4.after": 14}
NARROWER = {"schedule.visits.week-4.after": 1}


def supposed(scenario: Scenario, changes: Mapping[str, object], instead_of: str = "") -> list[Supposition]:
    view = scenario.view()
    unseal = scenario.app.unseal(view.trial, Role.MONITOR)
    return list(what_if(view, small(changes), unseal, instead_of=instead_of))


def fates(found: list[Supposition]) -> list[tuple[str, str, str]]:
    return [(str(each.fate), each.told.rule, each.told.subject) for each in found]


@FEW
@given(histories)
def test_the_same_protocol_changes_nothing(chosen: list[Command]) -> None:
    with told(chosen) as scenario:
        view = scenario.view()
        unseal = scenario.app.unseal(view.trial, Role.MONITOR)
        log = list(deviations(view, unseal))
        for version in view.trial.versions:
            document = view.trial.document(version.version)
            found = list(what_if(view, document, unseal, instead_of=version.version))
            assert [each.before for each in found] == log
            assert [each.after for each in found] == log
            assert {each.fate for each in found} <= {Fate.STAYS}


@pytest.fixture
def followed(scenario: Scenario) -> Scenario:
    """A participant who came to week 4 five days after its window."""
    scenario.given(active(), course("infused")).on(40)
    return scenario.given(visit.RecordVisit(participant=CODE, at=day(40), visit="week-4"))


def test_a_wider_window_makes_a_deviation_vanish(followed: Scenario) -> None:
    [found] = supposed(followed, WIDER)
    assert fates([found]) == [("vanishes", "visit.out_of_window", "week-4")]
    assert (found.before is not None, found.after) == (True, None)


def test_a_narrower_window_tells_the_same_deviation_differently(followed: Scenario) -> None:
    [found] = supposed(followed, NARROWER)
    assert fates([found]) == [("stays", "visit.out_of_window", "week-4")]
    assert found.before is not None
    assert found.after is not None
    assert found.before.detail.endswith("2026-04-06")
    assert found.after.detail.endswith("2026-03-31")


def test_another_consent_form_makes_deviations_appear(followed: Scenario) -> None:
    found = supposed(followed, RENEWED)
    assert ("appears", "consent.outdated_version", "1.0") in fates(found)


def test_a_wider_tolerance_makes_a_departure_from_the_dose_vanish(scenario: Scenario) -> None:
    scenario.given(active(), course("started"))
    scenario.given(infusion.CompleteInfusion(participant=CODE, cells_million=Decimal(50)))
    assert fates(supposed(scenario, {"product.dose_tolerance": 17})) == [
        ("vanishes", "infusion.dose_departed", "infusion-1")
    ]
    [twice] = [each for each in supposed(scenario, {"product.dose": "2"}) if each.after is not None]
    assert twice.after is not None
    assert "planned 120 x 10^6 cells (2 x 10^6 cells per kg)" in twice.after.detail


def test_only_the_version_named_is_replaced(followed: Scenario) -> None:
    followed.given(amended(small({"version": "2.0"})))
    assert fates(supposed(followed, WIDER, "1.0")) == [("vanishes", "visit.out_of_window", "week-4")]
    assert fates(supposed(followed, WIDER, "2.0")) == [("stays", "visit.out_of_window", "week-4")]
    assert fates(supposed(followed, WIDER)) == [("vanishes", "visit.out_of_window", "week-4")]


@pytest.mark.parametrize(
    ("changes", "instead_of", "kind", "code"),
    [
        ({"trial": "T-2"}, "", Invalid, "protocol.other_trial"),
        ({"sites.S1": DROP}, "", Invalid, "what_if.no_site"),
        ({}, "9", NotFound, "protocol.unknown_version"),
    ],
)
def test_a_protocol_that_cannot_be_supposed_is_refused(
    followed: Scenario, changes: dict[str, object], instead_of: str, kind: type[TrialogError], code: str
) -> None:
    with pytest.raises(kind) as refused:
        supposed(followed, changes, instead_of)
    assert refused.value.code == code


def test_a_supposed_view_tells_the_same_states(played: Scenario) -> None:
    view = played.view()
    other = Supposed(view, small(WIDER))
    assert other.enrolment == view.enrolment
    assert other.result_values() == view.result_values()
    assert other.results(CODE) == view.results(CODE)
    assert other.single(ProductLot, "L1") == view.single(ProductLot, "L1")
    assert other.singles(ProductLot) == view.singles(ProductLot)
    assert other.participant(CODE) == view.participant(CODE)
