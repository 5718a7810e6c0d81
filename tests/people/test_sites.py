"""What is of a site is of that site also where a command names it by its id alone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.alert import Alert
from domain.calendar_feed import Feed
from domain.delegation import Standing, Task
from domain.errors import Denied
from domain.incident import Incident
from domain.outage import OUTAGE_STREAM, Outages
from domain.privacy import Part
from domain.query import Query
from domain.record import Attribution, Origin, Role
from tests.notify.test_delivery import RAISED
from tests.support.people import CRC, DM, PI, House, staffed
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, day
from workflows import calendar_feed, delegation, entry, incident, outage, participant, privacy, query, trial
from workflows.alert import AcknowledgeAlert
from workflows.command import COMMANDS, Command, OfAnyLog, OfSystem

COORDINATOR, PRINCIPAL, MONITOR = Role.COORDINATOR, Role.PRINCIPAL_INVESTIGATOR, Role.MONITOR
NEAR, LEADER, VISITOR = "s2.crc", "s2.pi", "s2.cra"
MANAGER = "rand.man"
MACHINE = Attribution("trialog", Role.SYSTEM, origin=Origin.SYSTEM)


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
    stolen = incident.ReportIncident(at=day(0), kind="security", what="a notebook was stolen", aware=day(0))
    house.app.engine.execute(TRIAL, stolen, replace(house.by(CRC, COORDINATOR), site="S1"))
    return house


WHOLE_TRIAL = {
    "access.review",
    "alert.escalate",
    "alert.resolve",
    "alert.supersede",
    "delivery.cancel",
    "delivery.record_attempt",
    "delivery.request",
    "export.record",
    "incident.report",
    "lot.correct",
    "lot.quarantine",
    "lot.record_test",
    "lot.register",
    "lot.reject",
    "lot.release",
    "lot.return_bag",
    "originator.register",
    "originator.retire",
    "review.audit_trail",
    "training.record",
}
"""What is of no site: the machinery's, the product's, a person's training, what is told of the whole trial.

Another command without a participant or a site belongs here, or in `workflows.site_of` and the test below.
"""


def by_id() -> set[str]:
    """The commands that tell neither participant nor site and yet are of one, by what they name."""
    return {
        kind
        for kind, command in COMMANDS.items()
        if not {"participant", "site"} & set(command.model_fields)
        and not kind.startswith("trial.")
        and not issubclass(command, (OfSystem, OfAnyLog))
    } - WHOLE_TRIAL


def names(house: House) -> dict[str, str]:
    """The ids of what is at the first site."""
    view = house.app.view(TRIAL)
    return {
        "query": next(iter(view.singles(Query))),
        "feed": next(iter(view.singles(Feed))),
        "incident": next(iter(view.singles(Incident))),
        "package": next(iter(view.singles(Outages)[OUTAGE_STREAM.partition("/")[2]].packages)),
        "delegation": view.singles(Standing)[CRC].delegations[0].delegation,
    }


@pytest.mark.requirement("ID-02")
def test_somebody_of_another_site_does_nothing_to_what_a_command_names_by_its_id(house: House) -> None:
    known = names(house)
    query_id, package, stolen = known["query"], known["package"], known["incident"]
    records = house.scenario.records()
    position = next(each.position for each in records if each.stream == "participant/S1-001")
    asked = {"position": position, "part": Part.ENVELOPE, "ground": "a name"}
    house.do(CRC, COORDINATOR, privacy.RequestRedaction.model_validate({**asked, "field": "reason_text"}))
    house.wait()
    paper = replace(house.by(CRC, COORDINATOR), origin=Origin.PAPER, origin_id="worksheet 3")
    told = participant.PreScreen(participant="S1-002", site="S1", sex="male", age=Decimal(50))
    copied = house.app.engine.execute(TRIAL, told, paper).first
    house.app.engine.execute(TRIAL, RAISED, MACHINE)
    alert = next(iter(house.app.view(TRIAL).singles(Alert)))
    tried: list[tuple[str, Role, Command]] = [
        (NEAR, COORDINATOR, query.AnswerQuery(query=query_id, answer="ours")),
        (VISITOR, MONITOR, query.CancelQuery(query=query_id, reason="not needed")),
        (VISITOR, MONITOR, query.CloseQuery(query=query_id, resolution="fine")),
        (VISITOR, MONITOR, query.ReopenQuery(query=query_id, text="once more")),
        (NEAR, COORDINATOR, AcknowledgeAlert(alert=alert, reason="seen")),
        (NEAR, COORDINATOR, entry.CheckTranscription(transcription=f"T-{copied}", agrees=True)),
        (NEAR, COORDINATOR, privacy.RequestRedaction.model_validate({**asked, "field": "name"})),
        (LEADER, PRINCIPAL, privacy.ApproveRedaction(redaction=f"{position}-reason_text")),
        (NEAR, COORDINATOR, entry.NoteUpload(device="t-1", first=position, last=position, captured=day(0))),
        (NEAR, COORDINATOR, outage.DeclareOutage(package=package, at=day(1), ended=day(2))),
        (LEADER, PRINCIPAL, outage.WithdrawPackage(package=package, ground="lost")),
        (LEADER, PRINCIPAL, outage.ReconcileOutage(package=package)),
        (LEADER, PRINCIPAL, calendar_feed.RevokeFeed(feed=known["feed"], reason="not ours")),
        (LEADER, PRINCIPAL, incident.AssessIncident(incident=stolen, serious=False, why="found")),
        (NEAR, COORDINATOR, incident.RecordIncidentNotice(incident=stolen, at=day(1), recipient="sponsor")),
        (LEADER, PRINCIPAL, incident.CloseIncident(incident=stolen, measures="none")),
        (LEADER, PRINCIPAL, delegation.EndDelegation(account=CRC, delegation=known["delegation"])),
    ]
    assert {command.KIND for _, _, command in tried} == by_id()
    for name, role, command in tried:
        with pytest.raises(Denied) as error:
            house.do(name, role, command)
        assert error.value.code == "access.other_site", command.KIND
    house.do(CRC, COORDINATOR, query.AnswerQuery(query=query_id, answer="the central one"))
    assert house.last().site == "S1"
    assert Task.DATA_ENTRY in house.app.view(TRIAL).singles(Standing)[CRC].delegations[0].tasks
