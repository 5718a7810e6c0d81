"""Every rule that refuses, and what makes it speak: what was done before, and the command it then refuses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from domain.consent_given import ConsentGiven
from domain.delivery import Outcome, delivery_id
from domain.errors import Denied, Invalid, NotFound, Refused, TrialogError
from domain.ledger.note import LOG_KEY, Checkpoint, Key, Note, Signature, origin_of
from domain.ledger.renewal import Renewal
from domain.privacy import Part
from domain.record import Attribution, NewFact, Role
from domain.trial import UnlockRequested
from tests.support.commands import ALERTS
from tests.support.trial import (
    DROP,
    EXTERNAL,
    LOT,
    TRIAL,
    active,
    adopted,
    amended,
    arm_routes,
    at,
    course,
    day,
    entitled,
    of_participant,
    of_trial,
    person,
    small,
)
from workflows import (
    activation,
    adverse_event,
    alert,
    backup,
    calendar_feed,
    delivery,
    export,
    infusion,
    observation,
    outcome,
    participant,
    privacy,
    product_lot,
    safety,
    signed_log,
    trial,
    unblinding,
    visit,
)
from workflows.command import Command

CODE = "S1-001"


class Refusal(NamedTuple):
    """A rule's code and kind, what was given, and the command it refuses."""

    code: str
    kind: type[TrialogError]
    given: tuple[Command | NewFact, ...]
    command: Command
    by: Attribution | None = None
    on: int = 0


def _refused(
    code: str,
    given: Iterable[Command | NewFact],
    command: Command,
    kind: type[TrialogError] = Refused,
    by: Attribution | None = None,
    on: int = 0,
) -> Refusal:
    return Refusal(code, kind, tuple(given), command, by, on)


def _without(commands: list[Command], *kinds: type[Command]) -> list[Command]:
    return [command for command in commands if not isinstance(command, kinds)]


ASSUMED = small({"enrolment": {"target": 8, "assumed": "a guess"}})
ELSEWHERE = small(EXTERNAL)
ONE_PLACE = small({"enrolment.target": 1})
TWO_PLACES = small({"enrolment.target": 2, "version": "2.0"})
NO_FIRST_SITE = small({"sites.S1": DROP, "version": "2.0"})
CLOSED = [*active(), trial.CloseEnrolment()]
LOCKED = [*CLOSED, trial.LockTrial()]
UNLOCKED = [trial.RequestTrialUnlock(), trial.UnlockTrial()]
REVEALED = [*LOCKED, trial.RevealSecret()]
ARCHIVED = [*LOCKED, trial.ArchiveTrial()]


def _course(upto: str, *more: Command | NewFact) -> list[Command | NewFact]:
    return [*active(), *course(upto), *more]


def _death() -> participant.RecordDeath:
    return participant.RecordDeath(participant=CODE, at=day(0, "11:30"))


def _transplant() -> participant.RecordTransplant:
    return participant.RecordTransplant(participant=CODE, at=day(0, "11:30"))


def _loss() -> participant.RecordLossToFollowUp:
    return participant.RecordLossToFollowUp(participant=CODE, at=day(0, "11:30"))


def _end() -> participant.RecordEndOfFollowUp:
    return participant.RecordEndOfFollowUp(participant=CODE, at=day(0, "11:30"))


def _withdrawal(scope: str) -> participant.RecordWithdrawal:
    return participant.RecordWithdrawal(participant=CODE, at=day(0, "11:30"), scope=scope)


def _failure() -> participant.RecordScreenFailure:
    return participant.RecordScreenFailure(participant=CODE, at=day(0, "11:30"), reasons=("no disease",))


def _appointment(visit_id: str = "week-4", on: int = 30) -> visit.ScheduleVisit:
    return visit.ScheduleVisit(participant=CODE, visit=visit_id, appointment=day(on, "09:00"))


def _began(**changes: object) -> activation.CorrectActivation:
    fields: dict[str, object] = {"at": day(-15)} | changes
    return activation.CorrectActivation.model_validate(fields)


def _screening(**changes: object) -> participant.PreScreen:
    fields: dict[str, object] = {"participant": CODE, "site": "S1", "age": 50} | changes
    return participant.PreScreen.model_validate(fields)


def _reading(item: str, value: str, unit: str = "", visit_id: str | None = "baseline") -> Command:
    reading = observation.Reading(item=item, value=value, unit=unit)
    return observation.RecordResults(
        participant=CODE, at=day(0, "11:00"), visit=visit_id, readings=(reading,)
    )


def _correction(value: str = "41", was: str | None = None, result: str = "alt") -> Command:
    return observation.CorrectResult(participant=CODE, visit="baseline", result=result, value=value, was=was)


def _reported(**changes: object) -> infusion.RecordInfusion:
    fields: dict[str, object] = {"participant": CODE, "at": day(0, "11:30"), "route": "vein"} | changes
    return infusion.RecordInfusion.model_validate(fields)


def _lot(lot: str, *, expires: int = 100) -> product_lot.RegisterLot:
    return product_lot.RegisterLot(lot=lot, bags=("X1",), expires=day(expires), at=day(-10))


def _assigned(lot: str = LOT, bag: str = "B1") -> infusion.AssignLot:
    return infusion.AssignLot(participant=CODE, lot=lot, bag=bag)


