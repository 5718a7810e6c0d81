"""Comparing two instants explains exactly what differs between them, on both axes, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.aggregates import BY_MODEL
from domain.clinical_time import Instant
from domain.errors import Invalid
from domain.observation import ResultCorrected
from projections.as_of import Axis, View
from projections.compare import FieldDifference, differences
from projections.fields import Leaf, Place, shown
from projections.ports import sealed_to_all
from tests.audit.fields import differing, fields
from tests.support.histories import HISTORIES, histories, told
from tests.support.scenario import Scenario
from tests.support.trial import READINGS, active, course, day
from workflows import observation
from workflows.command import Command

FEW = settings(HISTORIES, max_examples=10)
CODE = "S1-001"


def compared(scenario: Scenario, before: View, after: View, code: str = "") -> list[FieldDifference]:
    """What comparing two views says."""
    return list(differences(scenario.app.reading, before, after, participant=code))


def pairs(found: list[FieldDifference]) -> dict[Place, tuple[Leaf | None, Leaf | None]]:
    """The fields that differ, each with what stood and stands there, told once."""
    assert len({each.place for each in found}) == len(found)
    return {each.place: (each.old, each.new) for each in found}


def same(
    one: dict[Place, tuple[Leaf | None, Leaf | None]], other: dict[Place, tuple[Leaf | None, Leaf | None]]
) -> bool:
    """Whether two sets of differences say the same, whichever facts set the values."""

    def plain(pair: tuple[Leaf | None, Leaf | None]) -> list[object]:
        return [each and each[:3] for each in pair]

    return {place: plain(pair) for place, pair in one.items()} == {
        place: plain(pair) for place, pair in other.items()
    }


@FEW
@given(histories, st.floats(0, 1), st.floats(0, 1))
def test_comparing_explains_exactly_what_differs_between_two_positions(
    chosen: list[Command], first: float, second: float
) -> None:
    with told(chosen) as scenario:
        head = scenario.app.reading.head("T-1")[0]
        start, end = sorted(1 + round(share * (head - 1)) for share in (first, second))
        before, after = scenario.view(start), scenario.view(end)
        found = compared(scenario, before, after)
        known = fields(before)
        assert same(pairs(found), differing(known, fields(after)))
        for each in found:
            positions = [entry.record.position for entry in each.facts]
            assert positions == sorted(positions)
            assert all(before.position < position <= after.position for position in positions)
            last = fields(scenario.view(positions[-1])).get(each.place)
            assert last is each.new or (last and each.new and last.same(each.new))
        own = [each for each in found if each.place.model not in BY_MODEL]
        whole = [each for each in own if each.place.subject == CODE]
        assert [each._replace(facts=()) for each in compared(scenario, before, after, CODE)] == [
            each._replace(facts=()) for each in whole
        ]


@FEW
@given(histories, st.integers(-30 * 24, 60), st.integers(0, 20 * 24))
def test_comparing_explains_exactly_what_differs_between_two_clinical_instants(
    chosen: list[Command], hours: int, later: int
) -> None:
    with told(chosen) as scenario:
        start = scenario.clock.moment + timedelta(hours=hours)
        before, after = (
            scenario.view(Instant.of(moment), Axis.EFFECTIVE)
            for moment in (start, start + timedelta(hours=later))
        )
        found = compared(scenario, before, after)
        assert same(pairs(found), differing(fields(before), fields(after)))
        assert all(each.facts for each in found)


@FEW
@given(histories, st.floats(0, 1), st.floats(0, 1), st.integers(-30 * 24, 60), st.integers(0, 20 * 24))
def test_comparing_explains_what_differs_between_what_was_known_of_two_clinical_instants(
    chosen: list[Command], first: float, second: float, hours: int, later: int
) -> None:
    with told(chosen) as scenario:
        head = scenario.app.reading.head("T-1")[0]
        known = [1 + round(share * (head - 1)) for share in (first, second)]
        start = scenario.clock.moment + timedelta(hours=hours)
        instants = (Instant.of(each) for each in (start, start + timedelta(hours=later)))
        before, after = (
            scenario.view(instant, Axis.EFFECTIVE, position)
            for instant, position in zip(instants, known, strict=True)
        )
        found = compared(scenario, before, after)
        assert same(pairs(found), differing(fields(before), fields(after)))
        for each in found:
            positions = [entry.record.position for entry in each.facts]
            assert positions == sorted(set(positions))
            assert positions
        of_one = compared(scenario, before, after, CODE)
        assert {each.place.subject for each in of_one} <= {CODE}


def test_two_positions_are_compared_on_the_clinical_axis_as_each_was_known(scenario: Scenario) -> None:
    scenario.given(active(), course("baseline")).on(9)
    start = scenario.app.reading.head("T-1")[0]
    scenario.given(
        observation.RecordResults(
            participant=CODE, at=day(2, "09:00"), visit="baseline", readings=READINGS[:1]
        )
    )
    end = scenario.app.reading.head("T-1")[0]
    before, after = (scenario.view(each, Axis.EFFECTIVE) for each in (start, end))
    [found] = compared(scenario, before, after)
    assert (found.place.path, [each.record.position for each in found.facts]) == ("baseline/alt", [end])
    then = Instant.of(day(3).earliest)
    before, after = (scenario.view(then, Axis.EFFECTIVE, each) for each in (start, end))
    assert compared(scenario, before, after) == [found]


def test_an_instant_compared_with_itself_differs_in_nothing(played: Scenario) -> None:
    for axis in Axis:
        view = played.view(None, axis)
        assert compared(played, view, view) == []


@pytest.mark.requirement("AT-02", "CO-01")
def test_a_correction_is_one_difference_with_who_when_and_why(scenario: Scenario) -> None:
    scenario.given(active(), course("measured"))
    before = scenario.view()
    scenario.given(
        observation.CorrectResult(participant=CODE, visit="baseline", result="alt", value="41"),
        observation.CorrectResult(participant=CODE, visit="baseline", result="alt", value="42"),
    )
    [found] = compared(scenario, before, scenario.view())
    assert found.place == Place("results", CODE, "baseline/alt")
    assert [shown(each, None, sealed_to_all) for each in (found.old, found.new)] == [
        "40 U/L",
        "42 U/L (corrected)",
    ]
    assert [type(entry.record.fact) for entry in found.facts] == [ResultCorrected, ResultCorrected]
    assert {entry.command.attribution.reason_text for entry in found.facts} == {"typing error"}


def test_a_value_corrected_there_and_back_is_told_as_corrected(scenario: Scenario) -> None:
    scenario.given(active(), course("measured"))
    before = scenario.view()
    scenario.given(
        *(
            observation.CorrectResult(participant=CODE, visit="baseline", result="alt", value=value)
            for value in ("41", "40")
        )
    )
    [found] = compared(scenario, before, scenario.view())
    assert found.new is not None
    assert found.new.text == "40 U/L (corrected)"
    assert len(found.facts) == 2


def test_a_late_entry_differs_where_it_belongs_on_either_axis(scenario: Scenario) -> None:
    scenario.given(active(), course("baseline")).on(9)
    known = scenario.view()
    scenario.given(
        observation.RecordResults(
            participant=CODE, at=day(2, "09:00"), visit="baseline", readings=READINGS[:1]
        )
    )
    [recorded] = compared(scenario, known, scenario.view())
    assert recorded.place.path == "baseline/alt"
    clinical = [scenario.view(Instant.of(day(number).earliest), Axis.EFFECTIVE) for number in (1, 2, 3, 10)]
    assert compared(scenario, clinical[0], clinical[1]) == []
    [effective] = compared(scenario, clinical[1], clinical[2])
    assert effective == recorded
    assert compared(scenario, clinical[2], clinical[3]) == []


def test_the_later_instant_comes_second(played: Scenario) -> None:
    with pytest.raises(Invalid) as refused:
        compared(played, played.view(9), played.view(8))
    assert refused.value.code == "compare.order"


def test_the_secret_of_the_list_and_its_parameters_are_in_no_field(played: Scenario) -> None:
    words = {place.path for place in fields(played.view())}
    assert {"allocation_list/algorithm", "allocation_list/commitment"} <= words
    assert not any("secret" in path or "parameters" in path for path in words)
