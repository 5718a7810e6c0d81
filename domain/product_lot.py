"""A lot of cell product: its facts, its state, and how the one follows from the other."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import StringConstraints

from domain.clinical_time import ClinicalTime
from domain.fact import Fact
from domain.happened import Happened
from domain.identifiers import Key, LotId
from domain.record import Record
from domain.replacing import replace

Bag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]

# ---------------------------------------------------------------- facts


class LotRegistered(Fact):
    """A lot has come into the trial, with its bags and expiry."""

    TOPIC = "lot.registered.v1"
    EN = "Lot {lot} registered: bags {bags}, expires {expires}"
    ZH = "登记批次 {lot}：袋号 {bags}，有效期至 {expires}"
    lot: LotId
    bags: tuple[Bag, ...]
    expires: ClinicalTime


class LotTested(Fact):
    """A release test of the lot."""

    TOPIC = "lot.tested.v1"
    EN = "Lot {lot}, test {test}: {result} ({limit}), passed: {passed}"
    ZH = "批次 {lot} 检验 {test}：{result}（{limit}），合格：{passed}"
    lot: LotId
    test: Key
    result: str
    limit: str = ""
    passed: bool


class LotReleased(Fact):
    """Quality assurance has released the lot, on final or interim results."""

    TOPIC = "lot.released.v1"
    EN = "Lot {lot} released on {basis} results"
    ZH = "批次 {lot} 依据{basis}结果放行"
    lot: LotId
    basis: Annotated[str, StringConstraints(pattern=r"^(final|interim)$")]


class LotQuarantined(Fact):
    """The lot must not be used for now."""

    TOPIC = "lot.quarantined.v1"
    EN = "Lot {lot} quarantined: {reason}"
    ZH = "批次 {lot} 隔离：{reason}"
    lot: LotId
    reason: str


class LotRejected(Fact):
    """The lot must never be used."""

    TOPIC = "lot.rejected.v1"
    EN = "Lot {lot} rejected: {reason}"
    ZH = "批次 {lot} 拒收：{reason}"
    lot: LotId
    reason: str


class BagAssigned(Fact):
    """A bag of the lot is meant for one participant."""

    TOPIC = "lot.bag_assigned.v1"
    EN = "Bag {bag} of lot {lot} assigned to {participant}"
    ZH = "批次 {lot} 的 {bag} 袋分配给 {participant}"
    lot: LotId
    bag: Bag
    participant: str


# ---------------------------------------------------------------- state


class LotStatus(StrEnum):
    """Where a lot stands."""

    REGISTERED = "registered"
    RELEASED = "released"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"


class Hold(NamedTuple):
    """A time during which a lot was quarantined or rejected; `until` is when it was released again."""

    since: Happened
    until: Happened | None


@dataclass(frozen=True, slots=True)
class ProductLot:
    """The state of one lot. `bags` maps each bag to the participant it is meant for, or "" while free."""

    lot: str
    status: LotStatus
    expires: ClinicalTime
    bags: dict[str, str]
    registered: Happened
    released: Happened | None = None
    failed_tests: tuple[str, ...] = ()
    holds: tuple[Hold, ...] = ()


def evolve(lot: ProductLot | None, record: Record) -> ProductLot | None:
    """The lot after one more fact. Total: what it does not know changes nothing."""
    fact, when = record.fact, record.happened
    if isinstance(fact, LotRegistered):
        return ProductLot(fact.lot, LotStatus.REGISTERED, fact.expires, dict.fromkeys(fact.bags, ""), when)
    if lot is None:
        return None
    match fact:
        case LotTested(passed=False):
            return replace(lot, failed_tests=(*lot.failed_tests, fact.test))
        case LotTested():
            return replace(lot, failed_tests=tuple(t for t in lot.failed_tests if t != fact.test))
        case LotReleased():
            ended = tuple(hold if hold.until else hold._replace(until=when) for hold in lot.holds)
            return replace(lot, status=LotStatus.RELEASED, released=lot.released or when, holds=ended)
        case LotQuarantined():
            return replace(lot, status=LotStatus.QUARANTINED, holds=(*lot.holds, Hold(when, None)))
        case LotRejected():
            return replace(lot, status=LotStatus.REJECTED, holds=(*lot.holds, Hold(when, None)))
        case BagAssigned():
            return replace(lot, bags={**lot.bags, fact.bag: fact.participant})
    return lot