OF_TRIAL = [
    _refused("trial.no_protocol", [], trial.ActivateTrial()),
    _refused("trial.not_active", [], _death()),
    _refused("trial.not_active", adopted(), _screening()),
    _refused("trial.adopted_already", adopted(), adopted()[0]),
    _refused(
        "protocol.other_trial",
        [],
        trial.AdoptProtocol(document=small({"trial": "T-2"}).text),
        Invalid,
    ),
    _refused(
        "protocol.version_taken",
        active(),
        trial.AmendProtocol(document=small({"design": "other"}).text, summary="x"),
    ),
    _refused(
        "protocol.other_trial",
        active(),
        trial.AmendProtocol(document=small({"trial": "T-2"}).text, summary="x"),
        Invalid,
    ),
    _refused(
        "protocol.unknown_version",
        adopted(),
        trial.RecordEthicsApproval(at=day(0), version="9.0", reference="EC-9"),
    ),
    _refused("protocol.other_digest", adopted(), trial.ConfirmAssumptions(version="1.0", digest="00")),
    _refused(
        "trial.assumptions_unconfirmed",
        _without(adopted(ASSUMED), trial.ConfirmAssumptions),
        trial.ActivateTrial(),
    ),
    _refused("trial.ethics_missing", adopted()[:1], trial.ActivateSite(site="S1")),
    _refused("trial.approved_later", adopted()[:-1], trial.ActivateSite(site="S1", at=day(-31))),
    _refused("trial.approved_later", adopted(), trial.ActivateTrial(at=day(-31))),
    _refused("trial.approved_later", active(), _began(at=day(-31))),
    _refused("trial.activation_same", active(), _began(at=day(-20))),
    _refused("site.not_active", active(), _began(site="S2")),
    _refused("trial.no_site", _without(adopted(), trial.ActivateSite), trial.ActivateTrial()),
    _refused("randomization.not_sealed", _without(adopted(), trial.SealList), trial.ActivateTrial()),
    _refused("randomization.external", adopted(ELSEWHERE), trial.SealList(secret="00" * 32)),
    _refused("randomization.sealed_already", active(), trial.SealList(secret="00" * 32)),
    _refused("randomization.not_locked", [], trial.RevealSecret()),
    _refused("randomization.not_locked", CLOSED, trial.RevealSecret()),
    _refused("randomization.not_locked", [*CLOSED, trial.FreezeTrial()], trial.RevealSecret()),
    _refused(
        "randomization.no_list",
        [*active(ELSEWHERE), trial.CloseEnrolment(), trial.LockTrial()],
        trial.RevealSecret(),
    ),
    _refused("randomization.revealed_already", REVEALED, trial.RevealSecret()),
    _refused("randomization.revealed_already", [*REVEALED, trial.ArchiveTrial()], trial.RevealSecret()),
    _refused("randomization.list_public", [*REVEALED, *UNLOCKED], trial.OpenEnrolment()),
    _refused("policy.denied", LOCKED, trial.RevealSecret(), Denied, person(Role.PRINCIPAL_INVESTIGATOR)),
    _refused("site.unknown", adopted(), trial.ActivateSite(site="S9")),
    _refused("site.unknown", [*active(), *amended(NO_FIRST_SITE)[:-1]], amended(NO_FIRST_SITE)[-1]),
    _refused("site.active_already", adopted(), trial.ActivateSite(site="S1")),
    _refused("site.not_active", active(), trial.AdoptVersionAtSite(site="S2", version="1.0")),
    _refused("site.not_active", active(), _screening(site="S2")),
    _refused("site.version_already", active(), trial.AdoptVersionAtSite(site="S1", version="1.0")),
    _refused("trial.active_already", active(), trial.ActivateTrial()),
    _refused("trial.enrolment_open", active(), trial.OpenEnrolment()),
    _refused("trial.enrolment_closed", CLOSED, trial.CloseEnrolment()),
    _refused("trial.enrolment_still_open", active(), trial.FreezeTrial()),
    _refused("trial.enrolment_still_open", active(), trial.LockTrial()),
    _refused("trial.frozen", [*CLOSED, trial.FreezeTrial()], _screening()),
    _refused("trial.locked", LOCKED, trial.FreezeTrial()),
    _refused("trial.locked", LOCKED, _screening()),
    _refused("trial.archived", ARCHIVED, trial.UnlockTrial()),
    _refused("trial.archived", ARCHIVED, _screening()),
    _refused("trial.unlock.not_when_active", active(), trial.UnlockTrial()),
    _refused(
        "trial.no_reason",
        [*LOCKED, trial.RequestTrialUnlock()],
        trial.UnlockTrial(),
        by=person(Role.PRINCIPAL_INVESTIGATOR, ""),
    ),
    _refused("trial.no_reason", CLOSED, trial.FreezeTrial(), by=person(Role.DATA_MANAGER, "")),
    _refused("trial.no_reason", CLOSED, trial.LockTrial(), by=person(Role.DATA_MANAGER, "")),
    _refused("trial.no_reason", LOCKED, trial.RequestTrialUnlock(), by=person(Role.DATA_MANAGER, "x")),
    _refused("trial.unlock_not_requested", LOCKED, trial.UnlockTrial()),
    _refused(
        "trial.unlock_requested_already", [*LOCKED, trial.RequestTrialUnlock()], trial.RequestTrialUnlock()
    ),
    _refused(
        "trial.unlock_same_person",
        [*LOCKED, *of_trial(UnlockRequested(requested_by="data_manager"))],
        trial.UnlockTrial(),
        by=person(Role.DATA_MANAGER),
    ),
    _refused(
        "data_cut.name_taken",
        [*active(), trial.NameDataCut(name="interim")],
        trial.NameDataCut(name="interim"),
    ),
    _refused("data_cut.name_of_a_moment", active(), trial.NameDataCut(name="12")),
    _refused("data_cut.name_of_a_moment", active(), trial.NameDataCut(name="2026-03-05T00:00:00Z")),
    _refused("data_cut.no_position", active(), trial.NameDataCut(name="later", position=99)),
    _refused("data_cut.no_position", active(), trial.NameDataCut(name="before", position=0)),
]

