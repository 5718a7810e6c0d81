"""The courier: asks for what must be sent, hands over what is due, and records every attempt.

Asking is exactly once: the delivery's stream begins once. Handing over is at least once: a process that dies
between the other side's yes and the fact makes the next one hand the message over again, under the same id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from adapters.app import App
from adapters.notify import mail, webhook
from adapters.notify.settings import Person, Settings
from domain.clinical_time import Instant
from domain.delivery import Delivery, Outcome
from domain.errors import TrialogError
from domain.record import Attribution, Origin, Role
from projections.notices import Words, ended, words_of
from projections.outbox import Outbox
from workflows.command import Command, Issue
from workflows.delivery import CancelDelivery, RecordAttempt, RequestDelivery

COURIER = Attribution("courier", Role.SYSTEM, origin=Origin.SYSTEM, origin_id="courier")

HandOver = Callable[[Delivery, Words, Person, Instant], tuple[Outcome, str]]
"""Hands a message to a contact: how it ended, and the code."""


class Round(NamedTuple):
    """What one round did: how many were asked for, handed over, put off and given up or cancelled."""

    requested: int
    delivered: int
    deferred: int
    ended: int


class Courier:
    """Carries the messages of one trial, and remembers between rounds what is open. `settings` may be changed
    between them; `hand_over` is replaced by tests that need no server.
    """

    def __init__(self, app: App, trial: str, settings: Settings, hand_over: HandOver | None = None) -> None:
        self.settings = settings
        self._app = app
        self._trial = trial
        self._hand_over = hand_over or self._by_channel
        self._outbox: Outbox | None = None

    @property
    def next_at(self) -> datetime | None:
        """When there may be something to do next, if nothing is recorded before; None for never. After a
        round that came to its end it holds: until then, rounds can be passed over.
        """
        now = self._app.clock.now()
        return None if self._outbox is None else self._outbox.next_at(self.settings.digest_hour, now)

    def run(self) -> Round:
        """One round: ask for what is new, and try everything that is due. What fails is forgotten, and so
        looked at anew at the next round.
        """
        outbox, self._outbox = self._outbox or Outbox(self._app.reading, self._trial), None
        outbox.follow()
        requested = self._request(outbox)
        outbox.follow()
        counts = Counter(self._try(delivery, outbox) for delivery in outbox.due(self._app.clock.now()))
        outbox.follow()
        self._outbox = outbox
        gone = counts[None] + counts[Outcome.REFUSED]
        return Round(requested, counts[Outcome.ACCEPTED], counts[Outcome.DEFERRED], gone)

    def _request(self, outbox: Outbox) -> int:
        now = self._app.clock.now()
        notices = outbox.notices(self.settings.notified(), self.settings.digest_hour, now)
        issues = [Issue(RequestDelivery.model_validate(each._asdict()), COURIER) for each in notices]
        asked = 0
        for outcome in self._app.engine.execute_many(self._trial, issues) if issues else ():
            if isinstance(outcome, TrialogError):
                raise outcome
            asked += bool(outcome.first)
        return asked

    def _try(self, delivery: Delivery, outbox: Outbox) -> Outcome | None:
        """Hand one message over, if its cause goes on: how that ended; None for one that was cancelled."""
        outbox.follow()
        now, alert = self._app.clock.now(), outbox.alert(delivery.subject.split("/", 2)[1])
        person = next((each for each in self.settings.contacts if each.name == delivery.contact), None)
        reason = "no_contact" if person is None else ended(delivery, alert, outbox.protocol.sites, now.moment)
        if reason or person is None:
            self._execute(CancelDelivery(delivery=delivery.delivery, reason=reason))
            return None
        words = words_of(delivery, alert, outbox.protocol, person.language, outbox.standing)
        outcome, detail = self._hand_over(delivery, words, person, now)
        self._execute(RecordAttempt(delivery=delivery.delivery, outcome=outcome, detail=detail))
        return outcome

    def _execute(self, command: Command) -> None:
        self._app.engine.execute(self._trial, command, COURIER)

    def _by_channel(
        self, delivery: Delivery, words: Words, person: Person, now: Instant
    ) -> tuple[Outcome, str]:
        settings = self.settings
        if person.webhook:
            return webhook.post(delivery, words, settings.webhooks[person.webhook], now)
        if settings.mail is None:
            return Outcome.DEFERRED, "no_mail_server"
        message = mail.message_of(delivery, words, settings.mail, person.email, now)
        return mail.send(message, settings.mail)
