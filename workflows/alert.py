"""The alert's commands and what each decides. The sweep issues all but the acknowledgement.

A command of the sweep that comes second, because another process was quicker, changes nothing and is no
error.
"""

from typing import Annotated

from pydantic import Field

from domain.alert import (
    GRAVITY,
    Alert,
    AlertAcknowledged,
    AlertEscalated,
    AlertRaised,
    AlertResolved,
    AlertSuperseded,
    Revision,
    Subject,
    alert_id,
)
from domain.alert_plan import AlertRule
from domain.clinical_time import ClinicalTime, Instant
from domain.errors import NotFound
from domain.fact import Fact
from domain.identifiers import AlertId, Key, ParticipantCode, SiteId, VersionLabel, alert_stream
from domain.record import NewFact, Role
from workflows.alert_machine import MACHINE, AlertCursor
from workflows.command import Command, Step, Words
from workflows.situation import Situation, decides


class RaiseAlert(Command):
    """Tell a role of a cause, under the protocol version that has the rule."""

    KIND = "alert.raise"
    ANY_TIME = True
    rule: Key
    about: AlertRule
    role: Role
    participant: ParticipantCode | None = None
    site: SiteId | None = None
    subject: Subject
    revision: Revision
    due_at: Instant
    deadline: ClinicalTime | None = None
    facts: tuple[int, ...] = ()
    version: VersionLabel


class OnAlert(Command):
    """A command about one alert. Alerts are no trial data: they go on while the trial is frozen or locked."""

    ANY_TIME = True
    alert: AlertId


class AcknowledgeAlert(Step, OnAlert):
    """Take an alert up, and say what is done about it."""

    KIND = "alert.acknowledge"
    reason: Words


class EscalateAlert(OnAlert):
    """Tell a further role, since nobody took the alert up by `due_at`."""

    KIND = "alert.escalate"
    level: Annotated[int, Field(ge=1)]
    role: Role
    due_at: Instant


class ResolveAlert(OnAlert):
    """The cause has ended, by the facts named."""

    KIND = "alert.resolve"
    reason: Key
    facts: tuple[int, ...] = ()


class SupersedeAlert(OnAlert):
    """Another alert takes its place."""

    KIND = "alert.supersede"
    reason: Key
    by: AlertId | None = None


def id_of(command: RaiseAlert, trial: str) -> str:
    """The id of the alert that a command raises."""
    return alert_id(
        trial, command.participant or "", command.subject, command.rule, command.revision, command.role
    )


def fact_of(command: Command, trial: str) -> Fact:
    """The fact that a command of the sweep makes, where it changes anything."""
    match command:
        case RaiseAlert():
            return AlertRaised(
                alert=id_of(command, trial),
                rule=command.rule,
                about=command.about.value,
                role=command.role.value,
                gravity=GRAVITY[command.about].value,
                participant=command.participant,
                site=command.site,
                subject=command.subject,
                revision=command.revision,
                due_at=command.due_at,
                deadline=command.deadline,
                facts=command.facts,
            )
        case EscalateAlert():
            return AlertEscalated(
                alert=command.alert, level=command.level, role=command.role.value, due_at=command.due_at
            )
        case ResolveAlert():
            return AlertResolved(alert=command.alert, reason=command.reason, facts=command.facts)
        case SupersedeAlert():
            return AlertSuperseded(alert=command.alert, reason=command.reason, by=command.by)
    raise AssertionError(f"{command.KIND} is no command of the sweep")


def _known(alert: str, situation: Situation) -> Alert:
    known = situation.states.single(Alert, alert)
    if known is None:
        raise NotFound("alert.unknown", f"there is no alert {alert}")
    return known


def _stored(alert: str, site: str, version: str, situation: Situation, fact: Fact) -> list[NewFact]:
    """The fact at the present instant, told in the zone of the site."""
    sites = situation.trial.protocol.site_plans if situation.trial.versions else {}
    zone = sites[site].zone if site in sites else situation.home_zone
    return [NewFact(alert_stream(alert), situation.when_now(zone), version, fact)]


@decides(RaiseAlert)
def raise_alert(command: RaiseAlert, situation: Situation) -> list[NewFact]:
    trial = situation.states.trial_id
    alert = id_of(command, trial)
    if situation.states.single(Alert, alert) is not None:
        return []
    MACHINE.move("raise", AlertCursor(None, situation.by), f"alert {alert}")
    return _stored(alert, command.site or "", command.version, situation, fact_of(command, trial))


@decides(AcknowledgeAlert)
def acknowledge(command: AcknowledgeAlert, situation: Situation) -> list[NewFact]:
    known = _known(command.alert, situation)
    at = situation.when(command, known.raised.at.zone)
    MACHINE.move("acknowledge", AlertCursor(known, situation.by), f"alert {command.alert}")
    fact = AlertAcknowledged(alert=command.alert, by=situation.by.actor, reason=command.reason)
    return situation.facts_in(alert_stream(command.alert), at, fact)


@decides(EscalateAlert)
def escalate(command: EscalateAlert, situation: Situation) -> list[NewFact]:
    known = _known(command.alert, situation)
    if not known.is_waiting or known.level >= command.level:
        return []
    MACHINE.move("escalate", AlertCursor(known, situation.by), f"alert {command.alert}")
    return _of_sweep(command, known, situation)


@decides(ResolveAlert)
def resolve(command: ResolveAlert, situation: Situation) -> list[NewFact]:
    known = _known(command.alert, situation)
    if not known.is_standing:
        return []
    MACHINE.move("resolve", AlertCursor(known, situation.by), f"alert {command.alert}")
    return _of_sweep(command, known, situation)


@decides(SupersedeAlert)
def supersede(command: SupersedeAlert, situation: Situation) -> list[NewFact]:
    known = _known(command.alert, situation)
    if not known.is_standing:
        return []
    MACHINE.move("supersede", AlertCursor(known, situation.by), f"alert {command.alert}")
    return _of_sweep(command, known, situation)


def _of_sweep(command: OnAlert, known: Alert, situation: Situation) -> list[NewFact]:
    fact = fact_of(command, situation.states.trial_id)
    return _stored(command.alert, known.site, situation.trial.newest_version, situation, fact)
