"""The infusion's commands and what each decides."""

import json
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from domain.clinical_time import ClinicalTime
from domain.errors import NotFound, Refused
from domain.identifiers import Key, LotId
from domain.infusion import (
    AccessPlaced,
    IdentityChecked,
    Infusion,
    InfusionClosed,
    InfusionCompleted,
    InfusionFact,
    InfusionNotGiven,
    InfusionObserved,
    InfusionOrdered,
    InfusionOutcome,
    InfusionPaused,
    InfusionReleased,
    InfusionReported,
    InfusionResumed,
    InfusionStarted,
    InfusionStoppedEarly,
    LotAssigned,
    Number,
    Premedicated,
    ProductReceived,
    ProductThawed,
)
from domain.product_lot import Bag, BagAssigned, BagHeld, ProductLot
from domain.record import NewFact
from domain.sealed import ALLOCATION, Sealed, padded
from workflows.command import OnParticipant, Phrase, Report, Step
from workflows.infusion_machine import MACHINE, InfusionCursor
from workflows.infusion_times import next_pause, refuse_disorder
from workflows.participant_machine import MACHINE as COURSE
from workflows.participant_machine import ParticipantCursor
from workflows.situation import Case, Situation, decides

MOST_ML = 10_000
MOST_MILLIONS = 10**9
"""More than a body holds, of volume or of cells: a slip of the pen, which no correction would take out of
what was recorded.
"""


class OnInfusion(OnParticipant):
    """A command about the n-th infusion of a participant."""

    infusion: Number = 1


class InfusionStep(Step, OnInfusion):
    """A step of one infusion, taken at the bedside."""


class OrderInfusion(InfusionStep):
    """Prescribe an infusion at the protocol's dose."""

    KIND = "infusion.order"
    weight_kg: Annotated[Decimal, Field(gt=0, le=400)] | None = None


class AssignLot(InfusionStep):
    """Assign a bag of a lot."""

    KIND = "infusion.assign_lot"
    lot: LotId
    bag: Bag


class ReleaseInfusion(InfusionStep):
    """Release the assigned bag for this participant."""

    KIND = "infusion.release"


class ReceiveProduct(InfusionStep):
    """Take in the bag where it is given."""

    KIND = "infusion.receive"
    bag: Bag
    intact: bool = True


class ThawProduct(InfusionStep):
    """Thaw the product; from then it has a use-by time."""

    KIND = "infusion.thaw"
    use_by: ClinicalTime
    viability_percent: Annotated[Decimal, Field(ge=0, le=100)] | None = None


class CheckIdentity(InfusionStep):
    """Two people check participant and bag at the bedside."""

    KIND = "infusion.check_identity"
    bag: Bag
    checkers: Annotated[tuple[Phrase, ...], Field(min_length=1)]


class Premedicate(InfusionStep):
    """Give premedication, or say that none is needed."""

    KIND = "infusion.premedicate"
    medication: str = ""


class PlaceAccess(InfusionStep):
    """Place access by the allocated route. Route and confirmation are sealed in the fact."""

    KIND = "infusion.place_access"
    SEALED = frozenset({"route", "confirmation"})
    route: Key
    confirmation: Annotated[str, StringConstraints(max_length=80)] = ""


class StartInfusion(InfusionStep):
    """Start the infusion."""

    KIND = "infusion.start"


class PauseInfusion(InfusionStep):
    """Interrupt the infusion."""

    KIND = "infusion.pause"
    reason: str = ""


class ResumeInfusion(InfusionStep):
    """Go on with the infusion."""

    KIND = "infusion.resume"


class CompleteInfusion(InfusionStep):
    """The whole product is given."""

    KIND = "infusion.complete"
    volume_ml: Annotated[Decimal, Field(gt=0, le=MOST_ML)] | None = None
    cells_million: Annotated[Decimal, Field(gt=0, le=MOST_MILLIONS)] | None = None


class StopInfusion(InfusionStep):
    """End the infusion before the whole product is given."""

    KIND = "infusion.stop_early"
    reason: Phrase
    volume_ml: Annotated[Decimal, Field(ge=0, le=MOST_ML)] | None = None
    cells_million: Annotated[Decimal, Field(ge=0, le=MOST_MILLIONS)] | None = None


class SkipInfusion(InfusionStep):
    """The infusion will not take place."""

    KIND = "infusion.skip"
    reason: Phrase


class ObserveInfusion(InfusionStep):
    """The watch after the infusion is over."""

    KIND = "infusion.observe"
    hours: Annotated[int, Field(ge=0, le=240)] = 24
    reactions: str = ""


class CloseInfusion(InfusionStep):
    """Close the record of the infusion."""

    KIND = "infusion.close"


