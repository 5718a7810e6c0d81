"""Answers on stdout: rich tables on a terminal, plain aligned text elsewhere, JSON where it is asked for.

JSON is one object. A list is `{"trial", "as_of", "position", "axis", "rows"}`, each row an object; any other
answer is an object of its own. Times are texts as they are stored, numbers that were measured are texts too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from domain.errors import TrialogError

if TYPE_CHECKING:
    from projections.as_of import View

Row = Mapping[str, Any]


class Table(NamedTuple):
    """Rows for people: the fields shown, in order, under their own names."""

    rows: Sequence[Row]
    columns: Sequence[str]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command tells: the whole as data, and what people are shown of it.

    `failure` is raised once the answer is out, for a verification that found something.
    """

    data: Mapping[str, Any]
    text: tuple[Table | str, ...]
    failure: TrialogError | None = None


def instants(view: View) -> dict[str, Any]:
    """What an answer was true of: the trial, the instant, the position and the axis."""
    from domain.clinical_time import Instant

    return {
        "trial": view.trial_id,
        "as_of": str(Instant.of(view.moment)),
        "position": view.position,
        "axis": str(view.axis),
    }


def listing(view: View, rows: Sequence[Row], columns: Sequence[str]) -> Answer:
    """A list as an answer."""
    return Answer({**instants(view), "rows": rows}, (Table(rows, columns),))


def pairs(fields: Row, title: str = "") -> Table:
    """Names and values of one thing, below each other."""
    rows = [{"": name.replace("_", " "), " ": value} for name, value in fields.items()]
    return Table(rows, ("", " "), title)


def show(answer: Answer, *, as_json: bool) -> None:
    """Write an answer to stdout. Raises its failure, if it has one."""
    if as_json:
        sys.stdout.write(as_text(answer.data, indent=2) + "\n")
    else:
        for number, part in enumerate(answer.text):
            if number and isinstance(part, Table):
                sys.stdout.write("\n")
            _write(part)
    if answer.failure is not None:
        raise answer.failure


def as_text(data: object, indent: int | None = None) -> str:
    """Data as JSON, in letters the terminal or the file can hold."""
    is_unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    return json.dumps(data, ensure_ascii=not is_unicode, indent=indent)


def tell(text: str) -> None:
    """A line for people that is no data: to stderr."""
    sys.stderr.write(f"{one_line(text)}\n")


def tell_table(table: Table) -> None:
    """A table that is no data: to stderr."""
    sys.stderr.writelines(f"{line}\n" for line in aligned(table))


def _write(part: Table | str) -> None:
    if isinstance(part, str):
        sys.stdout.write(f"{one_line(part)}\n")
    elif sys.stdout.isatty():
        _write_rich(part)
    else:
        sys.stdout.writelines(f"{line}\n" for line in aligned(part))


def aligned(table: Table) -> Iterator[str]:
    """The table as lines of aligned text."""
    from rich.cells import cell_len

    if table.title:
        yield table.title
    cells = [[_heading(column) for column in table.columns], *_cells(table)]
    if not any(cells[0]):
        cells = cells[1:]
    widths = [min(_WIDEST, max(map(cell_len, column))) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(padded).rstrip()


_WIDEST = 60
"""A longer text pushes the rest of its own row aside, not that of all rows."""


def _write_rich(table: Table) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    headings = [_heading(column) for column in table.columns]
    drawn = RichTable(
        title=Text(table.title) if table.title else None,
        title_justify="left",
        box=SIMPLE_HEAD,
        show_header=any(headings),
    )
    for heading in headings:
        drawn.add_column(Text(heading))
    for row in _cells(table):
        drawn.add_row(*(Text(cell) for cell in row))
    Console(markup=False, highlight=False).print(drawn)


def _heading(column: str) -> str:
    return column.replace("_", " ").strip()


def _cells(table: Table) -> list[list[str]]:
    return [[one_line(plain(row.get(column))) for column in table.columns] for row in table.rows]


def plain(value: object) -> str:
    """A value as people read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {plain(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(plain(each) for each in value)
    return str(value)


def one_line(text: str) -> str:
    """The text without line breaks and without characters that would steer a terminal."""
    words = " ".join(text.split()) if not text.isprintable() and text.strip() else text
    return "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in words)
