"""`trialog safety …`: serious adverse events from awareness to closure, their clocks, and reconciliation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from adapters.cli.commands import (
    Acting,
    Answer,
    Asked,
    Fields,
    Recorded,
    answers,
    noun,
    performs,
    receipt,
    writes,
)
from adapters.cli.options import OnlyParticipant, Participant, Was
from adapters.cli.output import Table, instants, listing, pairs
from adapters.cli.rows import CLOCK_COLUMNS, Row, at, clock_row, dated
from domain.errors import NotFound

if TYPE_CHECKING:
    from domain.adverse_event import Assessment
    from projections.safety import SafetyRow

group = noun("safety", "Report serious adverse events, watch their clocks, and reconcile them.")


Severity = Literal["mild", "moderate", "severe", "life_threatening", "fatal"]
Causality = Literal["unrelated", "unlikely", "possible", "probable", "definite"]
Outcome = Literal["recovered", "recovering", "recovered_with_sequelae", "not_recovered", "fatal", "unknown"]
Recipient = Literal["sponsor", "ethics", "authority", "institution"]
Event = Annotated[str, typer.Argument(metavar="EVENT", help="The adverse event, as ae-1.")]
Criteria = Annotated[
    list[str] | None,
    typer.Option(
        "--criterion",
        metavar="WHAT",
        help="What makes it serious; repeat it: death, life_threatening, hospitalization, disability,"
        " congenital_anomaly, medically_important.",
    ),
]
Aware = Annotated[
    str, typer.Option("--aware", metavar="TIME", help="When the site learned of it; by default now.")
]
ReallyAware = Annotated[
    str | None, typer.Option("--aware", metavar="TIME", help="When the site really learned of it.")
]
Expected = Annotated[
    bool | None, typer.Option("--expected/--unexpected", help="Whether the reference information lists it.")
]
Why = Annotated[str, typer.Option("--because", metavar="TEXT", help="On what ground.")]

# ---------------------------------------------------------------- questions


@answers(group, "list", example="safety list --late --store trial.db")
def list_reports(
    question: Asked,
    participant: OnlyParticipant = "",
    late: Annotated[bool, typer.Option("--late", help="Only those with a clock that was missed.")] = False,
) -> Answer:
    """List the safety reports with where each stands and its most pressing clock."""
    from domain.safety_clocks import LATE
    from projections.safety import safety_rows

    found = [
        row
        for row in safety_rows(question.view, participant)
        if not late or any(status in LATE for _, status in row.clocks)
    ]
    columns = ("participant", "event", "status", "term", "criteria", "aware", "clock", "due")
    return listing(question.view, [_brief(row) for row in found], columns)


@answers(group, "show", example="safety show SY01-001 ae-1 --store trial.db")
def show(question: Asked, participant: Participant, event: Event) -> Answer:
    """Show one report: every version of what it says, submissions, assessments, clocks.

    What a note says of the allocation is shown to those who may know it.
    """
    from projections.safety import safety_rows

    found = [row for row in safety_rows(question.view, participant) if row.event == event]
    if not found:
        raise NotFound("safety.unknown", f"there is no safety report on {event}", where=participant)
    [row] = found
    data: Row = {
        **instants(question.view),
        "report": _brief(row),
        "told": [dated(each) for each in row.report.told],
        "submissions": [dated(each) for each in row.report.submissions],
        "assessments": _assessments(row),
        "clocks": [clock_row(clock, status) for clock, status in row.clocks],
        "notes": _notes(question, row),
    }
    return Answer(data, tuple(_shown(data)))


def _shown(data: Row) -> list[Table]:
    tables = [
        pairs(data["report"]),
        Table(data["told"], ("at", "serious", "severity", "criteria", "outcome", "significant"), "Told"),
        Table(data["submissions"], ("at", "recipient", "number", "reference"), "Submissions"),
        Table(data["assessments"], ("at", "by", "causality", "expected", "downgrade", "why"), "Causality"),
        Table(data["clocks"], CLOCK_COLUMNS, "Clocks"),
        Table(data["notes"], ("at", "note"), "Notes"),
    ]
    return [table for table in tables if table.rows]


def _brief(row: SafetyRow) -> Row:
    report = row.report
    pressing = [(clock, status) for clock, status in row.clocks if status == row.worst]
    return {
        "participant": row.participant,
        "event": row.event,
        "site": row.site,
        "status": str(report.status),
        "term": report.term,
        "severity": report.now.severity,
        "serious": report.now.serious,
        "criteria": list(report.now.criteria),
        "outcome": report.now.outcome,
        "onset": str(report.onset),
        "aware": str(report.aware.at),
        "sponsor_aware": at(report.sponsor_aware),
        "clock": f"{pressing[0][0].kind}: {row.worst}" if pressing else "",
        "due": str(pressing[0][0].due) if pressing else None,
        "closed": at(report.closed),
        "voided": at(report.voided),
        "event_voided": row.event_voided,
    }


def _assessments(row: SafetyRow) -> list[Row]:
    event = row.adverse_event
    told = [*_by("investigator", event.assessments if event is not None else ())]
    told += _by("sponsor", row.report.sponsor_assessments)
    return sorted(told, key=lambda each: int(each["fact"]))


def _by(who: str, words: tuple[Assessment, ...]) -> list[Row]:
    """One side's words, oldest first; a word less related than the one before it is a downgrade."""
    from domain.adverse_event import CAUSALITIES

    ranks = [CAUSALITIES.index(word.causality) for word in words]
    return [
        {
            "by": who,
            "causality": word.causality,
            "expected": word.expected,
            "why": word.why,
            "downgrade": number > 0 and ranks[number] < ranks[number - 1],
            "at": at(word.when),
            "fact": word.when.fact,
        }
        for number, word in enumerate(words)
    ]


