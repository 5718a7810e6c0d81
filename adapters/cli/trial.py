"""`trialog trial …`: a trial from adoption to archive, and how it stands."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from adapters.cli.activation import Wanted, bring_to_enrolment, steps_taken
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
from adapters.cli.options import ProtocolSource
from adapters.cli.output import Table, listing, tell_table
from adapters.cli.protocol import VALUE_COLUMNS, value_row
from adapters.cli.sources import document_from, version_of
from adapters.cli.status import status_of
from domain.errors import Invalid, TrialogError
from domain.ledger.tree import root_at

group = noun("trial", "Take a trial from its protocol to its archive, and see how it stands.")

Version = Annotated[
    str, typer.Option("--version", metavar="LABEL", help="Which protocol version; by default the newest.")
]

# ---------------------------------------------------------------- questions


@answers(group, "status", example="trial status --store trial.db")
def status(question: Asked) -> Answer:
    """Tell how the trial stands: protocol, sites, enrolment, visits, deviations, end of its history."""
    return status_of(question)


@answers(group, "assumptions", example="trial assumptions --store trial.db")
def assumptions(question: Asked, version: Version = "") -> Answer:
    """List what the registration is silent on and the principal investigator confirms."""
    trial = question.view.stood
    document = version_of(trial, version)
    confirmed = document.protocol.version in trial.confirmed
    rows = [
        value_row(value) | {"version": document.protocol.version, "confirmed": confirmed}
        for value in document.assumptions
    ]
    return listing(question.view, rows, ("path", "value", "source", "confirmed"))


# ---------------------------------------------------------------- from adoption to enrolment


@performs(
    group,
    "adopt",
    timed=True,
    example="trial adopt our-trial.toml --store trial.db --as li.wei:principal_investigator",
)
def adopt(person: Acting, source: ProtocolSource) -> Recorded:
    """Take a protocol as the first version of a trial; makes the store if it is not there."""
    from workflows.policy import authorise

    document = document_from(source)
    trial = person.place.trial_of(document)
    command = person.command(
        "trial.adopt_protocol",
        {"document": document.text},
        zone=document.protocol.sites[0].zone,
    )
    authorise(command, person.by)  # before a store is made for nothing
    person.place.make()
    return receipt(person.carry_out(trial, command))


@writes(
    group,
    "confirm",
    "trial.confirm_assumptions",
    example="trial confirm --store trial.db --as li.wei:principal_investigator",
)
def confirm(
    person: Acting,
    version: Version = "",
    yes: Annotated[bool, typer.Option("--yes", help="Confirm without being asked.")] = False,
) -> Fields:
    """Confirm every assumed value of a protocol version. Lists them first, and asks."""
    document = version_of(person.view().trial, version)
    if not yes:
        _somebody_is_there()
    rows = [value_row(value) for value in document.assumptions]
    tell_table(Table(rows, VALUE_COLUMNS))
    if not yes:
        _ask(f"Confirm these {len(rows)} assumptions of version {document.protocol.version}?")
    return {"version": document.protocol.version, "digest": document.digest}


def _somebody_is_there() -> None:
    if not sys.stdin.isatty():
        raise Invalid("usage.not_confirmed", "nobody is there to be asked", remedy="Say --yes.")


def _ask(question: str) -> None:
    if not typer.confirm(question, err=True):
        raise TrialogError("confirm.declined", "nothing was confirmed")


@writes(
    group,
    "approve",
    "trial.record_ethics_approval",
    example='trial approve --reference "Y(2025)089" --at 2025-05-19 --as li.wei:principal_investigator',
)
def approve(
    person: Acting,
    reference: Annotated[
        str, typer.Option("--reference", metavar="TEXT", help="The ethics committee's reference.")
    ],
    version: Version = "",
) -> Fields:
    """Record an ethics committee's approval of a protocol version."""
    known = version_of(person.view().trial, version).protocol.version
    return {"version": known, "reference": reference}


@writes(
    group,
    "activate-site",
    "trial.activate_site",
    example="trial activate-site SY01 --as li.wei:principal_investigator",
)
def activate_site(
    where: Annotated[str, typer.Argument(metavar="SITE", help="A site of the protocol.")],
) -> Fields:
    """Let a site begin, from --at on. What took place there before shows as a deviation."""
    return {"site": where}


