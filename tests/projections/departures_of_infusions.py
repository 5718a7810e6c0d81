"""Departures of infusions: of the route, the order, the product, its lot, the dose and the observation."""

from __future__ import annotations

from decimal import Decimal

from domain.consent_given import ConsentWithdrawn
from domain.infusion import (
    InfusionCompleted,
    InfusionObserved,
    InfusionOrdered,
    InfusionReported,
    InfusionStoppedEarly,
)
from domain.participant import Randomized
from domain.product_lot import LotQuarantined, LotRegistered, LotRejected, LotReleased
from tests.projections.departures import (
    CODE,
    ELSEWHERE,
    INFUSED,
    NOON,
    OF_L2,
    OTHER,
    RANDOMIZED,
    REPORTED,
    Case,
    Given,
    allocated,
    infused,
    second_lot,
    withdrew,
)
from tests.support.trial import active, course, day, small
from workflows import infusion, product_lot
from workflows.command import Command


def dosed(cells: str | None) -> Command:
    return infusion.CompleteInfusion(
        participant=CODE, cells_million=None if cells is None else Decimal(cells)
    )


def stopped(cells: str | None) -> Command:
    known = None if cells is None else Decimal(cells)
    return infusion.StopInfusion(participant=CODE, reason="fever", cells_million=known)


HELD = product_lot.QuarantineLot(lot="L2", reason="spill", at=day(0, "12:00"))
FREED = product_lot.ReleaseLot(lot="L2", at=day(0, "18:00"))
BEGUN: Given = [*active(), *course("started")]
"""Of 60 kg, so that 60 x 10^6 cells are planned; ten per cent more or less may be given."""
WATCHED: Given = [*active(small({"product.observation_hours": 24})), *course("infused")]
BY_END = small({"product.use_by": "end"})

