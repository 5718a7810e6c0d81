"""The commands on safety reports, and what each decides.

They are taken at any time: a serious event does not wait for a frozen or locked trial to be opened.
"""

from typing import Annotated

from pydantic import Field, StringConstraints

from domain.adverse_event import (
    AdverseEvent,
    AdverseEventChanged,
    AdverseEventRecorded,
    Assessment,
    Causality,
    Criterion,
    Outcome,
    Severity,
    begun,
)
from domain.clinical_time import ClinicalTime
from domain.errors import Invalid, NotFound, Refused
from domain.fact import Fact
from domain.identifiers import Key
from domain.outcome import Outcomes
from domain.record import NewFact
from domain.safety import (
    Recipient,
    SafetyFollowUpReceived,
    SafetyReport,
    SafetyReportClosed,
    SafetyReportCorrected,
    SafetyReportOpened,
    SafetyReportSubmitted,
    SafetyReportVoided,
    SponsorAssessed,
    SponsorAware,
    report_key,
    safety_stream,
)
from domain.sealed import ALLOCATION, padded
from domain.trial import TrialStatus
from workflows.command import OnParticipant, Report, Step, Words
from workflows.safety_report_machine import MACHINE, SafetyReportCursor
from workflows.situation import Case, Situation, decides

Note = Annotated[str, StringConstraints(max_length=300)]

NOTE_WIDTH = 1200
"""A sealed note is padded to this many bytes: 300 letters of any script."""


class OnSafetyReport(OnParticipant):
    """A command about the report on one adverse event of a participant."""

    ANY_TIME = True

    event: Key


class OpenSafetyReport(Report, OnParticipant):
    """The site is aware of a serious adverse event; `at` is its onset, `aware` when the site learned of it.

    Without `event` a new one is recorded in the casebook too, unless the trial takes no data any more.
    """

    KIND = "safety.open_report"
    ANY_TIME = True
    event: Key | None = None
    term: Words | None = None
    severity: Severity | None = None
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]
    aware: ClinicalTime | None = None


class RecordSubmission(Report, OnSafetyReport):
    """The report was sent to somebody; the first time is number 0, then follow-ups."""

    KIND = "safety.record_submission"
    recipient: Recipient
    reference: Annotated[str, StringConstraints(max_length=100)] = ""


class RecordSafetyFollowUp(Report, OnSafetyReport):
    """New information came in on a reported event. What would tell the allocation goes into the `note`."""

    KIND = "safety.record_follow_up"
    SEALED = frozenset({"note"})
    information: Words
    significant: bool = False
    serious: bool | None = None
    severity: Severity | None = None
    criteria: tuple[Criterion, ...] | None = None
    outcome: Outcome | None = None
    note: Note = ""


class RecordSponsorAwareness(Report, OnSafetyReport):
    """The sponsor learned of the event: the days to tell authorities run from here."""

    KIND = "safety.record_sponsor_awareness"


class RecordSponsorAssessment(Report, OnSafetyReport):
    """The sponsor judged causality and expectedness: who of theirs, and on what ground."""

    KIND = "safety.record_sponsor_assessment"
    assessor: Words
    causality: Causality
    expected: bool | None = None
    why: Words


class CloseSafetyReport(Step, OnSafetyReport):
    """Close a report on which nothing more is awaited."""

    KIND = "safety.close_report"


class VoidSafetyReport(Step, OnSafetyReport):
    """Void a report that was opened in error; it stays readable."""

    KIND = "safety.void_report"
    why: Words


# ---------------------------------------------------------------- what decisions share


def events_of(case: Case) -> dict[str, AdverseEvent]:
    """The adverse events of a participant's casebook."""
    return (case.casebook.outcomes or Outcomes()).adverse_events


