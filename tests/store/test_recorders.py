"""The recorder tests that the eventsourcing library publishes, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from typing import ClassVar

import pytest
from eventsourcing.tests import persistence as published

from adapters.store import Store
from adapters.store.recorder import StreamRecorder, TrialRecorder


class _Stored:
    """A fresh store for each test of a published class."""

    DATABASE: ClassVar[str]

    @pytest.fixture(autouse=True)
    def _open(self, request: pytest.FixtureRequest) -> Iterator[None]:
        with Store(request.getfixturevalue(f"{self.DATABASE}_url"), create=True) as self.store:
            yield


class _OnSQLite(_Stored):
    DATABASE = "sqlite"


class _OnPostgreSQL(_Stored):
    DATABASE = "postgresql"


class _Streams(_Stored):
    def create_recorder(self) -> StreamRecorder:
        return StreamRecorder(self.store, "trial")


class _Trials(_Stored):
    def create_recorder(self) -> TrialRecorder:
        return TrialRecorder(self.store, "trial")


class TestAggregateRecorderOnSQLite(_OnSQLite, _Streams, published.AggregateRecorderTestCase):
    pass


class TestAggregateRecorderOnPostgreSQL(_OnPostgreSQL, _Streams, published.AggregateRecorderTestCase):
    pass


class _Subscribes(_Trials, published.ApplicationRecorderTestCase[TrialRecorder]):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestApplicationRecorderOnSQLite(_OnSQLite, _Subscribes):
    pass


class TestApplicationRecorderOnPostgreSQL(_OnPostgreSQL, _Subscribes):
    pass


del _Subscribes  # Or pytest takes it for a test class of its own.


class TestTrackingRecorderOnSQLite(_OnSQLite, _Trials, published.TrackingRecorderTestCase):
    pass


class TestTrackingRecorderOnPostgreSQL(_OnPostgreSQL, _Trials, published.TrackingRecorderTestCase):
    pass


class TestProcessRecorderOnSQLite(_OnSQLite, _Trials, published.ProcessRecorderTestCase):
    pass


class TestProcessRecorderOnPostgreSQL(_OnPostgreSQL, _Trials, published.ProcessRecorderTestCase):
    pass


class TestNotificationIdsOnSQLite(_OnSQLite, _Trials, published.NonInterleavingNotificationIDsBaseCase):
    pass


class TestNotificationIdsOnPostgreSQL(
    _OnPostgreSQL, _Trials, published.NonInterleavingNotificationIDsBaseCase
):
    pass
