"""The journal that SQLite keeps beside a file (`-wal`), before anybody opens both for writing, and how both
are read and neither is changed.

SQLite takes what is in it for newer than the file, and folds it in as the last connection closes. A journal
of an earlier state, left there when a file was copied or put back, would take the place of what came later.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from urllib.parse import quote, urlencode

from domain.errors import Broken

_FACTS = "SELECT coalesce(max(rowid), 0) FROM fact"
"""Facts are only ever added: this grows."""


_WITHOUT_LOCKS = "win32-none" if os.name == "nt" else "unix-none"
"""SQLite's way to a file of which it asks nobody whether others have it open."""

_TRIES, _LOOK_AGAIN = 20, 0.05  # Seconds: whoever opens or closes the store takes some milliseconds.


_NOT_THERE = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
"""What SQLite says where the journal or its index has gone, or has just come."""


def opened_as_it_lies(path: Path, wait: float = 5.0) -> sqlite3.Connection:
    """A connection that reads a file and the journal beside it, and leaves every byte of both alone. What
    lies there may change while it looks: then it looks again.
    """
    for tries in count(1):
        how = _as_they_lie(path)
        try:
            return _connected(path, how, wait)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _NOT_THERE or tries == _TRIES:
                raise
        time.sleep(_LOOK_AGAIN)
    raise AssertionError  # pragma: no cover - the count has no end


def _as_they_lie(path: Path) -> dict[str, str]:
    """What SQLite is told so that it folds nothing in. Without a journal there is nothing to fold in.

    Whoever has the file open keeps an index (`-shm`) beside it. Where it is there, his locks are heeded and
    what he commits is read. Where there is none, as beside a copy, nobody has it open, and none is made.
    """
    if not _beside(path, "-wal").exists():
        return {"mode": "rw"}
    if _beside(path, "-shm").exists():
        return {"mode": "ro", "readonly_shm": "1"}
    return {"mode": "ro", "vfs": _WITHOUT_LOCKS}


def _connected(path: Path, how: Mapping[str, str], wait: float = 5.0) -> sqlite3.Connection:
    database = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?{urlencode(how)}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=wait,
        cached_statements=256,
    )
    try:
        if "vfs" in how:  # Then the index of the journal is the connection's own.
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA query_only = ON")
        database.execute("PRAGMA schema_version")  # The first that takes the journal.
    except BaseException:
        database.close()
        raise
    return database


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f"{path.name}{ending}")


def refuse_older_journal(path: Path, *, as_it_lies: bool) -> None:
    """Raise Broken where a store holds more without the journal beside it than with it. Changes neither, and
    of what is looked at `as_it_lies` not the journal's index either.
    """
    journal = _beside(path, "-wal")
    if not journal.exists() or not journal.stat().st_size:
        return
    # In this order: what others commit and fold in meanwhile is in the second count too.
    alone = _counted(partial(_connected, path, {"immutable": "1"}))
    how = _as_they_lie(path)
    if not as_it_lies:  # What this process had opened so, it could not write to.
        how.pop("readonly_shm", None)
    together = _counted(partial(_connected, path, how))
    if alone is not None and together is not None and together < alone:
        raise Broken(
            "store.older_journal",
            f"the journal {journal.name} beside it is of an earlier state, or of another store",
            where=str(path),
            remedy=f"Keep a copy of both, move {journal.name} away, and run 'trialog audit verify'.",
        )


_UNREADABLE = -1


def _counted(connect: Callable[[], sqlite3.Connection]) -> int | None:
    """How many facts there are, read so: fewer than none where what is read is damaged, and None where
    nobody can say, as while others have it locked.
    """
    try:
        with closing(connect()) as database:
            return int(database.execute(_FACTS).fetchone()[0])
    except (sqlite3.Error, UnicodeDecodeError) as error:
        return _UNREADABLE if type(error) is sqlite3.DatabaseError else None
