"""What people say of a deviation and do about it, how far that is, and what the protocol asks by when."""

from __future__ import annotations

import pytest

from domain.errors import NotFound
from domain.record import Role
from projections.deviation_handling import Deviation, HandlingState
from projections.deviations import deviation_id, deviation_of, deviations
from tests.support.scenario import Scenario
from tests.support.trial import active, course, day, small
from workflows import deviation, outcome, trial, visit
from workflows.command import Command

CODE = "S1-001"
LATE = deviation_id(CODE, "visit.out_of_window", "week-4")
NOTED = deviation_id(CODE, "noted", "noted-1")
CAME_LATE = visit.RecordVisit(participant=CODE, at=day(36), visit="week-4")
NOTE = outcome.NoteDeviation(participant=CODE, at=day(36), text="sample stored warm")


def seen(scenario: Scenario, name: str = LATE) -> Deviation:
    """The deviation as an investigator sees it now."""
    view = scenario.view()
    found = deviations(view, scenario.app.unseal(view.trial, Role.INVESTIGATOR), CODE)
    return deviation_of(found, CODE, name)


def overdue(scenario: Scenario, name: str = LATE) -> list[str]:
    """What is overdue of it now."""
    return [due.what for due in seen(scenario, name).overdue(scenario.view().moment)]


def classified(weight: str) -> Command:
    return outcome.ClassifyDeviation(participant=CODE, deviation=LATE, classification=weight)


def explained(cause: str = "a holiday", hazard: str = "", name: str = LATE) -> Command:
    return deviation.ExplainDeviation(participant=CODE, deviation=name, cause=cause, hazard=hazard)


def acted(kind: str = "preventive", name: str = LATE) -> Command:
    return deviation.RecordDeviationAction(
        participant=CODE, at=day(40), deviation=name, kind=kind, action="earlier calls"
    )


def reported(on: int = 40, recipient: str = "ethics", name: str = LATE) -> Command:
    return deviation.RecordDeviationReport(
        participant=CODE, at=day(on, "12:00"), deviation=name, recipient=recipient, reference="EC-1"
    )


@pytest.fixture
def departed(scenario: Scenario) -> Scenario:
    """A trial in which one visit came too late and one deviation was noted by hand, on day 40."""
    return scenario.given(active(), course("infused")).on(40).given(CAME_LATE, NOTE)


@pytest.mark.requirement("SF-05")
@pytest.mark.parametrize("name", [LATE, NOTED], ids=["computed", "noted"])
def test_a_deviation_goes_from_unclassified_to_reported_as_people_handle_it(
    departed: Scenario, name: str
) -> None:
    states = [seen(departed, name).state]
    weighed = outcome.ClassifyDeviation(participant=CODE, deviation=name, classification="major")
    for done in (weighed, explained(name=name), acted(name=name), reported(name=name)):
        departed.given(done)
        states.append(seen(departed, name).state)
    assert states == list(HandlingState)
    handling = seen(departed, name).handling
    assert [each.cause for each in handling.explained] == ["a holiday"]
    assert [(each.kind, each.action) for each in handling.actions] == [("preventive", "earlier calls")]
    assert [(each.recipient, each.reference) for each in handling.reports] == [("ethics", "EC-1")]


def test_who_else_was_told_does_not_stand_for_the_ethics_committee(departed: Scenario) -> None:
    departed.given(classified("major"), reported(recipient="sponsor"))
    assert seen(departed).state is HandlingState.CLASSIFIED


def test_a_second_explanation_stands_and_the_first_stays_beside_it(departed: Scenario) -> None:
    departed.given(explained("a holiday"), explained("the car broke down"))
    assert seen(departed).cause == "the car broke down"
    assert [each.cause for each in seen(departed).handling.explained] == ["a holiday", "the car broke down"]


def test_what_was_said_of_one_deviation_is_not_said_of_another(departed: Scenario) -> None:
    departed.given(explained(name=NOTED), acted(name=NOTED))
    assert seen(departed).state is HandlingState.UNCLASSIFIED


def test_a_noted_deviation_is_found_by_its_number_and_an_unknown_one_not_at_all(departed: Scenario) -> None:
    assert seen(departed, "noted-1").id == NOTED
    with pytest.raises(NotFound):
        seen(departed, "dev-000000000000")


@pytest.mark.requirement("SF-05")
def test_a_deviation_is_weighed_within_the_days_of_the_protocol(departed: Scenario) -> None:
    departed.on(66)
    assert overdue(departed) == []
    departed.on(67)
    assert overdue(departed) == ["classification"]
    departed.given(classified("minor"))
    assert overdue(departed) == []
    [due] = seen(departed).dues
    assert due.was_late


@pytest.mark.parametrize(("weight", "days"), [("critical", 7), ("major", 30), ("minor", None)])
@pytest.mark.requirement("SF-05")
def test_the_ethics_committee_is_told_in_time_by_how_much_it_weighs(
    departed: Scenario, weight: str, days: int | None
) -> None:
    departed.given(classified(weight))
    departed.on(40 + (days or 100))
    assert overdue(departed) == []
    departed.on(41 + (days or 100))
    assert overdue(departed) == (["ethics_report"] if days else [])
    departed.given(reported(41 + (days or 100)))
    assert overdue(departed) == []
    if days:
        assert next(each for each in seen(departed).dues if each.what == "ethics_report").was_late


def test_the_protocol_says_how_long_the_committee_may_wait(scenario: Scenario) -> None:
    quick = small({"deviations": {"critical_days": 1, "classify_days": 2}})
    scenario.given(active(quick), course("infused")).on(36).given(CAME_LATE, classified("critical"))
    scenario.on(38)
    assert overdue(scenario) == ["ethics_report"]


@pytest.mark.requirement("SF-05")
def test_a_hazard_averted_is_notified_in_time_counted_from_when_it_was_first_told(departed: Scenario) -> None:
    departed.given(classified("minor"), explained(hazard="a snowstorm"))
    departed.on(45)
    departed.given(explained("a storm", hazard="a snowstorm"))
    assert overdue(departed) == []
    departed.on(46)
    assert overdue(departed) == ["hazard_notice"]
    told = deviation.RecordHazardNotice(
        participant=CODE, at=day(46), deviation=LATE, recipient="ethics", reference=""
    )
    departed.given(told)
    assert overdue(departed) == []
    assert [each.recipient for each in seen(departed).handling.notices] == ["ethics"]


@pytest.mark.parametrize("text", ["given by the artery", "by-vein"])
def test_no_word_on_a_deviation_names_an_arm(departed: Scenario, text: str) -> None:
    departed.when(explained(text)).invalid("unblinding.names_arm")
    departed.when(explained("haste", hazard=text)).invalid("unblinding.names_arm")


def test_a_deviation_is_handled_while_the_trial_is_frozen_too(departed: Scenario) -> None:
    departed.given(trial.CloseEnrolment(), trial.FreezeTrial(), explained(), acted(), reported())
    assert seen(departed).state is HandlingState.REPORTED
