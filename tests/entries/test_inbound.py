"""How long results from outside take: by source, against the protocol's limit, the same for masked roles."""

from __future__ import annotations

import pytest

from domain.clinical_time import Instant
from domain.observation import ResultTimeCorrected
from domain.record import Attribution, Origin, Role
from projections.as_of import Axis, entries_of
from projections.inbound import delays, inbound
from tests.audit.course import terminal
from tests.cli.terminal import Terminal
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, course, day
from tests.support.trial import active as begun
from workflows import observation
from workflows.visit_correction import CorrectResultTime

CODE = "S1-001"


def came_in(scenario: Scenario, source: str, taken: str, value: str) -> None:
    """A result that an import brings in now."""
    measured = observation.RecordResults(
        participant=CODE,
        at=day(0, taken) if taken else day(0),
        visit="baseline",
        readings=(observation.Reading(item="alt", value=value, unit="U/L"),),
        repeat=True,
    )
    by = Attribution("import", Role.SYSTEM, origin=Origin.IMPORT, origin_id=f"{source}: a.csv line 2")
    scenario.app.engine.execute(TRIAL, measured, by)


@pytest.fixture
def measured(scenario: Scenario) -> Scenario:
    """Results drawn on day 0: two from one laboratory on days 1 and 4, one from another on day 1."""
    scenario.given(begun(), course("baseline"))
    scenario.on(1)
    came_in(scenario, "central-lab", "12:00", "40")
    came_in(scenario, "local-lab", "", "41")
    scenario.on(4)
    came_in(scenario, "central-lab", "12:00", "42")
    return scenario


@pytest.mark.requirement("DR-07")
def test_the_delay_of_each_result_is_counted_from_its_draw_and_told_by_source(measured: Scenario) -> None:
    found = list(inbound(measured.app.reading.entries(TRIAL)))
    assert [(each.source, each.result, each.hours) for each in found] == [
        ("central-lab", "alt", 24.0),
        ("local-lab", "alt#2", 12.0),  # the day is over before anybody can be late with it
        ("central-lab", "alt#3", 96.0),
    ]
    assert [tuple(each) for each in delays(found, 48)] == [
        ("central-lab", 2, 60.0, 96.0, 1),
        ("local-lab", 1, 12.0, 12.0, 0),
    ]
    assert [each.over for each in delays(found, 96)] == [0, 0]


@pytest.mark.requirement("DR-07")
def test_what_people_enter_and_what_they_correct_is_not_from_outside(measured: Scenario) -> None:
    before = len(list(inbound(measured.app.reading.entries(TRIAL))))
    measured.given(
        course("measured")[-1].model_copy(update={"repeat": True}),
        observation.CorrectResult(participant=CODE, visit="baseline", result="alt", value="44"),
    )
    assert len(list(inbound(measured.app.reading.entries(TRIAL)))) == before


@pytest.mark.requirement("DR-07")
def test_a_time_that_was_put_right_counts_as_it_is_right(measured: Scenario) -> None:
    for taken in (day(2), day(3, "12:00")):
        measured.given(CorrectResultTime(participant=CODE, visit="baseline", result="alt#3", at=taken))
    before = measured.view(measured.position(ResultTimeCorrected) - 1)
    for view, taken, hours in ((before, day(0, "12:00"), 96.0), (measured.view(), day(3, "12:00"), 24.0)):
        found = list(inbound(entries_of(measured.app.reading, view)))
        assert [each.hours for each in found] == [24.0, 12.0, hours]
        assert found[-1].taken == str(taken)
    then = measured.view(Instant.of(day(3).earliest), Axis.EFFECTIVE)
    assert [each.result for each in inbound(entries_of(measured.app.reading, then))] == ["alt", "alt#2"]


def test_on_the_clinical_axis_what_was_drawn_later_is_not_yet_there(measured: Scenario) -> None:
    desk = terminal(measured)
    asked = ("result", "delays", "--axis", "effective", "--as-of", "2026-03-02T01:00:00Z")
    assert [each["results"] for each in desk.data("result", "delays")["sources"]] == [2, 1]
    [known] = desk.data(*asked)["sources"]
    assert (known["source"], known["results"]) == ("local-lab", 1)


@pytest.mark.requirement("DR-07")
def test_the_delays_are_asked_on_the_command_line_and_tell_no_arm(active: Terminal) -> None:
    for role in ("investigator", "outcome_assessor"):
        told = active.data("result", "delays", "--role", role)
        assert (told["limit_hours"], told["sources"], told["rows"]) == (48, [], [])
    assert active.data("result", "delays", "--over", "12")["limit_hours"] == 12
