"""`trialog audit reviewed` and `reviews`: the audit trail was gone through, and is due again."""

from __future__ import annotations

from typing import Annotated

import typer

from adapters.cli.audit import group
from adapters.cli.commands import Acting, Answer, Asked, Recorded, answers, performs, receipt
from adapters.cli.output import Table, instants
from adapters.cli.progress import progress
from adapters.cli.question import asked_by
from adapters.cli.spans import Begin, End, period
from domain.errors import NotFound

COLUMNS = ("position", "at", "reviewer", "role", "begin", "end", "first", "last", "signals", "findings")


@performs(
    group,
    "reviewed",
    timed=True,
    example='audit reviewed --from 2026-03-01 --to 2026-03-31 --findings "two late entries, explained"',
)
def reviewed(
    person: Acting,
    findings: Annotated[str, typer.Option("--findings", metavar="TEXT", help="What was found.")],
    begin: Begin = "",
    end: End = "",
) -> Recorded:
    """Attest that the audit trail of a period was gone through, with the signals it shows now. It is signed.

    Refused to whoever entered data in the period, or has the role at some of the sites only: the trail is
    that of all. The signals are those of 'trialog audit review' with its
    usual thresholds; a hash of them goes on record.
    """
    from projections.lateness import late_after
    from projections.review_signals import Thresholds
    from projections.trail_reviews import material

    view = asked_by(person, "audit.reviews").view
    spanned = period(view, begin, end)
    thresholds = Thresholds(period=spanned, late=late_after(view.trial))
    with progress("Reviewing", view.position) as bar:
        seen = material(person.place.app.reading, view, thresholds, bar)
    if not seen.last:
        raise NotFound("review.nothing", "nothing was recorded in this period")
    fields = {
        "begin": begin,
        "end": end,
        "first": seen.first,
        "last": seen.last,
        "signals": seen.seen,
        "material": seen.digest,
        "enterers": seen.enterers,
        "findings": findings,
    }
    return receipt(person.execute("review.audit_trail", fields))


@answers(group, "reviews", example="audit reviews --store trial.db")
def reviews(question: Asked) -> Answer:
    """List the reviews of the audit trail, and tell when the next is due by the protocol's plan.

    Each is held against the trail again: a reviewer who entered data in the period is named.
    """
    from projections.trail_reviews import review_rows, review_state

    view = question.view
    state = review_state(view)
    rows = [row._asdict() for row in review_rows(question.app.reading, view)]
    plan = state._asdict()
    tables = [Table([plan], tuple(plan), "Plan")]
    if rows:
        shown = [{**row, "signals": ", ".join(row["signals"])} for row in rows]
        tables.append(Table(shown, (*COLUMNS, "own_entries"), "Reviews"))
    return Answer({**instants(view), "plan": plan, "rows": rows}, tuple(tables))
