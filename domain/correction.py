"""Changes to site data that others decide: proposed, asked for by the participant, or repaired from behind.

Until the investigator of the site accepts, the value stands as it was (ICH E6(R3) 3.16.1(i), (j)). Facts,
state, and how the one follows from the other. The topics are the storage format.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar, NamedTuple

from pydantic import StringConstraints

from domain.fact import Fact, FreeText
from domain.happened import Happened
from domain.identifiers import Key, ParticipantCode
from domain.observation import ResultId
from domain.record import Record
from domain.replacing import replace

CorrectionId = Annotated[str, StringConstraints(pattern=r"^C-[1-9][0-9]{0,17}$")]
"""A correction by the position of the fact that asked for it: `C-412`."""

Requester = Annotated[str, StringConstraints(pattern=r"^(participant|representative)$")]


def correction_at(position: int) -> str:
    """The id of the correction that the fact at a position asks for."""
    return f"C-{position}"


def correction_stream(correction: str) -> str:
    """The stream of one correction."""
    return f"correction/{correction}"


class CorrectionKind(StrEnum):
    """Who asks: somebody at a desk, the participant, or whoever repairs what cannot be reached otherwise."""

    PROPOSAL = "proposal"
    REQUEST = "request"
    FIX = "fix"


# ---------------------------------------------------------------- facts


class CorrectionAsked(Fact):
    """A value should be another, or (without one) void. It stands as it was until this is accepted."""

    KIND: ClassVar[CorrectionKind]
    correction: CorrectionId
    participant: ParticipantCode
    visit: Key
    result: ResultId
    was: str
    value: str | None = None
    unit: str = ""
    asked_by: str
    role: str
    ground: FreeText

    @property
    def to(self) -> str:
        """What the value should be, for the sentence."""
        return "void" if self.value is None else f"{self.value} {self.unit}".strip()

    @property
    def to_zh(self) -> str:
        """What the value should be, for the sentence in Chinese."""
        return "作废" if self.value is None else f"{self.value} {self.unit}".strip()


class CorrectionProposed(CorrectionAsked):
    """Somebody who does not decide, as the sponsor, the monitor or the data manager, proposes it."""

    TOPIC = "correction.proposed.v1"
    KIND = CorrectionKind.PROPOSAL
    EN = (
        "Correction {correction} proposed by {asked_by} ({role}): {participant} {visit} {result}"
        " from {was} to {to}: {ground}"
    )
    ZH = (
        "{asked_by}（{role}）提议更正 {correction}：{participant} {visit} {result}"
        " 由 {was} 改为 {to_zh}：{ground}"
    )
    CODED = ("role",)


class CorrectionRequested(CorrectionAsked):
    """A participant says that a value of theirs is wrong; the evidence for it is named."""

    TOPIC = "correction.requested.v1"
    KIND = CorrectionKind.REQUEST
    EN = (
        "Correction {correction} asked for by the {requester}: {participant} {visit} {result}"
        " from {was} to {to}, evidence {evidence}: {ground}"
    )
    ZH = (
        "{requester} 申请更正 {correction}：{participant} {visit} {result} 由 {was} 改为 {to_zh}，"
        "依据 {evidence}：{ground}"
    )
    requester: Requester
    evidence: FreeText


class CorrectionFixRequested(CorrectionAsked):
    """A repair of data from behind, under a ticket. It goes through the application, as everything does."""

    TOPIC = "correction.fix_requested.v1"
    KIND = CorrectionKind.FIX
    EN = (
        "Data fix {correction} under ticket {ticket} asked for by {asked_by}: {participant} {visit} {result}"
        " from {was} to {to}: {ground}"
    )
    ZH = (
        "{asked_by} 按工单 {ticket} 申请数据修复 {correction}：{participant} {visit} {result}"
        " 由 {was} 改为 {to_zh}：{ground}"
    )
    ticket: FreeText


class CorrectionFixApproved(Fact):
    """One of the two persons who must agree to a data fix does."""

    TOPIC = "correction.fix_approved.v1"
    PROMPT = True
    EN = "Data fix {correction} under ticket {ticket} approved by {approver} ({role})"
    ZH = "{approver}（{role}）批准工单 {ticket} 的数据修复 {correction}"
    CODED = ("role",)
    correction: CorrectionId
    ticket: FreeText
    approver: str
    role: str


class CorrectionFixApplied(Fact):
    """A data fix with both approvals has been made: the change stands beside this fact."""

    TOPIC = "correction.fix_applied.v1"
    PROMPT = True
    EN = "Data fix {correction} under ticket {ticket} applied, approved by {approvals}{when}"
    ZH = "已执行工单 {ticket} 的数据修复 {correction}，批准人 {approvals}{when_zh}"
    SILENT = ("when", "when_zh")
    correction: CorrectionId
    ticket: FreeText
    approvals: tuple[str, ...]
    after_unblinding: bool = False

    @property
    def when(self) -> str:
        """Whether the participant was unblinded, for the sentence."""
        return ", after unblinding" if self.after_unblinding else ""

    @property
    def when_zh(self) -> str:
        """Whether the participant was unblinded, for the sentence in Chinese."""
        return "（揭盲后）" if self.after_unblinding else ""


class CorrectionAccepted(Fact):
    """The investigator of the site has accepted, by signature: the change stands beside this fact."""

    TOPIC = "correction.accepted.v1"
    PROMPT = True
    EN = "Correction {correction} accepted by {decided_by}{when}"
    ZH = "{decided_by} 接受更正 {correction}{when_zh}"
    SILENT = ("when", "when_zh")
    correction: CorrectionId
    decided_by: str
    after_unblinding: bool = False

    @property
    def when(self) -> str:
        """Whether the participant was unblinded, for the sentence."""
        return ", after unblinding" if self.after_unblinding else ""

    @property
    def when_zh(self) -> str:
        """Whether the participant was unblinded, for the sentence in Chinese."""
        return "（揭盲后）" if self.after_unblinding else ""


class CorrectionRejected(Fact):
    """The investigator of the site does not accept: the value stands as it was."""

    TOPIC = "correction.rejected.v1"
    EN = "Correction {correction} rejected by {decided_by}: {ground}"
    ZH = "{decided_by} 拒绝更正 {correction}：{ground}"
    correction: CorrectionId
    decided_by: str
    ground: FreeText


# ---------------------------------------------------------------- state


class CorrectionStatus(StrEnum):
    """Where a correction stands; `half_approved` and `approved` are those of a data fix."""

    OPEN = "open"
    HALF_APPROVED = "half_approved"
    APPROVED = "approved"
    ACCEPTED = "accepted"
    APPLIED = "applied"
    REJECTED = "rejected"


WAITING = (CorrectionStatus.OPEN, CorrectionStatus.HALF_APPROVED, CorrectionStatus.APPROVED)


class Approval(NamedTuple):
    """Who agreed to a data fix, in which role, and when."""

    approver: str
    role: str
    when: Happened


@dataclass(frozen=True, slots=True)
class Correction:
    """The state of one correction. `source` is the evidence of a request, or the ticket of a fix."""

    correction: str
    kind: CorrectionKind
    participant: str
    visit: str
    result: str
    was: str
    value: str | None
    unit: str
    asked_by: str
    role: str
    ground: str
    asked: Happened
    requester: str = ""
    source: str = ""
    status: CorrectionStatus = CorrectionStatus.OPEN
    approvals: tuple[Approval, ...] = ()
    decided: Happened | None = None
    decided_by: str = ""
    answer: str = ""
    after_unblinding: bool = False

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has decided it yet."""
        return self.status in WAITING


