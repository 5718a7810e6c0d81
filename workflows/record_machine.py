"""The machine of a record: entered → verified → frozen → signed → locked, and opened again by two people.

That a record is verified or signed is computed from what stands there (`domain.casebook_record`): no move
leads back to `entered` when it changes, it is so by itself. A site's casebooks are closed by the same moves.
"""

from __future__ import annotations

from domain.casebook_record import (
    Closing,
    RecordFrozen,
    RecordLocked,
    RecordSigned,
    RecordStatus,
    RecordUnfrozen,
    RecordUnlocked,
    RecordUnlockRequested,
    RecordVerified,
)
from domain.fact import Fact
from domain.lock_guards import Against
from workflows import lock_guards
from workflows.machine import Cursor, Machine, Move, Rule, Table, every, guard

S = RecordStatus
_LOCKED = Rule("record.locked", "the record is locked", "记录已锁定")

TABLE = Table(
    "record",
    every(S),
    (
        Move("verify", (S.ENTERED, S.VERIFIED), S.VERIFIED, ("nothing_changed_since_shown",)),
        Move("verify", (S.FROZEN, S.SIGNED), None, ("nothing_changed_since_shown",)),
        Move("sign", every(S, but=(S.LOCKED,)), S.SIGNED, ("nothing_changed_since_shown", "not_signed_so")),
        Move("freeze", (S.ENTERED, S.VERIFIED), S.FROZEN),
        Move("freeze", (S.SIGNED,), None, ("not_frozen",)),
        Move("unfreeze", (S.FROZEN,), S.ENTERED),
        Move("unfreeze", (S.SIGNED,), None, ("is_frozen",)),
        Move("lock", every(S, but=(S.LOCKED,)), S.LOCKED, lock_guards.GUARDS),
        Move("request_unlock", (S.LOCKED,), None, ("unlocking_not_requested",)),
        Move("unlock", (S.LOCKED,), S.ENTERED, ("unlocking_requested", "by_another_person")),
    ),
    {
        **{(move, S.LOCKED): _LOCKED for move in ("verify", "sign", "freeze", "unfreeze", "lock")},
        ("freeze", S.FROZEN): Rule("record.frozen_already", "the record is frozen", "记录已冻结"),
    },
)
MACHINE = Machine(TABLE)

STEPS: dict[type[Fact], str] = {
    RecordVerified: "verify",
    RecordSigned: "sign",
    RecordFrozen: "freeze",
    RecordUnfrozen: "unfreeze",
    RecordLocked: "lock",
    RecordUnlockRequested: "request_unlock",
    RecordUnlocked: "unlock",
}
"""The move that each fact says was made: what a replay of the history asks of this machine."""


class RecordCursor(Cursor):
    """A record at the moment of a step.

    `newest` is where it changed last and `shown` the position it was shown at; `signed_so` says that the same
    signature stands already, `actor` who takes the step, `against` what stands against locking it.
    """

    def __init__(
        self,
        status: RecordStatus,
        closing: Closing | None,
        *,
        newest: int = 0,
        shown: int = 0,
        signed_so: bool = False,
        actor: str,
        against: frozenset[Against] = frozenset(),
    ) -> None:
        super().__init__(status)
        self.closing = closing
        self.newest = newest
        self.shown = shown
        self.signed_so = signed_so
        self.actor = actor
        self.against = against

    queries_settled = lock_guards.queries_settled
    records_signed = lock_guards.records_signed
    signatures_current = lock_guards.signatures_current
    disclosures_assessed = lock_guards.disclosures_assessed
    changes_authorised = lock_guards.changes_authorised

    @guard(
        "record.changed_since_shown",
        "the record changed after it was shown; look at it again",
        "所示内容之后记录已更改，请重新查看",
    )
    def nothing_changed_since_shown(self) -> bool:
        return self.newest <= self.shown

    @guard(
        "record.signed_already",
        "this person's signature with this meaning stands on it as it is",
        "本人以该含义的签名仍然有效",
    )
    def not_signed_so(self) -> bool:
        return not self.signed_so

    @guard("record.frozen_already", "the record is frozen", "记录已冻结")
    def not_frozen(self) -> bool:
        return self.closing is None

    @guard("record.not_frozen", "the record is not frozen", "记录未冻结")
    def is_frozen(self) -> bool:
        return self.closing is not None

    @guard("record.unlock_requested_already", "unlocking is asked for", "已申请解锁")
    def unlocking_not_requested(self) -> bool:
        return self.closing is None or not self.closing.requested_by

    @guard("record.unlock_not_requested", "nobody has asked for unlocking", "尚未申请解锁")
    def unlocking_requested(self) -> bool:
        return self.closing is not None and bool(self.closing.requested_by)

    @guard(
        "record.unlock_same_person",
        "who asked for unlocking does not decide on it: it takes two people",
        "解锁须由申请人以外的另一人批准",
    )
    def by_another_person(self) -> bool:
        return self.closing is not None and self.closing.requested_by != self.actor
