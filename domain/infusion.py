"""One infusion of cell product: its facts, its state, and how the one follows from the other.

Both arms make the same facts in the same number. What differs between them (the route and how it was
reached) is sealed, so that neither topics nor sizes tell the arm.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from domain.amount import Amount, besides
from domain.clinical_time import ClinicalTime
from domain.fact import Fact, FreeText
from domain.happened import Happened
from domain.identifiers import LotId
from domain.infusion_fact import InfusionFact as InfusionFact
from domain.infusion_fact import Number as Number
from domain.infusion_put_right import PUT_RIGHT
from domain.infusion_state import (
    Before,
    Checked,
    NotGiven,
    Ordered,
    Pause,
    Premedication,
    Received,
    Watch,
    with_amounts,
)
from domain.infusion_state import Infusion as Infusion
from domain.infusion_state import InfusionStatus as InfusionStatus
from domain.planned_dose import dose_in_words
from domain.product_lot import Bag
from domain.record import Record
from domain.replacing import replace
from domain.sealed import Sealed

InfusionOutcome = Annotated[str, StringConstraints(pattern=r"^(completed|stopped_early)$")]
"""How an infusion ended that took place."""

# ---------------------------------------------------------------- facts


class InfusionOrdered(InfusionFact):
    """The infusion is prescribed."""

    TOPIC = "infusion.ordered.v1"
    EN = "Infusion {infusion} ordered: {planned}, weight {weight_kg:kg}"
    ZH = "开具第 {infusion} 次输注：{planned_zh}，体重 {weight_kg:kg}"
    dose: Decimal
    dose_unit: str
    weight_kg: Decimal | None = None

    @property
    def planned(self) -> str:
        """The dose, for the sentence."""
        return dose_in_words(self.dose, self.dose_unit)[0]

    @property
    def planned_zh(self) -> str:
        """The dose, for the sentence in Chinese."""
        return dose_in_words(self.dose, self.dose_unit)[1]


class LotAssigned(InfusionFact):
    """A bag is assigned to the infusion."""

    TOPIC = "infusion.lot_assigned.v1"
    EN = "Infusion {infusion}: bag {bag} of lot {lot} assigned"
    ZH = "第 {infusion} 次输注：分配批次 {lot} 的 {bag} 袋"
    lot: LotId
    bag: Bag


class InfusionReleased(InfusionFact):
    """The bag is released for this participant."""

    TOPIC = "infusion.released.v1"
    EN = "Infusion {infusion}: product released for the participant"
    ZH = "第 {infusion} 次输注：产品放行"


class ProductReceived(InfusionFact):
    """The bag arrived where it is given."""

    TOPIC = "infusion.received.v1"
    EN = "Infusion {infusion}: product received, bag {bag}, intact: {intact}"
    ZH = "第 {infusion} 次输注：收到产品，{bag} 袋，完好：{intact}"
    bag: Bag
    intact: bool = True


class ProductThawed(InfusionFact):
    """The product is thawed and must be given by its use-by time."""

    TOPIC = "infusion.thawed.v1"
    EN = "Infusion {infusion}: product thawed, viability {viability_percent:%}, use by {use_by}"
    ZH = "第 {infusion} 次输注：复苏完成，活率 {viability_percent:%}，使用期限 {use_by}"
    STEP = "thawed"
    use_by: ClinicalTime
    viability_percent: Annotated[Decimal, Field(ge=0, le=100)] | None = None


class IdentityChecked(InfusionFact):
    """Two people have checked participant, bag and allocation at the bedside."""

    TOPIC = "infusion.identity_checked.v1"
    EN = "Infusion {infusion}: participant and bag {bag} checked by {checkers}"
    ZH = "第 {infusion} 次输注：{checkers} 双人核对参与者与 {bag} 袋"
    bag: Bag
    checkers: Annotated[tuple[str, ...], Field(min_length=2)]


class Premedicated(InfusionFact):
    """Premedication given, or found unnecessary."""

    TOPIC = "infusion.premedicated.v1"
    EN = "Infusion {infusion}: premedication {medication}"
    ZH = "第 {infusion} 次输注：预防用药 {medication}"
    medication: FreeText = ""


class AccessPlaced(InfusionFact):
    """Access is placed; by which route, and how it was confirmed, is sealed."""

    TOPIC = "infusion.access_placed.v1"
    EN = "Infusion {infusion}: access placed, details {details}"
    ZH = "第 {infusion} 次输注：通路建立，详情 {details}"
    details: Sealed


class InfusionStarted(InfusionFact):
    """Product flows. The first start is day 0."""

    TOPIC = "infusion.started.v1"
    EN = "Infusion {infusion} started"
    ZH = "第 {infusion} 次输注开始"
    STEP = "started"


class InfusionPaused(InfusionFact):
    """The flow is interrupted."""

    TOPIC = "infusion.paused.v1"
    EN = "Infusion {infusion} paused: {reason}"
    ZH = "第 {infusion} 次输注暂停：{reason}"
    STEP = "paused"
    reason: FreeText = ""


class InfusionResumed(InfusionFact):
    """The flow goes on."""

    TOPIC = "infusion.resumed.v1"
    EN = "Infusion {infusion} resumed"
    ZH = "第 {infusion} 次输注继续"
    STEP = "resumed"


class InfusionCompleted(InfusionFact):
    """The whole product is given."""

    TOPIC = "infusion.completed.v1"
    EN = "Infusion {infusion} completed: volume {volume_ml:mL}, cells {cells_million:x 10^6}"
    ZH = "第 {infusion} 次输注完成：体积 {volume_ml:mL}，细胞数 {cells_million:x 10^6}"
    STEP = "ended"
    volume_ml: Decimal | None = None
    cells_million: Decimal | None = None


class InfusionStoppedEarly(InfusionFact):
    """The infusion was ended before the whole product was given."""

    TOPIC = "infusion.stopped_early.v1"
    EN = "Infusion {infusion} stopped early, volume {volume_ml:mL}{cells}: {reason}"
    ZH = "第 {infusion} 次输注提前终止（已输 {volume_ml:mL}{cells_zh}）：{reason}"
    STEP = "ended"
    SILENT = ("cells", "cells_zh")
    reason: FreeText
    volume_ml: Decimal | None = None
    cells_million: Decimal | None = None

    @property
    def cells(self) -> str:
        """The cells given, for the sentence."""
        return besides(self.cells_million)[0]

    @property
    def cells_zh(self) -> str:
        """The cells given, for the sentence in Chinese."""
        return besides(self.cells_million)[1]


class InfusionNotGiven(InfusionFact):
    """The infusion does not take place."""

    TOPIC = "infusion.not_given.v1"
    EN = "Infusion {infusion} not given: {reason}"
    ZH = "第 {infusion} 次未输注：{reason}"
    reason: FreeText


class InfusionObserved(InfusionFact):
    """The watch after the infusion is over."""

    TOPIC = "infusion.observed.v1"
    EN = "Infusion {infusion}: observed for {hours:h}, reactions: {reactions}"
    ZH = "第 {infusion} 次输注：观察 {hours:小时}，反应：{reactions}"
    hours: Annotated[int, Field(ge=0)]
    reactions: FreeText = ""


class InfusionClosed(InfusionFact):
    """The record of the infusion is complete."""

    TOPIC = "infusion.closed.v1"
    EN = "Infusion {infusion} closed"
    ZH = "第 {infusion} 次输注结束归档"


class InfusionReported(InfusionFact):
    """An infusion that took place, reported as a whole, whichever steps were taken before it."""

    TOPIC = "infusion.reported.v1"
    EN = "Infusion {infusion} reported as given with bag {bag} of lot {lot}{amount}, details {details}"
    ZH = "报告第 {infusion} 次输注已进行，批次 {lot} 的 {bag} 袋{amount_zh}，详情 {details}"
    STEP = "started"
    SILENT = ("amount", "amount_zh")
    lot: LotId | None = None
    bag: Bag | None = None
    outcome: InfusionOutcome = "completed"
    ended: ClinicalTime | None = None
    use_by: ClinicalTime | None = None
    volume_ml: Decimal | None = None
    details: Sealed
    cells_million: Decimal | None = None
    weight_kg: Decimal | None = None

    @property
    def amount(self) -> str:
        """The cells given and the weight, for the sentence."""
        return besides(self.cells_million, self.weight_kg)[0]

    @property
    def amount_zh(self) -> str:
        """The cells given and the weight, for the sentence in Chinese."""
        return besides(self.cells_million, self.weight_kg)[1]


# ---------------------------------------------------------------- state

_NOT_GIVEN = frozenset({InfusionStatus.NOT_GIVEN, InfusionStatus.CLOSED})
"""Where one stands that was recorded as not given: it is reported as given only while none has started."""

_STATUS: dict[type[Fact], InfusionStatus] = {
    InfusionOrdered: InfusionStatus.ORDERED,
    LotAssigned: InfusionStatus.LOT_ASSIGNED,
    InfusionReleased: InfusionStatus.RELEASED,
    ProductReceived: InfusionStatus.RECEIVED,
    ProductThawed: InfusionStatus.THAWED,
    IdentityChecked: InfusionStatus.IDENTITY_CHECKED,
    Premedicated: InfusionStatus.PREMEDICATED,
    AccessPlaced: InfusionStatus.ACCESS_PLACED,
    InfusionStarted: InfusionStatus.INFUSING,
    InfusionPaused: InfusionStatus.PAUSED,
    InfusionResumed: InfusionStatus.INFUSING,
    InfusionCompleted: InfusionStatus.COMPLETED,
    InfusionStoppedEarly: InfusionStatus.STOPPED_EARLY,
    InfusionNotGiven: InfusionStatus.NOT_GIVEN,
    InfusionObserved: InfusionStatus.OBSERVED,
    InfusionClosed: InfusionStatus.CLOSED,
}


def evolve(infusion: Infusion | None, record: Record) -> Infusion | None:
    """The infusion after one more fact. Total: what it does not know changes nothing."""
    fact = record.fact
    if not isinstance(fact, InfusionFact):
        return infusion
    when = record.happened
    now = infusion or Infusion(fact.infusion)
    put_right = PUT_RIGHT.get(type(fact))
    if put_right is not None:
        return put_right(now, fact, when)
    status = _STATUS.get(type(fact), now.status)
    told = _TOLD.get(type(fact))
    if told is not None:
        return replace(now, status=status, **told(now, fact, when))
    match fact:
        case InfusionStarted():
            under = now.protocol_version or record.protocol_version
            return replace(now, status=status, started=when, protocol_version=under)
        case InfusionOrdered():
            ordered = Ordered(fact.dose, fact.dose_unit, fact.weight_kg, when)
            return with_amounts(replace(now, status=status, ordered=ordered), fact, record.position)
        case InfusionCompleted():
            ended = replace(now, status=status, ended=when, stopped_early=False, stopped_because="")
            return with_amounts(ended, fact, record.position)
        case InfusionStoppedEarly():
            ended = replace(now, status=status, ended=when, stopped_early=True, stopped_because=fact.reason)
            return with_amounts(ended, fact, record.position)
        case InfusionReported():
            return _reported(now, fact, record)
    return now


def _thawed(_now: Infusion, fact: ProductThawed, when: Happened) -> dict[str, Any]:
    viability = fact.viability_percent
    told = None if viability is None else Amount(viability, when.fact)
    return {"thawed": when, "use_by": fact.use_by, "viability_percent": told}


def _resumed(now: Infusion, _fact: InfusionResumed, when: Happened) -> dict[str, Any]:
    *before, last = now.pauses or (None,)
    return {} if last is None else {"pauses": (*before, last._replace(resumed=when))}


_TOLD: dict[type[Fact], Callable[[Infusion, Any, Happened], dict[str, Any]]] = {
    LotAssigned: lambda _, fact, when: {"lot": fact.lot, "bag": fact.bag, "assigned": when},
    InfusionReleased: lambda _, _fact, when: {"released": when},
    ProductReceived: lambda _, fact, when: {"received": Received(fact.bag, fact.intact, when)},
    ProductThawed: _thawed,
    IdentityChecked: lambda _, fact, when: {"checked": Checked(fact.bag, fact.checkers, when)},
    Premedicated: lambda _, fact, when: {"premedicated": Premedication(fact.medication, when)},
    AccessPlaced: lambda _, fact, when: {"access": fact.details, "access_placed": when},
    InfusionPaused: lambda now, fact, when: {"pauses": (*now.pauses, Pause(when, fact.reason))},
    InfusionResumed: _resumed,
    InfusionNotGiven: lambda now, fact, when: {"not_given": NotGiven(when, now.status, fact.reason)},
    InfusionObserved: lambda _, fact, when: {"watched": Watch(fact.hours, when, fact.reactions)},
    InfusionClosed: lambda _, _fact, when: {"closed": when},
}
"""What each step tells beside where the infusion stands after it."""


def _reported(now: Infusion, fact: InfusionReported, record: Record) -> Infusion:
    when = record.happened
    after_all = when if now.status in _NOT_GIVEN and now.started is None else None
    given = replace(
        now,
        status=InfusionStatus(fact.outcome),
        lot=fact.lot or now.lot,
        bag=fact.bag or now.bag,
        use_by=fact.use_by or now.use_by,
        access=fact.details,
        started=when,
        ended=Happened(fact.ended, record.position) if fact.ended else None,
        protocol_version=now.protocol_version or record.protocol_version,
        stopped_early=fact.outcome == "stopped_early",
        given_after_all=now.given_after_all or after_all,
        closed=None,
        before=now.before
        or Before(now.status, now.lot, now.bag, now.use_by, now.access, now.weight_kg, now.closed),
    )
    return with_amounts(given, fact, record.position)
