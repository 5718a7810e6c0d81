"""What the participants of the golden trial go through: consent, results, infusions, visits, ends."""

from __future__ import annotations

from decimal import Decimal

from domain.clinical_time import ClinicalTime
from tests.support.trial import LOT, READINGS, arm_routes, course, day, small
from workflows import (
    consent,
    course_correction,
    infusion,
    infusion_correction,
    observation,
    outcome,
    outcome_correction,
    participant,
    product_lot,
    sample,
    sample_correction,
    visit,
    visit_correction,
)
from workflows.command import Command


def forms() -> list[Command]:
    fields = {"site": "S1", "language": "en", "reference": "EC-1"}
    form = {**fields, "sha256": "0f" * 32, "version": "1.0", "at": day(-25)}
    newer = {**form, "version": "1.1", "sha256": "1f" * 32, "at": day(-3), "renews": True, "summary": "news"}
    return [
        consent.RegisterConsentForm.model_validate(form),
        consent.RegisterConsentForm.model_validate({**newer, "valid_until": day(400)}),
        consent.WithdrawConsentForm(site="S1", version="1.1", language="en", ground="misprint"),
    ]


def signed_here(code: str) -> list[Command]:
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


def screened_otherwise(code: str) -> Command:
    fields = {"participant": code, "at": day(0, "08:30"), "sex": "male", "age": 61}
    return course_correction.CorrectScreening.model_validate(fields)


def failed(code: str) -> list[Command]:
    return [
        participant.AnswerCriteria(participant=code, answers={"disease": False, "pregnant": None}),
        participant.RecordScreenFailure(participant=code, at=day(0)),
    ]


def results(code: str) -> list[Command]:
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


def lots() -> list[Command]:
    expires = day(200)
    return [
        product_lot.RegisterLot(lot="L2", bags=("C1", "C2"), expires=expires),
        product_lot.CorrectLot(lot="L2", expires=day(190), bags=("C1", "C3")),
        product_lot.RecordLotTest(lot="L2", test="sterility", result="growth", limit="none", passed=False),
        product_lot.QuarantineLot(lot="L2", reason="sterility"),
        product_lot.RejectLot(lot="L2", reason="sterility confirmed"),
    ]


def interrupted(code: str) -> list[Command]:
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
            participant=code, thawed=day(0, "10:40"), started=day(0, "10:50"), ended=day(0, "13:06")
        ),
        outcome.NoteDeviation(participant=code, at=day(0), text="the pump was changed"),
    ]


def skipped(code: str) -> list[Command]:
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


def reported(code: str) -> list[Command]:
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


def follow_up(code: str) -> list[Command]:
    taken = day(28, "09:00")
    return [
        visit.ScheduleVisit(participant=code, visit="week-12", appointment=day(84, "09:00")),
        visit.RecordVisit(participant=code, at=taken),
        observation.RecordResults(participant=code, at=taken, visit="week-4", readings=READINGS),
    ]


def renewed(code: str) -> list[Command]:
    return [
        participant.RequestReconsent(participant=code, version="2.0"),
        participant.RecordConsent(
            participant=code, at=day(40, "11:00"), version="2.0", language="zh-CN", copy_given=False
        ),
        consent.RecordBirth(participant=code, born=ClinicalTime.parse("1975-11", "Asia/Shanghai")),
    ]


def samples(code: str) -> list[Command]:
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


def ends() -> list[Command]:
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
