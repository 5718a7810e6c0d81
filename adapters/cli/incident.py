"""`trialog incident …`: security incidents and serious breaches, from awareness to closure, with clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from adapters.cli.commands import Answer, Asked, Fields, answers, noun, writes
from adapters.cli.output import Table, instants, listing, pairs
from adapters.cli.rows import CLOCK_COLUMNS, Row, at, clock_row, dated
from domain.errors import NotFound

if TYPE_CHECKING:
    from domain.incident import Incident
    from domain.safety_clocks import Clock

group = noun("incident", "Report security incidents and serious breaches, and watch their clocks.")

IncidentName = Annotated[str, typer.Argument(metavar="INCIDENT", help="The incident, as I-412.")]
Serious = Annotated[
    bool,
    typer.Option(
        "--serious", help="It affects safety, rights or the reliability of data: the authority is told."
    ),
]
PersonalData = Annotated[
    bool, typer.Option("--personal-data", help="It reaches personal data: their authority is told.")
]


@answers(group, "list", example="incident list --late --store trial.db")
def list_incidents(
    question: Asked,
    late: Annotated[bool, typer.Option("--late", help="Only those with a clock that was missed.")] = False,
) -> Answer:
    """List the incidents with where each stands, what it is held to be, and its clocks with when they end."""
    from domain.incident import Incident
    from domain.safety_clocks import LATE

    view = question.view
    rows = [
        _row(question, incident)
        for incident in view.singles(Incident).values()
        if not late or any(clock.status(view.moment) in LATE for clock in _clocks(question, incident))
    ]
    columns = ("incident", "kind", "status", "serious", "personal_data", "aware", "due", "clock", "what")
    return listing(view, rows, columns)


@answers(group, "show", example="incident show I-412 --store trial.db")
def show(question: Asked, incident: IncidentName) -> Answer:
    """Show one incident: every word on what it is, who was told, and its clocks."""
    from domain.incident import Incident

    view = question.view
    known = view.single(Incident, incident)
    if known is None:
        raise NotFound("incident.unknown", f"there is no incident {incident}")
    data: Row = {
        **instants(view),
        "incident": _row(question, known),
        "judged": [dated(each) for each in known.judged],
        "notices": [dated(each) for each in known.notices],
        "clocks": [clock_row(each, each.status(view.moment)) for each in _clocks(question, known)],
    }
    tables = [
        pairs(data["incident"]),
        Table(data["judged"], ("at", "serious", "personal_data", "why"), "Judged"),
        Table(data["notices"], ("at", "recipient", "reference"), "Told"),
        Table(data["clocks"], CLOCK_COLUMNS, "Clocks"),
    ]
    return Answer(data, tuple(table for table in tables if table.rows))


def _clocks(question: Asked, incident: Incident) -> tuple[Clock, ...]:
    from domain.incident_clocks import incident_clocks
    from workflows.incident import rules_of

    return incident_clocks(incident, rules_of(question.view.trial))


def _row(question: Asked, incident: Incident) -> Row:
    from domain.safety_clocks import ClockStatus

    now = incident.judged[-1]
    running = [(each, each.status(question.view.moment)) for each in _clocks(question, incident)]
    open_ones = [(clock, status) for clock, status in running if clock.met is None and clock.ended is None]
    next_one = min(open_ones, key=lambda each: each[0].due.moment, default=None)
    return {
        "incident": incident.incident,
        "kind": incident.kind,
        "status": str(incident.status),
        "what": incident.what,
        "site": incident.site,
        "serious": now.serious,
        "personal_data": now.personal_data,
        "happened": str(incident.happened.at),
        "aware": str(incident.aware.at),
        "clock": f"{next_one[0].kind}: {next_one[1]}" if next_one else "",
        "due": str(next_one[0].due) if next_one else None,
        "late": sum(status in (ClockStatus.BREACH, ClockStatus.MET_LATE) for _, status in running),
        "measures": incident.measures,
        "closed": at(incident.closed),
    }


@writes(
    group,
    "report",
    "incident.report",
    example='incident report security "a notebook was stolen" --personal-data --at 2026-04-02'
    " --aware 2026-04-03T08:15 --as an.li:coordinator",
)
def report(
    kind: Annotated[
        Literal["security", "breach"],
        typer.Argument(metavar="security|breach", help="Of systems and data, or of practice."),
    ],
    what: Annotated[str, typer.Argument(metavar="WHAT", help="What happened; never the arm.")],
    aware: Annotated[
        str, typer.Option("--aware", metavar="TIME", help="When the trial learned of it; by default now.")
    ] = "",
    serious: Serious = False,
    personal_data: PersonalData = False,
) -> Fields:
    """Report an incident: --at is when it happened; its clocks run from when the trial learned of it.

    It is of the site where it is reported: the one named by --site, or where the person has the role. Without
    one it is of the whole trial.
    """
    return {
        "kind": kind,
        "what": what,
        "aware": aware or None,
        "serious": serious,
        "personal_data": personal_data,
    }


@writes(
    group,
    "assess",
    "incident.assess",
    example='incident assess I-412 --serious --because "consents were forged"'
    " --as zhao.pi:principal_investigator",
)
def assess(
    incident: IncidentName,
    because: Annotated[str, typer.Option("--because", metavar="TEXT", help="On what ground.")],
    serious: Serious = False,
    personal_data: PersonalData = False,
) -> Fields:
    """Say what an incident is held to be; a clock that began stays, as ended where it is held no longer."""
    return {"incident": incident, "serious": serious, "personal_data": personal_data, "why": because}


@writes(
    group,
    "notify",
    "incident.record_notice",
    example="incident notify I-412 --to authority --reference CTIS-17 --as w.sun:data_manager",
)
def notify(
    incident: IncidentName,
    recipient: Annotated[
        Literal["authority", "ethics", "sponsor", "data_protection", "participants"],
        typer.Option("--to", help="Who was told."),
    ],
    reference: Annotated[
        str, typer.Option("--reference", metavar="TEXT", help="The number it has there.")
    ] = "",
) -> None:
    """Record that somebody was told of an incident."""


@writes(
    group,
    "close",
    "incident.close",
    example='incident close I-412 --measures "disks are encrypted now" --as zhao.pi:principal_investigator',
)
def close(
    incident: IncidentName,
    measures: Annotated[str, typer.Option("--measures", metavar="TEXT", help="What was done.")],
) -> None:
    """Close an incident: it is assessed, and everybody who must know was told."""
