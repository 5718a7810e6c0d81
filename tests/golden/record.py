"""Writes the golden files of the present release: `python -m tests.golden.record`.

It plays one small trial in which every fact occurs, and writes
- `histories/<release>.jsonl`: the whole history, one fact a line with its envelope and its stored text;
- `histories/<release>.documents.json`: what the fold makes of it, each read-model row at the end;
- `facts/<topic>.json`: the bytes of the first fact of each topic that has no golden file yet.

Once a release is out its files are never written again: they are what its stores hold. Raise the version in
`trialog/__init__.py`, and the next run records the next history beside them.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from domain import outage as outages
from domain.alert_plan import AlertRule
from domain.backup import BackupMade, RestoreFailed, RestoreProved
from domain.casebook import Touched, TrialFold
from domain.clinical_time import ClinicalTime, Instant
from domain.correction import Correction
from domain.delivery import Outcome, delivery_id
from domain.document import Document
from domain.entry import transcription_at
from domain.fact import FACTS
from domain.incident import Incident
from domain.ledger.note import LOG_KEY, Key, origin_of
from domain.ledger.renewal import Renewal
from domain.privacy import Part
from domain.query import Query
from domain.record import Attribution, Entry, NewFact, Origin, Record, Role
from domain.server_clock import CLOCK_STREAM, ClockDriftMeasured, ClockJumped
from domain.signed_log import (
    SELF,
    CheckpointSigned,
    IncarnationDeclared,
    KeyRegistered,
    KeyRotated,
    LogOpened,
    LogRenewed,
)
from domain.upkeep import (
    UPKEEP_STREAM,
    BackupFailed,
    SignerRefused,
    SignerSignsAgain,
    StoreNotVerified,
    StoreVerified,
)
from projections.corrections import change_rows
from projections.deviations import deviation_id
from projections.documents import project
from tests.golden.people import people
from tests.support.casebooks import signature, verification
from tests.support.trial import (
    LOT,
    READINGS,
    RENEWED,
    TRIAL,
    Scenario,
    active,
    amended,
    arm_routes,
    course,
    day,
    of_log,
    person,
    small,
)
from trialog import __version__
from workflows import (
    activation,
    adverse_event,
    alert,
    calendar_feed,
    casebook_record,
    consent,
    correction,
    course_correction,
    delivery,
    deviation,
    entry,
    export,
    incident,
    infusion,
    infusion_correction,
    observation,
    originator,
    outage,
    outcome,
    outcome_correction,
    participant,
    privacy,
    product_lot,
    query,
    safety,
    safety_correction,
    sample,
    sample_correction,
    trial,
    viewing,
    visit,
    visit_correction,
)
from workflows.command import Command

HERE = Path(__file__).parent
FACT_FILES = HERE / "facts"
HISTORY_FILES = HERE / "histories"


def play(scenario: Scenario) -> None:
    """One small trial: five participants, an amendment, and every fact there is."""
    play_at_site(scenario)
    scenario.given(_closing(), _signed(), _backup(), _upkeep(), _clock())
    scenario.on(90).given(people())
    scenario.on(90 + 31 * 365).given(_erasure("S1-001"))


def play_at_site(scenario: Scenario) -> None:
    """The same at its site, before the trial is closed: what follows is of the whole trial or the system."""
    begun = activation.CorrectActivation(site="S1", at=day(-19))
    scenario.given(active(), begun, _forms(), _lots(), course("measured"), _results("S1-001"))
    scenario.given(course("closed")[4:], course("accessed", "S1-002", place=2), _interrupted("S1-002"))
    scenario.given(course("consented", "S1-003")[:1], _screened_otherwise("S1-003"), _failed("S1-003"))
    scenario.given(course("ordered", "S1-004", place=3), _skipped("S1-004"))
    scenario.given(course("randomized", "S1-005", place=4), _reported("S1-005"))
    scenario.on(29).given(_follow_up("S1-001"), _outcomes("S1-001"))
    _queries(scenario, "S1-001")
    _corrections(scenario, "S1-001")
    scenario.given(_samples("S1-001"))
    scenario.on(40).given(amended(small(RENEWED)), _renewed("S1-001"))
    scenario.given(_signed_here("S1-007"))
    _incidents(scenario)
    _outage(scenario, "S1-006")
    _entries(scenario)
    scenario.on(89).given(_privacy("S1-001"))
    scenario.on(90).given(_ends(), _alerts("S1-001"), _deliveries(), _feeds())
    _records(scenario, "S1-001")
    _after_unblinding(scenario, "S1-001")


def _screened_otherwise(code: str) -> Command:
    fields = {"participant": code, "at": day(0, "08:30"), "sex": "male", "age": 61}
    return course_correction.CorrectScreening.model_validate(fields)


def _forms() -> list[Command]:
    fields = {"site": "S1", "language": "en", "reference": "EC-1"}
    form = {**fields, "sha256": "0f" * 32, "version": "1.0", "at": day(-25)}
    newer = {**form, "version": "1.1", "sha256": "1f" * 32, "at": day(-3), "renews": True, "summary": "news"}
    return [
        consent.RegisterConsentForm.model_validate(form),
        consent.RegisterConsentForm.model_validate({**newer, "valid_until": day(400)}),
        consent.WithdrawConsentForm(site="S1", version="1.1", language="en", ground="misprint"),
    ]


def _signed_here(code: str) -> list[Command]:
    """An electronic consent: the participant signs, then who obtains it."""
    on: dict[str, object] = {"version": "2.0", "language": "de"}
    form = {**on, "site": "S1", "reference": "EC-1", "sha256": "2f" * 32, "at": day(39)}
    signed = {**on, "participant": code, "document": "2f" * 32}
    shown = {"party": "participant", "method": "handwritten", "evidence": "3f" * 32}
    return [
        consent.RegisterConsentForm.model_validate(form),
        *course("screened", code),
        consent.SignConsentAs.model_validate({**signed, **shown}),
        consent.SignConsent.model_validate(signed),
    ]


def _lots() -> list[Command]:
    expires = day(200)
    return [
        product_lot.RegisterLot(lot="L2", bags=("C1", "C2"), expires=expires),
        product_lot.CorrectLot(lot="L2", expires=day(190), bags=("C1", "C3")),
        product_lot.RecordLotTest(lot="L2", test="sterility", result="growth", limit="none", passed=False),
        product_lot.QuarantineLot(lot="L2", reason="sterility"),
        product_lot.RejectLot(lot="L2", reason="sterility confirmed"),
    ]


def _results(code: str) -> list[Command]:
    def said(kind: type[Command], **fields: object) -> Command:
        return kind.model_validate({"participant": code, "visit": "baseline", **fields})

    reading = {"item": "alt", "value": "5000", "unit": "U/L", "accession": "A-7"}
    return [
        said(observation.RecordResults, at=day(0, "11:00"), readings=(reading,), repeat=True),
        said(observation.AnswerEditCheck, result="alt#2", answer="measured again, confirmed"),
        said(observation.CorrectResult, result="tbil", value="5.3"),
        said(observation.CorrectResult, result="ascites", value="none"),
        said(observation.VoidResult, result="alt"),
        said(visit_correction.CorrectResultTime, result="ascites", at=day(0, "09:40")),
        observation.RecordDialysis(participant=code, at=day(0)),
        observation.RecordTreatment(participant=code, at=day(0), treatment="albumin", detail="20 g"),
        outcome_correction.VoidTreatment(participant=code, treatment="dialysis"),
    ]


def _interrupted(code: str) -> list[Command]:
    return [
        infusion.StartInfusion(participant=code),
        infusion.PauseInfusion(participant=code, reason="chills"),
        infusion.ResumeInfusion(participant=code),
        infusion.StopInfusion(participant=code, reason="fever", volume_ml=Decimal("20.5")),
        infusion_correction.CorrectUseBy(participant=code, use_by=day(0, "22:00")),
        infusion_correction.CorrectDose(
            participant=code, volume_ml=Decimal("20.4"), cells_million=Decimal(24)
        ),
        infusion_correction.CorrectInfusionTimes(
            participant=code, thawed=day(0, "10:40"), started=day(0, "10:50"), ended=day(0, "10:58")
        ),
        outcome.NoteDeviation(participant=code, at=day(0), text="the pump was changed"),
    ]


def _failed(code: str) -> list[Command]:
    return [
        participant.AnswerCriteria(participant=code, answers={"disease": False, "pregnant": None}),
        participant.RecordScreenFailure(participant=code, at=day(0)),
    ]


def _skipped(code: str) -> list[Command]:
    skipped = infusion.SkipInfusion(participant=code, reason="fever")
    return [
        skipped,
        infusion_correction.VoidInfusion(participant=code),
        skipped,
        participant.RecordMisrandomization(participant=code, at=day(0), finding="was not in need"),
        participant.RecordUnblinding(
            participant=code, at=day(0), kind="emergency", informed=("the surgeon",), reason="operation"
        ),
        participant.AssessUnblinding(participant=code, assessment="no effect on the assessor"),
    ]


def _reported(code: str) -> list[Command]:
    ended, use_by = day(0, "13:30"), day(0, "20:00")
    report = infusion.RecordInfusion(
        participant=code,
        at=day(0, "12:30"),
        route=arm_routes(small())[3],
        lot="L1",
        bag="B9",
        ended=ended,
        use_by=use_by,
        volume_ml=Decimal(48),
    )
    return [
        report,
        infusion_correction.VoidInfusion(participant=code),
        product_lot.ReturnBag(lot="L1", bag="B9"),
        report,
    ]


def _follow_up(code: str) -> list[Command]:
    taken = day(28, "09:00")
    return [
        visit.ScheduleVisit(participant=code, visit="week-12", appointment=day(84, "09:00")),
        visit.RecordVisit(participant=code, at=taken),
        observation.RecordResults(participant=code, at=taken, visit="week-4", readings=READINGS),
    ]


def _queries(scenario: Scenario, code: str) -> None:
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


def _entries(scenario: Scenario) -> None:
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


def _outage(scenario: Scenario, code: str) -> None:
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


def _after_unblinding(scenario: Scenario, code: str) -> None:
    """An adverse event that is judged otherwise after unblinding, and the investigator who signs for it."""
    worse = adverse_event.RecordAdverseEventChange(
        participant=code, at=day(89), event="ae-1", severity="severe"
    )
    scenario.given(worse)
    waiting = tuple(each.fact for each in change_rows(scenario.view(), code, waiting=True))
    scenario.given(correction.AuthoriseChanges(participant=code, facts=waiting))


def _incidents(scenario: Scenario) -> None:
    what = {"kind": "security", "what": "a notebook was stolen", "serious": True, "personal_data": True}
    scenario.given(incident.ReportIncident.model_validate({"at": day(38), "aware": day(39), **what}))
    [known] = scenario.view().singles(Incident)
    scenario.given(
        incident.AssessIncident(incident=known, serious=False, personal_data=True, why="its disk is sealed"),
        incident.RecordIncidentNotice(
            incident=known, at=day(40), recipient="data_protection", reference="P-1"
        ),
        incident.CloseIncident(incident=known, measures="notebooks stay in the ward"),
    )


def _samples(code: str) -> list[Command]:
    def said(kind: type[Command], **fields: object) -> Command:
        return kind.model_validate({"participant": code, "sample": "T-1", **fields})

    return [
        said(sample.TakeSample, material="serum"),
        said(sample.HandOutSample, recipient="central laboratory", uses=("trial",)),
        said(sample.DestroySample, ground="used up"),
        said(sample_correction.VoidSample, part="destruction"),
        said(sample_correction.CorrectHandOut, recipient="reference laboratory"),
        said(sample_correction.CorrectSample, at=day(28), material="plasma"),
    ]


def _corrections(scenario: Scenario, code: str) -> None:
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


def _records(scenario: Scenario, code: str) -> None:
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


def _outcomes(code: str) -> list[Command]:
    def said(kind: type[Command], **fields: object) -> Command:
        return kind.model_validate({"participant": code, **fields})

    return [
        said(outcome.RecordDecompensation, at=day(20), type="ascites", subtype="new", grade="2"),
        said(outcome.GradeDecompensation, at=day(22), episode="ascites-1", grade="3"),
        said(outcome.RecordDecompensationResolved, at=day(27), episode="ascites-1"),
        said(adverse_event.RecordAdverseEvent, at=day(20), term="Fever", severity="moderate", serious=True),
        *_safety(code),
        said(outcome.ClassifyDeviation, deviation="noted-1", classification="minor", cause="pump"),
        *_handled(code),
    ]


def _safety(code: str) -> list[Command]:
    def said(kind: type[Command], **fields: object) -> Command:
        return kind.model_validate({"participant": code, "event": "ae-1", **fields})

    why = "a day after the infusion"
    return [
        said(adverse_event.AssessCausality, causality="possible", expected=False, why=why),
        said(safety.RecordSubmission, at=day(20, "15:20"), recipient="sponsor", reference="F-1"),
        said(safety.RecordSponsorAwareness, at=day(20, "15:30")),
        said(
            safety.RecordSponsorAssessment,
            at=day(20, "16:00"),
            assessor="Dr Gao",
            causality="unlikely",
            expected=True,
            why="seen with the disease",
        ),
        said(
            adverse_event.RecordAdverseEventChange, at=day(21), criteria=("hospitalization",), aware=day(21)
        ),
        said(
            safety.RecordSafetyFollowUp,
            at=day(22),
            information="the fever is gone",
            outcome="recovered",
            criteria=("hospitalization",),
            note="given by artery",
        ),
        said(safety_correction.CorrectSafetyTime, step="submission", at=day(20, "15:00")),
        said(safety_correction.CorrectSafetyTime, step="sponsor_aware", at=day(20, "15:10")),
        said(safety.CloseSafetyReport),
        adverse_event.RecordAdverseEvent(
            participant=code, at=day(23), term="Fever", severity="mild", criteria=("medically_important",)
        ),
        safety.VoidSafetyReport(participant=code, event="ae-2", why="the same event"),
        *_outcomes_put_right(code),
    ]


def _outcomes_put_right(code: str) -> list[Command]:
    """Of each kind one that was recorded in error, or otherwise than it was."""

    def said(command: type[Command], **fields: object) -> Command:
        return command.model_validate({"participant": code, **fields})

    return [
        said(outcome_correction.CorrectAdverseEvent, event="ae-1", at=day(19, "21:00")),
        said(outcome_correction.VoidAdverseEvent, event="ae-2"),
        said(outcome_correction.CorrectDecompensation, episode="ascites-1", at=day(19), grade="1"),
        said(outcome_correction.CorrectDecompensationGrade, episode="ascites-1", grade="2", at=day(23)),
        said(outcome_correction.CorrectDecompensationResolution, episode="ascites-1", at=day(26)),
        said(outcome_correction.VoidDecompensation, episode="ascites-1", part="resolution"),
    ]


def _handled(code: str) -> list[Command]:
    def said(command: type[Command], **fields: object) -> Command:
        name = deviation_id(code, "noted", "noted-1")
        return command.model_validate({"participant": code, "deviation": name, **fields})

    return [
        said(deviation.ExplainDeviation, cause="a pump failed", hazard="bleeding"),
        said(deviation.RecordDeviationAction, at=day(28), kind="preventive", action="a spare pump"),
        said(deviation.RecordDeviationReport, at=day(28), recipient="ethics", reference="EC-17"),
        said(deviation.RecordHazardNotice, at=day(28), recipient="sponsor"),
    ]


def _renewed(code: str) -> list[Command]:
    return [
        participant.RequestReconsent(participant=code, version="2.0"),
        participant.RecordConsent(
            participant=code, at=day(40, "11:00"), version="2.0", language="zh-CN", copy_given=False
        ),
        consent.RecordBirth(participant=code, born=ClinicalTime.parse("1975-11", "Asia/Shanghai")),
    ]


def _ends() -> list[Command]:
    return [
        product_lot.CorrectLot(lot=LOT, released=day(-1)),
        visit.RecordMissedVisit(participant="S1-002", at=day(36), visit="week-4", reason="travelling"),
        visit_correction.VoidVisit(participant="S1-002", visit="week-4"),
        visit.RecordVisit(participant="S1-002", at=day(34), visit="week-4"),
        visit_correction.CorrectVisit(participant="S1-002", visit="week-4", at=day(35)),
        participant.RecordWithdrawal(participant="S1-002", at=day(50), scope="samples"),
        participant.RecordTransplant(participant="S1-002", at=day(60)),
        participant.RecordDeath(participant="S1-002", at=ClinicalTime.parse("2026-05[Asia/Shanghai]")),
        course_correction.CorrectEvent(participant="S1-002", event="death", at=day(75)),
        participant.RecordLossToFollowUp(participant="S1-004", at=day(70), attempts=3),
        participant.RecordEndOfFollowUp(participant="S1-005", at=day(84)),
        participant.CompleteParticipant(participant="S1-001"),
    ]


def _alerts(code: str) -> list[Command]:
    told = [
        alert.RaiseAlert(
            rule=rule,
            about=AlertRule(rule),
            role=Role.COORDINATOR,
            participant=code,
            site="S1",
            subject="week-12",
            revision="59-12",
            due_at=Instant.of(day(on).earliest),
            deadline=day(98),
            facts=(59,),
            version="1.0",
        )
        for rule, on in (("visit_due", 84), ("window_closing", 96))
    ]
    due, closing = (alert.id_of(each, TRIAL) for each in told)
    return [
        told[0],
        alert.EscalateAlert(alert=due, level=1, role=Role.INVESTIGATOR, due_at=Instant.of(day(88).earliest)),
        alert.AcknowledgeAlert(alert=due, reason="the participant comes tomorrow"),
        told[1],
        alert.SupersedeAlert(alert=due, reason="graver", by=closing),
        alert.ResolveAlert(alert=closing, reason="participant_completed", facts=(59,)),
    ]


def _feeds() -> list[Command]:
    digest = "ab" * 32
    return [
        calendar_feed.IssueFeed(digest=digest, site="S1", holder="ward 3"),
        calendar_feed.RevokeFeed(feed=f"feed-{digest[:12]}", reason="the ward was closed"),
    ]


def _deliveries() -> list[Command]:
    subjects = ("digest/S1/2026-05-31", "digest/S2/2026-05-31", "digest/S1/2026-06-01")
    ids = [delivery_id(TRIAL, subject, "crc") for subject in subjects]
    return [
        *(delivery.RequestDelivery(subject=each, contact="crc", channel="mail") for each in subjects),
        delivery.RecordAttempt(delivery=ids[0], outcome=Outcome.DEFERRED, detail="451"),
        delivery.RecordAttempt(delivery=ids[0], outcome=Outcome.ACCEPTED, detail="250"),
        delivery.RecordAttempt(delivery=ids[1], outcome=Outcome.REFUSED, detail="550"),
        delivery.CancelDelivery(delivery=ids[2], reason="day_passed"),
    ]


def _clock() -> list[NewFact]:
    told, expected = (Instant.of(day(90, clock).earliest) for clock in ("12:30", "12:00"))
    jumped = ClockJumped(seconds=1800, told=told, expected=expected, against="steady_clock")
    off = ClockDriftMeasured(seconds=1800, told=told, reference=expected, against="time_server")
    return [NewFact(CLOCK_STREAM, day(90), "", fact) for fact in (jumped, off)]


def _backup() -> list[NewFact]:
    name = "trialog-20260531T040000Z.db"
    made = BackupMade(backup=name, digest="0" * 64, facts=120)
    failed = RestoreFailed(backup=name, fault="the disk was full")
    proved = RestoreProved(backup=name, facts=120)
    return [NewFact(f"backup/{name}", day(90), "", fact) for fact in (made, failed, proved)]


def _upkeep() -> list[NewFact]:
    facts = (
        StoreVerified(logs=2, facts=120),
        StoreNotVerified(fault="fact in T-1 at 7"),
        BackupFailed(fault="backup.failed"),
        SignerRefused(fault="ledger.rewritten"),
        SignerSignsAgain(),
    )
    return [NewFact(UPKEEP_STREAM, day(90), "", fact) for fact in facts]


def _closing() -> list[Command]:
    return [
        trial.CloseEnrolment(),
        trial.NameDataCut(name="interim", position=50),
        viewing.ViewAllocation(question="participant.show", purpose="dosing", participant="S1-001"),
        trial.FreezeTrial(),
        trial.UnlockTrial(),
        trial.LockTrial(),
        trial.RequestTrialUnlock(),
        trial.UnlockTrial(),
        trial.LockTrial(),
        trial.RevealSecret(),
        trial.ArchiveTrial(),
        export.RecordExport(
            kind="bundle",
            scope="whole record",
            reader=Role.INSPECTOR,
            purpose="inspection",
            position=100,
            sha256="0f" * 32,
        ),
    ]


def _privacy(code: str) -> list[Command]:
    ground = "asked for by the participant"
    return [
        privacy.RecordIdentity(participant=code, name="Golden Person", phone="0000"),
        privacy.ViewIdentity(participant=code, purpose="telephone visit"),
        privacy.RestrictProcessing(participant=code, ground=ground),
        privacy.LiftRestriction(participant=code, ground=ground),
        privacy.RequestRedaction(position=80, part=Part.ENVELOPE, field="reason_text", ground="a name"),
        privacy.ApproveRedaction(redaction="80-reason_text"),
    ]


def _erasure(code: str) -> list[Command]:
    return [
        privacy.RequestErasure(participant=code, ground="retention has ended"),
        privacy.ApproveErasure(participant=code),
    ]


def _signed() -> list[NewFact]:
    """What a ledger says of itself: in a store, the first three stand in the system log."""
    origin, root = origin_of(TRIAL), "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU="
    old, new = (str(Key(origin, LOG_KEY, bytes([number]) * 32)) for number in (1, 2))
    declared = IncarnationDeclared(
        origin=origin_of(TRIAL, 2),
        incarnation=2,
        note=f"{origin}\n120\n{root}\n\n— {origin} AAECAwQF\n",
        restored=100,
        lost_from=101,
        lost_to=120,
        reason="the disk failed; the last backup was of the night before",
        approver="zhao.pi",
    )
    renewed = LogRenewed(
        log=TRIAL,
        origin=origin,
        size=120,
        algorithm="sha512",
        note=f"{Renewal(origin, 120, 'sha512', bytes(64))}\n— {origin} AAAAAAAA\n",
    )
    return [
        *of_log(TRIAL, LogOpened(log=TRIAL, origin=origin)),
        *of_log(TRIAL, KeyRegistered(log=TRIAL, origin=origin, vkey=old)),
        *of_log(TRIAL, CheckpointSigned(log=TRIAL, origin=origin, size=120, root=root)),
        *of_log(TRIAL, renewed),
        *of_log(SELF, KeyRotated(origin=origin, old=old, new=new), declared),
    ]


# ---------------------------------------------------------------- files


def line_of(entry: Entry, data: bytes) -> str:
    """A fact with its envelope as one line of a history; `data` is its bytes as stored."""
    record, command = entry
    told: dict[str, Any] = {
        "position": record.position,
        "stream": record.stream,
        "version": record.version,
        "topic": record.fact.TOPIC,
        "effective_at": record.effective_at,
        "protocol_version": record.protocol_version,
        "data": data.decode(),
        "command": {**command._asdict(), "attribution": asdict(command.attribution)},
    }
    return json.dumps(told, ensure_ascii=False)


def record_of(line: str) -> tuple[Record, int]:
    """The fact of a line, and the last position of its command."""
    told = json.loads(line)
    fact = FACTS.read(told["topic"], told["data"])
    record = Record(
        told["position"],
        told["stream"],
        told["version"],
        ClinicalTime(told["effective_at"]),
        told["protocol_version"],
        fact,
    )
    return record, told["command"]["last"]


def folded(lines: list[str]) -> Iterator[Document]:
    """The read-model rows that a history leaves, by model and key."""
    fold, last = TrialFold(), 0
    touched: dict[Touched, None] = {}
    for line in lines:
        record, last = record_of(line)
        for change in fold.apply(record):
            touched[change] = None
    return iter(sorted(project(fold, touched, last)))


def told(documents: Iterator[Document]) -> str:
    """Read-model rows as a file that people can compare."""
    rows = {f"{each.model} {each.key}".strip(): json.loads(each.body) for each in documents}
    return json.dumps(rows, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main() -> None:
    """Play the trial and write what is missing."""
    with tempfile.TemporaryDirectory() as folder:
        scenario = Scenario(Path(folder))
        play(scenario)
        entries = list(scenario.app.reading.entries(TRIAL))
        stored = [data for (data,) in scenario.store.rows("SELECT data FROM fact ORDER BY position")]
        scenario.close()
    lines = [line_of(entry, data) for entry, data in zip(entries, stored, strict=True)]
    history = HISTORY_FILES / f"{__version__}.jsonl"
    history.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    history.with_suffix(".documents.json").write_text(told(folded(lines)), "utf-8")
    for each, data in zip(entries, stored, strict=True):
        file = FACT_FILES / f"{each.record.fact.TOPIC}.json"
        if not file.exists():
            file.write_bytes(data)


if __name__ == "__main__":
    main()
