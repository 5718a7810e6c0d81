"""Going over the whole log of a large bundle in several processes at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context

from adapters.processes import how_to_start, not_collecting
from projections.verification.bundle_stretch import Stretch, Walked, walk

LONG = {"fork": 16, "spawn": 48}
"""From how many stretches on it is worth starting processes, by how they start."""

_held: Sequence[Stretch] = ()
"""In a process that goes over stretches: all of them."""


def in_processes(stretches: Iterable[Stretch], *, least: int = 0) -> Iterable[Walked | None]:
    """Go over stretches in order, in a process a processor where there are many.

    The others begin at once, with the last. This one takes stretches from the first on when it is asked for
    them, until they meet: it can do something else first.
    """
    every, count, start = list(stretches), os.cpu_count() or 1, how_to_start()
    if count == 1 or len(every) < (least or LONG[start]):
        return map(walk, every)
    context = get_context(start)
    pool = ProcessPoolExecutor(count - 1, mp_context=context, initializer=_hold, initargs=(every,))
    others = [pool.submit(_walk, number) for number in reversed(range(len(every)))][::-1]
    return _together(pool, every, others)


def _together(
    pool: Executor, every: Sequence[Stretch], others: Sequence[Future[Walked | None]]
) -> Iterator[Walked | None]:
    try:
        for each, other in zip(every, others, strict=True):
            yield _walked(each) if other.cancel() else other.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _hold(every: Sequence[Stretch]) -> None:
    global _held  # noqa: PLW0603 - what a process is given once when it starts
    _held = every


def _walk(number: int) -> Walked | None:
    return _walked(_held[number])


def _walked(stretch: Stretch) -> Walked | None:
    with not_collecting():
        return walk(stretch)
