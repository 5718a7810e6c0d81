"""Two years of the registered trial, lived by the demonstration's people less orderly than there.

Entries come late or never, somebody dies, windows are amended, a consent is renewed; the scheduler is down,
is killed, and is told the wrong time.

What beats is given from outside; here is told at which minutes it beats, and what had been recorded by then.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple, Protocol

from adapters.app import App
from domain.clinical_time import ClinicalTime
from domain.errors import Invalid, TrialogError
from domain.protocol_document import canonical, read_document
from domain.query import Query
from domain.record import Attribution, Role
from projections.alerts import alerts_of
from tests.scheduler.plain_alerts import MINUTE, Beats
from tests.scheduler.plain_awaited import plain
from trialog.demo import START, Demonstration
from trialog.demo_course import COORDINATOR, INVESTIGATOR, PI, SITE, ZONE, Act, Course, ParticipantCourse
from workflows import (
    alert,
    deviation,
    infusion,
    observation,
    outcome,
    participant,
    query,
    safety,
    trail_review,
    trial,
    visit,
)
from workflows.command import Command

BEGIN = START - timedelta(days=14)
END = BEGIN + timedelta(days=730)
AT_ONCE = BEGIN - timedelta(days=365)
"""As an instant at which something is due: whatever the server's clock tells by now, that has come."""
ENROLMENT = timedelta(days=420)
DATA_MANAGER = Attribution("qian.dm", Role.DATA_MANAGER, "Qian (data manager)", SITE)


_ANY = alert.AcknowledgeAlert(alert="00000000-0000-5000-8000-000000000000", reason="called the participant")
"""Which alert is taken up is decided when its time has come."""


class Beating(Protocol):
    """What beats: a scheduler in this process, or several of their own."""

    def beat(self, told: datetime, *, dies: bool) -> datetime | None:
        """One beat at what the clock tells; with `dies` it is killed at some point of it, and raises Killed.
        Tells when there may be something to do next, if nothing is recorded before; None for never.
        """

    def idle(self, told: datetime, beats: int) -> None:
        """So many beats from then on at which nothing can be due: they may be passed over, and if one is not,
        nothing may come of it.
        """


class Killed(Exception):
    """It was killed: `stored` says whether what was due had been stored before."""

    def __init__(self, *, stored: bool) -> None:
        super().__init__()
        self.stored = stored


class Jump(NamedTuple):
    """From then on, and for so long, the server's clock is off."""

    at: datetime
    lasts: timedelta
    off: timedelta


def _at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return BEGIN + timedelta(days=day, hours=hour, minutes=minute)


JUMPS = (
    Jump(_at(41, 3), timedelta(hours=5), timedelta(hours=-1)),  # as a clock of local time would in autumn
    Jump(_at(196, 2), timedelta(hours=9), timedelta(hours=1)),  # and in spring
    Jump(_at(260), timedelta(days=2), timedelta(days=-3)),
    Jump(_at(466), timedelta(hours=2), timedelta(days=7)),
    Jump(_at(560, 16), timedelta(minutes=30), timedelta(days=-40)),
    Jump(_at(640), timedelta(minutes=1), timedelta(days=7)),
)


