"""`trialog participant …`: what was recorded of a participant in error, put right or taken back."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from adapters.cli.commands import Fields, writes
from adapters.cli.options import Participant, Was
from adapters.cli.participant import group
from adapters.cli.record import Signed, parties_signed
from adapters.cli.record_outcomes import Episode
from adapters.cli.safety import Event, ReallyAware

EVENT = ("consent", "withdrawal", "screen-failure", "loss", "transplant", "death", "end-of-follow-up")
Which = Annotated[
    str | None, typer.Option("--version", metavar="LABEL", help="Of a consent, where there are several.")
]
OfScope = Annotated[
    str | None, typer.Option("--scope", metavar="SCOPE", help="Of a withdrawal, where there are several.")
]
When = Annotated[
    str, typer.Option("--at", metavar="TIME", help="When it really was, as exactly as it is known.")
]


# ---------------------------------------------------------------- the course


@writes(
    group,
    "correct",
    "participant.correct_event",
    example="participant correct SY01-001 death --at 2026-05-30 --reason-code transcription"
    ' --reason "the certificate bears another day" --as li.wei:investigator',
)
def correct(
    participant: Participant,
    event: Annotated[str, typer.Argument(metavar="EVENT", help=f"Which: {', '.join(EVENT)}.")],
    at: Annotated[
        str,
        typer.Option("--at", metavar="TIME", help="When it really happened, as exactly as it is known."),
    ] = "",
    cause: Annotated[
        str | None, typer.Option("--cause", metavar="TEXT", help="The real cause of a death.")
    ] = None,
    signed: Signed = None,
    version: Which = None,
    scope: OfScope = None,
    was: Was = None,
) -> Fields:
    """Put right when an event of the course happened, or the cause of a death. Needs a reason.

    Adverse events and episodes have commands of their own. What is left out stands. The old value stays
    readable, and everything computed follows the right one.
    """
    return {
        **_event(participant, event, version, scope, was),
        "cause": cause,
        "signed": parties_signed(signed or [], None),
    }


@writes(
    group,
    "correct-screening",
    "participant.correct_screening",
    example="participant correct-screening SY01-001 --at 2026-03-01 --age 45 --reason-code transcription"
    ' --reason "the screening log bears another day" --as an.li:coordinator',
)
def correct_screening(
    participant: Participant,
    at: Annotated[
        str, typer.Option("--at", metavar="TIME", help="When the participant was really screened.")
    ] = "",
    sex: Annotated[Literal["female", "male"] | None, typer.Option("--sex", help="The sex.")] = None,
    age: Annotated[
        str | None, typer.Option("--age", metavar="YEARS", help="The age at the screening, in years.")
    ] = None,
) -> Fields:
    """Put right what was recorded at the screening; the old values stay readable. Needs a reason.

    What is left out stands.
    """
    return {"participant": participant, "sex": sex, "age": age}


@writes(
    group,
    "void",
    "participant.void_event",
    example="participant void SY01-001 death --reason-code other_participant"
    ' --reason "it was SY01-010 who died" --as li.wei:investigator',
)
def void(
    participant: Participant,
    event: Annotated[
        str, typer.Argument(metavar="EVENT", help=f"Which: {', '.join((*EVENT, 'completion'))}.")
    ],
    version: Which = None,
    scope: OfScope = None,
    was: Was = None,
) -> Fields:
    """Take back an event of the course that was recorded in error. Needs a reason.

    Adverse events and episodes have commands of their own. It stays readable, and the course goes on as if it
    had never been recorded.
    """
    return _event(participant, event, version, scope, was)


def _event(code: str, event: str, version: str | None, scope: str | None, was: str | None) -> Fields:
    named = {"version": version, "scope": scope, "recorded": was}
    return {"participant": code, "event": event.replace("-", "_"), **named}


# ---------------------------------------------------------------- events, episodes and treatments


@writes(
    group,
    "correct-adverse-event",
    "outcome.correct_adverse_event",
    example="participant correct-adverse-event SY01-001 ae-1 --at 2026-04-01 --reason-code transcription"
    ' --reason "the nurses noted it the evening before" --as an.li:coordinator',
)
def correct_adverse_event(
    participant: Participant,
    event: Event,
    at: When = "",
    aware: ReallyAware = None,
) -> Fields:
    """Put right when an adverse event began, or when the site learned of it. Needs a reason.

    Its safety report follows, and its clocks. One that was sent has to be sent again: that is news. How bad
    it was and how it went on is told by `record adverse-event-change`, with the time since when it was so.
    """
    return {"participant": participant, "event": event, "aware": aware}


@writes(
    group,
    "void-adverse-event",
    "outcome.void_adverse_event",
    example="participant void-adverse-event SY01-001 ae-2 --reason-code other"
    ' --reason "it is ae-1 once more" --as li.wei:investigator',
)
def void_adverse_event(participant: Participant, event: Event) -> Fields:
    """Take back an adverse event that was recorded in error: twice, or of another participant.

    Needs a reason. Its safety report is voided with it, and whom that was sent to is to be told: clocks run.
    """
    return {"participant": participant, "event": event}


@writes(
    group,
    "correct-decompensation",
    "outcome.correct_decompensation",
    example="participant correct-decompensation SY01-001 ascites-1 --at 2026-05-02"
    ' --reason-code transcription --reason "the scan is of the day before" --as li.wei:investigator',
)
def correct_decompensation(
    participant: Participant,
    episode: Episode,
    at: When = "",
    type: Annotated[  # noqa: A002
        str | None, typer.Option("--type", metavar="TYPE", help="The right type, one of the protocol's.")
    ] = None,
    subtype: Annotated[
        str | None, typer.Option("--subtype", metavar="TEXT", help="The right closer name.")
    ] = None,
    grade: Annotated[
        str | None, typer.Option("--grade", metavar="GRADE", help="The right grade at its onset.")
    ] = None,
) -> Fields:
    """Put right how an episode of decompensation began. Needs a reason.

    What is left out stands. It keeps its name, also as an episode of another type.
    """
    return {
        "participant": participant,
        "episode": episode,
        "type": type,
        "subtype": subtype,
        "grade": grade,
    }


@writes(
    group,
    "correct-decompensation-grade",
    "outcome.correct_decompensation_grade",
    example="participant correct-decompensation-grade SY01-001 ascites-1 --grade moderate"
    ' --reason-code transcription --reason "read in the wrong line" --as li.wei:investigator',
)
def correct_grade(
    participant: Participant,
    episode: Episode,
    at: When = "",
    grade: Annotated[str | None, typer.Option("--grade", metavar="GRADE", help="What it really was.")] = None,
    was: Was = None,
) -> Fields:
    """Put right a later grade of an episode, or when it was seen. Needs a reason.

    Where there are several, --was says which.
    """
    return {"participant": participant, "episode": episode, "grade": grade, "recorded": was}


@writes(
    group,
    "correct-decompensation-end",
    "outcome.correct_decompensation_resolution",
    example="participant correct-decompensation-end SY01-001 ascites-1 --at 2026-05-20"
    ' --reason-code transcription --reason "the scan is of that day" --as li.wei:investigator',
)
def correct_end(participant: Participant, episode: Episode, at: When = "") -> Fields:
    """Put right when an episode resolved. Needs a reason."""
    return {"participant": participant, "episode": episode}


@writes(
    group,
    "void-decompensation",
    "outcome.void_decompensation",
    example="participant void-decompensation SY01-001 ascites-1 --reason-code other_participant"
    ' --reason "it was SY01-010 who had it" --as li.wei:investigator',
)
def void_decompensation(
    participant: Participant,
    episode: Episode,
    part: Annotated[
        Literal["grade", "resolution"] | None,
        typer.Option("--part", help="Only a later grade of it, or that it resolved."),
    ] = None,
    was: Was = None,
) -> Fields:
    """Take back an episode that was recorded in error, or a part of it. Needs a reason."""
    return {"participant": participant, "episode": episode, "part": part, "recorded": was}


@writes(
    group,
    "void-treatment",
    "observation.void_treatment",
    example="participant void-treatment SY01-001 dialysis --was 2026-05-02 --reason-code other_participant"
    ' --reason "it was SY01-010 who was dialysed" --as an.li:coordinator',
)
def void_treatment(
    participant: Participant,
    treatment: Annotated[
        str, typer.Argument(metavar="TREATMENT", help="The treatment, as albumin, or dialysis.")
    ],
    was: Was = None,
) -> Fields:
    """Take back a treatment or a session of dialysis that was recorded in error. Needs a reason.

    One that was recorded at a wrong time is taken back and recorded anew.
    """
    return {"participant": participant, "treatment": treatment, "recorded": was}
