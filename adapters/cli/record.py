"""`trialog record …`: what has happened, recorded whatever the rules say."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from adapters.cli.commands import Acting, Fields, noun, writes
from adapters.cli.consent import Digest, Document, DocumentLanguage, Granted, Label, sha256_of
from adapters.cli.infusion import Cells, Volume, Weight
from adapters.cli.options import InfusionNumber, Participant, Reason, VisitId
from adapters.cli.values import readings
from domain.errors import Invalid

group = noun(
    "record", "Record what has happened. It is kept whatever the rules say; departures show as deviations."
)

Signed = Annotated[
    list[str] | None,
    typer.Option(
        "--signed",
        metavar="PARTY=TIME",
        help="Who signed a consent and when, each with an own date; repeat it.",
    ),
]


@writes(
    group,
    "consent",
    "participant.record_consent",
    example="record consent SY01-001 --version 1.0 --document-language zh-CN --as an.li:coordinator",
)
def consent(
    participant: Participant,
    version: Label,
    document_language: DocumentLanguage,
    parties: Annotated[
        list[str] | None,
        typer.Option(
            "--party",
            metavar="PARTY",
            help="Who signed: participant, representative, witness, investigator; repeat it. By default"
            " participant and investigator; or say it by --signed, with dates.",
        ),
    ] = None,
    no_copy: Annotated[bool, typer.Option("--no-copy", help="The participant was given no copy.")] = False,
    granted: Granted = None,
    signed: Signed = None,
    document: Document = None,
    sha256: Digest = "",
) -> Fields:
    """Record that informed consent was given, on which document, and by whom."""
    return {
        "document": sha256_of(document, sha256),
        "signed": parties_signed(signed or [], parties),
        "participant": participant,
        "version": version,
        "language": document_language,
        "parties": parties,
        "copy_given": not no_copy,
        "granted": tuple(granted or ()),
    }


def parties_signed(words: list[str], parties: list[str] | None) -> dict[str, str]:
    """The parties' own dates: `participant=2026-03-05T09:30`."""
    if words and parties:
        raise Invalid("usage.parties", "name the parties with their dates, or without, not both")
    dated = [word.partition("=") for word in words]
    if any(not (party and equals and time) for party, equals, time in dated):
        raise Invalid(
            "usage.signed", "a party signs at a time", remedy="Write it like participant=2026-03-05."
        )
    return {party: time for party, _, time in dated}


@writes(
    group,
    "withdrawal",
    "participant.record_withdrawal",
    example="record withdrawal SY01-001 --scope treatment --as an.li:coordinator",
)
def withdrawal(
    participant: Participant,
    scope: Annotated[
        Literal["treatment", "visits", "samples", "future_use", "all"],
        typer.Option("--scope", help="What consent is taken back for."),
    ] = "all",
) -> None:
    """Record that consent was withdrawn; what was collected stays."""


@writes(
    group,
    "screen-failure",
    "participant.record_screen_failure",
    example='record screen-failure SY01-002 --because "ALT above the limit" --as an.li:coordinator',
)
def screen_failure(
    participant: Participant,
    reasons: Annotated[
        list[str] | None,
        typer.Option(
            "--because", metavar="TEXT", help="Why; repeat it. By default the criteria answered against."
        ),
    ] = None,
) -> None:
    """Record that the participant does not enter the trial."""


@writes(
    group,
    "visit",
    "visit.record",
    example="record visit SY01-001 --at 2026-04-02T09:30 --as an.li:coordinator",
)
def visit(
    participant: Participant,
    visit: Annotated[
        str | None,
        typer.Argument(metavar="VISIT", help="The visit; without it the visit is placed by its day."),
    ] = None,
) -> None:
    """Record that the participant came: for a planned visit, or else beside the plan."""


@writes(
    group,
    "missed-visit",
    "visit.record_missed",
    example='record missed-visit SY01-001 week-12 --reason "in another hospital" --as an.li:coordinator',
)
def missed_visit(participant: Participant, visit: VisitId, reason: Reason = None) -> None:
    """Record that the participant did not come and will not.

    It is recorded when it is known, before its window too, as of somebody who is abroad. Whoever comes after
    all has attended: record the visit.
    """


