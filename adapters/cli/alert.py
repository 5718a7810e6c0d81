"""`trialog alert …`: what people were told in time, whom it reached, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.attribution import role_of
from adapters.cli.choices import check_known
from adapters.cli.commands import Acting, Answer, Asked, Fields, answers, noun, writes
from adapters.cli.options import Language, OnlyParticipant
from adapters.cli.output import Table, instants, pairs
from adapters.cli.rows import Row, at
from domain.errors import Invalid, NotFound

if TYPE_CHECKING:
    from domain.alert import Alert
    from domain.clinical_time import ClinicalTime, Instant
    from domain.protocol import Protocol, Site

group = noun("alert", "See what people were told in time, and acknowledge it.")

COLUMNS = (
    "id",
    "participant",
    "subject",
    "rule",
    "told",
    "gravity",
    "status",
    "due",
    "late",
    "deadline",
    "holiday",
)
AlertArgument = Annotated[str, typer.Argument(metavar="ID", help="The alert, or the beginning of its id.")]
_LINE = ("position", "recorded_at", "actor", "sentence")
_BEGINNING = 8
"""How much of an id is shown where there is little room."""


@answers(group, "list", example="alert list --to coordinator --store trial.db")
def list_alerts(
    question: Asked,
    participant: OnlyParticipant = "",
    to: Annotated[str, typer.Option("--to", metavar="ROLE", help="Only those that told this role.")] = "",
    status: Annotated[
        list[str] | None,
        typer.Option("--status", metavar="STATUS", help="Only those that stand so, as escalated; repeat it."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Those that have ended, too.")] = False,
    language: Language = "en",
) -> Answer:
    """List the alerts that stand, with how late each was told; a holiday is told beside its date.

    Roles that may not list visits see the alerts meant for them.
    """
    from domain.alert import AlertStatus

    check_known(status or (), AlertStatus, "status of an alert", "usage.alert_status")
    told = role_of(to) if to else None
    found = [
        alert
        for alert in _seen(question, participant)
        if (told is None or told in alert.told)
        and (alert.status in status if status else everything or alert.is_standing)
    ]
    trial = question.view.trial
    data = {**instants(question.view), "rows": [row_of(alert, trial.protocol) for alert in found]}
    rows = [shown(row_of(alert, trial.protocol, language)) for alert in found]
    return Answer(data, (Table(rows, COLUMNS),))


@answers(group, "show", example="alert show 0a1b2c3d --store trial.db")
def show_alert(question: Asked, alert: AlertArgument, language: Language = "en") -> Answer:
    """Show one alert: what it is about, whom it told and when, what became of it, and the facts behind it."""
    from domain.identifiers import alert_stream
    from projections.as_of import entries_of
    from projections.audit import line_of
    from projections.notices import title_of

    known = _find(_seen(question), alert)
    view, protocol = question.view, question.view.trial.protocol
    entries = entries_of(question.app.reading, view, stream=alert_stream(known.alert))
    history, lines = ([line_of(entry, each)._asdict() for entry in entries] for each in ("en", language))
    titles = {
        "title": title_of(known, protocol, "en"),
        "title_zh": title_of(known, protocol, "zh"),
    }
    more = {
        "acknowledged_by": known.acknowledged.by if known.acknowledged else None,
        "acknowledged_because": known.acknowledged.reason if known.acknowledged else None,
        "facts": list(known.facts),
    }
    return Answer(
        {**instants(view), **titles, "alert": row_of(known, protocol), **more, "history": history},
        (
            pairs(
                {
                    "title": title_of(known, protocol, language),
                    **shown(row_of(known, protocol, language)),
                    **more,
                }
            ),
            Table(lines, _LINE, "History"),
        ),
    )


@writes(
    group,
    "ack",
    "alert.acknowledge",
    example='alert ack 0a1b2c3d --reason "appointment made for Friday" --as an.li:coordinator',
)
def acknowledge(
    person: Acting,
    alert: AlertArgument,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="What is done about it.")],
) -> Fields:
    """Acknowledge an alert that was meant for one's role, and say what is done about it."""
    from projections.alerts import alerts_of

    return {"alert": _find(alerts_of(person.view()), alert).alert, "reason": reason}


def _seen(question: Asked, participant: str = "") -> list[Alert]:
    """The alerts that the one who looks may see: all for those who may list visits, else those it told."""
    from projections.alerts import alerts_of
    from workflows.policy import QUESTIONS

    found = alerts_of(question.view, participant)
    may_see_all = question.role in QUESTIONS["visit.list"]
    return [alert for alert in found if may_see_all or question.role in alert.told]


def _find(alerts: Iterable[Alert], beginning: str) -> Alert:
    """The one alert whose id begins so. Raises NotFound, Invalid."""
    given = beginning.strip().lower()
    fitting = [alert for alert in alerts if given and alert.alert.startswith(given)]
    if not fitting:
        raise NotFound("alert.unknown", f"there is no alert {beginning}")
    if len(fitting) > 1:
        raise Invalid("usage.alert_ambiguous", f"{len(fitting)} alerts begin with {beginning}")
    return fitting[0]


def row_of(alert: Alert, protocol: Protocol, language: str = "en") -> Row:
    """One alert as a row. `late` is the time from when it was due to when it was raised; a holiday is told in
    the language.
    """
    site = protocol.site_plans.get(alert.site, protocol.sites[0])
    late = alert.raised.at.earliest - alert.due_at.moment
    due = local(alert.due_at, site.zone)
    return {
        "alert": alert.alert,
        "participant": alert.participant or None,
        "site": alert.site or None,
        "subject": alert.subject,
        "rule": alert.rule,
        "told": [role.value for role in alert.told],
        "gravity": str(alert.gravity),
        "status": str(alert.status),
        "due": due,
        "raised": str(alert.raised.at),
        "late_seconds": int(late.total_seconds()),
        "deadline": None if alert.deadline is None else str(alert.deadline),
        "holiday": _holiday(alert.deadline, site, language),
        "ended": at(alert.ended),
        "ended_because": alert.ended_because or None,
        "successor": alert.successor or None,
    }


def _holiday(deadline: ClinicalTime | None, site: Site, language: str) -> str | None:
    from adapters.calendar import calendar_of

    day = None if deadline is None else deadline.day
    return None if day is None else calendar_of(site).name_of(day, language) or None


def shown(row: Row) -> Row:
    """A row as people read it: the beginning of its id, which is enough to name it; how late, in words."""
    told = {**row, "id": row["alert"][:_BEGINNING]}
    if "late_seconds" in row:
        told["late"] = _span(timedelta(seconds=row["late_seconds"]))
    return told


def local(instant: Instant, zone: str) -> str:
    """An instant as a clinical time of the site."""
    from domain.clinical_time import ClinicalTime

    return str(ClinicalTime.at(instant.moment, zone))


def _span(late: timedelta) -> str:
    """A span in its two largest units; "" for less than a minute, as between two beats."""
    minutes = int(late.total_seconds()) // 60
    days, rest = divmod(max(minutes, 0), 1440)
    parts = [(days, "d"), (rest // 60, "h"), (rest % 60, "min")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count)
