"""What the decisions on visits ask besides the machine."""

from __future__ import annotations

from typing import Any

from domain import visit
from domain.fact import Fact
from domain.observation import ResultVoided
from workflows.conformance.looking import Asking, Conditions, Seen
from workflows.visit_correction import standing_results


def _visit_is_planned(fact: Any, seen: Seen) -> Conditions:  # noqa: ANN401 - the three facts of a visit
    yield not seen.plans(fact.visit), "visit.unknown"


def _appointed(fact: visit.VisitScheduled, seen: Seen) -> Conditions:
    yield from _visit_is_planned(fact, seen)
    yield fact.appointment.latest <= seen.looking.situation.now.moment, "visit.appointment_past"


def _visit_corrected(fact: visit.VisitTimeCorrected, seen: Seen) -> Conditions:
    known = seen.case.casebook.visits.get(fact.visit)
    when = None if known is None else known.attended
    yield when is None or when.at != fact.was, "event.not_recorded"
    yield fact.at == fact.was, "event.same"
    yield from seen.unjustified()


def _visit_voided(fact: visit.VisitVoided, seen: Seen) -> Conditions:
    known = seen.case.casebook.visits.get(fact.visit)
    when = None if known is None else known.recorded(fact.what)
    yield when is None or when.at != fact.was, "event.not_recorded"
    stand = standing_results(seen.case, fact.visit) if fact.what == "attended" else []
    taken_back = (seen.is_beside(ResultVoided, visit=fact.visit, result=each) for each in stand)
    yield not all(taken_back), "visit.results_stand"
    yield from seen.unjustified()


CONDITIONS: dict[type[Fact], Asking] = {
    visit.VisitScheduled: _appointed,
    visit.VisitAttended: _visit_is_planned,
    visit.VisitMissed: _visit_is_planned,
    visit.VisitTimeCorrected: _visit_corrected,
    visit.VisitVoided: _visit_voided,
}
