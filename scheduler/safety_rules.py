"""The clocks of safety reporting: told before their end, and at it. They run through nights and holidays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from domain.alert_plan import AlertPlan, AlertRule
from domain.clinical_time import ClinicalTime, Precision
from domain.incident import Incident
from domain.incident_clocks import incident_clocks
from domain.outcome import Outcomes
from domain.protocol import Protocol
from domain.safety import SafetyReport
from domain.safety_clocks import Clock, clocks
from scheduler.watch import Ladder, Rung, Watch, revision_of

_OF_THE_SITE = ("sae", "sae_follow_up")
"""The clocks of hours from the site's awareness, whose hours the rules of the protocol may name."""


def safety_clocks(watch: Watch) -> Iterator[Ladder]:
    """Every clock of a participant's safety reports that runs. The participant's death stops none."""
    if watch.participant is None:
        return
    reports = watch.singles(SafetyReport)
    events = (watch.outcomes or Outcomes()).adverse_events
    for report in reports.values():
        event = events.get(report.event)
        judged = event.assessments if event is not None else ()
        kinds: dict[str, int] = {}
        for clock in clocks(report, judged, watch.protocol.safety_rules):
            kinds[clock.kind] = kinds.get(clock.kind, 0) + 1
            number = "" if kinds[clock.kind] == 1 else f"#{kinds[clock.kind]}"
            yield _ladder(watch, f"{report.event} {clock.kind}{number}", clock)


def _ladder(watch: Watch, subject: str, clock: Clock) -> Ladder:
    if clock.met is not None:
        return Ladder("sae", subject, settled="report_sent", facts=(clock.met.fact,))
    if clock.ended is not None:
        return Ladder("sae", subject, settled="report_not_required", facts=(clock.ended.fact,))

    def ruled(protocol: Protocol) -> object:
        return protocol.safety_rules

    rungs = tuple(
        Rung(plan, at, revision_of(clock.starts.fact, watch, plan, ruled, resumed=_resumed(clock)))
        for rule, told in ((AlertRule.SAE_REPORT_DUE, clock.alert), (AlertRule.SAE_REPORT_OVERDUE, clock.due))
        for plan in watch.plans(rule)
        for at in (_due(plan, clock, told.moment),)
    )
    deadline = ClinicalTime.at(clock.due.moment, watch.site.zone, Precision.MINUTE)
    return Ladder("sae", subject, rungs, (clock.starts.fact,), deadline)


def _resumed(clock: Clock) -> int:
    """The fact since which something has to be told again; 0 for none."""
    return clock.resumed.fact if clock.resumed is not None else 0


def _due(plan: AlertPlan, clock: Clock, told: datetime) -> datetime:
    if plan.hours is None or clock.kind not in _OF_THE_SITE:
        return told
    return clock.starts.at.earliest + timedelta(hours=plan.hours)


def incidents(watch: Watch) -> Iterator[Ladder]:
    """Every clock of the trial's incidents that runs: a serious breach, personal data that were reached."""
    known = watch.singles(Incident)

    def ruled(protocol: Protocol) -> object:
        return protocol.safety_rules

    plans = watch.protocol.site_plans
    for incident in known.values():
        zone = plans.get(incident.site, watch.site).zone
        for clock in incident_clocks(incident, watch.protocol.safety_rules):
            subject = f"{incident.incident} {clock.kind}"
            if clock.met is not None or clock.ended is not None:
                word, fact = ("report_sent", clock.met) if clock.met else ("report_not_required", clock.ended)
                yield Ladder("incident", subject, settled=word, facts=(fact.fact,) if fact else ())
                continue
            rungs = tuple(
                Rung(
                    plan,
                    at.moment,
                    revision_of(clock.starts.fact, watch, plan, ruled, resumed=_resumed(clock)),
                )
                for rule, at in (
                    (AlertRule.INCIDENT_REPORT_DUE, clock.alert),
                    (AlertRule.INCIDENT_REPORT_OVERDUE, clock.due),
                )
                for plan in watch.plans(rule)
            )
            deadline = ClinicalTime.at(clock.due.moment, zone, Precision.MINUTE)
            yield Ladder("incident", subject, rungs, (clock.starts.fact,), deadline, site=incident.site)
