"""A query: a question put to the site about a field, a visit or a participant, and what came of it.

Facts, state, and how the one follows from the other. The topics are the storage format.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

from pydantic import StringConstraints

from domain.fact import Fact, FreeText
from domain.happened import Happened
from domain.identifiers import ParticipantCode
from domain.record import Record
from domain.replacing import replace

QueryId = Annotated[str, StringConstraints(pattern=r"^Q-[1-9][0-9]{0,17}$")]
"""A query by the position of the fact that opened it: `Q-412`. So it is found in the audit trail at once."""

Place = Annotated[str, StringConstraints(pattern=r"^[a-z0-9#_.-]{0,60}$")]


def query_at(position: int) -> str:
    """The id of the query that the fact at a position opens."""
    return f"Q-{position}"


_BETWEEN = " · "


def in_both(english: str, chinese: str) -> str:
    """What an edit check asks: in both languages, as nobody was asked which one is read."""
    return f"{english}{_BETWEEN}{chinese}"


def in_one(text: str, origin: str, language: str) -> str:
    """The question in one language, where an edit check asked it; what a person wrote stays as it is."""
    parts = text.split(_BETWEEN)
    half, odd = divmod(len(parts), 2)
    if origin != "edit_check" or odd:
        return text
    return _BETWEEN.join(parts[half:] if language == "zh" else parts[:half])


# ---------------------------------------------------------------- facts


class QueryOpened(Fact):
    """A question about a participant, one visit, or one result of a visit; by a person or an edit check."""

    TOPIC = "query.opened.v1"
    EN = "Query {query} on {about} opened: {text}"
    ZH = "就 {about} 提出质疑 {query}：{text}"
    query: QueryId
    participant: ParticipantCode
    visit: Place = ""
    result: Place = ""
    text: FreeText
    origin: Annotated[str, StringConstraints(pattern=r"^(person|edit_check)$")] = "person"

    @property
    def about(self) -> str:
        """What it is about: `SY01-001 week-4 alt`."""
        return " ".join(part for part in (self.participant, self.visit, self.result) if part)


class QueryAnswered(Fact):
    """The site answered."""

    TOPIC = "query.answered.v1"
    EN = "Query {query} answered: {answer}"
    ZH = "质疑 {query} 已答复：{answer}"
    query: QueryId
    answer: FreeText


class QueryLedToChange(Fact):
    """A value was changed on account of the query; what it was, and what it is now."""

    TOPIC = "query.led_to_change.v1"
    EN = "Query {query} led to a change: {visit} {result} from {was} to {now}"
    ZH = "质疑 {query} 导致更改：{visit} {result} 由 {was} 改为 {now}"
    query: QueryId
    visit: Place
    result: Place
    was: str
    now: str


class QueryClosed(Fact):
    """The question is settled."""

    TOPIC = "query.closed.v1"
    EN = "Query {query} closed: {resolution}"
    ZH = "质疑 {query} 已关闭：{resolution}"
    query: QueryId
    resolution: FreeText = ""


class QueryReopened(Fact):
    """The question is put again: the answer did not settle it."""

    TOPIC = "query.reopened.v1"
    EN = "Query {query} reopened: {text}"
    ZH = "质疑 {query} 重新开启：{text}"
    query: QueryId
    text: FreeText


class QueryCancelled(Fact):
    """The question should not have been put."""

    TOPIC = "query.cancelled.v1"
    EN = "Query {query} cancelled: {reason}"
    ZH = "质疑 {query} 已取消：{reason}"
    query: QueryId
    reason: FreeText


# ---------------------------------------------------------------- state


class QueryStatus(StrEnum):
    """Where a query stands."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"
    CANCELLED = "cancelled"


UNSETTLED = (QueryStatus.OPEN, QueryStatus.ANSWERED)


class Turn(NamedTuple):
    """One turn of the conversation: what was done (`opened`, `answered`, `changed`, …), its words, when."""

    kind: str
    text: str
    when: Happened


@dataclass(frozen=True, slots=True)
class Query:
    """The state of one query; `since` is when it came to its present status."""

    query: str
    participant: str
    visit: str
    result: str
    origin: str
    status: QueryStatus
    since: Happened
    turns: tuple[Turn, ...]

    @property
    def opened(self) -> Turn:
        """The question as it was first put."""
        return self.turns[0]

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is awaited."""
        return self.status not in UNSETTLED

    def last(self, kind: str) -> Turn | None:
        """The newest turn of a kind."""
        return next((turn for turn in reversed(self.turns) if turn.kind == kind), None)

    @property
    def about(self) -> str:
        """What it is about: `SY01-001 week-4 alt`."""
        return " ".join(part for part in (self.participant, self.visit, self.result) if part)


def evolve(query: Query | None, record: Record) -> Query | None:
    """The query after one more fact. Total: what it does not know changes nothing."""
    fact, when = record.fact, record.happened
    if isinstance(fact, QueryOpened) and query is None:
        asked = (Turn("opened", fact.text, when),)
        place = (fact.participant, fact.visit, fact.result)
        return Query(fact.query, *place, fact.origin, QueryStatus.OPEN, when, asked)
    turn = _TURNS.get(type(fact))
    if query is None or turn is None:
        return query
    kind, words, status = turn
    now = replace(query, turns=(*query.turns, Turn(kind, words(fact), when)))
    return now if status is None else replace(now, status=status, since=when)


_TURNS: dict[type[Fact], tuple[str, Any, QueryStatus | None]] = {
    QueryAnswered: ("answered", lambda f: f.answer, QueryStatus.ANSWERED),
    QueryLedToChange: ("changed", lambda f: f"{f.visit} {f.result}: {f.was} → {f.now}", None),
    QueryClosed: ("closed", lambda f: f.resolution, QueryStatus.CLOSED),
    QueryReopened: ("reopened", lambda f: f.text, QueryStatus.OPEN),
    QueryCancelled: ("cancelled", lambda f: f.reason, QueryStatus.CANCELLED),
}
