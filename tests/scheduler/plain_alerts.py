"""Which alerts a trial must have told, derived plainly: by the protocol file and the facts, minute by minute.

It shares nothing with the sweep: at every beat it asks of everything that is awaited (`plain_awaited`)
whether its day or hour has come. What it tells of an alert is what the rules of the protocol say, not how the
product names it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from domain import alert
from domain.record import Entry
from tests.scheduler.plain_awaited import SIGN_OFF, PlainAwaited, Step

MINUTE = timedelta(minutes=1)
_NEVER = datetime(9000, 1, 1, tzinfo=UTC)
_RENEWED = {"audit_trail_review_overdue": "audit_trail_reviewed"}
"""Rules whose cause comes anew when what was awaited has come."""


class Beats(NamedTuple):
    """Beats that came to their end, a minute apart by the server's clock, and what was recorded before them.

    `head` is the position of the newest fact at the first of them: what people recorded comes between spans.
    """

    first: datetime
    number: int
    head: int


@dataclass
class Alerted:
    """An alert that must have been told: to whom it went, and how it ended."""

    participant: str
    subject: str
    rule: str
    role: str
    due: datetime
    causes: tuple[int, int]
    raised: datetime
    told: list[str]
    ended: str = ""
    acknowledged: bool = False

    @property
    def told_as(self) -> tuple[object, ...]:
        """It, as the product's own alerts can be told beside it."""
        return (
            self.participant,
            self.subject.removeprefix(SIGN_OFF),
            self.rule,
            self.due.isoformat(),
            tuple(self.told),
            self.ended,
        )


class PlainAlerts:
    """Follows facts and beats in order, and keeps every alert that should have been told."""

    def __init__(self, protocol: dict[str, Any]) -> None:
        """`protocol` is the first version, as its file holds it."""
        self._awaited = PlainAwaited(protocol)
        self._names: dict[str, tuple[str, str, str, str]] = {}
        self._recorded = datetime.min.replace(tzinfo=UTC)
        self.alerts: list[Alerted] = []
        self._standing: dict[tuple[str, str], list[Alerted]] = {}

    # ------------------------------------------------------------ what is recorded

    def take(self, entry: Entry) -> None:
        """Learn of a fact. Of alerts only what people said of them: which one that was is its own words."""
        self._recorded = entry.command.recorded_at.moment
        match entry.record.fact:
            case alert.AlertRaised() as fact:
                name = (fact.participant or "", fact.subject, fact.rule, fact.role)
                self._names[fact.alert] = name
            case alert.AlertAcknowledged() as fact:
                self._acknowledge(*self._names[fact.alert])
            case _:
                self._awaited.take(entry.record)

    def _acknowledge(self, code: str, subject: str, rule: str, role: str) -> None:
        for some in self._standing.values():
            for each in some:
                named = each.subject.removeprefix(SIGN_OFF)
                if (each.participant, named, each.rule, each.role) == (code, subject, rule, role):
                    each.acknowledged = True

    # ------------------------------------------------------------ what is told

    def live(self, entries: Iterable[Entry], spans: Iterable[Beats]) -> None:
        """Go through a history and the beats there were."""
        waiting = iter(entries)
        entry = next(waiting, None)
        for span in spans:
            while entry is not None and entry.record.position <= span.head:
                self.take(entry)
                entry = next(waiting, None)
            self._through(span)

    def _through(self, span: Beats) -> None:
        """The first beat of a span, and every other before which a day has begun or an hour has come."""
        moment, last = span.first, span.first + (span.number - 1) * MINUTE
        while moment <= last:
            following = self._look(moment)
            minutes = -((moment - min(following, last + MINUTE)) // MINUTE)
            moment += max(1, minutes) * MINUTE

    def _look(self, now: datetime) -> datetime:
        """One beat; tells the next instant at which anything can be otherwise by time alone."""
        following = _NEVER
        for code, subject, settled, steps in self._awaited.awaited():
            self._judge(code, subject, settled, steps, now)
            for each in steps:
                if now < each.due < following:
                    following = each.due
        for some in self._standing.values():
            for one in some:
                for _, at in self._further(one):
                    if now < at < following:
                        following = at
        return following

    def _judge(self, code: str, subject: str, settled: str, steps: list[Step], now: datetime) -> None:
        held = self._standing.setdefault((code, subject), [])
        place = {each.rule["id"]: number for number, each in enumerate(steps)}
        applies = [
            number
            for number, each in enumerate(steps)
            if each.due <= now
            or any((one.rule, one.causes) == (each.rule["id"], each.causes) for one in held)
        ]
        gravest = steps[applies[-1]] if applies and not settled else None
        if gravest is not None:
            for role in gravest.rule["roles"]:
                if not any(self._is(one, gravest, role) for one in held):
                    held.append(self._raised(code, subject, gravest, role, now))
        for one in held:
            if settled:
                one.ended = settled
            elif steps[place[one.rule]].causes != one.causes:
                one.ended = _RENEWED.get(one.rule, "cause_changed")
            elif gravest is not None and place[one.rule] < place[gravest.rule["id"]]:
                one.ended = "graver"
            else:
                one.told += [role for role, at in self._further(one) if at <= now]
        self._standing[code, subject] = [one for one in held if not one.ended]

    def _is(self, one: Alerted, step: Step, role: str) -> bool:
        return (one.rule, one.causes, one.role) == (step.rule["id"], step.causes, role)

    def _raised(self, code: str, subject: str, step: Step, role: str, now: datetime) -> Alerted:
        raised = max(now, self._recorded).replace(microsecond=0)
        told = Alerted(code, subject, step.rule["id"], role, step.due, step.causes, raised, [role])
        self.alerts.append(told)
        return told

    def _further(self, one: Alerted) -> list[tuple[str, datetime]]:
        """The roles an alert nobody has taken up goes to next, and when."""
        if one.acknowledged or one.ended:
            return []
        rule = self._awaited.rule(one.causes[1], one.rule)
        steps = [each for each in rule.get("escalation", ()) if each["role"] != one.role]
        return [(each["role"], self._goes_on(one, each)) for each in steps[len(one.told) - 1 :]]

    def _goes_on(self, one: Alerted, step: dict[str, Any]) -> datetime:
        if "hours" in step:
            return one.raised + timedelta(hours=step["hours"])
        return self._awaited.after_working_days(one.raised, step["working_days"])