class RecordInfusion(Report, OnInfusion):
    """An infusion took place, in whatever order and by whatever route. `at` is its start."""

    KIND = "infusion.record"
    SEALED = frozenset({"route"})
    route: Key
    lot: LotId | None = None
    bag: Bag | None = None
    outcome: InfusionOutcome = "completed"
    ended: ClinicalTime | None = None
    use_by: ClinicalTime | None = None
    volume_ml: Annotated[Decimal, Field(gt=0, le=MOST_ML)] | None = None
    cells_million: Annotated[Decimal, Field(ge=0, le=MOST_MILLIONS)] | None = None
    weight_kg: Annotated[Decimal, Field(gt=0, le=400)] | None = None


DETAILS_WIDTH = 384
"""Route and confirmation are padded to this many bytes before sealing."""


def sealed_details(situation: Situation, route: str, confirmation: str = "") -> Sealed:
    """How the product was given, sealed so that its length tells nothing."""
    text = json.dumps({"route": route, "confirmation": confirmation}, ensure_ascii=False)
    return situation.vault.seal(ALLOCATION, padded(text, DETAILS_WIDTH))


class _AtBedside:
    """What the steps of one infusion share: the participant, the time, and the infusion's machine."""

    def __init__(self, command: InfusionStep, situation: Situation) -> None:
        self.case = situation.case(command.participant)
        self.number = command.infusion
        self.at = situation.when(command, self.case.zone)
        self.situation = situation

    @property
    def known(self) -> Infusion:
        return self.case.casebook.infusions.get(self.number) or Infusion(self.number)

    @property
    def lot(self) -> ProductLot | None:
        known = self.case.casebook.infusions.get(self.number)
        return self.situation.lot_if_any(known.lot) if known is not None and known.lot else None

    def move(self, trigger: str, **seen: object) -> None:
        """Ask the participant's machine, then the infusion's."""
        step = {"order": "order_infusion", "start": "begin_infusion"}.get(trigger, "continue_infusion")
        if trigger not in _AFTERCARE:
            COURSE.move(step, self._course(), self.case.code)
        cursor = InfusionCursor(self.case, self.number, self.at, **{"lot": self.lot, **seen})  # type: ignore[arg-type]
        MACHINE.move(trigger, cursor, f"{self.case.code} infusion {self.number}")

    def _course(self) -> ParticipantCursor:
        situation = self.situation
        return ParticipantCursor(self.case, situation.trial, situation.states.enrolment, self.at)

    def refuse_disorder(self, step: str, use_by: ClinicalTime | None = None) -> None:
        """Raise Invalid where the step cannot be taken at this time, with those that were taken before."""
        refuse_disorder(self.known, {step: self.at}, f"{self.case.code} infusion {self.number}", use_by)

    def facts(self, *facts: InfusionFact) -> list[NewFact]:
        return self.case.facts(self.at, *facts)


_AFTERCARE = frozenset({"pause", "complete", "stop_early", "skip", "observe", "close"})
"""Moves that end or document what has begun: never refused for what the participant's course says."""


@decides(OrderInfusion)
def order(command: OrderInfusion, situation: Situation) -> list[NewFact]:
    bedside = _AtBedside(command, situation)
    bedside.move("order", weight_kg=command.weight_kg)
    product = bedside.case.protocol.product
    if product is None:  # pragma: no cover - the guard speaks first
        raise AssertionError("no product")
    fact = InfusionOrdered(
        infusion=command.infusion, dose=product.dose, dose_unit=product.dose_unit, weight_kg=command.weight_kg
    )
    return bedside.facts(fact)


@decides(AssignLot)
def assign_lot(command: AssignLot, situation: Situation) -> list[NewFact]:
    bedside = _AtBedside(command, situation)
    bedside.move("assign_lot", lot=situation.lot(command.lot), bag=command.bag)
    facts = bedside.facts(LotAssigned(infusion=command.infusion, lot=command.lot, bag=command.bag))
    taken = BagAssigned(lot=command.lot, bag=command.bag, participant=command.participant)
    return [*facts, *_left_again(bedside, command), *situation.lot_facts(command.lot, bedside.at, taken)]


def _left_again(bedside: _AtBedside, command: AssignLot) -> list[NewFact]:
    """The bag that was assigned before another is: it is nobody's until it is accounted for."""
    known = bedside.known
    lot = bedside.lot
    if lot is None or (known.lot, known.bag) == (command.lot, command.bag):
        return []
    if lot.bags.get(known.bag) != command.participant:
        return []
    held = BagHeld(lot=lot.lot, bag=known.bag, participant=command.participant)
    return bedside.situation.lot_facts(lot.lot, bedside.at, held)


@decides(ReceiveProduct)
def receive(command: ReceiveProduct, situation: Situation) -> list[NewFact]:
    bedside = _AtBedside(command, situation)
    bedside.move("receive", bag=command.bag)
    return bedside.facts(ProductReceived(infusion=command.infusion, bag=command.bag, intact=command.intact))


@decides(ThawProduct)
def thaw(command: ThawProduct, situation: Situation) -> list[NewFact]:
    bedside = _AtBedside(command, situation)
    bedside.move("thaw")
    bedside.refuse_disorder("thawed", command.use_by)
    fact = ProductThawed(
        infusion=command.infusion, use_by=command.use_by, viability_percent=command.viability_percent
    )
    return bedside.facts(fact)


