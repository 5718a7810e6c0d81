"""The infusion's machine, from the order through the bedside steps to the closed record."""

from __future__ import annotations

from decimal import Decimal

from domain.clinical_time import ClinicalTime
from domain.fact import Fact
from domain.infusion import (
    AccessPlaced,
    IdentityChecked,
    Infusion,
    InfusionClosed,
    InfusionCompleted,
    InfusionNotGiven,
    InfusionObserved,
    InfusionOrdered,
    InfusionPaused,
    InfusionReleased,
    InfusionResumed,
    InfusionStarted,
    InfusionStatus,
    InfusionStoppedEarly,
    LotAssigned,
    Premedicated,
    ProductReceived,
    ProductThawed,
)
from domain.product import UseBy
from domain.product_lot import LotStatus, ProductLot
from workflows.machine import Cursor, Machine, Move, Rule, Table, every, guard
from workflows.situation import Case

S = InfusionStatus
NONE = "none"
_BEFORE_START = (
    S.ORDERED,
    S.LOT_ASSIGNED,
    S.RELEASED,
    S.RECEIVED,
    S.THAWED,
    S.IDENTITY_CHECKED,
    S.PREMEDICATED,
    S.ACCESS_PLACED,
)

TABLE = Table(
    "infusion",
    (NONE, *every(S)),
    (
        Move("order", (NONE,), S.ORDERED, ("protocol_plans_it", "dose_is_known")),
        Move(
            "assign_lot",
            (S.ORDERED, S.LOT_ASSIGNED),
            S.LOT_ASSIGNED,
            ("lot_usable", "lot_not_expired", "bag_free", "bag_accounted_for"),
        ),
        Move("release", (S.LOT_ASSIGNED,), S.RELEASED, ("lot_released", "lot_not_expired")),
        Move("receive", (S.RELEASED,), S.RECEIVED, ("bag_matches",)),
        Move("thaw", (S.RECEIVED,), S.THAWED, ("lot_not_expired",)),
        Move("check_identity", (S.THAWED,), S.IDENTITY_CHECKED, ("bag_matches", "two_people")),
        Move("premedicate", (S.IDENTITY_CHECKED,), S.PREMEDICATED),
        Move("place_access", (S.PREMEDICATED,), S.ACCESS_PLACED, ("route_is_allocated",)),
        Move("start", (S.ACCESS_PLACED,), S.INFUSING, ("lot_released", "lot_not_expired", "within_use_by")),
        Move("pause", (S.INFUSING,), S.PAUSED),
        Move("resume", (S.PAUSED,), S.INFUSING, ("within_use_by",)),
        Move("complete", (S.INFUSING,), S.COMPLETED),
        Move("stop_early", (S.INFUSING, S.PAUSED), S.STOPPED_EARLY),
        Move("skip", _BEFORE_START, S.NOT_GIVEN),
        Move("observe", (S.COMPLETED, S.STOPPED_EARLY), S.OBSERVED),
        Move("close", (S.OBSERVED, S.NOT_GIVEN), S.CLOSED),
    ),
    {
        ("start", NONE): Rule("infusion.not_ordered", "the infusion is not ordered", "尚未开具输注医嘱"),
        ("start", S.ORDERED): Rule("infusion.no_lot", "no lot is assigned", "尚未分配批次"),
        ("start", S.LOT_ASSIGNED): Rule(
            "infusion.lot_unreleased", "the product is not released", "产品尚未放行"
        ),
    },
)
MACHINE = Machine(TABLE)

STEPS: dict[type[Fact], str] = {
    InfusionOrdered: "order",
    LotAssigned: "assign_lot",
    InfusionReleased: "release",
    ProductReceived: "receive",
    ProductThawed: "thaw",
    IdentityChecked: "check_identity",
    Premedicated: "premedicate",
    AccessPlaced: "place_access",
    InfusionStarted: "start",
    InfusionPaused: "pause",
    InfusionResumed: "resume",
    InfusionCompleted: "complete",
    InfusionStoppedEarly: "stop_early",
    InfusionNotGiven: "skip",
    InfusionObserved: "observe",
    InfusionClosed: "close",
}
"""The move that each fact says was made: what a replay of the history asks of this machine."""


