"""What the rules about people refuse is refused, stored nowhere, and what was denied to somebody is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from domain.account import AccessDenied
from domain.errors import Denied, Refused
from domain.identifiers import SYSTEM_LOG
from domain.record import Attribution, Role
from tests.people.refusals import CASES, MACHINE, Case, household
from tests.support.people import CRC, FIRST, ONE_TIME, PASSWORD, PI, House, seed_of, staffed
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course, log_of, person, small
from workflows import account, trial
from workflows.admission import signing
from workflows.command import Command
from workflows.delegation import SignDelegation


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One household for all: a refusal changes nothing."""
    scenario = Scenario(tmp_path_factory.mktemp("household"))
    yield household(scenario)
    scenario.close()


def heads(house: House) -> tuple[int, int]:
    """How long the trial's log and the system's are."""
    reading = house.app.reading
    return reading.head(TRIAL)[0], reading.head(SYSTEM_LOG)[0]


@pytest.mark.parametrize("case", CASES, ids=[f"{case.code} ({case.who})" for case in CASES])
def test_the_rule_speaks_and_nothing_is_stored_but_what_was_denied(house: House, case: Case) -> None:
    house.wait()
    if case.who not in house.here:
        house.here[case.who] = house.app.people.enter_by_token(f"{case.who}/t-1/secret")
    by = replace(house.by(case.who, case.role, reason=case.reason), origin=case.origin)
    command = case.command(house)
    if type(command).SIGNS and not case.code.startswith("signature."):
        house.confirm(case.who, command)
    before = heads(house)
    with pytest.raises(case.kind) as refused:
        house.app.engine.execute(log_of(command), command, by)
    assert refused.value.code == case.code
    assert "\n" not in str(refused.value)
    after = heads(house)
    if case.kind is not Denied:
        assert after == before
        return
    assert after == (before[0], before[1] + 1)
    denied = house.facts(case.who, AccessDenied)[-1]
    assert denied == AccessDenied(
        account=case.who, what=command.KIND, log=log_of(command), role=case.role, code=case.code
    )


@pytest.mark.requirement("ID-07")
@pytest.mark.parametrize("command", [course("screened")[0], trial.LockTrial()], ids=lambda each: each.KIND)
def test_an_administrator_who_enters_data_is_denied_and_that_is_kept(house: House, command: Command) -> None:
    before = heads(house)
    for role in (Role.ADMINISTRATOR, Role.COORDINATOR, Role.DATA_MANAGER):
        with pytest.raises(Denied):
            house.do(FIRST, role, command)
    assert heads(house) == (before[0], before[1] + 3)


@pytest.mark.parametrize("session", ["", "s-0000", "t-1"])
def test_nobody_acts_who_is_not_signed_in(house: House, session: str) -> None:
    before = heads(house)
    claimed = Attribution(CRC, Role.COORDINATOR, session=session)
    with pytest.raises(Denied) as denied:
        house.app.engine.execute(TRIAL, course("answered")[4], claimed)
    assert denied.value.code == "access.not_signed_in"
    assert heads(house) == before


def test_a_session_serves_its_own_holder_alone(house: House) -> None:
    stolen = replace(house.by(PI, Role.COORDINATOR), actor=CRC)
    with pytest.raises(Denied) as denied:
        house.app.engine.execute(TRIAL, course("answered")[4], stolen)
    assert denied.value.code == "access.not_signed_in"


def test_a_machine_signs_nothing(house: House) -> None:
    here = house.app.people.enter_by_token(f"{MACHINE}/t-1/secret")
    command = SignDelegation.model_construct(
        account=CRC, site="S1", tasks=()
    )  # no policy lets it come so far
    with pytest.raises(Denied) as denied:
        signing(command, here.attribution(Role.SYSTEM), here.account, house.scenario.clock.moment)
    assert denied.value.code == "signature.service"


def test_accounts_are_begun_by_the_first_administrator_in_person_with_a_second_factor(
    scenario: Scenario,
) -> None:
    scenario.given(active())
    begin = account.BeginAccounts(
        account=FIRST,
        name="Ada Admin",
        organisation="Hospital",
        password=SecretStr(PASSWORD),
        seed=SecretStr(seed_of(FIRST)),
        code=SecretStr("000000"),
    )
    somebody = Attribution("bo.admin", Role.ADMINISTRATOR)
    scenario.when(begin, somebody).refused("accounts.other_actor")
    scenario.when(begin, Attribution(FIRST, Role.ADMINISTRATOR)).refused("totp.no_fit")
    opened = account.OpenAccount(
        account="x.y", name="X Y", organisation="Hospital", one_time=SecretStr(ONE_TIME)
    )
    scenario.when(opened, person(Role.ADMINISTRATOR)).refused("accounts.not_begun")
    with pytest.raises(Refused, match="not begun"):
        scenario.app.people.sign_in(FIRST, PASSWORD, "000000")
    scenario.when(course("screened")[0]).receipt  # noqa: B018 - people are taken at their word as before


@pytest.mark.requirement("ID-08")
def test_a_role_that_an_amendment_masks_is_closed_to_who_holds_one_that_is_not(scenario: Scenario) -> None:
    house = staffed(scenario)
    both = "both.roles"
    house.join(both, Role.INVESTIGATOR)
    house.grant(both, Role.COORDINATOR)
    house.prepare(both)
    house.do(both, Role.COORDINATOR, course("screened")[0])
    masked = small({"version": "2.0", "masking.masked_roles": ["outcome_assessor", "coordinator"]})
    amendment = trial.AmendProtocol(document=masked.text, summary="coordinators are masked")
    house.do(PI, Role.PRINCIPAL_INVESTIGATOR, amendment)
    with pytest.raises(Denied) as denied:
        house.do(both, Role.COORDINATOR, course("answered")[4])
    assert denied.value.code == "access.unmasked"
    house.do(both, Role.INVESTIGATOR, course("answered")[4])
    house.do(CRC, Role.COORDINATOR, course("screened", "S1-002")[0])
