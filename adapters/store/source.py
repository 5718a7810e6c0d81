"""A store as a copy of another's logs, from which what that has lost can be brought back."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.store.store import Store
from projections.verification.copied import Proved, proved


class StoreSource(Store):
    """A store that another takes from."""

    def proved(self, log: str, sizes: Sequence[int]) -> Proved:
        """What it proves of a log up to the largest of these sizes. Raises Broken where it does not fit."""
        return proved(self, log, sizes)
