"""Each answer that tells an allocation is one fact, stored before it is told; others leave none."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from adapters.cli.question import Asked
from adapters.held.standing import Departure
from domain.errors import TrialogError
from domain.record import Role
from domain.sealed import ALLOCATION, Sealed
from tests.cli.terminal import INVESTIGATOR, Terminal
from tests.support.scenario import Scenario
from tests.support.trial import active as begun
from tests.support.trial import course, person

CODE = "S1-001"
TELLING = [
    ("participant", "show", CODE),
    ("deviation", "list"),
    ("endpoints",),
    ("audit", "history", CODE, "randomized/allocation"),
    ("audit", "compare", "1", "now"),
]
SILENT = [
    ("participant", "list"),
    ("participant", "history", CODE),
    ("visit", "list"),
    ("trial", "status"),
    ("randomization", "verify"),
    ("audit", "trail"),
    ("audit", "conformance"),
    ("unblinding", "list"),
    ("unblinding", "views"),
]


@pytest.fixture
def given_by_the_wrong_route(enrolled: Terminal) -> Terminal:
    other = {"vein": "artery", "artery": "vein"}[enrolled.route(CODE)]
    enrolled.do("record", "infusion", CODE, other, "--lot", "L1", "--bag", "B1", by=INVESTIGATOR)
    return enrolled


def views(terminal: Terminal) -> list[dict[str, object]]:
    return list(terminal.data("unblinding", "views")["rows"])


def asked(terminal: Terminal, *words: str) -> str:
    """What the words tell a monitor; `now` stands for the end of the history."""
    told = [str(terminal.head) if word == "now" else word for word in words]
    return terminal.do(*told, "--role", "monitor", "--json")


@pytest.mark.requirement("RN-09", "AT-05")
def test_there_are_as_many_views_on_record_as_answers_that_told_an_allocation(
    given_by_the_wrong_route: Terminal,
) -> None:
    terminal = given_by_the_wrong_route
    before, telling = len(views(terminal)), 0
    for words in (*TELLING, *SILENT, *TELLING):
        told = asked(terminal, *words)
        tells = any(arm in told for arm in ("by-vein", "by-artery", "given by"))
        assert tells is (words in TELLING), words
        telling += tells
        assert len(views(terminal)) == before + telling, words
    assert telling == 2 * len(TELLING)


@pytest.mark.requirement("RN-09")
def test_a_view_says_who_in_which_role_by_which_question_and_what_for(enrolled: Terminal) -> None:
    enrolled.do("participant", "show", CODE, "--purpose", "dosing", by=INVESTIGATOR)
    view = views(enrolled)[-1]
    assert {name: view[name] for name in ("actor", "role", "question", "participant", "purpose")} == {
        "actor": "li.wei",
        "role": "investigator",
        "question": "participant.show",
        "participant": CODE,
        "purpose": "dosing",
    }


def test_who_is_masked_leaves_no_view_for_none_was_had(enrolled: Terminal) -> None:
    before = len(views(enrolled))
    for words in (("participant", "show", CODE), ("endpoints",), ("deviation", "list")):
        enrolled.do(*words, "--role", "outcome_assessor")
    assert len(views(enrolled)) == before


@pytest.mark.requirement("RN-09")
def test_what_cannot_be_recorded_is_not_told() -> None:
    from adapters.viewing import Look

    def refuse() -> None:
        raise TrialogError("store.full", "nothing can be written")

    look = Look(lambda _sealed: "by-vein", refuse)
    with pytest.raises(TrialogError):
        look.unseal(Sealed(scope=ALLOCATION, nonce="", text=""))


def test_a_view_names_no_arm_to_those_who_read_the_trail(given_by_the_wrong_route: Terminal) -> None:
    asked(given_by_the_wrong_route, "participant", "show", CODE)
    told = given_by_the_wrong_route.do("unblinding", "views", "--role", "outcome_assessor", "--json")
    assert "participant.show" in told
    assert all(arm not in told for arm in ("vein", "artery"))


@pytest.mark.requirement("RN-09")
def test_where_no_look_can_be_recorded_every_role_finds_allocations_sealed(scenario: Scenario) -> None:
    scenario.given(begun(), course("randomized"))
    allocated = scenario.view().participants()[CODE].randomized
    assert allocated is not None

    def looking(departures: tuple[Departure, ...]) -> Asked:
        app = replace(scenario.app, departures=departures)
        return Asked(app, scenario.view(), person(Role.MONITOR), "participant.show")

    assert str(looking(()).unseal(allocated.allocation)).strip() in ("by-vein", "by-artery")
    behind = looking((cast(Departure, object()),))
    assert behind.unseal(allocated.allocation) is None
    assert behind.judging(allocated.allocation) is None
    assert scenario.records()[-1].fact.TOPIC == "allocation.viewed.v1"
