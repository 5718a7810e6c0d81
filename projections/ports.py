"""What questions need from the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from domain.clinical_time import Instant
from domain.record import Entry, Record
from domain.sealed import Sealed


class Reading(Protocol):
    """Histories and read-model versions, read only."""

    def trials(self) -> list[str]:
        """The trials in the store."""

    def head(self, trial: str) -> tuple[int, str]:
        """The last position and when it was recorded; (0, "") when there is none."""

    def position_at(self, trial: str, instant: Instant) -> int:
        """The last position recorded at or before an instant; 0 when there is none."""

    def documents(self, trial: str, model: str, *, upto: int, prefix: str = "") -> list[tuple[str, str]]:
        """Key and body, by key: the newest version at or before a position of each key under a prefix."""

    def document(self, trial: str, model: str, key: str, *, upto: int) -> str | None:
        """The body of one key's newest version at or before a position."""

    def replay(self, trial: str, *, upto: int | None = None) -> Iterator[Record]:
        """The trial's facts in order."""

    def stream(self, trial: str, stream: str, *, upto: int | None = None) -> list[Record]:
        """One stream's facts in order."""

    def entries(
        self,
        trial: str,
        *,
        stream: str | None = None,
        after: int = 0,
        upto: int | None = None,
        limit: int | None = None,
    ) -> Iterator[Entry]:
        """Facts with their whole envelope, in order."""


Unseal = Callable[[Sealed], str | None]
"""Opens a sealed value for a reader who is entitled to it; None for one who is not."""


def sealed_to_all(_sealed: Sealed) -> str | None:
    """The unsealing of those who may know nothing."""
    return None
