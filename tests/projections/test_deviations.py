"""What happened is recorded, and departures from the protocol show: each rule, and its near miss."""

from __future__ import annotations

import pytest

from domain.outcome import Classification
from domain.record import Role
from projections.deviations import RULES, Deviation, deviation_id, deviations
from tests.projections.departures import (
    CODE,
    INFUSED,
    NOON,
    OF_L2,
    OTHER,
    RANDOMIZED,
    Case,
    came,
    consented,
    infused,
    second_lot,
)
from tests.projections.departures_of_consent import OF_CONSENT
from tests.projections.departures_of_infusions import OF_INFUSIONS
from tests.projections.departures_of_randomization import OF_RANDOMIZATION
from tests.projections.departures_of_safety import OF_SAFETY
from tests.projections.departures_of_visits import OF_VISITS
from tests.support.scenario import Scenario
from tests.support.trial import RENEWED, active, amended, at, course, day, small
from workflows import outcome, product_lot

CASES = [*OF_VISITS, *OF_INFUSIONS, *OF_CONSENT, *OF_RANDOMIZATION, *OF_SAFETY]


def found(scenario: Scenario, role: Role = Role.INVESTIGATOR) -> list[Deviation]:
    """The deviation log as that role sees it now."""
    view = scenario.view()
    return list(deviations(view, scenario.app.unseal(view.trial, role)))


@pytest.mark.parametrize("case", CASES, ids=[f"{case.rule} {number}" for number, case in enumerate(CASES)])
@pytest.mark.requirement("SQ-05", "SF-05")
def test_a_departure_shows_by_itself_with_the_facts_that_make_it(scenario: Scenario, case: Case) -> None:
    scenario.given(case.given).on(case.on)
    [deviation] = found(scenario)
    assert (deviation.participant, deviation.rule, deviation.subject) == (CODE, case.rule, case.subject)
    assert deviation.facts == tuple(scenario.position(kind, number) for kind, number in case.facts)
    assert deviation.id == deviation_id(CODE, case.rule, case.subject)
    assert deviation.classification is None


@pytest.mark.parametrize("case", CASES, ids=[f"{case.rule} {number}" for number, case in enumerate(CASES)])
def test_what_nearly_departs_does_not_show(scenario: Scenario, case: Case) -> None:
    scenario.given(case.near).on(case.on if case.near_on is None else case.near_on)
    assert found(scenario) == []


def test_every_rule_is_shown_by_a_case() -> None:
    assert {case.rule for case in CASES} == set(RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_rule_is_worded_in_both_languages(rule: tuple[str, str, str]) -> None:
    code, en, zh = rule
    assert RULES[code].code == code
    assert en
    assert not zh.isascii()


def test_the_id_of_a_deviation_follows_from_participant_rule_and_subject_for_good() -> None:
    assert deviation_id("S1-001", "visit.missed", "week-4") == "dev-8a7c81523949"
    ids = {deviation_id(code, rule, "week-4") for code in ("S1-001", "S1-002") for rule in RULES}
    assert len(ids) == 2 * len(RULES)


def test_what_people_say_of_a_deviation_shows_beside_it_and_the_newest_word_stands(
    scenario: Scenario,
) -> None:
    scenario.given(INFUSED, came(day(0, "12:00"), "week-4"))
    [before] = found(scenario)
    for weight in ("major", "minor"):
        scenario.given(
            outcome.ClassifyDeviation(
                participant=CODE,
                deviation=before.id,
                classification=weight,
                cause="holiday",
                correction="training",
            )
        )
    [after] = found(scenario)
    word = after.classification
    assert isinstance(word, Classification)
    assert word[:3] == ("minor", "holiday", "training")
    assert after._replace(classification=None) == before


def test_who_may_not_know_the_allocation_is_shown_no_deviation_of_route(scenario: Scenario) -> None:
    scenario.given(RANDOMIZED, infused(day(0, "12:30"), route=OTHER))
    assert [each.rule for each in found(scenario)] == ["infusion.wrong_route"]
    assert found(scenario, Role.OUTCOME_ASSESSOR) == []


def test_without_the_key_no_deviation_of_route_is_shown(scenario: Scenario) -> None:
    scenario.given(RANDOMIZED, infused(day(0, "12:30"), route=OTHER))
    assert list(deviations(scenario.view(), lambda _sealed: None)) == []


def test_a_route_is_judged_where_an_amendment_has_dropped_the_arm(scenario: Scenario) -> None:
    one_arm = small(
        {
            "version": "2.0",
            "arms": [{"id": "by-mouth", "name": {"en": "By mouth"}}],
            "randomization.block_sizes": [2],
        }
    )
    scenario.given(RANDOMIZED, infused(day(0, "12:30"), route=OTHER), amended(one_arm))
    assert [each.rule for each in found(scenario)] == ["infusion.wrong_route"]


def test_two_faulty_consents_on_one_version_are_two_deviations(scenario: Scenario) -> None:
    faulty = [consented(copy_given=False, at=day(0, clock)) for clock in ("09:00", "10:00")]
    scenario.given(active(), course("screened"), faulty)
    assert [(each.rule, each.subject) for each in found(scenario)] == [
        ("consent.incomplete", "1.0"),
        ("consent.incomplete", "1.0#2"),
    ]
    assert len({each.id for each in found(scenario)}) == 2


def test_a_consent_before_the_site_was_active_is_judged_under_its_first_version(scenario: Scenario) -> None:
    early = consented(at=day(-25))
    renewed = consented(at=day(0, "12:30"), version="2.0")
    scenario.given(active(), course("screened"), early, amended(small(RENEWED)), renewed)
    assert [(each.rule, each.subject) for each in found(scenario)] == [
        ("site.before_activation", "consent-1")
    ]


def test_a_lot_that_was_released_again_was_released_all_along_for_what_was_given_before(
    scenario: Scenario,
) -> None:
    held_later = product_lot.QuarantineLot(lot="L2", reason="spill", at=day(1, "12:00"))
    freed_later = product_lot.ReleaseLot(lot="L2", at=day(1, "18:00"))
    scenario.given(RANDOMIZED, second_lot(), infused(NOON, **OF_L2), held_later, freed_later)
    assert found(scenario) == []


def test_an_infusion_of_an_unknown_day_is_not_held_against_anyone(scenario: Scenario) -> None:
    scenario.given(RANDOMIZED, infused(at("2026-03"), use_by=day(0, "13:00"), **OF_L2))
    assert [each.rule for each in found(scenario)] == ["infusion.lot_unreleased"]


def test_the_deviations_of_one_participant_are_those_of_the_whole_log(scenario: Scenario) -> None:
    scenario.given(INFUSED, came(day(0, "12:00"), "week-4"), course("screened", "S1-002"))
    view = scenario.view()
    unseal = scenario.app.unseal(view.trial, Role.INVESTIGATOR)
    assert list(deviations(view, unseal, CODE)) == found(scenario)
    assert list(deviations(view, unseal, "S1-002")) == []
