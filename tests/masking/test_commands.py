"""Whatever a masked role asks to be done is answered the same when every allocation is swapped.

Random commands, sensible or not, each by a masked role that may issue it, go on from the two worlds: the same
is stored and the same refused, in the same words, by as many statements and the same uses of keys.
"""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from domain.errors import TrialogError
from domain.record import Role
from tests.audit.course import ARMS, SWAPPED
from tests.masking.worlds import MASKED, WAITING, key_uses, played, statements_of, swapped, the_other_key
from tests.support.commands import of_kind
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, day, person
from workflows import infusion, participant
from workflows.command import COMMANDS, Command, OfSystem, Receipt
from workflows.policy import PERMITTED

WHO_MAY = {
    kind: tuple(role for role in MASKED if role in PERMITTED[kind])
    for name, kind in sorted(COMMANDS.items())
    # Another version of the protocol may mask others, and a trial that is frozen takes no more.
    if not issubclass(kind, OfSystem) and not name.startswith("trial.") and PERMITTED[kind] & {*MASKED}
}
LENGTH = 80
GUESSED = [
    (kind.model_validate({"participant": WAITING, "route": route, **more}), Role.INVESTIGATOR)
    for route in ("vein", "artery")
    for kind, more in ((infusion.PlaceAccess, {}), (infusion.RecordInfusion, {"at": day(0)}))
]
"""What somebody begins with who wants to learn an arm at the bedside: access by either route."""


class Answer(NamedTuple):
    """What came of a command: its receipt or its refusal, and what that took."""

    told: Receipt | tuple[str, str]
    statements: int
    keys: tuple[str, ...]


def asked(kind: type[Command]) -> SearchStrategy[tuple[Command, Role]]:
    """Any command of a kind, by a masked role that may issue it."""
    return st.tuples(of_kind(kind), st.sampled_from(WHO_MAY[kind]))


def answers(folder: Path, asked: list[tuple[Command, Role]], *, other: bool) -> tuple[list[Answer], str]:
    """What is answered in a world, and what its store then holds."""
    with the_other_key() if other else nullcontext():
        scenario = Scenario(folder, location=str(folder / "trial.db"), seed=7)
        try:
            scenario.on(29)
            return [_answer(scenario, *each, other=other) for each in asked], scenario.contents()
        finally:
            scenario.close()


def _answer(scenario: Scenario, command: Command, role: Role, *, other: bool) -> Answer:
    if other and isinstance(command, participant.RecordRandomization):
        command = command.model_copy(update={"arm": swapped(command.arm)})  # The world's own, said to it.
    scenario.clock.advance(minutes=1)
    told: Receipt | tuple[str, str]
    with statements_of(scenario.store) as statements, key_uses() as keys:
        try:
            told = scenario.app.engine.execute(TRIAL, command, person(role))
        except TrialogError as error:
            told = type(error).__name__, str(error)
    return Answer(told, len(statements), tuple(keys))


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The folders of the two worlds, from which copies go on."""
    folder = tmp_path_factory.mktemp("left")
    played(folder / "one", ARMS).close()
    with the_other_key():
        played(folder / "other", SWAPPED).close()
    return folder / "one", folder / "other"


@pytest.mark.requirement("ID-08", "RN-04")
@settings(
    max_examples=4,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # The first command that differs is named: nothing need be shrunk.
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(st.sampled_from(tuple(WHO_MAY)).flatmap(asked), min_size=LENGTH, max_size=LENGTH))
def test_whatever_a_masked_role_asks_to_be_done_is_answered_the_same(
    left: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory, commands: list[tuple[Command, Role]]
) -> None:
    copies = tmp_path_factory.mktemp("copies")
    one, other = (shutil.copytree(folder, copies / folder.name) for folder in left)
    (told, holds), (told_there, holds_there) = (
        answers(folder, [*GUESSED, *commands], other=folder is other) for folder in (one, other)
    )
    for each, there, (command, role) in zip(told, told_there, [*GUESSED, *commands], strict=True):
        assert each == there, f"{role}: {command!r}"
    assert holds == holds_there
    shutil.rmtree(copies)
