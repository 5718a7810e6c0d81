"""A lot of cell product: its facts, its state, and how the one follows from the other."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import StringConstraints

from domain.clinical_time import ClinicalTime
from domain.fact import Fact, FreeText
from domain.happened import Happened
from domain.identifiers import Key, LotId
from domain.put_right import Replaced
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
    reason: FreeText


class LotRejected(Fact):
    """The lot must never be used."""

    TOPIC = "lot.rejected.v1"
    EN = "Lot {lot} rejected: {reason}"
    ZH = "批次 {lot} 拒收：{reason}"
    lot: LotId
    reason: FreeText


class BagAssigned(Fact):
    """A bag of the lot is meant for one participant."""

    TOPIC = "lot.bag_assigned.v1"
    EN = "Bag {bag} of lot {lot} assigned to {participant}"
    ZH = "批次 {lot} 的 {bag} 袋分配给 {participant}"
    lot: LotId
    bag: Bag
    participant: str


class LotCorrected(Fact):
    """What was registered of a lot is put right: its expiry, its bags, or both; what is left out stands. It
    takes the clinical time of the registration, and tells what stood there.
    """

    TOPIC = "lot.corrected.v1"
    EN = "Lot {lot} corrected: {now}"
    ZH = "批次 {lot} 更正：{now_zh}"
    PUTS_RIGHT = "corrected"
    lot: LotId
    expires: ClinicalTime | None = None
    expires_was: ClinicalTime | None = None
    bags: tuple[Bag, ...] = ()
    bags_were: tuple[Bag, ...] = ()

    @property
    def now(self) -> str:
        """What it is corrected to and what stood there, for the sentence."""
        expiry = f"expires {self.expires}, was {self.expires_was}" if self.expires else ""
        bags = f"bags {', '.join(self.bags)}, were {', '.join(self.bags_were)}" if self.bags else ""
        return "; ".join(filter(None, (expiry, bags)))

    @property
    def now_zh(self) -> str:
        """What it is corrected to and what stood there, for the sentence in Chinese."""
        expiry = f"有效期至 {self.expires}，原为 {self.expires_was}" if self.expires else ""
        bags = f"袋号 {', '.join(self.bags)}，原为 {', '.join(self.bags_were)}" if self.bags else ""
        return "；".join(filter(None, (expiry, bags)))


class LotReleaseTimeCorrected(Fact):
    """The newest release of a lot was at another time than was recorded; `was` is what stood there."""

    TOPIC = "lot.release_time_corrected.v1"
    EN = "Lot {lot}: release corrected to {at}, was {was}"
    ZH = "批次 {lot}：放行时间更正为 {at}，原为 {was}"
    PUTS_RIGHT = "corrected"
    lot: LotId
    at: ClinicalTime
    was: ClinicalTime

    def moves(self, fact: Fact) -> bool:
        """Whether a fact of the lot that stands at the wrong time stands there on account of its release."""
        return isinstance(fact, LotReleased | LotReleaseTimeCorrected)


class BagHeld(Fact):
    """A bag was recorded in error as given to or meant for a participant, or another takes its place. It is
    nobody's, and nobody knows where it is, so that it cannot be assigned until it is accounted for.
    """

    TOPIC = "lot.bag_held.v1"
    EN = "Bag {bag} of lot {lot} held: not given to {participant}, and not meant for them"
    ZH = "批次 {lot} 的 {bag} 袋暂扣：未输注给 {participant}，亦不供其使用"
    lot: LotId
    bag: Bag
    participant: str


class BagReturned(Fact):
    """A bag that was held is in the store and fit for use: it can be assigned again."""

    TOPIC = "lot.bag_returned.v1"
    EN = "Bag {bag} of lot {lot} found in the store, fit for use"
    ZH = "批次 {lot} 的 {bag} 袋经核实在库，可以使用"
    lot: LotId
    bag: Bag


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
    """The state of one lot. `bags` maps each bag to the participant it is meant for, or "" while free;
    `replaced` are the values that were put right, oldest first.
    """

    lot: str
    status: LotStatus
    expires: ClinicalTime
    bags: dict[str, str]
    registered: Happened
    released: Happened | None = None
    failed_tests: tuple[str, ...] = ()
    holds: tuple[Hold, ...] = ()
    replaced: tuple[Replaced, ...] = ()
    held: tuple[str, ...] = ()
    """The bags that were recorded in error as given, and are not accounted for."""

    @property
    def last_release(self) -> Happened | None:
        """The newest release, whether or not the lot was held back again since."""
        ended = [hold.until for hold in self.holds if hold.until is not None]
        return ended[-1] if ended else self.released

    @property
    def held_again(self) -> Happened | None:
        """When it was first held back after its newest release, None while it is not."""
        since = (hold.since for hold in self.holds if hold.until is None)
        return next(since, None) if self.last_release is not None else None

    @property
    def expiry_fact(self) -> int:
        """The position of the fact that says when it expires."""
        changes = (each.by.fact for each in self.replaced if each.field == "expires")
        return max(changes, default=self.registered.fact)


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
            return replace(
                lot,
                status=LotStatus.RELEASED,
                released=lot.released or when,
                holds=ended,
            )
        case LotQuarantined():
            return replace(lot, status=LotStatus.QUARANTINED, holds=(*lot.holds, Hold(when, None)))
        case LotRejected():
            return replace(lot, status=LotStatus.REJECTED, holds=(*lot.holds, Hold(when, None)))
        case BagAssigned() | BagHeld() | BagReturned():
            return _with_bag(lot, fact)
        case LotCorrected():
            return _corrected(lot, fact, when)
        case LotReleaseTimeCorrected():
            return _retimed(lot, fact, when)
    return lot


def _retimed(lot: ProductLot, fact: LotReleaseTimeCorrected, when: Happened) -> ProductLot:
    """The lot with its newest release at another time."""
    standing = lot.last_release
    if standing is None or standing.at != fact.was:
        return lot
    return replace(
        lot,
        released=when if lot.released == standing else lot.released,
        holds=tuple(hold._replace(until=when) if hold.until == standing else hold for hold in lot.holds),
        replaced=(*lot.replaced, Replaced("released", str(fact.was), when)),
    )


def _with_bag(lot: ProductLot, fact: BagAssigned | BagHeld | BagReturned) -> ProductLot:
    held = tuple(bag for bag in lot.held if bag != fact.bag)
    whose = fact.participant if isinstance(fact, BagAssigned) else ""
    if isinstance(fact, BagHeld):
        held = (*held, fact.bag)
    return replace(lot, bags={**lot.bags, fact.bag: whose}, held=held)


def _corrected(lot: ProductLot, fact: LotCorrected, when: Happened) -> ProductLot:
    was = (
        *((Replaced("expires", lot.expires, when),) if fact.expires else ()),
        *((Replaced("bags", ", ".join(lot.bags), when),) if fact.bags else ()),
    )
    return replace(
        lot,
        expires=fact.expires or lot.expires,
        bags={bag: lot.bags.get(bag, "") for bag in fact.bags} if fact.bags else lot.bags,
        replaced=(*lot.replaced, *was),
    )


def says_nothing_new(lot: ProductLot, fact: LotCorrected) -> bool:
    """Whether a correction changes nothing, or says again of one of its parts what stands there."""
    same = fact.expires == lot.expires or (bool(fact.bags) and set(fact.bags) == set(lot.bags))
    return same or not (fact.expires or fact.bags)


def bags_in_use(lot: ProductLot, fact: LotCorrected) -> tuple[str, ...]:
    """The bags that a correction leaves out although they are meant for a participant, or were given, or are
    held.
    """
    left_out = (bag for bag in lot.bags if fact.bags and bag not in fact.bags)
    return tuple(bag for bag in left_out if lot.bags[bag] or bag in lot.held)
