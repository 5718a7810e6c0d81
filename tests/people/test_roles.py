"""Roles by two persons, at their sites, until they end; delegation and training; signatures; the roster."""

from __future__ import annotations

import itertools

import pytest

from domain.access import excludes
from domain.account import Reauthenticated
from domain.clinical_time import Instant
from domain.delegation import Task
from domain.errors import Denied, Refused
from domain.identifiers import SYSTEM_LOG
from domain.record import PEOPLE, Origin, Role
from projections.as_of import Axis
from projections.roster import digest_of_roster, is_dormant, review_state, roster
from tests.support.people import (
    ANOTHER,
    CRC,
    DM,
    FIRST,
    ONE_TIME,
    PASSWORD,
    PI,
    SECOND,
    House,
    staffed,
)
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, course, day
from workflows import access, account, delegation, trial


@pytest.fixture
def house(scenario: Scenario) -> House:
    return staffed(scenario)


SCREEN = course("screened")[0]
ADMIN, INVESTIGATOR, COORDINATOR = Role.ADMINISTRATOR, Role.PRINCIPAL_INVESTIGATOR, Role.COORDINATOR


def denied(house: House, name: str, role: Role, command: object) -> str:
    with pytest.raises(Denied) as error:
        house.do(name, role, command)  # type: ignore[arg-type]
    return error.value.code


@pytest.mark.requirement("ID-01")
def test_a_name_is_never_given_again_not_even_after_its_holder_has_left(house: House) -> None:
    house.administer(account.DeactivateAccount(account=CRC))
    with pytest.raises(Refused) as refused:
        house.open(CRC)
    assert refused.value.code == "account.name_taken"


@pytest.mark.requirement("ID-05")
def test_a_revoked_or_expired_role_and_a_closed_account_are_over_for_the_next_command(house: House) -> None:
    house.do(CRC, COORDINATOR, SCREEN)
    house.do(FIRST, ADMIN, access.RevokeRole(account=CRC, trial=TRIAL, grant="r-1"))
    assert denied(house, CRC, COORDINATOR, course("screened", "S1-002")[0]) == "access.no_role"
    house.grant(CRC, COORDINATOR, expires=house.in_days(0.1))
    house.do(CRC, COORDINATOR, course("screened", "S1-002")[0])
    house.wait(hours=3)
    assert denied(house, CRC, COORDINATOR, course("screened", "S1-003")[0]) == "access.no_role"
    other = house.scenario.opened()
    other.people.sign_in(FIRST, PASSWORD, house.code(FIRST))
    house.sign_in(FIRST)
    house.administer(account.DeactivateAccount(account=DM))
    assert denied(house, DM, Role.DATA_MANAGER, trial.NameDataCut(name="x")) == "access.not_signed_in"
    other.close()


@pytest.mark.requirement("ID-05")
def test_a_revocation_by_another_process_counts_at_once(house: House) -> None:
    house.do(CRC, COORDINATOR, SCREEN)
    other = house.scenario.opened()
    house.wait()
    by = house.by(FIRST, ADMIN)
    other.engine.execute(SYSTEM_LOG, access.RevokeRole(account=CRC, trial=TRIAL, grant="r-1"), by)
    assert denied(house, CRC, COORDINATOR, course("screened", "S1-002")[0]) == "access.no_role"
    other.close()


@pytest.mark.requirement("ID-07")
def test_roles_that_exclude_each_other_are_the_same_both_ways_and_an_administrator_stands_alone() -> None:
    for one, other in itertools.product(PEOPLE, PEOPLE):
        assert excludes(one, other) == excludes(other, one)
        assert not excludes(one, one)
    assert all(excludes(ADMIN, role) for role in PEOPLE if role is not ADMIN)
    assert excludes(Role.MONITOR, COORDINATOR)
    assert not excludes(COORDINATOR, Role.INVESTIGATOR)


@pytest.mark.requirement("ID-07")
def test_an_administrator_grants_nothing_to_themselves_alone_or_with_another_name(house: House) -> None:
    asked = access.RequestRole(account=FIRST, trial=TRIAL, role=Role.MONITOR)
    assert denied(house, FIRST, ADMIN, asked) == "access.own"
    with pytest.raises(Refused, match="excludes"):
        house.do(SECOND, ADMIN, asked)
    house.open("new.crc")
    house.do(FIRST, ADMIN, access.RequestRole(account="new.crc", trial=TRIAL, role=COORDINATOR))
    grant = access.GrantRole(account="new.crc", trial=TRIAL, grant="r-1")
    assert denied(house, FIRST, ADMIN, grant) == "access.own"
    house.do(SECOND, ADMIN, grant)