OF_PARTICIPANT = [
    _refused("participant.code_taken", _course("screened"), _screening()),
    _refused("screening.enrolment_closed", CLOSED, _screening()),
    _refused("participant.unknown", active(), _death(), NotFound),
    _refused("time.in_future", _course("screened"), participant.RecordDeath(participant=CODE, at=day(1))),
    _refused("time.in_future", _course("screened"), _screening(participant="S1-002", at=day(0, "18:00"))),
    _refused("consent.recorded_already", _course("consented"), course("consented")[-1]),
    _refused(
        "participant.ended",
        _course("randomized", _loss()),
        participant.RequestReconsent(participant=CODE, version="2.0"),
    ),
    _refused("consent.withdrawn_already", _course("consented", _withdrawal("all")), _withdrawal("all")),
    _refused(
        "eligibility.unknown_criterion",
        _course("consented"),
        participant.AnswerCriteria(participant=CODE, answers={"eye-colour": True}),
    ),
    _refused(
        "screen_failure.no_reason",
        _course("answered"),
        participant.RecordScreenFailure(participant=CODE, at=day(0)),
        Invalid,
    ),
    _refused("screen_failure.recorded_already", _course("screened", _failure()), _failure()),
    _refused("lost.recorded_already", _course("screened", _loss()), _loss()),
    _refused("transplanted.recorded_already", _course("screened", _transplant()), _transplant()),
    _refused("died.recorded_already", _course("screened", _death()), _death()),
    _refused("follow_up_ended.recorded_already", _course("screened", _end()), _end()),
    _refused(
        "unblinding.none",
        _course("randomized"),
        participant.AssessUnblinding(participant=CODE, assessment="none"),
    ),
    _refused("procedure.before_consent", _course("screened"), _appointment()),
    _refused("procedure.before_consent", _course("screened"), participant.SignEligibility(participant=CODE)),
    _refused(
        "infusion.no_dose",
        _course("started"),
        infusion.CorrectDose(participant=CODE, cells_million=Decimal(60)),
    ),
    _refused(
        "infusion.dose_same",
        _course("infused"),
        infusion.CorrectDose(participant=CODE, volume_ml=Decimal(50)),
    ),
    _refused(
        "site.not_yet_active",
        _course("answered"),
        participant.SignEligibility(participant=CODE, at=day(-21)),
    ),
    _refused(
        "procedure.before_consent",
        _course("answered"),
        participant.SignEligibility(participant=CODE, at=day(0, "08:00")),
    ),
    _refused(
        "consent.incomplete",
        [
            *active(),
            *course("screened"),
            participant.RecordConsent(
                participant=CODE, at=day(0), version="1.0", language="zh-CN", copy_given=False
            ),
        ],
        participant.SignEligibility(participant=CODE),
    ),
    _refused(
        "consent.incomplete",
        _course(
            "screened",
            *of_participant(
                ConsentGiven(version="0.9", language="zh-CN", parties=("participant",), copy_given=True)
            ),
        ),
        participant.SignEligibility(participant=CODE),
    ),
    _refused("eligibility.unanswered", _course("measured"), participant.SignEligibility(participant=CODE)),
    _refused(
        "eligibility.unanswered",
        _course("answered", participant.AnswerCriteria(participant=CODE, answers={"pregnant": None})),
        participant.SignEligibility(participant=CODE),
    ),
    _refused(
        "eligibility.not_met",
        _course("answered", participant.AnswerCriteria(participant=CODE, answers={"pregnant": True})),
        participant.SignEligibility(participant=CODE),
    ),
    *(
        _refused(
            "eligibility.age",
            [*active(), _screening(age=age), *course("answered")[1:]],
            participant.SignEligibility(participant=CODE),
        )
        for age in (None, Decimal("17.9"), Decimal(81))
    ),
    _refused("randomize.eligibility_unsigned", _course("screened"), course("randomized")[-1]),
    _refused("randomize.eligibility_unsigned", _course("answered"), course("randomized")[-1]),
    _refused(
        "randomize.before_eligibility",
        _course("eligible"),
        participant.Randomize(participant=CODE, at=day(0, "10:45")),
    ),
    _refused("randomize.already", _course("randomized"), course("randomized")[-1]),
    _refused("randomize.already", _course("started"), course("randomized")[-1]),
    _refused(
        "randomize.enrolment_closed",
        _course("eligible", trial.CloseEnrolment()),
        participant.Randomize(participant=CODE),
    ),
    _refused(
        "randomize.list_not_sealed",
        [*active(ELSEWHERE), *course("eligible")],
        participant.Randomize(participant=CODE),
    ),
    _refused(
        "randomize.target_reached",
        [*active(ONE_PLACE), *course("randomized", "S1-002", document=ONE_PLACE), *course("eligible")],
        participant.Randomize(participant=CODE),
    ),
    _refused(
        "randomize.list_used_up",
        [
            *active(ONE_PLACE),
            *course("randomized", "S1-002", document=ONE_PLACE),
            *amended(TWO_PLACES),
            *course("eligible"),
        ],
        participant.Randomize(participant=CODE),
    ),
    _refused(
        "randomize.made_here",
        _course("eligible"),
        participant.RecordRandomization(participant=CODE, at=day(0), arm="by-vein"),
    ),
    _refused(
        "randomize.unknown_arm",
        [*active(ELSEWHERE), *course("eligible")],
        participant.RecordRandomization(participant=CODE, at=day(0), arm="by-mouth"),
    ),
    _refused(
        "randomization.recorded_already",
        [
            *active(ELSEWHERE),
            *course("eligible"),
            participant.RecordRandomization(participant=CODE, at=day(0), arm="by-vein"),
        ],
        participant.RecordRandomization(participant=CODE, at=day(0), arm="by-vein"),
    ),
    _refused("participant.died", _course("consented", _death()), _appointment()),
    _refused("participant.withdrawn", _course("consented", _withdrawal("visits")), _appointment()),
    _refused("participant.screen_failed", _course("consented", _failure()), _appointment()),
    _refused("participant.lost", _course("consented", _loss()), _appointment()),
    _refused(
        "participant.completed",
        _course("randomized", participant.CompleteParticipant(participant=CODE)),
        participant.CompleteParticipant(participant=CODE),
    ),
    _refused(
        "participant.transplanted",
        _course("randomized", _transplant()),
        infusion.OrderInfusion(participant=CODE),
    ),
    _refused(
        "consent.visits_withdrawn",
        _course("randomized", _transplant(), _withdrawal("visits")),
        _appointment(),
    ),
    _refused(
        "consent.treatment_withdrawn",
        _course("eligible", _withdrawal("treatment")),
        participant.Randomize(participant=CODE),
    ),
    _refused(
        "participant.complete.not_when_consented",
        _course("consented"),
        participant.CompleteParticipant(participant=CODE),
    ),
    _refused("policy.denied", active(), _screening(), Denied, person(Role.INSPECTOR)),
]