OF_INFUSIONS = [
    Case(
        "infusion.wrong_route",
        "infusion-1",
        (REPORTED, (Randomized, 1)),
        [*RANDOMIZED, infused(NOON, route=OTHER)],
        [*RANDOMIZED, infused(NOON)],
        on=2,
    ),
    Case(
        "infusion.before_randomization",
        "infusion-1",
        (REPORTED,),
        [*active(), *course("eligible"), infused(day(0, "11:30"))],
        [*active(), *course("eligible")],
        on=2,
    ),
    Case(
        "infusion.before_randomization",
        "infusion-1",
        (REPORTED, (Randomized, 1)),
        [*ELSEWHERE, *course("eligible"), infused(day(0, "11:30"), route="vein"), allocated()],
        [*ELSEWHERE, *course("eligible"), infused(day(0, "12:45"), route="vein"), allocated()],
        on=2,
    ),
    Case(
        "infusion.use_by_exceeded",
        "infusion-1",
        (REPORTED,),
        [*RANDOMIZED, infused(NOON, use_by=day(1, "09:59"))],
        [*RANDOMIZED, infused(NOON, use_by=NOON)],
        on=2,
    ),
    Case(
        "infusion.use_by_exceeded",
        "infusion-1",
        (REPORTED,),
        [
            *active(BY_END),
            *course("randomized"),
            infused(NOON, use_by=day(1, "10:30"), ended=day(1, "10:31")),
        ],
        [
            *active(BY_END),
            *course("randomized"),
            infused(NOON, use_by=day(1, "10:30"), ended=day(1, "10:30")),
        ],
        on=2,
    ),
    Case(
        "infusion.lot_unreleased",
        "infusion-1",
        (REPORTED, (LotRegistered, 2)),
        [*RANDOMIZED, *second_lot(release=None), infused(NOON, **OF_L2)],
        [*RANDOMIZED, *second_lot(), infused(NOON, **OF_L2)],
        on=2,
    ),
    Case(
        "infusion.lot_unreleased",
        "infusion-1",
        (REPORTED, (LotReleased, 2)),
        [
            *RANDOMIZED,
            *second_lot(release=None),
            infused(day(0, "12:30"), **OF_L2),
            product_lot.ReleaseLot(lot="L2", at=day(0, "12:31")),
        ],
        [
            *RANDOMIZED,
            *second_lot(release=None),
            infused(day(0, "12:30"), **OF_L2),
            product_lot.ReleaseLot(lot="L2", at=day(0, "12:30")),
        ],
        on=2,
    ),
    Case(
        "infusion.lot_unreleased",
        "infusion-1",
        (REPORTED,),
        [*RANDOMIZED, infused(NOON, lot="L9")],
        [*RANDOMIZED, infused(NOON, lot=None)],
        on=2,
    ),
    Case(
        "infusion.lot_withheld",
        "infusion-1",
        (REPORTED, (LotQuarantined, 1)),
        [*RANDOMIZED, *second_lot(), HELD, infused(NOON, **OF_L2)],
        [*RANDOMIZED, *second_lot(), HELD, FREED, infused(NOON, **OF_L2)],
        on=2,
    ),
    Case(
        "infusion.lot_withheld",
        "infusion-1",
        (REPORTED, (LotRejected, 1)),
        [
            *RANDOMIZED,
            *second_lot(),
            product_lot.RejectLot(lot="L2", reason="growth", at=day(0, "12:00")),
            infused(NOON, **OF_L2),
        ],
        [
            *RANDOMIZED,
            *second_lot(),
            infused(NOON, **OF_L2),
            product_lot.RejectLot(lot="L2", reason="growth", at=day(1, "12:00")),
        ],
        on=2,
    ),
    Case(
        "infusion.lot_expired",
        "infusion-1",
        (REPORTED, (LotRegistered, 2)),
        [*RANDOMIZED, *second_lot(expires=0), infused(day(1, "00:00"), **OF_L2)],
        [*RANDOMIZED, *second_lot(expires=0), infused(day(0, "23:59"), **OF_L2)],
        on=2,
    ),
    Case(
        "infusion.after_withdrawal",
        "infusion-1",
        (REPORTED, (ConsentWithdrawn, 1)),
        [*RANDOMIZED, withdrew("treatment", day(0)), infused(NOON)],
        [*RANDOMIZED, withdrew("samples", day(0)), infused(NOON)],
        on=2,
    ),
    Case(
        "infusion.not_planned",
        "infusion-2",
        ((InfusionReported, 1),),
        [*INFUSED, infused(NOON, infusion=2)],
        [*active(small({"product.infusions": 2})), *course("infused"), infused(NOON, infusion=2)],
        on=2,
    ),
    Case(
        "infusion.bag_of_another",
        "infusion-1",
        (REPORTED,),
        [*RANDOMIZED, *course("assigned", "S1-002", place=2), infused(NOON, bag="B2")],
        [*RANDOMIZED, *course("assigned", "S1-002", place=2), infused(NOON, bag="B3")],
        on=2,
    ),
    Case(
        "infusion.bag_of_another",
        "infusion-1",
        (REPORTED,),
        [*RANDOMIZED, infused(NOON, bag="B99")],
        [*RANDOMIZED, infused(NOON, bag=None)],
        on=2,
    ),
    Case(
        "infusion.dose_departed",
        "infusion-1",
        ((InfusionCompleted, 1), (InfusionOrdered, 1)),
        [*BEGUN, dosed("66.1")],
        [*BEGUN, dosed("66")],
        on=2,
    ),
    Case(
        "infusion.dose_departed",
        "infusion-1",
        ((InfusionCompleted, 1), (InfusionOrdered, 1)),
        [*BEGUN, dosed("53.9")],
        [*BEGUN, dosed(None)],
        on=2,
    ),
    Case(
        "infusion.dose_departed",
        "infusion-1",
        ((InfusionStoppedEarly, 1), (InfusionOrdered, 1)),
        [*BEGUN, stopped(None)],
        [*BEGUN, stopped("54")],
        on=2,
    ),
    Case(
        "infusion.observation_short",
        "infusion-1",
        ((InfusionObserved, 1),),
        [*WATCHED, infusion.ObserveInfusion(participant=CODE, hours=23)],
        [*WATCHED, infusion.ObserveInfusion(participant=CODE, hours=24)],
        on=2,
    ),
]