@writes(
    group,
    "results",
    "observation.record_results",
    example='record results SY01-001 week-4 tbil="54 umol/L" inr=1.7 ascites=mild --as an.li:coordinator',
)
def results(
    person: Acting,
    participant: Participant,
    visit: VisitId,
    values: Annotated[
        list[str],
        typer.Argument(
            metavar="ITEM=VALUE…", help='Each value with its unit, as tbil="54 umol/L"; a grade without.'
        ),
    ],
    repeat: Annotated[
        bool, typer.Option("--repeat", help="A further draw: items that stand there already are kept beside.")
    ] = False,
    accession: Annotated[
        str, typer.Option("--accession", metavar="NUMBER", help="The laboratory's number of the sample.")
    ] = "",
) -> Fields:
    """Record values taken together at a visit."""
    given = readings(values, person.protocol_of(participant), accession)
    return {"participant": participant, "visit": visit, "readings": given, "repeat": repeat}


@writes(
    group,
    "dialysis",
    "observation.record_dialysis",
    example="record dialysis SY01-001 --at 2026-04-02 --as an.li:coordinator",
)
def dialysis(
    participant: Participant,
    kind: Annotated[
        Literal["intermittent", "continuous_24h"],
        typer.Option("--kind", help="One session, or 24 hours of continuous haemofiltration."),
    ] = "intermittent",
) -> None:
    """Record a dialysis treatment."""


@writes(
    group,
    "treatment",
    "observation.record_treatment",
    example='record treatment SY01-001 albumin --detail "20 g" --as an.li:coordinator',
)
def treatment(
    participant: Participant,
    treatment: Annotated[str, typer.Argument(metavar="TREATMENT", help="Which, as albumin or vitamin-k.")],
    detail: Annotated[str, typer.Option("--detail", metavar="TEXT", help="Dose and route.")] = "",
) -> None:
    """Record a treatment that bears on scores."""


@writes(
    group,
    "randomization",
    "participant.record_randomization",
    example="record randomization 1 placebo --at 1984-05-01 --as x.yu:randomization_manager",
)
def randomization(
    participant: Participant,
    arm: Annotated[str, typer.Argument(metavar="ARM", help="The arm; it is sealed at once.")],
) -> None:
    """Record an allocation made elsewhere, for a protocol that says so."""


@writes(
    group,
    "misrandomization",
    "participant.record_misrandomization",
    example='record misrandomization SY01-001 "HIV found after allocation" --as li.wei:investigator',
)
def misrandomization(
    participant: Participant,
    finding: Annotated[str, typer.Argument(metavar="FINDING", help="What was wrong.")],
) -> None:
    """Record that the participant was randomized in error; the allocation stands."""


@writes(
    group,
    "unblinding",
    "participant.record_unblinding",
    example='record unblinding SY01-001 --kind emergency --informed "Dr Wang" --reason "liver failure"'
    " --as li.wei:investigator",
)
def unblinding(
    participant: Participant,
    kind: Annotated[
        Literal["planned", "emergency", "accidental"], typer.Option("--kind", help="How it came about.")
    ],
    informed: Annotated[
        list[str], typer.Option("--informed", metavar="WHO", help="Who learned it; repeat it.")
    ],
    reason: Reason = None,
) -> None:
    """Record that somebody learned the allocation. Do not write the arm itself anywhere."""


@writes(
    group,
    "infusion",
    "infusion.record",
    example="record infusion SY01-001 peripheral_vein --lot L7 --bag B3 --at 2026-03-05T10:20"
    " --as li.wei:investigator",
)
def infusion(
    participant: Participant,
    route: Annotated[str, typer.Argument(metavar="ROUTE", help="How it was given; it is sealed at once.")],
    infusion: InfusionNumber = 1,
    lot: Annotated[str | None, typer.Option("--lot", metavar="LOT", help="The lot given.")] = None,
    bag: Annotated[str | None, typer.Option("--bag", metavar="BAG", help="The bag given.")] = None,
    outcome: Annotated[
        Literal["completed", "stopped_early"], typer.Option("--outcome", help="How it ended.")
    ] = "completed",
    ended: Annotated[str | None, typer.Option("--ended", metavar="TIME", help="When it ended.")] = None,
    use_by: Annotated[
        str | None, typer.Option("--use-by", metavar="TIME", help="Until when the product could be given.")
    ] = None,
    volume_ml: Volume = None,
    cells_million: Cells = None,
    weight_kg: Weight = None,
) -> None:
    """Record an infusion as a whole, whatever steps were or were not taken. --at is its start."""


@writes(
    group,
    "deviation",
    "outcome.note_deviation",
    example='record deviation SY01-001 "sample stored at 4 degrees overnight" --as j.mo:monitor',
)
def deviation(
    participant: Participant,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What departed from the protocol.")],
) -> None:
    """Record a departure from the protocol that no rule of the protocol finds."""
