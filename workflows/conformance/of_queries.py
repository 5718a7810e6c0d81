"""What the decisions on queries ask besides the machine."""

from __future__ import annotations

from domain import query
from domain.fact import Fact
from domain.observation import (
    AssessmentCorrected,
    EditCheckFired,
    ResultCorrected,
    ResultTimeCorrected,
    ResultVoided,
    item_of,
)
from workflows.conformance.looking import Asking, Conditions, Seen


def _opened(fact: query.QueryOpened, seen: Seen) -> Conditions:
    by_check = fact.origin == "edit_check"
    yield by_check and not seen.is_beside(EditCheckFired, query=fact.query), "fact.alone"
    yield bool(fact.result) and not fact.visit, "query.no_visit"
    casebook = seen.looking.situation.states.casebook(fact.participant)
    yield casebook is None, "participant.unknown"
    if casebook is not None and not by_check:
        protocol = seen.looking.situation.case(fact.participant).protocol
        is_visit = fact.visit in protocol.visit_plans or fact.visit in casebook.visits
        yield bool(fact.visit) and not is_visit, "visit.unknown"
        yield bool(fact.result) and item_of(fact.result) not in protocol.item_plans, "item.unknown"
    yield fact.query != query.query_at(seen.record.position), "query.unknown"


def _changed(fact: query.QueryLedToChange, seen: Seen) -> Conditions:
    changes = (ResultCorrected, AssessmentCorrected, ResultVoided, ResultTimeCorrected)
    yield not seen.is_beside(*changes, visit=fact.visit, result=fact.result), "fact.alone"
    known = seen.looking.situation.states.single(query.Query, fact.query)
    if known is not None:
        fits = known.visit in ("", fact.visit) and known.result in ("", fact.result)
        yield not fits, "query.other_subject"


CONDITIONS: dict[type[Fact], Asking] = {
    query.QueryOpened: _opened,
    query.QueryLedToChange: _changed,
}
