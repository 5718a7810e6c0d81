"""The journal that SQLite keeps beside a file (`-wal`), before anybody opens both for writing.

SQLite takes what is in it for newer than the file, and folds it in as the last connection closes. A journal
of an earlier state, left there when a file was copied or put back, would take the place of what came later.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from domain.errors import Broken

_FACTS = "SELECT coalesce(max(rowid), 0) FROM fact"
"""Facts are only ever added: this grows."""


def refuse_older_journal(path: Path) -> None:
    """Raise Broken where a store holds more without the journal beside it than with it. Changes nothing."""
    journal = path.with_name(f"{path.name}-wal")
    if not journal.exists() or not journal.stat().st_size:
        return
    # In this order: what others commit and fold in meanwhile is in the second count too.
    alone, together = _counted(path, "immutable=1"), _counted(path, "mode=ro")
    if alone is not None and together is not None and together < alone:
        raise Broken(
            "store.older_journal",
            f"the journal {journal.name} beside it is of an earlier state, or of another store",
            where=str(path),
            remedy=f"Keep a copy of both, move {journal.name} away, and run 'trialog audit verify'.",
        )


_UNREADABLE = -1


def _counted(path: Path, how: str) -> int | None:
    """How many facts there are, read so: fewer than none where what is read is damaged, and None where
    nobody can say, as while others have it locked.
    """
    location = f"file:{quote(str(path.absolute()))}?{how}"
    try:
        with closing(sqlite3.connect(location, uri=True)) as database:
            return int(database.execute(_FACTS).fetchone()[0])
    except (sqlite3.Error, UnicodeDecodeError) as error:
        return _UNREADABLE if type(error) is sqlite3.DatabaseError else None
