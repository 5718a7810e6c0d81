"""The server's clock: that it jumped. A fact of the system log, its state, and how the one follows.

Facts are recorded in the order of the log whatever the clock does; what it did has to be known all the same
(21 CFR Part 11 FAQ 14: changes of the clock are detected, alarmed and documented).
"""

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


class ClockDriftMeasured(Fact):
    """The clock told `told` when another one told `reference`: it was `seconds` ahead (behind: negative).

    `against` is a `time_server` or the `database`. It is recorded when the drift goes beyond what is
    tolerated, when it has changed by as much again, and when it is within it again.
    """

    TOPIC = "clock.drift_measured.v1"
    EN = "Server clock {seconds} s off: {told}, {against} {reference}; within tolerance: {tolerated}"
    ZH = "服务器时钟偏差 {seconds} 秒：{told}，{against} 为 {reference}；在容差内：{tolerated}"
    seconds: int
    told: Instant
    reference: Instant
    against: Annotated[str, StringConstraints(pattern=r"^(time_server|database)$")]
    tolerated: bool = False


@dataclass(frozen=True, slots=True)
class ServerClock:
    """How often the clock jumped, and when it was last found wrong; `drift` is how many seconds it was found
    to be off, None while that was never measured.
    """

    jumps: int
    seconds: int
    last: Happened
    drift: int | None = None
    in_order: Happened | None = None


def evolve(clock: ServerClock | None, record: Record) -> ServerClock | None:
    """The clock after one more fact. Total: what it does not know changes nothing."""
    fact, when = record.fact, record.happened
    drift = clock.drift if clock is not None else None
    if isinstance(fact, ClockJumped):
        return ServerClock(1 + (clock.jumps if clock is not None else 0), fact.seconds, when, drift)
    if not isinstance(fact, ClockDriftMeasured):
        return clock
    jumps = clock.jumps if clock is not None else 0
    if fact.tolerated and clock is not None:
        return ServerClock(jumps, clock.seconds, clock.last, fact.seconds, when)
    return ServerClock(jumps, fact.seconds, when, fact.seconds)
