"""The courier: asks for what must be sent, hands over what is due, and records every attempt.

Asking is exactly once: the delivery's stream begins once. Handing over is at least once: a process that dies
between the other side's yes and the fact makes the next one hand the message over again, under the same id.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from adapters.app import App
from adapters.notify import mail, webhook
from adapters.notify.settings import Person, Settings
from domain.clinical_time import Instant
from domain.delivery import Delivery, Outcome
from domain.record import Attribution, Origin, Role
from projections.as_of import View
from projections.notices import Words, alert_notices, digest_notices, ended, words_of
from workflows.command import Command
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
    """Carries the messages of one trial. `hand_over` is replaced by tests that need no server."""

    def __init__(self, app: App, trial: str, settings: Settings, hand_over: HandOver | None = None) -> None:
        self._app = app
        self._trial = trial
        self._settings = settings
        self._hand_over = hand_over or self._by_channel

    def run(self) -> Round:
        """One round: ask for what is new, and try everything that is due."""
        requested = self._request(self._app.view(self._trial))
        view = self._app.view(self._trial)
        now = self._app.clock.now()
        people = {person.name: person for person in self._settings.contacts}
        counts = {Outcome.ACCEPTED: 0, Outcome.DEFERRED: 0, Outcome.REFUSED: 0}
        cancelled = 0
        for delivery in view.singles("delivery").values():
            person = people.get(delivery.contact)
            if not delivery.is_due(now):
                continue
            reason = ended(view, delivery) if person is not None else "no_contact"
            if reason or person is None:
                self._execute(CancelDelivery(delivery=delivery.delivery, reason=reason))
                cancelled += 1
                continue
            words = words_of(view, delivery, person.language)
            outcome, detail = self._hand_over(delivery, words, person, now)
            self._execute(RecordAttempt(delivery=delivery.delivery, outcome=outcome, detail=detail))
            counts[outcome] += 1
        gone = cancelled + counts[Outcome.REFUSED]
        return Round(requested, counts[Outcome.ACCEPTED], counts[Outcome.DEFERRED], gone)

    def _request(self, view: View) -> int:
        contacts = self._settings.notified()
        known = {(each.subject, each.contact) for each in view.singles("delivery").values()}
        notices = (
            *alert_notices(view, contacts),
            *digest_notices(view, contacts, self._settings.digest_hour),
        )
        asked = 0
        for notice in notices:
            if (notice.subject, notice.contact) not in known:
                self._execute(RequestDelivery.model_validate(notice._asdict()))
                asked += 1
        return asked

    def _execute(self, command: Command) -> None:
        self._app.engine.execute(self._trial, command, COURIER)

    def _by_channel(
        self, delivery: Delivery, words: Words, person: Person, now: Instant
    ) -> tuple[Outcome, str]:
        settings = self._settings
        if person.webhook:
            return webhook.post(delivery, words, settings.webhooks[person.webhook], now)
        if settings.mail is None:
            return Outcome.DEFERRED, "no_mail_server"
        message = mail.message_of(delivery, words, settings.mail, person.email, now)
        return mail.send(message, settings.mail)
