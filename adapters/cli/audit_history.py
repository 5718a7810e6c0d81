"""`trialog audit history`: the whole life of a participant's fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.audit import Language, fact_line, group
from adapters.cli.commands import Answer, Asked, answers
from adapters.cli.options import Participant
from adapters.cli.output import Table, instants
from adapters.cli.rows import Row

if TYPE_CHECKING:
    from domain.protocol import Protocol
    from projections.field_history import FieldEvent

COLUMNS = ("field", "old", "new", "what", "after", "recorded_at", "actor", "role", "reason")


@answers(group, "history", example="audit history SY01-001 week-4/alb --store trial.db")
def history(
    question: Asked,
    participant: Participant,
    field: Annotated[
        str,
        typer.Argument(
            metavar="FIELD",
            help="As week-4/alb, status or infusion-1; all fields without it.",
            show_default=False,
        ),
    ] = "",
    language: Language = "en",
) -> Answer:
    """Show every value a field has had, with who, when and why, and whether it was corrected or voided."""
    from projections.as_of import protocol_of
    from projections.field_history import field_history

    view = question.view
    known = question.participant(participant)
    protocol = protocol_of(view.trial, known)
    events = field_history(question.app.reading, view, participant, field.strip().strip("/"))
    rows = [_row(each, question, protocol, language) for each in events]
    data = {**instants(view), "participant": participant, "rows": rows}
    return Answer(data, (Table([{**row, "field": row["words"]} for row in rows], COLUMNS),))


def _row(event: FieldEvent, question: Asked, protocol: Protocol, language: str) -> Row:
    from projections.field_words import words_of
    from projections.fields import shown

    place, old, new = event.change
    return {
        "field": place.path,
        "model": place.model,
        "words": words_of(place, protocol, language),
        "what": event.what,
        "after_unblinding": event.after_unblinding,
        "sign_offs": [{"kind": each.kind, "name": each.name, "fact": each.fact} for each in event.sign_offs],
        "after": ", ".join(f"{each.kind} {each.name}".strip() for each in event.sign_offs),
        "old": shown(old, new, question.unseal),
        "new": shown(new, old, question.unseal),
        **fact_line(event.entry, language),
    }
