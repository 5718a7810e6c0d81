"""`trialog validation …`: what an inspection asks, and the record of a release's tests and installation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.commands import Answer, looks, noun
from adapters.cli.output import Table, pairs
from adapters.cli.place import Place
from domain.errors import Broken

group = noun("validation", "Trace requirements to tests, and write the record of a test run.")

Run = Annotated[Path, typer.Option("--run", metavar="FILE", help="The record of a test run, as JSON.")]


@looks(group, "requirements", example="validation requirements", asks=False)
def requirements(place: Place) -> Answer:
    """List what a GCP inspection asks of trial records, as far as software can answer it."""
    from adapters.validation.catalogue import catalogue

    rows = [each._asdict() for each in catalogue().values()]
    return Answer({"rows": rows}, (Table(rows, ("id", "asks", "source", "not_covered")),))


@looks(group, "report", example="validation report --run validation/run.json --out validation", asks=False)
def report(
    place: Place,
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the record is written.")],
    run: Run = Path("validation/run.json"),
    defects: Annotated[
        Path, typer.Option("--defects", metavar="FILE", help="The register of known defects, as TOML.")
    ] = Path("docs/defects.toml"),
) -> Answer:
    """Write the matrix, the known defects and the IQ and OQ record of a test run, as HTML and PDF.

    Ends with exit code 3 when a requirement that tests should show is not shown, and while a critical defect
    is open.
    """
    from adapters.files.places import check_new, write_new
    from adapters.validation.catalogue import catalogue
    from adapters.validation.defects import defects as registered
    from adapters.validation.matrix import Standing, matrix
    from adapters.validation.report import html, pdf, summary
    from adapters.validation.run import read_run
    from domain.clinical_time import Instant

    known, wrong = read_run(run), registered(defects)
    found = matrix(catalogue(), known)
    out.mkdir(parents=True, exist_ok=True)
    files = (out / "validation.html", out / "validation.pdf")
    for file in files:
        check_new(file)
    write_new(files[0], html(found, known, wrong))
    write_new(files[1], pdf(found, known, wrong))
    counts = summary(found, known)
    counts |= {name: str(Instant.parse(counts[name])) for name in ("started", "finished")}
    counts["defects"] = len(wrong)
    blocking = [each.id for each in wrong if each.blocks]
    data = {**counts, "blocking": blocking, "files": [str(file) for file in files]}
    missing = found.counts[Standing.FAILED] + found.counts[Standing.NOT_RUN]
    failure = None
    if missing:
        failure = Broken(
            "validation.not_shown",
            f"{missing} requirements are not shown by this run",
            where=str(run),
            rule="each requirement is shown by tests that pass, or stated as not covered",
        )
    elif blocking:
        failure = Broken(
            "validation.open_defect",
            f"a critical defect is open: {', '.join(blocking)}",
            where=str(defects),
            rule="no release goes out with an open critical defect",
        )
    return Answer(data, (pairs(data),), failure)
