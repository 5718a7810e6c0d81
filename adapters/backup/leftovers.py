"""What a backup that was killed left in its folder: half a copy that no later one overwrites."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from adapters.backup.manifest import SUFFIX

DRAFT = ".new"
"""How the name of a copy ends until it is whole."""


@contextmanager
def tidied(folder: Path) -> Iterator[None]:
    """Within it a backup is written into the folder; what killed ones left there is gone.

    While somebody else writes there nothing is removed, nor where a folder cannot be held: the next backup
    comes by again.
    """
    if os.name != "posix":
        yield
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # held by another, or a file system without such locks
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove_drafts(folder)
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_SH)  # waits for no more than somebody else's tidying
        yield
    finally:
        os.close(handle)


def remove_draft(fresh: Path) -> None:
    """Remove a copy that is not whole, and what SQLite keeps beside it: left there, it would roll the next
    copy of that name back.
    """
    for ending in ("", "-journal", "-wal", "-shm"):
        fresh.with_name(f"{fresh.name}{ending}").unlink(missing_ok=True)


def _remove_drafts(folder: Path) -> None:
    for fresh in folder.glob(f"trialog-*{DRAFT}"):
        remove_draft(fresh)
        file = fresh.with_name(fresh.name.removesuffix(DRAFT))
        if not file.exists():
            file.with_name(f"{file.name}{SUFFIX}").unlink(missing_ok=True)