@pytest.mark.requirement("ID-07")
def test_data_owners_administer_nothing(house: House) -> None:
    for command in (
        account.OpenAccount(account="x.y", name="X Y", organisation="Hospital"),
        account.UnlockAccount(account=CRC),
        access.GrantRole(account=CRC, trial=TRIAL, grant="r-1"),
    ):
        for name, role in ((PI, INVESTIGATOR), (DM, Role.DATA_MANAGER)):
            assert denied(house, name, role, command) == "policy.denied"


@pytest.mark.requirement("ID-02")
def test_a_role_reaches_to_its_sites_and_no_further(house: House) -> None:
    house.join("s2.crc", COORDINATOR, "S2")
    house.prepare("s2.crc", site="S2")
    elsewhere = SCREEN.model_copy(update={"participant": "S2-001", "site": "S2"})
    assert denied(house, "s2.crc", COORDINATOR, SCREEN) == "access.other_site"
    assert denied(house, CRC, COORDINATOR, elsewhere) == "access.not_delegated"  # delegated at S1 alone


@pytest.mark.requirement("ID-04")
def test_a_right_opens_with_training_and_delegation_and_closes_with_either(house: House) -> None:
    new = "new.op"
    house.join(new, Role.INFUSION_OPERATOR)
    house.do(CRC, COORDINATOR, SCREEN)
    dose = course("started")[-1]
    assert denied(house, new, Role.INFUSION_OPERATOR, dose) == "access.not_trained"
    house.train(new)
    assert denied(house, new, Role.INFUSION_OPERATOR, dose) == "access.not_delegated"
    consent = delegation.SignDelegation(account=new, site="S1", tasks=(Task.CONSENT,))
    house.do(PI, INVESTIGATOR, consent)
    assert denied(house, new, Role.INFUSION_OPERATOR, dose) == "access.not_delegated"
    house.do(PI, INVESTIGATOR, consent.model_copy(update={"tasks": (Task.INFUSION,), "ends": day(3)}))
    with pytest.raises(Refused):  # now it is the protocol that refuses
        house.do(new, Role.INFUSION_OPERATOR, dose)
    house.wait(days=5)
    for name in (new, PI, FIRST):
        house.sign_in(name)
    assert denied(house, new, Role.INFUSION_OPERATOR, dose) == "access.not_delegated"


# ---------------------------------------------------------------- signatures


def signed() -> delegation.SignDelegation:
    return delegation.SignDelegation(account=CRC, site="S1", tasks=(Task.SAFETY,))


@pytest.mark.requirement("ES-03")
def test_the_first_signature_of_a_session_takes_both_components_and_later_ones_the_password(
    house: House,
) -> None:
    people, first = house.app.people, house.sign_in(PI)
    with pytest.raises(Denied):
        people.confirm(first, (signed(),), PASSWORD)
    assert people.needs_code(first)
    house.confirm(PI, signed())
    by = house.by(PI, INVESTIGATOR)
    house.app.engine.execute(TRIAL, signed(), by)
    assert house.last().authentication == "signed: password+totp"
    assert not people.needs_code(first)
    people.confirm(first, (signed(),), PASSWORD)
    house.app.engine.execute(TRIAL, signed(), by)
    assert house.last().authentication == "signed: password"
    again = house.sign_in(PI)
    assert people.needs_code(again)
    with pytest.raises(Denied):
        house.app.engine.execute(TRIAL, signed(), house.by(PI, INVESTIGATOR))


@pytest.mark.requirement("ES-03", "ES-05")
def test_what_was_confirmed_signs_that_command_alone_and_for_five_minutes(house: House) -> None:
    house.confirm(PI, signed())
    other = signed().model_copy(update={"tasks": (Task.CONSENT,)})
    by = house.by(PI, INVESTIGATOR)
    with pytest.raises(Denied, match="authenticate anew"):
        house.app.engine.execute(TRIAL, other, by)
    house.wait(minutes=6)
    with pytest.raises(Denied, match="authenticate anew"):
        house.app.engine.execute(TRIAL, signed(), by)
    assert len(house.facts(PI, Reauthenticated)) >= 1


@pytest.mark.requirement("ES-07")
def test_nobody_signs_whose_identity_was_not_verified(house: House) -> None:
    house.join("un.verified", INVESTIGATOR, verified=False)
    house.train("un.verified")
    assert denied(house, "un.verified", INVESTIGATOR, signed()) == "signature.not_verified"
    house.sign_in(FIRST)
    house.administer(account.VerifyIdentity(account="un.verified", method="passport"))
    house.sign_in("un.verified")
    house.do("un.verified", INVESTIGATOR, signed())


