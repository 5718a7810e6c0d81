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


def ranges_of(location: str, processes: int = 0, *, least: int = LONG) -> Ranges | None:
    """Stretches of a store's logs in so many processes, by default one for each processor; None for one."""
    count = processes or os.cpu_count() or 1
    return partial(_ranges, location, count, least) if count > 1 else None


def _ranges(
    location: str, processes: int, least: int, log: str, upto: int, ends: Sequence[int]
) -> Sequence[Range | None]:
    if upto < least:
        return (None,)
    cuts = [upto * number // processes for number in range(processes + 1)]
    # A fresh interpreter: open connections must not be carried over a fork.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        stretches = [
            pool.submit(_stretch, location, log, after, end, [each for each in ends if after < each <= end])
            for after, end in pairwise(cuts)
        ]
        return [each.result() for each in stretches]


def _stretch(location: str, log: str, after: int, upto: int, ends: Sequence[int]) -> Range | None:
    gc.disable()  # This process ends with its stretch, and rows hold nothing that holds them.
    with Store(location) as store:
        return scan_range(store, log, after, upto, ends)
