"""One synthetic participant of the demonstration: how ill, how the illness goes, what happens on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from domain.clinical_time import ClinicalTime
from domain.protocol import Protocol
from domain.record import Attribution, Role
from workflows import adverse_event, infusion, observation, outcome, participant, safety, visit
from workflows.command import Command

ZONE = "Asia/Shanghai"
SITE = "SY01"
CONSENT = "1.0"
LOTS = 4

Readings = tuple[observation.Reading, ...]
Allocated = Callable[[str], str]
"""Tells the route a participant is allocated to."""


def _person(actor: str, role: Role, name: str) -> Attribution:
    return Attribution(actor, role, name, SITE)


PI = _person("zhao.pi", Role.PRINCIPAL_INVESTIGATOR, "Zhao (principal investigator)")
INVESTIGATOR = _person("chen.inv", Role.INVESTIGATOR, "Chen (investigator)")
COORDINATOR = _person("li.crc", Role.COORDINATOR, "Li (coordinator)")
OPERATOR = _person("sun.op", Role.INFUSION_OPERATOR, "Sun (infusion operator)")
LABORATORY = _person("zhou.lab", Role.CELL_LABORATORY, "Zhou (cell laboratory)")
_CORRECTING = replace(
    COORDINATOR,
    reason_code="transcription",
    reason_text="digits transposed against the laboratory report",
)
ASSESSOR = _person("wu.oa", Role.OUTCOME_ASSESSOR, "Wu (outcome assessor)")
STATISTICIAN = _person("xu.stat", Role.STATISTICIAN, "Xu (unmasked statistician)")


class Act(NamedTuple):
    """A command at the instant it is given, and what else begins with it and goes its own way."""

    at: datetime
    command: Command
    by: Attribution
    may_be_refused: bool = False
    begins: Iterator[Act] | None = None


Course = Iterator[Act]


def screened(code: str, at: datetime, random: Random) -> Course:
    """Screening log and consent."""
    sex = random.choice(("female", "male"))
    age = Decimal(random.randint(31, 76))
    command = participant.PreScreen(participant=code, site=SITE, sex=sex, age=age)
    yield Act(at, command, COORDINATOR)
    given = ClinicalTime.at(at + timedelta(minutes=40), ZONE)
    consent = participant.RecordConsent(participant=code, version=CONSENT, language="zh-CN", at=given)
    yield Act(at + timedelta(minutes=50), consent, COORDINATOR)


class ParticipantCourse:
    """One synthetic participant: how ill, how the illness goes, and what happens on the way."""

    def __init__(
        self,
        protocol: Protocol,
        place: int,
        code: str,
        arrival: datetime,
        random: Random,
        allocated: Allocated,
    ) -> None:
        self.protocol, self.place, self.code, self.arrival = protocol, place, code, arrival
        self.random, self.allocated = random, allocated
        self.severity = random.uniform(0.8, 1.6)
        self.drift = random.uniform(-0.12, 0.03)
        self.fate = _FATES.get(place % 16, "")
        self.events = 0

    def course(self) -> Course:
        """Everything that happens to this participant, in order of when it is entered."""
        code, at, random = self.code, self.arrival, self.random
        yield from screened(code, at, random)
        yield from self._seen("baseline", at + timedelta(hours=3), 0.0)
        signed = at + timedelta(days=2)
        criteria = self.protocol.eligibility.criteria
        answers: dict[str, bool | None] = {each.id: each.admits for each in criteria}
        yield Act(signed, participant.AnswerCriteria(participant=code, answers=answers), INVESTIGATOR)
        sign = participant.SignEligibility(participant=code)
        yield Act(signed + timedelta(minutes=10), sign, INVESTIGATOR)
        yield Act(signed + timedelta(minutes=30), participant.Randomize(participant=code), INVESTIGATOR)
        infused = signed + timedelta(days=random.randint(2, 5))
        yield from self._infusion(infused)
        yield from self._follow_up(infused)

    def _infusion(self, at: datetime) -> Course:
        code, minutes = self.code, ticks(at, 12)
        bag_number = self.place // LOTS + 1
        lot = lot_of(self.place % LOTS + 1)
        bag = f"{lot}-{bag_number:02}"
        weight = Decimal(self.random.randint(48, 86))
        order = infusion.OrderInfusion(participant=code, weight_kg=weight)
        yield Act(next(minutes) - timedelta(days=1), order, INVESTIGATOR)
        yield Act(next(minutes), infusion.AssignLot(participant=code, lot=lot, bag=bag), LABORATORY)
        yield Act(next(minutes), infusion.ReleaseInfusion(participant=code), LABORATORY)
        yield Act(next(minutes), infusion.ReceiveProduct(participant=code, bag=bag), OPERATOR)
        thawed = next(minutes)
        use_by = ClinicalTime.at(thawed + timedelta(hours=3), ZONE)
        viability = Decimal(self.random.randint(84, 96))
        thaw = infusion.ThawProduct(participant=code, use_by=use_by, viability_percent=viability)
        yield Act(thawed, thaw, LABORATORY)
        if self.place % 16 == _UNTOLD_START:
            yield from self._reported_late(thawed, lot, bag, use_by)
            return
        check = infusion.CheckIdentity(participant=code, bag=bag, checkers=("sun.op", "chen.inv"))
        yield Act(next(minutes), check, OPERATOR)
        premedication = infusion.Premedicate(participant=code, medication="promethazine 25 mg")
        yield Act(next(minutes), premedication, OPERATOR)
        placed = next(minutes)
        wrong = next(route for route in self._routes() if route != self._route())
        if self.place == 2:
            slip = infusion.PlaceAccess(participant=code, route=wrong)
            yield Act(placed, slip, OPERATOR, may_be_refused=True)
        route = self._route()
        access = infusion.PlaceAccess(participant=code, route=route, confirmation="position confirmed")
        yield Act(placed + timedelta(minutes=5), access, OPERATOR)
        yield Act(next(minutes) + timedelta(minutes=6), infusion.StartInfusion(participant=code), OPERATOR)
        cells = weight
        done = infusion.CompleteInfusion(participant=code, volume_ml=Decimal(50), cells_million=cells)
        yield Act(next(minutes) + timedelta(minutes=30), done, OPERATOR)
        reactions = self.random.choice(("", "", "", "transient fever 38.1 C"))
        watch = infusion.ObserveInfusion(participant=code, hours=24, reactions=reactions)
        yield Act(next(minutes) + timedelta(hours=24), watch, INVESTIGATOR)
        yield Act(next(minutes) + timedelta(hours=25), infusion.CloseInfusion(participant=code), INVESTIGATOR)

    def _reported_late(self, thawed: datetime, lot: str, bag: str, use_by: ClinicalTime) -> Course:
        """An infusion given on the ward after its use-by time, reported the day after."""
        started = ClinicalTime.at(thawed + timedelta(hours=3, minutes=20), ZONE)
        command = infusion.RecordInfusion(
            participant=self.code,
            at=started,
            route=self._route(),
            lot=lot,
            bag=bag,
            use_by=use_by,
            volume_ml=Decimal(50),
        )
        yield Act(thawed + timedelta(days=1), command, INVESTIGATOR)

    def _routes(self) -> tuple[str, ...]:
        product = self.protocol.product
        return product.routes if product is not None else ()

    def _route(self) -> str:
        """The allocated route, as the unmasked operator reads it."""
        return self.allocated(self.code)

    def _follow_up(self, infused: datetime) -> Course:
        for plan in self.protocol.schedule.visits:
            if plan.anchor is not None:
                continue
            due = infused + timedelta(days=plan.day)
            if plan.id == _ENDS.get(self.fate):
                yield from self._ended(due - timedelta(days=6))
                if self.fate == "transplanted":
                    came = ClinicalTime.at(due, ZONE)
                    seen = visit.RecordVisit(participant=self.code, visit=plan.id, at=came)
                    yield Act(due + timedelta(hours=1), seen, COORDINATOR)
                return
            if self.fate == "misses week 12" and plan.day == 84:
                missed = visit.RecordMissedVisit(
                    participant=self.code, visit=plan.id, reason="travel", at=ClinicalTime.at(due, ZONE)
                )
                yield Act(due + timedelta(days=20), missed, COORDINATOR)
                continue
            late = plan.after + 4 if self.fate == "late" and plan.day == 84 else self.random.randint(-3, 3)
            day = due + timedelta(days=late)
            if self.random.random() < 0.18:
                yield from self._decompensated(day - timedelta(days=5))
            yield from self._seen(plan.id, day, plan.day / 168)
        finished = infused + timedelta(days=200)
        yield Act(finished, participant.CompleteParticipant(participant=self.code), INVESTIGATOR)

    def _ended(self, at: datetime) -> Course:
        code, when = self.code, ClinicalTime.at(at, ZONE)
        match self.fate:
            case "dies" | "dies late":
                command: Command = participant.RecordDeath(participant=code, cause="liver failure", at=when)
            case "transplanted":
                command = participant.RecordTransplant(participant=code, at=when)
            case "lost":
                command = participant.RecordLossToFollowUp(participant=code, attempts=3, at=when)
            case _:
                command = participant.RecordWithdrawal(participant=code, scope="all", at=when)
        yield Act(at + timedelta(days=self.random.randint(1, 3)), command, INVESTIGATOR)

    def _decompensated(self, at: datetime) -> Course:
        kind = self.random.choice(self.protocol.decompensation)
        subtype = "oesophageal varices" if kind == "gi_bleeding" else ""
        opened = outcome.RecordDecompensation(
            participant=self.code, type=kind, subtype=subtype, at=ClinicalTime.at(at, ZONE)
        )
        yield Act(at + timedelta(days=1), opened, INVESTIGATOR)
        event = adverse_event.RecordAdverseEvent(
            participant=self.code, term=f"decompensation: {kind}", severity="severe", serious=True,
            at=ClinicalTime.at(at, ZONE),
        )  # fmt: skip
        told = at + timedelta(days=1, minutes=10)
        yield Act(told, event, INVESTIGATOR)
        self.events += 1
        sent = safety.RecordSubmission(
            participant=self.code,
            event=f"ae-{self.events}",
            recipient="sponsor",
            at=ClinicalTime.at(told + timedelta(hours=3), ZONE),
        )
        yield Act(told + timedelta(hours=3, minutes=5), sent, COORDINATOR)

    def _seen(self, name: str, at: datetime, progress: float) -> Course:
        """A visit: attended and graded the same day; laboratory values come when they come."""
        code, when = self.code, ClinicalTime.at(at, ZONE)
        came = visit.RecordVisit(participant=code, visit=name, at=when)
        reported = at + timedelta(hours=self.random.randint(2, 60))
        slips = self.random.randrange(8) == 0
        laboratory = self._reported(name, when, reported, self._laboratory(progress), slips=slips)
        yield Act(at + timedelta(minutes=20), came, COORDINATOR, begins=laboratory)
        graded = self._grades(progress)
        grades = observation.RecordResults(participant=code, visit=name, at=when, readings=graded)
        yield Act(at + timedelta(minutes=30), grades, ASSESSOR)

    def _reported(
        self, name: str, when: ClinicalTime, at: datetime, readings: Readings, *, slips: bool
    ) -> Course:
        """The laboratory's values as they are entered, and put right where the hand slipped."""
        entered = _slipped(readings) if slips else readings
        results = observation.RecordResults(participant=self.code, visit=name, at=when, readings=entered)
        yield Act(at, results, COORDINATOR)
        right = next(each for each in readings if each.item == "alb")
        if right in entered:
            return
        correction = observation.CorrectResult(
            participant=self.code, visit=name, result="alb", value=right.value, unit=right.unit
        )
        yield Act(at + timedelta(days=4), correction, _CORRECTING)

    def _laboratory(self, progress: float) -> Readings:
        ill = self.severity * (1 + self.drift * progress) * self.random.uniform(0.93, 1.07)
        values = {
            "alt": (f"{46 * ill:.0f}", "U/L"),
            "ast": (f"{63 * ill:.0f}", "U/L"),
            "alp": (f"{138 * ill:.0f}", "U/L"),
            "tbil": (f"{44 * ill * ill:.1f}", "umol/L"),
            "alb": (f"{max(19.0, 39 - 7.5 * ill):.1f}", "g/L"),
            "pt": (f"{11.5 + 4.2 * ill:.1f}", "s"),
            "inr": (f"{0.75 + 0.62 * ill:.2f}", "{INR}"),
            "creatinine": (f"{68 + 22 * ill * self.random.uniform(0.8, 1.25):.0f}", "umol/L"),
            "sodium": (f"{142 - 4.6 * ill:.0f}", "mmol/L"),
        }
        return tuple(
            observation.Reading(item=item, value=value, unit=unit) for item, (value, unit) in values.items()
        )

    def _grades(self, progress: float) -> Readings:
        ill = self.severity * (1 + 2 * self.drift * progress)
        ascites = "none" if ill < 0.95 else "mild" if ill < 1.25 else "moderate"
        encephalopathy = "grade-0" if ill < 1.3 else "grade-1" if ill < 1.5 else "grade-2"
        return (
            observation.Reading(item="ascites", value=ascites),
            observation.Reading(item="encephalopathy", value=encephalopathy),
        )


def _slipped(readings: Readings) -> Readings:
    """The readings with the albumin's first two digits transposed, as a tired hand types them."""
    return tuple(
        each.model_copy(update={"value": each.value[1] + each.value[0] + each.value[2:]})
        if each.item == "alb"
        else each
        for each in readings
    )


def lot_of(number: int) -> str:
    return f"UC25{number:02}"


def code_of(number: int) -> str:
    return f"{SITE}-{number:03}"


def ticks(start: datetime, minutes: int = 5) -> Iterator[datetime]:
    while True:
        yield start
        start += timedelta(minutes=minutes)


_FATES = {
    1: "late",
    3: "dies",
    5: "misses week 12",
    7: "withdraws",
    9: "dies late",
    11: "transplanted",
    14: "lost",
}
_ENDS = {
    "dies": "week-12",
    "dies late": "week-24",
    "withdraws": "week-12",
    "transplanted": "week-24",
    "lost": "week-24",
}
_UNTOLD_START = 6
