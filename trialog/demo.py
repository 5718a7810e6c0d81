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

from adapters.app import App
from adapters.clock import SeededNames, SetClock
from adapters.files.protocol_file import read_protocol
from adapters.keys.key_file import key_file_of
from domain.clinical_time import ClinicalTime
from domain.errors import Invalid, TrialogError
from domain.protocol import Protocol
from domain.protocol_document import ProtocolDocument
from domain.record import Role
from protocols import path_of
from trialog.bootstrap import open_app
from trialog.demo_course import (
    INVESTIGATOR,
    LABORATORY,
    LOTS,
    PI,
    SITE,
    STATISTICIAN,
    ZONE,
    Act,
    Course,
    ParticipantCourse,
    code_of,
    lot_of,
    screened,
    ticks,
)
from workflows import participant, product_lot, trial

PROTOCOL = "nct06984497"
START = datetime(2025, 9, 30, 1, 0, tzinfo=UTC)
ENROLMENT_DAYS = 165
SCREEN_FAILURES_PER_TEN = 2


class Demonstration:
    """One run of the trial on a store of its own."""

    def __init__(self, location: str, participants: int, seed: int) -> None:
        self._random = Random(f"trialog demo {seed}")  # noqa: S311 - a demonstration repeats
        document = read_protocol(path_of(PROTOCOL))
        target = document.protocol.enrolment.target
        if not 1 <= participants <= target:
            told = f"the registered trial randomizes 1 to {target}, not {participants}"
            raise Invalid("demo.participants", told)
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
        """Run the trial from activation to the last visit; `progress` hears how much of it has passed."""
        courses = [self._trial(), *self._screening()]
        end = START + timedelta(days=ENROLMENT_DAYS + 240)
        waiting: list[tuple[datetime, int, Act, Course]] = []
        for order, course in enumerate(courses):
            _next(waiting, order, course)
        orders = len(courses)
        while waiting:
            at, order, act, course = heapq.heappop(waiting)
            self._give(act)
            progress(min(1.0, (at - START) / (end - START)))
            _next(waiting, order, course)
            if act.begins is not None:
                orders += 1
                _next(waiting, orders, act.begins)
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
        minutes = ticks(at)
        yield Act(next(minutes), trial.AdoptProtocol(document=self.document.text), PI)
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
        lot = lot_of(number)
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
                yield self._screen_failure(
                    code_of(number), self._hour(arrival - timedelta(days=1)), self._own()
                )
            number += 1
            yield ParticipantCourse(
                self.protocol, place, code_of(number), self._hour(arrival), self._own(), self._route_of
            ).course()

    def _route_of(self, code: str) -> str:
        """The allocated route, as the unmasked operator reads it."""
        view = self.app.view(self.trial_id)
        allocated = view.participants()[code].randomized
        if allocated is None:
            raise Invalid("demo.course", f"{code} is not randomized")
        arm = self.app.unseal(view.trial, Role.INFUSION_OPERATOR)(allocated.allocation) or ""
        return self.protocol.arm_plans[arm.strip()].route or ""

    def _own(self) -> Random:
        """A source of its own for each participant, so that one course does not move the others."""
        return Random(self._random.getrandbits(64))  # noqa: S311 - a demonstration repeats

    def _hour(self, day: datetime) -> datetime:
        midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(hours=1, minutes=self._random.randrange(0, 300))

    def _screen_failure(self, code: str, at: datetime, random: Random) -> Course:
        yield from screened(code, at, random)
        excluded = next(each.id for each in self.protocol.eligibility.criteria if not each.admits)
        criteria = self.protocol.eligibility.criteria
        answers: dict[str, bool | None] = {each.id: each.admits for each in criteria}
        answers[excluded] = True
        found = at + timedelta(days=2)
        yield Act(found, participant.AnswerCriteria(participant=code, answers=answers), INVESTIGATOR)
        failed = participant.RecordScreenFailure(participant=code, at=ClinicalTime.at(found, ZONE))
        yield Act(found + timedelta(minutes=5), failed, INVESTIGATOR)


def _next(waiting: list[tuple[datetime, int, Act, Course]], order: int, course: Course) -> None:
    act = next(course, None)
    if act is not None:
        heapq.heappush(waiting, (act.at, order, act, course))


def _refuse_used(location: str) -> None:
    """A demonstration has a store of its own, and seeded keys: it never joins a real one."""
    if "://" in location:
        return
    if Path(location).is_dir():
        remedy = "Name a new file in it."
        raise Invalid("store.foreign", "this is a folder, no store", where=location, remedy=remedy)
    files = [Path(location), *(Path(f"{location}{each}") for each in ("-wal", "-shm")), key_file_of(location)]
    there = [str(each) for each in files if each.exists()]
    if there:
        told = f"a demonstration makes a new store, and there is {', '.join(there)} already"
        remedy = "Name a new file. A demonstration that was stopped does not go on."
        raise Invalid("demo.store_exists", told, where=location, remedy=remedy)
