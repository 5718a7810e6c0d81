"""The incident's machine: open → notified → closed. What it is held to be may change until then."""

from __future__ import annotations

from domain.fact import Fact
from domain.incident import (
    Incident,
    IncidentAssessed,
    IncidentClosed,
    IncidentNotified,
    IncidentReported,
    IncidentStatus,
)
from domain.incident_clocks import incident_clocks
from domain.safety_rules import SafetyRules
from workflows.machine import Cursor, Machine, Move, Rule, Table, every, guard

S = IncidentStatus
NONE = "none"

TABLE = Table(
    "incident",
    (NONE, *every(S)),
    (
        Move("report", (NONE,), S.OPEN),
        Move("assess", (S.OPEN, S.NOTIFIED), None),
        Move("notify", (S.OPEN, S.NOTIFIED), S.NOTIFIED),
        Move("notify", (S.CLOSED,), None),
        Move("close", (S.OPEN, S.NOTIFIED), S.CLOSED, ("incident_assessed", "everybody_told")),
    ),
    {
        ("assess", S.CLOSED): Rule("incident.closed", "the incident is closed", "事件已关闭"),
        ("close", S.CLOSED): Rule("incident.closed", "the incident is closed", "事件已关闭"),
    },
)
MACHINE = Machine(TABLE)

STEPS: dict[type[Fact], str] = {
    IncidentReported: "report",
    IncidentAssessed: "assess",
    IncidentNotified: "notify",
    IncidentClosed: "close",
}
"""The move that each fact says was made: what a replay of the history asks of this machine."""


class IncidentCursor(Cursor):
    """An incident at the moment of a step."""

    def __init__(self, incident: Incident | None, rules: SafetyRules) -> None:
        super().__init__(NONE if incident is None else incident.status)
        self.incident = incident
        self.rules = rules

    @guard("incident.unassessed", "nobody has assessed the incident", "尚未评估该事件")
    def incident_assessed(self) -> bool:
        return self.incident is not None and len(self.incident.judged) > 1

    @guard("incident.untold", "somebody is still to be told", "仍有待通知方")
    def everybody_told(self) -> bool:
        if self.incident is None:
            return False
        return all(clock.met or clock.ended for clock in incident_clocks(self.incident, self.rules))
