"""A look at unmasked data, recorded before the first of it is told: one answer, one fact (RN-09)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from domain.sealed import Sealed
from projections.ports import Unseal


@dataclass
class Look:
    """What one answer tells of allocations to one reader.

    `opens` unseals for the reader, and to a masked one nothing; `record` stores that they looked.
    """

    opens: Unseal
    record: Callable[[], object]
    is_recorded: bool = field(default=False, init=False)

    def unseal(self, sealed: Sealed) -> str | None:
        """A sealed value, for an answer that tells it. Raises what refuses the record: then none is told."""
        opened = self.opens(sealed)
        if opened is not None:
            self.told()
        return opened

    def told(self) -> None:
        """The answer tells an allocation, however it came by it."""
        if not self.is_recorded:
            self.record()
            self.is_recorded = True
