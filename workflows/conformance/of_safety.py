"""What the decisions on adverse events, safety reports and incidents ask besides the machine."""

from __future__ import annotations

from typing import Any

from domain import adverse_event, incident, safety
from domain.fact import Fact
from workflows.conformance.looking import Asking, Conditions, Seen
from workflows.safety import events_of
from workflows.unblinding import names_arm


def _of_event(fact: Any, seen: Seen) -> Conditions:  # noqa: ANN401 - the later facts of an adverse event
    yield fact.event not in events_of(seen.case), "adverse_event.unknown"


def _changed(fact: adverse_event.AdverseEventChanged, seen: Seen) -> Conditions:
    yield from _of_event(fact, seen)
    yield fact.serious is False and not seen.looking.situation.has_reason, "correction.no_reason"


def _aware(fact: safety.SafetyReportOpened, _seen: Seen) -> Conditions:
    yield fact.aware.latest <= fact.onset.earliest, "safety.aware_before_onset"


def _aware_of_incident(fact: incident.IncidentReported, seen: Seen) -> Conditions:
    yield fact.aware.latest <= seen.record.effective_at.earliest, "incident.aware_before"
    yield names_arm(fact.what, seen.trial), "unblinding.names_arm"


CONDITIONS: dict[type[Fact], Asking] = {
    adverse_event.AdverseEventChanged: _changed,
    adverse_event.CausalityAssessed: _of_event,
    safety.SafetyReportOpened: _aware,
    incident.IncidentReported: _aware_of_incident,
}
