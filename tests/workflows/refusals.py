"""What is refused in the course of a trial: what was done before, the command it then refuses, the rule."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from domain.consent_given import ConsentGiven
from domain.errors import Denied, Invalid, NotFound, Refused, TrialogError
from domain.record import Attribution, NewFact, Role
from domain.trial import UnlockRequested
from tests.support.trial import (
    DROP,
    EXTERNAL,
    LOT,
    active,
    adopted,
    amended,
    arm_routes,
    at,
    course,
    day,
    of_participant,
    of_trial,
    person,
    small,
)
from workflows import (
    activation,
    course_correction,
    infusion,
    infusion_correction,
    observation,
    outcome,
    outcome_correction,
    participant,
    product_lot,
    trial,
    visit,
    visit_correction,
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


def refused(
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


def course_to(upto: str, *more: Command | NewFact) -> list[Command | NewFact]:
    return [*active(), *course(upto), *more]


def _death() -> participant.RecordDeath:
    return participant.RecordDeath(participant=CODE, at=day(0, "11:30"))


def _voided(event: str) -> course_correction.VoidEvent:
    return course_correction.VoidEvent(participant=CODE, event=event)


def _corrected(event: str, **changes: object) -> course_correction.CorrectEvent:
    fields = {"participant": CODE, "event": event} | changes
    return course_correction.CorrectEvent.model_validate(fields)


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
    refused("trial.no_protocol", [], trial.ActivateTrial()),
    refused("trial.not_active", [], _death()),
    refused("trial.not_active", adopted(), _screening()),
    refused("trial.adopted_already", adopted(), adopted()[0]),
    refused(
        "protocol.other_trial",
        [],
        trial.AdoptProtocol(document=small({"trial": "T-2"}).text),
        Invalid,
    ),
    refused(
        "protocol.version_taken",
        active(),
        trial.AmendProtocol(document=small({"design": "other"}).text, summary="x"),
    ),
    refused(
        "protocol.other_trial",
        active(),
        trial.AmendProtocol(document=small({"trial": "T-2"}).text, summary="x"),
        Invalid,
    ),
    refused(
        "protocol.unknown_version",
        adopted(),
        trial.RecordEthicsApproval(at=day(0), version="9.0", reference="EC-9"),
    ),
    refused("protocol.other_digest", adopted(), trial.ConfirmAssumptions(version="1.0", digest="00")),
    refused(
        "trial.assumptions_unconfirmed",
        _without(adopted(ASSUMED), trial.ConfirmAssumptions),
        trial.ActivateTrial(),
    ),
    refused("trial.ethics_missing", adopted()[:1], trial.ActivateSite(site="S1")),
    refused("trial.approved_later", adopted()[:-1], trial.ActivateSite(site="S1", at=day(-31))),
    refused("trial.approved_later", adopted(), trial.ActivateTrial(at=day(-31))),
    refused("trial.approved_later", active(), _began(at=day(-31))),
    refused("trial.activation_same", active(), _began(at=day(-20))),
    refused("site.not_active", active(), _began(site="S2")),
    refused("trial.no_site", _without(adopted(), trial.ActivateSite), trial.ActivateTrial()),
    refused("randomization.not_sealed", _without(adopted(), trial.SealList), trial.ActivateTrial()),
    refused("randomization.external", adopted(ELSEWHERE), trial.SealList(secret="00" * 32)),
    refused("randomization.sealed_already", active(), trial.SealList(secret="00" * 32)),
    refused("randomization.not_locked", [], trial.RevealSecret()),
    refused("randomization.not_locked", CLOSED, trial.RevealSecret()),
    refused("randomization.not_locked", [*CLOSED, trial.FreezeTrial()], trial.RevealSecret()),
    refused(
        "randomization.no_list",
        [*active(ELSEWHERE), trial.CloseEnrolment(), trial.LockTrial()],
        trial.RevealSecret(),
    ),
    refused("randomization.revealed_already", REVEALED, trial.RevealSecret()),
    refused("randomization.revealed_already", [*REVEALED, trial.ArchiveTrial()], trial.RevealSecret()),
    refused("randomization.list_public", [*REVEALED, *UNLOCKED], trial.OpenEnrolment()),
    refused("policy.denied", LOCKED, trial.RevealSecret(), Denied, person(Role.PRINCIPAL_INVESTIGATOR)),
    refused("site.unknown", adopted(), trial.ActivateSite(site="S9")),
    refused("site.unknown", [*active(), *amended(NO_FIRST_SITE)[:-1]], amended(NO_FIRST_SITE)[-1]),
    refused("site.active_already", adopted(), trial.ActivateSite(site="S1")),
    refused("site.not_active", active(), trial.AdoptVersionAtSite(site="S2", version="1.0")),
    refused("site.not_active", active(), _screening(site="S2")),
    refused("site.version_already", active(), trial.AdoptVersionAtSite(site="S1", version="1.0")),
    refused("trial.active_already", active(), trial.ActivateTrial()),
    refused("trial.enrolment_open", active(), trial.OpenEnrolment()),
    refused("trial.enrolment_closed", CLOSED, trial.CloseEnrolment()),
    refused("trial.enrolment_still_open", active(), trial.FreezeTrial()),
    refused("trial.enrolment_still_open", active(), trial.LockTrial()),
    refused("trial.frozen", [*CLOSED, trial.FreezeTrial()], _screening()),
    refused("trial.locked", LOCKED, trial.FreezeTrial()),
    refused("trial.locked", LOCKED, _screening()),
    refused("trial.archived", ARCHIVED, trial.UnlockTrial()),
    refused("trial.archived", ARCHIVED, _screening()),
    refused("trial.unlock.not_when_active", active(), trial.UnlockTrial()),
    refused(
        "trial.no_reason",
        [*LOCKED, trial.RequestTrialUnlock()],
        trial.UnlockTrial(),
        by=person(Role.PRINCIPAL_INVESTIGATOR, ""),
    ),
    refused("trial.no_reason", CLOSED, trial.FreezeTrial(), by=person(Role.DATA_MANAGER, "")),
    refused("trial.no_reason", CLOSED, trial.LockTrial(), by=person(Role.DATA_MANAGER, "")),
    refused("trial.no_reason", LOCKED, trial.RequestTrialUnlock(), by=person(Role.DATA_MANAGER, "x")),
    refused("trial.unlock_not_requested", LOCKED, trial.UnlockTrial()),
    refused(
        "trial.unlock_requested_already", [*LOCKED, trial.RequestTrialUnlock()], trial.RequestTrialUnlock()
    ),
    refused(
        "trial.unlock_same_person",
        [*LOCKED, *of_trial(UnlockRequested(requested_by="data_manager"))],
        trial.UnlockTrial(),
        by=person(Role.DATA_MANAGER),
    ),
    refused(
        "data_cut.name_taken",
        [*active(), trial.NameDataCut(name="interim")],
        trial.NameDataCut(name="interim"),
    ),
    refused("data_cut.name_of_a_moment", active(), trial.NameDataCut(name="12")),
    refused("data_cut.name_of_a_moment", active(), trial.NameDataCut(name="2026-03-05T00:00:00Z")),
    refused("data_cut.no_position", active(), trial.NameDataCut(name="later", position=99)),
    refused("data_cut.no_position", active(), trial.NameDataCut(name="before", position=0)),
]

OF_PARTICIPANT = [
    refused("participant.code_taken", course_to("screened"), _screening()),
    refused("screening.enrolment_closed", CLOSED, _screening()),
    refused("participant.unknown", active(), _death(), NotFound),
    refused("time.in_future", course_to("screened"), participant.RecordDeath(participant=CODE, at=day(1))),
    refused("time.in_future", course_to("screened"), _screening(participant="S1-002", at=day(0, "18:00"))),
    refused("consent.recorded_already", course_to("consented"), course("consented")[-1]),
    refused(
        "participant.ended",
        course_to("randomized", _loss()),
        participant.RequestReconsent(participant=CODE, version="2.0"),
    ),
    refused("consent.withdrawn_already", course_to("consented", _withdrawal("all")), _withdrawal("all")),
    refused(
        "eligibility.unknown_criterion",
        course_to("consented"),
        participant.AnswerCriteria(participant=CODE, answers={"eye-colour": True}),
    ),
    refused(
        "screen_failure.no_reason",
        course_to("answered"),
        participant.RecordScreenFailure(participant=CODE, at=day(0)),
        Invalid,
    ),
    refused("screen_failure.recorded_already", course_to("screened", _failure()), _failure()),
    refused("lost.recorded_already", course_to("screened", _loss()), _loss()),
    refused("transplanted.recorded_already", course_to("screened", _transplant()), _transplant()),
    refused("died.recorded_already", course_to("screened", _death()), _death()),
    refused("event.not_recorded", course_to("screened"), _voided("death"), NotFound),
    refused(
        "event.same",
        course_to("screened"),
        course_correction.CorrectScreening(participant=CODE, age=Decimal(50)),
    ),
    refused("event.same", course_to("screened", _death()), _corrected("death")),
    refused(
        "event.several",
        course_to("consented", _withdrawal("samples"), _withdrawal("treatment")),
        _voided("withdrawal"),
    ),
    refused("event.no_cause", course_to("screened", _loss()), _corrected("loss", cause="unknown"), Invalid),
    refused(
        "event.not_signed",
        course_to("screened", _loss()),
        _corrected("loss", signed={"participant": day(0)}),
        Invalid,
    ),
    refused("follow_up_ended.recorded_already", course_to("screened", _end()), _end()),
    refused(
        "unblinding.none",
        course_to("randomized"),
        participant.AssessUnblinding(participant=CODE, assessment="none"),
    ),
    refused("procedure.before_consent", course_to("screened"), _appointment()),
    refused("procedure.before_consent", course_to("screened"), participant.SignEligibility(participant=CODE)),
    refused(
        "infusion.no_dose",
        course_to("started"),
        infusion_correction.CorrectDose(participant=CODE, cells_million=Decimal(60)),
    ),
    refused(
        "infusion.no_use_by",
        course_to("released"),
        infusion_correction.CorrectUseBy(participant=CODE, use_by=day(0, "23:00")),
    ),
    refused(
        "infusion.use_by_same",
        course_to("thawed", infusion_correction.CorrectUseBy(participant=CODE, use_by=day(0, "22:59"))),
        infusion_correction.CorrectUseBy(participant=CODE, use_by=day(0, "22:59")),
    ),
    refused(
        "infusion.dose_same",
        course_to("infused"),
        infusion_correction.CorrectDose(participant=CODE, volume_ml=Decimal(50)),
    ),
    refused(
        "site.not_yet_active",
        course_to("answered"),
        participant.SignEligibility(participant=CODE, at=day(-21)),
    ),
    refused(
        "procedure.before_consent",
        course_to("answered"),
        participant.SignEligibility(participant=CODE, at=day(0, "08:00")),
    ),
    refused(
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
    refused(
        "consent.incomplete",
        course_to(
            "screened",
            *of_participant(
                ConsentGiven(version="0.9", language="zh-CN", parties=("participant",), copy_given=True)
            ),
        ),
        participant.SignEligibility(participant=CODE),
    ),
    refused("eligibility.unanswered", course_to("measured"), participant.SignEligibility(participant=CODE)),
    refused(
        "eligibility.unanswered",
        course_to("answered", participant.AnswerCriteria(participant=CODE, answers={"pregnant": None})),
        participant.SignEligibility(participant=CODE),
    ),
    refused(
        "eligibility.not_met",
        course_to("answered", participant.AnswerCriteria(participant=CODE, answers={"pregnant": True})),
        participant.SignEligibility(participant=CODE),
    ),
    *(
        refused(
            "eligibility.age",
            [*active(), _screening(age=age), *course("answered")[1:]],
            participant.SignEligibility(participant=CODE),
        )
        for age in (None, Decimal("17.9"), Decimal(81))
    ),
    refused("randomize.eligibility_unsigned", course_to("screened"), course("randomized")[-1]),
    refused("randomize.eligibility_unsigned", course_to("answered"), course("randomized")[-1]),
    refused(
        "randomize.before_eligibility",
        course_to("eligible"),
        participant.Randomize(participant=CODE, at=day(0, "10:45")),
    ),
    refused("randomize.already", course_to("randomized"), course("randomized")[-1]),
    refused("randomize.already", course_to("started"), course("randomized")[-1]),
    refused(
        "randomize.enrolment_closed",
        course_to("eligible", trial.CloseEnrolment()),
        participant.Randomize(participant=CODE),
    ),
    refused(
        "randomize.list_not_sealed",
        [*active(ELSEWHERE), *course("eligible")],
        participant.Randomize(participant=CODE),
    ),
    refused(
        "randomize.target_reached",
        [*active(ONE_PLACE), *course("randomized", "S1-002", document=ONE_PLACE), *course("eligible")],
        participant.Randomize(participant=CODE),
    ),
    refused(
        "randomize.list_used_up",
        [
            *active(ONE_PLACE),
            *course("randomized", "S1-002", document=ONE_PLACE),
            *amended(TWO_PLACES),
            *course("eligible"),
        ],
        participant.Randomize(participant=CODE),
    ),
    refused(
        "randomize.made_here",
        course_to("eligible"),
        participant.RecordRandomization(participant=CODE, at=day(0), arm="by-vein"),
    ),
    refused(
        "randomize.unknown_arm",
        [*active(ELSEWHERE), *course("eligible")],
        participant.RecordRandomization(participant=CODE, at=day(0), arm="by-mouth"),
    ),
    refused(
        "randomization.recorded_already",
        [
            *active(ELSEWHERE),
            *course("eligible"),
            participant.RecordRandomization(participant=CODE, at=day(0), arm="by-vein"),
        ],
        participant.RecordRandomization(participant=CODE, at=day(0), arm="by-vein"),
    ),
    refused("participant.died", course_to("consented", _death()), _appointment()),
    refused("participant.withdrawn", course_to("consented", _withdrawal("visits")), _appointment()),
    refused("participant.screen_failed", course_to("consented", _failure()), _appointment()),
    refused("participant.lost", course_to("consented", _loss()), _appointment()),
    refused(
        "participant.completed",
        course_to("randomized", participant.CompleteParticipant(participant=CODE)),
        participant.CompleteParticipant(participant=CODE),
    ),
    refused(
        "participant.transplanted",
        course_to("randomized", _transplant()),
        infusion.OrderInfusion(participant=CODE),
    ),
    refused(
        "consent.visits_withdrawn",
        course_to("randomized", _transplant(), _withdrawal("visits")),
        _appointment(),
    ),
    refused(
        "consent.treatment_withdrawn",
        course_to("eligible", _withdrawal("treatment")),
        participant.Randomize(participant=CODE),
    ),
    refused(
        "participant.complete.not_when_consented",
        course_to("consented"),
        participant.CompleteParticipant(participant=CODE),
    ),
    refused("policy.denied", active(), _screening(), Denied, person(Role.INSPECTOR)),
]

OF_VISIT = [
    refused("visit.unknown", course_to("consented"), _appointment("week-99"), NotFound),
    refused(
        "visit.unknown",
        course_to("consented"),
        visit.RecordVisit(participant=CODE, at=day(0), visit="week-99"),
        NotFound,
    ),
    refused("visit.unknown", course_to("baseline"), _reading("alt", "40", "U/L", "unscheduled-1"), NotFound),
    refused("visit.attended_already", course_to("baseline"), _appointment("baseline")),
    refused("visit.attended_already", course_to("baseline"), course("baseline")[-1]),
    refused(
        "visit.attended_already",
        course_to("baseline"),
        visit.RecordMissedVisit(participant=CODE, at=day(0), visit="baseline"),
    ),
    *(
        refused(
            "visit.missed_already",
            course_to("consented", visit.RecordMissedVisit(participant=CODE, at=day(0), visit="week-4")),
            again,
        )
        for again in (
            _appointment(),
            visit.RecordMissedVisit(participant=CODE, at=day(0), visit="week-4"),
        )
    ),
    refused(
        "visit.appointment_past",
        course_to("consented"),
        visit.ScheduleVisit(participant=CODE, visit="week-4", appointment=day(0, "11:00")),
        Invalid,
    ),
    refused(
        "visit.day_unknown",
        course_to("consented"),
        visit.RecordVisit(participant=CODE, at=at("2026-03")),
    ),
]

OF_INFUSION = [
    refused("infusion.before_randomization", course_to("eligible"), course("ordered")[-1]),
    refused("infusion.before_randomization", course_to("eligible"), course("started")[-1]),
    refused(
        "infusion.before_randomization",
        course_to("randomized"),
        infusion.OrderInfusion(participant=CODE, at=day(0, "10:45")),
    ),
    refused(
        "infusion.before_randomization",
        course_to("accessed"),
        infusion.StartInfusion(participant=CODE, at=day(0, "10:45")),
    ),
    refused(
        "infusion.before_randomization",
        course_to("eligible", _reported(infusion=2)),
        infusion.OrderInfusion(participant=CODE),
    ),
    refused(
        "consent.treatment_withdrawn",
        course_to("accessed", _withdrawal("treatment")),
        infusion.StartInfusion(participant=CODE),
    ),
    refused(
        "infusion.not_planned",
        course_to("randomized"),
        infusion.OrderInfusion(participant=CODE, infusion=2),
    ),
    refused("infusion.no_weight", course_to("randomized"), infusion.OrderInfusion(participant=CODE)),
    refused("lot.unknown", course_to("ordered"), _assigned("L9"), NotFound),
    refused(
        "infusion.lot_unusable",
        course_to("ordered", product_lot.QuarantineLot(lot=LOT, reason="spill")),
        _assigned(),
    ),
    refused(
        "infusion.lot_expired",
        course_to("ordered", _lot("L2", expires=-1)),
        _assigned("L2", "X1"),
    ),
    refused("infusion.bag_taken", course_to("ordered"), _assigned(bag="B99")),
    refused(
        "infusion.bag_taken",
        [*active(), *course("assigned", "S1-002"), *course("ordered", place=2)],
        _assigned(bag="B1"),
    ),
    refused(
        "infusion.bag_taken",
        [
            *active(),
            *course("randomized", "S1-002"),
            _reported(participant="S1-002", lot=LOT, bag="B7"),
            *course("ordered", place=2),
        ],
        _assigned(bag="B7"),
    ),
    refused(
        "infusion.lot_unreleased",
        course_to("ordered", _lot("L2"), _assigned("L2", "X1")),
        infusion.ReleaseInfusion(participant=CODE),
    ),
    refused("infusion.lot_unreleased", course_to("assigned"), infusion.StartInfusion(participant=CODE)),
    refused(
        "infusion.lot_unreleased",
        course_to("accessed", product_lot.QuarantineLot(lot=LOT, reason="spill")),
        infusion.StartInfusion(participant=CODE),
    ),
    refused("infusion.lot_expired", course_to("received"), course("thawed")[-1], on=301),
    refused(
        "infusion.bag_mismatch",
        course_to("released"),
        infusion.ReceiveProduct(participant=CODE, bag="B2"),
    ),
    refused(
        "infusion.bag_mismatch",
        course_to("thawed"),
        infusion.CheckIdentity(participant=CODE, bag="B2", checkers=("a", "b")),
    ),
    refused(
        "infusion.use_by_before_thaw",
        course_to("received"),
        infusion.ThawProduct(participant=CODE, use_by=day(0, "11:00")),
        Invalid,
    ),
    *(
        refused(
            "infusion.two_people",
            course_to("thawed"),
            infusion.CheckIdentity(participant=CODE, bag="B1", checkers=checkers),
        )
        for checkers in (("nurse A",), ("nurse A", "Nurse A "))
    ),
    refused(
        "infusion.unknown_route",
        course_to("premedicated"),
        infusion.PlaceAccess(participant=CODE, route="mouth"),
    ),
    refused("infusion.unknown_route", course_to("randomized"), _reported(route="mouth")),
    refused(
        "infusion.route_mismatch",
        course_to("premedicated"),
        infusion.PlaceAccess(
            participant=CODE, route="vein" if arm_routes(small())[0] == "artery" else "artery"
        ),
    ),
    refused("infusion.not_ordered", course_to("randomized"), infusion.StartInfusion(participant=CODE)),
    refused("infusion.no_lot", course_to("ordered"), infusion.StartInfusion(participant=CODE)),
    refused("infusion.use_by_passed", course_to("accessed"), infusion.StartInfusion(participant=CODE), on=1),
    refused("infusion.recorded_already", course_to("started"), _reported()),
    refused(
        "infusion.ends_before_start",
        course_to("randomized"),
        _reported(ended=day(0, "11:00")),
        Invalid,
    ),
    refused(
        "infusion.starts_before_thaw",
        course_to("started"),
        infusion_correction.CorrectInfusionTimes(participant=CODE, started=day(0, "08:00")),
        Invalid,
    ),
    refused(
        "infusion.starts_before_thaw",
        course_to("accessed"),
        infusion.StartInfusion(participant=CODE, at=day(0, "12:20")),
        Invalid,
    ),
    *(
        refused("infusion.ends_before_start", course_to("started"), ended, Invalid)
        for ended in (
            infusion.CompleteInfusion(participant=CODE, at=day(0, "11:00")),
            infusion.StopInfusion(participant=CODE, at=day(0, "11:00"), reason="fever"),
        )
    ),
    refused(
        "infusion.time_same",
        course_to("started"),
        infusion_correction.CorrectInfusionTimes(participant=CODE),
    ),
    refused(
        "infusion.time_not_recorded",
        course_to("started"),
        infusion_correction.CorrectInfusionTimes(participant=CODE, ended=day(0, "08:00")),
        NotFound,
    ),
    refused(
        "infusion.not_begun",
        course_to("accessed"),
        infusion_correction.VoidInfusion(participant=CODE),
        NotFound,
    ),
    refused(
        "infusion.bag_in_question",
        [
            *course_to("ordered"),
            *course("randomized", "S1-002", 2),
            infusion.RecordInfusion(
                participant="S1-002", at=day(0), route=arm_routes(small())[1], lot=LOT, bag="B7"
            ),
            infusion_correction.VoidInfusion(participant="S1-002"),
        ],
        infusion.AssignLot(participant=CODE, lot=LOT, bag="B7"),
    ),
    refused(
        "infusion.pause.not_when_ordered",
        course_to("ordered"),
        infusion.PauseInfusion(participant=CODE),
    ),
]

OF_LOT = [
    refused("lot.registered_already", active(), _lot(LOT)),
    refused("lot.unknown", active(), product_lot.ReleaseLot(lot="L9"), NotFound),
    refused("lot.bag_not_held", active(), product_lot.ReturnBag(lot=LOT, bag="B1")),
    refused("lot.released_already", active(), product_lot.ReleaseLot(lot=LOT)),
    refused("lot.same", active(), product_lot.CorrectLot(lot=LOT, expires=day(300))),
    refused(
        "lot.not_released",
        [*active(), product_lot.RegisterLot(lot="L2", bags=("C1",), expires=day(300))],
        product_lot.CorrectLot(lot="L2", released=day(-2)),
    ),
    refused(
        "lot.held_by_then",
        [*active(), product_lot.QuarantineLot(lot=LOT, reason="a doubt", at=day(-3))],
        product_lot.CorrectLot(lot=LOT, released=day(-2)),
    ),
    refused("lot.bag_in_use", course_to("assigned"), product_lot.CorrectLot(lot=LOT, bags=("B2",))),
    refused(
        "lot.rejected",
        [*active(), product_lot.RejectLot(lot=LOT, reason="growth")],
        product_lot.ReleaseLot(lot=LOT),
    ),
    refused(
        "lot.test_failed",
        [
            *active(),
            _lot("L2"),
            product_lot.RecordLotTest(lot="L2", test="sterility", result="growth", passed=False),
        ],
        product_lot.ReleaseLot(lot="L2"),
    ),
    refused("lot.expired", [*active(), _lot("L2", expires=-1)], product_lot.ReleaseLot(lot="L2")),
]

OF_RESULT = [
    refused("item.unknown", course_to("baseline"), _reading("hair", "40", "cm"), NotFound),
    refused("visit.none_then", course_to("baseline"), _reading("alt", "40", "U/L", None), NotFound),
    refused(
        "visit.ambiguous",
        course_to(
            "baseline",
            visit.RecordVisit(participant=CODE, at=day(0, "11:00"), visit="unscheduled-1"),
            visit.RecordVisit(participant=CODE, at=day(0, "11:00"), visit="unscheduled-2"),
        ),
        _reading("alt", "40", "U/L", None),
    ),
    refused("result.not_a_number", course_to("baseline"), _reading("alt", "high", "U/L"), Invalid),
    refused("result.unit_unknown", course_to("baseline"), _reading("alt", "40", "ukat/L"), Invalid),
    refused("result.grade_unknown", course_to("baseline"), _reading("ascites", "huge"), Invalid),
    refused("result.recorded_already", course_to("measured"), _reading("alt", "41", "U/L")),
    refused(
        "result.recorded_already",
        course_to("baseline"),
        observation.RecordResults(
            participant=CODE,
            at=day(0),
            visit="baseline",
            readings=(observation.Reading(item="alt", value="40", unit="U/L"),) * 2,
        ),
    ),
    refused("result.unknown", course_to("baseline"), _correction(), NotFound),
    refused("result.changed_meanwhile", course_to("measured"), _correction(was="39 U/L")),
    refused("result.same_value", course_to("measured"), _correction("40")),
    refused("result.same_value", course_to("measured"), _correction("mild", result="ascites")),
    refused(
        "result.voided_already",
        course_to("measured", observation.VoidResult(participant=CODE, visit="baseline", result="alt")),
        observation.VoidResult(participant=CODE, visit="baseline", result="alt"),
    ),
    *(
        refused("correction.no_reason", course_to("measured"), change, by=person(Role.COORDINATOR, reason))
        for change in (
            _correction(),
            observation.VoidResult(participant=CODE, visit="baseline", result="alt"),
        )
        for reason in ("", "  x ", "xxx", "...", "Transcription.", "error in copying from the source")
    ),
    *(
        refused(
            "correction.reason_unlisted",
            course_to("measured"),
            change,
            by=person(Role.COORDINATOR, "typing error", code),
        )
        for change in (
            _correction(),
            observation.VoidResult(participant=CODE, visit="baseline", result="alt"),
        )
        for code in ("", "because")
    ),
    refused(
        "edit_check.none_open",
        course_to("measured"),
        observation.AnswerEditCheck(participant=CODE, visit="baseline", result="alt", answer="confirmed"),
    ),
]

_CAME = visit.RecordVisit(participant=CODE, at=day(0, "10:30"), visit="week-4")
_VOID_VISIT = visit_correction.VoidVisit(participant=CODE, visit="week-4")


def _came_then(clock: str = "10:30", which: str = "week-4") -> Command:
    return visit_correction.CorrectVisit(participant=CODE, visit=which, at=day(0, clock))


def _taken_then(result: str = "alt", clock: str = "10:30") -> Command:
    return visit_correction.CorrectResultTime(
        participant=CODE, visit="baseline", result=result, at=day(0, clock)
    )


OF_VISIT_CORRECTIONS = [
    refused("visit.unknown", course_to("measured"), _came_then(which="week-99"), NotFound),
    refused("visit.not_attended", course_to("measured"), _came_then()),
    refused("visit.not_recorded", course_to("measured"), _VOID_VISIT),
    refused("event.same", course_to("measured", _CAME), _came_then()),
    refused("time.in_future", course_to("measured", _CAME), _came_then("23:00")),
    refused(
        "correction.no_reason",
        course_to("measured", _CAME),
        _came_then("10:00"),
        by=person(Role.COORDINATOR, ""),
    ),
    refused(
        "correction.no_reason", course_to("measured", _CAME), _VOID_VISIT, by=person(Role.COORDINATOR, "")
    ),
    refused(
        "visit.results_stand",
        course_to("measured"),
        visit_correction.VoidVisit(participant=CODE, visit="baseline"),
    ),
    refused("result.unknown", course_to("measured"), _taken_then("afp"), NotFound),
    refused("correction.no_reason", course_to("measured"), _taken_then(), by=person(Role.COORDINATOR, "")),
    refused("time.in_future", course_to("measured"), _taken_then(clock="23:00")),
    refused("event.same", course_to("measured"), _taken_then()),
]

_EPISODE = outcome.RecordDecompensation(participant=CODE, at=day(0, "09:30"), type="ascites", grade="2")
_RESOLVED = outcome.RecordDecompensationResolved(participant=CODE, at=day(0), episode="ascites-1")
_NO_EPISODE = outcome_correction.VoidDecompensation(participant=CODE, episode="ascites-1")


_NO_ALBUMIN = outcome_correction.VoidTreatment(participant=CODE, treatment="albumin")


def _albumin(number: int) -> Command:
    return observation.RecordTreatment(participant=CODE, at=day(number), treatment="albumin")


def _begun(**fields: object) -> Command:
    told = {"participant": CODE, "episode": "ascites-1"} | fields
    return outcome_correction.CorrectDecompensation.model_validate(told)


def _worse(clock: str) -> Command:
    return outcome.GradeDecompensation(participant=CODE, at=day(0, clock), episode="ascites-1", grade="3")


def _regraded(**fields: object) -> Command:
    told = {"participant": CODE, "episode": "ascites-1"} | fields
    return outcome_correction.CorrectDecompensationGrade.model_validate(told)


OF_OUTCOME = [
    refused(
        "decompensation.type",
        course_to("randomized"),
        outcome.RecordDecompensation(participant=CODE, at=day(0), type="itch"),
        NotFound,
    ),
    refused("decompensation.recorded_already", course_to("randomized", _EPISODE), _EPISODE),
    refused("event.not_recorded", course_to("randomized"), _NO_ALBUMIN, NotFound),
    refused("event.several", course_to("randomized", _albumin(-1), _albumin(0)), _NO_ALBUMIN),
    refused(
        "correction.no_reason",
        course_to("randomized", _albumin(0)),
        _NO_ALBUMIN,
        by=person(Role.COORDINATOR, ""),
    ),
    refused("decompensation.unknown", course_to("randomized"), _RESOLVED, NotFound),
    refused(
        "decompensation.unknown",
        course_to("randomized"),
        outcome.GradeDecompensation(participant=CODE, at=day(0), episode="ascites-1", grade="3"),
        NotFound,
    ),
    refused("decompensation.voided", course_to("randomized", _EPISODE, _NO_EPISODE), _NO_EPISODE),
    refused("event.same", course_to("randomized", _EPISODE), _begun()),
    refused("decompensation.type", course_to("randomized", _EPISODE), _begun(type="itch"), NotFound),
    refused(
        "decompensation.recorded_already",
        course_to("randomized", _EPISODE, _EPISODE.model_copy(update={"at": day(0)})),
        _begun(at=day(0)),
    ),
    refused("event.not_recorded", course_to("randomized", _EPISODE), _regraded(grade="2"), NotFound),
    refused(
        "event.several",
        course_to("randomized", _EPISODE, _worse("09:00"), _worse("10:00")),
        _regraded(grade="2"),
    ),
    refused(
        "event.not_recorded",
        course_to("randomized", _EPISODE),
        outcome_correction.CorrectDecompensationResolution(participant=CODE, episode="ascites-1", at=day(0)),
        NotFound,
    ),
    refused(
        "decompensation.ends_before_onset",
        course_to("randomized", _EPISODE),
        _RESOLVED.model_copy(update={"at": day(-1)}),
        Invalid,
    ),
    refused("decompensation.resolved_already", course_to("randomized", _EPISODE, _RESOLVED), _RESOLVED),
]

REFUSALS = [
    *OF_TRIAL,
    *OF_PARTICIPANT,
    *OF_VISIT,
    *OF_INFUSION,
    *OF_LOT,
    *OF_RESULT,
    *OF_VISIT_CORRECTIONS,
    *OF_OUTCOME,
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
