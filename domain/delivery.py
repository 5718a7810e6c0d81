"""Delivery: a message to one contact, each attempt a fact, until it is accepted or given up.

Facts, state, and how the one follows from the other. The id of a delivery follows from what is sent and to
whom, so it is asked for once, however many processes derive it; and every attempt carries it, so whoever
gets a message twice can tell.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import Field, StringConstraints

from domain.clinical_time import Instant
from domain.fact import Fact
from domain.happened import Happened
from domain.identifiers import AlertId, Key
from domain.record import Record
from domain.replacing import replace

_NAMESPACE = UUID("2b7c6c1e-63b5-5a53-9d0e-0d7be9f0a7d4")
"""For good: the ids of all deliveries follow from it."""

_SUBJECT = r"^(alert/[0-9a-f-]{36}/[0-9]{1,3}|digest/[A-Za-z0-9-]+/[0-9-]{10})$"
Subject = Annotated[str, StringConstraints(pattern=_SUBJECT)]
"""What is sent: an alert at a level of its escalation, or a site's digest of a day."""

MINUTES = (1, 5, 15, 60, 240, 720, 1440)
"""How long to wait after the first, second, … attempt that failed; after one more it is given up."""


def delivery_id(trial: str, subject: str, contact: str) -> str:
    """The id of a delivery: the same whoever derives it."""
    return str(uuid5(_NAMESPACE, f"{trial}|{subject}|{contact}"))


def wait_after(attempts: int) -> timedelta | None:
    """How long to wait after so many failed attempts; None when that was the last."""
    return timedelta(minutes=MINUTES[attempts - 1]) if attempts <= len(MINUTES) else None


class Outcome(StrEnum):
    """How an attempt ended: taken over, to be tried again, or refused for good."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"


# ---------------------------------------------------------------- facts


class DeliveryRequested(Fact):
    """A message is to go to a contact, whom the settings name; the history holds no address."""

    TOPIC = "delivery.requested.v1"
    EN = "Delivery of {subject} to {contact} by {channel} requested"
    ZH = "请求通过 {channel} 向 {contact} 发送 {subject}"
    delivery: AlertId
    subject: Subject
    contact: Key
    channel: Annotated[str, StringConstraints(pattern=r"^(mail|webhook)$")]


class DeliveryAttempted(Fact):
    """One attempt to hand the message over. `detail` is a code, never what the other side said."""

    TOPIC = "delivery.attempted.v1"
    EN = "Attempt {attempt} to deliver: {outcome} ({detail})"
    ZH = "第 {attempt} 次发送：{outcome}（{detail}）"
    delivery: AlertId
    attempt: Annotated[int, Field(ge=1)]
    at: Instant
    outcome: Annotated[str, StringConstraints(pattern=r"^(accepted|deferred|refused)$")]
    detail: Annotated[str, StringConstraints(max_length=80)]


class Delivered(Fact):
    """The other side has taken the message over."""

    TOPIC = "delivery.delivered.v1"
    EN = "Delivered at attempt {attempt}"
    ZH = "第 {attempt} 次发送成功"
    delivery: AlertId
    attempt: Annotated[int, Field(ge=1)]


class DeliveryExhausted(Fact):
    """It was tried as often as is useful, or refused for good: somebody must look."""

    TOPIC = "delivery.exhausted.v1"
    EN = "Delivery given up after {attempts} attempts"
    ZH = "发送 {attempts} 次后放弃"
    delivery: AlertId
    attempts: Annotated[int, Field(ge=1)]


class DeliveryCancelled(Fact):
    """Its cause had ended before it could be handed over."""

    TOPIC = "delivery.cancelled.v1"
    EN = "Delivery cancelled: {reason}"
    ZH = "取消发送：{reason}"
    delivery: AlertId
    reason: Key


# ---------------------------------------------------------------- state


class DeliveryStatus(StrEnum):
    """Where a delivery stands."""

    REQUESTED = "requested"
    DEFERRED = "deferred"
    DELIVERED = "delivered"
    EXHAUSTED = "exhausted"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The state of one delivery."""

    delivery: str
    subject: str
    contact: str
    channel: str
    requested: Happened
    status: DeliveryStatus = DeliveryStatus.REQUESTED
    attempts: int = 0
    last_attempt: Instant | None = None
    last_detail: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it is still to be handed over."""
        return self.status in (DeliveryStatus.REQUESTED, DeliveryStatus.DEFERRED)

    def is_due(self, now: Instant) -> bool:
        """Whether the next attempt may be made."""
        if not self.is_open or self.last_attempt is None:
            return self.is_open
        wait = wait_after(self.attempts)
        return wait is not None and now.moment >= self.last_attempt.moment + wait


def evolve(delivery: Delivery | None, record: Record) -> Delivery | None:
    """The delivery after one more fact. Total: what it does not know changes nothing."""
    fact, when = record.fact, record.happened
    if isinstance(fact, DeliveryRequested):
        return delivery or Delivery(fact.delivery, fact.subject, fact.contact, fact.channel, when)
    if delivery is None:
        return None
    match fact:
        case DeliveryAttempted():
            status = DeliveryStatus.DEFERRED if delivery.is_open else delivery.status
            return replace(
                delivery,
                status=status,
                attempts=fact.attempt,
                last_attempt=fact.at,
                last_detail=fact.detail,
            )
        case Delivered():
            return replace(delivery, status=DeliveryStatus.DELIVERED)
        case DeliveryExhausted():
            return replace(delivery, status=DeliveryStatus.EXHAUSTED)
        case DeliveryCancelled():
            return replace(delivery, status=DeliveryStatus.CANCELLED)
    return delivery
