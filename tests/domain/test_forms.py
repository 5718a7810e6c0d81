"""A code in a wrong form is answered with how it is written, never with a pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from adapters.imports.mapping import Mapping
from adapters.notify.settings import Settings
from domain.errors import Invalid
from domain.fact import FACTS
from domain.forms import FORMS, asked_for
from domain.protocol import Protocol
from domain.words import alternatives
from workflows.command import COMMANDS, command_from


def patterns(schema: object) -> Iterator[str]:
    """Every pattern in a schema of pydantic's."""
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        for each in schema.values():
            yield from patterns(each)
    elif isinstance(schema, list | tuple):
        for each in schema:
            yield from patterns(each)


def known_patterns() -> set[str]:
    classes: list[type[BaseModel]] = [
        *COMMANDS.values(),
        *FACTS.topics().values(),
        Protocol,
        Mapping,
        Settings,
    ]
    for cls in classes:
        cls.model_rebuild()
    return {each for cls in classes for each in patterns(cls.__pydantic_core_schema__)}


def test_every_pattern_of_a_field_has_words_and_no_words_are_left_over() -> None:
    known = known_patterns()
    assert sorted(each for each in known if not asked_for(each)) == []
    needed = known | {f"^{each[2:-3]}$" for each in known if each.endswith(")?$")}
    assert sorted(set(FORMS) - needed) == []


@pytest.mark.parametrize("pattern", FORMS)
def test_every_example_is_written_as_its_words_say(pattern: str) -> None:
    assert re.fullmatch(pattern, FORMS[pattern].example)
    assert not alternatives(pattern)


@pytest.mark.parametrize(
    ("kind", "fields", "told"),
    [
        (
            "participant.pre_screen",
            {"participant": "sy01-7"},
            "participant: this is written as 1 to 32 capital letters, digits and hyphens, beginning",
        ),
        ("access.request", {"role": "nurse"}, "role: one of coordinator, investigator, principal_"),
        ("correction.authorise_changes", {"facts": ()}, "facts: 1 at least is wanted"),
        ("participant.pre_screen", {"colour": "red"}, "colour: there is nothing of this name here"),
        ("participant.pre_screen", {"sex": "man"}, "sex: one of female, male is wanted (given: 'man')"),
        (
            "sample.hand_out",
            {"country": "China"},
            "country: nothing, or two capital letters, as ISO 3166 has them",
        ),
    ],
)
def test_a_code_in_another_form_is_told_how_it_is_written(
    kind: str, fields: dict[str, object], told: str
) -> None:
    with pytest.raises(Invalid) as caught:
        command_from(kind, fields)
    assert told in caught.value.message
    assert "pattern" not in caught.value.message