@performs(
    group,
    "activate",
    timed=True,
    example='trial activate our-trial.toml --confirm-assumptions --ethics "Y(2025)089" --sealed-by h.zhou'
    " --store trial.db --as li.wei:principal_investigator",
)
def activate(
    person: Acting,
    source: Annotated[
        str,
        typer.Argument(
            metavar="FILE|NAME",
            help="A protocol: then every step still missing is done, from adoption to opened enrolment.",
            show_default=False,
        ),
    ] = "",
    confirm_assumptions: Annotated[
        bool, typer.Option("--confirm-assumptions", help="Confirm every assumed value; see 'protocol show'.")
    ] = False,
    ethics: Annotated[
        str, typer.Option("--ethics", metavar="REF", help="The ethics committee's reference.")
    ] = "",
    sealed_by: Annotated[
        str,
        typer.Option("--sealed-by", metavar="ACTOR", help="The statistician who seals the allocation list."),
    ] = "",
) -> Answer:
    """Activate the trial; with a protocol, do every step that is still missing until enrolment is open.

    --at is from when on: for a trial that began before it was kept here, the date of its activation. What
    took place before it shows as a deviation.
    """
    if source:
        return bring_to_enrolment(
            person, document_from(source), Wanted(confirm_assumptions, ethics, sealed_by)
        )
    if confirm_assumptions or ethics or sealed_by:
        raise Invalid("usage.no_protocol", "these options go with a protocol", remedy="Name its file.")
    return steps_taken(person.place.trial, [("activate", person.execute("trial.activate", {}))])


@writes(
    group,
    "correct-activation",
    "trial.correct_activation",
    example="trial correct-activation SY01 --at 2025-06-02 --reason-code transcription"
    ' --reason "the opening letter bears another date" --as li.wei:principal_investigator',
)
def correct_activation(
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="From when on it was really active.")],
    where: Annotated[
        str, typer.Argument(metavar="SITE", help="An active site; without one, the trial itself.")
    ] = "",
) -> Fields:
    """Put right from when on a site, or the trial, was active: from --at on. Needs a reason."""
    return {"site": where or None}


@writes(group, "open", "trial.open_enrolment", example="trial open --as li.wei:principal_investigator")
def open_enrolment() -> None:
    """Open enrolment."""


@writes(group, "close", "trial.close_enrolment", example="trial close --as li.wei:principal_investigator")
def close_enrolment() -> None:
    """Close enrolment."""


# ---------------------------------------------------------------- amendments, cuts, locks


@writes(
    group,
    "amend",
    "trial.amend_protocol",
    example='trial amend our-trial-2.toml --summary "wider window" --as li.wei:principal_investigator',
)
def amend(
    source: ProtocolSource,
    summary: Annotated[str, typer.Option("--summary", metavar="TEXT", help="What changes, and why.")],
) -> Fields:
    """Bring a further protocol version. Sites are put on it with adopt-version."""
    return {"document": document_from(source).text, "summary": summary}


@writes(
    group,
    "adopt-version",
    "trial.adopt_version_at_site",
    example="trial adopt-version SY01 2.0 --as li.wei:principal_investigator",
)
def adopt_version(
    where: Annotated[str, typer.Argument(metavar="SITE", help="An active site.")],
    version: Annotated[
        str, typer.Argument(metavar="VERSION", help="The protocol version it follows from now on.")
    ],
) -> Fields:
    """Put a site on another protocol version."""
    return {"site": where, "version": version}


@writes(group, "cut", "trial.name_data_cut", example="trial cut interim-1 --as h.zhou:statistician")
def cut(
    person: Acting,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The name, by which questions take it as an instant.")
    ],
    position: Annotated[
        int | None, typer.Option("--position", metavar="N", help="Which position; by default the last.")
    ] = None,
) -> Fields:
    """Give a position of the history a name, kept with the root of the ledger there.

    Refused where a record that the protocol calls critical was not signed at that position.
    """
    app, trial = person.place.app, person.place.trial
    head = app.reading.head(trial)[0]
    at = head if position is None and not person.command_id else position
    if at is None or not 1 <= at <= head:
        return {"name": name, "position": position}
    root = root_at(at, lambda places: app.ledger.nodes(trial, places)).hex()
    return {"name": name, "position": at, "root": root}


@writes(
    group,
    "freeze",
    "trial.freeze",
    example='trial freeze --reason "interim analysis" --as w.sun:data_manager',
)
def freeze() -> None:
    """Pause data entry, for a stated reason."""


@writes(group, "lock", "trial.lock", example='trial lock --reason "clean and signed" --as w.sun:data_manager')
def lock() -> None:
    """Lock the database, for a stated reason: no further data."""


@writes(
    group,
    "request-unlock",
    "trial.request_unlock",
    example='trial request-unlock --reason "late laboratory report" --as w.sun:data_manager',
)
def request_unlock() -> None:
    """Ask that the locked database be opened again; another person decides."""


@writes(
    group,
    "unlock",
    "trial.unlock",
    example='trial unlock --reason "late laboratory report" --as li.wei:principal_investigator',
)
def unlock() -> None:
    """Open a frozen database again, or a locked one as another person has asked."""


@writes(group, "archive", "trial.archive", example="trial archive --as w.sun:data_manager")
def archive() -> None:
    """Close the trial for good."""
