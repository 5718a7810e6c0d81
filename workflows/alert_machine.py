"""The alert's machine: raised, escalated until somebody acknowledges it, then resolved or superseded."""

from __future__ import annotations

from domain.alert import (
    Alert,
    AlertAcknowledged,
    AlertEscalated,
    AlertRaised,
    AlertResolved,
    AlertStatus,
    AlertSuperseded,
)
from domain.fact import Fact
from domain.record import Attribution
from workflows.machine import Cursor, Machine, Move, Rule, Table, every, guard

S = AlertStatus
NONE = "none"
_WAITING = (S.RAISED, S.ESCALATED)
_STANDING = (*_WAITING, S.ACKNOWLEDGED)

TABLE = Table(
    "alert",
    (NONE, *every(S)),
    (
        Move("raise", (NONE,), S.RAISED),
        Move("escalate", _WAITING, S.ESCALATED),
        Move("acknowledge", _WAITING, S.ACKNOWLEDGED, ("meant_for_the_role", "meant_for_the_site")),
        Move("resolve", _STANDING, S.RESOLVED),
        Move("supersede", _STANDING, S.SUPERSEDED),
    ),
    {
        ("acknowledge", S.ACKNOWLEDGED): Rule(
            "alert.acknowledged_already", "the alert is acknowledged", "该提醒已确认"
        ),
        ("acknowledge", S.RESOLVED): Rule(
            "alert.ended", "the alert is over: its cause has ended", "该提醒已结束"
        ),
        ("acknowledge", S.SUPERSEDED): Rule(
            "alert.ended", "the alert is over: its cause has ended", "该提醒已结束"
        ),
    },
)
MACHINE = Machine(TABLE)

STEPS: dict[type[Fact], str] = {
    AlertRaised: "raise",
    AlertEscalated: "escalate",
    AlertAcknowledged: "acknowledge",
    AlertResolved: "resolve",
    AlertSuperseded: "supersede",
}
"""The move that each fact says was made: what a replay of the history asks of this machine."""


class AlertCursor(Cursor):
    """An alert at the moment of a step, and who takes it."""

    def __init__(self, alert: Alert | None, by: Attribution) -> None:
        super().__init__(NONE if alert is None else alert.status)
        self.alert = alert
        self.by = by

    @guard("alert.other_role", "the alert was meant for another role", "该提醒的对象是其他角色")
    def meant_for_the_role(self) -> bool:
        return self.alert is not None and self.by.role in self.alert.told

    @guard("alert.other_site", "the alert is about another site", "该提醒属于其他中心")
    def meant_for_the_site(self) -> bool:
        site = self.alert.site if self.alert is not None else ""
        return not (site and self.by.site) or self.by.site == site
