"""A table as a file: decoded, split into rows with their lines, its header held against the mapping."""

from __future__ import annotations

import codecs
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from adapters.imports.mapping import Mapping
from adapters.imports.table_rows import UNREADABLE, TableRow, rows_of, with_unreadable_refused
from domain.errors import Invalid, NotFound

REJECTED = ("rejected_line", "rejected_column", "rejected_code", "rejected_reason")
"""The columns that a file of rejected rows has in front; when such a file is imported they are left out."""


@dataclass(frozen=True)
class Table:
    """A table read: its columns in order, its rows, and a digest by which the file can be told again."""

    name: str
    header: tuple[str, ...]
    rows: tuple[TableRow, ...]
    digest: str


def read_table(path: Path, mapping: Mapping) -> Table:
    """Read a table as the mapping says it is written. A row that cannot be read has a fault.

    Raises NotFound when there is no such file, Invalid when the file as a whole is not in the declared
    encoding, its header is no CSV, or it has not the columns the mapping names.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound("table.missing", "there is no such file", where=str(path)) from error
    except IsADirectoryError as error:
        raise Invalid("table.directory", "this is a directory, not a file", where=str(path)) from error
    except (OSError, ValueError) as error:
        raise Invalid(
            "table.unreadable",
            f"the file cannot be read: {getattr(error, 'strerror', error)}",
            where=str(path),
        ) from error
    encoding = mapping.table.encoding
    text, whole = _decoded(data, encoding, path)
    rows = list(rows_of(text, mapping.table.delimiter, mapping.code_columns))
    if not rows:
        raise Invalid("table.empty", "the file is empty", where=str(path))
    if not whole:
        _check_encoding(rows, data, encoding, path)
    if rows[0].fault is not None:
        raise Invalid("table.not_csv", rows[0].fault.error.message, where=f"{path}:{rows[0].line}")
    header = tuple(cell.strip() for cell in rows[0].cells)
    if header[: len(REJECTED)] == REJECTED:
        rows = [row._replace(cells=row.cells[len(REJECTED) :]) for row in rows]
        header = header[len(REJECTED) :]
    _check_header(header, mapping, f"{path}:{rows[0].line}")
    body = tuple(rows[1:] if whole else with_unreadable_refused(rows[1:], header, encoding))
    return Table(path.name, header, body, _digest(data, header, body, mapping.telling))


def _decoded(data: bytes, encoding: str, path: Path) -> tuple[str, bool]:
    """The text, and whether all of it is text. Where it is not, each byte that is none is kept for its row.

    An encoding of several bytes a character has no lines to go on with after a lost byte.
    """
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except (UnicodeError, ValueError) as error:
        try:
            if "\n".encode(encoding) == b"\n":
                return data.decode(encoding, "surrogateescape").removeprefix("\ufeff"), False
        except (UnicodeError, ValueError):
            pass  # an encoding that shifts between tables: told as the whole file below
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        line = data.count(b"\n", 0, start) + 1
        raise _other_encoding(data, encoding, f"{path}:{line}") from error
    return text, "\0" not in text


def _check_encoding(rows: list[TableRow], data: bytes, encoding: str, path: Path) -> None:
    """Raise Invalid where not a row here and there is wrong but the file: its header, or most of its rows."""
    wrong = [row for row in rows if any(map(UNREADABLE.search, row.cells))]
    if not wrong:
        return  # only in lines that are blank
    of = len(rows) - 1
    if wrong[0] is rows[0]:
        raise _other_encoding(data, encoding, f"{path}:{rows[0].line}")
    if 2 * len(wrong) > of:
        raise _other_encoding(data, encoding, f"{path}:{wrong[0].line}", f": {len(wrong)} of {of} rows")


def _other_encoding(data: bytes, encoding: str, where: str, rows: str = "") -> Invalid:
    remedy = "Say in the mapping how it is written: table.encoding."
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        remedy = "It begins as UTF-16 does: say so in the mapping, table.encoding."
    return Invalid(
        "table.encoding", f"the file is not {encoding}, as the mapping says{rows}", where=where, remedy=remedy
    )


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
    for cells in (header, *(() if row.fault else row.cells for row in rows)):
        whole = len(cells) == len(header)  # else nobody knows which cell is which
        kept = [cell for place, cell in enumerate(cells) if whole and place not in hidden]
        shown.update(json.dumps(kept, ensure_ascii=False).encode() + b"\n")
    return shown.hexdigest()
