"""The JSON that is documented is the JSON that is written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHAPES = json.loads((ROOT / "tests" / "cli" / "shapes.json").read_text("utf-8"))
PAGE = (ROOT / "docs" / "json.md").read_text("utf-8")
ANY_COMMAND = "what any command answers"
"""Said of an answer that has the fields of any command's, and more."""


def fields(shape: object) -> Iterator[str]:
    """Every field name inside a shape."""
    if isinstance(shape, dict):
        for name, inner in shape.items():
            if name != "*":
                yield name.removesuffix("?")
            yield from fields(inner)
    elif isinstance(shape, list):
        for inner in shape:
            yield from fields(inner)


def command(words: str) -> str:
    """The words of a command without its arguments, which are written in capitals."""
    return " ".join(word for word in words.split() if not word.isupper()).lower()


def sections(page: str) -> dict[str, str]:
    """What the page says of each command: under a heading that names it, or in its row of a table.

    What stands before the first heading is said of every answer, and is under "".
    """
    common, *parts = re.split(r"^## ", page, flags=re.MULTILINE)
    found = {"": common}
    for part in parts:
        heading, _, text = part.partition("\n")
        for words in re.findall(r"`([^`…]+)`", heading) or ([] if "…" in heading else [heading]):
            found[command(words)] = text
        for row in re.findall(r"^\| `audit .*$", text, flags=re.MULTILINE):
            found[command(row.split("`")[1])] = row + text.partition("| answer |")[0]
    return found


SECTIONS = sections(PAGE)


@pytest.mark.parametrize("answer", SHAPES)
def test_an_answer_is_described_with_every_field_at_its_top(answer: str) -> None:
    assert command(answer) in SECTIONS, f"docs/json.md has no section on `{answer}`"
    said = SECTIONS[command(answer)] + SECTIONS[""]
    if ANY_COMMAND in said.lower():
        said += SECTIONS["any command"]
    top = SHAPES[answer][0] if isinstance(SHAPES[answer], list) else SHAPES[answer]
    assert [name for name in top if f"`{name.removesuffix('?')}`" not in said] == []


@pytest.mark.parametrize("answer", SHAPES)
def test_every_field_inside_an_answer_is_named(answer: str) -> None:
    assert sorted({name for name in fields(SHAPES[answer]) if f"`{name}`" not in PAGE}) == []


def test_the_page_describes_no_command_that_there_is_not() -> None:
    assert sorted(set(SECTIONS) - {"", *map(command, SHAPES)}) == []


def test_what_the_page_does_not_say_of_a_command_is_found_missing() -> None:
    found = sections("All: `trial`.\n\n## `lot list`, `lot show LOT`\n\n`lot`.\n\n## Any error\n\n`error`.\n")
    assert {name: text.strip() for name, text in found.items()} == {
        "": "All: `trial`.",
        "lot list": "`lot`.",
        "lot show": "`lot`.",
        "any error": "`error`.",
    }
