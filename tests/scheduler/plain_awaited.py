"""What a trial waits for, derived plainly: by the protocol file, read as a table, and the facts.

It shares nothing with the sweep: it keeps the few dates it needs of each participant, and tells of everything
that is awaited the day or hour at which each rule of the protocol applies.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from holidays import country_holidays

from domain import activation, query, safety, screening, trail_review, trial
from domain.clinical_time import ClinicalTime
from domain.fact import Fact
from domain.record import Record
from tests.scheduler.plain_person import PlainPerson

SIGN_OFF = "sign-off of "
"""A sign-off is named as the visit it is of, which is waited for too."""
LADDER = ("window_opens", "visit_due", "window_closing", "visit_overdue", "visit_missed")


class Step(NamedTuple):
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


class PlainAwaited:
    """Follows facts in order, and tells what is waited for."""

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

    # ------------------------------------------------------------ what is recorded

    def take(self, record: Record) -> None:
        """Learn of a fact."""
        fact, at, position = record.fact, record.effective_at, record.position
        match fact:
            case trial.ProtocolAmended():
                self._versions[fact.version] = plain(json.loads(fact.document))
            case activation.SiteActivated() | trial.SiteVersionAdopted():
                self._followed.append((fact.version, at, position))
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

    def _of_participant(self, code: str, fact: Fact, at: ClinicalTime, position: int) -> None:
        if isinstance(fact, screening.PreScreened):
            self._people[code] = PlainPerson(fact.site)
        self._people[code].take(fact, at, position)

    # ------------------------------------------------------------ its days

    def rule(self, place: int, name: str) -> dict[str, Any]:
        """A rule of one of the versions that the site follows, by its place among them."""
        rules = self._versions[self._followed[place][0]]["alerts"]
        return next(each for each in rules if each["id"] == name)

    def after_working_days(self, moment: datetime, days: int) -> datetime:
        """The end of so many working days after the day of a moment."""
        day = self._day(moment)
        while days:
            day += timedelta(days=1)
            days -= self._holidays.is_working_day(day)
        return self._midnight(day + timedelta(days=1))

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

    def _visits(self, person: PlainPerson) -> Iterator[tuple[str, str, list[Step]]]:
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
                Step(
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

    def _others(self, person: PlainPerson) -> Iterator[tuple[str, str, list[Step]]]:
        protocol = self._versions[self._followed[self._version_of(person)][0]]

        def step(rule: dict[str, Any], due: datetime, fact: int) -> Step:
            return Step(rule, due, (fact, self._since(person, rule["id"])))

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

    def _untold(self, person: PlainPerson) -> Iterator[tuple[str, str, list[Step]]]:
        """Deviations that others must be told of, by the days of their weight."""
        protocol = self._versions[self._followed[self._version_of(person)][0]]
        for each in person.deviations.untold(protocol["deviations"]):
            steps = [
                Step(rule, each.due, (each.fact, self._since(person, rule["id"])))
                for rule in self._rules(protocol, "deviation_report_overdue")
            ]
            yield each.subject, each.settled, steps

    def _signed_off(self, person: PlainPerson) -> Iterator[tuple[str, str, list[Step]]]:
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
                    Step(each, due, (position, self._since(person, each["id"])))
                    for each in self._rules(protocol, "sign_off_overdue")
                ]
                yield f"{SIGN_OFF}{plan['id']}", "", steps

    def _of_trial(self) -> Iterator[tuple[str, str, list[Step]]]:
        """The audit trail, due anew after each review."""
        if self._followed:
            protocol = self._versions[self._followed[-1][0]]
            at, position = self._reviewed or self._followed[0][1:]
            due = at.earliest + timedelta(days=protocol["review"]["audit_trail_days"])
            rules = self._rules(protocol, "audit_trail_review_overdue")
            yield "audit-trail", "", [Step(each, due, (position, 0)) for each in rules]

    def awaited(self) -> Iterator[tuple[str, str, str, list[Step]]]:
        """Whose, what, what settled it (empty while it is waited for), and its rules."""
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
                Step(
                    each,
                    self._midnight(self._day(at.earliest) + timedelta(days=each["days"])),
                    (fact, self._since(person, each["id"])),
                )
                for each in self._rules(protocol, "query_unanswered")
            ]
            yield code, name, "" if status == "open" else f"query_{status}", steps
