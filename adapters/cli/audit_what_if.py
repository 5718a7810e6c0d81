"""`trialog audit what-if`: the deviation log under another protocol file, beside the one in force."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.audit import group
from adapters.cli.commands import Answer, Asked, answers
from adapters.cli.options import OnlyParticipant, ProtocolSource
from adapters.cli.output import Table, instants
from adapters.cli.protocol import summary, value_row
from adapters.cli.rows import Row, deviation_row
from adapters.cli.sources import document_from, version_of

if TYPE_CHECKING:
    from datetime import datetime

    from projections.what_if import Supposition


RULE_COLUMNS = ("rule", "in_force", "what_if", "vanish", "appear", "stay")
COLUMNS = ("fate", "participant", "rule", "subject", "detail")
DIFFERENCE_COLUMNS = ("path", "before", "after")


@answers(group, "what-if", example="audit what-if wider-windows.toml --store trial.db")
def what_if(
    question: Asked,
    source: ProtocolSource,
    instead_of: Annotated[
        str,
        typer.Option(
            "--instead-of", metavar="VERSION", help="The version it replaces; by default every version."
        ),
    ] = "",
    participant: OnlyParticipant = "",
) -> Answer:
    """Compute the deviations under another protocol file, beside those under the versions in force.

    Tells which vanish, which appear and which stay, and in which values the protocols differ. Stores nothing.
    """
    from domain.protocol_document import differences
    from projections.deviation_codes import WRONG_ROUTE
    from projections.what_if import what_if as supposed

    view = question.view
    document = document_from(source)
    found = list(supposed(view, document, question.judging, instead_of=instead_of, code=participant))
    if any(each.told.rule == WRONG_ROUTE for each in found):
        question.look.told()
    in_force = version_of(view.trial, instead_of)
    data = {
        **instants(view),
        "protocol": summary(document),
        "instead_of": instead_of or None,
        "rules": _by_rule(found),
        "rows": [_row(each, view.moment) for each in found],
        "differences": [
            {
                "path": each.path,
                "before": None if each.before is None else value_row(each.before),
                "after": None if each.after is None else value_row(each.after),
            }
            for each in differences(in_force, document)
        ],
    }
    return Answer(data, tuple(_shown(data)))


def _by_rule(found: list[Supposition]) -> list[Row]:
    counts: dict[str, Counter[str]] = {}
    for each in found:
        counts.setdefault(each.told.rule, Counter())[str(each.fate)] += 1
    return [
        {
            "rule": rule,
            "in_force": fates["vanishes"] + fates["stays"],
            "what_if": fates["appears"] + fates["stays"],
            "vanish": fates["vanishes"],
            "appear": fates["appears"],
            "stay": fates["stays"],
        }
        for rule, fates in sorted(counts.items())
    ]


def _row(each: Supposition, moment: datetime) -> Row:
    return {
        "fate": str(each.fate),
        "before": None if each.before is None else deviation_row(each.before, moment),
        "after": None if each.after is None else deviation_row(each.after, moment),
    }


def _shown(data: Row) -> list[Table | str]:
    vanish, appear, stay = (
        sum(rule[fate] for rule in data["rules"]) for fate in ("vanish", "appear", "stay")
    )
    shown: list[Table | str] = [
        f"of {vanish + stay} deviations {vanish} vanish and {stay} stay; {appear} appear"
    ]
    if data["rules"]:
        shown.append(Table(data["rules"], RULE_COLUMNS))
    rows = [
        {"fate": row["fate"], **(row["before"] or row["after"])}
        for row in data["rows"]
        if row["fate"] != "stays"
    ]
    if rows:
        shown.append(Table(rows, COLUMNS, "Differences"))
    values = [
        {"path": each["path"], **{side: each[side] and each[side]["value"] for side in ("before", "after")}}
        for each in data["differences"]
    ]
    if values:
        shown.append(Table(values, DIFFERENCE_COLUMNS, "Protocol values"))
    return shown
