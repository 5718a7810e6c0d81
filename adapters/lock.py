"""A file that one process at a time may hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.errors import Conflict


@contextmanager
def sole_holder(file: Path, seconds: float, busy: Conflict) -> Iterator[None]:
    """Within it nobody else holds the file, which is made for it. Raises `busy` when that takes longer."""
    # Imported when something is held: it brings an event loop with it, and few commands hold anything.
    from filelock import FileLock, Timeout

    lock = FileLock(file, timeout=seconds, mode=0o600)
    try:
        lock.acquire()
    except Timeout as error:
        raise busy from error
    try:
        yield
    finally:
        lock.release()
