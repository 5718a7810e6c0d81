"""Signing in: what fails is a fact and tells nothing, five failures lock, a code serves once."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters.auth.people import Here
from domain.account import LockedOut, ProofFailed, SessionEnded, SignedIn
from domain.errors import Denied, Refused, TrialogError
from domain.identifiers import SYSTEM_LOG
from domain.password import Weakness, weakness
from domain.record import Role
from tests.support.people import ANOTHER, CRC, FIRST, ONE_TIME, PASSWORD, PI, House, seed_of, staffed
from tests.support.scenario import CHEAP, Scenario
from tests.support.trial import TRIAL, course
from workflows import account


@pytest.fixture
def house(scenario: Scenario) -> House:
    return staffed(scenario)


def failed(house: House, name: str, password: str = "wrong", code: str = "") -> str:  # noqa: S107
    """Fail to sign in: what the person is told."""
    house.wait()
    with pytest.raises(Denied) as denied:
        house.app.people.sign_in(name, password, code or house.code(name))
    return str(denied.value)


@pytest.mark.requirement("SE-01")
def test_five_failures_lock_and_each_is_a_fact(house: House) -> None:
    for _ in range(4):
        failed(house, CRC)
    assert house.account(CRC).locked is None
    failed(house, CRC)
    assert len(house.facts(CRC, ProofFailed)) == 5
    assert house.facts(CRC, LockedOut) == [LockedOut(account=CRC, failures=5)]
    failed(house, CRC, PASSWORD)
    assert len(house.facts(CRC, LockedOut)) == 1
    house.sign_in(FIRST)
    house.administer(account.UnlockAccount(account=CRC))
    house.sign_in(CRC)


def test_a_success_begins_the_count_anew(house: House) -> None:
    for _ in range(4):
        failed(house, CRC)
    house.sign_in(CRC)
    failed(house, CRC)
    assert house.account(CRC).locked is None


@pytest.mark.requirement("SE-04")
def test_the_password_alone_opens_nothing_and_neither_does_a_code(house: House) -> None:
    for password, code in ((PASSWORD, "000000"), (PASSWORD, " "), ("wrong", house.code(CRC))):
        failed(house, CRC, password, code)


def test_a_name_that_nobody_has_is_answered_alike_costs_as_much_and_is_kept_sealed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    fits = type(CHEAP).fits

    def counted(self: object, password: str, hashed: str) -> bool:
        asked.append(hashed)
        return fits(CHEAP, password, hashed)

    monkeypatch.setattr(type(CHEAP), "fits", counted)
    told = [failed(house, CRC)]
    known = len(asked)
    before = house.app.reading.head(SYSTEM_LOG)[0]
    told.append(failed(house, "granite otter", "li.crc", "000000"))
    assert told[0] == told[1]
    assert len(asked) == 2 * known == 2
    assert {len(hashed) for hashed in asked} == {len(asked[0])}
    assert house.app.reading.head(SYSTEM_LOG)[0] == before + 1
    assert "granite otter" not in house.scenario.contents()


def test_a_code_serves_once(house: House) -> None:
    house.wait()
    code = house.code(CRC)
    house.app.people.sign_in(CRC, PASSWORD, code)
    with pytest.raises(Denied):
        house.app.people.sign_in(CRC, PASSWORD, code)


def test_two_who_sign_in_at_once_with_one_code_get_one_session(house: House) -> None:
    house.wait()
    code, others = house.code(CRC), [house.scenario.opened() for _ in range(4)]
    before = len(house.facts(CRC, SignedIn))
    outcomes: list[Here | TrialogError] = []

    def attempt(number: int) -> None:
        try:
            outcomes.append(others[number].people.sign_in(CRC, PASSWORD, code))
        except TrialogError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(isinstance(each, Here) for each in outcomes) == 1
    assert len(house.facts(CRC, SignedIn)) == before + 1
    assert house.account(CRC).failures == 3 or len(house.facts(CRC, ProofFailed)) == 3
    for other in others:
        other.close()


@pytest.mark.requirement("SE-02")
def test_an_idle_session_is_ended_and_one_in_use_lasts_at_most_twelve_hours(house: House) -> None:
    here = house.sign_in(CRC)
    house.wait(minutes=29)
    here = house.app.people.enter(here.ticket)
    house.wait(minutes=29)
    house.app.people.enter(here.ticket)
    house.wait(minutes=2)
    with pytest.raises(Denied) as idle:
        house.app.people.enter(here.ticket)
    assert idle.value.code == "session.idle"
    assert house.facts(CRC, SessionEnded)[-1] == SessionEnded(account=CRC, session=here.session, cause="idle")
    here = house.sign_in(CRC)
    for _ in range(24):
        house.wait(minutes=29)
        here = house.app.people.enter(here.ticket)
    house.wait(minutes=29)
    with pytest.raises(Denied):
        house.app.people.enter(here.ticket)


@pytest.mark.parametrize("ticket", ["", "x", "bm90IGEgdGlja2V0", "é"])
def test_what_is_no_ticket_opens_nothing(house: House, ticket: str) -> None:
    with pytest.raises(Denied):
        house.app.people.enter(ticket)


def test_nothing_secret_is_anywhere_in_the_store(house: House) -> None:
    here = house.here[CRC]
    contents = house.scenario.contents() + repr(house.scenario.store.rows("SELECT entry FROM fact"))
    files = "".join(
        path.read_bytes().decode("latin-1")
        for path in Path(house.scenario.location).parent.iterdir()
        if not path.name.endswith(".keys")
    )
    for secret in (PASSWORD, ONE_TIME, seed_of(CRC), "$argon2id$", here.ticket):
        assert secret not in contents
        assert secret not in files


@pytest.mark.requirement("SE-03")
@pytest.mark.parametrize(
    "password",
    [
        "Password1234!",
        "Welcome2026Hospital!",
        "passwordpassword",
        "woaini1314520",
        "qwertyuiop12",
        "x7x7x7x7x7x7",
    ],
)
def test_a_password_made_of_what_is_tried_first_is_weak_however_it_is_dressed(password: str) -> None:
    assert weakness(password) is Weakness.COMMON


@pytest.mark.requirement("SE-03")
def test_passwords_are_long_not_about_their_holder_and_not_used_again(house: House) -> None:
    assert weakness("short but odd"[:11]) is Weakness.TOO_SHORT
    assert weakness("li.crc.li.crc", (CRC,)) is Weakness.COMMON
    assert weakness("雨后的辽河总是很宽很慢啊") is None
    people, present = house.app.people, PASSWORD
    for password in (ANOTHER, "copper kites over the delta", "nine quiet boats at noon"):
        house.wait()
        people.choose_password(CRC, password, current=present, code=house.code(CRC))
        present = password
    house.wait()
    with pytest.raises(Refused) as refused:
        people.choose_password(CRC, PASSWORD, current=present, code=house.code(CRC))
    assert refused.value.code == "password.used_before"


@pytest.mark.requirement("ES-05")
def test_an_administrator_who_resets_can_neither_sign_in_nor_sign(house: House) -> None:
    house.sign_in(FIRST)
    house.do(FIRST, Role.ADMINISTRATOR, account.ResetSecrets(account=PI, one_time=_secret()))
    failed(house, PI, PASSWORD)
    failed(house, PI, ONE_TIME)
    with pytest.raises(Denied):
        house.app.people.enter(house.here[PI].ticket)
    house.wait()
    house.app.people.choose_password(PI, ANOTHER, one_time=ONE_TIME)
    failed(house, PI, ANOTHER)
    house.app.people.enrol(PI, ANOTHER, seed_of(PI), house.code(PI))
    house.sign_in(PI, ANOTHER)


def test_a_secret_told_once_serves_once_and_not_for_ever(house: House) -> None:
    house.sign_in(FIRST)
    house.do(FIRST, Role.ADMINISTRATOR, account.ResetSecrets(account=CRC, one_time=_secret()))
    house.wait(hours=73)
    with pytest.raises(Denied):
        house.app.people.choose_password(CRC, ANOTHER, one_time=ONE_TIME)


def _secret() -> SecretStr:
    return SecretStr(ONE_TIME)


def test_what_a_person_claims_of_themselves_is_not_what_the_journal_keeps(house: House) -> None:
    claimed = replace(
        house.by(CRC, Role.COORDINATOR),
        name="Somebody Else",
        authentication="retina",
        delegation="d-99",
    )
    house.app.engine.execute(TRIAL, course("screened")[0], claimed)
    kept = house.last()
    assert (kept.name, kept.authentication, kept.delegation) == ("Li.Crc", "password+totp", "d-1")
    assert kept.session == house.here[CRC].session
