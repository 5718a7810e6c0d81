"""An alert: people told in time of what is due. Its facts, its state, and how the one follows from the other.

An alert tells one role of one cause. Its id follows from trial, participant, subject, rule, revision and
role, and its stream begins once: so whoever derives it, and however often, it is raised exactly once. The
revision is that of the cause: when an anchor moves or a window is amended the cause is another one, and so is
the alert.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, NamedTuple
from uuid import UUID, uuid5

from pydantic import Field, StringConstraints

from domain.alert_plan import AlertRule
from domain.clinical_time import ClinicalTime, Instant
from domain.fact import Fact, FreeText
from domain.happened import Happened
from domain.identifiers import AlertId, Key, ParticipantCode, SiteId
from domain.record import Record, Role
from domain.replacing import replace

_NAMESPACE = UUID("6f1d0c52-5a0f-5c7e-9a55-3a2f7a0c6e11")
"""For good: the ids of all alerts follow from it."""

Subject = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._# -]{0,59}$")]
"""What an alert is about: a visit, a consent version, an infusion, a query."""

Revision = Annotated[str, StringConstraints(pattern=r"^[0-9a-z.-]{1,60}$")]
"""Which state of the cause: the positions of the facts that made it so."""


class Gravity(StrEnum):
    """How much an alert weighs: for planning, to act on, a rule is broken."""

    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"


GRAVITY: dict[AlertRule, Gravity] = {
    AlertRule.WINDOW_OPENS: Gravity.NOTICE,
    AlertRule.VISIT_DUE: Gravity.NOTICE,
    AlertRule.WINDOW_CLOSING: Gravity.WARNING,
    AlertRule.VISIT_OVERDUE: Gravity.WARNING,
    AlertRule.VISIT_MISSED: Gravity.CRITICAL,
    AlertRule.RECONSENT_OVERDUE: Gravity.WARNING,
    AlertRule.SAE_REPORT_DUE: Gravity.WARNING,
    AlertRule.SAE_REPORT_OVERDUE: Gravity.CRITICAL,
    AlertRule.PRODUCT_USE_BY: Gravity.CRITICAL,
    AlertRule.QUERY_UNANSWERED: Gravity.WARNING,
    AlertRule.SIGN_OFF_OVERDUE: Gravity.WARNING,
    AlertRule.DEVIATION_REPORT_OVERDUE: Gravity.CRITICAL,
    AlertRule.INCIDENT_REPORT_DUE: Gravity.WARNING,
    AlertRule.INCIDENT_REPORT_OVERDUE: Gravity.CRITICAL,
    AlertRule.ACCESS_REVIEW_OVERDUE: Gravity.WARNING,
    AlertRule.AUDIT_TRAIL_REVIEW_OVERDUE: Gravity.WARNING,
    AlertRule.VERIFICATION_FAILED: Gravity.CRITICAL,
    AlertRule.BACKUP_OVERDUE: Gravity.CRITICAL,
    AlertRule.CLOCK_DRIFT: Gravity.CRITICAL,
}


def alert_id(trial: str, participant: str, subject: str, rule: str, revision: str, role: str) -> str:
    """The id of the alert that tells a role of a cause: the same whoever derives it. `rule` is the id that
    the protocol gives the rule; `participant` is empty where the cause is the trial's.
    """
    return str(uuid5(_NAMESPACE, "|".join((trial, participant, subject, rule, revision, role))))


# ---------------------------------------------------------------- facts


class AlertRaised(Fact):
    """A role is told of a cause. The fact holds no more than a participant code: it is made to be sent."""

    TOPIC = "alert.raised.v1"
    EN = "Alert {rule} for the {role}, due {due_at}: {subject} {participant}"
    ZH = "提醒 {rule}，通知 {role}，应于 {due_at}：{subject} {participant}"
    SILENT = ("participant",)
    CODED = ("role",)
    alert: AlertId
    rule: Key
    about: Key
    role: Key
    gravity: Annotated[str, StringConstraints(pattern=r"^(notice|warning|critical)$")]
    participant: ParticipantCode | None = None
    site: SiteId | None = None
    subject: Subject
    revision: Revision
    due_at: Instant
    deadline: ClinicalTime | None = None
    facts: tuple[int, ...] = ()


class AlertAcknowledged(Fact):
    """Somebody it was meant for has taken it up, and says what is done about it."""

    TOPIC = "alert.acknowledged.v1"
    EN = "Alert acknowledged by {by}: {reason}"
    ZH = "{by} 已确认提醒：{reason}"
    alert: AlertId
    by: str
    reason: FreeText


class AlertEscalated(Fact):
    """Nobody took it up in time, so a further role is told."""

    TOPIC = "alert.escalated.v1"
    EN = "Alert escalated to the {role} (level {level}), due {due_at}"
    ZH = "提醒升级至 {role}（第 {level} 级），应于 {due_at}"
    CODED = ("role",)
    alert: AlertId
    level: Annotated[int, Field(ge=1)]
    role: Key
    due_at: Instant


class AlertResolved(Fact):
    """Its cause has ended; the facts say by what."""

    TOPIC = "alert.resolved.v1"
    EN = "Alert resolved: {reason}"
    ZH = "提醒已解除：{reason}"
    alert: AlertId
    reason: Key
    facts: tuple[int, ...] = ()


class AlertSuperseded(Fact):
    """Another alert takes its place, now or when that one is due: its cause changed, or became graver."""

    TOPIC = "alert.superseded.v1"
    EN = "Alert superseded ({reason}) {by}"
    ZH = "提醒已被取代（{reason}）{by}"
    SILENT = ("by",)
    alert: AlertId
    reason: Key
    by: AlertId | None = None


# ---------------------------------------------------------------- state


class AlertStatus(StrEnum):
    """Where an alert stands."""

    RAISED = "raised"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    SUPERSEDED = "superseded"


class Acknowledgement(NamedTuple):
    """Who took an alert up, and what is done about it."""

    by: str
    reason: str
    when: Happened


@dataclass(frozen=True, slots=True)
class Alert:
    """The state of one alert. `told` are the roles it went to, the first one and those of each escalation."""

    alert: str
    rule: str
    about: AlertRule
    gravity: Gravity
    participant: str
    site: str
    subject: str
    revision: str
    due_at: Instant
    deadline: ClinicalTime | None
    facts: tuple[int, ...]
    raised: Happened
    told: tuple[Role, ...]
    status: AlertStatus = AlertStatus.RAISED
    escalated: tuple[Happened, ...] = ()
    acknowledged: Acknowledgement | None = None
    ended: Happened | None = None
    ended_because: str = ""
    successor: str = ""

    @property
    def role(self) -> Role:
        """The role it was raised for."""
        return self.told[0]

    @property
    def level(self) -> int:
        """How often it has been escalated."""
        return len(self.escalated)

    @property
    def is_standing(self) -> bool:
        """Whether its cause goes on, as far as is known."""
        return self.ended is None

    @property
    def is_waiting(self) -> bool:
        """Whether somebody should take it up."""
        return self.status in (AlertStatus.RAISED, AlertStatus.ESCALATED)


def evolve(alert: Alert | None, record: Record) -> Alert | None:
    """The alert after one more fact. Total: what it does not know changes nothing."""
    fact, when = record.fact, record.happened
    if isinstance(fact, AlertRaised):
        return alert or _raised(fact, when)
    if alert is None:
        return None
    match fact:
        case AlertAcknowledged() if alert.is_waiting:
            word = Acknowledgement(fact.by, fact.reason, when)
            return replace(alert, status=AlertStatus.ACKNOWLEDGED, acknowledged=word)
        case AlertEscalated() if alert.is_waiting:
            told, escalated = (*alert.told, Role(fact.role)), (*alert.escalated, when)
            return replace(alert, status=AlertStatus.ESCALATED, told=told, escalated=escalated)
        case AlertResolved() if alert.is_standing:
            return replace(alert, status=AlertStatus.RESOLVED, ended=when, ended_because=fact.reason)
        case AlertSuperseded() if alert.is_standing:
            return replace(
                alert,
                status=AlertStatus.SUPERSEDED,
                ended=when,
                ended_because=fact.reason,
                successor=fact.by or "",
            )
    return alert


def _raised(fact: AlertRaised, when: Happened) -> Alert:
    return Alert(
        fact.alert,
        fact.rule,
        AlertRule(fact.about),
        Gravity(fact.gravity),
        fact.participant or "",
        fact.site or "",
        fact.subject,
        fact.revision,
        fact.due_at,
        fact.deadline,
        fact.facts,
        when,
        (Role(fact.role),),
    )
