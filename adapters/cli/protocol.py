"""`trialog protocol …`: protocols as documents, in files and in stores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.cli.commands import Answer, looks, noun
from adapters.cli.options import ProtocolSource
from adapters.cli.output import Table
from adapters.cli.place import Place
from adapters.cli.sources import document_at, document_from, document_or_version

if TYPE_CHECKING:
    from domain.protocol_document import Difference, Marked, ProtocolDocument

group = noun("protocol", "See protocols, check protocol files, and compare them.")

VALUE_COLUMNS = ("path", "value", "standing", "source")


@looks(group, "show", example="protocol show our-trial.toml --assumptions")
def show(
    place: Place,
    source: Annotated[
        str,
        typer.Argument(
            metavar="FILE|NAME",
            help="A protocol file or the name of a bundled protocol; without it the one in the store.",
            show_default=False,
        ),
    ] = "",
    version: Annotated[
        str,
        typer.Option("--version", metavar="LABEL", help="Which version in the store; by default the newest."),
    ] = "",
    assumptions: Annotated[
        bool, typer.Option("--assumptions", help="Only the values the registration is silent on.")
    ] = False,
) -> Answer:
    """Show every value of a protocol, with whether it is registered or assumed, and its source."""
    document = document_at(place, source, version)
    rows = [value_row(value) for value in (document.assumptions if assumptions else document.values)]
    return Answer({**summary(document), "values": rows}, (Table(rows, VALUE_COLUMNS),))


@looks(group, "check", example="protocol check our-trial.toml", asks=False)
def check(place: Place, source: ProtocolSource) -> Answer:
    """Check that a protocol file can be read and hangs together. Opens no store."""
    document = document_from(source)
    data = summary(document)
    words = (
        f"{data['trial']} version {data['version']}: {data['registered']} registered and"
        f" {data['assumed']} assumed values, sha256 {data['digest']}"
    )
    return Answer(data, (words,))


@looks(group, "diff", example="protocol diff 1.0 our-trial-2.toml --store trial.db")
def diff(
    place: Place,
    before: Annotated[
        str, typer.Argument(metavar="BEFORE", help="A file, a bundled protocol, or a version in the store.")
    ],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="The same, of the later one.")],
) -> Answer:
    """Compare two protocols: each value that differs, before and after, with its mark."""
    from domain.protocol_document import differences

    first, second = document_or_version(place, before), document_or_version(place, after)
    found = list(differences(first, second))
    rows = [
        {
            "path": each.path,
            "before": None if each.before is None else value_row(each.before),
            "after": None if each.after is None else value_row(each.after),
        }
        for each in found
    ]
    data = {"before": summary(first), "after": summary(second), "rows": rows}
    return Answer(data, tuple(line for each in found for line in _told(each)) or ("no value differs",))


def summary(document: ProtocolDocument) -> dict[str, Any]:
    """Which document this is, and how much of it is registered and assumed."""
    assumed = len(document.assumptions)
    return {
        "trial": document.protocol.trial,
        "version": document.protocol.version,
        "title": document.protocol.title.en,
        "digest": document.digest,
        "registered": len(document.values) - assumed,
        "assumed": assumed,
    }


def value_row(value: Marked) -> dict[str, Any]:
    """One marked value of a protocol."""
    kept = list(value.value) if isinstance(value.value, tuple) else value.value
    return {"path": value.path, "value": kept, "standing": str(value.standing), "source": value.source}


def _told(difference: Difference) -> Iterator[str]:
    from adapters.cli.output import plain

    yield difference.path
    for name, value in (("before", difference.before), ("after", difference.after)):
        if value is not None:
            yield f"  {name}: {plain(value.value)} ({value.standing}: {value.source})"
