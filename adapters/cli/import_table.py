"""`trialog import …`: data from files, as a declared mapping says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.cli.commands import Answer, looks, noun
from adapters.cli.faults import INTERRUPTED_CODE
from adapters.cli.output import Table, pairs, tell
from adapters.cli.place import Place
from adapters.cli.progress import progress
from domain.errors import Invalid, Refused, TrialogError

if TYPE_CHECKING:
    from adapters.app import App
    from adapters.imports.table_file import Table as TableFile
    from adapters.imports.table_import import Outcome
    from domain.record import Role

group = noun("import", "Import data from files.")

REJECTED_COLUMNS = ("line", "column", "code", "reason")


@looks(
    group,
    "table",
    example="trialog import table visits.csv --mapping our-trial.mapping.toml --store trial.db",
    asks=False,
)
def table(
    place: Place,
    source: Annotated[str, typer.Argument(metavar="FILE", help="The table, as CSV.")],
    mapping: Annotated[
        str, typer.Option("--mapping", metavar="FILE", help="What the columns mean: see docs/import.md.")
    ],
    rejected: Annotated[
        str,
        typer.Option(
            "--rejected",
            metavar="FILE",
            help="Where rejected rows are kept; by default FILE.rejected.csv beside the store.",
        ),
    ] = "",
    originator: Annotated[
        str,
        typer.Option(
            "--source", metavar="SOURCE", help="The registered source it comes from: 'originator list'."
        ),
    ] = "",
    stop_on_error: Annotated[
        bool, typer.Option("--stop-on-error", help="Stop at the first row that is rejected.")
    ] = False,
    by: Annotated[
        str,
        typer.Option(
            "--as", envvar="TRIALOG_AS", metavar="ACTOR:ROLE", help="Who runs the import, for the record."
        ),
    ] = "",
) -> Answer:
    """Import the rows of a table. The same file again changes nothing.

    A row that cannot be taken is told with its line and the rule, and kept in a file; the others are taken.
    Ends with exit code 4 when rows were rejected.
    """
    from adapters.cli.presence import seen_by
    from adapters.imports.mapping_file import read_mapping
    from adapters.imports.quarantine import check_quarantine, quarantine_of, write_quarantine
    from adapters.imports.table_file import read_table
    from adapters.imports.table_import import TableImport

    known = read_mapping(Path(mapping))
    if place.given_trial not in ("", known.trial):
        raise Invalid("usage.other_trial", f"the mapping is for trial {known.trial}", where=mapping)
    read = read_table(Path(source), known)
    app = place.app
    kept = Path(rejected) if rejected else quarantine_of(place.store, Path(source))
    check_quarantine(kept, known.table.encoding)
    with progress("Importing", len(read.rows)) as bar:
        actor, role, session = _acting(place, by, known.trial)
        reads = _reading(place, by, role, known.trial)
        app = seen_by(place.here, role, app, known.trial)  # where its arms are to be read
        with _naming(mapping):
            run = TableImport(
                app,
                known,
                read,
                actor=actor,
                role=role,
                reads=reads,
                session=session,
                source=originator.strip(),
                stop_on_error=stop_on_error,
                progress=bar,
            )
        try:
            outcome = run.run()
            notice = told_of_early(app, known.trial) if outcome.facts else ""
        except KeyboardInterrupt as stop:
            raise _stopped(read, run.outcome) from stop
        finally:  # what was rejected before the store failed is told too
            form = known.table
            written = write_quarantine(kept, read, run.outcome.rejected, form.encoding, form.delimiter)
    if notice:
        tell(notice)
    return _told(known.trial, read, outcome, str(kept) if written else "")


@contextmanager
def _naming(mapping: str) -> Iterator[None]:
    """Within it what does not fit the protocol is told with the mapping's file."""
    try:
        yield
    except Invalid as misfit:
        if misfit.code == "mapping.other_protocol":
            misfit.where = f"{mapping}: {misfit.where}"
        raise


def _stopped(read: TableFile, outcome: Outcome) -> TrialogError:
    """How far an import came that Ctrl-C stopped."""
    return TrialogError(
        INTERRUPTED_CODE,
        f"stopped after {outcome.rows} of {len(read.rows)} rows: {outcome.facts} facts are in",
        where=read.name,
        remedy="Import the same file again: what is in stays, and the rest is taken.",
    )


def told_of_early(app: App, trial: str) -> str:
    """What to say of events from before the site was active; nothing where there are none."""
    from projections.deviations import deviations
    from projections.ports import sealed_to_all

    rule = "site.before_activation"
    found = sum(each.rule == rule for each in deviations(app.view(trial), sealed_to_all))
    if not found:
        return ""
    return (
        f"trialog: {found} events lie before the site or the trial was activated ({rule})."
        " If it began earlier than is recorded, say so with 'trialog trial correct-activation'."
    )


def _acting(place: Place, by: str, trial: str) -> tuple[str, Role, str]:
    """Who imports: the machine or person signed in, or whoever is named where there are no accounts."""
    from adapters.cli.attribution import attribution
    from adapters.cli.presence import claimed
    from domain.record import Role

    here = place.here
    if here is None:
        return attribution(by).actor if by else "import", Role.SYSTEM, ""
    return here.account.account, claimed(here, by, place.app, trial), here.session


def _reading(place: Place, by: str, role: Role, trial: str) -> Role | None:
    """The role in which whoever imports may read allocations, None for none. Where there are accounts it is
    one that is held, by somebody who holds none that is masked; where there are none, the one that is named.
    """
    from adapters.cli.attribution import attribution

    here = place.here
    if here is None:
        return attribution(by).role if by else role
    moment = place.app.clock.now().moment
    held = {grant.role for grant in here.account.access.held(trial, moment)}
    known = place.app.view(trial).trial
    return role if role in held and not any(map(known.masks, held)) else None


def _told(trial: str, read: TableFile, outcome: Outcome, kept: str) -> Answer:
    counts: dict[str, Any] = {
        "read": outcome.rows,
        "imported": len(outcome.imported),
        "unchanged": len(outcome.unchanged),
        "rejected": len(outcome.rejections),
        "facts": outcome.facts,
        "participants": outcome.participants,
        "visits_planned": outcome.planned_visits,
        "visits_unscheduled": outcome.unscheduled_visits,
    }
    rows = [
        {"line": each.line, "column": each.column, "code": each.error.code, "reason": each.reason}
        for each in outcome.rejected
    ]
    data = {
        "trial": trial,
        "file": read.name,
        "sha256": read.digest,
        **counts,
        "stopped": outcome.stopped,
        "rejected_file": kept,
        "rejections": rows,
    }
    text = (pairs(counts), *((Table(rows, REJECTED_COLUMNS),) if rows else ()))
    return Answer(data, text, _failure(read, outcome, kept) if rows else None)


def _failure(read: TableFile, outcome: Outcome, kept: str) -> TrialogError:
    if outcome.stopped:
        left = len(read.rows) - outcome.rows
        return Refused(
            "import.stopped",
            f"stopped at line {outcome.rejected[0].line}; {left} further rows were not looked at",
            where=read.name,
            remedy=f"The row is kept in {kept}.",
        )
    return Refused(
        "import.rows_rejected",
        f"{len(outcome.rejections)} of {outcome.rows} rows were rejected; the others stand",
        where=read.name,
        remedy=f"They are kept in {kept}.",
    )
