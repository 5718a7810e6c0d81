"""The demonstration: the registered trial on synthetic participants, through the same commands everyone uses.

Everything follows from the seed: the people, their values, the keys, the ids and the instants. No value is
anybody's. Time is simulated, from the trial's start to the last visit of the last participant.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from adapters.app import App
from adapters.clock import SeededNames, SetClock
from adapters.files.protocol_file import read_protocol
from adapters.keys.vault import key_file_of
from domain.clinical_time import ClinicalTime
from domain.errors import Invalid, TrialogError
from domain.protocol import Protocol
from domain.protocol_document import ProtocolDocument
from domain.record import Attribution, Role
from protocols import path_of
from trialog.bootstrap import open_app
from workflows import infusion, observation, outcome, participant, product_lot, trial, visit
from workflows.command import Command

PROTOCOL = "nct06984497"
START = datetime(2025, 9, 30, 1, 0, tzinfo=UTC)
ENROLMENT_DAYS = 165
SCREEN_FAILURES_PER_TEN = 2
ZONE = "Asia/Shanghai"
SITE = "SY01"
CONSENT = "1.0"
LOTS = 4


def _person(actor: str, role: Role, name: str) -> Attribution:
    return Attribution(actor, role, name, SITE)


PI = _person("zhao.pi", Role.PRINCIPAL_INVESTIGATOR, "Zhao (principal investigator)")
INVESTIGATOR = _person("chen.inv", Role.INVESTIGATOR, "Chen (investigator)")
COORDINATOR = _person("li.crc", Role.COORDINATOR, "Li (coordinator)")
OPERATOR = _person("sun.op", Role.INFUSION_OPERATOR, "Sun (infusion operator)")
LABORATORY = _person("zhou.lab", Role.CELL_LABORATORY, "Zhou (cell laboratory)")
ASSESSOR = _person("wu.oa", Role.OUTCOME_ASSESSOR, "Wu (outcome assessor)")
STATISTICIAN = _person("xu.stat", Role.STATISTICIAN, "Xu (unmasked statistician)")


class Act(NamedTuple):
    """A command at the instant it is given."""

    at: datetime
    command: Command
    by: Attribution
    may_be_refused: bool = False


Course = Iterator[Act]


class Demonstration:
    """One run of the trial on a store of its own."""

    def __init__(self, location: str, participants: int, seed: int) -> None:
        self._random = Random(f"trialog demo {seed}")  # noqa: S311 - a demonstration repeats
        document = read_protocol(path_of(PROTOCOL))
        target = document.protocol.enrolment.target
        if not 1 <= participants <= target:
            raise Invalid("demo.participants", f"the registered trial randomizes 1 to {target}, not {participants}")
        _refuse_used(location)
        self.document: ProtocolDocument = document
        self.protocol: Protocol = document.protocol
        self.trial_id = document.protocol.trial
        self.clock = SetClock(START - timedelta(days=15))
        self.app: App = open_app(
            location, create=True, clock=self.clock, names=SeededNames(seed), entropy=self._random.randbytes
        )
        self._participants = participants
        self.refused = 0

    def run(self, progress: Callable[[float], None] = lambda _: None) -> None:
        """Run the trial from activation to the last visit; `progress` hears the part of the time that has passed."""
        courses = [self._trial(), *self._screening()]
        end = START + timedelta(days=ENROLMENT_DAYS + 240)
        waiting: list[tuple[datetime, int, Act, Course]] = []
        for order, course in enumerate(courses):
            _next(waiting, order, course)
        while waiting:
            at, order, act, course = heapq.heappop(waiting)
            self._give(act)
            progress(min(1.0, (at - START) / (end - START)))
            _next(waiting, order, course)
        progress(1.0)

    def _give(self, act: Act) -> None:
        self.clock.moment = max(self.clock.moment, act.at)
        try:
            self.app.engine.execute(self.trial_id, act.command, act.by)
        except TrialogError:
            if not act.may_be_refused:
                raise
            self.refused += 1

    # ------------------------------------------------------------ the trial

    def _trial(self) -> Course:
        at = START - timedelta(days=14)
        version = self.document.protocol.version
        minutes = _ticks(at)
        yield Act(next(minutes), trial.AdoptProtocol(trial=self.trial_id, document=self.document.text), PI)
        approved = ClinicalTime.at(at - timedelta(days=30), ZONE)
        ethics = trial.RecordEthicsApproval(version=version, reference="Y(2025)-118", at=approved)
        yield Act(next(minutes), ethics, PI)
        confirm = trial.ConfirmAssumptions(version=version, digest=self.document.digest)
        yield Act(next(minutes), confirm, PI)
        secret = self._random.randbytes(32).hex()
        yield Act(next(minutes), trial.SealList(secret=secret), STATISTICIAN)
        yield Act(next(minutes), trial.ActivateSite(site=SITE), PI)
        yield Act(next(minutes), trial.ActivateTrial(), PI)
        yield Act(next(minutes), trial.OpenEnrolment(), PI)
        for number in range(1, LOTS + 1):
            yield from self._lot(number, next(minutes))
        yield Act(START + timedelta(days=ENROLMENT_DAYS + 45), trial.CloseEnrolment(), PI)

    def _lot(self, number: int, at: datetime) -> Course:
        lot = _lot(number)
        bags = tuple(f"{lot}-{bag:02}" for bag in range(1, self.protocol.enrolment.target // LOTS + 1))
        expires = ClinicalTime.on((START + timedelta(days=500)).date(), ZONE)
        yield Act(at, product_lot.RegisterLot(lot=lot, bags=bags, expires=expires), LABORATORY)
        tests = (("sterility", "no growth", "no growth"), ("viability", "93 %", ">= 80 %"))
        for test, result, limit in tests:
            command = product_lot.RecordLotTest(lot=lot, test=test, result=result, limit=limit, passed=True)
            yield Act(at + timedelta(days=1), command, LABORATORY)
        yield Act(at + timedelta(days=2), product_lot.ReleaseLot(lot=lot), LABORATORY)

    # ------------------------------------------------------------ participants

    def _screening(self) -> Iterator[Course]:
        """The randomized participants' courses, with screen failures among them, in order of arrival."""
        number = 0
        for place in range(self._participants):
            arrival = START + timedelta(days=3 + ENROLMENT_DAYS * place / max(1, self._participants))
            if self._random.randrange(10) < SCREEN_FAILURES_PER_TEN:
                number += 1
                yield self._screen_failure(_code(number), self._hour(arrival - timedelta(days=1)), self._own())
            number += 1
            yield _Participant(self, _code(number), place, self._hour(arrival), self._own()).course()

    def _own(self) -> Random:
        """A source of its own for each participant, so that one course does not move the others."""
        return Random(self._random.getrandbits(64))  # noqa: S311 - a demonstration repeats

    def _hour(self, day: datetime) -> datetime:
        midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(hours=1, minutes=self._random.randrange(0, 300))

    def _screen_failure(self, code: str, at: datetime, random: Random) -> Course:
        yield from self.screened(code, at, random)
        excluded = next(each.id for each in self.protocol.eligibility.criteria if not each.admits)
        answers: dict[str, bool | None] = {each.id: each.admits for each in self.protocol.eligibility.criteria}
        answers[excluded] = True
        yield Act(
            at + timedelta(days=2), participant.AnswerCriteria(participant=code, answers=answers), INVESTIGATOR
        )
        failed = participant.RecordScreenFailure(participant=code, at=ClinicalTime.at(at + timedelta(days=2), ZONE))
        yield Act(at + timedelta(days=2, minutes=5), failed, INVESTIGATOR)

    def screened(self, code: str, at: datetime, random: Random) -> Course:
        """Screening log and consent."""
        sex = random.choice(("female", "male"))
        age = random.randint(31, 76)
        command = participant.PreScreen(participant=code, site=SITE, sex=sex, age=age)
        yield Act(at, command, COORDINATOR)
        consent = participant.RecordConsent(
            participant=code, version=CONSENT, language="zh-CN", at=ClinicalTime.at(at + timedelta(minutes=40), ZONE)
        )
        yield Act(at + timedelta(minutes=50), consent, COORDINATOR)


