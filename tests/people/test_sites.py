"""What is of a site is of that site also where a command names it by its id alone."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.delegation import Task
from domain.errors import Denied
from domain.outage import OUTAGE_STREAM
from domain.record import Role
from tests.support.people import CRC, DM, PI, House, staffed
from tests.support.trial import TRIAL, Scenario, day
from workflows import calendar_feed, delegation, outage, participant, query, trial
from workflows.command import Command

COORDINATOR, PRINCIPAL, MONITOR = Role.COORDINATOR, Role.PRINCIPAL_INVESTIGATOR, Role.MONITOR
NEAR, LEADER, VISITOR = "s2.crc", "s2.pi", "s2.cra"
MANAGER = "rand.man"


@pytest.fixture
def house(scenario: Scenario) -> House:
    """Two sites; somebody of each kind has a role at the second alone, and things of the first are there."""
    house = staffed(scenario)
    for name, role in ((NEAR, COORDINATOR), (LEADER, PRINCIPAL), (VISITOR, MONITOR)):
        house.join(name, role, "S2")
    house.do(PI, PRINCIPAL, trial.ActivateSite(site="S2", at=day(-20)))
    house.join(MANAGER, Role.RANDOMIZATION_MANAGER)
    house.prepare(NEAR, site="S2")
    house.train(LEADER)
    screened = participant.PreScreen(participant="S1-001", site="S1", sex="female", age=Decimal(40))
    house.do(CRC, COORDINATOR, screened)
    house.do(DM, Role.DATA_MANAGER, query.OpenQuery(participant="S1-001", text="which laboratory?"))
    house.do(DM, Role.DATA_MANAGER, calendar_feed.IssueFeed(digest="a" * 64, site="S1", holder="ward"))
    issued = outage.IssuePackage(site="S1", participants=("S1-001",), places=0, taken=0, sha256="b" * 64)
    house.do(MANAGER, Role.RANDOMIZATION_MANAGER, issued)
    return house


def names(house: House) -> dict[str, str]:
    """The ids of what is at the first site."""
    view = house.app.view(TRIAL)
    return {
        "query": next(iter(view.singles("query"))),
        "feed": next(iter(view.singles("feed"))),
        "package": next(iter(view.single("outage", OUTAGE_STREAM.partition("/")[2]).packages)),
        "delegation": view.single("delegation", CRC).delegations[0].delegation,
    }


@pytest.mark.requirement("ID-02")
def test_somebody_of_another_site_does_nothing_to_what_a_command_names_by_its_id(house: House) -> None:
    known = names(house)
    query_id, package = known["query"], known["package"]
    tried: list[tuple[str, Role, Command]] = [
        (NEAR, COORDINATOR, query.AnswerQuery(query=query_id, answer="ours")),
        (VISITOR, MONITOR, query.CancelQuery(query=query_id, reason="not needed")),
        (NEAR, COORDINATOR, outage.DeclareOutage(package=package, at=day(1), ended=day(2))),
        (LEADER, PRINCIPAL, outage.WithdrawPackage(package=package, ground="lost")),
        (LEADER, PRINCIPAL, outage.ReconcileOutage(package=package)),
        (LEADER, PRINCIPAL, calendar_feed.RevokeFeed(feed=known["feed"], reason="not ours")),
        (LEADER, PRINCIPAL, delegation.EndDelegation(account=CRC, delegation=known["delegation"])),
    ]
    for name, role, command in tried:
        with pytest.raises(Denied) as error:
            house.do(name, role, command)
        assert error.value.code == "access.other_site", command.KIND
    house.do(CRC, COORDINATOR, query.AnswerQuery(query=query_id, answer="the central one"))
    assert house.last().site == "S1"
    assert Task.DATA_ENTRY in house.app.view(TRIAL).single("delegation", CRC).delegations[0].tasks
