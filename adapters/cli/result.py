"""`trialog result …`: values and grades, their corrections, and the questions edit checks put."""

from __future__ import annotations

from typing import Annotated

import typer

from adapters.cli.commands import Acting, Answer, Asked, Fields, answers, noun, writes
from adapters.cli.options import OnlyParticipant, Participant, ResultId, VisitId
from adapters.cli.output import Table, instants, listing
from adapters.cli.rows import RESULT_COLUMNS, marked
from adapters.cli.values import value_and_unit
from domain.errors import NotFound

OnQuery = Annotated[
    str | None,
    typer.Option("--query", metavar="QUERY", help="The query on whose account it is changed, as Q-412."),
]

group = noun("result", "See results, correct or void them, and answer what an edit check asks.")


@answers(group, "list", example="result list --participant SY01-001 --visit week-4 --store trial.db")
def list_results(
    question: Asked,
    participant: OnlyParticipant = "",
    visit: Annotated[str, typer.Option("--visit", metavar="VISIT", help="Only this visit.")] = "",
) -> Answer:
    """List the standing results, each with the values it replaced."""
    from projections.results import result_rows

    rows = [row._asdict() for row in result_rows(question.view, participant)]
    if visit:
        planned = {plan for each in question.view.trial.versions for plan in _plans(question, each.version)}
        if visit not in planned and all(row["visit"] != visit for row in rows):
            remedy = f"Planned are {', '.join(sorted(planned))}."
            raise NotFound("visit.unknown", f"there is no visit {visit}", remedy=remedy)
        rows = [row for row in rows if row["visit"] == visit]
    return listing(question.view, rows, marked(RESULT_COLUMNS, rows))


@answers(group, "delays", example="result delays --over 48 --store trial.db")
def list_delays(
    question: Asked,
    participant: OnlyParticipant = "",
    over: Annotated[
        int,
        typer.Option(
            "--over", metavar="HOURS", min=0, help="The limit; by default the protocol's inbound_hours."
        ),
    ] = 0,
) -> Answer:
    """List how long results from outside took to be here: by source, and each one beyond the limit."""
    from domain.review_rules import ReviewRules
    from projections.as_of import entries_of
    from projections.inbound import delays, inbound

    view = question.view
    rules = view.trial.protocol.review if view.trial.versions else ReviewRules()
    limit = over or rules.inbound_hours
    found = [
        each
        for each in inbound(entries_of(question.app.reading, view))
        if participant in ("", each.participant)
    ]
    late = [each._asdict() for each in found if each.hours > limit]
    sources = [each._asdict() for each in delays(found, limit)]
    data = {**instants(view), "limit_hours": limit, "sources": sources, "rows": late}
    columns = ("participant", "visit", "result", "source", "taken", "received", "hours")
    tables = [
        Table(sources, ("source", "results", "median_hours", "longest_hours", "over"), "By source"),
        Table(late, columns, f"Beyond {limit} hours"),
    ]
    return Answer(data, tuple(table for table in tables if table.rows))


def _plans(question: Asked, version: str) -> list[str]:
    return list(question.view.trial.document(version).protocol.visit_plans)


@writes(
    group,
    "correct",
    "observation.correct",
    example='result correct SY01-001 week-4 tbil "45 umol/L" --reason-code transcription'
    ' --reason "typing error" --as an.li:coordinator',
)
def correct(
    person: Acting,
    participant: Participant,
    visit: VisitId,
    result: ResultId,
    value: Annotated[str, typer.Argument(metavar="VALUE", help='The right value, as "45 umol/L" or mild.')],
    unit: Annotated[
        str, typer.Option("--unit", metavar="UNIT", help="Its unit; by default the one that stands there.")
    ] = "",
    was: Annotated[
        str | None,
        typer.Option(
            "--was", metavar="VALUE", help="The value it replaces: refused if another stands there."
        ),
    ] = None,
    query: OnQuery = None,
) -> Fields:
    """Correct a value; the old one stays readable. Needs --reason-code and --reason."""
    from domain.observation import item_of

    item = person.protocol_of(participant).item_plans.get(item_of(result))
    number, own_unit = value_and_unit(value, item)
    return {
        "participant": participant,
        "visit": visit,
        "result": result,
        "value": number,
        "unit": unit or own_unit,
        "was": was,
        "query": query,
    }


@writes(
    group,
    "correct-time",
    "observation.correct_time",
    example="result correct-time SY01-001 week-4 tbil --at 2026-04-01T07:40 --reason-code source_corrected"
    ' --reason "the tube is marked 07:40" --as an.li:coordinator',
)
def correct_time(
    participant: Participant,
    visit: VisitId,
    result: ResultId,
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="When it was really taken.")],
    query: OnQuery = None,
) -> Fields:
    """Put right when a result was taken; the old time stays readable. Needs --reason-code and --reason."""
    return {"participant": participant, "visit": visit, "result": result, "query": query}


@writes(
    group,
    "void",
    "observation.void",
    example='result void SY01-001 week-4 tbil --reason-code other_participant --reason "mislabelled sample"'
    " --as an.li:coordinator",
)
def void(participant: Participant, visit: VisitId, result: ResultId, query: OnQuery = None) -> None:
    """Take a result out of use; it stays readable. Needs --reason-code and --reason."""


@writes(
    group,
    "answer-check",
    "observation.answer_edit_check",
    example='result answer-check SY01-001 week-4 alt "laboratory confirmed" --as an.li:coordinator',
)
def answer_check(
    participant: Participant,
    visit: VisitId,
    result: ResultId,
    answer: Annotated[str, typer.Argument(metavar="ANSWER", help="What explains or confirms the value.")],
) -> None:
    """Confirm or explain a value that an edit check has questioned."""
