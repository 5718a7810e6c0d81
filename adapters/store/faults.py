"""What a database raises, as the errors that people are told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    DBAPIError,
    IntegrityError,
    OperationalError,
    StatementError,
)

from domain.errors import Broken, Conflict, Invalid, NotFound, TrialogError, Unavailable

_NO_DATABASE = "3D000"
_READ_ONLY = "25006"
_LOCK_NOT_AVAILABLE = "55P03"
_DISK_FULL = "53100"
_WRITABLE = (
    "Where others may write to it, even to read it takes an account that may write to its folder. Or copy it"
    " with its key file to a folder of your own."
)


@contextmanager
def faults(where: str) -> Iterator[None]:
    """Raise what the database raises inside as one of the errors for people; the program's faults stay."""
    try:
        yield
    except DBAPIError as error:
        known = told(error, where)
        if known is None:
            raise
        raise known from error


def told(error: StatementError, where: str) -> TrialogError | None:
    """The error for people that a database error means, or None when it is a fault of the program."""
    reason = (str(error.orig).strip() or type(error.orig).__name__).splitlines()[0]
    state = getattr(error.orig, "sqlstate", None)
    if state == _READ_ONLY:
        return Unavailable("store.read_only", "nothing can be written here", where=where)
    if isinstance(error, IntegrityError):
        return Conflict("store.conflict", f"it is already stored, or refused: {reason}", where=where)
    if isinstance(error, DataError):
        return Invalid("store.data", f"the database cannot hold it: {reason}", where=where)
    if "Could not decode to UTF-8" in reason:
        return Broken("store.no_text", f"something in a row is no text: {reason}", where=where)
    if isinstance(error, OperationalError):
        if state == _LOCK_NOT_AVAILABLE or "database is locked" in reason:
            return Conflict("store.busy", "others are writing to it", where=where, remedy="Try again.")
        if state == _NO_DATABASE or ('database "' in reason and "does not exist" in reason):
            return NotFound("store.missing", "there is no such database", where=where, remedy="Create it.")
        if "readonly database" in reason:
            return Unavailable(
                "store.read_only", "nothing can be written here", where=where, remedy=_WRITABLE
            )
        remedy = _WRITABLE if "unable to open database file" in reason else ""
        if state == _DISK_FULL or "disk" in reason:
            remedy = "See whether the disk is full: even to read takes a little room beside the store."
        return Unavailable(
            "store.unavailable", f"the store does not answer: {reason}", where=where, remedy=remedy
        )
    if isinstance(error, DatabaseError) and "file is not a database" in reason:
        return foreign(where)
    return None


def unstored(error: Unavailable) -> Unavailable:
    """The same where a command was under way that is not stored: it was never committed."""
    return Unavailable(
        error.code, error.message, where=error.where, remedy="Nothing was stored: give it again."
    )


def outcome_unknown(where: str, command_id: str) -> Unavailable:
    """The store went while it committed a command, and does not come back to be asked."""
    return Unavailable(
        "store.outcome_unknown",
        "the store went while it stored a command: whether it has is not known",
        where=where,
        remedy=f"Once it answers, give the same command again with --command-id {command_id}: it is stored"
        " once.",
    )


def foreign(where: str) -> Invalid:
    """What is there is not a store."""
    remedy = "Check the path or the URL."
    return Invalid("store.foreign", "this is no store of Trialog", where=where, remedy=remedy)
