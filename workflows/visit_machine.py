"""The visit's machine: planned → scheduled → attended or missed.

What is voided is planned again, and scheduled where there is an appointment.
"""

from __future__ import annotations

from domain.fact import Fact
from domain.visit import (
    Visit,
    VisitAttended,
    VisitMissed,
    VisitScheduled,
    VisitTimeCorrected,
    VisitVoided,
)
from workflows.machine import Cursor, Machine, Move, Rule, Table

PLANNED, SCHEDULED, ATTENDED, MISSED = "planned", "scheduled", "attended", "missed"

TABLE = Table(
    "visit",
    (PLANNED, SCHEDULED, ATTENDED, MISSED),
    (
        Move("schedule", (PLANNED, SCHEDULED), SCHEDULED),
        Move("attend", (PLANNED, SCHEDULED, MISSED), ATTENDED),
        Move("miss", (PLANNED, SCHEDULED), MISSED),
        Move("correct", (ATTENDED,), None),
        Move("void", (ATTENDED, MISSED), PLANNED),
    ),
    {
        ("schedule", ATTENDED): Rule("visit.attended_already", "the visit is attended", "访视已完成"),
        ("schedule", MISSED): Rule(
            "visit.missed_already", "the visit is recorded as missed", "访视已记录为错过"
        ),
        ("attend", ATTENDED): Rule(
            "visit.attended_already", "the visit is recorded as attended", "访视已记录为完成"
        ),
        ("miss", ATTENDED): Rule(
            "visit.attended_already", "the visit is recorded as attended", "访视已记录为完成"
        ),
        **{
            ("correct", state): Rule(
                "visit.not_attended", "the visit is not recorded as attended", "访视未记录为完成"
            )
            for state in (PLANNED, SCHEDULED, MISSED)
        },
        **{
            ("void", state): Rule(
                "visit.not_recorded",
                "the visit is recorded neither as attended nor as missed",
                "访视未记录为完成或错过",
            )
            for state in (PLANNED, SCHEDULED)
        },
        ("miss", MISSED): Rule("visit.missed_already", "the visit is recorded as missed", "访视已记录为错过"),
    },
)
MACHINE = Machine(TABLE)

STEPS: dict[type[Fact], str] = {
    VisitScheduled: "schedule",
    VisitAttended: "attend",
    VisitMissed: "miss",
    VisitTimeCorrected: "correct",
    VisitVoided: "void",
}
"""The move that each fact says was made: what a replay of the history asks of this machine."""


class VisitCursor(Cursor):
    """A visit at the moment of a command; None is one of which nothing is known yet."""

    def __init__(self, visit: Visit | None) -> None:
        super().__init__(state_of(visit))


def state_of(visit: Visit | None) -> str:
    """The machine's state of a visit."""
    if visit is None:
        return PLANNED
    if visit.attended is not None:
        return ATTENDED
    if visit.missed is not None:
        return MISSED
    return SCHEDULED if visit.appointment is not None else PLANNED