OF_VISIT = [
    _refused("visit.unknown", _course("consented"), _appointment("week-99"), NotFound),
    _refused(
        "visit.unknown",
        _course("consented"),
        visit.RecordVisit(participant=CODE, at=day(0), visit="week-99"),
        NotFound,
    ),
    _refused("visit.unknown", _course("baseline"), _reading("alt", "40", "U/L", "unscheduled-1"), NotFound),
    _refused("visit.attended_already", _course("baseline"), _appointment("baseline")),
    _refused("visit.attended_already", _course("baseline"), course("baseline")[-1]),
    _refused(
        "visit.attended_already",
        _course("baseline"),
        visit.RecordMissedVisit(participant=CODE, at=day(0), visit="baseline"),
    ),
    *(
        _refused(
            "visit.missed_already",
            _course("consented", visit.RecordMissedVisit(participant=CODE, at=day(0), visit="week-4")),
            again,
        )
        for again in (
            _appointment(),
            visit.RecordMissedVisit(participant=CODE, at=day(0), visit="week-4"),
        )
    ),
    _refused(
        "visit.appointment_past",
        _course("consented"),
        visit.ScheduleVisit(participant=CODE, visit="week-4", appointment=day(0, "11:00")),
        Invalid,
    ),
    _refused(
        "visit.day_unknown",
        _course("consented"),
        visit.RecordVisit(participant=CODE, at=at("2026-03")),
    ),
]

