"""How the `eventsourcing` library finds the store: `PERSISTENCE_MODULE=adapters.store`.

Its settings, each also with the application's name in front as the library has it: TRIALOG_STORE, the file
path or PostgreSQL URL; TRIALOG_TRIAL, the trial (by default the application's name); ORIGINATOR_ID_TYPE,
`uuid` or `text`; CREATE_TABLE, `no` to open only a store that is there.
"""

from __future__ import annotations

from typing import TypeVar

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactory,
    InfrastructureFactoryError,
    ProcessRecorder,
    TrackingRecorder,
)
from eventsourcing.utils import Environment, EnvType, resolve_topic, strtobool

from adapters.store.recorder import StreamRecorder, TrialRecorder
from adapters.store.store import Store

_Recorder = TypeVar("_Recorder", bound=StreamRecorder)


class StoreFactory(InfrastructureFactory[TrackingRecorder]):
    """Makes the library's recorders on one store."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        location = self.env.get("TRIALOG_STORE")
        if not location:
            raise InfrastructureFactoryError("TRIALOG_STORE names no store: set a path or a PostgreSQL URL")
        self._trial = self.env.get("TRIALOG_TRIAL") or self.env.name
        if not self._trial:
            raise InfrastructureFactoryError("TRIALOG_TRIAL names no trial")
        self._text_ids = self.env.get("ORIGINATOR_ID_TYPE", "uuid") == "text"
        self._store = Store(location, create=strtobool(self.env.get("CREATE_TABLE", "yes")))

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        """A recorder of a log beside the trial's own: snapshots are no facts and take no position."""
        return self._bound(StreamRecorder, f"{self._trial}:{purpose}")

    def application_recorder(self) -> ApplicationRecorder:
        """The trial's recorder."""
        return self._bound(TrialRecorder, self._trial)

    def tracking_recorder(
        self, tracking_recorder_class: type[TrackingRecorder] | None = None
    ) -> TrackingRecorder:
        """The trial's recorder, or one of a class derived from TrialRecorder, given or named by its topic."""
        topic = self.env.get(self.TRACKING_RECORDER_TOPIC)
        chosen: type[TrackingRecorder] = tracking_recorder_class or (
            resolve_topic(topic) if topic else TrialRecorder
        )
        if not issubclass(chosen, TrialRecorder):
            raise InfrastructureFactoryError(f"{chosen.__qualname__} is no TrialRecorder")
        return self._bound(chosen, self._trial)

    def process_recorder(self) -> ProcessRecorder:
        """The trial's recorder."""
        return self._bound(TrialRecorder, self._trial)

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    def _bound(self, kind: type[_Recorder], trial: str) -> _Recorder:
        return kind(self._store, trial, application=self.env.name, text_ids=self._text_ids)
