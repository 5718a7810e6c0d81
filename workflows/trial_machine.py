"""The trial's machine: planned → adopted → active → frozen → locked → archived."""

from __future__ import annotations

from domain.activation import Activated, ActivationCorrected, SiteActivated
from domain.clinical_time import ClinicalTime
from domain.consent_form import ConsentFormApproved, ConsentFormWithdrawn
from domain.enrolment import AllocationSecretRevealed, ListSealed
from domain.fact import Fact
from domain.lock_guards import Against
from domain.protocol import RandomizationMethod
from domain.trial import (
    Archived,
    AssumptionsConfirmed,
    DataCutNamed,
    EnrolmentClosed,
    EnrolmentOpened,
    EthicsApproved,
    Frozen,
    Locked,
    ProtocolAdopted,
    ProtocolAmended,
    SiteVersionAdopted,
    Trial,
    TrialStatus,
    Unlocked,
    UnlockRequested,
)
from workflows import lock_guards
from workflows.machine import Cursor, Machine, Move, Rule, Table, every, guard

S = TrialStatus
_BEGUN = (S.ADOPTED, S.ACTIVE)
_RUNNING = (S.ACTIVE, S.FROZEN)
_CLOSED = (S.LOCKED, S.ARCHIVED)

TABLE = Table(
    "trial",
    every(S),
    (
        Move("adopt_protocol", (S.PLANNED,), S.ADOPTED),
        Move("amend_protocol", _BEGUN, None),
        Move("confirm_assumptions", _BEGUN, None),
        Move("approve_ethics", _BEGUN, None),
        Move("register_consent_form", (*_BEGUN, S.FROZEN), None),
        Move("withdraw_consent_form", (*_BEGUN, S.FROZEN), None),
        Move("seal_list", _BEGUN, None, ("list_is_made_here", "list_not_yet_sealed")),
        Move("activate_site", _BEGUN, None, ("ethics_approved", "approved_by_then")),
        Move("adopt_version_at_site", (S.ACTIVE,), None, ("ethics_approved", "assumptions_confirmed")),
        Move(
            "activate",
            (S.ADOPTED,),
            S.ACTIVE,
            (
                "assumptions_confirmed",
                "ethics_approved",
                "approved_by_then",
                "a_site_is_active",
                "list_sealed_if_made_here",
            ),
        ),
        Move("correct_activation", (S.ACTIVE,), None, ("approved_by_then",)),
        Move("open_enrolment", (S.ACTIVE,), None, ("enrolment_not_open", "list_not_public")),
        Move("close_enrolment", (S.ACTIVE,), None, ("enrolment_is_open",)),
        Move("name_data_cut", every(S, but=(S.PLANNED,)), None),
        Move("freeze", (S.ACTIVE,), S.FROZEN, ("enrolment_not_open_any_more",)),
        Move("lock", _RUNNING, S.LOCKED, ("enrolment_not_open_any_more", *lock_guards.GUARDS)),
        Move("request_unlock", (S.LOCKED,), None, ("unlocking_not_requested",)),
        Move("unlock", (S.FROZEN,), S.ACTIVE),
        Move("unlock", (S.LOCKED,), S.ACTIVE, ("unlocking_requested", "by_another_person")),
        Move("archive", (S.LOCKED,), S.ARCHIVED),
        Move("reveal_allocation_secret", _CLOSED, None, ("a_list_is_sealed", "secret_not_yet_revealed")),
    ),
    {
        ("adopt_protocol", S.ADOPTED): Rule(
            "trial.adopted_already",
            "the trial has a protocol; a change to it is an amendment",
            "试验已有方案；变更须以修订进行",
        ),
        ("activate", S.ACTIVE): Rule("trial.active_already", "the trial is active", "试验已启动"),
        ("activate", S.PLANNED): Rule("trial.no_protocol", "the trial has no protocol yet", "试验尚无方案"),
        **{
            ("reveal_allocation_secret", state): Rule(
                "randomization.not_locked",
                "the secret of the allocation list is revealed once the trial is locked, not before",
                "试验锁定后方可公开随机分配表密钥",
            )
            for state in every(S, but=_CLOSED)
        },
        ("*", S.LOCKED): Rule("trial.locked", "the trial is locked", "试验已锁定"),
        ("*", S.ARCHIVED): Rule("trial.archived", "the trial is archived", "试验已归档"),
    },
)
MACHINE = Machine(TABLE)

STEPS: dict[type[Fact], str] = {
    ProtocolAdopted: "adopt_protocol",
    ProtocolAmended: "amend_protocol",
    AssumptionsConfirmed: "confirm_assumptions",
    EthicsApproved: "approve_ethics",
    ConsentFormApproved: "register_consent_form",
    ConsentFormWithdrawn: "withdraw_consent_form",
    ListSealed: "seal_list",
    SiteActivated: "activate_site",
    SiteVersionAdopted: "adopt_version_at_site",
    Activated: "activate",
    ActivationCorrected: "correct_activation",
    EnrolmentOpened: "open_enrolment",
    EnrolmentClosed: "close_enrolment",
    DataCutNamed: "name_data_cut",
    Frozen: "freeze",
    Locked: "lock",
    UnlockRequested: "request_unlock",
    Unlocked: "unlock",
    Archived: "archive",
    AllocationSecretRevealed: "reveal_allocation_secret",
}
"""The move that each fact says was made: what a replay of the history asks of this machine."""


