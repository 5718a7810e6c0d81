"""The command by which the system log learns that the server's clock jumped."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from domain.clinical_time import ClinicalTime, Instant, Precision
from domain.record import NewFact
from domain.server_clock import CLOCK_STREAM, ClockJumped
from workflows.command import OfSystem
from workflows.situation import Situation, decides


class RecordClockJump(OfSystem):
    """The clock told something else than was to be expected."""

    KIND = "clock.record_jump"
    told: Instant
    expected: Instant
    against: Annotated[str, StringConstraints(pattern=r"^(steady_clock|newest_fact)$")]


@decides(RecordClockJump)
def record_clock_jump(command: RecordClockJump, situation: Situation) -> list[NewFact]:
    seconds = round((command.told.moment - command.expected.moment).total_seconds())
    fact = ClockJumped(seconds=seconds, told=command.told, expected=command.expected, against=command.against)
    now = ClinicalTime.at(situation.now.moment, "UTC", Precision.SECOND)
    return [NewFact(CLOCK_STREAM, now, "", fact)]
