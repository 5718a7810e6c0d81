"""A query that nobody answers."""

from __future__ import annotations

from collections.abc import Iterator

from domain.alert_plan import AlertRule
from domain.query import QueryStatus
from scheduler.watch import Ladder, Rung, Watch, due_after, revision_of


def unanswered(watch: Watch) -> Iterator[Ladder]:
    """An open query, from when it was put, or put again. Whoever it is about may have left the trial."""
    query = watch.query
    if query is None:
        return
    if query.status is not QueryStatus.OPEN:
        yield Ladder("query", query.query, settled=f"query_{query.status}", facts=(query.since.fact,))
        return
    rungs = tuple(
        Rung(
            plan,
            due_after(plan, query.since, watch.site.zone),
            revision_of(query.since.fact, watch, plan, lambda _: None),
        )
        for plan in watch.plans(AlertRule.QUERY_UNANSWERED)
    )
    yield Ladder("query", query.query, rungs, (query.since.fact,))
