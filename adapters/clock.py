"""The server's clock and source of fresh ids, and the replacements that demonstrations and tests inject."""

from __future__ import annotations

import secrets
import time
import uuid
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random

from domain.clinical_time import Instant


class SystemClock:
    """The machine's clock."""

    def now(self) -> Instant:
        """The present instant, UTC."""
        seconds, micros = divmod(time.time_ns() // 1000, 1_000_000)
        return Instant(f"{_second(seconds)}.{micros:06d}Z")


@lru_cache(maxsize=1)
def _second(since_epoch: int) -> str:
    """A second as an instant begins: worked out once, for all the commands in it."""
    return Instant.of(datetime.fromtimestamp(since_epoch, UTC))[:19]


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
    """Random UUIDs that begin with the millisecond (version 7, RFC 9562 section 5.7): those of one time lie
    together in an index, which then grows at its end.
    """

    def fresh(self) -> str:
        """An id never given before."""
        stamped = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
        text = f"{stamped & ~_FIXED | _VERSION_7:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


_FIXED = 0xF << 76 | 0b11 << 62
_VERSION_7 = 7 << 76 | 0b10 << 62


class SeededNames:
    """UUIDs that follow from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - names of a demonstration, not secrets

    def fresh(self) -> str:
        """The next id of the sequence."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))
