"""Going over the whole log of a large bundle in several processes at once."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from adapters.processes import how_to_start
from projections.verification.bundle_stretch import Stretch, Walked, walk

LONG = {"fork": 4, "spawn": 12}
"""From how many stretches on it is worth starting processes, by how they start."""

_held: Sequence[Stretch] = ()
"""In a process that goes over stretches: all of them."""


def in_processes(stretches: Iterable[Stretch], *, least: int = 0) -> Iterator[Walked | None]:
    """Go over stretches in order, in a process a processor where there are many."""
    every, count, start = list(stretches), os.cpu_count() or 1, how_to_start()
    if count == 1 or len(every) < (least or LONG[start]):
        yield from map(walk, every)
        return
    context = get_context(start)
    with ProcessPoolExecutor(count, mp_context=context, initializer=_hold, initargs=(every,)) as pool:
        yield from pool.map(_walk, range(len(every)))


def _hold(every: Sequence[Stretch]) -> None:
    global _held  # noqa: PLW0603 - what a process is given once when it starts
    _held = every
    gc.disable()  # A stretch makes much that is let go at once, and nothing that holds itself.


def _walk(number: int) -> Walked | None:
    return walk(_held[number])
