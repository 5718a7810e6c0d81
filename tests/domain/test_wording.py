"""The sentence of a fact says what is there, says so where something is missing, and hides what is sealed."""

import pytest

from domain.consent_given import ConsentGiven
from domain.observation import ResultRecorded, TreatmentRecorded
from domain.participant import CriterionAnswered, Died, PreScreened, Randomized
from domain.visit import VisitMissed
from tests.support.trial import SEALED


@pytest.mark.parametrize(
    ("comparator", "en"), [("", "week-4: tbil 5.1 umol/L"), ("<", "week-4: tbil <5.1 umol/L")]
)
def test_an_empty_comparator_says_nothing(comparator: str, en: str) -> None:
    fact = ResultRecorded(visit="week-4", result="tbil", value="5.1", unit="umol/L", comparator=comparator)
    assert fact.sentence() == en


def test_an_empty_note_or_detail_says_nothing_and_leaves_no_gap() -> None:
    assert (
        CriterionAnswered(criterion="disease", holds=True).sentence() == "Eligibility criterion disease: yes"
    )
    assert TreatmentRecorded(treatment="albumin").sentence("zh") == "治疗：albumin"


def test_what_is_missing_elsewhere_is_told_as_not_stated() -> None:
    assert Died().sentence() == "Death, cause: not stated"
    assert Died().sentence("zh") == "死亡，原因：未说明"
    assert VisitMissed(visit="week-4").sentence() == "Visit week-4 missed: not stated"
    assert PreScreened(code="S1-001", site="S1").sentence() == (
        "Pre-screened at site S1 (sex not stated, age not stated years)"
    )


def test_an_answer_that_could_not_be_given_is_told_as_such() -> None:
    assert CriterionAnswered(criterion="x").sentence() == "Eligibility criterion x: not stated"


def test_lists_and_yes_and_no_are_told_in_words() -> None:
    fact = ConsentGiven(version="1.0", language="en", parties=("participant", "witness"), copy_given=False)
    assert fact.sentence() == (
        "Consent given on version 1.0 (en), signed by participant, witness; copy given: no"
    )
    assert fact.sentence("zh").endswith("已给副本：否")


def test_a_sealed_value_stays_sealed_in_words() -> None:
    fact = Randomized(place=3, allocation=SEALED.model_copy(update={"text": "c2VjcmV0"}))
    assert "c2VjcmV0" not in fact.sentence() + fact.sentence("zh")
    assert fact.sentence() == "Randomized to place 3 of the list, allocation ▮▮▮"
