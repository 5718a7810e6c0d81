"""The server's clock and source of fresh ids, and the replacements that demonstrations and tests inject."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from os import urandom
from random import Random

from domain.clinical_time import Instant


class SystemClock:
    """The machine's clock."""

    def now(self) -> Instant:
        """The present instant, UTC."""
        return Instant.of(datetime.now(UTC))


class SetClock:
    """A clock that stands where it is set."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> Instant:
        """The instant it is set to."""
        return Instant.of(self.moment)

    def advance(self, **span: float) -> None:
        """Set it forward by a span in the units of `timedelta`."""
        self.moment += timedelta(**span)


class RandomNames:
    """Random UUIDs."""

    def fresh(self) -> str:
        """An id never given before."""
        # As `uuid.uuid4`, by way of the digits instead of the number: a third of the time, at every command.
        digits = urandom(16).hex()
        variant = "89ab"[int(digits[16], 16) & 3]
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


class SeededNames:
    """UUIDs that follow from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - names of a demonstration, not secrets

    def fresh(self) -> str:
        """The next id of the sequence."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))
