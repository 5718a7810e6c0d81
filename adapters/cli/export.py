"""`trialog export …`: data of the trial as files for others. Each export is recorded as a fact."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.commands import Acting, Answer, noun, performs, question_name
from adapters.cli.options import OnlyParticipant
from adapters.cli.output import pairs
from adapters.cli.session import as_of_from, role_of

group = noun("export", "Hand out data of the trial as files; each export is recorded.")
question_name(group, "bundle")


@performs(
    group,
    "bundle",
    example="export bundle --out trial.zip --purpose inspection --store trial.db --as h.qian:inspector",
)
def bundle(
    person: Acting,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE.zip", help="The file to write; it must be new.")
    ],
    purpose: Annotated[
        str, typer.Option("--purpose", metavar="TEXT", help="What it is for; kept as a fact.")
    ],
    as_of: Annotated[
        str,
        typer.Option(
            "--as-of", metavar="INSTANT|POSITION|CUT", help="The record as of then; by default all of it."
        ),
    ] = "",
    participant: OnlyParticipant = "",
    role: Annotated[
        str, typer.Option("--role", metavar="ROLE", help="Who is to read it; by default whoever makes it.")
    ] = "",
    policy: Annotated[
        Path | None,
        typer.Option("--policy", metavar="FILE", help="The trust policy: its witnesses' keys go with it."),
    ] = None,
) -> Answer:
    """Write the record with everything that proves it, for an inspector who has nothing of ours.

    The bundle holds entries, payloads, checkpoints, protocol versions, public keys, a report in English and
    Chinese, the description of the format and verify.py. For a reader whom the protocol masks, what would
    tell an allocation is withheld, and the bundle verifies all the same. The same record as of the same
    position gives the same bytes.
    """
    from adapters.bundle.service import Asked, export
    from adapters.files.policy_file import read_policy

    app, trial = person.place.app, person.place.trial
    witnesses = () if policy is None else tuple(map(str, read_policy(policy).witnesses.values()))
    asked = Asked(
        trial,
        app.view(trial, as_of_from(as_of.strip(), app, trial)).position,
        person.by,
        role_of(role) if role else person.by.role,
        purpose,
        participant,
        witnesses,
    )
    made = export(app, asked, out, person.place.release)
    data = {
        "trial": trial,
        "file": str(made.file),
        "sha256": made.digest,
        "bytes": made.size,
        "position": asked.position,
        "participant": participant or None,
        "role": str(asked.reader),
        "masked": made.masked,
        "recorded_at_position": made.receipt.first,
    }
    return Answer(data, (pairs({name: value for name, value in data.items() if value is not None}),))