def _notes(question: Asked, row: SafetyRow) -> list[Row]:
    """The sealed notes of follow-ups, opened for who may know; one that says nothing is left out for them."""
    from domain.safety import SafetyFollowUpReceived, safety_stream
    from projections.as_of import entries_of

    view = question.view
    stream = safety_stream(row.participant, row.event)
    told = []
    for record, _ in entries_of(question.app.reading, view, stream=stream):
        if isinstance(record.fact, SafetyFollowUpReceived):
            text = question.unseal(record.fact.note)
            told.append(
                {
                    "at": str(record.effective_at),
                    "note": None if text is None else text.strip(),
                    "sealed": text is None,
                }
            )
    return told


@answers(group, "reconcile", example="safety reconcile --store trial.db")
def reconcile(question: Asked, participant: OnlyParticipant = "") -> Answer:
    """List what casebooks and safety reports tell differently. Nothing listed: they agree."""
    from projections.safety import mismatches

    rows = [each._asdict() for each in mismatches(question.view, participant)]
    return listing(question.view, rows, ("participant", "event", "field", "casebook", "report"))


# ---------------------------------------------------------------- what is done and what came in


@writes(
    group,
    "report",
    "safety.open_report",
    example='safety report SY01-001 "variceal bleeding" --severity severe --criterion hospitalization'
    " --at 2026-04-02 --aware 2026-04-03T08:15 --as li.wei:investigator",
)
def report(
    participant: Participant,
    term: Annotated[
        str | None, typer.Argument(metavar="TERM", help="A new event, in the reporter's words.")
    ] = None,
    event: Annotated[
        str | None, typer.Option("--event", metavar="EVENT", help="Or one that is recorded already, as ae-1.")
    ] = None,
    severity: Annotated[Severity | None, typer.Option("--severity", help="How severe it was.")] = None,
    criteria: Criteria = None,
    aware: Aware = "",
) -> Fields:
    """Report a serious adverse event: --at is its onset; the clock runs from when the site learned of it."""
    return {
        "participant": participant,
        "term": term,
        "event": event,
        "severity": severity,
        "criteria": tuple(criteria or ()),
        "aware": aware or None,
    }


@writes(
    group,
    "follow-up",
    "safety.record_follow_up",
    example='safety follow-up SY01-001 ae-1 "bleeding stopped" --outcome recovered --as li.wei:investigator',
)
def follow_up(
    participant: Participant,
    event: Event,
    information: Annotated[str, typer.Argument(metavar="TEXT", help="What is new; never the arm.")],
    significant: Annotated[
        bool, typer.Option("--significant", help="It must be reported like the event itself: a clock runs.")
    ] = False,
    serious: Annotated[
        bool | None, typer.Option("--serious/--not-serious", help="Whether it is still held serious.")
    ] = None,
    severity: Annotated[Severity | None, typer.Option("--severity", help="How severe it is now.")] = None,
    criteria: Criteria = None,
    outcome: Annotated[Outcome | None, typer.Option("--outcome", help="How it ended.")] = None,
    note: Annotated[
        str, typer.Option("--note", metavar="TEXT", help="What would tell the allocation; it is sealed.")
    ] = "",
) -> Fields:
    """Record new information on a reported event."""
    return {
        "participant": participant,
        "event": event,
        "information": information,
        "significant": significant,
        "serious": serious,
        "severity": severity,
        "criteria": tuple(criteria) if criteria else None,
        "outcome": outcome,
        "note": note,
    }


