"""The visit's commands and what each decides."""

from datetime import date

from domain.clinical_time import ClinicalTime
from domain.errors import Invalid, NotFound, Refused
from domain.identifiers import Key
from domain.record import NewFact
from domain.schedule import distance
from domain.visit import UNSCHEDULED, VisitAttended, VisitMissed, VisitScheduled
from domain.visit_plan import VisitPlan
from workflows.command import OnParticipant, Report, Step
from workflows.participant_machine import MACHINE as COURSE
from workflows.participant_machine import ParticipantCursor
from workflows.situation import Case, Situation, decides
from workflows.visit_machine import MACHINE, VisitCursor


class ScheduleVisit(Step, OnParticipant):
    """Make an appointment for a planned visit."""

    KIND = "visit.schedule"
    visit: Key
    appointment: ClinicalTime


class RecordVisit(Report, OnParticipant):
    """The participant came. Without a visit id the visit is placed by its day: in the planned visit whose
    window holds it and whose target is nearest, or else as an unscheduled visit.
    """

    KIND = "visit.record"
    visit: Key | None = None


class RecordMissedVisit(Report, OnParticipant):
    """The participant did not come, and it is known."""

    KIND = "visit.record_missed"
    visit: Key
    reason: str = ""


@decides(ScheduleVisit)
def schedule_visit(command: ScheduleVisit, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    _planned(case, command.visit)
    COURSE.move(
        "schedule_visit",
        ParticipantCursor(case, situation.trial, situation.states.enrolment, command.appointment, at),
        case.code,
    )
    MACHINE.move(
        "schedule", VisitCursor(case.casebook.visits.get(command.visit)), f"{case.code} {command.visit}"
    )
    if command.appointment.latest <= situation.now.moment:
        raise Invalid(
            "visit.appointment_past", f"{command.appointment} is past", where=f"{case.code} {command.visit}"
        )
    return case.facts(at, VisitScheduled(visit=command.visit, appointment=command.appointment))


@decides(RecordVisit)
def record_visit(command: RecordVisit, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    visit = command.visit or placed(case, at)
    if command.visit is not None and not command.visit.startswith(UNSCHEDULED):
        _planned(case, command.visit)
    MACHINE.move("attend", VisitCursor(case.casebook.visits.get(visit)), f"{case.code} {visit}")
    return case.facts(at, VisitAttended(visit=visit))


@decides(RecordMissedVisit)
def record_missed_visit(command: RecordMissedVisit, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    _planned(case, command.visit)
    MACHINE.move("miss", VisitCursor(case.casebook.visits.get(command.visit)), f"{case.code} {command.visit}")
    return case.facts(at, VisitMissed(visit=command.visit, reason=command.reason))


def _planned(case: Case, visit: str) -> VisitPlan:
    plan = case.protocol.visit_plans.get(visit)
    if plan is None:
        names = ", ".join(case.protocol.visit_plans)
        raise NotFound(
            "visit.unknown",
            f"protocol {case.protocol.version} plans no visit {visit}",
            remedy=f"It plans {names}.",
        )
    return plan


def placed(case: Case, at: ClinicalTime) -> str:
    """The visit of a day: the free planned visit whose window holds it and whose target is nearest."""
    if at.day is None:
        raise Refused("visit.day_unknown", f"{at} names no day, so the visit must be named", where=case.code)
    fitting = [
        (distance, order, plan.id)
        for order, plan in enumerate(case.protocol.schedule.visits)
        if (distance := _distance(case, plan, at.day)) is not None
    ]
    return min(fitting)[2] if fitting else case.casebook.unscheduled()


def _distance(case: Case, plan: VisitPlan, day: date) -> int | None:
    """How far the day is from the plan's target; None outside the window, or when the visit is attended."""
    known = case.casebook.visits.get(plan.id)
    anchor = case.participant.milestone(case.protocol.anchor_of(plan))
    if (known is not None and known.attended is not None) or anchor is None or anchor.at.day is None:
        return None
    return distance(plan, anchor.at.day, day)
