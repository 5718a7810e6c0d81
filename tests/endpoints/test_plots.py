"""The plots: well-formed, readable without seeing them, plain shapes, and always the same bytes."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from adapters.plots.panel import ALONE, STROKES, strokes_of, ticks, time_unit
from adapters.plots.pictures import pictures
from adapters.plots.svg import Drawing, number
from domain.record import Role
from tests.endpoints.liver import ARTERY, bled, died, evaluated, infused, seen, transplanted
from tests.support.scenario import Scenario

SVG = "{http://www.w3.org/2000/svg}"
DRAWN = {"svg", "title", "desc", "rect", "line", "path", "circle", "text"}


@pytest.fixture
def drawn(liver: Scenario) -> dict[str, str]:
    """The plots of a small trial, as somebody entitled sees them."""
    liver.given(infused("S1-001"), died("S1-001", 20), infused("S1-002", ARTERY), bled("S1-002", 10))
    liver.given(infused("S1-003", ARTERY), transplanted("S1-003", 30), seen("S1-002", "week-4", 28)).on(200)
    return dict(pictures(evaluated(liver)))


def test_every_plot_is_well_formed_and_has_a_title_and_a_description(drawn: dict[str, str]) -> None:
    assert len(drawn) == 8
    for name, picture in drawn.items():
        root = ElementTree.fromstring(picture)  # noqa: S314 - our own drawing
        title, words = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert title is not None, name
        assert words is not None, name
        assert title.text, name
        assert len(words.text or "") > 40, name
        assert root.attrib["role"] == "img"
        assert root.attrib["aria-labelledby"] == "title desc"


def test_a_plot_is_plain_shapes_that_a_strict_policy_lets_through(drawn: dict[str, str]) -> None:
    for picture in drawn.values():
        root = ElementTree.fromstring(picture)  # noqa: S314 - our own drawing
        assert {each.tag.removeprefix(SVG) for each in root.iter()} <= DRAWN
        attributes = {name for each in root.iter() for name in each.attrib}
        assert not attributes & {"style", "class", "href", "onload"}
        assert "url(" not in picture
        assert re.sub(r'xmlns="http[^"]*"', "", picture).count("http") == 0


def test_arms_differ_by_colour_and_by_line(drawn: dict[str, str]) -> None:
    assert (
        len({stroke.color for stroke in STROKES}) == len({stroke.dash for stroke in STROKES}) == len(STROKES)
    )
    strokes = strokes_of(["a", "b", "pooled"], "pooled")
    assert strokes["a"] != strokes["b"]
    assert strokes["pooled"] == ALONE
    lines = re.findall(
        r'<line [^>]*stroke="(#[0-9a-f]+)"[^>]*stroke-width="2.5"([^>]*)>', drawn["survival-competing.svg"]
    )
    assert len(set(lines)) == len(lines) == 4


def test_nothing_is_drawn_outside_the_picture(drawn: dict[str, str]) -> None:
    for name, picture in drawn.items():
        root = ElementTree.fromstring(picture)  # noqa: S314 - our own drawing
        width, height = (float(root.attrib[side]) for side in ("width", "height"))
        for each in root.iter(f"{SVG}path"):
            for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", each.attrib["d"]):
                assert 0 <= float(x) <= width, name
                assert 0 <= float(y) <= height, name


def test_the_words_that_are_shown_cannot_break_the_picture() -> None:
    drawing = Drawing(10, 10, "a < b & c", 'says "no"')
    drawing.text((1, 2), "<script>alert(1)</script>")
    root = ElementTree.fromstring(drawing.finished())  # noqa: S314 - our own drawing
    assert [each.text for each in root.iter(f"{SVG}text")] == ["<script>alert(1)</script>"]


def test_of_a_trial_with_nobody_randomized_nothing_is_drawn(liver: Scenario) -> None:
    assert list(pictures(evaluated(liver))) == []


def test_a_plot_of_a_trial_that_has_only_begun_can_be_drawn(liver: Scenario) -> None:
    liver.given(infused("S1-001"))
    assert len(dict(pictures(evaluated(liver, Role.OUTCOME_ASSESSOR)))) == 8


@pytest.mark.parametrize(
    ("longest", "name", "step"), [(28, "days", 7), (84, "weeks", 2), (168, "weeks", 4), (5225, "years", 2)]
)
def test_time_is_told_in_the_unit_that_fits(longest: int, name: str, step: float) -> None:
    unit = time_unit(longest)
    assert (unit.name, unit.step) == (name, step)


def test_the_ticks_of_a_scale_are_round_and_hold_all_values() -> None:
    assert ticks(-1.8, 1.7) == (-2, -1, 0, 1, 2)
    assert ticks(-3, 3.2) == (-4, -2, 0, 2, 4)


@pytest.mark.parametrize(("value", "told"), [(1.0, "1"), (-0.001, "0"), (12.345, "12.35"), (100.0, "100")])
def test_a_coordinate_is_told_with_two_decimals_at_most(value: float, told: str) -> None:
    assert number(value) == told