@performs(
    group,
    "assess",
    timed=True,
    example="safety assess SY01-001 ae-1 --causality possible --unexpected"
    ' --because "two hours after the infusion" --as li.wei:investigator',
)
def assess(
    person: Acting,
    participant: Participant,
    event: Event,
    causality: Annotated[
        Causality, typer.Option("--causality", help="Whether the product may have caused it.")
    ],
    because: Why,
    expected: Expected = None,
    sponsor: Annotated[
        str, typer.Option("--sponsor", metavar="WHO", help="Record the sponsor's word: who judged there.")
    ] = "",
) -> Recorded:
    """Sign the investigator's word on causality, or record the sponsor's; earlier words stay beside it."""
    kind = "safety.record_sponsor_assessment" if sponsor else "outcome.assess_causality"
    fields = {
        "participant": participant,
        "assessor": sponsor or None,
        "event": event,
        "causality": causality,
        "expected": expected,
        "why": because,
    }
    return receipt(person.execute(kind, fields))


@writes(
    group,
    "submit",
    "safety.record_submission",
    example="safety submit SY01-001 ae-1 --to sponsor --at 2026-04-03T14:00 --as li.wei:investigator",
)
def submit(
    participant: Participant,
    event: Event,
    recipient: Annotated[
        Recipient,
        typer.Option("--to", help="Who was told."),
    ],
    reference: Annotated[
        str, typer.Option("--reference", metavar="TEXT", help="The number it has there.")
    ] = "",
) -> None:
    """Record that a report was sent: the first to this recipient, or the next.

    Of a report that is voided, that who has it was told so.
    """


@writes(
    group,
    "sponsor-aware",
    "safety.record_sponsor_awareness",
    example="safety sponsor-aware SY01-001 ae-1 --at 2026-04-03T14:20 --as an.li:coordinator",
)
def sponsor_aware(participant: Participant, event: Event) -> None:
    """Record when the sponsor learned of the event: day 0 of telling authorities."""


@writes(
    group,
    "close",
    "safety.close_report",
    example="safety close SY01-001 ae-1 --as li.wei:investigator",
)
def close(participant: Participant, event: Event) -> None:
    """Close a report: the outcome is known, the causality assessed, and everybody told."""


@writes(
    group,
    "void",
    "safety.void_report",
    example='safety void SY01-001 ae-2 --because "same event as ae-1" --as li.wei:investigator',
)
def void(participant: Participant, event: Event, because: Why) -> Fields:
    """Void a report that was opened in error. It stays readable, and its clocks stand still.

    A clock runs for each whom it was sent to, until they are told.
    """
    return {"participant": participant, "event": event, "why": because}


@writes(
    group,
    "correct",
    "safety.correct_report",
    example="safety correct SY01-001 ae-3 --aware 2026-08-02T07:40 --reason-code transcription"
    ' --reason "the ward called at 07:40" --as an.li:coordinator',
)
def correct(
    participant: Participant,
    event: Event,
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="When the event really began.")] = "",
    aware: ReallyAware = None,
) -> Fields:
    """Put right when an event began or was learned of that its report alone tells. Needs a reason.

    That is one reported while the trial took no data. What stands in the casebook too is put right there,
    with `participant correct-adverse-event`, unless the trial takes no data now. A report that was sent has
    to be sent again: that is news.
    """
    return {"participant": participant, "event": event, "aware": aware}


@writes(
    group,
    "correct-time",
    "safety.correct_time",
    example="safety correct-time SY01-001 ae-1 submission --to sponsor --at 2026-04-03T13:20"
    ' --reason-code transcription --reason "the receipt says 13:20" --as an.li:coordinator',
)
def correct_time(
    participant: Participant,
    event: Event,
    step: Annotated[
        Literal["sponsor_aware", "submission"],
        typer.Argument(metavar="STEP", help="That the sponsor was aware (sponsor_aware), or a submission."),
    ],
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="When it really was.")],
    recipient: Annotated[
        Recipient | None,
        typer.Option("--to", help="Whom the report was sent to."),
    ] = None,
    was: Was = None,
) -> Fields:
    """Put right when the sponsor learned of an event, or when a report was sent. Needs a reason.

    Clocks run from the time that is right, and are met by it.
    """
    return {
        "participant": participant,
        "event": event,
        "step": step,
        "at": at,
        "recipient": recipient,
        "recorded": was,
    }


@writes(
    group,
    "void-submission",
    "safety.void_submission",
    example="safety void-submission SY01-001 ae-1 --to ethics"
    ' --reason-code transcription --reason "it was never sent" --as an.li:coordinator',
)
def void_submission(
    participant: Participant,
    event: Event,
    recipient: Annotated[Recipient, typer.Option("--to", help="Whom it was not sent to.")],
    was: Was = None,
) -> Fields:
    """Take back that a report was sent. Needs a reason.

    A clock that it met runs on, and stands as missed where its time is over.
    """
    return {"participant": participant, "event": event, "recipient": recipient, "recorded": was}
