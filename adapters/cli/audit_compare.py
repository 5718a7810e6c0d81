"""`trialog audit compare`: what differs between a trial as of two instants, with the facts between."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.audit import Language, fact_line, group
from adapters.cli.choices import check_known
from adapters.cli.commands import Answer, Asked, compares
from adapters.cli.options import OnlyParticipant
from adapters.cli.output import Table, instants
from adapters.cli.progress import progress
from adapters.cli.rows import Row

if TYPE_CHECKING:
    from domain.protocol import Protocol
    from projections.as_of import View
    from projections.compare import FieldDifference
    from projections.fields import Place

COLUMNS = ("about", "field", "old", "new", "recorded_at", "actor", "role", "reason")


@compares(group, "compare", example="audit compare 'interim cut' 2026-11-23T04:38:29Z --store trial.db")
def compare(
    earlier: Asked,
    later: Asked,
    participant: OnlyParticipant = "",
    model: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="MODEL", help="Only this read model, as results; repeat it."),
    ] = None,
    language: Language = "en",
) -> Answer:
    """Compare the trial as of two instants: each changed field, old and new, and the facts that changed it.

    Each is a day at the trial's first site (from its beginning, to its end) or an instant; as recorded also a
    position or a data cut. A fact is told with who, when and why.
    """
    from projections.compare import differences
    from projections.documents import MODELS

    check_known(model or (), (each for each in MODELS if each != "values"), "read model", "usage.model")
    words = _words(later.view, language)
    reading = later.app.reading
    with progress("Comparing", later.view.position) as told:
        found = differences(reading, earlier.view, later.view, participant=participant, progress=told)
        rows = [
            _row(each, later, words, language) for each in found if not model or each.place.model in model
        ]
    data = {
        "trial": later.view.trial_id,
        "axis": str(later.view.axis),
        "from": _instant(earlier.view),
        "to": _instant(later.view),
        "rows": rows,
    }
    return Answer(data, (Table([_shown(row) for row in rows], COLUMNS) if rows else "nothing differs",))


def _instant(view: View) -> Row:
    return {name: value for name, value in instants(view).items() if name in ("as_of", "position")}


def _words(view: View, language: str) -> Callable[[Place], str]:
    """Fields in words, each by the protocol that its participant follows."""
    from projections.as_of import protocol_of
    from projections.field_words import words_of

    participants = view.participants()
    newest = view.trial.protocol if view.trial.versions else None
    protocols: dict[str, Protocol] = {}

    def told(place: Place) -> str:
        known = participants.get(place.subject)
        if known is None:
            return words_of(place, newest, language)
        if place.subject not in protocols:
            protocols[place.subject] = protocol_of(view.trial, known)
        return words_of(place, protocols[place.subject], language)

    return told


def _row(each: FieldDifference, question: Asked, words: Callable[[Place], str], language: str) -> Row:
    from projections.fields import shown

    return {
        "about": each.place.subject,
        "model": each.place.model,
        "field": each.place.path,
        "words": words(each.place),
        "old": shown(each.old, each.new, question.unseal),
        "new": shown(each.new, each.old, question.unseal),
        "facts": [fact_line(entry, language) for entry in each.facts],
    }


def _shown(row: Row) -> Row:
    """For people: the field in words, and the last of its facts."""
    last = row["facts"][-1] if row["facts"] else {}
    about = row["about"] or row["model"]
    return {**last, **row, "about": about, "field": row["words"]}