OF_INFUSION = [
    _refused("infusion.before_randomization", _course("eligible"), course("ordered")[-1]),
    _refused("infusion.before_randomization", _course("eligible"), course("started")[-1]),
    _refused(
        "infusion.before_randomization",
        _course("randomized"),
        infusion.OrderInfusion(participant=CODE, at=day(0, "10:45")),
    ),
    _refused(
        "infusion.before_randomization",
        _course("accessed"),
        infusion.StartInfusion(participant=CODE, at=day(0, "10:45")),
    ),
    _refused(
        "infusion.before_randomization",
        _course("eligible", _reported(infusion=2)),
        infusion.OrderInfusion(participant=CODE),
    ),
    _refused(
        "consent.treatment_withdrawn",
        _course("accessed", _withdrawal("treatment")),
        infusion.StartInfusion(participant=CODE),
    ),
    _refused(
        "infusion.not_planned",
        _course("randomized"),
        infusion.OrderInfusion(participant=CODE, infusion=2),
    ),
    _refused("lot.unknown", _course("ordered"), _assigned("L9"), NotFound),
    _refused(
        "infusion.lot_unusable",
        _course("ordered", product_lot.QuarantineLot(lot=LOT, reason="spill")),
        _assigned(),
    ),
    _refused(
        "infusion.lot_expired",
        _course("ordered", _lot("L2", expires=-1)),
        _assigned("L2", "X1"),
    ),
    _refused("infusion.bag_taken", _course("ordered"), _assigned(bag="B99")),
    _refused(
        "infusion.bag_taken",
        [*active(), *course("assigned", "S1-002"), *course("ordered", place=2)],
        _assigned(bag="B1"),
    ),
    _refused(
        "infusion.bag_taken",
        [
            *active(),
            *course("randomized", "S1-002"),
            _reported(participant="S1-002", lot=LOT, bag="B7"),
            *course("ordered", place=2),
        ],
        _assigned(bag="B7"),
    ),
    _refused(
        "infusion.lot_unreleased",
        _course("ordered", _lot("L2"), _assigned("L2", "X1")),
        infusion.ReleaseInfusion(participant=CODE),
    ),
    _refused("infusion.lot_unreleased", _course("assigned"), infusion.StartInfusion(participant=CODE)),
    _refused(
        "infusion.lot_unreleased",
        _course("accessed", product_lot.QuarantineLot(lot=LOT, reason="spill")),
        infusion.StartInfusion(participant=CODE),
    ),
    _refused("infusion.lot_expired", _course("received"), course("thawed")[-1], on=301),
    _refused(
        "infusion.bag_mismatch",
        _course("released"),
        infusion.ReceiveProduct(participant=CODE, bag="B2"),
    ),
    _refused(
        "infusion.bag_mismatch",
        _course("thawed"),
        infusion.CheckIdentity(participant=CODE, bag="B2", checkers=("a", "b")),
    ),
    _refused(
        "infusion.use_by_before_thaw",
        _course("received"),
        infusion.ThawProduct(participant=CODE, use_by=day(0, "11:00")),
        Invalid,
    ),
    *(
        _refused(
            "infusion.two_people",
            _course("thawed"),
            infusion.CheckIdentity(participant=CODE, bag="B1", checkers=checkers),
        )
        for checkers in (("nurse A",), ("nurse A", "Nurse A "))
    ),
    _refused(
        "infusion.unknown_route",
        _course("premedicated"),
        infusion.PlaceAccess(participant=CODE, route="mouth"),
    ),
    _refused("infusion.unknown_route", _course("randomized"), _reported(route="mouth")),
    _refused(
        "infusion.route_mismatch",
        _course("premedicated"),
        infusion.PlaceAccess(
            participant=CODE, route="vein" if arm_routes(small())[0] == "artery" else "artery"
        ),
    ),
    _refused("infusion.not_ordered", _course("randomized"), infusion.StartInfusion(participant=CODE)),
    _refused("infusion.no_lot", _course("ordered"), infusion.StartInfusion(participant=CODE)),
    _refused("infusion.use_by_passed", _course("accessed"), infusion.StartInfusion(participant=CODE), on=1),
    _refused("infusion.recorded_already", _course("started"), _reported()),
    _refused(
        "infusion.ends_before_start",
        _course("randomized"),
        _reported(ended=day(0, "11:00")),
        Invalid,
    ),
    _refused(
        "infusion.pause.not_when_ordered",
        _course("ordered"),
        infusion.PauseInfusion(participant=CODE),
    ),
]

OF_LOT = [
    _refused("lot.registered_already", active(), _lot(LOT)),
    _refused("lot.unknown", active(), product_lot.ReleaseLot(lot="L9"), NotFound),
    _refused("lot.released_already", active(), product_lot.ReleaseLot(lot=LOT)),
    _refused(
        "lot.rejected",
        [*active(), product_lot.RejectLot(lot=LOT, reason="growth")],
        product_lot.ReleaseLot(lot=LOT),
    ),
    _refused(
        "lot.test_failed",
        [
            *active(),
            _lot("L2"),
            product_lot.RecordLotTest(lot="L2", test="sterility", result="growth", passed=False),
        ],
        product_lot.ReleaseLot(lot="L2"),
    ),
    _refused("lot.expired", [*active(), _lot("L2", expires=-1)], product_lot.ReleaseLot(lot="L2")),
]

