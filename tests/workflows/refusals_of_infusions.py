"""What is refused of infusions, and of the lots of product that are given."""

from __future__ import annotations

from decimal import Decimal

from domain.errors import Invalid, NotFound
from tests.support.trial import LOT, active, arm_routes, course, day, small
from tests.workflows.refusals import CODE, course_to, refused, withdrawal
from workflows import infusion, infusion_correction, product_lot


def _reported(**changes: object) -> infusion.RecordInfusion:
    fields: dict[str, object] = {"participant": CODE, "at": day(0, "11:30"), "route": "vein"} | changes
    return infusion.RecordInfusion.model_validate(fields)


def _lot(lot: str, *, expires: int = 100) -> product_lot.RegisterLot:
    return product_lot.RegisterLot(lot=lot, bags=("X1",), expires=day(expires), at=day(-10))


def _assigned(lot: str = LOT, bag: str = "B1") -> infusion.AssignLot:
    return infusion.AssignLot(participant=CODE, lot=lot, bag=bag)


PAUSED = [
    *course_to("started"),
    infusion.PauseInfusion(participant=CODE),
    infusion.ResumeInfusion(participant=CODE),
]
"""Paused at 12:26 and resumed a minute later."""

OF_INFUSION = [
    refused("infusion.before_randomization", course_to("eligible"), course("ordered")[-1]),
    refused("infusion.before_randomization", course_to("eligible"), course("started")[-1]),
    refused(
        "infusion.before_randomization",
        course_to("randomized"),
        infusion.OrderInfusion(participant=CODE, at=day(0, "10:45")),
    ),
    refused(
        "infusion.before_randomization",
        course_to("accessed"),
        infusion.StartInfusion(participant=CODE, at=day(0, "10:45")),
    ),
    refused(
        "infusion.before_randomization",
        course_to("eligible", _reported(infusion=2)),
        infusion.OrderInfusion(participant=CODE),
    ),
    refused(
        "consent.treatment_withdrawn",
        course_to("accessed", withdrawal("treatment")),
        infusion.StartInfusion(participant=CODE),
    ),
    refused(
        "infusion.not_planned",
        course_to("randomized"),
        infusion.OrderInfusion(participant=CODE, infusion=2),
    ),
    refused("infusion.no_weight", course_to("randomized"), infusion.OrderInfusion(participant=CODE)),
    refused("lot.unknown", course_to("ordered"), _assigned("L9"), NotFound),
    refused(
        "infusion.lot_unusable",
        course_to("ordered", product_lot.QuarantineLot(lot=LOT, reason="spill")),
        _assigned(),
    ),
    refused(
        "infusion.lot_expired",
        course_to("ordered", _lot("L2", expires=-1)),
        _assigned("L2", "X1"),
    ),
    refused("infusion.bag_taken", course_to("ordered"), _assigned(bag="B99")),
    refused(
        "infusion.bag_taken",
        [*active(), *course("assigned", "S1-002"), *course("ordered", place=2)],
        _assigned(bag="B1"),
    ),
    refused(
        "infusion.bag_taken",
        [
            *active(),
            *course("randomized", "S1-002"),
            _reported(participant="S1-002", lot=LOT, bag="B7"),
            *course("ordered", place=2),
        ],
        _assigned(bag="B7"),
    ),
    refused(
        "infusion.lot_unreleased",
        course_to("ordered", _lot("L2"), _assigned("L2", "X1")),
        infusion.ReleaseInfusion(participant=CODE),
    ),
    refused("infusion.lot_unreleased", course_to("assigned"), infusion.StartInfusion(participant=CODE)),
    refused(
        "infusion.lot_unreleased",
        course_to("accessed", product_lot.QuarantineLot(lot=LOT, reason="spill")),
        infusion.StartInfusion(participant=CODE),
    ),
    refused("infusion.lot_expired", course_to("received"), course("thawed")[-1], on=301),
    refused(
        "infusion.bag_mismatch",
        course_to("released"),
        infusion.ReceiveProduct(participant=CODE, bag="B2"),
    ),
    refused(
        "infusion.bag_mismatch",
        course_to("thawed"),
        infusion.CheckIdentity(participant=CODE, bag="B2", checkers=("a", "b")),
    ),
    refused(
        "infusion.use_by_before_thaw",
        course_to("received"),
        infusion.ThawProduct(participant=CODE, use_by=day(0, "11:00")),
        Invalid,
    ),
    *(
        refused(
            "infusion.two_people",
            course_to("thawed"),
            infusion.CheckIdentity(participant=CODE, bag="B1", checkers=checkers),
        )
        for checkers in (("nurse A",), ("nurse A", "Nurse A "))
    ),
    refused(
        "infusion.unknown_route",
        course_to("premedicated"),
        infusion.PlaceAccess(participant=CODE, route="mouth"),
        NotFound,
    ),
    refused("infusion.unknown_route", course_to("randomized"), _reported(route="mouth"), NotFound),
    refused(
        "infusion.route_mismatch",
        course_to("premedicated"),
        infusion.PlaceAccess(
            participant=CODE, route="vein" if arm_routes(small())[0] == "artery" else "artery"
        ),
    ),
    refused("infusion.not_ordered", course_to("randomized"), infusion.StartInfusion(participant=CODE)),
    refused("infusion.no_lot", course_to("ordered"), infusion.StartInfusion(participant=CODE)),
    refused("infusion.use_by_passed", course_to("accessed"), infusion.StartInfusion(participant=CODE), on=1),
    refused("infusion.recorded_already", course_to("started"), _reported()),
    refused(
        "infusion.ends_before_start",
        course_to("randomized"),
        _reported(ended=day(0, "11:00")),
        Invalid,
    ),
    refused(
        "infusion.starts_before_thaw",
        course_to("started"),
        infusion_correction.CorrectInfusionTimes(participant=CODE, started=day(0, "08:00")),
        Invalid,
    ),
    refused(
        "infusion.starts_before_thaw",
        course_to("accessed"),
        infusion.StartInfusion(participant=CODE, at=day(0, "12:20")),
        Invalid,
    ),
    *(
        refused("infusion.ends_before_start", course_to("started"), ended, Invalid)
        for ended in (
            infusion.CompleteInfusion(participant=CODE, at=day(0, "11:00")),
            infusion.StopInfusion(participant=CODE, at=day(0, "11:00"), reason="fever"),
        )
    ),
    *(
        refused("infusion.pause_out_of_order", PAUSED, given, Invalid)
        for given in (
            infusion.CompleteInfusion(participant=CODE, at=day(0, "12:26")),
            infusion.PauseInfusion(participant=CODE, at=day(0, "12:26")),
            infusion_correction.CorrectInfusionTimes(participant=CODE, started=day(0, "12:28")),
            infusion_correction.CorrectInfusionTimes(participant=CODE, paused=(day(0, "12:20"),)),
            infusion_correction.CorrectInfusionTimes(participant=CODE, resumed=(day(0, "12:20"),)),
        )
    ),
    *(
        refused("infusion.pauses_told", some, told)
        for some, told in (
            (PAUSED, infusion_correction.CorrectInfusionTimes(participant=CODE, paused=(day(0),) * 2)),
            (
                course_to("started"),
                infusion_correction.CorrectInfusionTimes(participant=CODE, resumed=(day(0),)),
            ),
        )
    ),
    refused(
        "infusion.time_same",
        course_to("started"),
        infusion_correction.CorrectInfusionTimes(participant=CODE),
    ),
    refused(
        "infusion.time_not_recorded",
        course_to("started"),
        infusion_correction.CorrectInfusionTimes(participant=CODE, ended=day(0, "08:00")),
        NotFound,
    ),
    refused(
        "infusion.not_begun",
        course_to("accessed"),
        infusion_correction.VoidInfusion(participant=CODE),
        NotFound,
    ),
    refused(
        "infusion.bag_in_question",
        [
            *course_to("ordered"),
            *course("randomized", "S1-002", 2),
            infusion.RecordInfusion(
                participant="S1-002", at=day(0), route=arm_routes(small())[1], lot=LOT, bag="B7"
            ),
            infusion_correction.VoidInfusion(participant="S1-002"),
        ],
        infusion.AssignLot(participant=CODE, lot=LOT, bag="B7"),
    ),
    refused(
        "infusion.pause.not_when_ordered",
        course_to("ordered"),
        infusion.PauseInfusion(participant=CODE),
    ),
    refused(
        "infusion.no_dose",
        course_to("started"),
        infusion_correction.CorrectDose(participant=CODE, cells_million=Decimal(60)),
    ),
    refused(
        "infusion.no_use_by",
        course_to("released"),
        infusion_correction.CorrectUseBy(participant=CODE, use_by=day(0, "23:00")),
    ),
    refused(
        "infusion.use_by_same",
        course_to("thawed", infusion_correction.CorrectUseBy(participant=CODE, use_by=day(0, "22:59"))),
        infusion_correction.CorrectUseBy(participant=CODE, use_by=day(0, "22:59")),
    ),
    refused(
        "infusion.dose_same",
        course_to("infused"),
        infusion_correction.CorrectDose(participant=CODE, volume_ml=Decimal(50)),
    ),
]

