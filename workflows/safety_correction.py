"""What a safety report says of its times in error, put right where the casebook does not put it right."""

from domain.clinical_time import ClinicalTime
from domain.errors import Refused
from domain.record import NewFact
from domain.safety import (
    Recipient,
    SafetyReport,
    SafetyStep,
    SafetySubmissionVoided,
    SafetyTimeCorrected,
    safety_stream,
)
from domain.trial import TrialStatus
from workflows.command import Untimed
from workflows.reasons import justified
from workflows.recorded import not_recorded, several
from workflows.safety import OnSafetyReport, events_of, move, put_right, refuse_unaware
from workflows.situation import Case, Situation, decides


class CorrectSafetyReport(Untimed, OnSafetyReport):
    """An event that is told by its report alone began at another time than was recorded, or the site learned
    of it at another. What is left out stands.
    """

    KIND = "safety.correct_report"
    at: ClinicalTime | None = None
    aware: ClinicalTime | None = None


class CorrectSafetyTime(Untimed, OnSafetyReport):
    """The sponsor learned of an event, or a report on it was sent, at another time than was recorded. Of
    reports sent `recipient` says to whom, and of several `recorded` which.
    """

    KIND = "safety.correct_time"
    step: SafetyStep
    at: ClinicalTime
    recipient: Recipient | None = None
    recorded: ClinicalTime | None = None


class VoidSubmission(Untimed, OnSafetyReport):
    """A report is recorded as sent to somebody and never was. Of several to them `recorded` says which."""

    KIND = "safety.void_submission"
    recipient: Recipient
    recorded: ClinicalTime | None = None


@decides(CorrectSafetyReport)
def correct_report(command: CorrectSafetyReport, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    report = move("correct", case, command.event, situation)
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


@decides(CorrectSafetyTime)
def correct_time(command: CorrectSafetyTime, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    report = move("correct_time", case, command.event, situation)
    situation.refuse_impossible(case.participant, command.at)
    (recipient, number), was = _recorded(case, report, command.step, command.recipient, command.recorded)
    if command.at == was:
        raise Refused("event.same", f"it is recorded at {was} already", where=case.code)
    justified(situation.by, case.protocol, case.code)
    fact = SafetyTimeCorrected(
        participant=case.code,
        event=command.event,
        step=command.step,
        recipient=recipient,
        number=number,
        at=command.at,
        was=was,
    )
    return case.facts_in(safety_stream(case.code, command.event), command.at, fact)


@decides(VoidSubmission)
def void_submission(command: VoidSubmission, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    report = move("void_submission", case, command.event, situation)
    (recipient, number), was = _recorded(case, report, "submission", command.recipient, command.recorded)
    justified(situation.by, case.protocol, case.code)
    fact = SafetySubmissionVoided(
        participant=case.code, event=command.event, recipient=recipient, number=number
    )
    return case.facts_in(safety_stream(case.code, command.event), was, fact)


def _recorded(
    case: Case, report: SafetyReport, step: str, recipient: str | None, recorded: ClinicalTime | None
) -> tuple[tuple[str, int], ClinicalTime]:
    """The one step of a report that is meant: to whom and its number, and the time that is recorded of it.
    Raises NotFound for none, Refused for several.
    """
    times = {
        (whom, number): was
        for (whom, number), was in report.times_of(step).items()
        if recipient is None or whom in ("", recipient)
    }
    told = [f"{was} {whom}".strip() for (whom, _), was in times.items()]
    found = [(which, was) for which, was in times.items() if recorded in (None, was)]
    if not found:
        raise not_recorded(case, f"{step.replace('_', ' ')} of {report.event}", told)
    if len(found) > 1:
        which = "Say to whom, and with --was the time that is recorded."
        raise several(case, f"more than one report on {report.event} was sent", told, which)
    return found[0]
