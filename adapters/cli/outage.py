"""`trialog outage …`: sealed packages for when the system cannot be used, and how they are accounted for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.cli.asking import secret
from adapters.cli.commands import (
    Acting,
    Answer,
    Asked,
    Fields,
    answers,
    looks,
    noun,
    performs,
    receipt_data,
    writes,
)
from adapters.cli.options import Participant
from adapters.cli.output import Table, instants, listing, pairs
from adapters.cli.place import Place
from adapters.cli.rows import Row, at
from domain.errors import NotFound

if TYPE_CHECKING:
    from domain.outage import Outages, Package

group = noun("outage", "Make sealed packages for outages, and account for what was opened.")

PackageName = Annotated[str, typer.Argument(metavar="PACKAGE", help="The package, as P-0a1b2c3d4e5f.")]
EnvelopeName = Annotated[str, typer.Argument(metavar="ENVELOPE", help="As U-SY01-001 or A-17.")]


# ---------------------------------------------------------------- questions


@answers(group, "list", example="outage list --store trial.db")
def list_packages(question: Asked) -> Answer:
    """List the packages with their envelopes, what was opened, and what is still to be accounted for."""
    outages = _outages(question)
    rows = [_row(outages, package) for package in outages.packages.values()]
    columns = ("package", "site", "issued", "participants", "places", "opened", "withdrawn", "unreconciled")
    return listing(question.view, rows, columns)


@answers(group, "show", example="outage show P-0a1b2c3d4e5f --store trial.db")
def show(question: Asked, package: PackageName) -> Answer:
    """Show one package: every envelope with whom it was opened for, and the outages it was used in."""
    outages = _outages(question)
    known = outages.packages.get(package)
    if known is None:
        raise NotFound("outage.unknown", f"there is no package {package}")
    taken = question.view.enrolment.allocated
    data: Row = {
        **instants(question.view),
        "package": _row(outages, known),
        "envelopes": [_envelope(known, label, taken) for label in known.envelopes],
        "outages": [
            {"began": at(each.began), "ended": str(each.ended), "reconciled": at(each.reconciled)}
            for each in outages.outages
            if each.package == package
        ],
    }
    tables = [
        pairs(data["package"]),
        Table(data["envelopes"], ("envelope", "state", "participant", "opened"), "Envelopes"),
        Table(data["outages"], ("began", "ended", "reconciled"), "Outages"),
    ]
    return Answer(data, tuple(table for table in tables if table.rows))


def _outages(question: Asked) -> Outages:
    from domain.outage import Outages

    return question.view.single(Outages) or Outages()


def _row(outages: Outages, package: Package) -> Row:
    still = outages.open
    return {
        "package": package.package,
        "site": package.site,
        "issued": at(package.issued),
        "participants": len(package.participants),
        "places": max(0, package.last - package.first + 1),
        "sha256": package.sha256,
        "opened": list(package.opened),
        "withdrawn": at(package.withdrawn),
        "unreconciled": still is not None and still.package == package.package,
    }


def _envelope(package: Package, label: str, taken: int) -> Row:
    """One envelope; one for a place that the system gave is spent, one that was given back withdrawn."""
    from domain.outage import ALLOCATES

    opened = package.opened.get(label)
    kept = "sealed" if package.withdrawn is None else "withdrawn"
    is_spent = label.startswith(ALLOCATES) and int(label.removeprefix(ALLOCATES)) <= taken
    return {
        "envelope": label,
        "state": "opened" if opened is not None else "spent" if is_spent else kept,
        "participant": None if opened is None else opened.participant,
        "opened": None if opened is None else at(opened.when),
    }


# ---------------------------------------------------------------- making and opening


@performs(
    group,
    "package",
    timed=True,
    example="outage package SY01 --places 4 --out /media/safe --as h.zhou:statistician",
)
def package(
    person: Acting,
    of_site: Annotated[str, typer.Argument(metavar="SITE", help="The site it is for.")],
    out: Annotated[str, typer.Option("--out", metavar="DIR", help="Where file and sheet are written.")],
    places: Annotated[
        int, typer.Option("--places", min=0, max=100, help="How many of the next places it can give.")
    ] = 0,
) -> Answer:
    """Make a package: a file of sealed envelopes, and a sheet with a code for each, to be kept apart.

    An envelope opens with the site's passphrase, which is asked for, and its own code. The envelopes for
    places are of use until somebody is randomized; make a new package then.
    """
    from adapters.files.places import check_folder
    from adapters.outage import make, sheet
    from workflows.outage import IssuePackage

    view = person.view()
    if of_site not in view.trial.sites:
        raise NotFound("site.unknown", f"no site {of_site} takes part")
    # Before anything is opened: who may not issue a package has none made.
    wanted = IssuePackage(site=of_site, participants=(), places=places, taken=0, sha256="0" * 64)
    person.place.app.engine.check_permitted(person.place.trial, wanted, person.by)
    folder = Path(out)
    check_folder(folder)
    made = make(view, of_site, places, secret("passphrase", "Passphrase", twice=True), _opening(person))
    fields = {
        "site": made.site,
        "participants": made.participants,
        "places": places,
        "taken": made.taken,
        "sha256": made.sha256,
    }
    name = f"P-{made.sha256[:12]}"
    file, page = folder / f"{name}.json", folder / f"{name}-codes.html"
    try:
        file.write_bytes(made.file)
        page.write_text(sheet(made, name, person.place.trial), "utf-8")
        done = person.execute("outage.issue_package", fields)
    except BaseException:  # what is not issued is not left lying about
        file.unlink(missing_ok=True)
        page.unlink(missing_ok=True)
        raise
    data = {
        **receipt_data(done),
        "package": name,
        "file": str(file),
        "codes": str(page),
        "envelopes": list(made.codes),
    }
    told = {each: data[each] for each in ("package", "file", "codes")}
    return Answer(data, (pairs({**told, "envelopes": len(made.codes)}),))


def _opening(person: Acting) -> Any:  # noqa: ANN401 - how a vault opens what is sealed
    return person.place.app.vault.open


@looks(group, "open", example="outage open P-0a1b2c3d4e5f.json U-SY01-001", asks=False)
def open_envelope(
    place: Place,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The package.")],
    envelope: EnvelopeName,
) -> Answer:
    """Open one envelope of a package, without any store: the allocation it holds.

    Write down on paper that you did, and record it as soon as the system is there again.
    """
    from adapters.outage import opened

    try:
        data = Path(file).read_bytes()
    except OSError as error:
        raise NotFound("file.missing", f"{file} cannot be read") from error
    arm = opened(data, envelope, secret("passphrase", "Passphrase"), secret("envelope-code", "Code"))
    return Answer({"envelope": envelope, "arm": arm}, (pairs({"envelope": envelope, "arm": arm}),))


# ---------------------------------------------------------------- accounting for it


@writes(
    group,
    "withdraw",
    "outage.withdraw_package",
    example='outage withdraw P-0a1b2c3d4e5f "shredded, all pages sealed" --as h.zhou:statistician',
)
def withdraw(
    package: PackageName,
    ground: Annotated[str, typer.Argument(metavar="GROUND", help="What became of it, and why.")],
) -> None:
    """Record that what is left of a package was given back or destroyed unopened.

    While one site's package can still give places, no other site is given any.
    """


@writes(
    group,
    "declare",
    "outage.declare",
    example="outage declare P-0a1b2c3d4e5f --at 2026-04-02T21:10 --ended 2026-04-03T06:00"
    " --as an.li:coordinator",
)
def declare(
    package: PackageName,
    ended: Annotated[
        str, typer.Option("--ended", metavar="TIME", help="When it could be used again; by default now.")
    ] = "",
) -> Fields:
    """Declare that the system could not be used; --at says since when.

    Until the package is accounted for, nobody is randomized by the system.
    """
    return {"package": package, "ended": ended or None}


@writes(
    group,
    "allocated",
    "outage.record_allocation",
    example="outage allocated P-0a1b2c3d4e5f A-17 SY01-017 --at 2026-04-02T22:00 --as an.li:coordinator",
)
def allocated(package: PackageName, envelope: EnvelopeName, participant: Participant) -> None:
    """Record that an envelope was opened and the participant allocated by it, in the order of the places."""


@writes(
    group,
    "unblinded",
    "outage.record_unblinding",
    example="outage unblinded P-0a1b2c3d4e5f U-SY01-001 SY01-001 --informed li.wei"
    ' --because "needs surgery" --at 2026-04-02T22:30 --as li.wei:investigator',
)
def unblinded(
    package: PackageName,
    envelope: EnvelopeName,
    participant: Participant,
    informed: Annotated[
        list[str], typer.Option("--informed", metavar="WHO", help="Who learned it; repeat it.")
    ],
    because: Annotated[str, typer.Option("--because", metavar="TEXT", help="Why; never the arm.")],
) -> Fields:
    """Record that an envelope was opened and the participant's allocation learned in an emergency."""
    return {
        "package": package,
        "envelope": envelope,
        "participant": participant,
        "informed": tuple(informed),
        "reason": because,
    }


@writes(
    group,
    "reconcile",
    "outage.reconcile",
    example="outage reconcile P-0a1b2c3d4e5f --opened A-17 --opened U-SY01-001"
    " --as zhao.pi:principal_investigator",
)
def reconcile(
    package: PackageName,
    opened: Annotated[
        list[str] | None,
        typer.Option("--opened", metavar="ENVELOPE", help="An envelope found opened; repeat it."),
    ] = None,
) -> Fields:
    """Account for a package: what was found opened is what is recorded. Refused as long as it is not."""
    return {"package": package, "opened": tuple(opened or ())}
