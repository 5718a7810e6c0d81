"""The matrix of roles and commands through the whole engine, in a store where everyone is signed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from domain.account import AccessDenied
from domain.errors import Denied, TrialogError
from domain.identifiers import account_stream
from domain.record import PEOPLE, Role
from tests.support.people import House, staffed
from tests.support.scenario import Scenario
from tests.support.trial import log_of
from workflows.command import COMMANDS, Command
from workflows.policy import PERMITTED


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One person for each role."""
    scenario = Scenario(tmp_path_factory.mktemp("matrix"))
    found = staffed(scenario)
    for role in PEOPLE:
        if role is not Role.ADMINISTRATOR:
            name = f"one.{role.replace('_', '-')}"
            found.open(name)
            found.grant(name, role, expires=found.in_days(1))
            found.sign_in(name)
    yield found
    scenario.close()


@pytest.mark.requirement("ID-02", "ID-10")
@pytest.mark.parametrize("role", [role for role in PEOPLE if role is not Role.ADMINISTRATOR])
def test_what_the_policy_denies_to_a_role_the_engine_denies_to_its_holder_and_keeps(
    house: House, role: Role
) -> None:
    name = f"one.{role.replace('_', '-')}"
    for kind in sorted(COMMANDS):
        command = COMMANDS[kind].model_construct()
        if role in PERMITTED[COMMANDS[kind]]:
            assert _asked(house, name, role, command) != "policy.denied"
            continue
        with pytest.raises(Denied) as denied:
            house.app.engine.execute(log_of(command), command, house.by(name, role))
        assert denied.value.code == "policy.denied"
        kept = house.newest()
        assert isinstance(kept.fact, AccessDenied)
        assert (kept.stream, kept.fact.what, kept.fact.role) == (account_stream(name), kind, role)


def _asked(house: House, name: str, role: Role, command: Command) -> str:
    """The code with which a command without its fields is refused after all; "" when it is not."""
    try:
        house.app.engine.execute(log_of(command), command, house.by(name, role))
    except (TrialogError, AttributeError) as error:
        return str(getattr(error, "code", ""))
    return ""
