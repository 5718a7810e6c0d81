"""What is refused in reviewing data: queries, verification, signatures, freezes and locks, corrections."""

from __future__ import annotations

from domain.errors import Denied, Invalid, NotFound
from domain.query import QueryAnswered, QueryCancelled, QueryClosed, QueryOpened
from domain.record import NewFact, Role
from tests.support.trial import active, course, of_query, person
from tests.workflows.refusals import CODE
from tests.workflows.refusals import refused as refused
from tests.workflows.refusals_of_records import OF_RECORDS
from workflows import observation, query, trail_review, trial
from workflows.command import Command

Given = list[Command | NewFact]

MEASURED: Given = [*active(), *course("measured")]
_ASKED = QueryOpened(query="Q-1", participant=CODE, visit="baseline", result="alt", text="right?")
_ANSWERED = QueryAnswered(query="Q-1", answer="yes")
_OPEN: Given = [*MEASURED, *of_query(_ASKED)]
_CLOSED: Given = [*_OPEN, *of_query(_ANSWERED, QueryClosed(query="Q-1"))]
_CANCELLED: Given = [*_OPEN, *of_query(QueryCancelled(query="Q-1", reason="in error"))]
_ANSWER = query.AnswerQuery(query="Q-1", answer="yes")


def _changed(result: str = "alt", value: str = "41", asked: str = "Q-1") -> observation.CorrectResult:
    return observation.CorrectResult(
        participant=CODE, visit="baseline", result=result, value=value, query=asked
    )


def _question(visit: str | None = None, result: str | None = None) -> query.OpenQuery:
    return query.OpenQuery(participant=CODE, visit=visit, result=result, text="right?")


OF_QUERY = [
    refused("query.unknown", MEASURED, _ANSWER, NotFound),
    refused("query.unknown", MEASURED, _changed(), NotFound),
    refused("query.no_visit", MEASURED, _question(result="alt")),
    refused("visit.unknown", MEASURED, _question("week-99"), NotFound),
    refused("item.unknown", MEASURED, _question("baseline", "hair"), NotFound),
    refused("query.other_subject", _OPEN, _changed("tbil", "6")),
    refused("query.unanswered", _OPEN, query.CloseQuery(query="Q-1")),
    refused("query.answered_already", [*_OPEN, _ANSWER], query.CancelQuery(query="Q-1", reason="in error")),
    refused("query.open_already", _OPEN, query.ReopenQuery(query="Q-1", text="still open")),
    refused("query.closed", _CLOSED, _ANSWER),
    refused("query.closed", _CLOSED, _changed()),
    refused("query.closed", _CLOSED, query.CloseQuery(query="Q-1")),
    refused("query.cancelled", _CANCELLED, _ANSWER),
    refused(
        "query.unanswered",
        [*_OPEN, _ANSWER, query.ReopenQuery(query="Q-1", text="why?")],
        query.CloseQuery(query="Q-1"),
    ),
]

OF_CUTS = [
    refused("data_cut.root_of_what", active(), trial.NameDataCut(name="interim", root="0" * 64), Invalid),
]

MONITOR = person(Role.MONITOR)


def _gone_through(last: int, *enterers: str) -> trail_review.ReviewAuditTrail:
    return trail_review.ReviewAuditTrail(
        first=1,
        last=last,
        signals=("late_entry 0",),
        material="0d" * 32,
        enterers=enterers,
        findings="in order",
    )


OF_THE_TRAIL = [
    refused("trail_review.no_position", MEASURED, _gone_through(10**6), NotFound),
    refused(
        "trail_review.own_entries", MEASURED, _gone_through(9, "coordinator", MONITOR.actor), Denied, MONITOR
    ),
]

OF_REVIEW = [*OF_QUERY, *OF_CUTS, *OF_THE_TRAIL, *OF_RECORDS]