class TrialCursor(Cursor):
    """The trial at the moment of a step, and the protocol version the step is about; who takes the step, what
    stands against a lock, and from when on an activation holds.
    """

    def __init__(
        self,
        trial: Trial,
        version: str = "",
        actor: str = "",
        against: frozenset[Against] = frozenset(),
        at: ClinicalTime | None = None,
    ) -> None:
        super().__init__(trial.status)
        self.trial = trial
        self.actor = actor
        self.at = at
        self.against = against
        self.version = version or trial.newest_version

    @guard(
        "trial.assumptions_unconfirmed",
        "the principal investigator has not confirmed the protocol's assumptions",
        "主要研究者尚未确认方案假设",
    )
    def assumptions_confirmed(self) -> bool:
        return self.version in self.trial.confirmed or not self.trial.document(self.version).assumptions

    @guard(
        "trial.ethics_missing",
        "there is no ethics approval for this protocol version",
        "该方案版本尚无伦理批准",
    )
    def ethics_approved(self) -> bool:
        return self.version in self.trial.approved

    @guard(
        "trial.approved_later",
        "the ethics approval of this protocol version came later",
        "该方案版本的伦理批准晚于此时间",
    )
    def approved_by_then(self) -> bool:
        approval = self.trial.approvals.get(self.version)
        return self.at is None or approval is None or self.at.latest > approval.at.earliest

    @guard("trial.no_site", "no site is active", "尚无启动的中心")
    def a_site_is_active(self) -> bool:
        return bool(self.trial.sites)

    @guard(
        "randomization.external",
        "the protocol has its allocation made elsewhere",
        "方案规定在外部产生随机分配",
    )
    def list_is_made_here(self) -> bool:
        return self.trial.protocol.randomization.method is RandomizationMethod.PERMUTED_BLOCKS

    @guard(
        "randomization.sealed_already",
        "the allocation list is sealed; it cannot be made again",
        "随机分配表已封存，不可重做",
    )
    def list_not_yet_sealed(self) -> bool:
        return self.trial.allocation_list is None

    @guard(
        "randomization.no_list", "no allocation list was sealed in this trial", "本试验没有封存的随机分配表"
    )
    def a_list_is_sealed(self) -> bool:
        return self.trial.allocation_list is not None

    @guard(
        "randomization.revealed_already",
        "the secret of the allocation list is revealed",
        "随机分配表密钥已公开",
    )
    def secret_not_yet_revealed(self) -> bool:
        return self.trial.revealed is None

    @guard(
        "randomization.list_public",
        "the allocation list is public; nobody can be allocated from it any more",
        "随机分配表已公开，不能再用于分配",
    )
    def list_not_public(self) -> bool:
        return self.trial.revealed is None

    @guard("randomization.not_sealed", "the allocation list is not sealed yet", "随机分配表尚未封存")
    def list_sealed_if_made_here(self) -> bool:
        external = self.trial.protocol.randomization.method is RandomizationMethod.EXTERNAL
        return external or self.trial.allocation_list is not None

    @guard("trial.enrolment_open", "enrolment is open already", "入组已开放")
    def enrolment_not_open(self) -> bool:
        return not self.trial.enrolling

    @guard("trial.enrolment_closed", "enrolment is not open", "入组未开放")
    def enrolment_is_open(self) -> bool:
        return self.trial.enrolling

    @guard("trial.enrolment_still_open", "enrolment must be closed first", "须先结束入组")
    def enrolment_not_open_any_more(self) -> bool:
        return not self.trial.enrolling

    queries_settled = lock_guards.queries_settled
    records_signed = lock_guards.records_signed
    signatures_current = lock_guards.signatures_current
    disclosures_assessed = lock_guards.disclosures_assessed
    changes_authorised = lock_guards.changes_authorised

    @guard("trial.unlock_requested_already", "unlocking is asked for", "已申请解锁")
    def unlocking_not_requested(self) -> bool:
        return not self.trial.unlock_requested_by

    @guard("trial.unlock_not_requested", "nobody has asked for unlocking", "尚未申请解锁")
    def unlocking_requested(self) -> bool:
        return bool(self.trial.unlock_requested_by)

    @guard(
        "trial.unlock_same_person",
        "who asked for unlocking does not decide on it: it takes two people",
        "解锁须由申请人以外的另一人批准",
    )
    def by_another_person(self) -> bool:
        return self.trial.unlock_requested_by != self.actor
