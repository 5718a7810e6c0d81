"""`trialog alert sweep` and `trialog alert simulate`: what time makes due, done or only computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.cli.alert import group, local, shown
from adapters.cli.attribution import role_of
from adapters.cli.commands import Answer, Asked, answers, looks
from adapters.cli.options import OnlyParticipant
from adapters.cli.output import Table, instants, pairs
from adapters.cli.place import Place
from adapters.cli.rows import at
from adapters.cli.spans import instant
from domain.errors import Invalid

if TYPE_CHECKING:
    from domain.alert import Alert
    from domain.protocol import Protocol
    from scheduler.simulation import Told

_COLUMNS = ("at", "what", "to", "participant", "subject", "rule", "due", "id", "stored")


@looks(group, "sweep", example="alert sweep --now 2026-11-23T04:38:29Z --store trial.db", asks=False)
def sweep(
    place: Place,
    now: Annotated[
        str, typer.Option("--now", metavar="INSTANT", help="As if it were then; never later than it is.")
    ] = "",
) -> Answer:
    """Do once what the scheduler does at every beat: raise, escalate and end what is due.

    Done twice, or by several at once, it changes nothing more.
    """
    from dataclasses import asdict

    from adapters.calendar import calendar_of
    from domain.clinical_time import Instant
    from scheduler.sweeper import Sweeper

    app = place.app
    present = app.clock.now()
    moment = Instant.parse(now) if now else present
    if moment > present:
        raise Invalid(
            "sweep.in_future",
            f"{moment} has not come yet: nobody is told before it is time",
            remedy="Ask 'trialog alert simulate' what will be told.",
        )
    made = Sweeper(app.engine, app.reading, place.trial, calendar_of).beat(moment)
    data = {"trial": place.trial, "now": str(moment), **asdict(made)}
    return Answer(data, (pairs(data),))


@answers(
    group,
    "simulate",
    example="alert simulate --from 2026-03-01 --to 2026-03-31 --store trial.db",
)
def simulate(
    question: Asked,
    begins: Annotated[str, typer.Option("--from", metavar="WHEN", help="From this day or instant on.")],
    ends: Annotated[
        str, typer.Option("--to", metavar="WHEN", help="To the end of this day, or to this instant.")
    ],
    participant: OnlyParticipant = "",
    to_role: Annotated[str, typer.Option("--told", metavar="ROLE", help="Only what told this role.")] = "",
) -> Answer:
    """Compute what a sweep that never slept would have told in a period; nothing is stored.

    Each fact counts from when it was recorded. `stored` is when it was really told: where that is empty,
    nobody was. A period that lies ahead shows what will be told if nothing is recorded until then.
    """
    from adapters.calendar import calendar_of
    from domain.alert import Alert
    from scheduler.simulation import simulated

    view = question.view
    start, end = instant(view, begins, last=False), instant(view, ends, last=True)
    if end < start:
        raise Invalid("simulate.period", f"{end} lies before {start}")
    told = role_of(to_role) if to_role else None
    stored = view.singles(Alert)
    rows = [
        _row(each, stored.get(each.alert.alert), view.trial.protocol)
        for each in simulated(question.app.reading, view, calendar_of, start, end)
        if participant in ("", each.alert.participant) and (told is None or each.role is told)
    ]
    data = {**instants(view), "from": str(start), "to": str(end), "rows": rows}
    return Answer(data, (Table([shown(row) for row in rows], _COLUMNS),))


def _row(each: Told, stored: Alert | None, protocol: Protocol) -> dict[str, Any]:
    alert = each.alert
    zone = protocol.site_plans.get(alert.site, protocol.sites[0]).zone
    return {
        "at": local(each.at, zone),
        "what": each.what,
        "to": each.role.value if each.role is not None else None,
        "participant": alert.participant or None,
        "subject": alert.subject,
        "rule": alert.rule,
        "due": local(alert.due_at, zone),
        "because": alert.ended_because or None,
        "alert": alert.alert,
        "stored": _stored(each, stored),
    }


def _stored(each: Told, stored: Alert | None) -> str | None:
    """When what would have been told was really told."""
    if stored is None:
        return None
    if each.what == "raised":
        return str(stored.raised.at)
    if each.what == "escalated":
        level = each.alert.level
        return str(stored.escalated[level - 1].at) if stored.level >= level else None
    return at(stored.ended)
