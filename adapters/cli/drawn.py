"""A table as a terminal of some width shows it: nothing is cut off, and no date, code or number is broken.

Where the rows do not fit side by side, what can be told otherwise goes first: the zone that all times of a
column share is told in its heading, columns that hold nothing are named below it, what all rows begin with is
told once above it, and times are broken before their hour and their zone. What does not fit even so is
written below each other, field by field, and a blank line before each row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rich.console import RenderableType

_UNBROKEN, _UNBROKEN_WIDE = 50, 24
"""A word up to here stays whole. A longer one, as a digest, is folded; so is Chinese, which has no blanks."""
_BETWEEN, _EDGES = 2, 2

_ZONE = re.compile(r"\d{4}[-0-9T:+Z]*(\[[A-Za-z0-9_+\-/]+\])")
_BEFORE_THE_HOUR = re.compile(r"(?<=\b\d{4}-\d\d-\d\d)T(?=\d\d:\d\d)")
_BEFORE_THE_ZONE = re.compile(r"(?<=[0-9Z])(?=\[[A-Z][A-Za-z0-9_+\-/]+\])")


class Columns(NamedTuple):
    """The headings and the cells below them, row by row."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]

    def widths(self, room: int) -> list[int] | None:
        """The width of each column in a terminal that is so wide, or None if words would be broken."""
        columns = list(zip(self.headings, *self.rows, strict=True))
        least = [max(map(_longest_word, column)) for column in columns]
        full = self._full()
        spare = room - _EDGES - sum(least) - _BETWEEN * (len(columns) - 1)
        if spare < 0:
            return None
        widths = list(least)
        for _ in range(spare):  # to the column that takes the most lines, so that all take about as many
            number = max(range(len(widths)), key=lambda each: full[each] / max(1, widths[each]))
            if widths[number] >= full[number]:
                break
            widths[number] += 1
        return widths

    def lines(self, widths: Sequence[int]) -> int:
        """About how many lines the rows take in columns of these widths."""
        return sum(
            max(-(-_width(cell) // max(1, width)) for cell, width in zip(row, widths, strict=True))
            for row in self.rows
        )

    def _full(self) -> list[int]:
        return [max(map(_width, column)) for column in zip(self.headings, *self.rows, strict=True)]

    def with_zones_in_headings(self) -> Columns:
        """The zone that all times of a column share told once, in its heading."""
        zones = [_shared_zone(column) for column in zip(*self.rows, strict=True)]
        headings = [f"{name} {zone}".strip() for name, zone in zip(self.headings, zones, strict=True)]
        rows = [[cell.removesuffix(zone) for cell, zone in zip(row, zones, strict=True)] for row in self.rows]
        return Columns(headings, rows)

    def without(self, empty: set[int]) -> Columns:
        """The columns but those of these numbers."""
        headings = [name for number, name in enumerate(self.headings) if number not in empty]
        rows = [[cell for number, cell in enumerate(row) if number not in empty] for row in self.rows]
        return Columns(headings, rows)

    def empty(self) -> set[int]:
        """The numbers of the columns that hold nothing."""
        columns = enumerate(zip(*self.rows, strict=True))
        return {number for number, column in columns if not any(column)}

    def constant(self) -> set[int]:
        """The numbers of the first columns, as long as they hold the same in each of several rows.

        They say what the rows are about. A later one that does is what a reader compares, and stays.
        """
        columns = list(zip(*self.rows, strict=True))[:-1] if len(self.rows) > 1 else []
        alike = takewhile(lambda each: len(set(each[1])) == 1 and each[1][0], enumerate(columns))
        return {number for number, _ in alike}

    def with_times_broken(self) -> Columns:
        """Times with a blank before the hour and before the zone, where a line may end."""
        return Columns(self.headings, [[_broken(cell) for cell in row] for row in self.rows])


def drawn(table: Columns, room: int) -> Iterator[RenderableType]:
    """What a terminal of that width is to show, part by part."""
    from rich.text import Text

    if not table.rows or not any(table.headings):
        yield _side_by_side(table, table.widths(room))
        return
    found = [(form, form.columns.widths(room)) for form in _forms(table)]
    fitting = [(form, widths) for form, widths in found if widths is not None]
    if not fitting:
        yield from _below_each_other(table)
        return
    chosen, widths = min(fitting, key=lambda each: each[0].columns.lines(each[1]))
    if chosen.above:
        yield Text(f"\n {chosen.above}")
    yield _side_by_side(chosen.columns, widths)
    if chosen.below:
        yield Text(f" {chosen.below}")


class _Form(NamedTuple):
    columns: Columns
    above: str = ""
    below: str = ""


def _forms(table: Columns) -> Iterator[_Form]:
    """The table as it is, and then ever narrower."""
    whole = table.with_zones_in_headings()
    empty = whole.empty()
    below = f"{', '.join(table.headings[number] for number in sorted(empty))}: —" if empty else ""
    fuller = whole.without(empty)
    same = fuller.constant()
    above = ", ".join(f"{fuller.headings[number]}: {fuller.rows[0][number]}" for number in sorted(same))
    yield _Form(table)
    yield _Form(whole)
    for columns, told in ((fuller, ""), (fuller.without(same), above)):
        yield _Form(columns, told, below)
        yield _Form(columns.with_times_broken(), told, below)


def _side_by_side(table: Columns, widths: Sequence[int] | None) -> RenderableType:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    result = Table(box=SIMPLE_HEAD, show_header=any(table.headings), padding=(0, 1, 0, 0), pad_edge=False)
    for number, heading in enumerate(table.headings):
        width = None if widths is None else widths[number]
        result.add_column(Text(heading), overflow="fold", width=width)
    for row in table.rows:
        result.add_row(*map(Text, row))
    return result


def _below_each_other(table: Columns) -> Iterator[RenderableType]:
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    label = max(map(_width, table.headings))
    for row in table.rows:
        fields = Table.grid(padding=(0, _BETWEEN, 0, 0))
        fields.add_column(style="bold", width=label)
        fields.add_column(overflow="fold")
        for name, cell in zip(table.headings, row, strict=True):
            if cell:
                fields.add_row(Text(name), Text(cell))
        yield Padding(fields, (1, 0, 0, 1))


def _broken(cell: str) -> str:
    return _BEFORE_THE_ZONE.sub(" ", _BEFORE_THE_HOUR.sub(" ", cell))


def _shared_zone(column: Sequence[str]) -> str:
    zones = {found[1] if (found := _ZONE.fullmatch(cell)) else "" for cell in column if cell}
    return zones.pop() if len(zones) == 1 else ""


def _width(cell: str) -> int:
    from rich.cells import cell_len

    return cell_len(cell)


def _longest_word(cell: str) -> int:
    return max((_least(word) for word in cell.split()), default=0)


def _least(word: str) -> int:
    width = _width(word)
    return min(width, _UNBROKEN_WIDE if width > len(word) else _UNBROKEN)
