"""Which alerts a trial must have told, derived plainly: by the protocol file and the facts, minute by minute.

It shares nothing with the sweep: it reads the protocol as a table, keeps the few dates it needs of each
participant, and at every beat asks of everything that is awaited whether its day or hour has come. What it
tells of an alert is what the rules of the protocol say, not how the product names it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from holidays import country_holidays

from domain import alert, participant, query, safety, trail_review, trial
from domain.clinical_time import ClinicalTime
from domain.fact import Fact
from domain.record import Entry
from tests.scheduler.plain_person import PlainPerson

MINUTE = timedelta(minutes=1)
_NEVER = datetime(9000, 1, 1, tzinfo=UTC)
_SIGN_OFF = "sign-off of "
"""A sign-off is named as the visit it is of, which is waited for too."""
_RENEWED = {"audit_trail_review_overdue": "audit_trail_reviewed"}
"""Rules whose cause comes anew when what was awaited has come."""
LADDER = ("window_opens", "visit_due", "window_closing", "visit_overdue", "visit_missed")


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
            self.subject.removeprefix(_SIGN_OFF),
            self.rule,
            self.due.isoformat(),
            tuple(self.told),
            self.ended,
        )


class _Step(NamedTuple):
    """One rule of what is awaited: since when it applies, whom it tells, what it counts from."""

    rule: dict[str, Any]
    due: datetime
    causes: tuple[int, int]


def plain(node: Any) -> Any:  # noqa: ANN401 - any part of a protocol file
    """A protocol without the marks that say where each value comes from."""
    if isinstance(node, dict):
        if "value" in node and node.keys() <= {"value", "registered", "assumed"}:
            return plain(node["value"])
        return {key: plain(each) for key, each in node.items() if key not in ("registered", "assumed")}
    return [plain(each) for each in node] if isinstance(node, list) else node


class PlainAlerts:
    """Follows facts and beats in order, and keeps every alert that should have been told."""

    def __init__(self, protocol: dict[str, Any]) -> None:
        """`protocol` is the first version, as its file holds it."""
        first = plain(protocol)
        self._versions: dict[str, dict[str, Any]] = {first["version"]: first}
        self._followed: list[tuple[str, ClinicalTime, int]] = []
        self._people: dict[str, PlainPerson] = {}
        self._queries: dict[str, list[Any]] = {}
        self._reviewed: tuple[ClinicalTime, int] | None = None
        self._zone = ZoneInfo(first["sites"][0]["zone"])
        self._holidays = country_holidays(first["sites"][0]["calendar"])
        self._names: dict[str, tuple[str, str, str, str]] = {}
        self._recorded = datetime.min.replace(tzinfo=UTC)
        self.alerts: list[Alerted] = []
        self._standing: dict[tuple[str, str], list[Alerted]] = {}

    # ------------------------------------------------------------ what is recorded

    def take(self, entry: Entry) -> None:
        """Learn of a fact. Of alerts only what people said of them: which one that was is its own words."""
        record = entry.record
        self._recorded = entry.command.recorded_at.moment
        fact, at, position = record.fact, record.effective_at, record.position
        match fact:
            case trial.ProtocolAmended():
                self._versions[fact.version] = plain(json.loads(fact.document))
            case trial.SiteActivated() | trial.SiteVersionAdopted():
                self._followed.append((fact.version, at, position))
            case alert.AlertRaised():
                name = (fact.participant or "", fact.subject, fact.rule, fact.role)
                self._names[fact.alert] = name
            case alert.AlertAcknowledged():
                self._acknowledge(*self._names[fact.alert])
            case trail_review.AuditTrailReviewed():
                self._reviewed = (at, position)
            case _ if record.stream.startswith("query/"):
                self._of_query(fact, at, position)
            case safety.SafetyReportOpened():
                self._people[fact.participant].serious[fact.event] = (fact.aware, position)
            case safety.SafetyReportSubmitted():
                self._people[fact.participant].reported.add((fact.event, fact.recipient))
            case _ if record.stream.startswith("participant/"):
                self._of_participant(record.stream.partition("/")[2], fact, at, position)

    def _of_query(self, fact: Fact, at: ClinicalTime, position: int) -> None:
        match fact:
            case query.QueryOpened():
                self._queries[fact.query] = [fact.participant, at, position, "open"]
            case query.QueryReopened():
                self._queries[fact.query][1:] = [at, position, "open"]
            case query.QueryAnswered():
                self._queries[fact.query][3] = "answered"
            case query.QueryClosed():
                self._queries[fact.query][3] = "closed"

    def _acknowledge(self, code: str, subject: str, rule: str, role: str) -> None:
        for some in self._standing.values():
            for each in some:
                named = each.subject.removeprefix(_SIGN_OFF)
                if (each.participant, named, each.rule, each.role) == (code, subject, rule, role):
                    each.acknowledged = True

    def _of_participant(self, code: str, fact: Fact, at: ClinicalTime, position: int) -> None:
        if isinstance(fact, participant.PreScreened):
            self._people[code] = PlainPerson(fact.site)
        self._people[code].take(fact, at, position)

    # ------------------------------------------------------------ what is awaited

    def _version_of(self, person: PlainPerson) -> int:
        """Which of the versions the site follows holds for a participant: its place."""
        given = {version for version, _, _ in person.consents}
        for place in range(len(self._followed) - 1, 0, -1):
            terms = self._versions[self._followed[place][0]]["consent"]
            named = {each["version"] for each in terms["versions"]}
            if not given or not terms["reconsent"] or given & named:
                return place
        return 0

    def _since(self, person: PlainPerson, rule: str, part: str = "") -> int:
        """The first of the followed versions since which a rule, and a visit's days, are as they are now."""

        def counted(place: int) -> object:
            protocol = self._versions[self._followed[place][0]]
            schedule = protocol["schedule"]
            own = next((each for each in protocol["alerts"] if each["id"] == rule), None)
            days = [schedule[key] for key in ("upcoming_days", "closing_days", "missed_after_days")]
            of = next((each for each in schedule["visits"] if each["id"] == part), None)
            told = of and [of[key] for key in ("day", "before", "after")]
            return own, (days, told) if part else None

        place = self._version_of(person)
        since = place
        while since and counted(since - 1) == counted(place):
            since -= 1
        return since

    def _rules(self, protocol: dict[str, Any], kind: str) -> list[dict[str, Any]]:
        return [each for each in protocol["alerts"] if each["rule"] == kind]

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self._zone).astimezone(UTC)

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self._zone).date()

    def _visits(self, person: PlainPerson) -> Iterator[tuple[str, str, list[_Step]]]:
        protocol = self._versions[self._followed[self._version_of(person)][0]]
        schedule = protocol["schedule"]
        for plan in schedule["visits"]:
            settled = person.visits.get(plan["id"]) or self._ended(person)
            anchor = person.infused
            if plan.get("anchor", schedule["anchor"]) == "consented":
                known = sorted((at.earliest, fact, at) for _, at, fact in person.consents)
                anchor = (known[0][2], known[0][1]) if known else None
            if settled or anchor is None or anchor[0].day is None:
                yield plan["id"], settled, []
                continue
            target = anchor[0].day + timedelta(days=plan["day"])
            opens = target - timedelta(days=plan["before"])
            closes = target + timedelta(days=plan["after"])
            days = {
                "window_opens": opens - timedelta(days=schedule["upcoming_days"]),
                "visit_due": target,
                "window_closing": max(opens, closes - timedelta(days=schedule["closing_days"] - 1)),
                "visit_overdue": closes + timedelta(days=1),
                "visit_missed": closes + timedelta(days=1 + schedule["missed_after_days"]),
            }
            steps = [
                _Step(
                    each,
                    self._midnight(days[rule]),
                    (anchor[1], self._since(person, each["id"], plan["id"])),
                )
                for rule in LADDER
                for each in self._rules(protocol, rule)
            ]
            yield plan["id"], "", steps

    def _ended(self, person: PlainPerson) -> str:
        return min(person.ends)[1] if person.ends else ""

    def _others(self, person: PlainPerson) -> Iterator[tuple[str, str, list[_Step]]]:
        protocol = self._versions[self._followed[self._version_of(person)][0]]

        def step(rule: dict[str, Any], due: datetime, fact: int) -> _Step:
            return _Step(rule, due, (fact, self._since(person, rule["id"])))

        if person.thawed is not None:
            use_by, fact = person.thawed
            settled = person.used or self._ended(person)
            steps = [
                step(each, use_by.latest - timedelta(hours=each["hours"]), fact)
                for each in self._rules(protocol, "product_use_by")
            ]
            yield "infusion-1", settled, steps
        for event, (aware, fact) in person.serious.items():
            steps = [
                step(each, aware.earliest + timedelta(hours=each["hours"]), fact)
                for kind in ("sae_report_due", "sae_report_overdue")
                for each in self._rules(protocol, kind)
            ]
            yield f"{event} sae", "report_sent" if (event, "sponsor") in person.reported else "", steps
            zone = ZoneInfo(aware.zone)
            last = aware.earliest.astimezone(zone).date() + timedelta(
                days=protocol["safety"]["ethics_days"] + 1
            )
            end = datetime(last.year, last.month, last.day, tzinfo=zone).astimezone(UTC)
            steps = [
                step(each, end - early, fact)
                for kind, early in (
                    ("sae_report_due", timedelta(days=1)),
                    ("sae_report_overdue", timedelta()),
                )
                for each in self._rules(protocol, kind)
            ]
            yield f"{event} sae_ethics", "report_sent" if (event, "ethics") in person.reported else "", steps
        given = {version for version, _, _ in person.consents}
        asked = dict(person.asked)
        for version, at, fact in self._followed if given else ():
            terms = self._versions[version]["consent"]
            if terms["reconsent"] and not given & {each["version"] for each in terms["versions"]}:
                since = max((at, fact), person.consents[0][1:], key=lambda each: each[0].earliest)
                asked = {terms["versions"][0]["version"]: since} | asked
        for version in given:
            yield version, "consent_given", []
        for version, (at, fact) in asked.items():
            steps = [
                step(each, self._midnight(self._day(at.earliest) + timedelta(days=each["days"])), fact)
                for each in self._rules(protocol, "reconsent_overdue")
            ]
            is_beyond = bool(person.ends) and min(person.ends)[0] <= at.earliest
            yield version, "no_longer_required" if is_beyond else self._ended(person), steps

    def _untold(self, person: PlainPerson) -> Iterator[tuple[str, str, list[_Step]]]:
        """Deviations that others must be told of, by the days of their weight."""
        protocol = self._versions[self._followed[self._version_of(person)][0]]
        for each in person.deviations.untold(protocol["deviations"]):
            steps = [
                _Step(rule, each.due, (each.fact, self._since(person, rule["id"])))
                for rule in self._rules(protocol, "deviation_report_overdue")
            ]
            yield each.subject, each.settled, steps

    def _signed_off(self, person: PlainPerson) -> Iterator[tuple[str, str, list[_Step]]]:
        """Nobody signs anything here: whatever can be signed is overdue in the end."""
        place = self._version_of(person)
        protocol = self._versions[self._followed[place][0]]
        for plan in protocol["review"]["sign_offs"]:
            reached = person.attended.get(plan["id"])
            if plan["id"] == "casebook" and person.ended and person.randomized:
                _, position, at = min(person.ended)
                reached = (at, position)
            if reached is not None:
                at, position = reached
                day = at.day or self._day(at.latest)
                due = self._midnight(day + timedelta(days=plan["days"] + 1))
                steps = [
                    _Step(each, due, (position, self._since(person, each["id"])))
                    for each in self._rules(protocol, "sign_off_overdue")
                ]
                yield f"{_SIGN_OFF}{plan['id']}", "", steps

    def _of_trial(self) -> Iterator[tuple[str, str, list[_Step]]]:
        """The audit trail, due anew after each review."""
        if self._followed:
            protocol = self._versions[self._followed[-1][0]]
            at, position = self._reviewed or self._followed[0][1:]
            due = at.earliest + timedelta(days=protocol["review"]["audit_trail_days"])
            rules = self._rules(protocol, "audit_trail_review_overdue")
            yield "audit-trail", "", [_Step(each, due, (position, 0)) for each in rules]

    def _awaited(self) -> Iterator[tuple[str, str, str, list[_Step]]]:
        for code, person in self._people.items():
            for some in (
                self._visits(person),
                self._others(person),
                self._untold(person),
                self._signed_off(person),
            ):
                for subject, settled, steps in some:
                    yield code, subject, settled, steps
        for subject, settled, steps in self._of_trial():
            yield "", subject, settled, steps
        for name, (code, at, fact, status) in self._queries.items():
            person = self._people[code]
            protocol = self._versions[self._followed[self._version_of(person)][0]]
            steps = [
                _Step(
                    each,
                    self._midnight(self._day(at.earliest) + timedelta(days=each["days"])),
                    (fact, self._since(person, each["id"])),
                )
                for each in self._rules(protocol, "query_unanswered")
            ]
            yield code, name, "" if status == "open" else f"query_{status}", steps

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
        for code, subject, settled, steps in self._awaited():
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

    def _judge(self, code: str, subject: str, settled: str, steps: list[_Step], now: datetime) -> None:
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

    def _is(self, one: Alerted, step: _Step, role: str) -> bool:
        return (one.rule, one.causes, one.role) == (step.rule["id"], step.causes, role)

    def _raised(self, code: str, subject: str, step: _Step, role: str, now: datetime) -> Alerted:
        raised = max(now, self._recorded).replace(microsecond=0)
        told = Alerted(code, subject, step.rule["id"], role, step.due, step.causes, raised, [role])
        self.alerts.append(told)
        return told

    def _further(self, one: Alerted) -> list[tuple[str, datetime]]:
        """The roles an alert nobody has taken up goes to next, and when."""
        if one.acknowledged or one.ended:
            return []
        protocol = self._versions[self._followed[one.causes[1]][0]]
        rule = next(each for each in protocol["alerts"] if each["id"] == one.rule)
        steps = [each for each in rule.get("escalation", ()) if each["role"] != one.role]
        return [(each["role"], self._goes_on(one, each)) for each in steps[len(one.told) - 1 :]]

    def _goes_on(self, one: Alerted, step: dict[str, Any]) -> datetime:
        if "hours" in step:
            return one.raised + timedelta(hours=step["hours"])
        day, left = self._day(one.raised), step["working_days"]
        while left:
            day += timedelta(days=1)
            left -= self._holidays.is_working_day(day)
        return self._midnight(day + timedelta(days=1))
