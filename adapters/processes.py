"""Processes that work beside this one: how they are started, and how they go over much."""

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


def how_to_start() -> str:
    """`fork`, as a copy of this one, which has imported everything already, where nothing else runs in it
    that must not be carried over; else `spawn`, as a fresh interpreter.
    """
    return "fork" if sys.platform == "linux" and threading.active_count() == 1 else "spawn"


@contextmanager
def not_collecting() -> Iterator[None]:
    """What is gone over is much and holds nothing that holds itself: to look for cycles costs a tenth."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
