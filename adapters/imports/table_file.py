"""A table as a file: decoded, split into rows with their lines, its header held against the mapping."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from adapters.imports.mapping import Mapping
from domain.errors import Invalid, NotFound

REJECTED = ("rejected_line", "rejected_column", "rejected_code", "rejected_reason")
"""The columns that a file of rejected rows has in front; when such a file is imported they are left out."""


class TableRow(NamedTuple):
    """A row as it stood: the line it begins on, and its cells."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table read: its columns in order, its rows, and a digest by which the file can be told again."""

    name: str
    header: tuple[str, ...]
    rows: tuple[TableRow, ...]
    digest: str


def read_table(path: Path, mapping: Mapping) -> Table:
    """Read a table as the mapping says it is written.

    Raises NotFound when there is no such file, Invalid when it is not in the declared encoding, is no CSV, or
    has not the columns the mapping names.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound("table.missing", "there is no such file", where=str(path)) from error
    except (OSError, ValueError) as error:
        raise Invalid("table.unreadable", f"the file cannot be read: {error}", where=str(path)) from error
    rows = list(_rows(_decoded(data, mapping.table.encoding, path), mapping.table.delimiter, path))
    if not rows:
        raise Invalid("table.empty", "the file is empty", where=str(path))
    header = tuple(cell.strip() for cell in rows[0].cells)
    if header[: len(REJECTED)] == REJECTED:
        rows = [TableRow(row.line, row.cells[len(REJECTED) :]) for row in rows]
        header = header[len(REJECTED) :]
    _check_header(header, mapping, f"{path}:{rows[0].line}")
    body = tuple(rows[1:])
    return Table(path.name, header, body, _digest(data, header, body, mapping.telling))


def _decoded(data: bytes, encoding: str, path: Path) -> str:
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except (UnicodeError, ValueError) as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        line = data.count(b"\n", 0, start) + 1
        raise Invalid(
            "table.encoding", f"the file is not {encoding}, as the mapping says", where=f"{path}:{line}"
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise Invalid(
            "table.encoding",
            f"the file holds NUL characters: it is no {encoding} text",
            where=f"{path}:{line}",
        )
    return text


def _rows(text: str, delimiter: str, path: Path) -> Iterator[TableRow]:
    """Every row that is not blank, with the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield TableRow(line, tuple(cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise Invalid("table.not_csv", f"this is no CSV: {error}", where=f"{path}:{line}") from error


def _check_header(header: tuple[str, ...], mapping: Mapping, where: str) -> None:
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        raise Invalid(
            "table.header", f"the column {', '.join(map(repr, twice))} stands there twice", where=where
        )
    absent = [column for column in mapping.columns if column not in header]
    if absent:
        raise Invalid(
            "table.header",
            f"there is no column {', '.join(absent)}",
            where=where,
            remedy="Check the delimiter and the names in the mapping.",
        )
    known = {*mapping.columns, *mapping.table.unused}
    unknown = [column for column in header if column not in known]
    if unknown:
        raise Invalid(
            "table.header",
            f"the mapping does not read {', '.join(map(repr, unknown))}",
            where=where,
            remedy="Read it, or list it in table.unused.",
        )


def _digest(data: bytes, header: tuple[str, ...], rows: tuple[TableRow, ...], telling: frozenset[str]) -> str:
    """SHA-256 of the file; where columns tell what is sealed, of its cells without those columns.

    Who may not know the allocation could otherwise try the arms out against the digest of a short file.
    """
    if not telling:
        return hashlib.sha256(data).hexdigest()
    hidden = {place for place, column in enumerate(header) if column in telling}
    shown = hashlib.sha256()
    for cells in (header, *(row.cells for row in rows)):
        whole = len(cells) == len(header)  # else nobody knows which cell is which
        kept = [cell for place, cell in enumerate(cells) if whole and place not in hidden]
        shown.update(json.dumps(kept, ensure_ascii=False).encode() + b"\n")
    return shown.hexdigest()
