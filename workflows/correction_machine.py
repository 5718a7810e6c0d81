"""A correction's machine: open → accepted or rejected; a data fix: open → approved by two → applied."""

from __future__ import annotations

from domain.correction import (
    Correction,
    CorrectionAccepted,
    CorrectionFixApplied,
    CorrectionFixApproved,
    CorrectionFixRequested,
    CorrectionKind,
    CorrectionProposed,
    CorrectionRejected,
    CorrectionRequested,
    CorrectionStatus,
)
from domain.fact import Fact
from domain.record import Attribution, Role
from workflows.machine import Cursor, Machine, Move, Rule, Table, every, guard

S = CorrectionStatus
NONE = "none"
_DECIDED = Rule("correction.decided", "the correction is decided", "该更正已有决定")
_UNAPPROVED = Rule("fix.not_approved", "two persons must approve a data fix", "数据修复须经两人批准")

TABLE = Table(
    "correction",
    (NONE, *every(S)),
    (
        Move("ask", (NONE,), S.OPEN),
        Move("accept", (S.OPEN,), S.ACCEPTED, ("is_no_fix",)),
        Move("reject", (S.OPEN, S.HALF_APPROVED, S.APPROVED), S.REJECTED),
        Move("approve", (S.OPEN,), S.HALF_APPROVED, ("is_a_fix", "another_approves")),
        Move(
            "approve",
            (S.HALF_APPROVED,),
            S.APPROVED,
            ("is_a_fix", "another_approves", "an_investigator_approves"),
        ),
        Move("apply", (S.APPROVED,), S.APPLIED, ("is_a_fix",)),
    ),
    {
        ("apply", S.OPEN): _UNAPPROVED,
        ("apply", S.HALF_APPROVED): _UNAPPROVED,
        **{("*", state): _DECIDED for state in (S.ACCEPTED, S.APPLIED, S.REJECTED)},
    },
)
MACHINE = Machine(TABLE)

STEPS: dict[type[Fact], str] = {
    CorrectionProposed: "ask",
    CorrectionRequested: "ask",
    CorrectionFixRequested: "ask",
    CorrectionAccepted: "accept",
    CorrectionRejected: "reject",
    CorrectionFixApproved: "approve",
    CorrectionFixApplied: "apply",
}
"""The move that each fact says was made: what a replay of the history asks of this machine."""

_INVESTIGATORS = (Role.INVESTIGATOR, Role.PRINCIPAL_INVESTIGATOR)


class CorrectionCursor(Cursor):
    """A correction at the moment of a step, and who takes it."""

    def __init__(self, correction: Correction | None, by: Attribution) -> None:
        super().__init__(NONE if correction is None else correction.status)
        self.correction = correction
        self.by = by

    @guard(
        "correction.is_fix", "a data fix is approved by two, not accepted", "数据修复须两人批准，不可直接接受"
    )
    def is_no_fix(self) -> bool:
        return self.correction is None or self.correction.kind is not CorrectionKind.FIX

    @guard("fix.no_fix", "this is no data fix: it is accepted or rejected", "这不是数据修复：应接受或拒绝")
    def is_a_fix(self) -> bool:
        return self.correction is None or self.correction.kind is CorrectionKind.FIX

    @guard(
        "fix.same_person",
        "a data fix is approved by two persons, neither of them who asked for it",
        "数据修复须由申请人以外的两人批准",
    )
    def another_approves(self) -> bool:
        known = self.correction
        return known is None or self.by.actor not in (
            known.asked_by,
            *(each.approver for each in known.approvals),
        )

    @guard(
        "fix.no_investigator",
        "one of the two who approve a data fix is an investigator of the site",
        "数据修复的批准人之一须为中心研究者",
    )
    def an_investigator_approves(self) -> bool:
        roles = [each.role for each in self.correction.approvals] if self.correction else []
        return any(role in _INVESTIGATORS for role in (*roles, self.by.role))
