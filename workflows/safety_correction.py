"""What a safety report says of its times in error, put right where the casebook does not put it right."""

from domain.clinical_time import ClinicalTime
from domain.errors import Refused
from domain.record import NewFact
from domain.safety import Recipient, SafetyStep, SafetyTimeCorrected, safety_stream
from domain.trial import TrialStatus
from workflows.command import Untimed
from workflows.reasons import justified
from workflows.recorded import not_recorded, several
from workflows.safety import OnSafetyReport, events_of, move, put_right, refuse_unaware
from workflows.situation import Situation, decides


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
    times = {
        (recipient, number): was
        for (recipient, number), was in report.times_of(command.step).items()
        if command.recipient is None or recipient in ("", command.recipient)
    }
    told = [f"{was} {recipient}".strip() for (recipient, _), was in times.items()]
    found = [each for each, was in times.items() if command.recorded in (None, was)]
    if not found:
        raise not_recorded(case, f"{command.step.replace('_', ' ')} of {command.event}", told)
    if len(found) > 1:
        which = "Say to whom, and with --was the time that is recorded."
        raise several(case, f"more than one report on {command.event} was sent", told, which)
    [(recipient, number)] = found
    was = times[recipient, number]
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
