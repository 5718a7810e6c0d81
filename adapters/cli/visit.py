"""`trialog visit …`: planned visits, their windows and appointments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.choices import check_known
from adapters.cli.commands import Acting, Answer, Asked, answers, noun, performs, receipt, writes
from adapters.cli.options import Language, OnlyParticipant, Participant, VisitId
from adapters.cli.output import Table, instants
from adapters.cli.rows import VISIT_COLUMNS, Row, marked, visit_row

if TYPE_CHECKING:
    from domain.protocol import Site
    from projections.visit_status import VisitRow

group = noun("visit", "See visits with their windows and status, and make appointments.")


@answers(group, "list", example="visit list --status overdue --status closing --store trial.db")
def list_visits(
    question: Asked,
    participant: OnlyParticipant = "",
    status: Annotated[
        list[str] | None,
        typer.Option("--status", metavar="STATUS", help="Only visits in this status, as overdue; repeat it."),
    ] = None,
    language: Language = "en",
) -> Answer:
    """List the planned visits and those beside the plan, with their windows and status."""
    from projections.visit_status import VisitStatus, visit_rows

    wanted = {text.replace("-", "_") for text in status or ()}
    check_known(sorted(wanted), VisitStatus, "status of a visit", "usage.visit_status")
    trial = question.view.trial
    sites = trial.protocol.site_plans if trial.versions else {}
    found = [row for row in visit_rows(question.view, participant) if not wanted or row.status in wanted]

    def rows(language: str) -> list[Row]:
        return [
            {**visit_row(row), "holidays": _holidays(row, sites.get(row.site), language)} for row in found
        ]

    shown = rows(language)
    data = {**instants(question.view), "rows": rows("en")}
    return Answer(data, (Table(shown, marked((*VISIT_COLUMNS, "holidays"), shown)),))


def _holidays(row: VisitRow, site: Site | None, language: str) -> dict[str, str]:
    """What the days of a window are that are not as their weekday would have it; they move no window."""
    from adapters.calendar import calendar_of

    if row.window is None or site is None:
        return {}
    calendar = calendar_of(site)
    names = {name: calendar.name_of(day, language) for name, day in row.window._asdict().items()}
    return {name: holiday for name, holiday in names.items() if holiday}


@writes(
    group,
    "schedule",
    "visit.schedule",
    example="visit schedule SY01-001 week-4 2026-04-02T09:30 --as an.li:coordinator",
)
def schedule(
    participant: Participant,
    visit: VisitId,
    appointment: Annotated[
        str, typer.Argument(metavar="APPOINTMENT", help="Day or time of the appointment.")
    ],
) -> None:
    """Make an appointment for a planned visit, or move it."""


@performs(
    group,
    "correct",
    example="visit correct SY01-001 week-4 --at 2026-04-02T10:15 --reason-code transcription"
    ' --reason "the chart says the second of April" --as an.li:coordinator',
)
def correct(
    person: Acting,
    participant: Participant,
    visit: VisitId,
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="When the participant really came.")],
) -> Answer:
    """Put right when a visit took place. Needs a reason.

    Results that are recorded as taken at the visit's time move with it; those with a time of their own stay,
    and are told: `result correct-time` puts each right.
    """
    from projections.results import of_their_own_time

    told = receipt(person.execute("visit.correct", {"participant": participant, "visit": visit}))
    stayed = [
        {"result": row.result, "taken": row.taken, "fact": row.fact}
        for row in of_their_own_time(person.view(), participant, visit)
    ]
    listed = Table(stayed, ("result", "taken"), "Results with a time of their own, which stayed")
    return Answer({**told.data, "stayed": stayed}, (*told.text, *([listed] if stayed else [])))


@writes(
    group,
    "void",
    "visit.void",
    example="visit void SY01-001 week-4 --with-results --reason-code other_participant"
    ' --reason "it was SY01-010 who came" --as an.li:coordinator',
)
def void(
    participant: Participant,
    visit: VisitId,
    with_results: Annotated[
        bool, typer.Option("--with-results", help="Take back the results that stand at the visit, too.")
    ] = False,
) -> None:
    """Take back that a visit was attended, or missed: recorded in error. Needs a reason.

    The appointment stands, and the visit can be recorded anew.
    """
