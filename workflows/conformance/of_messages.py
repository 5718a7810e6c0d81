"""What the decisions on deliveries and calendar feeds ask."""

from __future__ import annotations

from typing import Any

from domain import calendar_feed, delivery
from domain.calendar_feed import Feed
from domain.delivery import Delivery
from domain.fact import Fact
from workflows.conformance.looking import Asking, Conditions, Seen


def _is_asked_for(fact: Any, seen: Seen) -> Conditions:  # noqa: ANN401 - the later facts of a delivery
    known = seen.looking.situation.states.single(Delivery, fact.delivery)
    yield known is None, "delivery.unknown"


def _concludes(fact: Any, seen: Seen) -> Conditions:  # noqa: ANN401 - how attempts end
    made = (delivery.DeliveryAttempted,)
    yield not seen.is_beside(*made, delivery=fact.delivery), "fact.alone"


def _issued(fact: calendar_feed.FeedIssued, seen: Seen) -> Conditions:
    yield fact.site not in seen.trial.sites, "site.not_active"


def _revoked(fact: calendar_feed.FeedRevoked, seen: Seen) -> Conditions:
    known = seen.looking.situation.states.single(Feed, fact.feed)
    yield known is None, "feed.unknown"
    yield known is not None and known.revoked is not None, "feed.revoked_already"


CONDITIONS: dict[type[Fact], Asking] = {
    delivery.DeliveryAttempted: _is_asked_for,
    delivery.Delivered: _concludes,
    delivery.DeliveryExhausted: _concludes,
    delivery.DeliveryCancelled: _is_asked_for,
    calendar_feed.FeedIssued: _issued,
    calendar_feed.FeedRevoked: _revoked,
}
