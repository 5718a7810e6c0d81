"""Recorders for the `eventsourcing` library, on the tables of the store.

A recorder is bound to one trial: its notification ids are the trial's positions, gapless and in the order of
commit. What the library writes gets a row in the journal like any command, with the system as its origin.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event
from typing import Any
from uuid import UUID, uuid4

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    IntegrityError,
    Notification,
    ProcessRecorder,
    StoredEvent,
    Subscription,
    Tracking,
)

from adapters.store.statements import END
from adapters.store.store import Store
from adapters.store.transaction import StoreTransaction
from domain.clinical_time import ClinicalTime, Instant
from domain.errors import Conflict
from domain.record import Attribution, CommandRecord, Origin, Role

_PAGE = 500  # Notifications that a subscription fetches at a time.
_POLL_SECONDS = 0.05


class StreamRecorder(AggregateRecorder):
    """Events read by aggregate only: what the library keeps its snapshots in."""

    def __init__(self, store: Store, trial: str, *, application: str = "", text_ids: bool = False) -> None:
        """Bind to a trial. The journal names `application`; aggregates have UUIDs unless `text_ids`."""
        self._store = store
        self._trial = trial
        self._application = application
        self._id = str if text_ids else UUID

    def insert_events(self, stored_events: Sequence[StoredEvent], **_kwargs: Any) -> Sequence[int] | None:
        """Append events as one command. Raises IntegrityError when a version is taken."""
        with self._writing() as transaction:
            self._append(transaction, stored_events)
        return None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """The events of an aggregate with versions above `gt` and up to `lte`, in order or backwards."""
        rows = self._store.rows(
            "SELECT version, topic, data FROM fact WHERE trial = ? AND stream = ?"
            f" AND version > ? AND version <= ? ORDER BY version {'DESC' if desc else 'ASC'} LIMIT ?",
            self._trial,
            str(originator_id),
            -1 if gt is None else gt,
            END if lte is None else lte,
            END if limit is None else limit,
        )
        return [StoredEvent(originator_id, version, topic, data) for version, topic, data in rows]

    @contextmanager
    def _writing(self) -> Iterator[StoreTransaction]:
        try:
            with self._store.writing(self._trial) as transaction:
                yield transaction
        except Conflict as conflict:
            raise IntegrityError(str(conflict)) from conflict

    def _append(self, transaction: StoreTransaction, stored_events: Sequence[StoredEvent]) -> list[int]:
        if not stored_events:
            return []
        head = transaction.head
        recorded_at = Instant.of(datetime.now(UTC)).after(head.recorded_at)
        command = self._command(head.position + 1, head.position + len(stored_events), recorded_at)
        effective_at = str(ClinicalTime.at(recorded_at.moment, "UTC"))
        positions = list(range(command.first, command.last + 1))
        transaction.write(
            command,
            [
                (
                    self._trial,
                    position,
                    str(event.originator_id),
                    event.originator_version,
                    event.topic,
                    event.state,
                    effective_at,
                    "",
                    command.first,
                )
                for position, event in zip(positions, stored_events, strict=True)
            ],
        )
        return positions

    def _command(self, first: int, last: int, recorded_at: Instant) -> CommandRecord:
        name = uuid4().hex
        by = Attribution(
            actor="eventsourcing", role=Role.SYSTEM, origin=Origin.SYSTEM, origin_id=self._application
        )
        return CommandRecord(first, last, name, "eventsourcing", "", recorded_at, by, name, name, "")


class TrialRecorder(StreamRecorder, ProcessRecorder):
    """A trial's whole log for the library: events, notifications, subscriptions and tracking."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """Append events as one command, and the `tracking` given with them; their positions.

        Raises IntegrityError when a version is taken, or tracking has already come as far.
        """
        tracking: Tracking | None = kwargs.get("tracking")
        with self._writing() as transaction:
            positions = self._append(transaction, stored_events)
            if tracking is not None:
                transaction.advance(tracking.application_name, tracking.notification_id)
        return positions

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """The trial's events in order of position, from `start` to `stop`, of the given topics or all."""
        after = 0 if start is None else start - 1 if inclusive_of_start else start
        of_topics = f" AND topic IN ({', '.join('?' * len(topics))})" if topics else ""
        rows = self._store.rows(
            "SELECT position, stream, version, topic, data FROM fact WHERE trial = ? AND position > ?"
            f" AND position <= ?{of_topics} ORDER BY position LIMIT ?",
            self._trial,
            after,
            END if stop is None else stop,
            *topics,
            limit,
        )
        return [
            Notification(self._id(stream), version, topic, data, position)
            for position, stream, version, topic, data in rows
        ]

    def max_notification_id(self) -> int | None:
        """The trial's last position, or None when nothing is recorded."""
        return self._store.head(self._trial).position or None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Iterate over the events after `gt`, then over new ones as they come, until stopped."""
        return PollingSubscription(self, gt, topics)

    def insert_tracking(self, tracking: Tracking) -> None:
        """Note how far a reader has come. Raises IntegrityError when it has already come as far."""
        with self._writing() as transaction:
            transaction.advance(tracking.application_name, tracking.notification_id)

    def max_tracking_id(self, application_name: str) -> int | None:
        """How far a reader has come, or None when it has not begun."""
        ((furthest,),) = self._store.rows(
            "SELECT max(notification_id) FROM tracking WHERE trial = ? AND application = ?",
            self._trial,
            application_name,
        )
        return None if furthest is None else int(furthest)


class PollingSubscription(Subscription[ApplicationRecorder]):
    """Asks the recorder again and again: on any database, across processes, with no wake-up to miss."""

    def __init__(self, recorder: ApplicationRecorder, gt: int | None, topics: Sequence[str]) -> None:
        super().__init__(recorder, gt, topics)
        self._fetched: Iterator[Notification] = iter(())
        self._stopped = Event()

    def stop(self) -> None:
        """End the iteration at its next step."""
        super().stop()
        self._stopped.set()

    def __next__(self) -> Notification:
        while not self._stopped.is_set():
            notification = next(self._fetched, None)
            if notification is not None:
                self._last_notification_id = notification.id
                return notification
            page = self._recorder.select_notifications(
                self._last_notification_id or 0, _PAGE, topics=self._topics, inclusive_of_start=False
            )
            self._fetched = iter(page)
            if not page:
                self._stopped.wait(_POLL_SECONDS)
        raise StopIteration
