"""The whole life of a field: it ends in what stands there, and every step says what it was."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from domain.aggregates import BY_MODEL
from domain.errors import NotFound
from projections.as_of import Axis
from projections.field_history import FieldEvent, field_history
from projections.field_words import words_of
from projections.fields import Leaf, Place, shown
from projections.ports import sealed_to_all
from tests.audit.fields import fields
from tests.support.commands import CODES
from tests.support.histories import HISTORIES, histories, told
from tests.support.scenario import Scenario
from tests.support.trial import small
from workflows.command import Command

CODE = "S1-001"
_ASKED = "2026-04-11T12:05:00+08:00[Asia/Shanghai]"
FEW = settings(HISTORIES, max_examples=8)


def history(scenario: Scenario, field: str = "", code: str = CODE) -> list[FieldEvent]:
    return list(field_history(scenario.app.reading, scenario.view(), code, field))


@FEW
@given(histories)
def test_the_history_of_every_field_ends_in_its_present_value(chosen: list[Command]) -> None:
    with told(chosen) as scenario:
        for axis in Axis:
            view = scenario.view(None, axis)
            for code in CODES:
                standing: dict[Place, Leaf | None] = {}
                for event in field_history(scenario.app.reading, view, code):
                    place, old, new = event.change
                    assert standing.get(place) == old
                    standing[place] = new
                expected = {
                    place: leaf
                    for place, leaf in fields(view).items()
                    if place.subject == code and place.model not in {*BY_MODEL, "records"}
                }
                assert {place: leaf for place, leaf in standing.items() if leaf} == expected


@pytest.mark.parametrize(
    ("field", "steps"),
    [
        (
            "baseline/tbil",
            [("recorded", None, "<5.1 umol/L"), ("corrected", "<5.1 umol/L", "5.3 umol/L (corrected)")],
        ),
        ("baseline/alt", [("recorded", None, "40 U/L"), ("voided", "40 U/L", "40 U/L (voided)")]),
        (
            "baseline/alt#2",
            [
                ("recorded", None, "5000 U/L"),
                ("recorded", None, "A-7"),
                ("questioned", None, "query"),
                ("questioned", None, "..4000 U/L"),
                ("confirmed", "query", None),
                ("confirmed", None, "measured again, confirmed"),
            ],
        ),
        ("randomized/allocation", [("recorded", None, "▮▮▮")]),
        (
            "reconsent_requested/2.0",
            [("recorded", None, _ASKED), ("changed", _ASKED, None)],
        ),
    ],
)
@pytest.mark.requirement("CO-01")
def test_a_field_tells_every_value_and_what_each_was(
    played: Scenario, field: str, steps: list[tuple[str, str | None, str | None]]
) -> None:
    told = [
        (event.what, *(shown(each, None, sealed_to_all) for each in event.change[1:]))
        for event in history(played, field)
    ]
    assert told == steps


def test_a_part_of_a_path_holds_all_below_it_and_no_neighbour(played: Scenario) -> None:
    paths = {event.change.place.path for event in history(played, "baseline")}
    assert paths == {path for path in paths if path.startswith("baseline/")}
    assert paths < {event.change.place.path for event in history(played)}
    assert {event.change.place.path for event in history(played, "baseline/alt")} == {"baseline/alt"}


def test_an_unknown_field_is_not_found_and_its_neighbours_are_named(played: Scenario) -> None:
    with pytest.raises(NotFound) as refused:
        history(played, "week-4/hair")
    assert refused.value.code == "field.unknown"
    assert "week-4/alt" in refused.value.remedy


@pytest.mark.parametrize(
    ("model", "path", "en", "zh"),
    [
        ("results", "week-4/tbil", "Week 4: Total bilirubin", "Week 4：Total bilirubin"),
        ("results", "week-4/alt#2", "Week 4: ALT, draw 2", "Week 4：ALT（第 2 次采样）"),
        ("visit", "week-4/attended", "Week 4: attended", "Week 4：到访"),
        ("infusion", "infusion-1/use_by", "Infusion 1: use by", "第 1 次输注：使用期限"),
        ("participant", "answers/disease", "eligibility criterion: disease", "入排标准：disease"),
        ("query", "q-1/opened_by", "q-1: opened by", "q-1：opened by"),
    ],
)
def test_a_field_has_words_in_both_languages(model: str, path: str, en: str, zh: str) -> None:
    place = Place(model, CODE, path)
    protocol = small().protocol
    assert (words_of(place, protocol), words_of(place, protocol, "zh")) == (en, zh)
