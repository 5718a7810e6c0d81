"""What the decisions on results and grades ask."""

from __future__ import annotations

from typing import Any

from domain import observation
from domain.correction import CorrectionAccepted, CorrectionFixApplied
from domain.fact import Fact
from domain.privacy import REDACTED
from domain.query import Query, QueryLedToChange, QueryOpened
from domain.visit import VisitTimeCorrected
from workflows.changing import after_unblinding
from workflows.conformance.looking import Asking, Conditions, Seen
from workflows.values import Reading, readable


def _measured(fact: observation.ResultRecorded, seen: Seen) -> Conditions:
    yield from _entered(fact, seen, fact.value, fact.unit)


def _graded(fact: observation.AssessmentGraded, seen: Seen) -> Conditions:
    yield from _entered(fact, seen, fact.grade, "")


def _entered(fact: observation.VisitResult, seen: Seen, value: str, unit: str) -> Conditions:
    known = seen.case.casebook.visits.get(fact.visit)
    is_visit = known is not None and known.is_recorded
    yield not is_visit and fact.visit not in seen.case.protocol.visit_plans, "visit.unknown"
    yield _standing(fact, seen) is not None, "result.recorded_already"
    yield from _taken(fact, seen, value, unit)


def _remeasured(fact: observation.ResultCorrected, seen: Seen) -> Conditions:
    yield from _changed(fact, seen)
    yield from _same(fact, seen, f"{fact.comparator}{fact.value} {fact.unit}".strip())
    yield from _taken(fact, seen, fact.value, fact.unit)


def _regraded(fact: observation.AssessmentCorrected, seen: Seen) -> Conditions:
    yield from _changed(fact, seen)
    yield from _same(fact, seen, fact.grade)
    yield from _taken(fact, seen, fact.grade, "")


def _same(fact: Any, seen: Seen, now: str) -> Conditions:  # noqa: ANN401 - the two kinds of correction
    standing = _standing(fact, seen)
    is_same = standing is not None and not standing.is_voided and observation.told(standing) == now
    yield is_same, "result.same_value"


def _taken(fact: observation.VisitResult, seen: Seen, value: str, unit: str) -> Conditions:
    """A value the protocol's item can have: a number in a unit it knows, or one of its grades."""
    item = seen.case.protocol.item_plans.get(observation.item_of(fact.result))
    yield item is None, "item.unknown"
    is_told = REDACTED not in (value, unit)
    if item is not None and is_told and not readable(item, Reading(item=item.id, value=value, unit=unit)):
        yield True, "result.unit_unknown" if item.is_quantity else "result.grade_unknown"


def _changed(fact: Any, seen: Seen) -> Conditions:  # noqa: ANN401 - corrections and voids
    standing = _standing(fact, seen)
    yield standing is None, "result.unknown"
    is_other = standing is not None and observation.told(standing) != fact.was
    yield is_other and REDACTED not in (fact.was, standing and standing.value), "result.changed_meanwhile"
    yield from seen.unjustified()
    disclosed = after_unblinding(seen.case, seen.trial)
    signed = seen.is_beside(CorrectionAccepted, CorrectionFixApplied)
    yield disclosed and not signed, "correction.after_unblinding"
    yield from _on_query(fact, seen)


def _on_query(fact: observation.ResultChange, seen: Seen) -> Conditions:
    told_of = not fact.query or seen.is_beside(QueryLedToChange, query=fact.query)
    yield not told_of, "fact.alone"


def _voided(fact: observation.ResultVoided, seen: Seen) -> Conditions:
    yield from _changed(fact, seen)
    standing = _standing(fact, seen)
    yield standing is not None and standing.is_voided, "result.voided_already"


def _questioned(fact: observation.EditCheckFired, seen: Seen) -> Conditions:
    made = (observation.ResultRecorded, observation.ResultCorrected)
    yield not seen.is_beside(*made, visit=fact.visit, result=fact.result), "fact.alone"
    opened_now = seen.is_beside(QueryOpened, query=fact.query)
    opened_before = seen.looking.situation.states.single(Query, fact.query) is not None
    yield bool(fact.query) and not (opened_now or opened_before), "query.unknown"


def _confirmed_value(fact: observation.EditCheckAnswered, seen: Seen) -> Conditions:
    standing = _standing(fact, seen)
    yield standing is None, "result.unknown"
    yield standing is not None and not standing.check, "edit_check.none_open"


def _retaken(fact: observation.ResultTimeCorrected, seen: Seen) -> Conditions:
    standing = _standing(fact, seen)
    yield standing is None, "result.unknown"
    yield standing is not None and standing.taken != fact.was, "event.not_recorded"
    yield fact.at == fact.was, "event.same"
    yield from seen.unjustified()
    moved = seen.is_beside(VisitTimeCorrected, visit=fact.visit, at=fact.at, was=fact.was)
    yield fact.with_visit and not moved, "fact.alone"
    yield from _on_query(fact, seen)


def _standing(fact: observation.VisitResult, seen: Seen) -> observation.Result | None:
    return seen.case.casebook.results.get(fact.visit, {}).get(fact.result)


CONDITIONS: dict[type[Fact], Asking] = {
    observation.ResultRecorded: _measured,
    observation.ResultCorrected: _remeasured,
    observation.ResultVoided: _voided,
    observation.ResultTimeCorrected: _retaken,
    observation.AssessmentGraded: _graded,
    observation.AssessmentCorrected: _regraded,
    observation.EditCheckFired: _questioned,
    observation.EditCheckAnswered: _confirmed_value,
}
