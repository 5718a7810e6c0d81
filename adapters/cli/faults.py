"""What goes wrong, told in one line on stderr, with the exit code that scripts read."""

from __future__ import annotations

import errno
import os
import re
import sqlite3
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import typer

from adapters.cli import chinese_errors
from adapters.cli.output import abandon, as_text, one_line
from adapters.cli.packages import missing
from adapters.cli.typed import hint
from domain.errors import Broken, Conflict, Denied, Invalid, NotFound, Refused, TrialogError

FAULT = 1
INTERRUPTED = 130
"""As shells count it: 128 and the number of the signal that Ctrl-C sends."""
INTERRUPTED_CODE = "interrupted"
"""The code of its error, whether or not the command can say how far it came."""
READER_GONE = 141
"""The same of the signal that ends other tools when whoever reads them has gone, as `head` does."""
EXIT_CODES: tuple[tuple[type[TrialogError], int], ...] = (
    (Invalid, 2),
    (Broken, 3),
    (Refused, 4),
    (NotFound, 5),
    (Conflict, 6),
    (Denied, 7),
)
"""0 is ok and 1 a fault; 2 says that the words or the input were wrong."""

_OTHER_KIND: dict[type[OSError], str] = {
    FileExistsError: "there is a file of this name already",
    IsADirectoryError: "this is a folder, where a file is wanted",
    NotADirectoryError: "this is a file, where a folder is wanted",
}
_OWN_WORDS = (
    (re.compile(r"Value error, "), ""),
    (re.compile(r"Input should be a valid integer.*"), "a whole number is wanted, as 3"),
    (re.compile(r"Input should be greater than or equal to (\S+)"), r"\1 at least is wanted"),
)
"""What Pydantic says of an option, and how people are told."""
_INSTEAD = (
    (r"No such option: --as(?![a-z-])", "--role", "Who asks is said with --role ROLE."),
    (r"No such option: --role(?![a-z-])", "--as", "Who acts is said with --as ACTOR:ROLE."),
    (
        r"Invalid value for '--language'",
        "--document-language",
        "The document's own language is said with --document-language TAG.",
    ),
)
"""What is said of an option that does not mean this, the one that does, and how people are told."""
_LONG = re.compile(r"\S{400,}")
"""No word of ours is as long, nor a path that people use: it was given by mistake."""
_DRIVERS = ("sqlalchemy", "sqlite3", "psycopg")


class Told(NamedTuple):
    """An error as people are told it, and the exit code it means."""

    error: TrialogError
    exit_code: int
    expected: bool = True


def told(error: BaseException) -> Told:
    """Any exception as an error for people."""
    if isinstance(error, TrialogError):
        return Told(error, INTERRUPTED if error.code == INTERRUPTED_CODE else exit_code_of(error))
    if isinstance(error, typer.TyperException):
        return Told(_usage(error), error.exit_code)
    if isinstance(error, typer.Abort):
        return Told(TrialogError(INTERRUPTED_CODE, "stopped before it was done"), FAULT)
    if type(error).__module__.partition(".")[0] in _DRIVERS:
        reason = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
        is_damage = type(getattr(error, "orig", error)) is sqlite3.DatabaseError
        remedy = "The file is damaged: restore a backup." if is_damage else ""
        fault = TrialogError("store.fault", f"the store failed: {reason.splitlines()[0]}", remedy=remedy)
        return Told(fault, FAULT, expected=False)
    if isinstance(error, FileNotFoundError):
        absent = NotFound("file.missing", "there is no such file or folder", where=str(error.filename or ""))
        return Told(absent, exit_code_of(absent))
    if isinstance(error, FileExistsError | IsADirectoryError | NotADirectoryError):
        other = Invalid("file.other_kind", _OTHER_KIND[type(error)], where=str(error.filename or ""))
        return Told(other, exit_code_of(other))
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        nameless = Invalid("file.name", "the name is too long for a file", where=str(error.filename or ""))
        return Told(nameless, exit_code_of(nameless))
    if isinstance(error, OSError):
        reason = error.strerror or type(error).__name__
        return Told(TrialogError("fault.system", reason, where=str(error.filename or "")), FAULT)
    package = missing(error)
    if package is not None:
        return Told(package, FAULT, expected=False)
    return Told(_unexpected(error), FAULT, expected=False)


@contextmanager
def verifying(store: str) -> Iterator[None]:
    """Within it a database file that SQLite finds damaged is what verifying has found, not a fault."""
    try:
        yield
    except Exception as error:
        cause = getattr(error, "orig", error)
        if type(cause) is not sqlite3.DatabaseError:  # its subclasses tell of other things
            raise
        raise Broken(
            "store.damaged",
            f"the database itself is damaged: {cause}",
            where=store,
            remedy="Restore a backup.",
        ) from error


def exit_code_of(error: TrialogError) -> int:
    """The exit code of a kind of error."""
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), FAULT)


def report(error: BaseException, words: Sequence[str]) -> int:
    """Write what went wrong with a command of these words to stderr; returns the exit code.

    It is a line, or with `--json` among the words an object.
    """
    known, exit_code, expected = told(error)
    for name in ("message", "where", "remedy"):
        setattr(known, name, _LONG.sub(_shortened, getattr(known, name)))
    if isinstance(known, Invalid | NotFound):
        known.remedy = f"{known.remedy} {hint(words, known.message)}".strip()
    if not expected and os.environ.get("TRIALOG_DEBUG") == "1":
        traceback.print_exception(error, file=sys.stderr)
    if "--json" in words:
        fields = {name: getattr(known, name) for name in ("code", "message", "where", "rule", "remedy")}
        text = as_text({"error": fields})
    else:
        is_chinese = chinese_errors.is_asked_for(words)
        text = f"trialog: {one_line(chinese_errors.told(known) if is_chinese else str(known))}"
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except BrokenPipeError:  # nobody reads it any more, and what it came to is still to be told
        abandon(sys.stderr)
    return exit_code


def _shortened(word: re.Match[str]) -> str:
    return f"{word[0][:60]}… ({len(word[0])} characters)"


def report_interrupted(words: Sequence[str]) -> int:
    """Write to stderr that Ctrl-C stopped the command of these words; returns the exit code."""
    report(typer.Abort(), words)
    return INTERRUPTED


def _usage(error: typer.TyperException) -> TrialogError:
    context = getattr(error, "ctx", None)
    see = f"See '{context.command_path} --help'." if context is not None else ""
    words = error.format_message().strip().rstrip(".")
    takes = {name for each in (context.command.params if context is not None else ()) for name in each.opts}
    instead = next((told for said, own, told in _INSTEAD if re.match(said, words) and own in takes), "")
    for wrong, right in _OWN_WORDS:
        words = wrong.sub(right, words)
    return Invalid("usage", words, remedy=f"{instead} {see}".strip())


def _unexpected(error: BaseException) -> TrialogError:
    """A fault of the program: its kind and place, not its text, which might hold what is sealed."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return TrialogError(
        "fault.unexpected",
        f"unexpected {type(error).__name__}{place}",
        remedy="This is a fault of Trialog; TRIALOG_DEBUG=1 shows where.",
    )
