"""The sweep: from states, rules and the alerts that stand to commands. Pure: whatever the clock did, the same
states, alerts and instant give the same commands, and given again after they were carried out, none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from domain.alert import Alert, alert_id
from domain.alert_plan import AlertPlan, Escalation
from domain.clinical_time import Instant, day_start, local_day, zone_of
from domain.record import Role
from domain.site_calendar import SiteCalendar, after_working_days
from scheduler.rules import RULES
from scheduler.watch import FAMILY, Ladder, Watch, cause_of, kind_of
from workflows.alert import EscalateAlert, RaiseAlert, ResolveAlert, SupersedeAlert
from workflows.command import Command

Ladders = Mapping[tuple[str, str], Ladder]
"""The ladders of an owner, by family and subject."""


class Assessment(NamedTuple):
    """What is to be done about an owner now, and when there may be more to do if nothing happens before."""

    commands: list[Command]
    next_at: datetime | None


def ladders_of(watch: Watch) -> Ladders:
    """What the rules see of an owner: it follows from its states alone, whatever the time."""
    return {
        (ladder.family, ladder.subject): ladder
        for rule in RULES[kind_of(watch.owner)]
        for ladder in rule(watch)
    }


def due(
    watch: Watch, ladders: Ladders, alerts: Collection[Alert], now: datetime, calendar: SiteCalendar
) -> Assessment:
    """What the rules ask for at `now`, given the alerts of an owner that stand: none missing, none stale."""
    commands: list[Command] = []
    turns: list[datetime] = []
    standing: dict[tuple[str, str], list[Alert]] = {}
    for alert in alerts:
        standing.setdefault((FAMILY[alert.about], alert.subject), []).append(alert)
    for key, ladder in ladders.items():
        subject = _Subject(watch, ladder, standing.pop(key, []), now, calendar)
        commands += subject.commands()
        turns += subject.turns()
    for left in standing.values():
        commands += [ResolveAlert(alert=alert.alert, reason="no_longer_required") for alert in left]
    return Assessment(commands, min((turn for turn in turns if turn > now), default=None))


@dataclass
class _Subject:
    """One subject at one instant: its ladder, and the alerts about it that stand."""

    watch: Watch
    ladder: Ladder
    held: list[Alert]
    now: datetime
    calendar: SiteCalendar

    @property
    def is_over(self) -> bool:
        """Whether nothing is waited for any more."""
        ends = self.ladder.ends_at
        return bool(self.ladder.settled) or (ends is not None and ends <= self.now)

    @cached_property
    def place(self) -> int:
        """The gravest rung that applies, by the clock or because its alert stands though the clock went back;
        -1 for none.
        """
        stands = {(alert.rule, alert.revision) for alert in self.held}
        applies = (
            n
            for n, rung in enumerate(self.ladder.rungs)
            if rung.at_once or rung.due_at <= self.now or (rung.plan.id, rung.revision) in stands
        )
        return max(applies, default=-1)

    def commands(self) -> Iterator[Command]:
        """What is to be done about it now."""
        if self.is_over:
            reason = self.ladder.settled or "no_longer_awaited"
            facts = self.ladder.facts if self.ladder.settled else ()
            for alert in self.held:
                yield ResolveAlert(alert=alert.alert, reason=reason, facts=facts)
            return
        yield from self._raised()
        for alert in self.held:
            ending = self._ending(alert)
            if ending is not None:
                yield ending
        for alert, level, step, at in self._escalations():
            if at <= self.now:
                yield EscalateAlert(alert=alert.alert, level=level, role=step.role, due_at=Instant.of(at))

    def turns(self) -> Iterator[datetime]:
        """The instants at which something about it changes by time alone."""
        if not self.is_over:
            yield from (rung.due_at for rung in self.ladder.rungs)
            yield from () if self.ladder.ends_at is None else (self.ladder.ends_at,)
            yield from (at for _, _, _, at in self._escalations())

    def _raised(self) -> Iterator[Command]:
        if self.place < 0:
            return
        rung, watch = self.ladder.rungs[self.place], self.watch
        known = {(alert.rule, alert.revision, alert.role) for alert in self.held}
        for role in rung.plan.roles:
            if (rung.plan.id, rung.revision, role) not in known:
                yield RaiseAlert(
                    rule=rung.plan.id,
                    about=rung.plan.rule,
                    role=role,
                    participant=watch.code or None,
                    site=watch.site.id if watch.code else self.ladder.site or None,
                    subject=self.ladder.subject,
                    revision=rung.revision,
                    due_at=Instant.of(rung.due_at),
                    deadline=self.ladder.deadline,
                    facts=self.ladder.facts,
                    version=watch.protocol.version,
                )

    def _ending(self, alert: Alert) -> Command | None:
        """What ends an alert whose subject is still waited for; None while it stands."""
        own = self._rung_of(alert)
        if own is None:
            return ResolveAlert(alert=alert.alert, reason="no_longer_required")
        revision = self.ladder.rungs[own].revision
        if self.ladder.renewed and cause_of(revision) != cause_of(alert.revision):
            return ResolveAlert(alert=alert.alert, reason=self.ladder.renewed, facts=self.ladder.facts)
        if revision != alert.revision:
            return SupersedeAlert(alert=alert.alert, reason="cause_changed", by=self._successor(alert))
        if own < self.place:
            return SupersedeAlert(alert=alert.alert, reason="graver", by=self._successor(alert))
        return None

    def _successor(self, alert: Alert) -> str | None:
        """The alert that stands in its place: for the same role, or else the first role it tells."""
        if self.place < 0:
            return None
        roles = self.ladder.rungs[self.place].plan.roles
        return self._id(alert.role if alert.role in roles else roles[0])

    def _escalations(self) -> Iterator[tuple[Alert, int, Escalation, datetime]]:
        """The steps that are still to come of the alerts that stand and nobody has taken up."""
        for alert in self.held:
            own = self._rung_of(alert)
            if own is None or not alert.is_waiting or self._ending(alert) is not None:
                continue
            for level, step in _further(alert, self.ladder.rungs[own].plan):
                yield alert, level, step, self._escalates_at(alert, step)

    def _escalates_at(self, alert: Alert, step: Escalation) -> datetime:
        raised, zone = alert.raised.at.earliest, self.watch.site.zone
        if step.working_days is None:
            return raised + timedelta(hours=step.hours or 0)
        day = after_working_days(self.calendar, local_day(raised, zone), step.working_days)
        return day_start(day, zone_of(zone))

    def _rung_of(self, alert: Alert) -> int | None:
        return next((n for n, rung in enumerate(self.ladder.rungs) if rung.plan.id == alert.rule), None)

    def _id(self, role: Role) -> str:
        """The id of the alert that tells a role of the gravest rung that applies."""
        rung = self.ladder.rungs[self.place]
        watch = self.watch
        return alert_id(
            watch.trial_id, watch.code, self.ladder.subject, rung.plan.id, rung.revision, role.value
        )


def _further(alert: Alert, plan: AlertPlan) -> list[tuple[int, Escalation]]:
    """The steps of escalation that are still to come, with their levels."""
    steps = [step for step in plan.escalation if step.role is not alert.role]
    return list(enumerate(steps, start=1))[alert.level :]
