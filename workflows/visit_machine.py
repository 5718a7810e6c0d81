"""The visit's machine: planned → scheduled → attended or missed."""

from __future__ import annotations

from domain.fact import Fact
from domain.visit import Visit, VisitAttended, VisitMissed, VisitScheduled
from workflows.machine import Cursor, Machine, Move, Rule, Table

PLANNED, SCHEDULED, ATTENDED, MISSED = "planned", "scheduled", "attended", "missed"

TABLE = Table(
    "visit",
    (PLANNED, SCHEDULED, ATTENDED, MISSED),
    (
        Move("schedule", (PLANNED, SCHEDULED), SCHEDULED),
        Move("attend", (PLANNED, SCHEDULED, MISSED), ATTENDED),
        Move("miss", (PLANNED, SCHEDULED), MISSED),
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
        ("miss", MISSED): Rule("visit.missed_already", "the visit is recorded as missed", "访视已记录为错过"),
    },
)
MACHINE = Machine(TABLE)

STEPS: dict[type[Fact], str] = {VisitScheduled: "schedule", VisitAttended: "attend", VisitMissed: "miss"}
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
