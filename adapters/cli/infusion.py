"""`trialog infusion …`: the steps of an infusion, each taken as it comes."""

from __future__ import annotations

from typing import Annotated

import typer

from adapters.cli.commands import Fields, noun, writes
from adapters.cli.options import InfusionNumber, LotId, Participant, Reason

group = noun(
    "infusion",
    "Take an infusion through its steps, from order to closing. What the protocol forbids is refused.",
)

Bag = Annotated[str, typer.Argument(metavar="BAG", help="The bag, as it is labelled.")]
Volume = Annotated[str | None, typer.Option("--volume-ml", metavar="NUMBER", help="Volume given, in mL.")]
Cells = Annotated[
    str | None, typer.Option("--cells-million", metavar="NUMBER", help="Cells given, in millions.")
]
Weight = Annotated[str | None, typer.Option("--weight-kg", metavar="NUMBER", help="Body weight, in kg.")]


@writes(
    group,
    "order",
    "infusion.order",
    example="infusion order SY01-001 --weight-kg 62.5 --as li.wei:investigator",
)
def order(
    participant: Participant,
    infusion: InfusionNumber = 1,
    weight_kg: Weight = None,
) -> None:
    """Prescribe the infusion at the protocol's dose; with the weight, where that is for each kilogram."""


@writes(
    group,
    "assign",
    "infusion.assign_lot",
    example="infusion assign SY01-001 L7 B3 --as li.wei:investigator",
)
def assign(participant: Participant, lot: LotId, bag: Bag, infusion: InfusionNumber = 1) -> None:
    """Assign a bag of a lot to the participant."""


@writes(
    group,
    "release",
    "infusion.release",
    example="infusion release SY01-001 --as q.he:cell_laboratory",
)
def release(participant: Participant, infusion: InfusionNumber = 1) -> None:
    """Release the assigned bag for the participant."""


@writes(
    group,
    "receive",
    "infusion.receive",
    example="infusion receive SY01-001 B3 --as li.wei:investigator",
)
def receive(
    participant: Participant,
    bag: Bag,
    infusion: InfusionNumber = 1,
    damaged: Annotated[bool, typer.Option("--damaged", help="The bag is not intact.")] = False,
) -> Fields:
    """Take in the bag where it is given."""
    return {"participant": participant, "bag": bag, "infusion": infusion, "intact": not damaged}


@writes(
    group,
    "thaw",
    "infusion.thaw",
    example="infusion thaw SY01-001 --use-by 2026-03-05T12:00 --viability 92 --as q.he:cell_laboratory",
)
def thaw(
    participant: Participant,
    use_by: Annotated[
        str, typer.Option("--use-by", metavar="TIME", help="Until when the product can be given.")
    ],
    infusion: InfusionNumber = 1,
    viability_percent: Annotated[
        str | None,
        typer.Option("--viability", metavar="PERCENT", help="Living cells after thawing, in percent."),
    ] = None,
) -> None:
    """Thaw the product; from then it has a use-by time."""


@writes(
    group,
    "check",
    "infusion.check_identity",
    example="infusion check SY01-001 B3 --checker li.wei --checker ma.jun --as li.wei:investigator",
)
def check(
    participant: Participant,
    bag: Bag,
    checkers: Annotated[
        list[str], typer.Option("--checker", metavar="WHO", help="Who checked; two different people.")
    ],
    infusion: InfusionNumber = 1,
) -> None:
    """Check participant and bag at the bedside, by two people."""


@writes(
    group,
    "premedicate",
    "infusion.premedicate",
    example="infusion premedicate SY01-001 --medication promethazine --as li.wei:investigator",
)
def premedicate(
    participant: Participant,
    infusion: InfusionNumber = 1,
    medication: Annotated[
        str,
        typer.Option("--medication", metavar="TEXT", help="What was given; leave out where none was needed."),
    ] = "",
) -> None:
    """Give premedication, or say that none is needed."""


@writes(
    group,
    "access",
    "infusion.place_access",
    example="infusion access SY01-001 hepatic_artery --confirmation angiography --as li.wei:investigator",
)
def access(
    participant: Participant,
    route: Annotated[str, typer.Argument(metavar="ROUTE", help="The allocated route; it is sealed at once.")],
    infusion: InfusionNumber = 1,
    confirmation: Annotated[
        str, typer.Option("--confirmation", metavar="TEXT", help="How the place was confirmed; sealed too.")
    ] = "",
) -> None:
    """Place access by the allocated route."""


@writes(group, "start", "infusion.start", example="infusion start SY01-001 --as li.wei:investigator")
def start(participant: Participant, infusion: InfusionNumber = 1) -> None:
    """Start the infusion. The first start is day 0."""


@writes(
    group,
    "pause",
    "infusion.pause",
    example='infusion pause SY01-001 --reason "chills" --as li.wei:investigator',
)
def pause(participant: Participant, infusion: InfusionNumber = 1, reason: Reason = None) -> None:
    """Interrupt the infusion."""


@writes(group, "resume", "infusion.resume", example="infusion resume SY01-001 --as li.wei:investigator")
def resume(participant: Participant, infusion: InfusionNumber = 1) -> None:
    """Go on with a paused infusion."""


