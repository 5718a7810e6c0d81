"""Who signs authenticates anew, for exactly the record and the content that is signed."""

from __future__ import annotations

import pytest

from domain.casebook_record import RecordSigned
from domain.delegation import Task
from domain.errors import Denied
from domain.record import Role
from tests.support.casebooks import signature
from tests.support.people import CRC, PI, House, staffed
from tests.support.scenario import Scenario
from tests.support.trial import course

CODE = "S1-001"


@pytest.fixture
def house(scenario: Scenario) -> House:
    """A staffed store with a participant who was screened."""
    found = staffed(scenario)
    found.do(CRC, Role.COORDINATOR, course("screened")[0], "S1")
    return found


def test_a_sub_investigator_signs_records_where_that_is_delegated(house: House) -> None:
    house.join("chen.inv", Role.INVESTIGATOR)
    house.prepare("chen.inv", Task.DATA_ENTRY)
    asked = signature(house.scenario, CODE, "registration")
    house.confirm("chen.inv", asked)
    by = house.by("chen.inv", Role.INVESTIGATOR, "S1")
    with pytest.raises(Denied) as denied:
        house.app.engine.execute("T-1", asked, by)
    assert denied.value.code == "access.not_delegated"
    house.prepare("chen.inv", Task.SIGN_OFF)
    asked = signature(house.scenario, CODE, "registration")
    house.confirm("chen.inv", asked)
    assert house.app.engine.execute("T-1", asked, house.by("chen.inv", Role.INVESTIGATOR, "S1")).first


@pytest.mark.requirement("ES-02", "ES-03", "ES-05")
def test_a_signature_takes_the_signers_own_proof_for_exactly_this_content(house: House) -> None:
    asked = signature(house.scenario, CODE, "registration")
    by = house.by(PI, Role.PRINCIPAL_INVESTIGATOR, "S1")
    with pytest.raises(Denied, match="authenticate anew"):
        house.app.engine.execute("T-1", asked, by)
    house.confirm(PI, asked)
    for other in ({"content": "0" * 64}, {"record": "casebook"}, {"meaning": "review"}):
        with pytest.raises(Denied, match="authenticate anew"):
            house.app.engine.execute("T-1", asked.model_copy(update=other), by)
    house.app.engine.execute("T-1", asked, by)
    [signed] = [each.fact for each in house.scenario.records() if isinstance(each.fact, RecordSigned)]
    assert (signed.signer, signed.name, signed.role) == (PI, house.account(PI).name, by.role)
    assert house.last().authentication == "signed: password+totp"