OF_RESULT = [
    _refused("item.unknown", _course("baseline"), _reading("hair", "40", "cm"), NotFound),
    _refused("visit.none_then", _course("baseline"), _reading("alt", "40", "U/L", None), NotFound),
    _refused(
        "visit.ambiguous",
        _course(
            "baseline",
            visit.RecordVisit(participant=CODE, at=day(0, "11:00"), visit="unscheduled-1"),
            visit.RecordVisit(participant=CODE, at=day(0, "11:00"), visit="unscheduled-2"),
        ),
        _reading("alt", "40", "U/L", None),
    ),
    _refused("result.not_a_number", _course("baseline"), _reading("alt", "high", "U/L"), Invalid),
    _refused("result.unit_unknown", _course("baseline"), _reading("alt", "40", "ukat/L"), Invalid),
    _refused("result.grade_unknown", _course("baseline"), _reading("ascites", "huge"), Invalid),
    _refused("result.recorded_already", _course("measured"), _reading("alt", "41", "U/L")),
    _refused(
        "result.recorded_already",
        _course("baseline"),
        observation.RecordResults(
            participant=CODE,
            at=day(0),
            visit="baseline",
            readings=(observation.Reading(item="alt", value="40", unit="U/L"),) * 2,
        ),
    ),
    _refused("result.unknown", _course("baseline"), _correction(), NotFound),
    _refused("result.changed_meanwhile", _course("measured"), _correction(was="39 U/L")),
    _refused("result.same_value", _course("measured"), _correction("40")),
    _refused("result.same_value", _course("measured"), _correction("mild", result="ascites")),
    _refused(
        "result.voided_already",
        _course("measured", observation.VoidResult(participant=CODE, visit="baseline", result="alt")),
        observation.VoidResult(participant=CODE, visit="baseline", result="alt"),
    ),
    *(
        _refused("correction.no_reason", _course("measured"), change, by=person(Role.COORDINATOR, reason))
        for change in (
            _correction(),
            observation.VoidResult(participant=CODE, visit="baseline", result="alt"),
        )
        for reason in ("", "  x ", "xxx", "...", "Transcription.", "error in copying from the source")
    ),
    *(
        _refused(
            "correction.reason_unlisted",
            _course("measured"),
            change,
            by=person(Role.COORDINATOR, "typing error", code),
        )
        for change in (
            _correction(),
            observation.VoidResult(participant=CODE, visit="baseline", result="alt"),
        )
        for code in ("", "because")
    ),
    _refused(
        "edit_check.none_open",
        _course("measured"),
        observation.AnswerEditCheck(participant=CODE, visit="baseline", result="alt", answer="confirmed"),
    ),
]

_EPISODE = outcome.RecordDecompensation(participant=CODE, at=day(0, "09:30"), type="ascites", grade="2")
_RESOLVED = outcome.RecordDecompensationResolved(participant=CODE, at=day(0), episode="ascites-1")

OF_OUTCOME = [
    _refused(
        "decompensation.type",
        _course("randomized"),
        outcome.RecordDecompensation(participant=CODE, at=day(0), type="itch"),
        NotFound,
    ),
    _refused("decompensation.recorded_already", _course("randomized", _EPISODE), _EPISODE),
    _refused("decompensation.unknown", _course("randomized"), _RESOLVED, NotFound),
    _refused(
        "decompensation.unknown",
        _course("randomized"),
        outcome.GradeDecompensation(participant=CODE, at=day(0), episode="ascites-1", grade="3"),
        NotFound,
    ),
    _refused("decompensation.resolved_already", _course("randomized", _EPISODE, _RESOLVED), _RESOLVED),
]

_GROUND = "asked for by the participant"
_IDENTITY = privacy.RecordIdentity(participant=CODE, name="Zhang San")
_ERASE = privacy.RequestErasure(participant=CODE, ground=_GROUND)
_RESTRICT = privacy.RestrictProcessing(participant=CODE, ground=_GROUND)
_REDACT = privacy.RequestRedaction(position=3, part=Part.ENVELOPE, field="reason_text", ground="a name")
_ARCHIVED = (trial.CloseEnrolment(), trial.LockTrial(), trial.ArchiveTrial())

OF_PRIVACY = [
    _refused("identity.none", _course("screened"), _ERASE, NotFound),
    _refused(
        "identity.none",
        _course("screened"),
        privacy.ViewIdentity(participant=CODE, purpose="a visit"),
        NotFound,
    ),
    _refused("erasure.retention", _course("screened", _IDENTITY), _ERASE),
    _refused("erasure.retention", _course("screened", _IDENTITY, *_ARCHIVED), _ERASE, on=29 * 365),
    _refused(
        "erasure.not_requested",
        _course("screened", _IDENTITY, *_ARCHIVED),
        privacy.ApproveErasure(participant=CODE),
        on=31 * 365,
    ),
    _refused(
        "restriction.none",
        _course("screened"),
        privacy.LiftRestriction(participant=CODE, ground=_GROUND),
    ),
    _refused("restriction.in_force", _course("screened", _RESTRICT), _RESTRICT),
    _refused(
        "redaction.no_position",
        _course("screened"),
        _REDACT.model_copy(update={"position": 10_000}),
        NotFound,
    ),
    _refused("redaction.requested_already", _course("screened", _REDACT), _REDACT),
    _refused(
        "redaction.unknown",
        _course("screened"),
        privacy.ApproveRedaction(redaction="3-reason_text"),
        NotFound,
    ),
    _refused(
        "redaction.made_already",
        _course("screened", _REDACT, privacy.ApproveRedaction(redaction="3-reason_text")),
        privacy.ApproveRedaction(redaction="3-reason_text"),
    ),
    _refused(
        "privacy.same_person",
        _course("screened", _REDACT),
        privacy.ApproveRedaction(redaction="3-reason_text"),
        by=Attribution(entitled(_REDACT).actor, Role.PRINCIPAL_INVESTIGATOR),
    ),
]

