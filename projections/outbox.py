"""What is still to be sent of one trial: the alerts that stand, and the messages that are open.

It follows the log: a round costs what has changed and what is due since the last one, not what has been.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from domain import alert as alerts
from domain import delivery as deliveries
from domain.alert import Alert
from domain.clinical_time import Instant
from domain.delivery import Delivery, delivery_id, wait_after
from domain.identifiers import TRIAL_STREAM
from domain.protocol import Protocol, Site
from domain.record import Record
from projections.alerts import standing
from projections.as_of import StoredView
from projections.documents import MODELS, reader
from projections.notices import Contact, Notice, alert_notices, digest_notices, next_digest
from projections.ports import Reading

_ALERT, _DELIVERY = "alert/", "delivery/"
_OPEN = ('"status":"requested"', '"status":"deferred"')
"""How the text of an open message tells that it is."""


class Outbox:
    """What one trial has to say to people. `follow` brings it to the end of the log."""

    def __init__(self, reading: Reading, trial: str) -> None:
        """An outbox that has looked at nothing yet."""
        self._reading = reading
        self._trial = trial
        self._position = 0
        self._alerts: dict[str, Alert] = {}
        self._open: dict[str, Delivery] = {}
        self._known: frozenset[str] | None = None
        self._changed: set[str] = set()
        self._contacts: Collection[Contact] = ()
        self._protocol: Protocol | None = None

    @property
    def standing(self) -> Collection[Alert]:
        """The alerts that have not ended."""
        return self._alerts.values()

    def alert(self, name: str) -> Alert | None:
        """An alert that stands, or None."""
        return self._alerts.get(name)

    @property
    def protocol(self) -> Protocol:
        """The newest version of the trial's protocol. Raises LookupError while there is none."""
        if self._protocol is None:
            beginning = Instant("0001-01-01T00:00:00.000000Z")
            trial = StoredView(self._reading, self._trial, self._position, beginning).trial
            if not trial.versions:
                raise LookupError(self._trial)
            self._protocol = trial.protocol
        return self._protocol

    def follow(self) -> None:
        """Learn of what was recorded since the last time; at first, of all that stands and is open."""
        head, _ = self._reading.head(self._trial)
        if not self._position:
            self._begin(head)
        elif head > self._position:
            for entry in self._reading.entries(self._trial, after=self._position, upto=head):
                self._take(entry.record)
        self._position = head

    def _begin(self, head: int) -> None:
        """Of messages only those that are open are read; of all others, under which ids there are any."""
        read = reader("delivery")
        self._alerts = {alert.alert: alert for alert in standing(self._reading, self._trial, head)}
        self._changed = set(self._alerts)
        found = self._reading.documents(self._trial, MODELS["delivery"], upto=head)
        self._known = frozenset(name for name, _ in found)
        self._open = {name: read(body) for name, body in found if any(word in body for word in _OPEN)}

    def _take(self, record: Record) -> None:
        stream = record.stream
        if stream.startswith(_ALERT):
            self._of_alert(stream.removeprefix(_ALERT), record)
        elif stream.startswith(_DELIVERY):
            known = deliveries.evolve(self._open.get(stream.removeprefix(_DELIVERY)), record)
            if known is not None:
                self._keep(known)
        elif stream == TRIAL_STREAM:
            self._protocol = None

    def _of_alert(self, name: str, record: Record) -> None:
        alert = alerts.evolve(self._alerts.get(name), record)
        if alert is not None and alert.is_standing:
            self._alerts[name] = alert
            self._changed.add(name)
        else:
            self._alerts.pop(name, None)

    def _keep(self, delivery: Delivery) -> None:
        """What is sent is forgotten."""
        if delivery.is_open:
            self._open[delivery.delivery] = delivery
        else:
            self._open.pop(delivery.delivery, None)

    def notices(self, contacts: Collection[Contact], hour: int, now: Instant) -> list[Notice]:
        """What is to be asked for now, and was not yet, by those who are told at present."""
        if contacts != self._contacts:
            self._contacts, self._changed = tuple(contacts), set(self._alerts)
        changed = [alert for name in sorted(self._changed) if (alert := self._alerts.get(name)) is not None]
        self._changed = set()
        found = (
            *alert_notices(changed, self._contacts),
            *digest_notices(self._sites(), self.standing, self._contacts, hour, now.moment),
        )
        wanted = [each for each in found if not self._is_asked(each)]
        self._known = None  # From now on few are looked for at a time.
        return wanted

    def _is_asked(self, notice: Notice) -> bool:
        name = delivery_id(self._trial, notice.subject, notice.contact)
        if self._known is not None:
            return name in self._known
        model = MODELS["delivery"]
        return self._reading.document(self._trial, model, name, upto=self._position) is not None

    def due(self, now: Instant) -> list[Delivery]:
        """The messages whose next attempt may be made."""
        return [delivery for delivery in self._open.values() if delivery.is_due(now)]

    def next_at(self, hour: int, now: Instant) -> datetime | None:
        """When there may be something to send next, if nothing is recorded before; None for never."""
        return min(self._turns(hour, now), default=None)

    def _turns(self, hour: int, now: Instant) -> Iterator[datetime]:
        if self._changed:
            yield now.moment
        for delivery in self._open.values():
            tried, wait = delivery.last_attempt, wait_after(delivery.attempts) if delivery.attempts else None
            yield now.moment if tried is None or wait is None else tried.moment + wait
        if any(contact.digest for contact in self._contacts):
            for site in self._sites():
                yield next_digest(site, hour, now.moment)

    def _sites(self) -> tuple[Site, ...]:
        """The sites at which there may be something to tell."""
        return self.protocol.sites if self._alerts else ()
