"""What the decisions on disclosures ask, and that no text which masked roles read names an arm."""

from __future__ import annotations

from domain import deviation, incident, outcome, participant, unblinding, viewing
from domain.fact import Fact
from workflows.conformance.looking import Asking, Conditions, Seen
from workflows.unblinding import BreakBlind, names_arm


def _disclosed(fact: unblinding.Unblinded, seen: Seen) -> Conditions:
    yield seen.kind is BreakBlind and not seen.looking.has_reason(), "unblinding.no_reason"
    texts = (*fact.informed, fact.reason)
    yield any(names_arm(text, seen.trial) for text in texts), "unblinding.names_arm"


def _disclosed_before(fact: unblinding.UnblindingAssessed, seen: Seen) -> Conditions:
    yield not seen.case.participant.unblinded, "unblinding.none"
    yield names_arm(fact.assessment, seen.trial), "unblinding.names_arm"


def _viewed(fact: viewing.AllocationViewed, seen: Seen) -> Conditions:
    yield seen.trial.masks(seen.looking.situation.by.role), "allocation.masked"
    yield names_arm(fact.purpose, seen.trial), "unblinding.names_arm"


def _silent(*texts: str) -> Asking:
    def ask(fact: Fact, seen: Seen) -> Conditions:
        yield any(names_arm(getattr(fact, text), seen.trial) for text in texts), "unblinding.names_arm"

    return ask


CONDITIONS: dict[type[Fact], Asking] = {
    unblinding.Unblinded: _disclosed,
    unblinding.UnblindingAssessed: _disclosed_before,
    viewing.AllocationViewed: _viewed,
    participant.MisrandomizationNoted: _silent("finding"),
    outcome.DeviationNoted: _silent("text"),
    outcome.DeviationClassified: _silent("cause", "correction"),
    deviation.DeviationExplained: _silent("cause", "hazard"),
    deviation.DeviationActionTaken: _silent("action"),
    deviation.DeviationReported: _silent("reference"),
    deviation.HazardExceptionNotified: _silent("reference"),
    incident.IncidentAssessed: _silent("why"),
    incident.IncidentNotified: _silent("reference"),
    incident.IncidentClosed: _silent("measures"),
}
