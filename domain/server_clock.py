"""The server's clock: that it jumped. A fact of the system log, its state, and how the one follows.

Facts are recorded in the order of the log whatever the clock does; what it did has to be known all the same
(21 CFR Part 11 FAQ 14: changes of the clock are detected, alarmed and documented).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import StringConstraints

from domain.clinical_time import Instant
from domain.fact import Fact
from domain.happened import Happened
from domain.record import Record

CLOCK_STREAM = "clock/server"


class ClockJumped(Fact):
    """The clock told `told` where `expected` was to be expected, `seconds` too many (or too few, negative):
    held against a clock that nobody sets, between two beats, or against the newest fact, at the start.
    """

    TOPIC = "clock.jumped.v1"
    EN = "Server clock jumped by {seconds} s: {told} instead of {expected} ({against})"
    ZH = "服务器时钟跳变 {seconds} 秒：{told}，应为 {expected}（{against}）"
    seconds: int
    told: Instant
    expected: Instant
    against: Annotated[str, StringConstraints(pattern=r"^(steady_clock|newest_fact)$")]


@dataclass(frozen=True, slots=True)
class ServerClock:
    """How often the clock jumped, and the last time."""

    jumps: int
    seconds: int
    last: Happened


def evolve(clock: ServerClock | None, record: Record) -> ServerClock | None:
    """The clock after one more fact. Total: what it does not know changes nothing."""
    fact = record.fact
    if not isinstance(fact, ClockJumped):
        return clock
    when = Happened(record.effective_at, record.position)
    return ServerClock(1 + (clock.jumps if clock is not None else 0), fact.seconds, when)
