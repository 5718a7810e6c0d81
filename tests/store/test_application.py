"""The eventsourcing library's own applications and projections on the store, found by PERSISTENCE_MODULE."""

from typing import ClassVar
from uuid import UUID

import pytest
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import (
    InfrastructureFactory,
    InfrastructureFactoryError,
    IntegrityError,
    StoredEvent,
    Tracking,
)
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.tests import application
from eventsourcing.utils import get_topic

from adapters.store import Store, StoreFactory
from adapters.store.recorder import TrialRecorder
from domain.record import Origin, Role


class CountedView(TrialRecorder):
    """Counts what it is told, by writing an event of its own for each, with its tracking."""

    def counted(self) -> int:
        return len(self.select_events("counted"))

    def count(self, tracking: Tracking) -> None:
        event = StoredEvent("counted", self.counted() + 1, "counted", b"")
        self.insert_events([event], tracking=tracking)


class Counting(Projection[CountedView]):
    """Counts the events of an application."""

    def process_event(self, _event: object, tracking: Tracking) -> None:
        self.view.count(tracking)


class _Configured:
    """Settings in the environment, as for any application of the library."""

    DATABASE: ClassVar[str]

    @pytest.fixture(autouse=True)
    def _settings(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PERSISTENCE_MODULE", "adapters.store")
        monkeypatch.setenv("TRIALOG_STORE", request.getfixturevalue(f"{self.DATABASE}_url"))


class TestExampleApplicationOnSQLite(_Configured, application.ExampleApplicationTestCase):
    DATABASE = "sqlite"
    expected_factory_topic = get_topic(StoreFactory)


class TestExampleApplicationOnPostgreSQL(_Configured, application.ExampleApplicationTestCase):
    DATABASE = "postgresql"
    expected_factory_topic = get_topic(StoreFactory)


def test_a_projection_follows_an_application_and_goes_on_where_it_was(store_url: str) -> None:
    env = {"PERSISTENCE_MODULE": "adapters.store", "TRIALOG_STORE": store_url}
    for run in (1, 2):
        with ProjectionRunner(
            application_class=Application[UUID], projection_class=Counting, view_class=CountedView, env=env
        ) as runner:
            aggregate = Aggregate()
            aggregate.trigger_event(Aggregate.Event)
            recordings = runner.app.save(aggregate)
            runner.wait(recordings[-1].notification.id, timeout=10)
            assert runner.projection.view.counted() == 2 * run
            with pytest.raises(IntegrityError):
                runner.projection.view.count(Tracking("Application", 2 * run))
            assert runner.projection.view.counted() == 2 * run


def factory(**settings: str) -> InfrastructureFactory[TrialRecorder]:
    return InfrastructureFactory.construct({"PERSISTENCE_MODULE": "adapters.store", **settings})


def test_what_the_library_writes_stands_in_the_journal_with_the_system_as_origin(store_url: str) -> None:
    env = {"PERSISTENCE_MODULE": "adapters.store", "TRIALOG_STORE": store_url}
    with Application[UUID](env) as app:
        app.save(Aggregate())
        app.close()
    with Store(store_url) as store:
        assert store.trials() == ["Application"]
        ((first, last, role, origin, origin_id),) = store.rows(
            "SELECT first, last, role, origin, origin_id FROM command WHERE trial = ?", "Application"
        )
    assert (first, last) == (1, 1)
    assert (role, origin, origin_id) == (Role.SYSTEM, Origin.SYSTEM, "Application")


def test_a_recorder_of_text_ids_gives_them_back_as_text(store_url: str) -> None:
    made = factory(TRIALOG_STORE=store_url, TRIALOG_TRIAL="trial", ORIGINATOR_ID_TYPE="text")
    recorder = made.application_recorder()
    recorder.insert_events([StoredEvent("participant-1", 1, "topic", b"")])
    assert [each.originator_id for each in recorder.select_notifications(None, 10)] == ["participant-1"]
    made.close()


def test_a_tracking_recorder_can_be_named_by_its_topic(sqlite_url: str) -> None:
    made = factory(
        TRIALOG_STORE=sqlite_url, TRIALOG_TRIAL="trial", TRACKING_RECORDER_TOPIC=get_topic(CountedView)
    )
    assert type(made.tracking_recorder()) is CountedView
    made.close()


def test_readers_of_different_trials_track_apart(store_url: str) -> None:
    with Store(store_url, create=True) as store:
        one, other = TrialRecorder(store, "one"), TrialRecorder(store, "other")
        one.insert_tracking(Tracking("reader", 5))
        assert other.max_tracking_id("reader") is None
        other.insert_tracking(Tracking("reader", 3))
        assert one.max_tracking_id("reader") == 5


@pytest.mark.parametrize("missing", ["TRIALOG_STORE", "TRIALOG_TRIAL"])
def test_a_factory_says_which_setting_is_missing(missing: str, sqlite_url: str) -> None:
    settings = {"TRIALOG_STORE": sqlite_url, "TRIALOG_TRIAL": "trial"}
    del settings[missing]
    with pytest.raises(InfrastructureFactoryError, match=missing):
        factory(**settings)


def test_a_recorder_of_another_family_is_refused(sqlite_url: str) -> None:
    made = factory(
        TRIALOG_STORE=sqlite_url,
        TRIALOG_TRIAL="trial",
        TRACKING_RECORDER_TOPIC="eventsourcing.popo:POPOTrackingRecorder",
    )
    with pytest.raises(InfrastructureFactoryError, match="POPOTrackingRecorder"):
        made.tracking_recorder()
    made.close()
