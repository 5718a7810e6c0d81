"""`trialog sample …`: samples taken, handed out for what was consented to, destroyed, put right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from adapters.cli.commands import Answer, Asked, Fields, answers, noun, writes
from adapters.cli.options import OnlyParticipant, Participant, Was
from adapters.cli.output import listing
from adapters.cli.rows import at, marked

if TYPE_CHECKING:
    from domain.sample import Sample

group = noun("sample", "Take samples, hand them out for what was consented to, destroy them, put them right.")

Name = Annotated[str, typer.Argument(metavar="SAMPLE", help="The sample, as its tube is labelled.")]
Material = Annotated[str, typer.Argument(metavar="MATERIAL", help="What it is, as serum.")]
Genetic = Annotated[bool, typer.Option("--genetic", help="It is for genetic use, which has its own consent.")]

Permit = Annotated[
    str | None, typer.Option("--permit", metavar="NUMBER", help="The permit, for cross_border and genetic.")
]

PermitGiven = Annotated[
    str, typer.Option("--permit", metavar="NUMBER", help="The permit, for cross_border and genetic.")
]
Recipient = Annotated[str, typer.Argument(metavar="RECIPIENT", help="To whom.")]
Uses = Annotated[
    list[str],
    typer.Option(
        "--for",
        metavar="USE",
        help="What for; repeat it: trial, sensitive_data, cross_border, genetic, future_use.",
    ),
]

_COLUMNS = (
    "participant",
    "sample",
    "material",
    "genetic",
    "taken",
    "handed_out",
    "destroyed",
    "voided",
    "replaced",
)


@answers(group, "list", example="sample list --participant SY01-001 --store trial.db")
def list_samples(question: Asked, participant: OnlyParticipant = "") -> Answer:
    """List the samples: what each is, when it was taken, to whom and for what it was handed out.

    One that was voided stays listed, and so does what was put right of a sample.
    """
    from domain.sample import Sample

    view = question.view
    rows = [_row(each) for each in view.singles(Sample, participant).values()]
    return listing(view, rows, marked(_COLUMNS, rows))


def _row(known: Sample) -> dict[str, Any]:
    return {
        "participant": known.participant,
        "sample": known.sample,
        "material": known.material,
        "genetic": known.genetic,
        "taken": str(known.taken.at),
        "handed_out": [
            {
                "recipient": each.recipient,
                "country": each.country,
                "uses": [str(use) for use in each.uses],
                "permit": each.permit,
                "at": str(each.when.at),
            }
            for each in known.handed_out
        ],
        "destroyed": at(known.destroyed),
        "voided": at(known.voided),
        "replaced": [{"field": each.field, "was": each.was, "fact": each.by.fact} for each in known.replaced],
        "fact": known.taken.fact,
    }


@writes(group, "take", "sample.take", example="sample take SY01-001 T-17 serum --as an.li:coordinator")
def take(participant: Participant, sample: Name, material: Material, genetic: Genetic = False) -> None:
    """Take a sample, as consent allows it now."""


@writes(
    group,
    "record",
    "sample.record_taken",
    example="sample record SY01-001 T-17 serum --at 2026-03-05T09:30 --as an.li:coordinator",
)
def record(participant: Participant, sample: Name, material: Material, genetic: Genetic = False) -> None:
    """Record that a sample was taken; without the consent it needs it shows as a deviation."""


@writes(
    group,
    "hand-out",
    "sample.hand_out",
    example='sample hand-out SY01-001 T-17 "central laboratory" --for trial --as an.li:coordinator',
)
def hand_out(
    participant: Participant,
    sample: Name,
    recipient: Recipient,
    uses: Uses,
    permit: PermitGiven = "",
    country: Annotated[str, typer.Option("--to", metavar="CC", help="The country it goes to, as DE.")] = "",
) -> Fields:
    """Hand a sample out of the site, for uses that the participant has granted."""
    return _left(participant, sample, recipient, uses, permit, country)


@writes(
    group,
    "record-hand-out",
    "sample.record_hand_out",
    example='sample record-hand-out SY01-001 T-17 "central laboratory" --for genetic --at 2026-03-06T14:00'
    " --as an.li:coordinator",
)
def record_hand_out(
    participant: Participant,
    sample: Name,
    recipient: Recipient,
    uses: Uses,
    permit: PermitGiven = "",
    country: Annotated[str, typer.Option("--to", metavar="CC", help="The country it went to, as DE.")] = "",
) -> Fields:
    """Record that a sample was handed out; what it lacked of consent or permit shows as a deviation."""
    return _left(participant, sample, recipient, uses, permit, country)


def _left(
    participant: str, sample: str, recipient: str, uses: list[str], permit: str, country: str
) -> Fields:
    return {
        "participant": participant,
        "sample": sample,
        "recipient": recipient,
        "uses": tuple(uses),
        "permit": permit,
        "country": country,
    }


@writes(
    group,
    "destroy",
    "sample.destroy",
    example='sample destroy SY01-001 T-17 "consent to samples withdrawn" --as li.wei:investigator',
)
def destroy(
    participant: Participant,
    sample: Name,
    ground: Annotated[str, typer.Argument(metavar="GROUND", help="Why.")],
) -> None:
    """Destroy a sample."""


@writes(
    group,
    "correct",
    "sample.correct",
    example="sample correct SY01-001 T-17 --at 2026-03-05T08:10 --reason-code transcription"
    ' --reason "the tube is marked 08:10" --as an.li:coordinator',
)
def correct(
    participant: Participant,
    sample: Name,
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="When it was really taken.")] = "",
    material: Annotated[
        str | None, typer.Option("--material", metavar="MATERIAL", help="What it is.")
    ] = None,
    genetic: Annotated[
        bool | None, typer.Option("--genetic/--not-genetic", help="Whether it is for genetic use.")
    ] = None,
) -> Fields:
    """Put right when a sample was taken, or what it is. Needs a reason. What is left out stands.

    It is judged by what is right: without the consent it needed then, it shows as a deviation.
    """
    return {"participant": participant, "sample": sample, "material": material, "genetic": genetic}


@writes(
    group,
    "correct-hand-out",
    "sample.correct_hand_out",
    example="sample correct-hand-out SY01-001 T-17 --at 2026-03-06T14:00 --reason-code transcription"
    ' --reason "the courier\'s slip says the sixth" --as an.li:coordinator',
)
def correct_hand_out(
    participant: Participant,
    sample: Name,
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="When it really left.")] = "",
    recipient: Annotated[
        str | None, typer.Option("--recipient", metavar="RECIPIENT", help="To whom it really went.")
    ] = None,
    uses: Annotated[
        list[str] | None, typer.Option("--for", metavar="USE", help="What it really went for; repeat it.")
    ] = None,
    permit: Permit = None,
    country: Annotated[
        str | None, typer.Option("--to", metavar="CC", help="The country it really went to.")
    ] = None,
    was: Was = None,
) -> Fields:
    """Put right when a sample was handed out, to whom or for what. Needs a reason.

    What is left out stands. Where it was handed out more than once, --was says which.
    """
    return {
        "participant": participant,
        "sample": sample,
        "recipient": recipient,
        "uses": tuple(uses) if uses else None,
        "permit": permit,
        "country": country,
        "recorded": was,
    }


@writes(
    group,
    "void",
    "sample.void",
    example="sample void SY01-001 T-17 --reason-code other_participant"
    ' --reason "the tube is of SY01-010" --as an.li:coordinator',
)
def void(
    participant: Participant,
    sample: Name,
    part: Annotated[
        Literal["hand_out", "destruction"] | None,
        typer.Option("--part", help="Only that it was handed out, or that it was destroyed."),
    ] = None,
    was: Was = None,
) -> Fields:
    """Take back a sample that was recorded in error, or that it left or was destroyed. Needs a reason.

    What was done with a sample is taken back before the sample itself. Its label can be used again then.
    """
    return {"participant": participant, "sample": sample, "part": part, "recorded": was}
