"""`trialog delivery …`: what was sent, to whom, and how it went."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from adapters.cli.commands import Answer, Asked, answers, looks, noun
from adapters.cli.output import listing, pairs
from adapters.cli.place import Place

group = noun("delivery", "Send alerts and digests by mail and webhook, and see how that went.")


@answers(group, "list", example="delivery list --status exhausted --store trial.db")
def list_deliveries(
    question: Asked,
    status: Annotated[
        Literal["requested", "deferred", "delivered", "exhausted", "cancelled"] | None,
        typer.Option("--status", help="Only those that stand so."),
    ] = None,
) -> Answer:
    """List what was to be sent, to which contact, and how each delivery stands. No address is kept."""
    from domain.delivery import Delivery

    rows = [
        {
            "delivery": each.delivery,
            "subject": each.subject,
            "contact": each.contact,
            "channel": each.channel,
            "status": str(each.status),
            "attempts": each.attempts,
            "last_attempt": each.last_attempt,
            "detail": each.last_detail or None,
        }
        for each in question.view.singles(Delivery).values()
        if status in (None, each.status)
    ]
    return listing(question.view, rows, ("subject", "contact", "channel", "status", "attempts", "detail"))


@looks(group, "run", example="delivery run --store trial.db", asks=False)
def run(place: Place) -> Answer:
    """Make one round: ask for what is new, and try to hand over everything that is due.

    The contacts and the ways to them are in the settings beside the store (<store>.notify.toml, or
    TRIALOG_NOTIFY). The scheduler makes a round at every beat.
    """
    from adapters.notify.courier import Courier
    from adapters.notify.settings import read_settings, settings_file_of

    settings = read_settings(settings_file_of(place.store))
    made = Courier(place.app, place.trial, settings).run()
    data = {"trial": place.trial, "contacts": len(settings.contacts), **made._asdict()}
    return Answer(data, (pairs(data),))