_TOLD = ALERTS[0]
_ALERT = alert.id_of(_TOLD, TRIAL)
_SEEN = alert.AcknowledgeAlert(alert=_ALERT, reason="the participant is called")
_OVER = alert.ResolveAlert(alert=_ALERT, reason="visit_attended")
_GRAVER = alert.SupersedeAlert(alert=_ALERT, reason="graver")
_ELSEWHERE = replace(person(Role.COORDINATOR), site="S2")

OF_ALERT = [
    _refused("alert.unknown", active(), _SEEN, NotFound),
    _refused("alert.other_role", [*active(), _TOLD], _SEEN, by=person(Role.INVESTIGATOR)),
    _refused("alert.other_site", [*active(), _TOLD], _SEEN, by=_ELSEWHERE),
    _refused("alert.acknowledged_already", [*active(), _TOLD, _SEEN], _SEEN),
    _refused("alert.ended", [*active(), _TOLD, _OVER], _SEEN),
    _refused("alert.ended", [*active(), _TOLD, _GRAVER], _SEEN),
]

_ORIGIN = origin_of(TRIAL)
_KEYS = [str(Key(_ORIGIN, LOG_KEY, bytes([number]) * 32)) for number in (1, 2, 3)]
_REGISTERED = signed_log.RegisterKey(log=TRIAL, origin=_ORIGIN, vkey=_KEYS[0])


def _checkpoint(size: int, root: str = "A" * 43 + "=") -> signed_log.RecordCheckpoint:
    return signed_log.RecordCheckpoint(log=TRIAL, origin=_ORIGIN, size=size, root=root)


def _declared(note: str = "", approver: str = "zhao.pi") -> signed_log.DeclareIncarnation:
    return signed_log.DeclareIncarnation(approver=approver, note=note)


def _renewed(size: int) -> signed_log.RecordRenewal:
    note = f"{Renewal(_ORIGIN, 7, 'sha512', bytes(64))}\n— {_ORIGIN} AAAAAAAA\n"
    return signed_log.RecordRenewal(log=TRIAL, origin=_ORIGIN, size=size, algorithm="sha512", note=note)


OF_LOG = [
    _refused("log.not_opened", (), _renewed(7)),
    _refused("renewal.other_note", (_REGISTERED,), _renewed(8), Invalid),
    _refused(
        "log.other_key",
        (_REGISTERED,),
        signed_log.RegisterKey(log=TRIAL, origin=_ORIGIN, vkey=_KEYS[1]),
    ),
    _refused(
        "log.other_key",
        (_REGISTERED,),
        signed_log.RegisterKey(log=TRIAL, origin=_ORIGIN, vkey=_KEYS[1], instead_of=_KEYS[2]),
    ),
    _refused("log.not_opened", (), _checkpoint(1)),
    _refused("log.checkpoint_not_newer", (_REGISTERED, _checkpoint(7)), _checkpoint(6)),
    _refused("log.checkpoint_not_newer", (_REGISTERED, _checkpoint(7)), _checkpoint(7, "B" * 43 + "=")),
    *(
        _refused("incarnation.no_reason", active(), _declared(), by=person(Role.ADMINISTRATOR, reason))
        for reason in ("", " x ")
    ),
    *(
        _refused("incarnation.one_person", active(), _declared(approver=who), by=person(Role.ADMINISTRATOR))
        for who in ("administrator", "Administrator")
    ),
    _refused(
        "incarnation.other_log",
        active(),
        _declared(
            str(Note(str(Checkpoint(origin_of("T-2"), 9, b"9" * 32)), (Signature("n", b"n" * 4, b"s"),)))
        ),
        Invalid,
    ),
]

_BACKUP = backup.RecordBackup(backup="trialog-1.db", digest="0" * 64, facts=3)

OF_BACKUP = [
    _refused("backup.recorded_already", (_BACKUP,), _BACKUP),
    _refused("backup.unknown", (), backup.RecordRestoreProof(backup="trialog-2.db"), NotFound),
]

_ATTEMPT = delivery.RecordAttempt(delivery=delivery_id("T-1", "none", "crc"), outcome=Outcome.DEFERRED)

_EXPORT = export.RecordExport(
    kind="bundle",
    scope="whole record",
    reader=Role.INSPECTOR,
    purpose="inspection",
    position=10**6,
    sha256="0f" * 32,
)

OF_EXPORT = [_refused("export.no_position", active(), _EXPORT)]

OF_DELIVERY = [_refused("delivery.unknown", (), _ATTEMPT, NotFound)]

_FEED = calendar_feed.IssueFeed(digest="ab" * 32, site="S1", holder="ward 3")
_REVOKED = calendar_feed.RevokeFeed(feed="feed-abababababab", reason="closed")

OF_FEED = [
    _refused("feed.unknown", active(), _REVOKED, NotFound),
    _refused("feed.revoked_already", (*active(), _FEED, _REVOKED), _REVOKED),
]

_SERIOUS = adverse_event.RecordAdverseEvent(
    participant=CODE,
    at=day(0, "09:30"),
    term="bleeding",
    severity="severe",
    criteria=("hospitalization",),
    aware=day(0, "11:00"),
)
_SENT = safety.RecordSubmission(participant=CODE, at=day(0, "11:30"), event="ae-1", recipient="sponsor")
_KNOWN = safety.RecordSponsorAwareness(participant=CODE, at=day(0, "11:30"), event="ae-1")
_CLOSE = safety.CloseSafetyReport(participant=CODE, event="ae-1")
_VOID = safety.VoidSafetyReport(participant=CODE, event="ae-1", why="opened twice")