@writes(
    group,
    "complete",
    "infusion.complete",
    example="infusion complete SY01-001 --volume-ml 50 --as li.wei:investigator",
)
def complete(
    participant: Participant,
    infusion: InfusionNumber = 1,
    volume_ml: Volume = None,
    cells_million: Cells = None,
) -> None:
    """Say that the whole product is given."""


@writes(
    group,
    "stop",
    "infusion.stop_early",
    example='infusion stop SY01-001 --reason "anaphylaxis" --volume-ml 12 --as li.wei:investigator',
)
def stop(
    participant: Participant,
    infusion: InfusionNumber = 1,
    reason: Reason = None,
    volume_ml: Volume = None,
    cells_million: Cells = None,
) -> None:
    """End the infusion before the whole product is given. Needs --reason."""


@writes(
    group,
    "skip",
    "infusion.skip",
    example='infusion skip SY01-001 --reason "fever since the morning" --as li.wei:investigator',
)
def skip(participant: Participant, infusion: InfusionNumber = 1, reason: Reason = None) -> None:
    """Say that the infusion will not take place. Needs --reason."""


@writes(
    group,
    "observe",
    "infusion.observe",
    example="infusion observe SY01-001 --hours 24 --as li.wei:investigator",
)
def observe(
    participant: Participant,
    infusion: InfusionNumber = 1,
    hours: Annotated[int, typer.Option("--hours", metavar="N", help="How long the watch lasted.")] = 24,
    reactions: Annotated[
        str, typer.Option("--reactions", metavar="TEXT", help="What was seen; leave out where nothing was.")
    ] = "",
) -> None:
    """Say that the watch after the infusion is over."""


@writes(group, "close", "infusion.close", example="infusion close SY01-001 --as li.wei:investigator")
def close(participant: Participant, infusion: InfusionNumber = 1) -> None:
    """Close the record of the infusion."""


@writes(
    group,
    "correct-use-by",
    "infusion.correct_use_by",
    example="infusion correct-use-by SY01-001 2026-03-05T18:00 --reason-code transcription"
    ' --reason "the label says six in the evening" --as q.he:cell_laboratory',
)
def correct_use_by(
    participant: Participant,
    use_by: Annotated[
        str, typer.Argument(metavar="TIME", help="Until when the product could really be given.")
    ],
    infusion: InfusionNumber = 1,
) -> None:
    """Put right until when the product can be given; the old time stays readable. Needs a reason."""


@writes(
    group,
    "correct-dose",
    "infusion.correct_dose",
    example="infusion correct-dose SY01-001 --cells-million 60 --reason-code transcription"
    ' --reason "read from the wrong label" --as li.wei:investigator',
)
def correct_dose(
    participant: Participant,
    infusion: InfusionNumber = 1,
    volume_ml: Volume = None,
    cells_million: Cells = None,
    weight_kg: Weight = None,
) -> None:
    """Put right what was recorded of the dose given, or add it. What is left out stands. Needs a reason."""


@writes(
    group,
    "correct-time",
    "infusion.correct_times",
    example="infusion correct-time SY01-001 --started 2026-03-05T10:20 --ended 2026-03-05T11:05"
    ' --reason-code transcription --reason "read from the wrong line of the sheet" --as li.wei:investigator',
)
def correct_time(
    participant: Participant,
    infusion: InfusionNumber = 1,
    thawed: Annotated[
        str | None, typer.Option("--thawed", metavar="TIME", help="When the product was really thawed.")
    ] = None,
    started: Annotated[
        str | None, typer.Option("--started", metavar="TIME", help="When the infusion really started.")
    ] = None,
    paused: Annotated[
        list[str] | None,
        typer.Option("--paused", metavar="TIME", help="When it was really paused; every pause, in order."),
    ] = None,
    resumed: Annotated[
        list[str] | None,
        typer.Option(
            "--resumed", metavar="TIME", help="When it really went on; after every pause, in order."
        ),
    ] = None,
    ended: Annotated[
        str | None, typer.Option("--ended", metavar="TIME", help="When it was really completed or stopped.")
    ] = None,
) -> None:
    """Put right when a product was thawed, or an infusion started, paused, went on or ended. Needs a reason.

    The old time stays readable. What is left out stands. Of several infusions the first start is day 0.
    Times that cannot have come in this order are refused: what is wrong together is put right together.
    """


@writes(
    group,
    "void",
    "infusion.void",
    example="infusion void SY01-001 --reason-code other_participant"
    ' --reason "it was given to the participant in the next bed" --as li.wei:investigator',
)
def void(
    participant: Participant,
    infusion: InfusionNumber = 1,
    whole: Annotated[
        bool,
        typer.Option("--all-steps", help="All steps after the order too, and the bag: they were another's."),
    ] = False,
) -> None:
    """Take back an infusion, or that one was not given, recorded in error. Needs a reason.

    The participant is where they would be without it. A bag that was the participant's by this report alone
    is held until the cell laboratory accounts for it. One recorded as not given can be given again. Where
    all steps were another participant's, --all-steps leaves the order alone and holds the bag.
    """
