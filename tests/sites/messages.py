"""What is sent to contacts of the second site, and its calendar feed."""

from __future__ import annotations

from typing import Any

from adapters.exports.calendar import calendar
from adapters.notify import webhook
from adapters.notify.courier import Courier
from adapters.notify.settings import Person, Settings, Webhook
from domain.calendar_feed import Feed
from domain.clinical_time import Instant
from domain.delivery import Delivery, Outcome
from domain.record import Role
from projections.notices import Words
from tests.sites.played import HERE
from tests.sites.worlds import World
from tests.support.trial import TRIAL

_HOOK = Webhook(url="https://ward.example/hook", secret="a secret of the house")  # noqa: S106 - of a test
_WAYS: dict[str, dict[str, Any]] = {"now": {}, "morning": {"digest": True, "language": "zh"}}
SETTINGS = Settings(
    webhooks={"ward": _HOOK},
    contacts=tuple(
        Person(name=f"ours-{way}", role=Role.COORDINATOR, site=HERE, webhook="ward", **how)
        for way, how in _WAYS.items()
    ),
)


def sent(world: World) -> list[str]:
    """Every message of one round to who works at S2, and the feed of its visits."""
    messages: list[str] = []

    def taken(delivery: Delivery, words: Words, _person: Person, _now: Instant) -> tuple[Outcome, str]:
        messages.append(webhook.body_of(delivery, words).decode())
        return Outcome.ACCEPTED, "250"

    app = world.scenario.app
    Courier(app, TRIAL, SETTINGS, taken).run()
    view = app.view(TRIAL)
    feed = next(each for each in view.singles(Feed).values() if each.site == HERE)
    return [*messages, calendar(view, feed).decode()]
