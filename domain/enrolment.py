"""The enrolment: the sealed allocation list that its places come from, and the places that are taken.

The topics below are the storage format. The list itself is made by `domain.allocation`.
"""

from typing import NamedTuple

from domain.fact import Fact
from domain.identifiers import ParticipantCode
from domain.sealed import Sealed

# ---------------------------------------------------------------- facts


class ListSealed(Fact):
    """The allocation list is fixed: its secret sealed, its commitment open."""

    TOPIC = "trial.allocation_list_sealed.v1"
    PROMPT = True
    EN = "Allocation list sealed (commitment {commitment})"
    ZH = "随机分配表已封存（承诺值 {commitment}）"
    algorithm: str
    commitment: str
    parameters: str
    secret: Sealed


class AllocationSecretRevealed(Fact):
    """The secret of the allocation list, as 64 hexadecimal digits, for everybody to make the list again.

    The sentence leaves it out: the audit trail is read by roles that stay masked after the lock.
    """

    TOPIC = "trial.allocation_secret_revealed.v1"
    TELLS_ALLOCATION = True
    PROMPT = True
    EN = "Secret of the allocation list revealed (commitment {commitment})"
    ZH = "随机分配表密钥已公开（承诺值 {commitment}）"
    commitment: str
    secret: str


class AllocationUsed(Fact):
    """One place of the enrolment target is taken by a participant."""

    TOPIC = "trial.allocation_used.v1"
    EN = "Place {place} of the enrolment taken by {participant}"
    ZH = "{participant} 占用第 {place} 个入组名额"
    place: int
    participant: ParticipantCode


# ---------------------------------------------------------------- state


class Enrolment(NamedTuple):
    """How many places of the enrolment target are taken."""

    allocated: int = 0


def enrolled(enrolment: Enrolment, fact: AllocationUsed) -> Enrolment:
    """The enrolment once a place is taken."""
    return Enrolment(max(enrolment.allocated, fact.place))
