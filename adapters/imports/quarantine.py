"""The rows that were not taken, kept as they stood with the reason, in a file to correct and import again."""

from __future__ import annotations

import codecs
import csv
import os
from collections.abc import Iterable
from pathlib import Path

from adapters.files.places import check_folder
from adapters.imports.table_file import REJECTED, Table
from adapters.imports.table_rows import TableRow
from domain.errors import Invalid, TrialogError

_AS_IT_STOOD = "trialog.as_it_stood"


def _as_it_stood(error: UnicodeError) -> tuple[str | bytes, int]:
    """A byte that was no text is written as it was, a character that the encoding has not by its number."""
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.lookup_error("backslashreplace")(error)


codecs.register_error(_AS_IT_STOOD, _as_it_stood)


class Rejection:
    """A row that was not taken: where, by which rule, and the row as it stood."""

    def __init__(self, row: TableRow, column: str, error: TrialogError) -> None:
        self.row = row
        self.column = column
        self.error = error

    @property
    def line(self) -> int:
        """The line of the file the row begins on."""
        return self.row.line

    @property
    def reason(self) -> str:
        """The reason in one line."""
        rule = f" [{self.error.rule}]" if self.error.rule else ""
        remedy = f" {self.error.remedy}" if self.error.remedy else ""
        return " ".join(f"{self.error.message}{rule}{remedy}".split())

    def __str__(self) -> str:
        column = f", column {self.column}" if self.column else ""
        return f"line {self.line}{column}: {self.reason} ({self.error.code})"


def quarantine_of(store: str, table: Path) -> Path:
    """Where rejected rows go by default: beside the store's file, or beside the table when it is a server."""
    folder = table.parent if "://" in store else Path(store).parent
    return folder / f"{table.name}.rejected.csv"


def check_quarantine(path: Path, encoding: str) -> None:
    """Raise Invalid where writing rejected rows would overwrite a file that is something else."""
    check_folder(path.parent)
    if not path.exists():
        return
    if path.is_file():
        with path.open(encoding=encoding, errors="replace") as file:
            if file.read(len(REJECTED[0])) == REJECTED[0]:
                return
    raise Invalid(
        "rejected.other_file",
        "this is no file of rejected rows, so it is not overwritten",
        where=str(path),
        remedy="Name another with --rejected.",
    )


def write_quarantine(
    path: Path, table: Table, rejections: Iterable[Rejection], encoding: str, delimiter: str
) -> bool:
    """Replace the file by the rows rejected now, readable by its owner alone; tells whether it is there.

    Rows may tell allocations. A run that rejects nothing leaves no rows in the file of an earlier one, and
    makes no file where there is none.
    """
    rows = [
        (str(each.line), each.column, each.error.code, each.reason, *each.row.cells) for each in rejections
    ]
    if not rows and not path.exists():
        return False
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding=encoding, errors=_AS_IT_STOOD, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow((*REJECTED, *table.header))
        writer.writerows(rows)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return True