@pytest.mark.requirement("SE-01")
def test_the_fifth_failure_to_sign_ends_the_session_too(house: House) -> None:
    here = house.sign_in(PI)
    for _ in range(5):
        with pytest.raises(Denied):
            house.app.people.confirm(here, (signed(),), "wrong", "")
    assert house.account(PI).locked
    with pytest.raises(Denied):
        house.app.people.enter(here.ticket)


# ---------------------------------------------------------------- machines


@pytest.mark.requirement("ID-11")
def test_a_machine_brings_data_of_its_origin_under_its_own_name(house: House) -> None:
    here = house.machine("lab.import")
    house.do(CRC, COORDINATOR, SCREEN)
    for command in course("measured")[1:]:
        house.scenario.clock.moment = max(house.scenario.clock.moment, day(0, "14:00").earliest)
        house.app.engine.execute(TRIAL, command, here.attribution(Role.SYSTEM))
    kept = house.last()
    assert (kept.actor, kept.origin, kept.origin_id) == ("lab.import", Origin.IMPORT, "laboratory")
    assert (kept.session, kept.authentication) == ("t-1", "token")
    house.do(FIRST, ADMIN, account.RevokeToken(account="lab.import", token="t-1"))  # noqa: S106 - its name
    with pytest.raises(Denied):
        house.app.engine.execute(TRIAL, course("answered")[4], here.attribution(Role.SYSTEM))


# ---------------------------------------------------------------- the roster


@pytest.mark.requirement("ID-03")
def test_the_roster_of_any_past_instant_is_told_again(house: House) -> None:
    reading, scenario = house.app.reading, house.scenario
    then = Instant.of(scenario.clock.moment)
    before = roster(reading, scenario.view(then))
    assert [(row.account, row.role) for row in before] == [
        (FIRST, "administrator"),
        (SECOND, "administrator"),
        (CRC, "coordinator"),
        (DM, "data_manager"),
        (PI, "principal_investigator"),
    ]
    assert before[2].granted_by == SECOND
    assert before[2].delegated
    house.wait(days=1)
    for name in (FIRST, SECOND):
        house.sign_in(name)
    house.join("mo.cra", Role.MONITOR)
    house.administer(account.DeactivateAccount(account=CRC))
    now = roster(reading, scenario.view())
    assert {row.account for row in now} == {FIRST, SECOND, DM, PI, "mo.cra"}
    assert roster(reading, scenario.view(then)) == before
    effective = scenario.view(then, Axis.EFFECTIVE)
    assert [row.account for row in roster(reading, effective)] == [FIRST, SECOND, CRC, DM, PI]


@pytest.mark.requirement("ID-06")
def test_a_review_is_attested_and_the_next_is_due_and_then_overdue(house: House) -> None:
    reading, scenario = house.app.reading, house.scenario
    rows = roster(reading, scenario.view())
    review = access.ReviewAccess(
        position=reading.head(SYSTEM_LOG)[0],
        accounts=len(rows),
        roster=digest_of_roster(rows),
        findings="as it should be",
    )
    house.do(DM, Role.DATA_MANAGER, review)
    state = review_state(reading, scenario.view())
    assert (state.reviews, state.overdue) == (1, False)
    house.wait(days=91)
    assert review_state(reading, scenario.view()).overdue
    dormant = [
        row.account for row in roster(reading, scenario.view()) if is_dormant(row, scenario.clock.moment, 90)
    ]
    assert dormant == [FIRST, SECOND, CRC, DM, PI]


@pytest.mark.requirement("SQ-03")
def test_a_site_opens_only_when_its_investigator_and_a_monitor_can_sign_in(house: House) -> None:
    opened = trial.ActivateSite(site="S2")
    with pytest.raises(Refused) as refused:
        house.do(PI, INVESTIGATOR, opened)
    assert refused.value.code == "site.not_staffed"
    house.join("mo.cra", Role.MONITOR)
    house.do(PI, INVESTIGATOR, opened)


@pytest.mark.requirement("AT-05")
def test_every_action_on_accounts_leaves_a_fact_with_who_did_it(house: House) -> None:
    house.sign_in(FIRST)
    for command in (
        account.DeactivateAccount(account=CRC),
        account.ReactivateAccount.model_validate({"account": CRC, "one_time": ONE_TIME}),
    ):
        before = house.app.reading.head(SYSTEM_LOG)[0]
        receipt = house.administer(command)
        (entry, *_) = house.app.reading.entries(SYSTEM_LOG, after=before)
        assert receipt.first == before + 1
        assert entry.command.attribution.actor == FIRST
        assert entry.command.attribution.session == house.here[FIRST].session
    house.choose(CRC, ANOTHER)
