"""Going over the whole log of a large bundle in several processes at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from projections.verification.bundle_stretch import Stretch, Walked, walk

LONG = 12
"""From how many stretches on it is worth starting processes."""


def in_processes(stretches: Iterable[Stretch], *, least: int = LONG) -> Iterator[Walked | None]:
    """Go over stretches in order, in a process a processor where there are many."""
    every, count = list(stretches), os.cpu_count() or 1
    if count == 1 or len(every) < least:
        yield from map(walk, every)
        return
    # A fresh interpreter: whatever runs in this process must not be carried over a fork.
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        yield from pool.map(walk, every)
