"""A small trial that tells people in time: its rules, a sweep over it, and what was told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from adapters.calendar import calendar_of
from domain.alert import Alert
from domain.clinical_time import Instant
from domain.protocol_document import ProtocolDocument
from projections.alerts import alerts_of
from scheduler.sweeper import Sweeper, Swept
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, small

WINDOW_RULES = ("window_opens", "visit_due", "window_closing", "visit_overdue", "visit_missed")

ALERTS: list[dict[str, Any]] = [
    {"id": "window_opens", "rule": "window_opens", "roles": ["coordinator"]},
    {"id": "visit_due", "rule": "visit_due", "roles": ["coordinator"]},
    {"id": "window_closing", "rule": "window_closing", "roles": ["coordinator", "investigator"]},
    {
        "id": "visit_overdue",
        "rule": "visit_overdue",
        "roles": ["coordinator"],
        "escalation": [
            {"role": "investigator", "working_days": 2},
            {"role": "principal_investigator", "working_days": 4},
        ],
    },
    {"id": "visit_missed", "rule": "visit_missed", "roles": ["coordinator", "principal_investigator"]},
    {"id": "reconsent_overdue", "rule": "reconsent_overdue", "days": 14, "roles": ["coordinator"]},
    {"id": "product_use_by", "rule": "product_use_by", "hours": 1, "roles": ["infusion_operator"]},
]
CHINA = {"sites.S1.calendar": "CN"}


def telling(changes: Mapping[str, object] | None = None) -> ProtocolDocument:
    """The small protocol with rules for telling people, changed at some paths."""
    return small({"alerts": ALERTS, **CHINA, **(changes or {})})


class Told(NamedTuple):
    """An alert, as short as it can be told."""

    subject: str
    rule: str
    role: str
    status: str


def told(scenario: Scenario, participant: str = "S1-001") -> list[Told]:
    """The alerts of a participant, in the order they were raised."""
    return [
        Told(alert.subject, alert.rule, alert.role.value, alert.status.value)
        for alert in alerts_of(scenario.view(), participant)
    ]


def standing(scenario: Scenario, participant: str = "S1-001") -> list[Alert]:
    """The alerts of a participant that have not ended."""
    return [alert for alert in alerts_of(scenario.view(), participant) if alert.is_standing]


def sweeper(scenario: Scenario) -> Sweeper:
    """A sweep over the scenario's trial that has not run yet."""
    return Sweeper(scenario.app.engine, scenario.app.reading, TRIAL, calendar_of)


def swept(scenario: Scenario, sweep: Sweeper | None = None) -> Swept:
    """One beat, at what the scenario's clock says."""
    return (sweep or sweeper(scenario)).beat(Instant.of(scenario.clock.moment))