def _followed_up(outcome_told: str | None = None) -> Command:
    return safety.RecordSafetyFollowUp(
        participant=CODE, at=day(0, "11:40"), event="ae-1", information="more", outcome=outcome_told
    )


def _judged(*, expected: bool | None = None) -> Command:
    return adverse_event.AssessCausality(
        participant=CODE, event="ae-1", causality="possible", expected=expected, why="in time"
    )


OF_SAFETY = [
    _refused("adverse_event.unknown", _course("randomized"), _judged(), NotFound),
    _refused(
        "safety.aware_before_onset",
        _course("randomized"),
        _SERIOUS.model_copy(update={"aware": day(0, "09:00")}),
        Invalid,
    ),
    _refused(
        "time.in_future",
        _course("randomized"),
        _SERIOUS.model_copy(update={"aware": day(1, "09:00")}),
    ),
    _refused(
        "correction.no_reason",
        _course("randomized", _SERIOUS),
        adverse_event.RecordAdverseEventChange(participant=CODE, at=day(0), event="ae-1", serious=False),
        by=person(Role.INVESTIGATOR, ""),
    ),
    _refused(
        "safety.term_missing",
        _course("randomized"),
        safety.OpenSafetyReport(participant=CODE, at=day(0), criteria=("death",)),
        Invalid,
    ),
    _refused(
        "safety.reported_already",
        _course("randomized", _SERIOUS),
        safety.OpenSafetyReport(participant=CODE, at=day(0), event="ae-1", criteria=("death",)),
    ),
    _refused("safety.unknown", _course("randomized"), _SENT, NotFound),
    _refused("safety.sponsor_aware_already", _course("randomized", _SERIOUS, _KNOWN), _KNOWN),
    _refused("safety.not_reported", _course("randomized", _SERIOUS), _CLOSE),
    _refused("safety.outcome_missing", _course("randomized", _SERIOUS, _SENT), _CLOSE),
    _refused(
        "safety.causality_missing",
        _course("randomized", _SERIOUS, _SENT, _followed_up("recovered")),
        _CLOSE,
    ),
    _refused(
        "safety.untold",
        _course("randomized", _SERIOUS, _SENT, _followed_up("recovered"), _KNOWN, _judged(expected=False)),
        _CLOSE,
    ),
    _refused("safety.voided", _course("randomized", _SERIOUS, _VOID), _SENT),
    _refused("policy.denied", _course("randomized", _SERIOUS), _SENT, Denied, person(Role.INSPECTOR)),
]

_BREAK = unblinding.BreakBlind(participant=CODE)

OF_UNBLINDING = [
    _refused("unblinding.not_randomized", _course("eligible"), _BREAK),
    _refused("unblinding.no_reason", _course("randomized"), _BREAK, by=person(Role.INVESTIGATOR, "")),
    _refused(
        "unblinding.names_arm",
        _course("randomized"),
        _BREAK,
        Invalid,
        person(Role.INVESTIGATOR, "bleeding at the artery"),
    ),
    _refused("policy.denied", _course("randomized"), _BREAK, Denied, person(Role.SPONSOR)),
]

REFUSALS = [
    *OF_EXPORT,
    *OF_TRIAL,
    *OF_PARTICIPANT,
    *OF_VISIT,
    *OF_INFUSION,
    *OF_LOT,
    *OF_RESULT,
    *OF_OUTCOME,
    *OF_PRIVACY,
    *OF_BACKUP,
    *OF_DELIVERY,
    *OF_FEED,
    *OF_ALERT,
    *OF_LOG,
    *OF_SAFETY,
    *OF_UNBLINDING,
]

SHOWS: dict[str, tuple[str, ...]] = {
    "correction.no_reason": ("CO-02",),
    "erasure.retention": ("EX-05", "PR-03"),
    "infusion.bag_mismatch": ("SQ-06",),
    "infusion.bag_taken": ("SQ-06",),
    "infusion.lot_expired": ("SQ-06",),
    "infusion.lot_unreleased": ("SQ-06",),
    "infusion.two_people": ("SQ-06",),
    "participant.withdrawn": ("IC-05",),
    "consent.treatment_withdrawn": ("IC-05",),
    "consent.visits_withdrawn": ("IC-05",),
    "consent.incomplete": ("IC-03",),
    "privacy.same_person": ("CO-07", "EX-10"),
    "procedure.before_consent": ("IC-02",),
    "randomize.already": ("RN-02",),
    "randomize.before_eligibility": ("RN-02", "SQ-01"),
    "randomize.eligibility_unsigned": ("RN-02", "SQ-07"),
    "randomize.list_not_sealed": ("RN-01",),
    "time.in_future": ("TI-01",),
    "trial.assumptions_unconfirmed": ("VA-03",),
    "site.not_yet_active": ("SQ-03",),
    "trial.approved_later": ("SQ-03",),
    "trial.ethics_missing": ("SQ-03",),
    "trial.no_site": ("SQ-03",),
    "trial.locked": ("DR-03",),
    "trial.no_reason": ("DR-03",),
}
"""The requirements that a refusal shows."""
