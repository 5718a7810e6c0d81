"""Going over a long log in several processes at once: each opens the store for itself and takes stretches."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from itertools import pairwise
from multiprocessing import get_context

from adapters.processes import how_to_start, not_collecting
from adapters.store.store import Store
from projections.verification.lines import Range, Ranges, scan_range

LONG = 100_000
"""From how many facts on it is worth starting processes."""

LONG_FOR_THOSE_AT_HAND = 10_000
"""From how many facts on it is worth asking processes that have started."""

STRETCH = 1_024
"""So many facts are taken at a time: whoever is quicker takes more of them."""


def ranges_of(
    location: str, processes: int = 0, *, least: int = LONG, as_it_lies: bool = False
) -> Ranges | None:
    """Stretches of a store's logs in so many processes, by default one for each processor; None for one. Only
    who has not opened the store for writing himself has this process read it `as_it_lies`.
    """
    count = processes or os.cpu_count() or 1
    return partial(_ranges, location, count, least, as_it_lies) if count > 1 else None


@contextmanager
def standing_by(
    location: str, processes: int = 0, *, least: int = LONG_FOR_THOSE_AT_HAND
) -> Iterator[Ranges | None]:
    """The same, for who has not opened the store yet and looks at it as it lies: the processes are copies of
    this one, at hand at once.

    An open SQLite file must not be carried over a fork. Where nothing can be, they start when needed.
    """
    count = processes or os.cpu_count() or 1
    if count == 1 or how_to_start() != "fork":
        yield ranges_of(location, count, as_it_lies=True)
        return
    with ProcessPoolExecutor(count - 1, mp_context=get_context("fork"), initializer=_for_stretches) as pool:
        pool.submit(int).result()  # So that they are forked now.
        yield partial(_at_hand, pool, location, count, least)


def _at_hand(
    pool: Executor, location: str, processes: int, least: int, log: str, upto: int, ends: Sequence[int]
) -> Sequence[Range | None]:
    return (None,) if upto < least else _together(pool, location, processes, True, log, upto, ends)


def _ranges(
    location: str, processes: int, least: int, as_it_lies: bool, log: str, upto: int, ends: Sequence[int]
) -> Sequence[Range | None]:
    if upto < least:
        return (None,)
    context = get_context("spawn")
    with ProcessPoolExecutor(processes - 1, mp_context=context, initializer=_for_stretches) as pool:
        return _together(pool, location, processes, as_it_lies, log, upto, ends)


def _together(
    pool: Executor,
    location: str,
    processes: int,
    as_it_lies: bool,
    log: str,
    upto: int,
    ends: Sequence[int],
) -> Sequence[Range | None]:
    """This process takes stretches from the beginning on, the others from the end, until they meet."""
    cuts = [*range(0, upto, min(STRETCH, -(-upto // processes))), upto]
    stretches = [
        (log, after, end, [each for each in ends if after < each <= end]) for after, end in pairwise(cuts)
    ]
    others = [pool.submit(_stretch, location, *each) for each in reversed(stretches)][::-1]
    try:
        with Store(location, as_it_lies=as_it_lies) as store:
            return [
                _scanned(store, *each) if other.cancel() else other.result()
                for each, other in zip(stretches, others, strict=True)
            ]
    finally:
        for other in others:
            other.cancel()


def _for_stretches() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Whoever interrupts it has no use for where it was.


def _stretch(location: str, log: str, after: int, upto: int, ends: Sequence[int]) -> Range | None:
    return _scanned(_opened(location), log, after, upto, ends)


@cache
def _opened(location: str) -> Store:
    """The store in a process of its own, which does nothing else: it is closed with it."""
    return Store(location, as_it_lies=True)


def _scanned(store: Store, log: str, after: int, upto: int, ends: Sequence[int]) -> Range | None:
    with not_collecting():
        return scan_range(store, log, after, upto, ends)
