"""How often Python looks for what only holds itself."""

from __future__ import annotations

import gc

_THRESHOLDS = (200_000, 10, 25)


def collect_rarely() -> None:
    """Facts, states and classes are many small objects without cycles. At Python's own thresholds the cycle
    collector took a third of a replay, and a tenth of a command's start; at these it takes a twentieth.
    """
    gc.set_threshold(*_THRESHOLDS)
