"""Every state machine of the workflow, with its cursor and the moves that facts say were made."""

from __future__ import annotations

from typing import NamedTuple

from domain.fact import Fact
from workflows import (
    alert_machine,
    correction_machine,
    incident_machine,
    infusion_machine,
    participant_machine,
    product_lot_machine,
    query_machine,
    record_machine,
    safety_report_machine,
    trial_machine,
    visit_machine,
)
from workflows.machine import Cursor, Machine


class Known(NamedTuple):
    """A machine, its cursor, and the move that each fact says was made."""

    machine: Machine
    cursor: type[Cursor]
    steps: dict[type[Fact], str]


MACHINES: dict[str, Known] = {
    name: Known(module.MACHINE, cursor, module.STEPS)
    for name, module, cursor in (
        ("trial", trial_machine, trial_machine.TrialCursor),
        ("participant", participant_machine, participant_machine.ParticipantCursor),
        ("visit", visit_machine, visit_machine.VisitCursor),
        ("infusion", infusion_machine, infusion_machine.InfusionCursor),
        ("correction", correction_machine, correction_machine.CorrectionCursor),
        ("query", query_machine, query_machine.QueryCursor),
        ("record", record_machine, record_machine.RecordCursor),
        ("product_lot", product_lot_machine, product_lot_machine.LotCursor),
        ("alert", alert_machine, alert_machine.AlertCursor),
        ("incident", incident_machine, incident_machine.IncidentCursor),
        ("safety_report", safety_report_machine, safety_report_machine.SafetyReportCursor),
    )
}
