"""What the decisions on queries ask besides the machine."""

from __future__ import annotations

from domain import query
from domain.fact import Fact
from domain.observation import AssessmentCorrected, EditCheckFired, ResultCorrected, ResultVoided
from workflows.conformance.looking import Asking, Conditions, Seen


def _opened(fact: query.QueryOpened, seen: Seen) -> Conditions:
    by_check = fact.origin == "edit_check"
    yield by_check and not seen.is_beside(EditCheckFired, query=fact.query), "fact.alone"
    yield bool(fact.result) and not fact.visit, "query.no_visit"
    yield seen.looking.situation.states.casebook(fact.participant) is None, "participant.unknown"
    yield fact.query != query.query_at(seen.record.position), "query.unknown"


def _changed(fact: query.QueryLedToChange, seen: Seen) -> Conditions:
    changes = (ResultCorrected, AssessmentCorrected, ResultVoided)
    yield not seen.is_beside(*changes, visit=fact.visit, result=fact.result), "fact.alone"


CONDITIONS: dict[type[Fact], Asking] = {
    query.QueryOpened: _opened,
    query.QueryLedToChange: _changed,
}
