"""How a process that works beside this one is started."""

import sys
import threading


def how_to_start() -> str:
    """`fork`, as a copy of this one, which has imported everything already, where nothing else runs in it
    that must not be carried over; else `spawn`, as a fresh interpreter.
    """
    return "fork" if sys.platform == "linux" and threading.active_count() == 1 else "spawn"
