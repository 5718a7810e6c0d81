"""`trialog record …`, what became of a participant: the ends of the course, episodes and adverse events."""

from __future__ import annotations

from typing import Annotated

import typer

from adapters.cli.commands import Fields, writes
from adapters.cli.options import Participant
from adapters.cli.record import group
from adapters.cli.safety import Aware, Criteria, Event, Outcome, Severity

Episode = Annotated[str, typer.Argument(metavar="EPISODE", help="The episode, as ascites-1.")]


@writes(
    group,
    "death",
    "participant.record_death",
    example='record death SY01-001 --at 2026-06-03 --cause "liver failure" --as li.wei:investigator',
)
def death(
    participant: Participant,
    cause: Annotated[
        str, typer.Option("--cause", metavar="TEXT", help="The cause, as far as it is known.")
    ] = "",
) -> None:
    """Record that the participant died."""


@writes(
    group,
    "transplant",
    "participant.record_transplant",
    example="record transplant SY01-001 --at 2026-06-03 --as li.wei:investigator",
)
def transplant(participant: Participant) -> None:
    """Record a liver transplantation."""


@writes(
    group,
    "loss",
    "participant.record_loss_to_follow_up",
    example="record loss SY01-001 --attempts 3 --as an.li:coordinator",
)
def loss(
    participant: Participant,
    attempts: Annotated[int, typer.Option("--attempts", metavar="N", help="How often it was tried.")] = 0,
) -> None:
    """Record that the participant can no longer be reached."""


@writes(
    group,
    "end-of-follow-up",
    "participant.record_end_of_follow_up",
    example="record end-of-follow-up SY01-001 --at 2026-12-31 --as an.li:coordinator",
)
def end_of_follow_up(participant: Participant) -> None:
    """Record that observation ended, the participant being alive."""


@writes(
    group,
    "decompensation",
    "outcome.record_decompensation",
    example="record decompensation SY01-001 ascites --grade moderate --as li.wei:investigator",
)
def decompensation(
    participant: Participant,
    type: Annotated[str, typer.Argument(metavar="TYPE", help="One of the protocol's, as ascites.")],  # noqa: A002
    subtype: Annotated[str, typer.Option("--subtype", metavar="TEXT", help="A closer name.")] = "",
    grade: Annotated[
        str,
        typer.Option(
            "--grade",
            metavar="GRADE",
            help="How grave it is; for a sign visits look for, a grade of its item.",
        ),
    ] = "",
) -> None:
    """Record that an episode of decompensation began."""


@writes(
    group,
    "decompensation-grade",
    "outcome.grade_decompensation",
    example="record decompensation-grade SY01-001 ascites-1 severe --as li.wei:investigator",
)
def decompensation_grade(
    participant: Participant,
    episode: Episode,
    grade: Annotated[str, typer.Argument(metavar="GRADE", help="The grade from now on.")],
) -> None:
    """Record that an episode's grade changed."""


@writes(
    group,
    "decompensation-resolved",
    "outcome.record_decompensation_resolved",
    example="record decompensation-resolved SY01-001 ascites-1 --as li.wei:investigator",
)
def decompensation_resolved(participant: Participant, episode: Episode) -> None:
    """Record that an episode ended."""


@writes(
    group,
    "adverse-event",
    "outcome.record_adverse_event",
    example='record adverse-event SY01-001 "fever" --severity mild --as li.wei:investigator',
)
def adverse_event(
    participant: Participant,
    term: Annotated[str, typer.Argument(metavar="TERM", help="What happened, in the reporter's words.")],
    severity: Annotated[Severity, typer.Option("--severity", help="How severe it was.")],
    serious: Annotated[bool, typer.Option("--serious", help="A serious adverse event.")] = False,
    criteria: Criteria = None,
    aware: Aware = "",
) -> Fields:
    """Record an untoward medical occurrence; a serious one opens its safety report."""
    return {
        "participant": participant,
        "term": term,
        "severity": severity,
        "serious": serious,
        "criteria": tuple(criteria or ()),
        "aware": aware or None,
    }


@writes(
    group,
    "adverse-event-change",
    "outcome.record_adverse_event_change",
    example="record adverse-event-change SY01-001 ae-1 --severity severe --as li.wei:investigator",
)
def adverse_event_change(
    participant: Participant,
    event: Event,
    severity: Annotated[Severity | None, typer.Option("--severity", help="How severe it is now.")] = None,
    serious: Annotated[
        bool | None,
        typer.Option("--serious/--not-serious", help="Whether it is serious; less needs a --reason."),
    ] = None,
    criteria: Criteria = None,
    outcome: Annotated[Outcome | None, typer.Option("--outcome", help="How it ended.")] = None,
    term: Annotated[str | None, typer.Option("--term", metavar="TERM", help="Another name for it.")] = None,
    aware: Aware = "",
) -> Fields:
    """Record that an adverse event went on, or is judged otherwise. What was said before stays readable."""
    return {
        "participant": participant,
        "event": event,
        "severity": severity,
        "serious": serious,
        "criteria": tuple(criteria) if criteria else None,
        "outcome": outcome,
        "term": term,
        "aware": aware or None,
    }
