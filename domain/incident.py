"""Incidents of the conduct of a trial: security incidents, and serious breaches of protocol or good practice.

An incident has a stream of its own: when the trial became aware, what it is held to be, and whom it was told
to. The times by which it must be told are computed (`domain.incident_clocks`).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import StringConstraints

from domain.clinical_time import ClinicalTime
from domain.fact import Fact, FreeText
from domain.happened import Happened
from domain.record import Record
from domain.replacing import replace

IncidentId = Annotated[str, StringConstraints(pattern=r"^I-[1-9][0-9]{0,17}$")]
"""An incident by the position of the fact that reported it: `I-412`."""

Told = Annotated[str, StringConstraints(pattern=r"^(authority|ethics|sponsor|data_protection|participants)$")]
"""Who is told of an incident; `data_protection` is the authority for personal data."""

Kind = Annotated[str, StringConstraints(pattern=r"^(security|breach)$")]
"""`security`: of systems or data; `breach`: of the protocol or of good clinical practice."""


def incident_at(position: int) -> str:
    """The id of the incident that the fact at a position reports."""
    return f"I-{position}"


def incident_stream(incident: str) -> str:
    """The stream of one incident."""
    return f"incident/{incident}"


# ---------------------------------------------------------------- facts


class IncidentFact(Fact):
    """A fact about one incident."""

    incident: IncidentId


class IncidentReported(IncidentFact):
    """Something happened, effective then; the clocks run from `aware`.

    `serious` says that it is likely to affect the safety and rights of participants or the reliability of the
    data to a significant degree (EU 536/2014 Art. 52), `personal_data` that it reaches personal data. `site`
    is where it was reported, and so whose it is; "" for the whole trial.
    """

    TOPIC = "incident.reported.v1"
    EN = (
        "Incident {incident} ({kind}) reported, aware {aware}; serious {serious};"
        " personal data {personal_data}: {what}"
    )
    ZH = "报告事件 {incident}（{kind}），获知 {aware}；严重：{serious}；涉及个人信息：{personal_data}：{what}"
    kind: Kind
    what: FreeText
    aware: ClinicalTime
    serious: bool = False
    personal_data: bool = False
    site: str = ""


class IncidentAssessed(IncidentFact):
    """What the incident is held to be from now on, and on what ground; earlier words stay beside it."""

    TOPIC = "incident.assessed.v1"
    EN = "Incident {incident} assessed: serious {serious}, personal data {personal_data}; {why}"
    ZH = "事件 {incident} 评估：严重 {serious}，涉及个人信息 {personal_data}；{why}"
    serious: bool
    personal_data: bool
    why: FreeText


class IncidentNotified(IncidentFact):
    """Somebody was told of the incident, effective when it was sent."""

    TOPIC = "incident.notified.v1"
    EN = "Incident {incident} notified to {recipient} {reference}"
    ZH = "事件 {incident} 已通知 {recipient} {reference}"
    SILENT = ("reference",)
    recipient: Told
    reference: FreeText = ""


class IncidentClosed(IncidentFact):
    """Nothing more is awaited; `measures` says what was done."""

    TOPIC = "incident.closed.v1"
    EN = "Incident {incident} closed: {measures}"
    ZH = "事件 {incident} 关闭：{measures}"
    measures: FreeText


# ---------------------------------------------------------------- state


class IncidentStatus(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    NOTIFIED = "notified"
    CLOSED = "closed"


class Judgement(NamedTuple):
    """What an incident was held to be from one fact on."""

    serious: bool
    personal_data: bool
    why: str
    when: Happened


class Notice(NamedTuple):
    """Somebody told of an incident."""

    recipient: str
    reference: str
    when: Happened


@dataclass(frozen=True, slots=True)
class Incident:
    """The state of one incident. `judged` holds every word on what it is, oldest first."""

    incident: str
    kind: str
    what: str
    status: IncidentStatus
    happened: Happened
    aware: Happened
    judged: tuple[Judgement, ...]
    notices: tuple[Notice, ...] = ()
    measures: str = ""
    closed: Happened | None = None
    site: str = ""

    def told(self, recipient: str) -> Happened | None:
        """When a recipient was first told."""
        return next((each.when for each in self.notices if each.recipient == recipient), None)


def evolve(incident: Incident | None, record: Record) -> Incident | None:
    """The incident after one more fact. Total: what it does not know changes nothing."""
    fact, when = record.fact, record.happened
    if isinstance(fact, IncidentReported) and incident is None:
        aware = Happened(fact.aware, record.position)
        first = (Judgement(fact.serious, fact.personal_data, "", aware),)
        status = IncidentStatus.OPEN
        return Incident(fact.incident, fact.kind, fact.what, status, when, aware, first, site=fact.site)
    if incident is None:
        return None
    match fact:
        case IncidentAssessed():
            word = Judgement(fact.serious, fact.personal_data, fact.why, when)
            return replace(incident, judged=(*incident.judged, word))
        case IncidentNotified():
            notices = (*incident.notices, Notice(fact.recipient, fact.reference, when))
            was_open = incident.status is IncidentStatus.OPEN
            status = IncidentStatus.NOTIFIED if was_open else incident.status
            return replace(incident, notices=notices, status=status)
        case IncidentClosed():
            return replace(incident, status=IncidentStatus.CLOSED, measures=fact.measures, closed=when)
    return incident
