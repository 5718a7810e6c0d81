"""`trialog audit lineage`: from a score to its inputs, their units, bounds and corrections, and the facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.audit import Language, fact_line, group
from adapters.cli.commands import Answer, Asked, answers
from adapters.cli.options import Participant, VisitId
from adapters.cli.output import Table, instants, pairs
from adapters.cli.rows import Row

if TYPE_CHECKING:
    from projections.lineage import Lineage


INPUT_COLUMNS = ("input", "result", "given", "taken", "entered", "unit", "why", "state")
FACT_COLUMNS = ("input", "position", "recorded_at", "actor", "role", "sentence", "reason")


@answers(group, "lineage", example="audit lineage SY01-001 week-4 meld.unos2002 --store trial.db")
def lineage(
    question: Asked,
    participant: Participant,
    visit: VisitId,
    score: Annotated[
        str, typer.Argument(metavar="SCORE", help="A formula, as meld.unos2002; meld for all of that name.")
    ],
    language: Language = "en",
) -> Answer:
    """Trace a score back: the formula, each input as reported and as it entered, and every fact behind it."""
    from projections.lineage import lineages

    view = question.view
    found = [_row(each, language) for each in lineages(question.app.reading, view, participant, visit, score)]
    data = {**instants(view), "participant": participant, "visit": visit, "rows": found}
    return Answer(data, tuple(part for row in found for part in _shown(row)))


def _row(lineage: Lineage, language: str) -> Row:
    from domain.scores import formula_of

    score = lineage.score
    formula = formula_of(score.formula)
    return {
        "formula": score.formula,
        "title": formula.title,
        "conventions": list(formula.conventions),
        "protocol_version": lineage.version,
        "status": score.status,
        "value": None if score.value is None else str(score.value),
        "class": score.grade,
        "raw": score.raw,
        "collected": None if score.day is None else score.day.isoformat(),
        "flags": list(score.flags),
        "lacks": [each._asdict() for each in score.lacks],
        "error": score.error,
        "undefined": score.undefined,
        "ended_by": None if lineage.ended_by is None else fact_line(lineage.ended_by, language),
        "inputs": [
            {
                **{name: value for name, value in used._asdict().items() if name not in ("fact", "first")},
                "facts": [fact_line(entry, language) for entry in facts],
            }
            for used, facts in lineage.inputs
        ],
        "unusable": [
            {**lost._asdict(), "facts": [fact_line(entry, language) for entry in facts]}
            for lost, facts in zip(score.unusable, lineage.unusable, strict=True)
        ],
    }


def _shown(row: Row) -> Iterator[Table | str]:
    lacks = ", ".join(f"{each['input']} ({each['why']})" for each in row["lacks"])
    about = {
        "score": row["title"],
        "formula": row["formula"],
        "value": row["value"] or row["status"],
        "class": row["class"],
        "before_rounding": row["raw"],
        "collected": row["collected"],
        "protocol": row["protocol_version"],
        "flags": ", ".join(row["flags"]),
        "lacks": lacks,
        "undefined_by": row["ended_by"] and row["ended_by"]["sentence"],
    }
    yield pairs(about)
    if row["inputs"]:
        yield Table([_rounded(each) for each in row["inputs"]], INPUT_COLUMNS, "Inputs")
    lines = [
        {"input": each["input"], **fact}
        for each in (*row["inputs"], *row["unusable"])
        for fact in each["facts"]
    ]
    if lines:
        yield Table(lines, FACT_COLUMNS, "Facts")


def _rounded(used: Row) -> Row:
    """People read six digits; the whole number is in the JSON."""
    return {**used, "entered": f"{float(used['entered']):.6g}" if used["entered"] else ""}