@decides(CheckIdentity)
def check_identity(command: CheckIdentity, situation: Situation) -> list[NewFact]:
    bedside = _AtBedside(command, situation)
    bedside.move("check_identity", bag=command.bag, people=command.checkers)
    return bedside.facts(
        IdentityChecked(infusion=command.infusion, bag=command.bag, checkers=command.checkers)
    )


@decides(PlaceAccess)
def place_access(command: PlaceAccess, situation: Situation) -> list[NewFact]:
    bedside = _AtBedside(command, situation)
    _may_know_routes(bedside.case, situation)
    _known_route(bedside.case, command.route)
    bedside.move(
        "place_access", route=command.route, allocated_route=allocated_route(bedside.case, situation)
    )
    details = sealed_details(situation, command.route, command.confirmation)
    return bedside.facts(AccessPlaced(infusion=command.infusion, details=details))


def allocated_route(case: Case, situation: Situation) -> str | None:
    """The route of the participant's arm; None where the protocol's arms name no route."""
    if case.participant.randomized is None:
        return None
    arm = situation.vault.open(case.participant.randomized.allocation).strip()
    return situation.trial.route_of(case.protocol, arm)


def _may_know_routes(case: Case, situation: Situation) -> None:
    """Raise Denied for a masked role where the arms differ in route, whatever the arm and the route are. A
    route accepted or refused tells the arm; so does a route known, together with any word of a departure.
    """
    if situation.trial.routes_tell_arms(case.protocol):
        situation.unmasked()


def _known_route(case: Case, route: str) -> None:
    product = case.protocol.product
    if product is None or route not in product.routes:
        known = ", ".join(product.routes) if product else "none"
        raise NotFound(
            "infusion.unknown_route",
            f"the protocol has no route {route}",
            where=case.code,
            remedy=f"It has {known}.",
        )


_TIMED = {"start": "started", "complete": "ended", "stop_early": "ended"}
"""The moves at whose time such a step is taken."""


def _plain(kind: type[InfusionStep], trigger: str, fact: type[InfusionFact], *fields: str) -> None:
    """A step whose machine move, time and own fields say everything."""

    @decides(kind)
    def decide(command: InfusionStep, situation: Situation) -> list[NewFact]:
        bedside = _AtBedside(command, situation)
        bedside.move(trigger)
        if trigger in _TIMED:
            bedside.refuse_disorder(_TIMED[trigger])
        elif trigger in ("pause", "resume"):
            bedside.refuse_disorder(next_pause(bedside.known, trigger))
        return bedside.facts(
            fact(infusion=bedside.number, **{name: getattr(command, name) for name in fields})
        )


_plain(ReleaseInfusion, "release", InfusionReleased)
_plain(Premedicate, "premedicate", Premedicated, "medication")
_plain(StartInfusion, "start", InfusionStarted)
_plain(PauseInfusion, "pause", InfusionPaused, "reason")
_plain(ResumeInfusion, "resume", InfusionResumed)
_plain(CompleteInfusion, "complete", InfusionCompleted, "volume_ml", "cells_million")
_plain(StopInfusion, "stop_early", InfusionStoppedEarly, "reason", "volume_ml", "cells_million")
_plain(SkipInfusion, "skip", InfusionNotGiven, "reason")
_plain(ObserveInfusion, "observe", InfusionObserved, "hours", "reactions")
_plain(CloseInfusion, "close", InfusionClosed)


@decides(RecordInfusion)
def record_infusion(command: RecordInfusion, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    _may_know_routes(case, situation)
    _known_route(case, command.route)
    known = case.casebook.infusions.get(command.infusion)
    if known is not None and known.started is not None:
        raise Refused("infusion.recorded_already", "the infusion has started already", where=case.code)
    if command.ended is not None:
        situation.said(command.ended, case.zone)
        refuse_disorder(Infusion(command.infusion), {"started": at, "ended": command.ended}, case.code)
    fact = InfusionReported(
        infusion=command.infusion,
        lot=command.lot,
        bag=command.bag,
        outcome=command.outcome,
        ended=command.ended,
        use_by=command.use_by,
        volume_ml=command.volume_ml,
        cells_million=command.cells_million,
        weight_kg=command.weight_kg,
        details=sealed_details(situation, command.route),
    )
    return [*case.facts(at, fact), *_bag_used(command, at, situation)]


def _bag_used(command: RecordInfusion, at: ClinicalTime, situation: Situation) -> list[NewFact]:
    """A free bag that was given is free no longer, so that it cannot be assigned to another participant."""
    lot = situation.lot_if_any(command.lot) if command.lot is not None else None
    if lot is None or command.bag is None or lot.bags.get(command.bag) != "":
        return []
    taken = BagAssigned(lot=lot.lot, bag=command.bag, participant=command.participant)
    return situation.lot_facts(lot.lot, at, taken)
