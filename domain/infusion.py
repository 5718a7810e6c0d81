"""One infusion of cell product: its facts, its state, and how the one follows from the other.

Both arms make the same facts in the same number. What differs between them (the route and how it was
reached) is sealed, so that neither topics nor sizes tell the arm.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from domain.amount import Amount, besides, in_words
from domain.clinical_time import ClinicalTime
from domain.fact import Fact
from domain.happened import Happened
from domain.identifiers import LotId
from domain.infusion_state import Before, NotGiven, Watch
from domain.infusion_state import Infusion as Infusion
from domain.infusion_state import InfusionStatus as InfusionStatus
from domain.product_lot import Bag
from domain.record import Record
from domain.replacing import replace
from domain.sealed import Sealed

Number = Annotated[int, Field(ge=1, le=100)]
"""Which infusion of a participant, from 1."""

InfusionOutcome = Annotated[str, StringConstraints(pattern=r"^(completed|stopped_early)$")]
"""How an infusion ended that took place."""

# ---------------------------------------------------------------- facts


class InfusionFact(Fact):
    """A fact about the n-th infusion of a participant."""

    infusion: Number = 1


class InfusionOrdered(InfusionFact):
    """The infusion is prescribed."""

    TOPIC = "infusion.ordered.v1"
    EN = "Infusion {infusion} ordered: {dose} {dose_unit}, weight {weight_kg:kg}"
    ZH = "开具第 {infusion} 次输注：{dose} {dose_unit}，体重 {weight_kg:kg}"
    dose: Decimal
    dose_unit: str
    weight_kg: Decimal | None = None


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
    medication: str = ""


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


class InfusionPaused(InfusionFact):
    """The flow is interrupted."""

    TOPIC = "infusion.paused.v1"
    EN = "Infusion {infusion} paused: {reason}"
    ZH = "第 {infusion} 次输注暂停：{reason}"
    reason: str = ""


class InfusionResumed(InfusionFact):
    """The flow goes on."""

    TOPIC = "infusion.resumed.v1"
    EN = "Infusion {infusion} resumed"
    ZH = "第 {infusion} 次输注继续"


class InfusionCompleted(InfusionFact):
    """The whole product is given."""

    TOPIC = "infusion.completed.v1"
    EN = "Infusion {infusion} completed: volume {volume_ml:mL}, cells {cells_million:x 10^6}"
    ZH = "第 {infusion} 次输注完成：体积 {volume_ml:mL}，细胞数 {cells_million:x 10^6}"
    volume_ml: Decimal | None = None
    cells_million: Decimal | None = None


class InfusionStoppedEarly(InfusionFact):
    """The infusion was ended before the whole product was given."""

    TOPIC = "infusion.stopped_early.v1"
    EN = "Infusion {infusion} stopped early, volume {volume_ml:mL}{cells}: {reason}"
    ZH = "第 {infusion} 次输注提前终止（已输 {volume_ml:mL}{cells_zh}）：{reason}"
    SILENT = ("cells", "cells_zh")
    reason: str
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
    reason: str


class InfusionObserved(InfusionFact):
    """The watch after the infusion is over."""

    TOPIC = "infusion.observed.v1"
    EN = "Infusion {infusion}: observed for {hours:h}, reactions: {reactions}"
    ZH = "第 {infusion} 次输注：观察 {hours:小时}，反应：{reactions}"
    hours: Annotated[int, Field(ge=0)]
    reactions: str = ""


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


TimedStep = Annotated[str, StringConstraints(pattern=r"^(thawed|started|ended)$")]
"""A step whose time is counted from or judged by (`TIMED`)."""


class DoseCorrected(InfusionFact):
    """What was recorded of a dose given is put right, or added. What is left out stands as it was; `was` is
    all that stood there before, in words. It stands at the time of the step that the dose was told with.
    """

    TOPIC = "infusion.dose_corrected.v1"
    EN = "Infusion {infusion}: dose given corrected to {now}, was {was}"
    ZH = "第 {infusion} 次输注：实际剂量更正为 {now}，原为 {was}"
    SILENT = ("told_with",)
    volume_ml: Decimal | None = None
    cells_million: Decimal | None = None
    weight_kg: Decimal | None = None
    was: str
    told_with: TimedStep = "ended"

    @property
    def now(self) -> str:
        """What it is corrected to, for the sentence."""
        return in_words(self.cells_million, self.volume_ml, self.weight_kg)


class UseByCorrected(InfusionFact):
    """The time by which the product must be given is put right; `was` is what stood there. It stands at the
    time of the thaw or, where none is recorded, of the start.
    """

    TOPIC = "infusion.use_by_corrected.v1"
    EN = "Infusion {infusion}: use by corrected to {use_by}, was {was}"
    ZH = "第 {infusion} 次输注：使用期限更正为 {use_by}，原为 {was}"
    SILENT = ("told_with",)
    use_by: ClinicalTime
    was: ClinicalTime
    told_with: TimedStep = "thawed"


class InfusionTimeCorrected(InfusionFact):
    """A step was taken at another time than was recorded; `was` is what stood there, None for an end that was
    left out of a report. It stands at the right time; of an end that is told with the infusion as a whole, at
    the start that it is told with.
    """

    TOPIC = "infusion.time_corrected.v1"
    EN = "Infusion {infusion}: {step} corrected to {at}, was {was}"
    ZH = "第 {infusion} 次输注：{step}时间更正为 {at}，原为 {was}"
    SILENT = ("told_with",)
    step: TimedStep
    at: ClinicalTime
    was: ClinicalTime | None
    told_with: TimedStep

    def moves(self, fact: Fact) -> bool:
        """Whether a fact that stands at the wrong time stands there on account of this step."""
        if not isinstance(fact, InfusionFact) or fact.infusion != self.infusion:
            return False
        if isinstance(fact, DoseCorrected | UseByCorrected | InfusionTimeCorrected):
            return fact.told_with == self.step
        return _STEP.get(type(fact)) == self.step


class InfusionVoided(InfusionFact):
    """The infusion that was recorded to have started at `was`, where this stands, was not given to this
    participant: all that was said of it from the start on never was.
    """

    TOPIC = "infusion.voided.v1"
    EN = "Infusion {infusion}: voided as recorded in error: given from {was}"
    ZH = "第 {infusion} 次输注：误录作废：自 {was} 起的输注"
    was: ClinicalTime


class NotGivenVoided(InfusionFact):
    """That the infusion was not given, as was recorded of `was`, where this stands, was recorded in error: it
    can still be given.
    """

    TOPIC = "infusion.not_given_voided.v1"
    EN = "Infusion {infusion}: voided as recorded in error: not given, {was}"
    ZH = "第 {infusion} 次输注：误录作废：未输注，{was}"
    was: ClinicalTime


_STEP: dict[type[Fact], str] = {
    ProductThawed: "thawed",
    InfusionStarted: "started",
    InfusionReported: "started",
    InfusionVoided: "started",
    InfusionCompleted: "ended",
    InfusionStoppedEarly: "ended",
}
"""At the time of which step facts stand."""

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
    put_right = _PUT_RIGHT.get(type(fact))
    if put_right is not None:
        return put_right(now, fact, when)
    status = _STATUS.get(type(fact), now.status)
    match fact:
        case LotAssigned():
            return replace(now, status=status, lot=fact.lot, bag=fact.bag)
        case ProductThawed():
            return replace(now, status=status, thawed=when, use_by=fact.use_by)
        case AccessPlaced():
            return replace(now, status=status, access=fact.details)
        case InfusionStarted():
            under = now.protocol_version or record.protocol_version
            return replace(now, status=status, started=when, protocol_version=under)
        case InfusionOrdered():
            return _measured(replace(now, status=status), fact, record.position)
        case InfusionCompleted() | InfusionStoppedEarly():
            early = isinstance(fact, InfusionStoppedEarly)
            return _measured(
                replace(now, status=status, ended=when, stopped_early=early), fact, record.position
            )
        case InfusionNotGiven():
            return replace(now, status=status, not_given=NotGiven(when, now.status))
        case InfusionObserved():
            return replace(now, status=status, watched=Watch(fact.hours, when))
        case InfusionReported():
            return _reported(now, fact, record)
    return replace(now, status=status)


def says_nothing_new(infusion: Infusion, fact: DoseCorrected) -> bool:
    """Whether a correction leaves the dose as it is recorded."""
    now = _measured(infusion, fact, 0)
    return now.amounts == infusion.amounts


def _measured(infusion: Infusion, fact: InfusionFact, position: int) -> Infusion:
    """The infusion with the amounts that a fact tells; those that it leaves out stand."""
    told: dict[str, Any] = {
        name: Amount(value, position)
        for name in ("cells_million", "volume_ml", "weight_kg")
        if (value := getattr(fact, name, None)) is not None
    }
    return replace(infusion, **told) if told else infusion


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
        before=now.before or Before(now.status, now.lot, now.bag, now.use_by, now.access, now.weight_kg),
    )
    return _measured(given, fact, record.position)


# ---------------------------------------------------------------- what was recorded in error


def _dose_corrected(infusion: Infusion, fact: DoseCorrected, when: Happened) -> Infusion:
    return _measured(replace(infusion, corrected=(*infusion.corrected, when)), fact, when.fact)


def _use_by_corrected(infusion: Infusion, fact: UseByCorrected, when: Happened) -> Infusion:
    right = replace(infusion, use_by=fact.use_by, use_by_corrected=when.fact)
    return replace(right, corrected=(*infusion.corrected, when))


def _retimed(infusion: Infusion, fact: InfusionTimeCorrected, when: Happened) -> Infusion:
    known = infusion.when(fact.step)
    if (None if known is None else known.at) != fact.was or not infusion.tells(fact.step):
        return infusion
    right: dict[str, Any] = {fact.step: Happened(fact.at, when.fact)}
    return replace(infusion, **right, corrected=(*infusion.corrected, when))


def _not_reported(infusion: Infusion, before: Before) -> Infusion:
    """The infusion as it stood before it was reported as given."""
    return replace(
        infusion,
        **before._asdict(),
        started=None,
        ended=None,
        stopped_early=False,
        cells_million=None,
        volume_ml=None,
    )


def _taken_back(infusion: Infusion, fact: InfusionVoided, when: Happened) -> Infusion:
    """The infusion as it stood before it was given: where it was given step by step, with access placed."""
    if infusion.started is None or infusion.started.at != fact.was:
        return infusion
    before = infusion.before or Before(
        InfusionStatus.ACCESS_PLACED,
        infusion.lot,
        infusion.bag,
        infusion.use_by,
        infusion.access,
        infusion.weight_kg,
    )
    return replace(
        _not_reported(infusion, before),
        protocol_version="",
        watched=None,
        given_after_all=None,
        before=None,
        use_by_corrected=infusion.use_by_corrected if infusion.before is None else 0,
        corrected=(*infusion.corrected, when),
        taken_back=when.fact,
    )


def _still_to_give(infusion: Infusion, fact: NotGivenVoided, when: Happened) -> Infusion:
    """The infusion as it stood before it was recorded as not given."""
    known = infusion.not_given
    if known is None or known.when.at != fact.was or infusion.started is not None:
        return infusion
    corrected = (*infusion.corrected, when)
    return replace(infusion, status=known.stood, not_given=None, corrected=corrected, taken_back=when.fact)


_PUT_RIGHT: dict[type[Fact], Callable[[Infusion, Any, Happened], Infusion]] = {
    DoseCorrected: _dose_corrected,
    UseByCorrected: _use_by_corrected,
    InfusionTimeCorrected: _retimed,
    InfusionVoided: _taken_back,
    NotGivenVoided: _still_to_give,
}
"""How each fact that puts right or takes back changes an infusion."""
