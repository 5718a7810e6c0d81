"""One trial at two sites: at S1 everything that a golden history holds, at S2 something of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from domain.alert_plan import AlertRule
from domain.clinical_time import Instant
from domain.delivery import Outcome, delivery_id
from domain.errors import Denied
from domain.privacy import ErasureRequested, IdentityErased, Part
from domain.record import PEOPLE, NewFact, Origin, Role
from tests.golden.people import people
from tests.golden.played import play_at_site
from tests.support.people import PI, House
from tests.support.scenario import Scenario
from tests.support.signing import Signing
from tests.support.trial import TRIAL, course, day, entitled
from workflows import (
    adverse_event,
    alert,
    calendar_feed,
    casebook_record,
    consent,
    correction,
    delivery,
    entry,
    export,
    incident,
    infusion,
    observation,
    originator,
    outage,
    outcome,
    participant,
    privacy,
    query,
    sample,
    trial,
    viewing,
    visit,
)
from workflows.command import Command
from workflows.delegated_tasks import DELEGATED

HERE, THERE = "S2", "S1"
CODE, SECOND = "S2-001", "S2-002"
ROLES = tuple(role for role in PEOPLE if role is not Role.ADMINISTRATOR)
"""Every role that can be held at one site: an administrator's is of the whole store."""

THEIRS = {"theirs.crc": Role.COORDINATOR, "theirs.cra": Role.MONITOR}
"""People of the other site."""

THEIR_DIGEST = f"digest/{THERE}/2026-06-03"
SPARED = f"delivery/{delivery_id(TRIAL, f'digest/{HERE}/2026-05-31', 'crc')}"
"""What the golden history says at the other site of this one: a digest that could not be sent."""


def name_of(role: Role) -> str:
    """Who holds a role at the second site alone."""
    return f"ours.{role.replace('_', '-')}"


def played(folder: Path) -> tuple[Scenario, House]:
    """The trial, and its people: one for each role at S2, some at S1, and who leads the trial."""
    folder.mkdir()
    scenario = Scenario(folder)
    play_at_site(scenario)
    scenario.given(*people()[:5], _of_theirs())
    scenario.on(91)
    for each in _ours():
        _said_here(scenario, each)
    _named_by_ids(scenario)
    scenario.given(trial.NameDataCut(name="interim"))
    Signing(scenario.app).sign(TRIAL)
    house = House(scenario)
    _peopled(house)
    return scenario, house


def _of_theirs() -> list[Command | NewFact]:
    """What the golden history holds only after the trial is over."""
    asked = {"participant": "S1-001", "ground": "asked", "requested_by": "li.crc"}
    return [
        NewFact("identity/S1-001", day(90), "2.0", ErasureRequested.model_validate(asked)),
        NewFact("identity/S1-001", day(90), "2.0", IdentityErased.model_validate(asked)),
        viewing.ViewAllocation(question="participant.list", purpose="dosing"),
        export.RecordExport(
            kind="table",
            scope="2 participants",
            reader=Role.MONITOR,
            purpose="x",
            position=9,
            sha256="0e" * 32,
        ),
        _alert(THERE, "S1-001", AlertRule.VISIT_DUE, "week-24"),
        _alert(THERE, None, AlertRule.INCIDENT_REPORT_DUE, "I-1 authority"),
        delivery.RequestDelivery(subject=THEIR_DIGEST, contact="theirs", channel="mail"),
        delivery.RecordAttempt(
            delivery=delivery_id(TRIAL, THEIR_DIGEST, "theirs"), outcome=Outcome.REFUSED, detail="550"
        ),
    ]


def _said_here(scenario: Scenario, command: Command, origin: Origin = Origin.PERSON) -> int:
    """Let somebody at S2 say something: the position of its last fact."""
    scenario.clock.advance(minutes=1)
    source = "worksheet 3" if origin is Origin.PAPER else ""
    by = replace(entitled(command), site=HERE, origin=origin, origin_id=source)
    return scenario.app.engine.execute(TRIAL, command, by).last


