"""What is collected at randomization is a result like any other: asked about, corrected, verified, signed."""

from __future__ import annotations

import pytest

from domain.errors import Invalid
from domain.query import Query
from projections.casebook import signature_rows
from projections.results import result_rows
from tests.support.casebooks import signature
from tests.support.scenario import Scenario
from tests.support.trial import active, course, day, small
from workflows import observation, query

CODE = "S1-001"
PROTOCOL = {"randomization.values": ["alt"], "randomization.visit": "baseline"}


@pytest.fixture
def randomized(scenario: Scenario) -> Scenario:
    """A participant randomized by a protocol that collects ALT for it."""
    return scenario.given(active(small(PROTOCOL)), course("randomized"))


@pytest.mark.requirement("RN-08")
def test_a_value_collected_at_randomization_is_asked_about_and_corrected_and_the_allocation_stays(
    randomized: Scenario,
) -> None:
    before = randomized.view().participants()[CODE].randomized
    randomized.given(query.OpenQuery(participant=CODE, visit="baseline", result="alt", text="which kit?"))
    [asked] = randomized.view().singles(Query)
    change = observation.CorrectResult(participant=CODE, visit="baseline", result="alt", value="44")
    randomized.when(change.model_copy(update={"value": "40"})).refused("result.same_value")
    randomized.given(change.model_copy(update={"query": asked}), query.CloseQuery(query=asked))
    [row] = [each for each in result_rows(randomized.view(), CODE) if each.result == "alt"]
    assert (row.value, row.was, row.state) == ("44", ("40 U/L",), "corrected")
    assert [turn.kind for turn in randomized.view().singles(Query)[asked].turns] == [
        "opened",
        "changed",
        "closed",
    ]
    assert randomized.view().participants()[CODE].randomized == before


@pytest.mark.requirement("RN-08")
def test_a_value_collected_at_randomization_is_signed_and_a_change_ends_the_signature(
    randomized: Scenario,
) -> None:
    randomized.given(signature(randomized, CODE, "baseline"))
    stands = [row.stands for row in signature_rows(randomized.app.reading, randomized.view(), CODE)]
    randomized.given(observation.CorrectResult(participant=CODE, visit="baseline", result="alt", value="44"))
    after = [row.stands for row in signature_rows(randomized.app.reading, randomized.view(), CODE)]
    assert len(stands) == len(after) == 1
    assert stands != after


@pytest.mark.requirement("RN-08")
def test_a_value_that_was_voided_is_collected_anew_before_anybody_is_randomized(scenario: Scenario) -> None:
    scenario.given(active(small(PROTOCOL)), course("eligible"))
    scenario.given(observation.VoidResult(participant=CODE, visit="baseline", result="alt"))
    again = observation.RecordResults(
        participant=CODE,
        at=day(0, "11:00"),
        visit="baseline",
        readings=(observation.Reading(item="alt", value="41", unit="U/L"),),
        repeat=True,
    )
    scenario.when(course("randomized")[-1]).refused("randomize.value_missing")
    scenario.given(again, course("randomized")[-1])
    assert scenario.view().participants()[CODE].randomized


@pytest.mark.parametrize(
    "wrong",
    [
        {"randomization.values": ["hair"], "randomization.visit": "baseline"},
        {"randomization.values": ["alt"], "randomization.visit": "week-99"},
        {"randomization.values": ["alt"]},
        {"randomization.visit": "baseline"},
        {"randomization.values": ["alt", "alt"], "randomization.visit": "baseline"},
    ],
)
def test_a_protocol_names_items_and_the_visit_of_what_it_collects(wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        small(wrong)