OF_LOT = [
    refused("lot.registered_already", active(), _lot(LOT)),
    refused("lot.unknown", active(), product_lot.ReleaseLot(lot="L9"), NotFound),
    refused("lot.bag_not_held", active(), product_lot.ReturnBag(lot=LOT, bag="B1")),
    refused("lot.released_already", active(), product_lot.ReleaseLot(lot=LOT)),
    refused("lot.same", active(), product_lot.CorrectLot(lot=LOT, expires=day(300))),
    refused(
        "lot.not_released",
        [*active(), product_lot.RegisterLot(lot="L2", bags=("C1",), expires=day(300))],
        product_lot.CorrectLot(lot="L2", released=day(-2)),
    ),
    refused(
        "lot.held_by_then",
        [*active(), product_lot.QuarantineLot(lot=LOT, reason="a doubt", at=day(-3))],
        product_lot.CorrectLot(lot=LOT, released=day(-2)),
    ),
    refused("lot.bag_in_use", course_to("assigned"), product_lot.CorrectLot(lot=LOT, bags=("B2",))),
    refused(
        "lot.rejected",
        [*active(), product_lot.RejectLot(lot=LOT, reason="growth")],
        product_lot.ReleaseLot(lot=LOT),
    ),
    refused(
        "lot.test_failed",
        [
            *active(),
            _lot("L2"),
            product_lot.RecordLotTest(lot="L2", test="sterility", result="growth", passed=False),
        ],
        product_lot.ReleaseLot(lot="L2"),
    ),
    refused("lot.expired", [*active(), _lot("L2", expires=-1)], product_lot.ReleaseLot(lot="L2")),
]
