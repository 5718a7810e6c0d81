"""A decoded text as rows of CSV with their lines; a row that cannot be read is refused by itself."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

from domain.errors import Invalid, TrialogError

UNREADABLE = re.compile("[\0\udc80-\udcff]")
"""A NUL character, or a byte that is no text (Python's `surrogateescape` keeps it as one of these)."""

_MARKS = re.compile(r"[\s\"']+")
_LETTERS = re.compile(r"[^\W\d_]+")
_DIGITS = re.compile(r"\d+")


class RowFault(Exception):
    """A row that cannot be taken: the column concerned ("" for the row as a whole) and the error."""

    def __init__(self, column: str, error: TrialogError) -> None:
        super().__init__(str(error))
        self.column = column
        self.error = error


class TableRow(NamedTuple):
    """A row as it stood: the line it begins on, and its cells.

    With a `fault` it could not be read; an open quote leaves the text of its line, parted at every delimiter.
    """

    line: int
    cells: tuple[str, ...]
    fault: RowFault | None = None


def rows_of(text: str, delimiter: str, own: tuple[str, ...]) -> Iterator[TableRow]:
    """Every row that is not blank. The first is the header, `own` its columns that tell participants apart.

    A quote that is opened and not closed where a cell ends holds what follows, up to the next quote or the
    end of the file. The row that begins on that line is refused alone, and reading goes on with the next
    line. So it does where the quote is closed but holds a line that reads as a row of its own, which would be
    lost without anybody seeing it.
    """
    lines = io.StringIO(text, newline="").readlines()
    width, places = 0, tuple[int, ...]()
    start = 0
    while start < len(lines):
        reader = csv.reader(
            map(lines.__getitem__, range(start, len(lines))), delimiter=delimiter, strict=True
        )
        begin, held = start, 0
        try:
            for cells in reader:
                after = start + reader.line_num
                if after - begin > 1 and width:
                    held = _row_held(lines[begin:after], delimiter, width, places)
                    if held:
                        break
                if cells:
                    if not width:
                        header = [cell.strip() for cell in cells]
                        width, places = (
                            len(cells),
                            tuple(header.index(each) for each in own if each in header),
                        )
                    yield TableRow(begin + 1, tuple(cells))
                begin = after
            else:
                return
            reason = f"a quote opened here holds line {begin + 1 + held}, which reads as a row of its own"
        except csv.Error as error:
            reason = _reason(lines[begin], error)
        yield _refused(begin, lines[begin], delimiter, reason)
        start = begin + 1


def with_unreadable_refused(
    rows: list[TableRow], header: tuple[str, ...], encoding: str
) -> Iterator[TableRow]:
    """The rows after the header, those that hold what is no text refused at the column it stands in."""
    for row in rows:
        place = next((at for at, cell in enumerate(row.cells) if UNREADABLE.search(cell)), None)
        if row.fault is not None or place is None:
            yield row
            continue
        column = header[place] if len(row.cells) == len(header) else ""
        yield row._replace(fault=RowFault(column, _no_text(row.cells[place], encoding)))


def _no_text(cell: str, encoding: str) -> Invalid:
    found = UNREADABLE.search(cell)
    if found is None or found[0] == "\0":
        return Invalid("row.nul", "a NUL character stands here, which no text holds")
    return Invalid(
        "row.encoding", f"the byte 0x{ord(found[0]) - 0xDC00:02X} stands here, which is no {encoding}"
    )


def _row_held(lines: list[str], delimiter: str, width: int, places: tuple[int, ...]) -> int:
    """Which further line of a row over several reads as a row of its own; 0 for none.

    It has as many cells as the header, and tells its participant in the form in which the first line does:
    prose in a cell has not both.
    """
    first = lines[0].rstrip("\r\n").split(delimiter)
    for further, line in enumerate(lines[1:], 1):
        cells = next(csv.reader([line], delimiter=delimiter), [])
        if len(cells) == width and all(
            place < len(first) and _form(cells[place]) == _form(first[place]) for place in places
        ):
            return further
    return 0


def _form(cell: str) -> str:
    """How a cell is written: S1-001 and S2-17 alike, prose otherwise."""
    return _DIGITS.sub("9", _LETTERS.sub("a", _MARKS.sub("", cell)))


def _reason(line: str, error: csv.Error) -> str:
    if '"' in line:
        return "a quote is opened in this row and not closed where a cell ends"
    return f"the row is no CSV: {error}"


def _refused(begin: int, line: str, delimiter: str, reason: str) -> TableRow:
    cells = tuple(line.rstrip("\r\n").split(delimiter))
    remedy = "What follows is read from the next line."
    return TableRow(begin + 1, cells, RowFault("", Invalid("row.quote", reason, remedy=remedy)))
