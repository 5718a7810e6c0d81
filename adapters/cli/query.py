"""`trialog query …`: questions to the site about its data, their answers, and what came of them."""

from __future__ import annotations

from typing import Annotated

import typer

from adapters.cli.choices import check_known
from adapters.cli.commands import Answer, Asked, Fields, answers, noun, writes
from adapters.cli.options import Language, OnlyParticipant, Participant
from adapters.cli.output import Row, Table, instants, pairs

group = noun("query", "Put questions about data to the site, answer and settle them, see how long they wait.")

QueryName = Annotated[str, typer.Argument(metavar="QUERY", help="The query, as Q-412.")]

_COLUMNS = ("query", "participant", "visit", "result", "status", "age_days", "waiting_days", "text", "answer")


@answers(group, "list", example="query list --status open --older-than 14 --store trial.db")
def list_queries(
    question: Asked,
    participant: OnlyParticipant = "",
    status: Annotated[
        list[str] | None,
        typer.Option("--status", metavar="STATUS", help="Only those that stand so, as open; repeat it."),
    ] = None,
    older_than: Annotated[
        int,
        typer.Option("--older-than", metavar="DAYS", help="Only those that wait longer than this."),
    ] = -1,
    language: Language = "en",
) -> Answer:
    """List the queries, each with its last answer and the days it has been waiting."""
    from domain.query import QueryStatus
    from projections.queries import query_rows

    check_known(status or (), QueryStatus, "status of a query", "usage.query_status")
    rows = [
        row._asdict()
        for row in query_rows(question.view, participant)
        if (not status or row.status in status)
        and (older_than < 0 or (row.waiting_days is not None and row.waiting_days > older_than))
    ]
    shown = [_in_one(row, row["origin"], language) for row in rows]
    return Answer({**instants(question.view), "rows": rows}, (Table(shown, _COLUMNS),))


def _in_one(row: Row, origin: str, language: str) -> Row:
    """A row as people read it: what an edit check asked, in the language asked for."""
    from domain.query import in_one

    return {**row, "text": in_one(row["text"], origin, language)}


@answers(group, "show", example="query show Q-412 --store trial.db")
def show(question: Asked, query: QueryName, language: Language = "en") -> Answer:
    """Show one query as a conversation: the question, its answers, the changes it led to, who and when."""
    from projections.queries import conversation, row_of

    view = question.view
    known, said = conversation(question.app.reading, view, query)
    whose = view.participant(known.participant)
    row = row_of(view, known, whose.site if whose else "")._asdict()
    turns = [
        {
            "kind": turn.kind,
            "text": turn.text,
            "at": str(turn.entry.record.effective_at),
            "actor": turn.entry.command.attribution.actor,
            "role": str(turn.entry.command.attribution.role),
            "position": turn.entry.record.position,
        }
        for turn in said
    ]
    columns = ("kind", "text", "at", "actor", "role")
    first, *others = turns
    shown = [_in_one(first, known.origin, language), *others]
    return Answer(
        {**instants(view), "query": row, "turns": turns},
        (pairs(_in_one(row, known.origin, language)), Table(shown, columns)),
    )


@writes(
    group,
    "open",
    "query.open",
    example='query open SY01-001 "which laboratory?" --visit week-4 --result tbil --as j.mo:monitor',
)
def open_query(
    participant: Participant,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The question.")],
    visit: Annotated[
        str | None, typer.Option("--visit", metavar="VISIT", help="About this visit, as week-4.")
    ] = None,
    result: Annotated[
        str | None,
        typer.Option("--result", metavar="RESULT", help="About this result of the visit, as tbil."),
    ] = None,
) -> None:
    """Put a question about a participant, a visit or a result."""


@writes(
    group,
    "answer",
    "query.answer",
    example='query answer Q-412 "confirmed by the laboratory" --as an.li:coordinator',
)
def answer(
    query: QueryName,
    words: Annotated[str, typer.Argument(metavar="ANSWER", help="What the site says to it.")],
) -> Fields:
    """Answer a query. A value that has to change is changed by `result correct … --query`."""
    return {"query": query, "answer": words}


@writes(group, "close", "query.close", example="query close Q-412 --as j.mo:monitor")
def close(
    query: QueryName,
    resolution: Annotated[str, typer.Option("--resolution", metavar="TEXT", help="How it was settled.")] = "",
) -> None:
    """Close a query that has been answered, or has led to a change."""


@writes(
    group,
    "reopen",
    "query.reopen",
    example='query reopen Q-412 "the unit is still missing" --as j.mo:monitor',
)
def reopen(
    query: QueryName,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is still open.")],
) -> None:
    """Put the question of a query again."""


@writes(
    group,
    "cancel",
    "query.cancel",
    example='query cancel Q-412 "put to the wrong participant" --as j.mo:monitor',
)
def cancel(
    query: QueryName,
    reason: Annotated[str, typer.Argument(metavar="REASON", help="Why it should not have been put.")],
) -> None:
    """Take back a query that should not have been put."""