def _ours() -> Iterator[Command]:
    yield trial.ActivateSite(site=HERE, at=day(0))
    form = {"site": HERE, "language": "de", "reference": "EC-2", "sha256": "4f" * 32, "version": "1.0"}
    yield consent.RegisterConsentForm.model_validate({**form, "at": day(-9)})
    yield participant.PreScreen(participant=CODE, site=HERE, sex="female", age=Decimal(40))
    yield from course("eligible", CODE)[1:]
    yield participant.Randomize(participant=CODE)
    yield _of(infusion.RecordInfusion, at=day(0, "13:30"), route="vein", lot="L1", bag="B20")
    yield participant.PreScreen(participant=SECOND, site=HERE, sex="male", age=Decimal(50))
    at = day(28, "09:00")
    reading = observation.Reading(item="alt", value="4500", unit="U/L")
    yield _of(visit.RecordVisit, at=at, visit="week-4")
    yield _of(observation.RecordResults, at=at, visit="week-4", readings=(reading,))
    yield _of(observation.CorrectResult, visit="baseline", result="alt", value="41")
    yield _of(outcome.NoteDeviation, at=day(20), text="the sample was stored warm")
    yield _of(outcome.RecordDecompensation, at=day(20), type="ascites", subtype="new", grade="mild")
    event = {"term": "fever", "severity": "severe", "criteria": ("hospitalization",), "aware": day(21)}
    yield _of(adverse_event.RecordAdverseEvent, at=day(20), **event)
    yield _of(query.OpenQuery, text="which laboratory?")
    yield _of(correction.ProposeCorrection, visit="baseline", result="alt", value="43")
    yield _of(sample.TakeSample, sample="T-7", material="serum")
    yield _of(privacy.RecordIdentity, name="Anna Li", phone="0049")
    seen = {"kind": "accidental", "informed": ("Dr Yu",), "reason": "a chart left open"}
    yield _of(participant.RecordUnblinding, at=day(30), **seen)
    yield _of(participant.RequestReconsent, version="2.0")
    yield _of(casebook_record.FreezeRecord, record="baseline")
    yield calendar_feed.IssueFeed(digest="cd" * 32, site=HERE, holder="ward 9")
    yield outage.IssuePackage(site=HERE, participants=(CODE,), places=0, taken=6, sha256="1e" * 32)
    what = {"kind": "security", "what": "a key was lost", "serious": True}
    yield incident.ReportIncident.model_validate({"at": day(40), "aware": day(41), **what})
    yield originator.RegisterOriginator(source="ediary-9", kind="device", about="Model Y")
    yield viewing.ViewAllocation(question="participant.show", purpose="dosing", participant=CODE)
    yield delivery.RequestDelivery(subject=f"digest/{HERE}/2026-05-31", contact="ours", channel="mail")
    yield delivery.CancelDelivery(
        delivery=delivery_id(TRIAL, f"digest/{HERE}/2026-05-31", "ours"), reason="day_passed"
    )
    yield _alert(HERE, CODE, AlertRule.VISIT_DUE, "week-12")


def _alert(site: str, participant: str | None, about: AlertRule, subject: str) -> Command:
    return alert.RaiseAlert(
        rule=about.value,
        about=about,
        role=Role.COORDINATOR,
        participant=participant,
        site=site,
        subject=subject,
        revision="1-1",
        due_at=Instant.of(day(84).earliest),
        version="1.0",
    )


def _of(command: type[Command], **fields: object) -> Command:
    return command.model_validate({"participant": CODE, **fields})


def _named_by_ids(scenario: Scenario) -> None:
    """What is said of S2 by positions alone."""
    noted = _of(outcome.NoteDeviation, at=day(21), text="kept warm")
    last = _said_here(scenario, noted, Origin.PAPER)
    first = scenario.app.reading.stream(TRIAL, f"participant/{CODE}")[0].position
    asked = {"position": first, "part": Part.ENVELOPE, "field": "reason_text", "ground": "a name"}
    _said_here(scenario, entry.NoteUpload(device="ediary-9", first=last, last=last, captured=day(60)))
    _said_here(scenario, privacy.RequestRedaction.model_validate(asked))


def _peopled(house: House) -> None:
    house.join(PI, Role.PRINCIPAL_INVESTIGATOR)
    house.join("sun.dm", Role.DATA_MANAGER)
    house.train(PI)
    for name, role in THEIRS.items():
        house.join(name, role, THERE)
    house.prepare("theirs.crc", site=THERE)
    house.train("theirs.cra")
    for _ in range(3):
        with pytest.raises(Denied):
            house.sign_in("theirs.cra", "a password of nobody")
    for role in ROLES:
        house.open(name_of(role))
        house.grant(name_of(role), role, HERE, expires=house.in_days(90))
        if role in DELEGATED:
            house.prepare(name_of(role), site=HERE)
    house.train(name_of(Role.PRINCIPAL_INVESTIGATOR))
    for role in ROLES:
        house.sign_in(name_of(role))
