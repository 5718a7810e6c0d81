"""The commands of delivery and what each decides. All are issued by the courier, never by a person.

A command that comes second, because another process was quicker, changes nothing and is no error.
"""

from typing import Annotated

from pydantic import StringConstraints

from domain.delivery import (
    Delivered,
    Delivery,
    DeliveryAttempted,
    DeliveryCancelled,
    DeliveryExhausted,
    DeliveryRequested,
    Outcome,
    Subject,
    delivery_id,
    wait_after,
)
from domain.errors import NotFound
from domain.fact import Fact
from domain.identifiers import AlertId, Key
from domain.record import NewFact
from workflows.command import Command
from workflows.situation import Situation, decides


class RequestDelivery(Command):
    """Have a message go to a contact."""

    KIND = "delivery.request"
    ANY_TIME = True
    subject: Subject
    contact: Key
    channel: Annotated[str, StringConstraints(pattern=r"^(mail|webhook)$")]


class RecordAttempt(Command):
    """An attempt was made, and ended so."""

    KIND = "delivery.record_attempt"
    ANY_TIME = True
    delivery: AlertId
    outcome: Outcome
    detail: Annotated[str, StringConstraints(max_length=80)] = ""


class CancelDelivery(Command):
    """The cause has ended before the message could be handed over."""

    KIND = "delivery.cancel"
    ANY_TIME = True
    delivery: AlertId
    reason: Key


@decides(RequestDelivery)
def request_delivery(command: RequestDelivery, situation: Situation) -> list[NewFact]:
    name = delivery_id(situation.states.trial_id, command.subject, command.contact)
    if situation.states.single(Delivery, name) is not None:
        return []
    asked = DeliveryRequested(
        delivery=name, subject=command.subject, contact=command.contact, channel=command.channel
    )
    return _of(name, situation, asked)


@decides(RecordAttempt)
def record_attempt(command: RecordAttempt, situation: Situation) -> list[NewFact]:
    known = _known(command.delivery, situation)
    number = known.attempts + 1
    made = DeliveryAttempted(
        delivery=known.delivery,
        attempt=number,
        at=situation.now,
        outcome=command.outcome.value,
        detail=command.detail,
    )
    if not known.is_open:
        return _of(known.delivery, situation, made)
    if command.outcome is Outcome.ACCEPTED:
        return _of(known.delivery, situation, made, Delivered(delivery=known.delivery, attempt=number))
    if command.outcome is Outcome.REFUSED or wait_after(number) is None:
        given_up = DeliveryExhausted(delivery=known.delivery, attempts=number)
        return _of(known.delivery, situation, made, given_up)
    return _of(known.delivery, situation, made)


@decides(CancelDelivery)
def cancel_delivery(command: CancelDelivery, situation: Situation) -> list[NewFact]:
    known = _known(command.delivery, situation)
    if not known.is_open:
        return []
    cancelled = DeliveryCancelled(delivery=known.delivery, reason=command.reason)
    return _of(known.delivery, situation, cancelled)


def _known(delivery: str, situation: Situation) -> Delivery:
    known = situation.states.single(Delivery, delivery)
    if known is None:
        raise NotFound("delivery.unknown", f"there is no delivery {delivery}")
    return known


def _of(delivery: str, situation: Situation, *facts: Fact) -> list[NewFact]:
    return situation.facts_in(f"delivery/{delivery}", situation.when_now(), *facts)
