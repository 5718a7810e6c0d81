"""Corrections: one fact for each field, a reason every time, and nothing obscured."""

from __future__ import annotations

import pytest

from domain.observation import ResultCorrected
from domain.record import Role
from projections.results import result_rows
from tests.support.scenario import Scenario
from tests.support.trial import active, course, person
from workflows import observation

CODE = "S1-001"


def correction(result: str, value: str) -> observation.CorrectResult:
    return observation.CorrectResult(participant=CODE, visit="baseline", result=result, value=value)


@pytest.mark.requirement("AT-02")
def test_changing_two_of_the_fields_of_a_visit_makes_exactly_two_facts(scenario: Scenario) -> None:
    scenario.given(active(), course("measured"))
    before = len(scenario.records())
    scenario.given(correction("alt", "41"), correction("tbil", "5.3"))
    changes = [record.fact for record in scenario.records()[before:]]
    assert [fact.result for fact in changes if isinstance(fact, ResultCorrected)] == ["alt", "tbil"]
    assert len(changes) == 2


@pytest.mark.requirement("CO-01")
def test_every_value_that_was_replaced_stands_beside_the_one_that_counts(scenario: Scenario) -> None:
    scenario.given(active(), course("measured"), correction("alt", "41"), correction("alt", "42"))
    rows = {row.result: row for row in result_rows(scenario.view(), CODE)}
    assert (rows["alt"].value, rows["alt"].was) == ("42", ("40 U/L", "41 U/L"))
    assert rows["tbil"].was == ()


@pytest.mark.requirement("CO-02")
@pytest.mark.parametrize(
    ("reason", "code"),
    [("", "transcription"), ("x", "transcription"), ("Transcription", "transcription"), ("typing error", "")],
)
def test_a_change_without_a_code_and_words_of_its_own_leaves_everything_as_it_was(
    scenario: Scenario, reason: str, code: str
) -> None:
    scenario.given(active(), course("measured"))
    rule = "correction.no_reason" if code else "correction.reason_unlisted"
    scenario.when(correction("alt", "41"), person(Role.COORDINATOR, reason, code)).refused(rule)


def test_two_characters_of_chinese_are_a_reason(scenario: Scenario) -> None:
    scenario.given(active(), course("measured"))
    scenario.when(correction("alt", "41"), person(Role.COORDINATOR, "笔误")).then(
        ResultCorrected(visit="baseline", result="alt", value="41", unit="U/L", was="40 U/L")
    )
