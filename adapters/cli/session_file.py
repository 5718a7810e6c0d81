"""The ticket of a session between two commands: one file for each store and person, readable by its owner
alone.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

FILE_MODE = 0o600


def session_file_of(store: str) -> Path:
    """Where the ticket for a store lies: where TRIALOG_SESSION says, else in the owner's configuration
    folder.
    """
    given = os.environ.get("TRIALOG_SESSION")
    if given:
        return Path(given)
    where = store if "://" in store else str(Path(store).resolve())
    name = hashlib.sha256(where.encode()).hexdigest()[:16]
    return Path.home() / ".config" / "trialog" / "sessions" / name


def read_ticket(store: str) -> str:
    """The ticket kept for a store, "" for none."""
    path = session_file_of(store)
    return path.read_text("utf-8").strip() if path.is_file() else ""


def keep_ticket(store: str, ticket: str) -> None:
    """Keep a ticket in place of the last, at once: another command never reads half of one."""
    path = session_file_of(store)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(ticket)
    fresh.replace(path)


def drop_ticket(store: str) -> None:
    """Keep none."""
    session_file_of(store).unlink(missing_ok=True)
