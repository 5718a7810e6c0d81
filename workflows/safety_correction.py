"""What a safety report says of its times in error, put right where the casebook cannot put it right."""

from domain.clinical_time import ClinicalTime
from domain.errors import NotFound, Refused
from domain.record import NewFact
from domain.trial import TrialStatus
from workflows.command import Untimed
from workflows.reasons import justified
from workflows.safety import OnSafetyReport, events_of, move, put_right, refuse_unaware
from workflows.situation import Situation, decides


class CorrectSafetyReport(Untimed, OnSafetyReport):
    """An event that is told by its report alone began at another time than was recorded, or the site learned
    of it at another. What is left out stands.
    """

    KIND = "safety.correct_report"
    at: ClinicalTime | None = None
    aware: ClinicalTime | None = None


@decides(CorrectSafetyReport)
def correct_report(command: CorrectSafetyReport, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    report = move("correct", case, command.event, situation)
    if report is None:  # pragma: no cover - there is none to move
        raise NotFound("safety.unknown", f"there is no safety report on {command.event}", where=case.code)
    if situation.trial.status is TrialStatus.ACTIVE and command.event in events_of(case):
        raise Refused(
            "safety.event_stands",
            f"{command.event} stands in the casebook: it is put right there, and its report with it",
            where=case.code,
            remedy="Use 'trialog participant correct-adverse-event'.",
        )
    onset, aware = command.at or report.onset, command.aware or report.aware.at
    for time in (onset, aware):
        situation.refuse_impossible(case.participant, time)
    refuse_unaware(case, aware, onset)
    if (onset, aware) == (report.onset, report.aware.at):
        raise Refused("event.same", f"the report on {command.event} says so already", where=case.code)
    justified(situation.by, case.protocol, case.code)
    return put_right(case, report, onset, aware, situation)
