"""Going over a long log in several processes at once: each opens the store anew and takes a stretch."""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import pairwise
from multiprocessing import get_context

from adapters.store.store import Store
from projections.verification.lines import Range, Ranges, scan_range

LONG = 100_000
"""From how many facts on it is worth starting processes."""

HEAD_START = 50_000
"""This process goes over so many facts more than the others, which have to start first."""


def ranges_of(location: str, processes: int = 0, *, least: int = LONG) -> Ranges | None:
    """Stretches of a store's logs in so many processes, by default one for each processor; None for one."""
    count = processes or os.cpu_count() or 1
    return partial(_ranges, location, count, least) if count > 1 else None


def _ranges(
    location: str, processes: int, least: int, log: str, upto: int, ends: Sequence[int]
) -> Sequence[Range | None]:
    if upto < least:
        return (None,)
    ahead = min(HEAD_START, upto // processes)
    cuts = [0, *(ahead + (upto - ahead) * number // processes for number in range(1, processes + 1))]
    inside = [[each for each in ends if after < each <= end] for after, end in pairwise(cuts)]
    # Fresh interpreters: open connections must not be carried over a fork.
    with ProcessPoolExecutor(processes - 1, mp_context=get_context("spawn")) as pool:
        others = [
            pool.submit(_stretch_alone, location, log, after, end, asked)
            for (after, end), asked in list(zip(pairwise(cuts), inside, strict=True))[1:]
        ]
        own = _stretch(location, log, 0, cuts[1], inside[0])
        return [own, *(each.result() for each in others)]


def _stretch_alone(location: str, log: str, after: int, upto: int, ends: Sequence[int]) -> Range | None:
    gc.disable()  # This process ends with its stretch, and rows hold nothing that holds them.
    return _stretch(location, log, after, upto, ends)


def _stretch(location: str, log: str, after: int, upto: int, ends: Sequence[int]) -> Range | None:
    with Store(location) as store:
        return scan_range(store, log, after, upto, ends)
