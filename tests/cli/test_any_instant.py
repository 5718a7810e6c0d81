"""Every question as of any instant there is: before the trial, at its first fact, long after its last."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from adapters.cli.app import command_line
from domain.infusion import InfusionReported
from domain.record import PEOPLE, Role
from tests.audit.course import ARMS
from tests.cli.terminal import PROTOCOL
from tests.masking.worlds import World
from tests.support.questions import LISTED, words_about
from trialog.bootstrap import open_app
from workflows.policy import QUESTIONS

BEFORE, FIRST, AFTER = "2025-01-01T00:00:00Z", "1", "2099-01-01T00:00:00Z"
INSTANTS = [
    (BEFORE, "recorded", ""),
    (BEFORE, "effective", ""),
    (FIRST, "recorded", ""),
    (FIRST, "effective", ""),
    (AFTER, "recorded", ""),
    (AFTER, "effective", ""),
    (AFTER, "effective", BEFORE),
    (AFTER, "effective", FIRST),
    (BEFORE, "effective", AFTER),
]
WORDS = words_about("S1-001", PROTOCOL) | {
    "protocol.diff": ("1.0", str(PROTOCOL)),
    "outage.show": ("P-0a1b2c3d4e5f",),
    "audit.compare": (AFTER,),
    "audit.proof": ("{infused}", "--out", "{folder}/fact.tlog-proof"),
    "audit.review": ("--from", "2026-03-02", "--to", "2026-04-02"),
    "alert.simulate": ("--from", "2026-03-02T00:00:00Z", "--to", "2026-04-02T00:00:00Z"),
    "export.bundle": ("--out", "{folder}/bundle.zip", "--purpose", "evaluation"),
}
OF_NOW = {
    "audit.verify",
    "ledger.page",
    "ledger.request",
    "ledger.status",
    "protocol.diff",
    "protocol.show",
    "replay",
}
"""What has no instant: files, and what a store and its signatures are."""
OF_PEOPLE = {"account.list", "account.show", "token.list"}
"""Asked where there are accounts (tests/people/test_command_line.py)."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World.played(tmp_path_factory.mktemp("any-instant") / "one", ARMS, other=False)
    yield made
    made.close()


def options_of(name: str) -> set[str]:
    """What a question takes to be asked as of another instant."""
    found: Any = get_command(command_line(open_app, "0.0.0"))
    for word in name.split("."):
        found = found.commands[word]
    return {each.name for each in found.params} & {"as_of", "axis", "known_at", "start"}


OPTIONS = {name: options_of(name) for name in QUESTIONS}


def words_of(name: str, world: World, when: str, axis: str, known_at: str, folder: Path) -> tuple[str, ...]:
    """A question as of that instant, in words; what it names is found in the world as it is now."""
    said = " ".join(WORDS.get(name, ())).replace("{infused}", str(world.position(InfusionReported)))
    for what, question in LISTED.items():
        if f"{{{what}}}" in said:
            rows = world.data(*question.split(), role=Role.INVESTIGATOR)["rows"]
            said = said.replace(f"{{{what}}}", str(rows[0][what]))
    instant = (when,) if name == "audit.compare" else ("--as-of", when)
    of_axis: tuple[str, ...] = ("--axis", axis) if "axis" in OPTIONS[name] else ()
    if "known_at" in OPTIONS[name] and axis == "effective" and known_at:
        of_axis = (*of_axis, "--known-at", known_at)
    return (*name.split("."), *instant, *said.replace("{folder}", str(folder)).split(), *of_axis)


def test_every_question_has_an_instant_but_those_that_are_of_now() -> None:
    assert {name for name, options in OPTIONS.items() if not options} == OF_NOW


@pytest.mark.parametrize(("when", "axis", "known_at"), INSTANTS)
@pytest.mark.parametrize("name", sorted(QUESTIONS.keys() - OF_NOW - OF_PEOPLE))
def test_a_question_as_of_any_instant_is_answered_or_told_that_it_was_not_there(
    world: World, name: str, when: str, axis: str, known_at: str, tmp_path: Path
) -> None:
    role = next(role for role in (Role.MONITOR, *PEOPLE) if role in QUESTIONS[name])
    for form in ((), ("--json",)):
        folder = tmp_path / f"out{len(form)}"
        folder.mkdir()
        said = world.run(*words_of(name, world, when, axis, known_at, folder), *form, role=role)
        if said.exit_code:
            assert (said.exit_code, said.stdout) == (5, "")
            assert len(said.stderr.splitlines()) == 1
        elif form:
            assert json.loads(said.stdout)
