"""From a score to the facts it comes from."""

from __future__ import annotations

import pytest

from domain.errors import NotFound
from domain.observation import ResultCorrected, ResultRecorded
from domain.participant import Died
from projections.lineage import Lineage, lineages
from tests.support.scenario import Scenario
from tests.support.trial import active, course, day, small
from workflows import observation, participant, visit
from workflows.command import Command

CODE = "S1-001"
SCORED = small(
    {
        "formulas": ["albi.2015"],
        "scores": {
            "inputs": [{"id": "bilirubin", "item": "tbil"}, {"id": "albumin", "item": "alb"}],
        },
        "items.alb": {"id": "alb", "name": {"en": "Albumin"}, "units": [{"ucum": "g/L"}]},
    }
)


def drawn(**values: str) -> Command:
    units = {"tbil": "mg/dL", "alb": "g/L"}
    readings = tuple(
        observation.Reading(item=item, value=value, unit=units[item]) for item, value in values.items()
    )
    return observation.RecordResults(participant=CODE, at=day(28), visit="week-4", readings=readings)


def traced(scenario: Scenario, score: str = "albi", at_visit: str = "week-4") -> Lineage:
    [found] = lineages(scenario.app.reading, scenario.view(), CODE, at_visit, score)
    return found


@pytest.fixture
def followed(scenario: Scenario) -> Scenario:
    """A participant at week 4, infused on day 0."""
    scenario.given(active(SCORED), course("infused", document=SCORED)).on(28)
    return scenario.given(visit.RecordVisit(participant=CODE, at=day(28), visit="week-4"))


@pytest.mark.requirement("AT-10")
def test_each_input_leads_to_its_facts_its_correction_included(followed: Scenario) -> None:
    followed.given(
        drawn(tbil="3.1", alb="2.8"),
        observation.CorrectResult(participant=CODE, visit="week-4", result="alb", value="28"),
    )
    found = traced(followed)
    assert (found.score.status, found.version) == ("scored", "1.0")
    used = {each.input: (each.given, each.unit, facts) for each, facts in found.inputs}
    assert used["bilirubin"][:2] == ("3.1 mg/dL", "umol/L")
    assert used["albumin"][:2] == ("28 g/L", "g/L")
    assert [type(entry.record.fact) for entry in used["bilirubin"][2]] == [ResultRecorded]
    assert [type(entry.record.fact) for entry in used["albumin"][2]] == [ResultRecorded, ResultCorrected]
    assert used["albumin"][2][-1].command.attribution.reason_text == "typing error"


def test_a_value_that_is_not_used_is_named_with_its_facts(followed: Scenario) -> None:
    followed.given(
        drawn(tbil="3.1", alb="28"),
        observation.VoidResult(participant=CODE, visit="week-4", result="alb"),
    )
    found = traced(followed)
    assert (found.score.status, [each.input for each in found.score.lacks]) == ("missing", ["albumin"])
    [voided] = found.unusable
    assert [entry.record.fact.TOPIC for entry in voided] == ["lab.result_recorded.v1", "lab.result_voided.v1"]


def test_a_score_that_death_came_before_leads_to_the_death(followed: Scenario) -> None:
    followed.on(100).given(participant.RecordDeath(participant=CODE, at=day(60)))
    found = traced(followed, at_visit="week-12")
    assert found.score.undefined == "died"
    assert found.ended_by is not None
    assert isinstance(found.ended_by.record.fact, Died)


@pytest.mark.parametrize(
    ("at_visit", "score", "code"),
    [("week-8", "albi", "visit.unknown"), ("week-4", "meld", "score.unknown")],
)
def test_what_there_is_no_score_of_is_not_found(
    followed: Scenario, at_visit: str, score: str, code: str
) -> None:
    followed.given(drawn(tbil="3.1", alb="28"))
    with pytest.raises(NotFound) as refused:
        traced(followed, score, at_visit)
    assert refused.value.code == code