class TwoYears(Demonstration):
    """The trial over two years, on a store of its own."""

    def __init__(
        self, location: str, seed: int, participants: int, zone: str = ZONE, deaths: float = 0.2
    ) -> None:
        """`deaths` is how many of the beats at which something may be due are killed, of one."""
        super().__init__(location, participants, seed)
        self._deaths = deaths
        self.dice = Random(f"two years {seed}")
        self._take(self._changed("1.0", lambda told: _of_a_site(told, zone)))
        self.file: dict[str, Any] = json.loads(self.document.text)
        self.spans: list[Beats] = []
        self.beaten = self.skipped = self.killed = 0
        self._now = BEGIN
        self._down_until = BEGIN
        self._next: datetime | None = BEGIN
        self._told_off = timedelta()
        self.beating: Beating | None = None

    # ------------------------------------------------------------ people

    def _take(self, document: Any) -> None:  # noqa: ANN401 - the class of the parent's field
        self.document, self.protocol = document, document.protocol

    def _changed(self, version: str, change: Callable[[dict[str, Any]], object]) -> Any:  # noqa: ANN401
        told = plain(json.loads(self.document.text))
        told["version"] = version
        change(told)
        return read_document(canonical({"assumed": "a test", **told}))

    def _trial(self) -> Course:
        for act in super()._trial():
            if not isinstance(act.command, trial.CloseEnrolment):
                yield act
        yield from self._amended(_at(230, 6), "1.1", _narrower)
        yield from self._amended(_at(330, 6), "2.0", _renewing)
        yield from self._amended(_at(400, 6), "2.1", _no_notice)

    def _amended(self, at: datetime, version: str, change: Callable[[dict[str, Any]], object]) -> Course:
        document = self._changed(version, change)
        self._take(document)
        approved = ClinicalTime.at(at - timedelta(days=3), ZONE)
        for command in (
            trial.AmendProtocol(document=document.text, summary="an amendment"),
            trial.ConfirmAssumptions(version=version, digest=document.digest),
            trial.RecordEthicsApproval(at=approved, version=version, reference=f"Y-{version}"),
            trial.AdoptVersionAtSite(site=SITE, version=version),
        ):
            yield Act(at, command, PI)
            at += timedelta(minutes=7)

    def _screening(self) -> Iterator[Course]:
        """Enrolment is spread over more than a year, so that there is always somebody to be waited for."""
        for number in range(1, self._participants + 1):
            arrival = self._hour(START + timedelta(days=3) + ENROLMENT * ((number - 1) / self._participants))
            code = f"{SITE}-{number:03}"
            course = ParticipantCourse(self.protocol, number - 1, code, arrival, self._own(), self._route_of)
            yield self._disturbed(course.course())
            yield self._asked(code, arrival + timedelta(days=self.dice.randint(1, 90)))
            yield self._renewed(code, max(_at(330, 8), arrival) + timedelta(days=self.dice.randint(1, 40)))
            yield self._moved(code, arrival)
            yield self._departed(code, arrival)
        yield self._acknowledging()
        yield self._reviewing()

    def _disturbed(self, course: Course) -> Course:
        """Only what bears on alerts; some of it is entered late, and some never."""
        late: list[Act] = []
        for act in _as_far_as_it_goes(course):
            while late and late[0].at < act.at:
                yield late.pop(0)
            late = sorted([*late, *self._also(act)], key=lambda each: each.at)
            delay = self._delay(act.command)
            if delay is None:
                continue
            delayed = act._replace(at=act.at + delay, may_be_refused=True)
            if delay < timedelta(hours=6):
                yield delayed
            else:
                late = sorted([*late, delayed], key=lambda each: each.at)
        yield from late

    def _also(self, act: Act) -> Course:
        """Of some reports to the sponsor, one to the ethics committee days later."""
        if isinstance(act.command, safety.RecordSubmission):
            dice = Random(f"ethics {act.command.participant} {act.command.event}")
            at = act.at + timedelta(days=dice.randint(2, 25))
            told = {"recipient": "ethics", "at": ClinicalTime.at(at, ZONE)}
            if dice.random() < 0.7:
                yield Act(at, act.command.model_copy(update=told), COORDINATOR, may_be_refused=True)

    def _delay(self, command: Command) -> timedelta | None:
        """How much later than it should something is entered; None for never."""
        luck = self.dice.random()
        match command:
            case observation.RecordResults(visit="baseline"):
                return timedelta()
            case observation.RecordResults() | observation.CorrectResult():
                return None
            case visit.RecordVisit() | visit.RecordMissedVisit() if luck < 0.6:
                return None if luck < 0.2 else timedelta(days=self.dice.randint(1, 60))
            case safety.RecordSubmission() if luck < 0.8:
                return None if luck < 0.3 else timedelta(hours=self.dice.randint(10, 40))
            case infusion.StartInfusion() if luck < 0.3:
                return timedelta(minutes=self.dice.randint(60, 150))
        return timedelta()

    def _asked(self, code: str, at: datetime) -> Course:
        """A query about a participant, answered late, put again, answered."""
        opened = query.OpenQuery(participant=code, text="Is this the right date?")
        yield Act(at, opened, DATA_MANAGER, may_be_refused=True)
        queries = self.app.view(self.trial_id).singles(Query).values()
        known = [each for each in queries if each.participant == code and each.origin == "person"]
        if not known:
            return
        name = known[0].query
        for command, by in (
            (query.AnswerQuery(query=name, answer="Yes."), COORDINATOR),
            (query.ReopenQuery(query=name, text="By which document?"), DATA_MANAGER),
            (query.AnswerQuery(query=name, answer="The referral."), COORDINATOR),
            (query.CloseQuery(query=name), DATA_MANAGER),
        ):
            at += timedelta(days=self.dice.randint(1, 40))
            yield Act(at, command, by, may_be_refused=True)

    def _renewed(self, code: str, at: datetime) -> Course:
        """Renewed consent, of most in time, of some late, of some never."""
        if self.dice.random() < 0.8:
            when = ClinicalTime.at(at, ZONE)
            given = participant.RecordConsent(participant=code, version="2.0", language="zh-CN", at=when)
            yield Act(at + timedelta(hours=1), given, COORDINATOR, may_be_refused=True)

    def _moved(self, code: str, arrival: datetime) -> Course:
        """Of some, an earlier infusion comes to light: day 0 moves."""
        if self.dice.random() < 0.25:
            at = arrival + timedelta(days=self.dice.randint(40, 120))
            earlier = ClinicalTime.at(arrival + timedelta(days=1), ZONE)
            route = self.protocol.product.routes[0] if self.protocol.product is not None else ""
            told = infusion.RecordInfusion(participant=code, infusion=2, route=route, at=earlier)
            yield Act(at, told, INVESTIGATOR, may_be_refused=True)

    def _departed(self, code: str, arrival: datetime) -> Course:
        """A deviation is weighed, often once more; some are told to the ethics committee, few in time."""
        dice, at, name = Random(f"deviation {code}"), arrival, f"noted-{code}"
        for _ in range(dice.randint(1, 2)):
            at += timedelta(days=dice.randint(5, 60), hours=1)
            weight = dice.choice(("minor", "major", "critical"))
            weighed = outcome.ClassifyDeviation(participant=code, deviation=name, classification=weight)
            yield Act(at, weighed, PI, may_be_refused=True)
        if dice.random() < 0.5:
            averted = deviation.ExplainDeviation(
                participant=code, deviation=name, cause="bleeding", hazard="death"
            )
            yield Act(at, averted, PI, may_be_refused=True)
            at += timedelta(days=dice.randint(1, 20))
            told = ClinicalTime.at(at, ZONE)
            notice = deviation.RecordHazardNotice(
                participant=code, deviation=name, recipient="sponsor", at=told
            )
            yield Act(at, notice, COORDINATOR, may_be_refused=True)
        if dice.random() < 0.7:
            at += timedelta(days=dice.randint(1, 60))
            sent = ClinicalTime.at(at, ZONE)
            report = deviation.RecordDeviationReport(
                participant=code, deviation=name, recipient="ethics", at=sent
            )
            yield Act(at, report, COORDINATOR, may_be_refused=True)

    def _reviewing(self) -> Course:
        """The audit trail is reviewed, seldom in time."""
        dice, at = Random("reviews"), _at(80, 3)
        while at < END - timedelta(days=60):
            reviewed = trail_review.ReviewAuditTrail(
                first=1, last=9, signals=("late_entry 0",), material="0" * 64, findings="nothing of note"
            )
            yield Act(at, reviewed, DATA_MANAGER)
            at += timedelta(days=dice.randint(30, 150))

    def _acknowledging(self) -> Course:
        """Every now and then somebody takes up what stands then."""
        at = _at(20, 1)
        while at < END - timedelta(days=5):
            yield Act(at, _ANY, COORDINATOR, may_be_refused=True)
            at += timedelta(hours=self.dice.randint(40, 200))

    def _taken_up(self, act: Act) -> Act | None:
        waiting = [
            each
            for each in alerts_of(self.app.view(self.trial_id))
            if each.is_waiting and each.role in (Role.COORDINATOR, Role.INVESTIGATOR)
        ]
        if not waiting:
            return None
        one = self.dice.choice(waiting)
        by = replace(COORDINATOR, actor=one.role.value, role=one.role)
        return act._replace(command=_ANY.model_copy(update={"alert": one.alert}), by=by)

    # ------------------------------------------------------------ time

    def lived(self, beating: Beating) -> None:
        """All of it, to the end of the second year."""
        self.beating = beating
        self.run()
        self._beats_until(END)

    def _give(self, act: Act) -> None:
        """People act when the server's clock has come to it: one that is behind is put right first."""
        self._beats_until(act.at)
        self.clock.moment = max(self._now, act.at) + max(self._off(self._now), timedelta())
        taken = self._taken_up(act) if act.command is _ANY else act
        if taken is not None:
            self._carry_out(taken)

    def _carry_out(self, act: Act) -> None:
        try:
            self.app.engine.execute(self.trial_id, act.command, act.by)
        except TrialogError:
            if not act.may_be_refused:
                raise
            self.refused += 1
        self._next = AT_ONCE

    def _off(self, now: datetime) -> timedelta:
        return next((each.off for each in JUMPS if each.at <= now < each.at + each.lasts), timedelta())

    def _beats_until(self, end: datetime) -> None:
        """The beats of every minute before `end`; those at which nothing can be due are passed over."""
        while self._now < min(end, END):
            if self._now < self._down_until:
                self._now = min(_minute(self._down_until), _minute(end))
                continue
            if self._goes_down():
                continue
            until = min(end, END, *(edge for edge in _EDGES if edge > self._now))
            off = self._off(self._now)
            if off != self._told_off:  # What was due by another clock is no answer for this one.
                self._told_off, self._next = off, AT_ONCE
            due = until if self._next is None else max(self._now, self._next - off)
            if due > self._now:
                self._pass_over(min(until, due), off)
            else:
                self._beat(off)

    def _goes_down(self) -> bool:
        """Twice a month or so it is down, for minutes or for weeks."""
        if self.dice.random() >= 0.006:
            return False
        self._down_until = self._now + timedelta(minutes=int(10 ** self.dice.uniform(0, 4.4)))
        self._next = AT_ONCE
        return True

    def _pass_over(self, until: datetime, off: timedelta) -> None:
        beats = max(1, -((self._now - until) // MINUTE))
        self._span(off, beats)
        self.skipped += beats
        if self.beating is not None:
            self.beating.idle(self._now + off, beats)
        self._now += beats * MINUTE

    def _beat(self, off: timedelta) -> None:
        assert self.beating is not None
        told, before = self._now + off, len(self.spans)
        self._span(off, 1)
        try:
            self._next = self.beating.beat(told, dies=self.dice.random() < self._deaths)
        except Killed as killed:
            self.killed += 1
            if not killed.stored:
                del self.spans[before:]
            if self.dice.random() < 0.5:
                self._down_until = self._now + timedelta(minutes=int(10 ** self.dice.uniform(0, 3.7)))
            self._next = AT_ONCE
        else:
            self.beaten += 1
        self._now += MINUTE

    def _span(self, off: timedelta, beats: int) -> None:
        head, _ = self.app.reading.head(self.trial_id)
        self.spans.append(Beats(self._now + off, beats, head))


def told_by(app: App, trial: str) -> Counter[tuple[object, ...]]:
    """What the product told, alert by alert."""
    return Counter(
        (
            each.participant,
            each.subject,
            each.rule,
            each.due_at.moment.isoformat(),
            tuple(role.value for role in each.told),
            each.ended_because,
        )
        for each in alerts_of(app.view(trial))
    )


def _as_far_as_it_goes(course: Course) -> Course:
    """A course to its end, or to where a step that was refused leaves it."""
    with suppress(Invalid):
        yield from course


def _minute(moment: datetime) -> datetime:
    """The first beat at or after a moment."""
    return BEGIN - ((BEGIN - moment) // MINUTE) * MINUTE


_EDGES = (
    *sorted({edge for each in JUMPS for edge in (each.at, each.at + each.lasts)}),
    datetime.max.replace(tzinfo=UTC),
)


def _of_a_site(told: dict[str, Any], zone: str) -> None:
    """The trial as registered, at a site in some zone whose ethics committee is told of serious events."""
    told["sites"][0]["zone"] = zone
    told["safety"] = {"ethics_days": 15}


def _of(told: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in told["schedule"]["visits"] if each["id"] == name)
    return found


def _narrower(told: dict[str, Any]) -> None:
    """Windows of week 12 and 24 become other ones; week 4 stays as it is."""
    _of(told, "week-12")["before"] = 7
    _of(told, "week-24")["day"] = 175


def _renewing(told: dict[str, Any]) -> None:
    """A version that asks for renewed consent, and is told of sooner."""
    told["consent"]["versions"] = [{"version": "2.0", "language": "zh-CN"}]
    told["consent"]["reconsent"] = True
    _of(told, "week-4")["after"] = 10


def _no_notice(told: dict[str, Any]) -> None:
    """One rule tells another role."""
    told["alerts"][1]["roles"] = ["coordinator", "investigator"]
