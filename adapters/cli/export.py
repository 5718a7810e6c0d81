"""`trialog export …`: data of the trial as files for others. Each export is recorded as a fact."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.attribution import role_of
from adapters.cli.choices import check_known
from adapters.cli.commands import Acting, Answer, noun, performs, question_name
from adapters.cli.options import OnlyParticipant
from adapters.cli.output import Table, pairs
from adapters.cli.question import as_of_from

if TYPE_CHECKING:
    from adapters.app import App
    from adapters.exports.terms import Terms

group = noun("export", "Hand out data of the trial as files; each export is recorded.")
question_name(group, "bundle")
question_name(group, "table")

ForWhat = Annotated[str, typer.Option("--purpose", metavar="TEXT", help="What it is for; kept as a fact.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="INSTANT|POSITION|CUT", help="The record as of then; by default all of it."
    ),
]
Reader = Annotated[
    str, typer.Option("--role", metavar="ROLE", help="Who is to read it; by default whoever makes it.")
]
Out = Annotated[Path, typer.Option("--out", metavar="FILE.zip", help="The file to write; it must be new.")]
Uses = Annotated[
    list[str] | None,
    typer.Option(
        "--for",
        metavar="USE",
        help="A use beside the trial's own, which needs its own consent; repeat it: sensitive_data,"
        " cross_border, genetic, future_use.",
    ),
]
Permit = Annotated[
    str,
    typer.Option("--permit", metavar="NUMBER", help="The permit, for cross_border and genetic."),
]
Country = Annotated[str, typer.Option("--to", metavar="CC", help="The country it goes to, as DE.")]


def _terms(uses: list[str] | None, permit: str, country: str) -> Terms:
    from adapters.exports.terms import Terms
    from domain.consent import Purpose

    check_known(uses or (), Purpose, "use", "usage.use")
    return Terms(tuple(Purpose(each) for each in uses or ()), permit.strip(), country.strip())


def _as_seen(person: Acting, question: str, *, of_one: bool = False) -> App:
    """The application as somebody who is signed in sees it, at the sites of the role. Raises Denied."""
    app, trial, here = person.place.app, person.place.trial, person.place.here
    if here is None:
        return app
    from adapters.cli.presence import asking_role
    from adapters.narrowing import narrowed

    role = str(person.by.role)
    _, sites = asking_role(here, question, role, app, trial, may_narrow=True, of_one=of_one)
    return narrowed(app, trial, sites)


@performs(
    group,
    "bundle",
    example="export bundle --out trial.zip --purpose inspection --store trial.db --as h.qian:inspector",
)
def bundle(
    person: Acting,
    out: Out,
    purpose: ForWhat,
    as_of: AsOf = None,
    participant: OnlyParticipant = "",
    role: Reader = "",
    policy: Annotated[
        Path | None,
        typer.Option("--policy", metavar="FILE", help="The trust policy: its witnesses' keys go with it."),
    ] = None,
    uses: Uses = None,
    permit: Permit = "",
    country: Country = "",
) -> Answer:
    """Write the record with everything that proves it, for an inspector who has nothing of ours.

    The bundle holds entries, payloads, checkpoints, protocol versions, public keys, a report in English and
    Chinese, the description of the format and verify.py. For a reader whom the protocol masks, what would
    tell an allocation is withheld, and the bundle verifies all the same. The same record as of the same
    position gives the same bytes.
    """
    from adapters.bundle.service import Asked, export
    from adapters.files.policy_file import read_policy

    trial = person.place.trial
    app = _as_seen(person, "export.bundle", of_one=bool(participant))
    witnesses = () if policy is None else tuple(map(str, read_policy(policy).witnesses.values()))
    asked = Asked(
        trial,
        app.view(trial, as_of_from(as_of, app, trial, person.place.language)).position,
        person.by,
        role_of(role) if role else person.by.role,
        purpose,
        participant,
        witnesses,
        _terms(uses, permit, country),
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
        "fact": made.receipt.first,
    }
    return Answer(data, (pairs(data),))


@performs(
    group,
    "table",
    example="export table --out results.zip --purpose meta-analysis --for cross_border --permit P-7"
    " --to DE --store trial.db --as w.sun:data_manager",
)
def table(
    person: Acting,
    out: Out,
    purpose: ForWhat,
    as_of: AsOf = None,
    role: Reader = "",
    uses: Uses = None,
    permit: Permit = "",
    country: Country = "",
) -> Answer:
    """Write the standing results as CSV, of those whose data may leave for the uses named.

    Who has not granted them, has withdrawn or is restricted is left out, with the reason in the manifest.
    Genetic items leave for genetic use only. What needs a permit is refused without its number.
    """
    from adapters.exports.table import TableAsked, export_table

    trial = person.place.trial
    app = _as_seen(person, "export.table")
    asked = TableAsked(
        trial,
        app.view(trial, as_of_from(as_of, app, trial, person.place.language)).position,
        person.by,
        role_of(role) if role else person.by.role,
        purpose,
        _terms(uses, permit, country),
    )
    made = export_table(app, asked, out, person.place.release)
    left_out = [each._asdict() for each in made.leaving.left_out]
    data = {
        "trial": trial,
        "file": str(made.file),
        "sha256": made.digest,
        "bytes": made.size,
        "position": asked.position,
        "participants": len(made.leaving.participants),
        "left_out": left_out,
        "items_left_out": list(made.items_left_out),
        "fact": made.receipt.first,
    }
    told = {name: value for name, value in data.items() if name not in ("left_out", "items_left_out")}
    tables = [pairs(told)]
    if left_out:
        tables.append(Table(left_out, ("participant", "reason"), "Left out"))
    return Answer(data, tuple(tables))
