"""`trialog ledger sink`: the security log copied, as it happens, to where administrators cannot reach."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.commands import Answer, looks
from adapters.cli.ledger import POLL_SECONDS, group
from adapters.cli.output import Table, tell
from adapters.cli.place import Place
from domain.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from adapters.ledger.sink import Sunk


@looks(group, "sink", example="ledger sink /srv/security/trial.jsonl --store trial.db", asks=False)
def sink(
    place: Place,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where it is kept: the file only grows.")],
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on: copy each entry as it happens, and look each second.")
    ] = False,
) -> Answer:
    """Copy what the system log says of accounts, sign-ins and roles to a file out of administrators' reach.

    Run it as a user of its own, best on another machine or on an append-only file. Each time everything in
    the file is held against the store first: ends with exit code 3 if an entry is gone or is another.
    """
    from adapters.ledger.sink import sink as copy

    news = copy(place.app.ledger, file)
    while watch:
        try:
            time.sleep(POLL_SECONDS)
            for each in copy(place.app.ledger, file):
                tell(str(each.words))
        except (Conflict, Unavailable) as error:
            tell(f"trialog: {error}")
    return _answer(news, file)


def _answer(news: list[Sunk], file: Path) -> Answer:
    rows = [{"position": each.position, "words": each.words} for each in news]
    words = (Table(rows, ("position", "words")),) if rows else ("nothing is new",)
    return Answer({"file": str(file), "copied": rows}, words)
