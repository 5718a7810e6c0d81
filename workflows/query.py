"""The commands about queries, and what each decides; how edit checks open queries and changes settle them."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import StringConstraints

from domain.clinical_time import ClinicalTime
from domain.errors import NotFound, Refused
from domain.fact import Fact
from domain.identifiers import Key, query_stream
from domain.observation import EditCheckAnswered, EditCheckFired, Result, ResultId, VisitResult
from domain.query import (
    Query,
    QueryAnswered,
    QueryCancelled,
    QueryClosed,
    QueryId,
    QueryLedToChange,
    QueryOpened,
    QueryReopened,
    in_both,
    query_at,
)
from domain.record import NewFact
from workflows.command import OnParticipant, Step
from workflows.query_machine import MACHINE, QueryCursor
from workflows.situation import Case, Situation, decides

Turn = Annotated[str, StringConstraints(min_length=2, max_length=2000, strip_whitespace=True)]
"""What is said in one turn of a query."""


class OpenQuery(Step, OnParticipant):
    """Put a question to the site: about the participant, one visit, or one result of a visit."""

    KIND = "query.open"
    WHILE_FROZEN = True
    visit: Key | None = None
    result: ResultId | None = None
    text: Turn


class OnQuery(Step):
    """A step on a query."""

    WHILE_FROZEN = True
    query: QueryId


class AnswerQuery(OnQuery):
    """Answer the question. A change is made with the command for it, which names the query."""

    KIND = "query.answer"
    answer: Turn


class CloseQuery(OnQuery):
    """Settle the question."""

    KIND = "query.close"
    resolution: str = ""


class ReopenQuery(OnQuery):
    """Put the question again, and say what is still open."""

    KIND = "query.reopen"
    text: Turn


class CancelQuery(OnQuery):
    """Take back a question that should not have been put."""

    KIND = "query.cancel"
    reason: Turn


# ---------------------------------------------------------------- decisions


@decides(OpenQuery)
def open_query(command: OpenQuery, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    visit, result = command.visit or "", command.result or ""
    if result and not visit:
        raise Refused("query.no_visit", "a result is asked about at a visit", where=case.code)
    if visit and visit not in case.protocol.visit_plans and visit not in case.casebook.visits:
        raise NotFound("visit.unknown", f"there is no visit {visit}", where=case.code)
    if result:
        case.item(result)
    query = query_at(situation.head + 1)
    fact = QueryOpened(query=query, participant=case.code, visit=visit, result=result, text=command.text)
    return _of_query(case, at, query, fact)


def _of_query(case: Case, at: ClinicalTime, query: str, fact: Fact) -> list[NewFact]:
    return case.facts_in(query_stream(query), at, fact)


def query_of(situation: Situation, query: str) -> Query:
    """The query of that id. Raises NotFound."""
    known = situation.states.single(Query, query)
    if known is None:
        raise NotFound("query.unknown", f"there is no query {query}")
    return known


def _moved(trigger: str, command: OnQuery, situation: Situation) -> tuple[Query, Case, ClinicalTime]:
    known = query_of(situation, command.query)
    case = situation.case(known.participant)
    at = situation.when(command, case.zone)
    MACHINE.move(trigger, QueryCursor(known), f"{known.query} {known.about}")
    return known, case, at


@decides(AnswerQuery)
def answer_query(command: AnswerQuery, situation: Situation) -> list[NewFact]:
    known, case, at = _moved("answer", command, situation)
    answered = QueryAnswered(query=known.query, answer=command.answer)
    standing = case.casebook.results.get(known.visit, {}).get(known.result)
    confirmed: list[NewFact] = []
    if standing is not None and standing.check and standing.query == known.query:
        told = EditCheckAnswered(visit=known.visit, result=known.result, answer=command.answer)
        confirmed = case.facts(at, told)
    return [*confirmed, *_of_query(case, at, known.query, answered)]


@decides(CloseQuery)
def close_query(command: CloseQuery, situation: Situation) -> list[NewFact]:
    known, case, at = _moved("close", command, situation)
    return _of_query(case, at, known.query, QueryClosed(query=known.query, resolution=command.resolution))


@decides(ReopenQuery)
def reopen_query(command: ReopenQuery, situation: Situation) -> list[NewFact]:
    known, case, at = _moved("reopen", command, situation)
    return _of_query(case, at, known.query, QueryReopened(query=known.query, text=command.text))


@decides(CancelQuery)
def cancel_query(command: CancelQuery, situation: Situation) -> list[NewFact]:
    known, case, at = _moved("cancel", command, situation)
    return _of_query(case, at, known.query, QueryCancelled(query=known.query, reason=command.reason))


# ---------------------------------------------------------------- what values have to do with queries

PASSED = "the value no longer fails the check"


def with_queries(
    facts: Sequence[VisitResult], case: Case, situation: Situation, at: ClinicalTime
) -> list[NewFact]:
    """Facts about results, and the queries that the edit checks among them open, if the protocol says so. A
    value stands where it was taken; what is asked about it is asked now.
    """
    if not case.protocol.review.automatic_queries:
        return case.facts(at, *facts)
    named: list[VisitResult] = []
    opened: list[NewFact] = []
    first, now = situation.head + len(facts) + 1, situation.when_now(case.zone)
    for fact in facts:
        if not isinstance(fact, EditCheckFired) or fact.query:
            named.append(fact)
            continue
        query = query_at(first + len(opened))
        named.append(fact.model_copy(update={"query": query}))
        asked = QueryOpened(
            query=query,
            participant=case.code,
            visit=fact.visit,
            result=fact.result,
            text=in_both(fact.sentence(), fact.sentence("zh")),
            origin="edit_check",
        )
        opened += _of_query(case, now, query, asked)
    return [*case.facts(at, *named), *opened]


def asked_about(standing: Result, situation: Situation) -> Query | None:
    """The query an edit check opened on a result, unless it is settled."""
    known = situation.states.single(Query, standing.query) if standing.query else None
    return None if known is None or known.is_settled else known


def named_by(query: str | None, case: Case, visit: str, result: str, situation: Situation) -> Query | None:
    """The query a change names: an unsettled one about this value, its visit or its participant."""
    if query is None:
        return None
    known = query_of(situation, query)
    where = f"{known.query} {known.about}"
    fits = known.participant == case.code and known.visit in ("", visit) and known.result in ("", result)
    if not fits:
        raise Refused("query.other_subject", "the query is about something else", where=where)
    MACHINE.move("change", QueryCursor(known), where)
    return known


def led_to(
    queries: Sequence[Query | None], change: QueryLedToChange, case: Case, situation: Situation
) -> list[NewFact]:
    """What becomes of queries by a change: each is told of it."""
    at = situation.when_now(case.zone)
    distinct = {query.query: None for query in queries if query is not None}
    return [
        fact
        for name in distinct
        for fact in _of_query(case, at, name, change.model_copy(update={"query": name}))
    ]


def settled(query: Query, case: Case, situation: Situation) -> list[NewFact]:
    """An edit check's own query is closed once the value passes."""
    MACHINE.move("close", QueryCursor(query, changes=True), f"{query.query} {query.about}")
    at = situation.when_now(case.zone)
    return _of_query(case, at, query.query, QueryClosed(query=query.query, resolution=PASSED))


def answered(
    standing: Result, answer: str, case: Case, situation: Situation, at: ClinicalTime
) -> list[NewFact]:
    """Answering an edit check answers the query that it opened."""
    known = asked_about(standing, situation)
    if known is None:
        return []
    return _of_query(case, at, known.query, QueryAnswered(query=known.query, answer=answer))
