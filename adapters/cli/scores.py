"""`trialog participant scores`: the scores of a participant by visit, with their way back to the facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.commands import Answer, Asked, answers
from adapters.cli.options import Participant
from adapters.cli.output import Table, instants
from adapters.cli.participant import group
from adapters.cli.rows import Row

if TYPE_CHECKING:
    from projections.scores import InputUsed, VisitScore

COLUMNS = ("visit", "formula", "collected", "value", "class", "baseline", "change", "lacks", "flags")
LINEAGE = ("visit", "formula", "input", "given", "entered", "why", "result", "facts")


@answers(group, "scores", example="participant scores SY01-001 --visit week-4 --store trial.db")
def scores(
    question: Asked,
    participant: Participant,
    visit: Annotated[str, typer.Option("--visit", metavar="VISIT", help="Only this visit.")] = "",
    formula: Annotated[
        str, typer.Option("--formula", metavar="ID", help="Only this formula, as meld.unos2002.")
    ] = "",
) -> Answer:
    """Show the scores of every visit, their change from baseline, and what each was computed from.

    What is missing is named; after death or transplantation a score is undefined.
    """
    from domain.identifiers import participant_stream
    from projections.as_of import entries_of
    from projections.scores import check_named, facts_of_results
    from projections.scores import scores as computed

    view = question.view
    found = list(computed(view, participant))
    if visit:
        check_named("visit", visit, (each.visit for each in found))
    if formula:
        check_named("formula", formula, (each.formula for each in found))
    chosen = [each for each in found if visit in ("", each.visit) and formula in ("", each.formula)]
    stream = participant_stream(participant)
    entries = entries_of(question.app.reading, view, stream=stream)
    facts = facts_of_results(entry.record for entry in entries)
    rows = [_row(each, facts) for each in chosen]
    lineage = [
        {"visit": row["visit"], "formula": row["formula"], **each} for row in rows for each in row["inputs"]
    ]
    tables = [Table([_shown(row) for row in rows], COLUMNS)]
    if lineage and (visit or formula):
        tables.append(Table([_shown_input(each) for each in lineage], LINEAGE, "Computed from"))
    text: tuple[Table | str, ...] = tuple(tables)
    if lineage and not visit and not formula:
        text = (*tables, "What a score was computed from: add --visit or --formula.")
    return Answer({**instants(view), "participant": participant, "rows": rows}, text)


def _row(score: VisitScore, facts: Mapping[tuple[str, str], tuple[int, ...]]) -> Row:
    return {
        "visit": score.visit,
        "formula": score.formula,
        "status": score.status,
        "value": None if score.value is None else str(score.value),
        "class": score.grade,
        "raw": score.raw,
        "collected": None if score.day is None else score.day.isoformat(),
        "is_baseline": score.is_baseline,
        "baseline": None if score.baseline is None else str(score.baseline),
        "change": None if score.change is None else str(score.change),
        "flags": list(score.flags),
        "lacks": [each._asdict() for each in score.lacks],
        "error": score.error,
        "undefined": score.undefined,
        "ended_by_fact": score.end,
        "inputs": [_input(score, each, facts) for each in score.inputs],
        "unusable": [each._asdict() for each in score.unusable],
    }


def _input(score: VisitScore, used: InputUsed, facts: Mapping[tuple[str, str], tuple[int, ...]]) -> Row:
    found = facts.get((score.visit, used.result), used.facts)
    return {**used._asdict(), "facts": list(found or ([used.fact] if used.fact else []))}


def _shown(row: Row) -> Row:
    lacks = [each["input"] for each in row["lacks"]]
    why = row["error"] or (f"undefined: {row['undefined']}" if row["undefined"] else ", ".join(lacks))
    baseline = "is baseline" if row["is_baseline"] else row["baseline"]
    change = f"{float(row['change']):+g}" if row["change"] is not None else None
    return {**row, "lacks": why, "baseline": baseline, "change": change}


def _shown_input(each: Row) -> Row:
    entered = f"{float(each['entered']):.6g} {each['unit']}".strip() if each["entered"] else ""
    corrected = "corrected; " if each["state"] == "corrected" else ""
    return {**each, "entered": entered, "why": f"{corrected}{each['why']}".removesuffix("; ")}
