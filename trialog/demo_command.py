"""`trialog demo`: run the demonstration and tell how its visits ended."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.cli.commands import Answer, looks
from adapters.cli.output import Table, instants
from adapters.cli.place import Place
from domain.errors import Invalid
from domain.record import Role

if TYPE_CHECKING:
    from trialog.demo import Demonstration


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    looks(app, "demo", example="trialog demo --store demo.db", asks=False)(demo)


def demo(
    place: Place,
    participants: Annotated[
        int, typer.Option("--participants", metavar="N", help="How many are randomized: 1 to 32.")
    ] = 32,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Another seed is another trial.")] = 1,
) -> Answer:
    """Run the registered trial on synthetic participants, in a new store.

    Screening, consent, randomization, infusion and visits to week 24, with screen failures, a withdrawal,
    deaths, decompensation, corrections, missed and late visits: through the same commands everyone uses.
    """
    from trialog.demo import Demonstration

    if not place.store:
        remedy = "Give --store PATH, or set TRIALOG_STORE."
        raise Invalid("usage.no_store", "no store is named", remedy=remedy)
    run = Demonstration(place.store, participants, seed)
    try:
        with _progress() as told:
            run.run(told)
        return _ending(run, place.store)
    finally:
        run.app.close()


def _ending(run: Demonstration, location: str) -> Answer:
    from projections.deviations import deviations
    from projections.enrolment import enrolment
    from projections.visit_status import VisitStatus, visit_rows

    view = run.app.view(run.trial_id)
    counted = Counter((row.visit, str(row.status)) for row in visit_rows(view))
    names = [plan.id for plan in run.protocol.schedule.visits]
    statuses = [str(status) for status in VisitStatus if any(counted[name, str(status)] for name in names)]
    visits: list[dict[str, Any]] = [
        {"visit": name, "by_status": {status: counted[name, status] for status in statuses}} for name in names
    ]
    total, _ = enrolment(view)
    unseal = run.app.unseal(view.trial, Role.COORDINATOR)
    found = Counter(each.rule for each in deviations(view, unseal))
    rules = [{"deviation": rule, "count": count} for rule, count in sorted(found.items())]
    people = {name: count for name, count in total._asdict().items() if name != "by_status"}
    data = {
        **instants(view),
        "store": location,
        "enrolment": people,
        "visits": visits,
        "deviations": dict(found),
    }
    words = (
        f"{run.trial_id}: {view.position} facts in {location}, to {view.moment:%Y-%m-%d}",
        Table([people], tuple(people), "Participants"),
        Table(
            [{"visit": each["visit"], **each["by_status"]} for each in visits], ("visit", *statuses), "Visits"
        ),
        Table(rules, ("deviation", "count"), "Deviations, found by replaying the rules"),
        f"\nNext: trialog participant show {sorted(view.participants())[:2][-1]} --store {location}",
    )
    return Answer(data, words)


@contextmanager
def _progress() -> Iterator[Callable[[float], None]]:
    """A bar on stderr while somebody watches; nothing otherwise."""
    if not sys.stderr.isatty():
        yield lambda _part: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Running the trial", total=1.0)
        yield lambda part: progress.update(task, completed=part)
