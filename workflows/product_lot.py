"""The product lot's commands and what each decides."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from domain.clinical_time import ClinicalTime
from domain.errors import Refused
from domain.identifiers import Key, LotId
from domain.product_lot import (
    Bag,
    BagReturned,
    LotCorrected,
    LotQuarantined,
    LotRegistered,
    LotRejected,
    LotReleased,
    LotReleaseTimeCorrected,
    LotTested,
    ProductLot,
    bags_in_use,
    says_nothing_new,
)
from domain.record import NewFact
from workflows.command import Command, Phrase, Step, Untimed
from workflows.product_lot_machine import MACHINE, LotCursor
from workflows.reasons import justified
from workflows.situation import Situation, decides, refuse_future


def _each_once(bags: tuple[Bag, ...]) -> tuple[Bag, ...]:
    if len(set(bags)) < len(bags):
        raise ValueError("a bag is named twice")
    return bags


class OnLot(Command):
    """A command about one lot."""

    lot: LotId


class RegisterLot(Step, OnLot):
    """Bring a lot into the trial."""

    KIND = "lot.register"
    bags: Annotated[tuple[Bag, ...], Field(min_length=1, max_length=1000), AfterValidator(_each_once)]
    expires: ClinicalTime


class CorrectLot(Untimed, OnLot):
    """Put right what was registered of a lot, or when it was released. What is left out stands."""

    KIND = "lot.correct"
    expires: ClinicalTime | None = None
    bags: Annotated[tuple[Bag, ...], Field(max_length=1000), AfterValidator(_each_once)] = ()
    released: ClinicalTime | None = None


class RecordLotTest(Step, OnLot):
    """Enter the result of a release test."""

    KIND = "lot.record_test"
    test: Key
    result: Phrase
    limit: str = ""
    passed: bool


class ReleaseLot(Step, OnLot):
    """Quality assurance releases the lot."""

    KIND = "lot.release"
    basis: Annotated[str, StringConstraints(pattern=r"^(final|interim)$")] = "final"


class QuarantineLot(Step, OnLot):
    """Hold the lot back."""

    KIND = "lot.quarantine"
    reason: Phrase


class RejectLot(Step, OnLot):
    """Reject the lot for good."""

    KIND = "lot.reject"
    reason: Phrase


class ReturnBag(Step, OnLot):
    """Say that a bag which is held lies in the store and can be used."""

    KIND = "lot.return_bag"
    bag: Bag


def _move(trigger: str, command: Step, lot: str, situation: Situation) -> ClinicalTime:
    at = situation.when_of_trial(command)
    known = situation.lot_if_any(lot) if trigger == "register" else situation.lot(lot)
    MACHINE.move(trigger, LotCursor(known, at), f"lot {lot}")
    return at


@decides(RegisterLot)
def register(command: RegisterLot, situation: Situation) -> list[NewFact]:
    at = _move("register", command, command.lot, situation)
    fact = LotRegistered(lot=command.lot, bags=command.bags, expires=command.expires)
    return situation.lot_facts(command.lot, at, fact)


@decides(CorrectLot)
def correct(command: CorrectLot, situation: Situation) -> list[NewFact]:
    known = situation.lot(command.lot)
    where = f"lot {known.lot}"
    justified(situation.by, situation.trial.protocol, where)
    release = _released_then(known, command.released, situation) if command.released else []
    if release and not (command.expires or command.bags):
        return release
    fact = LotCorrected(
        lot=known.lot,
        expires=command.expires,
        expires_was=known.expires if command.expires else None,
        bags=command.bags,
        bags_were=tuple(known.bags) if command.bags else (),
    )
    if says_nothing_new(known, fact):
        told = f"it expires {known.expires} and has the bags {', '.join(known.bags)}"
        raise Refused(
            "lot.same",
            f"the correction says nothing new: {told}",
            where=where,
            remedy="Give what is wrong, and nothing else.",
        )
    if in_use := bags_in_use(known, fact):
        raise Refused(
            "lot.bag_in_use",
            f"{', '.join(in_use)} is meant for a participant, or was given",
            where=where,
            remedy="Name every bag of the lot, those that are assigned too.",
        )
    return [*situation.lot_facts(known.lot, known.registered.at, fact), *release]


def _released_then(lot: ProductLot, at: ClinicalTime, situation: Situation) -> list[NewFact]:
    """The newest release at another time; it was a release also where the lot was held back again since."""
    where, standing = f"lot {lot.lot}", lot.last_release
    refuse_future(at, situation.now)
    MACHINE.move("correct_release", LotCursor(lot, at), where)
    if standing is None:
        raise Refused("lot.not_released", "no release is recorded whose time could be put right", where=where)
    again = lot.held_again
    if again is not None and again.at.latest <= at.earliest:
        told = f"the lot was held back again {again.at}, after this release"
        raise Refused("lot.held_by_then", told, where=where)
    if at == standing.at:
        raise Refused("lot.same", f"it is recorded as released {at} already", where=where)
    return situation.lot_facts(lot.lot, at, LotReleaseTimeCorrected(lot=lot.lot, at=at, was=standing.at))


@decides(RecordLotTest)
def record_test(command: RecordLotTest, situation: Situation) -> list[NewFact]:
    at = _move("test", command, command.lot, situation)
    fact = LotTested(
        lot=command.lot, test=command.test, result=command.result, limit=command.limit, passed=command.passed
    )
    return situation.lot_facts(command.lot, at, fact)


@decides(ReleaseLot)
def release(command: ReleaseLot, situation: Situation) -> list[NewFact]:
    at = _move("release", command, command.lot, situation)
    return situation.lot_facts(command.lot, at, LotReleased(lot=command.lot, basis=command.basis))


@decides(QuarantineLot)
def quarantine(command: QuarantineLot, situation: Situation) -> list[NewFact]:
    at = _move("quarantine", command, command.lot, situation)
    return situation.lot_facts(command.lot, at, LotQuarantined(lot=command.lot, reason=command.reason))


@decides(RejectLot)
def reject(command: RejectLot, situation: Situation) -> list[NewFact]:
    at = _move("reject", command, command.lot, situation)
    return situation.lot_facts(command.lot, at, LotRejected(lot=command.lot, reason=command.reason))


@decides(ReturnBag)
def return_bag(command: ReturnBag, situation: Situation) -> list[NewFact]:
    known = situation.lot(command.lot)
    if command.bag not in known.held:
        raise Refused("lot.bag_not_held", f"bag {command.bag} is not held", where=f"lot {known.lot}")
    at = situation.when(command, situation.home_zone)
    return situation.lot_facts(known.lot, at, BagReturned(lot=known.lot, bag=command.bag))