def event_of(case: Case, event: str) -> AdverseEvent:
    """One adverse event of the casebook. Raises NotFound, and Refused for one that is voided."""
    outcomes = case.casebook.outcomes or Outcomes()
    known = outcomes.adverse_events.get(event)
    if known is None and outcomes.was_voided(event):
        raise Refused("adverse_event.voided", f"{event} was recorded in error", where=case.code)
    if known is None:
        raise NotFound("adverse_event.unknown", f"there is no adverse event {event}", where=case.code)
    return known


def report_of(case: Case, event: str, situation: Situation) -> SafetyReport | None:
    """The report on an event, or None."""
    return situation.states.single(SafetyReport, report_key(case.code, event))


def next_event(case: Case, situation: Situation) -> str:
    """The id the next adverse event takes: a number is given once, in the casebook and among the reports."""
    outcomes = case.casebook.outcomes or Outcomes()
    event = f"ae-{(number := 1)}"
    while (
        event in outcomes.adverse_events
        or outcomes.was_voided(event)
        or report_of(case, event, situation) is not None
    ):
        event = f"ae-{(number := number + 1)}"
    return event


def aware_of(
    case: Case, aware: ClinicalTime | None, onset: ClinicalTime, situation: Situation
) -> ClinicalTime:
    """When the site learned of an event: what was said, or now. Raises Invalid before the onset."""
    when = situation.said(aware, case.zone)
    refuse_unaware(case, when, onset)
    return when


def refuse_unaware(case: Case, aware: ClinicalTime, onset: ClinicalTime) -> None:
    """Raise Invalid for what the site is said to have known before it began."""
    if aware.latest <= onset.earliest:
        raise Invalid(
            "safety.aware_before_onset", f"nobody can know on {aware} what began on {onset}", where=case.code
        )


def opened(case: Case, event: str, known: AdverseEvent, situation: Situation) -> list[NewFact]:
    """The fact that opens the report on a serious event, effective when the site became aware."""
    MACHINE.move("open", cursor_of(case, event, situation), f"{case.code} {event}")
    aware = known.aware or situation.said(None, case.zone)
    fact = SafetyReportOpened(
        participant=case.code,
        event=event,
        term=known.term,
        onset=known.onset.at,
        aware=aware,
        severity=known.severity,
        criteria=known.criteria,
    )
    return _facts(case, event, aware, fact)


def put_right(
    case: Case, report: SafetyReport, onset: ClinicalTime, aware: ClinicalTime, situation: Situation
) -> list[NewFact]:
    """What puts the report right with its event. Whoever has it was told wrongly: significant news."""
    if (onset, aware) == (report.onset, report.aware.at):
        return []
    move("correct", case, report.event, situation)
    fact = SafetyReportCorrected(
        participant=case.code,
        event=report.event,
        onset=onset,
        onset_was=report.onset,
        aware=aware,
        aware_was=report.aware.at,
    )
    facts = _facts(case, report.event, aware, fact)
    if not report.submissions:
        return facts
    news = SafetyFollowUpReceived(
        participant=case.code,
        event=report.event,
        information=situation.by.reason_text,
        significant=True,
        note=situation.vault.seal(ALLOCATION, padded("", NOTE_WIDTH)),
    )
    return [*facts, *_facts(case, report.event, situation.said(None, case.zone), news)]


def voided(case: Case, event: str, at: ClinicalTime, why: str, situation: Situation) -> list[NewFact]:
    """The fact that voids the report on an event."""
    move("void", case, event, situation)
    return _facts(case, event, at, SafetyReportVoided(participant=case.code, event=event, why=why))


def move(trigger: str, case: Case, event: str, situation: Situation, recipient: str = "") -> SafetyReport:
    """The report on an event, once its machine has let the step pass. Raises NotFound, Refused."""
    report = report_of(case, event, situation)
    if report is None:
        raise NotFound("safety.unknown", f"there is no safety report on {event}", where=case.code)
    MACHINE.move(trigger, cursor_of(case, event, situation, recipient), f"{case.code} {event}")
    return report


