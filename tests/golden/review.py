"""How the data of the golden trial are reviewed: queries, corrections, records, sources, an outage."""

from __future__ import annotations

from domain import outage as outages
from domain.correction import Correction
from domain.entry import transcription_at
from domain.query import Query
from domain.record import Attribution, Origin, Role
from projections.corrections import change_rows
from tests.support.casebooks import signature, verification
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, course, day, person
from workflows import (
    adverse_event,
    casebook_record,
    correction,
    entry,
    observation,
    originator,
    outage,
    outcome,
    participant,
    query,
)
from workflows.command import Command


def queries(scenario: Scenario, code: str) -> None:
    """Two queries: one that leads to a change and is settled, one put in error."""
    asked = query.OpenQuery(participant=code, visit="week-4", result="alt", text="40 or 41?")
    scenario.given(asked, query.OpenQuery(participant=code, text="why two codes?"))
    first, second = scenario.view().singles(Query)
    change = observation.CorrectResult(
        participant=code, visit="week-4", result="alt", value="41", query=first
    )
    answer = query.AnswerQuery(query=first, answer="41, corrected")
    scenario.given(
        [change, answer, query.ReopenQuery(query=first, text="and the unit?"), answer],
        query.CloseQuery(query=first, resolution="source seen"),
        query.CancelQuery(query=second, reason="asked of the wrong participant"),
    )


def corrections(scenario: Scenario, code: str) -> None:
    """A proposal accepted, a request rejected, and a data fix that two approve."""

    def said(kind: type[Command], **fields: object) -> Command:
        return kind.model_validate({"participant": code, **fields})

    week = {"visit": "week-4"}
    scenario.given(
        said(correction.ProposeCorrection, **week, result="tbil", value="5.4"),
        said(correction.RequestCorrection, **week, result="ascites", value="none", evidence="the diary"),
        said(correction.RequestFix, **week, result="alt", value="42", ticket="T-118"),
    )
    proposed, requested, fixed = sorted(scenario.view().singles(Correction))
    scenario.given(
        said(correction.AcceptCorrection, correction=proposed),
        said(correction.RejectCorrection, correction=requested, ground="seen at the visit"),
    )
    for role in (Role.INVESTIGATOR, Role.PRINCIPAL_INVESTIGATOR):
        approve = said(correction.ApproveFix, correction=fixed)
        scenario.when(approve, person(role)).receipt  # noqa: B018 - raises when refused
    scenario.given(said(correction.ApplyFix, correction=fixed))


def after_unblinding(scenario: Scenario, code: str) -> None:
    """An adverse event that is judged otherwise after unblinding, and the investigator who signs for it."""
    worse = adverse_event.RecordAdverseEventChange(
        participant=code, at=day(89), event="ae-1", severity="severe"
    )
    scenario.given(worse)
    waiting = tuple(each.fact for each in change_rows(scenario.view(), code, waiting=True))
    scenario.given(correction.AuthoriseChanges(participant=code, facts=waiting))


def records(scenario: Scenario, code: str) -> None:
    """A visit verified, signed, frozen, locked and unlocked by two people; a site frozen for a while."""
    of = {"participant": code, "record": "week-4"}
    scenario.given(verification(scenario, code, "week-4/alt", note="laboratory sheet"))
    scenario.given(signature(scenario, code, "week-4"))
    scenario.given(
        [casebook_record.FreezeRecord(**of), casebook_record.UnfreezeRecord(**of)],
        [casebook_record.LockRecord(**of), casebook_record.RequestRecordUnlock(**of)],
        casebook_record.UnlockRecord(**of),
        [casebook_record.FreezeRecord(site="S1"), casebook_record.UnfreezeRecord(site="S1")],
    )


def entries(scenario: Scenario) -> None:
    scenario.given(
        originator.RegisterOriginator(source="ediary-7", kind="device", about="Model X, serial 4711"),
        entry.NoteUpload(device="ediary-7", first=20, last=21, captured=day(39), device_time=None),
    )
    copied = outcome.NoteDeviation(participant="S1-002", at=day(38), text="the sample was warm")
    copyist = Attribution("an.li", Role.COORDINATOR, site="S1", origin=Origin.PAPER, origin_id="worksheet 3")
    scenario.clock.advance(minutes=1)
    receipt = scenario.app.engine.execute(TRIAL, copied, copyist)
    name = transcription_at(receipt.first)
    scenario.given(
        entry.CheckTranscription(transcription=name, agrees=False, note="the unit differs"),
        originator.RetireOriginator(source="ediary-7", reason="lost"),
    )


def bridged(scenario: Scenario, code: str) -> None:
    """An outage that a package of envelopes bridged."""
    scenario.given(course("answered", code), participant.SignEligibility(participant=code, at=day(1)))
    taken, digest = scenario.view().enrolment.allocated, "0e" * 32
    issued = {"site": "S1", "participants": ("S1-001",), "places": 2, "taken": taken, "sha256": digest}
    issued["at"] = day(39, "17:00")
    package, at, place = outages.package_id(digest), day(39, "18:00"), f"A-{taken + 1}"
    unmasked = {"envelope": "U-S1-001", "informed": ("Dr Wang",), "reason": "surgery"}
    scenario.given(
        outage.IssuePackage.model_validate(issued),
        outage.DeclareOutage(package=package, at=at, ended=day(39, "19:00")),
        outage.RecordOfflineAllocation(participant=code, at=at, package=package, envelope=place),
        outage.RecordOfflineUnblinding.model_validate(
            {"participant": "S1-001", "at": at, "package": package, **unmasked}
        ),
        outage.ReconcileOutage(package=package, opened=(place, "U-S1-001")),
        outage.WithdrawPackage(package=package, ground="shredded, all pages sealed"),
        participant.AssessUnblinding(participant="S1-001", assessment="no outcome was assessed after it"),
    )
