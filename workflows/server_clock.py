"""The commands by which the system log learns that the server's clock jumped, or drifts."""

from typing import Annotated

from pydantic import StringConstraints

from domain.clinical_time import Instant
from domain.record import NewFact
from domain.server_clock import CLOCK_STREAM, ClockDriftMeasured, ClockJumped
from workflows.command import OfSystem
from workflows.situation import Situation, decides


class RecordClockJump(OfSystem):
    """The clock told something else than was to be expected."""

    KIND = "clock.record_jump"
    told: Instant
    expected: Instant
    against: Annotated[str, StringConstraints(pattern=r"^(steady_clock|newest_fact)$")]


class RecordClockDrift(OfSystem):
    """The clock told something else than another one did, or agrees with it again."""

    KIND = "clock.record_drift"
    told: Instant
    reference: Instant
    against: Annotated[str, StringConstraints(pattern=r"^(time_server|database)$")]
    tolerated: bool = False


@decides(RecordClockDrift)
def record_clock_drift(command: RecordClockDrift, situation: Situation) -> list[NewFact]:
    fact = ClockDriftMeasured(
        seconds=round((command.told.moment - command.reference.moment).total_seconds()),
        told=command.told,
        reference=command.reference,
        against=command.against,
        tolerated=command.tolerated,
    )
    return situation.system_facts(CLOCK_STREAM, fact)


@decides(RecordClockJump)
def record_clock_jump(command: RecordClockJump, situation: Situation) -> list[NewFact]:
    seconds = round((command.told.moment - command.expected.moment).total_seconds())
    fact = ClockJumped(seconds=seconds, told=command.told, expected=command.expected, against=command.against)
    return situation.system_facts(CLOCK_STREAM, fact)
