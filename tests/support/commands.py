"""Any command there is, sensible or not, for tests that ask what a trial can be brought to."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from domain.alert_plan import AlertRule
from domain.clinical_time import Instant
from domain.consent import Purpose
from domain.correction import correction_at
from domain.delegation import Task
from domain.delivery import Outcome, delivery_id
from domain.entry import transcription_at
from domain.incident import incident_at
from domain.outage import package_id
from domain.query import query_at
from domain.record import Role
from tests.support.trial import (
    DROP,
    LOT,
    RENEWED,
    SECRET,
    START,
    TRIAL,
    active,
    at,
    course,
    day,
    small,
)
from workflows import (
    access,
    adverse_event,
    alert,
    casebook_record,
    consent,
    correction,
    course_correction,
    delivery,
    deviation,
    export,
    incident,
    infusion,
    infusion_correction,
    observation,
    originator,
    outage,
    outcome_correction,
    participant,
    privacy,
    product_lot,
    query,
    safety,
    safety_correction,
    sample,
    sample_correction,
    trail_review,
    viewing,
    visit,
    visit_correction,
)
from workflows.command import COMMANDS, Command, OfSystem

CODES = ("S1-001", "S1-002", "S1-003", "S1-004", "S1-005")
VERSIONS = (
    small(),
    small(RENEWED | {"schedule.visits.week-4.day": 35}),
    small({"version": "3.0", "schedule.visits.week-12": DROP, "enrolment.target": 9}),
)

PACKAGE = package_id("0e" * 32)
_codes = st.sampled_from((*CODES[:4] * 3, *CODES, "S1-404"))
_labels = st.sampled_from(("1.0", "2.0", "3.0"))
_visits = st.sampled_from(("baseline", "week-4", "week-12") * 3 + ("unscheduled-1", "unscheduled-2"))
_results = st.sampled_from(("alt", "tbil", "ascites", "alt#2") * 3 + ("hair",))
_lots = st.sampled_from((LOT, LOT, "L2", "L9"))
_bags = st.sampled_from(("B1", "B2", "B3", "B4", "B30", "X1"))
_dated = st.sampled_from(
    ("death", "consent", "withdrawal", "screen_failure", "loss", "transplant", "end_of_follow_up")
)
_words = st.sampled_from(("fever", "a mistake", "发热"))
_routes = st.sampled_from(("vein", "artery", "mouth"))
_past = st.one_of(
    st.builds(day, st.integers(-20, 0), st.sampled_from(("", "08:00", "11:30"))),
    st.sampled_from((at("2026"), at("2026-02"), at("2026-03-29T03:30", "Europe/Berlin"))),
)
_then = st.sampled_from((None,) * 7 + (day(-20), day(0), day(0, "11:30"), day(0, "08:00")))
_later = st.builds(day, st.integers(0, 60), st.sampled_from(("", "15:00")))
_ends = st.sampled_from((None, "recovered", "fatal"))
_amounts = st.one_of(st.none(), st.sampled_from((Decimal("0.5"), Decimal(60))))


def _readings() -> SearchStrategy[tuple[observation.Reading, ...]]:
    reading = st.one_of(
        st.builds(
            observation.Reading,
            item=st.just("alt"),
            value=st.sampled_from(("40", "<5", "4500", "0.5", "20000", "41", "high")),
            unit=st.sampled_from(("U/L",) * 5 + ("ukat/L",)),
        ),
        st.builds(
            observation.Reading,
            item=st.just("tbil"),
            value=st.sampled_from(("1.2", ">30")),
            unit=st.sampled_from(("umol/L", "mg/dl")),
        ),
        st.builds(
            observation.Reading,
            item=st.just("ascites"),
            value=st.sampled_from(("none", "mild") * 3 + ("huge",)),
        ),
    )
    return st.lists(reading, min_size=1, max_size=3).map(tuple)


ALERTS = tuple(
    alert.RaiseAlert(
        rule="visit_due",
        about=AlertRule.VISIT_DUE,
        role=Role.COORDINATOR,
        participant=code,
        site="S1",
        subject="week-4",
        revision="1-1",
        due_at=Instant.of(START),
        version="1.0",
    )
    for code in CODES[:2]
)
"""Commands that raise the alerts which random commands are about."""

_BY_FIELD: dict[str, SearchStrategy[Any]] = {
    "participant": _codes,
    "version": _labels,
    "site": st.sampled_from(("S1", "S1", "S2", "S9")),
    "lot": _lots,
    "bag": _bags,
    "bags": st.just(("X1", "X2")),
    "visit": _visits,
    "result": _results,
    "route": _routes,
    "reason": _words,
    "infusion": st.sampled_from((1, 1, 1, 2)),
    "weight_kg": _amounts,
    "volume_ml": _amounts,
    "cells_million": _amounts,
    "viability_percent": _amounts,
    "expires": _later,
    "use_by": _later,
    "ended": st.one_of(st.none(), _past),
    "appointment": _later,
    "age": st.sampled_from((None, Decimal(17), Decimal(50))),
    "sex": st.sampled_from((None, "female", "male")),
    "language": st.sampled_from(("zh-CN", "en")),
    "parties": st.sampled_from((("participant", "investigator"), ("participant",))),
    "copy_given": st.booleans(),
    "granted": st.sampled_from(((), ("cross_border",))),
    "answers": st.sampled_from(
        ({"disease": True, "pregnant": False}, {"disease": False}, {"pregnant": None}, {"eyes": True})
    ),
    "arm": st.sampled_from(("by-vein", "by-mouth")),
    "reasons": st.sampled_from(((), ("no disease",))),
    "finding": _words,
    "informed": st.just(("the surgeon",)),
    "assessment": _words,
    "attempts": st.integers(0, 3),
    "cause": st.sampled_from(("", "liver failure")),
    "repeat": st.sampled_from((True, True, False)),
    "readings": _readings(),
    "answer": _words,
    "was": st.sampled_from((None, None, None, "40")),
    "detail": st.sampled_from(("", "20 g")),
    "treatment": st.just("albumin"),
    "type": st.sampled_from(("ascites", "ascites", "bleeding", "itch")),
    "subtype": st.just(""),
    "grade": st.sampled_from(("1", "2")),
    "episode": st.sampled_from(("ascites-1", "ascites-1", "bleeding-1")),
    "term": _words,
    "event": st.sampled_from(("ae-1", "ae-1", "ae-2")),
    "criteria": st.sampled_from(((), ("hospitalization",), ("death",))),
    "aware": st.one_of(st.none(), _past),
    "assessor": st.just("Dr Gao"),
    "causality": st.sampled_from(("unrelated", "possible", "definite")),
    "expected": st.sampled_from((None, True, False)),
    "why": _words,
    "recipient": st.sampled_from(("sponsor", "sponsor", "authority")),
    "information": _words,
    "significant": st.booleans(),
    "severity": st.sampled_from(("mild", "fatal")),
    "serious": st.booleans(),
    "text": _words,
    "deviation": st.sampled_from(("noted-1", "dev-0123456789ab")),
    "classification": st.sampled_from(("minor", "major")),
    "correction": st.just(""),
    "question": st.just("participant.show"),
    "transcription": st.sampled_from([transcription_at(number) for number in range(90, 110)]),
    "first": st.sampled_from((20, 95, 10**6)),
    "last": st.sampled_from((20, 95)),
    "agrees": st.booleans(),
    "device": st.just("ediary-7"),
    "captured": _past,
    "device_time": st.none(),
    "source": st.sampled_from(("ediary-7", "central-lab")),
    "about": _words,
    "package": st.just(PACKAGE),
    "envelope": st.sampled_from(("A-3", "A-4", "U-S1-001", "U-S1-002")),
    "participants": st.just(("S1-001", "S1-002")),
    "places": st.integers(0, 3),
    "taken": st.just(2),
    "opened": st.sampled_from(((), ("A-3",))),
    "incident": st.sampled_from([incident_at(number) for number in range(90, 110)]),
    "what": _words,
    "personal_data": st.booleans(),
    "measures": _words,
    "hazard": st.sampled_from(("", "bleeding")),
    "action": _words,
    "checkers": st.sampled_from((("nurse A", "nurse B"), ("nurse A",))),
    "medication": st.sampled_from(("", "chlorphenamine")),
    "confirmation": st.sampled_from(("", "angiography")),
    "intact": st.booleans(),
    "hours": st.integers(0, 24),
    "reactions": st.just(""),
    "test": st.just("sterility"),
    "limit": st.just("none"),
    "passed": st.booleans(),
    "basis": st.sampled_from(("final", "interim")),
    "reference": _words,
    "summary": _words,
    "secret": st.just(SECRET),
    "trial": st.just(TRIAL),
    "document": st.sampled_from([version.text for version in VERSIONS]),
    "digest": st.sampled_from([version.digest for version in VERSIONS]),
    "name": st.sampled_from(("interim", "final")),
    "position": st.sampled_from((None, 1, 20, 10**6)),
    "scope": st.sampled_from(("treatment", "visits", "samples", "future_use", "all")),
    "origin": st.just("trialog/T-1"),
    "old": st.just("trialog/T-1+00000000+AQ=="),
    "new": st.sampled_from(("trialog/T-1+00000001+AQ==", "trialog/T-1+00000002+AQ==")),
    "approver": _words,
    "note": st.just(""),
    "agreed": st.just(0),
    "outcome": st.sampled_from(("completed", "stopped_early")),
    "birth_date": st.just("1970-01-01"),
    "phone": st.just(""),
    "hospital_number": st.just(""),
    "national_id": st.just(""),
    "purpose": st.just("a call"),
    "ground": st.just("asked for"),
    "part": st.sampled_from(("fact", "envelope")),
    "field": st.sampled_from(("cause", "reason_text")),
    "redaction": st.sampled_from(("1-cause", "20-cause", "1-reason_text", "20-reason_text")),
    "alert": st.sampled_from([alert.id_of(each, TRIAL) for each in ALERTS]),
    "level": st.integers(1, 2),
    "role": st.just(Role.INVESTIGATOR),
    "due_at": st.just(Instant.of(START)),
    "by": st.none(),
    "account": st.sampled_from(("li.crc", "wu.oa")),
    "tasks": st.just((Task.CONSENT, Task.DATA_ENTRY)),
    "starts": st.none(),
    "ends": st.one_of(st.none(), _later),
    "delegation": st.sampled_from(("d-1", "d-2")),
    "subject": st.just("protocol"),
    "accounts": st.just(4),
    "roster": st.just("0d" * 32),
    "findings": st.just("in order"),
    "facts": st.just((1,)),
    "holder": _words,
    "feed": st.just(f"feed-{VERSIONS[0].digest[:12]}"),
    "contact": st.just("crc"),
    "channel": st.just("mail"),
    "delivery": st.sampled_from(
        [delivery_id(TRIAL, f"digest/S1/2026-03-0{number}", "crc") for number in (2, 3)]
    ),
    "query": st.sampled_from((None,) * 5 + ("Q-20",)),
    "resolution": st.just(""),
    "sha256": st.sampled_from(("0f" * 32, "1f" * 32)),
    "protocol": st.sampled_from((None, None, "2.0")),
    "valid_from": st.none(),
    "valid_until": st.one_of(st.none(), _later),
    "renews": st.booleans(),
    "sample": st.sampled_from(("T-1", "T-2")),
    "material": st.just("serum"),
    "uses": st.sampled_from(((), (), (Purpose.CROSS_BORDER,))),
    "permit": st.sampled_from(("", "P-7")),
    "country": st.sampled_from(("", "CN", "DE")),
    "genetic": st.sampled_from((False, False, True)),
    "whole": st.sampled_from((False, False, True)),
    "left_out": st.just(0),
    "value": st.sampled_from((None, "40", "41", ">500", "none", "mild", "high")),
    "unit": st.just(""),
    "requester": st.sampled_from(("participant", "representative")),
    "evidence": _words,
    "ticket": _words,
    "signed": st.just({}),
    "recorded": st.sampled_from((None, None, None, day(0))),
    "born": st.sampled_from((at("1970"), at("2008-04"), at("2008-04-05"))),
    "record": st.sampled_from(("casebook", "baseline", "baseline", "consent", "week-4", "baseline/alt")),
    "meaning": st.sampled_from(("approval", "review")),
    "covers": st.sampled_from((1, 20, 200, 10**6)),
    "content": st.just("0f" * 32),
    "sheet": st.just("0f" * 32),
    "root": st.sampled_from(("", "0" * 64)),
}
"""What the fields of commands may be, by name."""

CLOSING = (
    casebook_record.FreezeRecord,
    casebook_record.UnfreezeRecord,
    casebook_record.LockRecord,
    casebook_record.RequestRecordUnlock,
    casebook_record.UnlockRecord,
)

_OF_KIND: dict[tuple[type[Command], str], SearchStrategy[Any]] = {
    (access.ReviewAccess, "position"): st.just(20),
    (originator.RegisterOriginator, "kind"): st.sampled_from(("device", "import")),
    (outage.IssuePackage, "sha256"): st.just("0e" * 32),
    (outage.DeclareOutage, "ended"): st.none(),
    (incident.ReportIncident, "kind"): st.sampled_from(("security", "breach")),
    (incident.RecordIncidentNotice, "recipient"): st.sampled_from(("authority", "data_protection")),
    (viewing.ViewAllocation, "participant"): st.one_of(st.none(), _codes),
    (trail_review.ReviewAuditTrail, "first"): st.just(1),
    (trail_review.ReviewAuditTrail, "last"): st.sampled_from((1, 5, 10**6)),
    (trail_review.ReviewAuditTrail, "signals"): st.just(("late_entry 1",)),
    (trail_review.ReviewAuditTrail, "material"): st.just("0d" * 32),
    (trail_review.ReviewAuditTrail, "enterers"): st.sampled_from(((), ("coordinator", "monitor"))),
    (trail_review.ReviewAuditTrail, "begin"): st.just(""),
    (trail_review.ReviewAuditTrail, "end"): st.just(""),
    (deviation.ExplainDeviation, "cause"): _words,
    (deviation.RecordDeviationAction, "kind"): st.sampled_from(("corrective", "preventive")),
    **{
        (kind, "record"): st.sampled_from(("casebook", "baseline", "baseline", "consent"))
        for kind in (casebook_record.SignRecord, *CLOSING)
    },
    **{(kind, "site"): st.none() for kind in CLOSING},
    (casebook_record.SignRecord, "facts"): st.just(1),
    (casebook_record.VerifyRecord, "facts"): st.just(1),
    (alert.ResolveAlert, "reason"): st.just("visit_attended"),
    (alert.SupersedeAlert, "reason"): st.just("graver"),
    (delivery.RequestDelivery, "subject"): st.sampled_from(("digest/S1/2026-03-02", "digest/S1/2026-03-03")),
    (delivery.RecordAttempt, "outcome"): st.sampled_from(Outcome),
    (delivery.CancelDelivery, "reason"): st.just("day_passed"),
    **{
        (kind, "query"): st.sampled_from([query_at(number) for number in range(90, 120)])
        for kind in (query.AnswerQuery, query.CloseQuery, query.ReopenQuery, query.CancelQuery)
    },
    **{
        (kind, "uses"): st.sampled_from(((Purpose.TRIAL,), (Purpose.CROSS_BORDER,)))
        for kind in (sample.HandOutSample, sample.RecordHandOut)
    },
    (safety_correction.CorrectSafetyTime, "step"): st.sampled_from(("sponsor_aware", "submission")),
    (safety_correction.CorrectSafetyTime, "recipient"): st.sampled_from((None, None, "sponsor")),
    (safety_correction.VoidSubmission, "recipient"): st.sampled_from(("sponsor", "sponsor", "ethics")),
    (sample_correction.CorrectSample, "material"): st.sampled_from((None, "serum", "plasma")),
    (sample_correction.CorrectHandOut, "uses"): st.sampled_from((None, None, (Purpose.CROSS_BORDER,))),
    (sample_correction.CorrectHandOut, "recipient"): st.sampled_from((None, "biobank")),
    (sample_correction.VoidSample, "part"): st.sampled_from(("sample", "hand_out", "destruction")),
    (sample.HandOutSample, "recipient"): st.just("central laboratory"),
    (sample.RecordHandOut, "recipient"): st.just("central laboratory"),
    **{
        (kind, "correction"): st.sampled_from([correction_at(number) for number in range(90, 120)])
        for kind in (
            correction.AcceptCorrection,
            correction.RejectCorrection,
            correction.ApproveFix,
            correction.ApplyFix,
        )
    },
    (correction.AuthoriseChanges, "facts"): st.sampled_from(((95,), (100, 101))),
    (query.OpenQuery, "visit"): st.one_of(st.none(), _visits),
    (query.OpenQuery, "result"): st.one_of(st.none(), _results),
    (consent.SignConsent, "party"): st.sampled_from(("investigator", "investigator", "participant")),
    (consent.SignConsentAs, "party"): st.sampled_from(("participant", "participant", "witness")),
    (consent.SignConsentAs, "document"): st.just("0f" * 32),
    (consent.SignConsentAs, "method"): st.just("handwritten"),
    (consent.SignConsentAs, "evidence"): st.sampled_from(("3f" * 32, "4f" * 32)),
    (consent.SignConsent, "document"): st.sampled_from(("0f" * 32, "1f" * 32)),
    (participant.RecordConsent, "document"): st.sampled_from((None, None, "0f" * 32, "1f" * 32)),
    (observation.RecordResults, "visit"): st.one_of(st.none(), _visits),
    (visit.RecordVisit, "visit"): st.one_of(st.none(), _visits),
    (visit_correction.VoidVisit, "with_results"): st.booleans(),
    (privacy.RequestRedaction, "position"): st.sampled_from((1, 20, 10**6)),
    (observation.CorrectResult, "value"): st.sampled_from(("40", "41", ">500", "none", "mild", "high")),
    (observation.CorrectResult, "unit"): st.just(""),
    (observation.RecordDialysis, "kind"): st.sampled_from(("intermittent", "continuous_24h")),
    (participant.RecordUnblinding, "kind"): st.sampled_from(("planned", "emergency")),
    (outcome_correction.CorrectDecompensation, "type"): st.sampled_from((None, None, "bleeding", "itch")),
    (outcome_correction.CorrectDecompensation, "grade"): st.sampled_from((None, "1", "2")),
    (outcome_correction.CorrectDecompensation, "subtype"): st.sampled_from((None, "new")),
    (outcome_correction.CorrectDecompensationGrade, "grade"): st.sampled_from((None, "1", "2")),
    (outcome_correction.VoidDecompensation, "part"): st.sampled_from(
        ("decompensation", "grade", "resolution")
    ),
    (product_lot.CorrectLot, "expires"): st.one_of(st.none(), _later),
    (product_lot.CorrectLot, "released"): st.one_of(st.none(), st.none(), _past),
    (product_lot.CorrectLot, "bags"): st.sampled_from(((), (), ("X1", "X2"), ("X1", "B1"))),
    (product_lot.RecordLotTest, "result"): _words,
    (safety.OpenSafetyReport, "criteria"): st.sampled_from((("hospitalization",), ("death",))),
    (safety.OpenSafetyReport, "term"): st.one_of(st.none(), _words),
    (adverse_event.RecordAdverseEventChange, "outcome"): _ends,
    (safety.RecordSafetyFollowUp, "outcome"): _ends,
    (safety.OpenSafetyReport, "event"): st.sampled_from((None, "ae-1", "ae-2")),
    (infusion.RecordInfusion, "lot"): st.one_of(st.none(), _lots),
    (infusion.RecordInfusion, "bag"): st.one_of(st.none(), _bags),
    (infusion.RecordInfusion, "use_by"): st.one_of(st.none(), _later),
    (course_correction.CorrectEvent, "event"): _dated,
    (course_correction.VoidEvent, "event"): st.one_of(_dated, st.just("completion")),
    **{
        (kind, name): st.one_of(st.none(), known)
        for kind in (course_correction.CorrectEvent, course_correction.VoidEvent)
        for name, known in (("version", st.just("1.0")), ("scope", st.just("treatment")))
    },
    (course_correction.CorrectEvent, "cause"): st.one_of(st.none(), _words),
    (infusion.StopInfusion, "volume_ml"): _amounts,
    **{
        (infusion_correction.CorrectInfusionTimes, name): st.one_of(st.none(), _past)
        for name in ("thawed", "started", "ended")
    },
    **{
        (infusion_correction.CorrectInfusionTimes, name): st.one_of(st.just(()), st.tuples(_past))
        for name in ("paused", "resumed")
    },
    (infusion_correction.CorrectDose, "cells_million"): st.sampled_from((Decimal(1), Decimal(60))),
    (export.RecordExport, "kind"): st.just("bundle"),
    (export.RecordExport, "participants"): st.sampled_from(((), ("S1-001",))),
    (export.RecordExport, "reader"): st.sampled_from((Role.INSPECTOR, Role.OUTCOME_ASSESSOR)),
    (export.RecordExport, "position"): st.sampled_from((1, 20, 10**6)),
    (export.RecordExport, "sha256"): st.just("0f" * 32),
}
"""What a field may be where its name means something else."""


@cache
def of_kind(kind: type[Command]) -> SearchStrategy[Command]:
    """Any command of one kind."""
    if kind is alert.RaiseAlert:
        return st.sampled_from(ALERTS)
    fields = {}
    for name in kind.model_fields:
        if name == "at":
            fields[name] = _past if kind.model_fields[name].is_required() else _then
        else:
            fields[name] = _OF_KIND[kind, name] if (kind, name) in _OF_KIND else _BY_FIELD[name]
    return st.builds(kind, **fields)


def lacking() -> list[str]:
    """The fields of commands that nothing is known for here: none, or random histories cannot be made."""
    return [
        f"{name}: {field}"
        for name, kind in sorted(COMMANDS.items())
        if not issubclass(kind, OfSystem) and kind is not alert.RaiseAlert
        for field in kind.model_fields
        if field != "at" and field not in _BY_FIELD and (kind, field) not in _OF_KIND
    ]


@cache
def commands(*of: str, but: tuple[str, ...] = ()) -> SearchStrategy[Command]:
    """Any command; with `of`, one whose kind begins so; never one whose kind begins with one of `but`."""
    kinds = [
        kind
        for name, kind in sorted(COMMANDS.items())
        if name.startswith(of or ("",))
        and not issubclass(kind, OfSystem)
        and not (but and name.startswith(but))
    ]
    return st.sampled_from(kinds).flatmap(of_kind)


ENDING = (
    "trial.",
    "lot.",
    "participant.record_death",
    "participant.record_end_of_follow_up",
    "participant.record_loss_to_follow_up",
    "participant.record_screen_failure",
    "participant.record_withdrawal",
)
"""Kinds after which little more can happen: left out where a long history is wanted."""


def under_way() -> list[Command]:
    """A trial with participants at several stages, from which random commands go on."""
    return [
        *active(),
        product_lot.RegisterLot(lot="L2", bags=("X1",), expires=day(20), at=day(-10)),
        *course("accessed", CODES[0], place=1),
        *course("randomized", CODES[1], place=2),
        *course("eligible", CODES[2], place=3),
        *course("answered", CODES[3], place=3),
    ]
