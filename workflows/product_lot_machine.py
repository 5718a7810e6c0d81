"""The product lot's machine: registered → released, quarantined or rejected."""

from __future__ import annotations

from domain.clinical_time import ClinicalTime
from domain.fact import Fact
from domain.product_lot import (
    LotQuarantined,
    LotRegistered,
    LotRejected,
    LotReleased,
    LotReleaseTimeCorrected,
    LotStatus,
    LotTested,
    ProductLot,
)
from workflows.machine import Cursor, Machine, Move, Rule, Table, every, guard

S = LotStatus
NONE = "none"

TABLE = Table(
    "product_lot",
    (NONE, *every(S)),
    (
        Move("register", (NONE,), S.REGISTERED),
        Move("test", every(S, but=(S.REJECTED,)), None),
        Move("release", (S.REGISTERED, S.QUARANTINED), S.RELEASED, ("tests_passed", "not_expired")),
        Move("correct_release", (S.RELEASED, S.QUARANTINED, S.REJECTED), None, ("not_expired",)),
        Move("quarantine", (S.REGISTERED, S.RELEASED), S.QUARANTINED),
        Move("reject", (S.REGISTERED, S.RELEASED, S.QUARANTINED), S.REJECTED),
    ),
    {
        ("register", state): Rule("lot.registered_already", "the lot is registered", "批次已登记")
        for state in every(S)
    }
    | {
        ("correct_release", S.REGISTERED): Rule(
            "lot.not_released",
            "no release is recorded whose time could be put right",
            "无可更正时间的放行",
        ),
        ("release", S.RELEASED): Rule("lot.released_already", "the lot is released", "批次已放行"),
        ("*", S.REJECTED): Rule("lot.rejected", "the lot is rejected", "批次已拒收"),
    },
)
MACHINE = Machine(TABLE)

STEPS: dict[type[Fact], str] = {
    LotRegistered: "register",
    LotTested: "test",
    LotReleased: "release",
    LotReleaseTimeCorrected: "correct_release",
    LotQuarantined: "quarantine",
    LotRejected: "reject",
}
"""The move that each fact says was made: what a replay of the history asks of this machine."""


class LotCursor(Cursor):
    """A lot at the moment of a step."""

    def __init__(self, lot: ProductLot | None, at: ClinicalTime) -> None:
        super().__init__(NONE if lot is None else lot.status)
        self.lot = lot
        self.at = at

    @guard("lot.test_failed", "a release test has failed", "放行检验不合格")
    def tests_passed(self) -> bool:
        return self.lot is not None and not self.lot.failed_tests

    @guard("lot.expired", "the lot has expired", "批次已过期")
    def not_expired(self) -> bool:
        return self.lot is not None and self.at.earliest < self.lot.expires.latest