class InfusionCursor(Cursor):
    """An infusion at the moment of a step, and what the step says of bag, lot, route and people."""

    def __init__(
        self,
        case: Case,
        number: int,
        at: ClinicalTime,
        *,
        lot: ProductLot | None = None,
        bag: str = "",
        route: str = "",
        allocated_route: str | None = None,
        people: tuple[str, ...] = (),
        weight_kg: Decimal | None = None,
    ) -> None:
        known = case.casebook.infusions.get(number)
        super().__init__(known.status if known is not None and known.status is not None else NONE)
        self.case = case
        self.infusion = known or Infusion(number)
        self.at = at
        self.lot = lot
        self.bag = bag
        self.route = route
        self.allocated_route = allocated_route
        self.people = people
        self.weight_kg = weight_kg

    @guard("infusion.not_planned", "the protocol plans no such infusion", "方案未规定该次输注")
    def protocol_plans_it(self) -> bool:
        product = self.case.protocol.product
        return product is not None and self.infusion.number <= product.infusions

    @guard(
        "infusion.no_weight",
        "the dose is for each kilogram, and the participant's weight is not given",
        "剂量按体重计算，但未提供参与者体重",
        "Give --weight-kg. What was given without one is recorded all the same, with 'record infusion'.",
    )
    def dose_is_known(self) -> bool:
        product = self.case.protocol.product
        return product is None or not product.is_by_weight or self.weight_kg is not None

    @guard("infusion.lot_unusable", "the lot is quarantined or rejected", "批次已隔离或拒收")
    def lot_usable(self) -> bool:
        return self.lot is not None and self.lot.status not in (LotStatus.QUARANTINED, LotStatus.REJECTED)

    @guard("infusion.lot_unreleased", "the lot is not released", "批次尚未放行")
    def lot_released(self) -> bool:
        return self.lot is not None and self.lot.status is LotStatus.RELEASED

    @guard("infusion.lot_expired", "the lot has expired", "批次已过期")
    def lot_not_expired(self) -> bool:
        return self.lot is not None and self.at.earliest < self.lot.expires.latest

    @guard(
        "infusion.bag_taken",
        "the bag is not in the lot, or is meant for another participant",
        "该袋不属于此批次或已分配给他人",
    )
    def bag_free(self) -> bool:
        return self.lot is not None and self.lot.bags.get(self.bag) in ("", self.case.code)

    @guard(
        "infusion.bag_in_question",
        "the bag was recorded in error as given, and is not accounted for",
        "该袋曾被误录为已输注，去向尚未核实",
        "The cell laboratory says with 'lot return' that it is there and can be used.",
    )
    def bag_accounted_for(self) -> bool:
        return self.lot is None or self.bag not in self.lot.held

    @guard("infusion.bag_mismatch", "the bag is not the one assigned to this participant", "产品袋与分配不符")
    def bag_matches(self) -> bool:
        return self.bag == self.infusion.bag

    @guard("infusion.two_people", "two different people check the identity", "须由两名不同人员核对身份")
    def two_people(self) -> bool:
        return len({person.strip().casefold() for person in self.people if person.strip()}) > 1

    @guard("infusion.route_mismatch", "the route is not the allocated one", "输注途径与随机分配不符")
    def route_is_allocated(self) -> bool:
        return self.allocated_route is None or self.route == self.allocated_route

    @guard("infusion.use_by_passed", "the product's use-by time has passed", "产品已超过使用期限")
    def within_use_by(self) -> bool:
        product, use_by = self.case.protocol.product, self.infusion.use_by
        if product is None or use_by is None:
            return False
        starting = self.infusion.started is None
        return not (starting or product.use_by is UseBy.END) or self.at.earliest < use_by.latest