def evolve(correction: Correction | None, record: Record) -> Correction | None:
    """The correction after one more fact. Total: what it does not know changes nothing."""
    fact, when = record.fact, record.happened
    if isinstance(fact, CorrectionAsked) and correction is None:
        return _asked(fact, when)
    if correction is None:
        return None
    match fact:
        case CorrectionFixApproved():
            approvals = (*correction.approvals, Approval(fact.approver, fact.role, when))
            status = CorrectionStatus.APPROVED if len(approvals) > 1 else CorrectionStatus.HALF_APPROVED
            return replace(correction, approvals=approvals, status=status)
        case CorrectionAccepted():
            return replace(
                correction,
                status=CorrectionStatus.ACCEPTED,
                decided=when,
                decided_by=fact.decided_by,
                after_unblinding=fact.after_unblinding,
            )
        case CorrectionFixApplied():
            return replace(
                correction,
                status=CorrectionStatus.APPLIED,
                decided=when,
                after_unblinding=fact.after_unblinding,
            )
        case CorrectionRejected():
            return replace(
                correction,
                status=CorrectionStatus.REJECTED,
                decided=when,
                decided_by=fact.decided_by,
                answer=fact.ground,
            )
    return correction


def _asked(fact: CorrectionAsked, when: Happened) -> Correction:
    source = fact.evidence if isinstance(fact, CorrectionRequested) else ""
    return Correction(
        fact.correction,
        fact.KIND,
        fact.participant,
        fact.visit,
        fact.result,
        fact.was,
        fact.value,
        fact.unit,
        fact.asked_by,
        fact.role,
        fact.ground,
        when,
        fact.requester if isinstance(fact, CorrectionRequested) else "",
        fact.ticket if isinstance(fact, CorrectionFixRequested) else source,
    )