class _Participant:
    """One synthetic participant: how ill, how the illness goes, and what happens on the way."""

    def __init__(self, demo: Demonstration, code: str, place: int, arrival: datetime, random: Random) -> None:
        self.demo, self.code, self.place, self.arrival, self.random = demo, code, place, arrival, random
        self.severity = random.uniform(0.8, 1.6)
        self.drift = random.uniform(-0.12, 0.03)
        self.fate = _FATES.get(place % 16, "")

    def course(self) -> Course:
        """Everything that happens to this participant, in order of when it is entered."""
        code, at, random = self.code, self.arrival, self.random
        yield from self.demo.screened(code, at, random)
        yield from self._seen("baseline", at + timedelta(hours=3), 0.0)
        signed = at + timedelta(days=2)
        answers: dict[str, bool | None] = {each.id: each.admits for each in self.demo.protocol.eligibility.criteria}
        yield Act(signed, participant.AnswerCriteria(participant=code, answers=answers), INVESTIGATOR)
        sign = participant.SignEligibility(participant=code)
        yield Act(signed + timedelta(minutes=10), sign, INVESTIGATOR)
        yield Act(signed + timedelta(minutes=30), participant.Randomize(participant=code), INVESTIGATOR)
        infused = signed + timedelta(days=random.randint(2, 5))
        yield from self._infusion(infused)
        yield from self._follow_up(infused)

    def _infusion(self, at: datetime) -> Course:
        code, minutes = self.code, _ticks(at, 12)
        bag_number = self.place // LOTS + 1
        lot = _lot(self.place % LOTS + 1)
        bag = f"{lot}-{bag_number:02}"
        weight = self.random.randint(48, 86)
        order = infusion.OrderInfusion(participant=code, weight_kg=weight)
        yield Act(next(minutes) - timedelta(days=1), order, INVESTIGATOR)
        yield Act(next(minutes), infusion.AssignLot(participant=code, lot=lot, bag=bag), LABORATORY)
        yield Act(next(minutes), infusion.ReleaseInfusion(participant=code), LABORATORY)
        yield Act(next(minutes), infusion.ReceiveProduct(participant=code, bag=bag), OPERATOR)
        thawed = next(minutes)
        use_by = ClinicalTime.at(thawed + timedelta(hours=3), ZONE)
        viability = self.random.randint(84, 96)
        thaw = infusion.ThawProduct(participant=code, use_by=use_by, viability_percent=viability)
        yield Act(thawed, thaw, LABORATORY)
        if self.place % 16 == _UNTOLD_START:
            yield from self._reported_late(thawed, lot, bag, use_by)
            return
        check = infusion.CheckIdentity(participant=code, bag=bag, checkers=("sun.op", "chen.inv"))
        yield Act(next(minutes), check, OPERATOR)
        yield Act(next(minutes), infusion.Premedicate(participant=code, medication="promethazine 25 mg"), OPERATOR)
        placed = next(minutes)
        wrong = next(route for route in self._routes() if route != self._route())
        if self.place == 2:
            slip = infusion.PlaceAccess(participant=code, route=wrong)
            yield Act(placed, slip, OPERATOR, may_be_refused=True)
        access = infusion.PlaceAccess(participant=code, route=self._route(), confirmation="checked against allocation")
        yield Act(placed + timedelta(minutes=5), access, OPERATOR)
        yield Act(next(minutes) + timedelta(minutes=6), infusion.StartInfusion(participant=code), OPERATOR)
        cells = weight
        done = infusion.CompleteInfusion(participant=code, volume_ml=50, cells_million=cells)
        yield Act(next(minutes) + timedelta(minutes=30), done, OPERATOR)
        reactions = self.random.choice(("", "", "", "transient fever 38.1 C"))
        watch = infusion.ObserveInfusion(participant=code, hours=24, reactions=reactions)
        yield Act(next(minutes) + timedelta(hours=24), watch, INVESTIGATOR)
        yield Act(next(minutes) + timedelta(hours=25), infusion.CloseInfusion(participant=code), INVESTIGATOR)

    def _reported_late(self, thawed: datetime, lot: str, bag: str, use_by: ClinicalTime) -> Course:
        """An infusion given on the ward after its use-by time, reported the day after."""
        started = ClinicalTime.at(thawed + timedelta(hours=3, minutes=20), ZONE)
        command = infusion.RecordInfusion(
            participant=self.code, at=started, route=self._route(), lot=lot, bag=bag, use_by=use_by, volume_ml=50
        )
        yield Act(thawed + timedelta(days=1), command, INVESTIGATOR)

    def _routes(self) -> tuple[str, ...]:
        product = self.demo.protocol.product
        return product.routes if product is not None else ()

    def _route(self) -> str:
        """The allocated route, as the unmasked operator reads it."""
        app, trial_id = self.demo.app, self.demo.trial_id
        view = app.view(trial_id)
        allocated = view.participants()[self.code].randomized
        if allocated is None:
            raise Invalid("demo.course", f"{self.code} is not randomized")
        arm = app.unseal(view.trial, Role.INFUSION_OPERATOR)(allocated.allocation) or ""
        return self.demo.protocol.arm_plans[arm.strip()].route or ""

    def _follow_up(self, infused: datetime) -> Course:
        for plan in self.demo.protocol.schedule.visits:
            if plan.anchor is not None:
                continue
            due = infused + timedelta(days=plan.day)
            if plan.id == _ENDS.get(self.fate):
                yield from self._ended(due - timedelta(days=6))
                if self.fate == "transplanted":
                    seen = visit.RecordVisit(participant=self.code, visit=plan.id, at=ClinicalTime.at(due, ZONE))
                    yield Act(due + timedelta(hours=1), seen, COORDINATOR)
                return
            if self.fate == "misses week 12" and plan.day == 84:
                missed = visit.RecordMissedVisit(
                    participant=self.code, visit=plan.id, reason="travel", at=ClinicalTime.at(due, ZONE)
                )
                yield Act(due + timedelta(days=20), missed, COORDINATOR)
                continue
            late = plan.after + 4 if self.fate == "late" and plan.day == 84 else self.random.randint(-3, 3)
            came = due + timedelta(days=late)
            if self.random.random() < 0.18:
                yield from self._decompensated(came - timedelta(days=5))
            yield from self._seen(plan.id, came, plan.day / 168)
        finished = infused + timedelta(days=200)
        yield Act(finished, participant.CompleteParticipant(participant=self.code), INVESTIGATOR)

    def _ended(self, at: datetime) -> Course:
        when = ClinicalTime.at(at, ZONE)
        match self.fate:
            case "dies" | "dies late":
                command: Command = participant.RecordDeath(participant=self.code, cause="liver failure", at=when)
            case "transplanted":
                command = participant.RecordTransplant(participant=self.code, at=when)
            case "lost":
                command = participant.RecordLossToFollowUp(participant=self.code, attempts=3, at=when)
            case _:
                command = participant.RecordWithdrawal(participant=self.code, scope="all", at=when)
        yield Act(at + timedelta(days=self.random.randint(1, 3)), command, INVESTIGATOR)

    def _decompensated(self, at: datetime) -> Course:
        kind = self.random.choice(self.demo.protocol.decompensation)
        subtype = "oesophageal varices" if kind == "gi_bleeding" else ""
        opened = outcome.RecordDecompensation(
            participant=self.code, type=kind, subtype=subtype, at=ClinicalTime.at(at, ZONE)
        )
        yield Act(at + timedelta(days=1), opened, INVESTIGATOR)
        event = outcome.RecordAdverseEvent(
            participant=self.code, term=f"decompensation: {kind}", severity="severe", serious=True,
            at=ClinicalTime.at(at, ZONE),
        )  # fmt: skip
        yield Act(at + timedelta(days=1, minutes=10), event, INVESTIGATOR)

    def _seen(self, name: str, at: datetime, progress: float) -> Course:
        """A visit: attendance the same day, laboratory values when they come, grades by the masked assessor."""
        when = ClinicalTime.at(at, ZONE)
        yield Act(at + timedelta(minutes=20), visit.RecordVisit(participant=self.code, visit=name, at=when), COORDINATOR)
        grades = observation.RecordResults(participant=self.code, visit=name, at=when, readings=self._grades(progress))
        yield Act(at + timedelta(minutes=30), grades, ASSESSOR)
        readings = self._laboratory(progress)
        slipped = self.random.randrange(8) == 0
        entered = self._slipped(readings) if slipped else readings
        reported = at + timedelta(hours=self.random.randint(2, 60))
        results = observation.RecordResults(participant=self.code, visit=name, at=when, readings=entered)
        yield Act(reported, results, COORDINATOR)
        if slipped:
            right = next(each for each in readings if each.item == "alb")
            by = Attribution(
                COORDINATOR.actor,
                COORDINATOR.role,
                COORDINATOR.name,
                SITE,
                reason_code="transcription",
                reason_text="digits transposed against the laboratory report",
            )
            correction = observation.CorrectResult(
                participant=self.code, visit=name, result="alb", value=right.value, unit=right.unit
            )
            yield Act(reported + timedelta(days=4), correction, by)

    def _laboratory(self, progress: float) -> tuple[observation.Reading, ...]:
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
        return tuple(observation.Reading(item=item, value=value, unit=unit) for item, (value, unit) in values.items())

    def _grades(self, progress: float) -> tuple[observation.Reading, ...]:
        ill = self.severity * (1 + 2 * self.drift * progress)
        ascites = "none" if ill < 0.95 else "mild" if ill < 1.25 else "moderate"
        encephalopathy = "grade-0" if ill < 1.3 else "grade-1" if ill < 1.5 else "grade-2"
        return (
            observation.Reading(item="ascites", value=ascites),
            observation.Reading(item="encephalopathy", value=encephalopathy),
        )

    @staticmethod
    def _slipped(readings: tuple[observation.Reading, ...]) -> tuple[observation.Reading, ...]:
        """The readings with the albumin's first two digits transposed, as a tired hand types them."""
        return tuple(
            each.model_copy(update={"value": each.value[1] + each.value[0] + each.value[2:]})
            if each.item == "alb" and each.value[0] != each.value[1]
            else each
            for each in readings
        )


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


def _lot(number: int) -> str:
    return f"UC25{number:02}"


def _code(number: int) -> str:
    return f"{SITE}-{number:03}"


def _ticks(start: datetime, minutes: int = 5) -> Iterator[datetime]:
    while True:
        yield start
        start += timedelta(minutes=minutes)


def _next(waiting: list[tuple[datetime, int, Act, Course]], order: int, course: Course) -> None:
    act = next(course, None)
    if act is not None:
        heapq.heappush(waiting, (act.at, order, act, course))


def _refuse_used(location: str) -> None:
    """A demonstration has a store of its own, and seeded keys: it never joins a real one."""
    if "://" not in location and (Path(location).exists() or key_file_of(location).exists()):
        raise Invalid("demo.store_exists", "the demonstration makes a new store", where=location, remedy="Name a new file.")
