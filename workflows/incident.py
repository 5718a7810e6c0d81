"""The commands on incidents, and what each decides. They are taken at any time: an incident waits not."""

from typing import Annotated

from pydantic import StringConstraints

from domain.clinical_time import ClinicalTime
from domain.errors import Invalid, NotFound
from domain.fact import Fact
from domain.incident import (
    Incident,
    IncidentAssessed,
    IncidentClosed,
    IncidentId,
    IncidentNotified,
    IncidentReported,
    Kind,
    Told,
    incident_at,
    incident_stream,
)
from domain.record import NewFact
from domain.safety_rules import BY_LAW, SafetyRules
from domain.trial import Trial
from workflows.command import Report, Step, Words
from workflows.incident_machine import MACHINE, IncidentCursor
from workflows.situation import Situation, decides
from workflows.unblinding import without_arm


class ReportIncident(Report):
    """Something happened at `at`; `aware` is when the trial learned of it, by default now."""

    KIND = "incident.report"
    ANY_TIME = True
    kind: Kind
    what: Words
    aware: ClinicalTime | None = None
    serious: bool = False
    personal_data: bool = False


class AssessIncident(Step):
    """Say what an incident is held to be, and on what ground."""

    KIND = "incident.assess"
    ANY_TIME = True
    incident: IncidentId
    serious: bool
    personal_data: bool = False
    why: Words


class RecordIncidentNotice(Report):
    """Somebody was told of an incident."""

    KIND = "incident.record_notice"
    ANY_TIME = True
    incident: IncidentId
    recipient: Told
    reference: Annotated[str, StringConstraints(max_length=100)] = ""


class CloseIncident(Step):
    """Close an incident that is assessed and told to everybody who must know."""

    KIND = "incident.close"
    ANY_TIME = True
    incident: IncidentId
    measures: Words


def rules_of(trial: Trial) -> SafetyRules:
    """By when incidents are told: as the trial's newest protocol says, or else as the law does."""
    return trial.protocol.safety_rules if trial.versions else BY_LAW


def _moved(trigger: str, incident: str, situation: Situation) -> Incident:
    known = situation.states.single(Incident, incident)
    if known is None:
        raise NotFound("incident.unknown", f"there is no incident {incident}")
    MACHINE.move(trigger, IncidentCursor(known, rules_of(situation.trial)), incident)
    return known


def _silent(text: str, situation: Situation, where: str) -> None:
    """Masked roles read of incidents."""
    without_arm(text, situation.trial, where)


def _facts(incident: str, at: ClinicalTime, situation: Situation, fact: Fact) -> list[NewFact]:
    return situation.facts_in(incident_stream(incident), at, fact)


@decides(ReportIncident)
def report_incident(command: ReportIncident, situation: Situation) -> list[NewFact]:
    zone = situation.home_zone
    at, aware = situation.when(command, zone), situation.said(command.aware, zone)
    if aware.latest <= at.earliest:
        raise Invalid("incident.aware_before", f"nobody can know on {aware} what happened on {at}")
    _silent(command.what, situation, "incident")
    incident = incident_at(situation.head + 1)
    plans = situation.trial.protocol.site_plans if situation.trial.versions else {}
    fact = IncidentReported(
        incident=incident,
        kind=command.kind,
        what=command.what,
        aware=aware,
        serious=command.serious,
        personal_data=command.personal_data,
        site=situation.by.site if situation.by.site in plans else "",
    )
    return _facts(incident, at, situation, fact)


@decides(AssessIncident)
def assess_incident(command: AssessIncident, situation: Situation) -> list[NewFact]:
    _moved("assess", command.incident, situation)
    _silent(command.why, situation, command.incident)
    fact = IncidentAssessed(
        incident=command.incident,
        serious=command.serious,
        personal_data=command.personal_data,
        why=command.why,
    )
    return _facts(command.incident, situation.when_of_trial(command), situation, fact)


@decides(RecordIncidentNotice)
def record_incident_notice(command: RecordIncidentNotice, situation: Situation) -> list[NewFact]:
    _moved("notify", command.incident, situation)
    _silent(command.reference, situation, command.incident)
    fact = IncidentNotified(
        incident=command.incident, recipient=command.recipient, reference=command.reference
    )
    return _facts(command.incident, situation.when_of_trial(command), situation, fact)


@decides(CloseIncident)
def close_incident(command: CloseIncident, situation: Situation) -> list[NewFact]:
    _moved("close", command.incident, situation)
    _silent(command.measures, situation, command.incident)
    fact = IncidentClosed(incident=command.incident, measures=command.measures)
    return _facts(command.incident, situation.when_of_trial(command), situation, fact)
