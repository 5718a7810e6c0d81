"""The queries of a trial as of any instant: what is asked, what was said to it, and for how long it waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from domain.clinical_time import ClinicalTime, local_day
from domain.errors import NotFound
from domain.identifiers import query_stream
from domain.query import Query
from domain.record import Entry
from projections.as_of import View
from projections.ports import Reading


class QueryRow(NamedTuple):
    """One query. Days are calendar days of the site: `age_days` since it was opened until it was settled or
    now, `waiting_days` in its present status, None once it is settled.
    """

    query: str
    participant: str
    site: str
    visit: str
    result: str
    status: str
    origin: str
    text: str
    answer: str | None
    changes: int
    opened: str
    opened_fact: int
    since: str
    age_days: int
    waiting_days: int | None


def query_rows(view: View, participant: str = "") -> Iterator[QueryRow]:
    """Every query, or those about one participant, in the order they were opened."""
    known = [query for query in view.singles(Query).values() if participant in ("", query.participant)]
    sites = {code: each.site for code, each in view.participants().items()}
    for query in sorted(known, key=lambda query: query.opened.when.fact):
        yield row_of(view, query, sites.get(query.participant, ""))


def row_of(view: View, query: Query, site: str) -> QueryRow:
    """One query as a row."""
    answer = query.last("answered")
    opened, since = query.opened.when.at, query.since.at
    plan = view.trial.protocol.site_plans.get(site)
    today = local_day(view.moment, plan.zone if plan else "UTC")
    end = _day(since) if query.is_settled else today
    return QueryRow(
        query.query,
        query.participant,
        site,
        query.visit,
        query.result,
        str(query.status),
        query.origin,
        query.opened.text,
        None if answer is None else answer.text,
        sum(turn.kind == "changed" for turn in query.turns),
        str(opened),
        query.opened.when.fact,
        str(since),
        (end - _day(opened)).days,
        None if query.is_settled else (today - _day(since)).days,
    )


def _day(at: ClinicalTime) -> date:
    return local_day(at.earliest, at.zone)


class Said(NamedTuple):
    """One turn of a query, and the fact behind it with who, when and why."""

    kind: str
    text: str
    entry: Entry


def conversation(reading: Reading, view: View, query: str) -> tuple[Query, list[Said]]:
    """A query and its turns in order, each with its envelope. Raises NotFound."""
    known = view.single(Query, query)
    if known is None:
        raise NotFound("query.unknown", f"there is no query {query} as of this instant")
    entries = {
        entry.record.position: entry
        for entry in reading.entries(view.trial_id, stream=query_stream(query), upto=view.position)
    }
    return known, [Said(turn.kind, turn.text, entries[turn.when.fact]) for turn in known.turns]
