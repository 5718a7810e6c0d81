"""The query's machine: open → answered → closed, reopened where the answer does not settle it, cancelled."""

from __future__ import annotations

from domain.fact import Fact
from domain.query import (
    Query,
    QueryAnswered,
    QueryCancelled,
    QueryClosed,
    QueryLedToChange,
    QueryOpened,
    QueryReopened,
    QueryStatus,
)
from workflows.machine import Cursor, Machine, Move, Rule, Table, every, guard

S = QueryStatus
NONE = "none"
_UNSETTLED = (S.OPEN, S.ANSWERED)
_CLOSED = Rule("query.closed", "the query is closed; it can be reopened", "质疑已关闭；可重新开启")
_CANCELLED = Rule("query.cancelled", "the query is cancelled", "质疑已取消")

TABLE = Table(
    "query",
    (NONE, *every(S)),
    (
        Move("open", (NONE,), S.OPEN),
        Move("answer", _UNSETTLED, S.ANSWERED),
        Move("change", _UNSETTLED, None),
        Move("close", _UNSETTLED, S.CLOSED, ("answered_or_led_to_a_change",)),
        Move("reopen", (S.ANSWERED, S.CLOSED), S.OPEN),
        Move("cancel", (S.OPEN,), S.CANCELLED),
    ),
    {
        ("answer", S.CLOSED): _CLOSED,
        ("change", S.CLOSED): _CLOSED,
        ("close", S.CLOSED): _CLOSED,
        ("cancel", S.CLOSED): _CLOSED,
        ("cancel", S.ANSWERED): Rule(
            "query.answered_already", "the query is answered: close it", "质疑已答复：请关闭"
        ),
        ("reopen", S.OPEN): Rule("query.open_already", "the query is open", "质疑已开启"),
        ("*", S.CANCELLED): _CANCELLED,
    },
)
MACHINE = Machine(TABLE)

STEPS: dict[type[Fact], str] = {
    QueryOpened: "open",
    QueryAnswered: "answer",
    QueryLedToChange: "change",
    QueryClosed: "close",
    QueryReopened: "reopen",
    QueryCancelled: "cancel",
}
"""The move that each fact says was made: what a replay of the history asks of this machine."""


class QueryCursor(Cursor):
    """A query at the moment of a step; `changes` says that the step itself changes the value asked about."""

    def __init__(self, query: Query | None, *, changes: bool = False) -> None:
        super().__init__(NONE if query is None else query.status)
        self.query = query
        self.changes = changes

    @guard(
        "query.unanswered",
        "the query has neither an answer nor led to a change; one put in error is cancelled",
        "质疑既未答复亦未更改；误提的质疑应取消",
    )
    def answered_or_led_to_a_change(self) -> bool:
        if self.changes or self.query is None:
            return self.changes
        since = [turn.kind for turn in self.query.turns]
        again = len(since) - 1 - since[::-1].index("reopened") if "reopened" in since else 0
        return any(kind in ("answered", "changed") for kind in since[again:])
