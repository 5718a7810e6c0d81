"""The sign-offs that a protocol plans, and where each stands for a participant: computed, never stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from domain.casebook_paths import CASEBOOK, ChangedAt
from domain.casebook_record import Records, Signature, standing_signature
from domain.happened import Happened
from domain.participant import Participant
from domain.protocol import Protocol
from domain.review_rules import SignOffPlan
from domain.visit import Visit


class SignOffStatus(StrEnum):
    """Where a planned sign-off stands.

    `not_due`: there is nothing to sign yet; `due`: never signed; `lapsed`: signed, and changed since;
    `signed`: as it stands.
    """

    NOT_DUE = "not_due"
    DUE = "due"
    LAPSED = "lapsed"
    SIGNED = "signed"


class SignOff(NamedTuple):
    """A planned sign-off of a participant: since when it is due, and the newest signature it has."""

    participant: str
    plan: SignOffPlan
    status: SignOffStatus
    reached: Happened | None
    signature: Signature | None

    def __str__(self) -> str:
        return f"{self.participant} {self.plan.id}"

    @property
    def is_open(self) -> bool:
        """Whether a signature is awaited."""
        return self.status in (SignOffStatus.DUE, SignOffStatus.LAPSED)


def sign_offs(
    protocol: Protocol,
    participant: Participant,
    visits: Mapping[str, Visit],
    records: Records | None,
    changed: ChangedAt,
) -> Iterator[SignOff]:
    """The sign-offs a protocol plans for a participant, in its order.

    `changed` needs to hold only what changed after the signatures.
    """
    for plan in protocol.review.sign_offs:
        reached = reached_at(plan, participant, visits)
        given = [each for each in (records.signed(plan.id) if records else ()) if each.role in plan.roles]
        standing = standing_signature(records, plan.id, changed, plan.roles) if records and given else None
        if standing is not None:
            status = SignOffStatus.SIGNED
        elif reached is None:
            status = SignOffStatus.NOT_DUE
        else:
            status = SignOffStatus.LAPSED if given else SignOffStatus.DUE
        newest = standing or (given[-1] if given else None)
        yield SignOff(participant.code, plan, status, reached, newest)


def reached_at(plan: SignOffPlan, participant: Participant, visits: Mapping[str, Visit]) -> Happened | None:
    """When there was something to sign: the visit attended, or the end of the participation."""
    if plan.id == CASEBOOK:
        return participant.ended if participant.randomized is not None else None
    known = visits.get(plan.id)
    return known.attended if known is not None else None
