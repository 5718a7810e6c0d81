"""The commands by which people handle a deviation, computed or noted, and what each decides.

That the deviation is there follows from protocol and facts, which whoever asks looks up first; what was said
of one that later facts have ended stays in the history and shows nowhere else.
"""

from typing import Annotated

from pydantic import StringConstraints

from domain.deviation import (
    ActionKind,
    DeviationActionTaken,
    DeviationExplained,
    DeviationId,
    DeviationReported,
    HazardExceptionNotified,
)
from domain.record import NewFact
from domain.safety import Recipient
from workflows.command import OnParticipant, Report, Step, Words
from workflows.situation import Situation, decides
from workflows.unblinding import without_arm

Reference = Annotated[str, StringConstraints(max_length=100)]


class OnDeviation(OnParticipant):
    """A command about one deviation of a participant. It reviews data and enters none."""

    WHILE_FROZEN = True
    deviation: DeviationId


class ExplainDeviation(Step, OnDeviation):
    """Say why a deviation came about; `hazard` names the immediate hazard that it averted."""

    KIND = "deviation.explain"
    cause: Words
    hazard: Annotated[str, StringConstraints(max_length=2000, strip_whitespace=True)] = ""


class RecordDeviationAction(Report, OnDeviation):
    """Something was done: to put it right (corrective), or lest it come again (preventive)."""

    KIND = "deviation.record_action"
    kind: ActionKind
    action: Words


class RecordDeviationReport(Report, OnDeviation):
    """The deviation was told to somebody, as the ethics committee."""

    KIND = "deviation.record_report"
    recipient: Recipient
    reference: Reference = ""


class RecordHazardNotice(Report, OnDeviation):
    """That the protocol was left to avert an immediate hazard was told to somebody."""

    KIND = "deviation.record_hazard_notice"
    recipient: Recipient
    reference: Reference = ""


@decides(ExplainDeviation)
def explain_deviation(command: ExplainDeviation, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    for text in (command.cause, command.hazard):  # masked roles read of deviations
        without_arm(text, situation.trial, case.code)
    fact = DeviationExplained(deviation=command.deviation, cause=command.cause, hazard=command.hazard)
    return case.facts(situation.when(command, case.zone), fact)


@decides(RecordDeviationAction)
def record_deviation_action(command: RecordDeviationAction, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    without_arm(command.action, situation.trial, case.code)
    fact = DeviationActionTaken(deviation=command.deviation, kind=command.kind, action=command.action)
    return case.facts(situation.when(command, case.zone), fact)


@decides(RecordDeviationReport)
def record_deviation_report(command: RecordDeviationReport, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    without_arm(command.reference, situation.trial, case.code)
    fact = DeviationReported(
        deviation=command.deviation, recipient=command.recipient, reference=command.reference
    )
    return case.facts(situation.when(command, case.zone), fact)


@decides(RecordHazardNotice)
def record_hazard_notice(command: RecordHazardNotice, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    without_arm(command.reference, situation.trial, case.code)
    fact = HazardExceptionNotified(
        deviation=command.deviation, recipient=command.recipient, reference=command.reference
    )
    return case.facts(situation.when(command, case.zone), fact)
