"""`trialog replay`: rebuild every read model from the facts, and compare it with what is stored."""

from __future__ import annotations

import typer

from adapters.cli.commands import looks
from adapters.cli.faults import verifying
from adapters.cli.output import Answer, Table
from adapters.cli.place import Place
from adapters.cli.progress import progress
from domain.errors import Broken


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    looks(app, "replay", example="replay --store trial.db")(replay)


def replay(place: Place) -> Answer:
    """Rebuild every read model from the facts and compare it, to the byte, with what is stored.

    Ends with exit code 3 when anything differs, and names it.
    """
    from projections.rebuild import compare

    with verifying(place.store):
        reading, trial = place.app.reading, place.trial
        head = reading.head(trial)[0]
        with progress("Replaying", head) as told:
            versions, differences = compare(reading, trial, head, told)
    rows = [each._asdict() for each in differences]
    data = {"trial": trial, "position": head, "versions": versions, "differences": rows}
    told_counts = f"{trial}: {head} facts make {versions} versions of read models"
    if not rows:
        return Answer(data, (f"{told_counts}; all are stored so, to the byte",))
    failure = Broken(
        "replay.differs",
        f"{len(rows)} stored versions are not what the facts make them",
        where=trial,
        rule="replay equals the live read models",
    )
    return Answer(data, (told_counts, Table(rows, ("position", "model", "key", "what"))), failure)
