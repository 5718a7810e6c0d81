"""Answers on stdout: rich tables on a terminal, plain aligned text elsewhere, JSON where it is asked for.

JSON is one object. A list is `{"trial", "as_of", "position", "axis", "rows"}`, each row an object; any other
answer is an object of its own. Times are texts as they are stored, numbers that were measured are texts too.
What is absent is null there: no field is left out, and no text is empty.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from textwrap import indent
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

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


class Recorded(Answer):
    """What became of one command of the workflow: the answer that most commands give, in one shape."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as long as a history, written as it comes: what it was true of, its rows, the columns shown.

    `fields` names every field of a row. As CSV it has them all, and a heading.
    """

    head: Mapping[str, Any]
    rows: Iterable[Row]
    fields: Sequence[str]
    columns: Sequence[str]
    as_csv: bool = False


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


def pairs(fields: Row) -> Table:
    """Names and values of one thing, below each other; what is absent is left out."""
    held = ((name, value) for name, value in fields.items() if value not in (None, "", [], ()))
    return Table([{"": name.replace("_", " "), " ": value} for name, value in held], ("", " "))


def show(answer: Answer | Listing, *, as_json: bool, is_done: bool = False) -> None:
    """Write an answer to stdout. Raises its failure, if it has one, also when nobody reads it any more.

    With `is_done`, an answer that nobody reads any more is let go: the command has done what it was given
    for, and must not look as if it had not.
    """
    failure = answer.failure if isinstance(answer, Answer) else None
    try:
        if isinstance(answer, Listing):
            _show_listing(answer, as_json=as_json)
        else:
            _show_answer(answer, as_json=as_json)
        if is_done or failure is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        abandon(sys.stdout)
        if not is_done and failure is None:
            raise
    if failure is not None:
        raise failure


def abandon(stream: TextIO) -> None:
    """Let what is left in a stream's buffer go nowhere: it must not fail once more when Python ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _show_answer(answer: Answer, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(as_text(answer.data, indent=2) + "\n")
    else:
        for number, part in enumerate(answer.text):
            if number and isinstance(part, Table):
                sys.stdout.write("\n")
            _write(part)


def _show_listing(listing: Listing, *, as_json: bool) -> None:
    if listing.as_csv:
        lines = csv.writer(sys.stdout, lineterminator="\n")
        lines.writerow(listing.fields)
        lines.writerows([plain(row[name]) for name in listing.fields] for row in listing.rows)
    elif as_json:
        head = as_text(listing.head, indent=2).removesuffix("\n}")
        sys.stdout.write(f'{head},\n  "rows": [')
        comma = ""
        for row in listing.rows:
            sys.stdout.write(f"{comma}\n{indent(as_text(row, indent=2), '    ')}")
            comma = ","
        sys.stdout.write("\n  ]\n}\n" if comma else "]\n}\n")
    else:
        _write_rows(listing)


_AHEAD = 200
"""A long list is as wide as its first rows are: the others are not known yet."""


def _write_rows(listing: Listing) -> None:
    rows = iter(listing.rows)
    first = list(islice(rows, _AHEAD))
    table = Table(first, listing.columns)
    if sys.stdout.isatty() and len(first) < _AHEAD:
        _write_rich(table)
        return
    widths = _widths(table)
    sys.stdout.writelines(f"{line}\n" for line in aligned(table))
    for row in rows:
        cells = _cells(Table((row,), listing.columns))[0]
        sys.stdout.write(f"{_line(cells, widths)}\n")


def as_text(data: object, indent: int | None = None) -> str:
    """Data as JSON, in letters the terminal or the file can hold."""
    is_unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    return json.dumps(_absent_as_null(data), ensure_ascii=not is_unicode, indent=indent)


def _absent_as_null(data: object) -> object:
    """The data with null for every empty text: whether something is there is asked in one way."""
    if isinstance(data, Mapping):
        return {name: _absent_as_null(each) for name, each in data.items()}
    if isinstance(data, list | tuple):
        return [_absent_as_null(each) for each in data]
    return None if data == "" else data


def tell(text: str) -> None:
    """A line for people that is no data: to stderr."""
    sys.stderr.write(f"{one_line(text)}\n")


def tell_table(table: Table) -> None:
    """A table that is no data: to stderr."""
    sys.stderr.writelines(f"{line}\n" for line in aligned(table))


def _write(part: Table | str) -> None:
    if isinstance(part, str):
        _write_words(one_line(part))
    elif sys.stdout.isatty():
        _write_rich(part)
    else:
        sys.stdout.writelines(f"{line}\n" for line in aligned(part))


def _write_words(text: str) -> None:
    """A line. A terminal would break it within a word; what holds a word too long for one, as a key that is
    copied from there, is left to the terminal.
    """
    if sys.stdout.isatty():
        from rich.cells import cell_len
        from rich.console import Console
        from rich.text import Text

        console = Console(markup=False, highlight=False)
        if all(cell_len(word) <= console.width for word in text.split()):
            console.print(Text(text))
            return
    sys.stdout.write(f"{text}\n")


def aligned(table: Table) -> Iterator[str]:
    """The table as lines of aligned text."""
    if table.title:
        yield table.title
    widths = _widths(table)
    for row in _with_heading(table):
        yield _line(row, widths)


def _with_heading(table: Table) -> list[list[str]]:
    headings = [_heading(column) for column in table.columns]
    return [*([headings] if any(headings) else []), *_cells(table)]


def _widths(table: Table) -> list[int]:
    from rich.cells import cell_len

    columns = zip(*_with_heading(table), strict=True)
    return [min(_WIDEST, max(map(cell_len, column))) for column in columns]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    from rich.cells import cell_len

    padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()


_WIDEST = 60
"""A longer text pushes the rest of its own row aside, not that of all rows."""


def _write_rich(table: Table) -> None:
    from rich.console import Console
    from rich.text import Text

    from adapters.cli.drawn import Columns, drawn

    console = Console(markup=False, highlight=False)
    if table.title:
        console.print(Text(table.title, style="italic"))
    columns = Columns([_heading(column) for column in table.columns], _cells(table))
    for part in drawn(columns, console.width):
        console.print(part)


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