def cursor_of(case: Case, event: str, situation: Situation, recipient: str = "") -> SafetyReportCursor:
    """The report on an event, or that there is none, as its machine looks at it; `recipient` is whom it is
    sent to.
    """
    report = report_of(case, event, situation)
    return SafetyReportCursor(report, _assessments(case, event), case.protocol.safety_rules, recipient)


def _assessments(case: Case, event: str) -> tuple[Assessment, ...]:
    known = events_of(case).get(event)
    return known.assessments if known is not None else ()


def _facts(case: Case, event: str, at: ClinicalTime, *facts: Fact) -> list[NewFact]:
    return case.facts_in(safety_stream(case.code, event), at, *facts)


# ---------------------------------------------------------------- decisions


@decides(OpenSafetyReport)
def open_report(command: OpenSafetyReport, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    onset = situation.when(command, case.zone)
    takes_data = situation.trial.status is TrialStatus.ACTIVE
    if command.event is not None:
        known = event_of(case, command.event)
        aware = aware_of(case, command.aware, known.onset.at, situation)
        changed = AdverseEventChanged(
            event=command.event,
            serious=True,
            criteria=command.criteria,
            aware=aware,
            severity=command.severity,
        )
        known = known._replace(
            criteria=command.criteria, aware=aware, severity=command.severity or known.severity
        )
        report = opened(case, command.event, known, situation)
        return [*(case.facts(aware, changed) if takes_data else ()), *report]
    if command.term is None or command.severity is None:
        raise Invalid(
            "safety.term_missing", "a new event is told with its term and severity", where=case.code
        )
    aware = aware_of(case, command.aware, onset, situation)
    event = next_event(case, situation)
    recorded = AdverseEventRecorded(
        event=event,
        term=command.term,
        severity=command.severity,
        serious=True,
        criteria=command.criteria,
        aware=aware,
    )
    report = opened(case, event, begun(recorded, situation.happened(onset)), situation)
    return [*(case.facts(onset, recorded) if takes_data else ()), *report]


@decides(RecordSubmission)
def record_submission(command: RecordSubmission, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    report = move("submit", case, command.event, situation, command.recipient)
    if any(each.when.at == at for each in report.sent_to(command.recipient)):
        return []
    fact = SafetyReportSubmitted(
        participant=case.code,
        event=command.event,
        recipient=command.recipient,
        number=report.next_to(command.recipient),
        reference=command.reference,
    )
    return _facts(case, command.event, at, fact)


@decides(RecordSafetyFollowUp)
def record_follow_up(command: RecordSafetyFollowUp, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    move("follow_up", case, command.event, situation)
    fact = SafetyFollowUpReceived(
        participant=case.code,
        event=command.event,
        information=command.information,
        significant=command.significant,
        serious=command.serious,
        severity=command.severity,
        criteria=command.criteria,
        outcome=command.outcome,
        note=situation.vault.seal(ALLOCATION, padded(command.note, NOTE_WIDTH)),
    )
    return _facts(case, command.event, at, fact)


@decides(RecordSponsorAwareness)
def record_sponsor_awareness(command: RecordSponsorAwareness, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    move("learn", case, command.event, situation)
    return _facts(case, command.event, at, SponsorAware(participant=case.code, event=command.event))


@decides(RecordSponsorAssessment)
def record_sponsor_assessment(command: RecordSponsorAssessment, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    move("assess", case, command.event, situation)
    fact = SponsorAssessed(
        participant=case.code,
        event=command.event,
        assessor=command.assessor,
        causality=command.causality,
        expected=command.expected,
        why=command.why,
    )
    return _facts(case, command.event, at, fact)


@decides(CloseSafetyReport)
def close(command: CloseSafetyReport, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    move("close", case, command.event, situation)
    return _facts(case, command.event, at, SafetyReportClosed(participant=case.code, event=command.event))


@decides(VoidSafetyReport)
def void(command: VoidSafetyReport, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    return voided(case, command.event, at, command.why, situation)
