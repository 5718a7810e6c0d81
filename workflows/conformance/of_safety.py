"""What the decisions on safety reports and incidents ask besides the machine."""

from __future__ import annotations

from domain import adverse_event, incident, safety
from domain.fact import Fact
from domain.trial import TrialStatus
from workflows.conformance.looking import Asking, Conditions, Seen
from workflows.safety import events_of, report_of
from workflows.unblinding import names_arm


def _aware(fact: safety.SafetyReportOpened | safety.SafetyReportCorrected, _seen: Seen) -> Conditions:
    yield fact.aware.latest <= fact.onset.earliest, "safety.aware_before_onset"


def _corrected(fact: safety.SafetyReportCorrected, seen: Seen) -> Conditions:
    yield from _aware(fact, seen)
    if seen.is_beside(adverse_event.AdverseEventCorrected, event=fact.event):
        return
    own = seen.of_participant(fact.participant)
    in_casebook = fact.event in events_of(own.case)
    yield in_casebook and seen.trial.status is TrialStatus.ACTIVE, "safety.event_stands"
    yield from own.unjustified()
    report = report_of(own.case, fact.event, seen.looking.situation)
    now, was = (fact.onset, fact.aware), (fact.onset_was, fact.aware_was)
    yield now == was, "event.same"
    yield report is not None and was != (report.onset, report.aware.at), "event.not_recorded"


def _retimed(fact: safety.SafetyTimeCorrected, seen: Seen) -> Conditions:
    own = seen.of_participant(fact.participant)
    report = report_of(own.case, fact.event, seen.looking.situation)
    yield fact.at == fact.was, "event.same"
    stood = {} if report is None else report.times_of(fact.step)
    yield stood.get((fact.recipient, fact.number)) != fact.was, "event.not_recorded"
    yield from own.unjustified()


def _unsent(fact: safety.SafetySubmissionVoided, seen: Seen) -> Conditions:
    own = seen.of_participant(fact.participant)
    report = report_of(own.case, fact.event, seen.looking.situation)
    stood = {} if report is None else report.times_of("submission")
    yield stood.get((fact.recipient, fact.number)) != seen.record.effective_at, "event.not_recorded"
    yield from own.unjustified()


def _aware_of_incident(fact: incident.IncidentReported, seen: Seen) -> Conditions:
    yield fact.aware.latest <= seen.record.effective_at.earliest, "incident.aware_before"
    yield names_arm(fact.what, seen.trial), "unblinding.names_arm"


CONDITIONS: dict[type[Fact], Asking] = {
    safety.SafetyReportOpened: _aware,
    safety.SafetyReportCorrected: _corrected,
    safety.SafetyTimeCorrected: _retimed,
    safety.SafetySubmissionVoided: _unsent,
    incident.IncidentReported: _aware_of_incident,
}
