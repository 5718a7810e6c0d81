"""What a scheduler answers over HTTP: its health, and calendar feeds to those who hold a token."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple, cast
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import icalendar
import pytest

from adapters.exports.calendar import digest_of
from domain.calendar_feed import Feed
from domain.clinical_time import Instant
from scheduler.endpoint import Endpoint, health
from scheduler.heartbeat import Heartbeat, steady
from scheduler.pulse import Pulse
from tests.endpoints.liver import ARTERY, VEIN, document, infused
from tests.support.scenario import Scenario
from tests.support.trial import START, active, course
from trialog.beats import Beating
from workflows.calendar_feed import IssueFeed, RevokeFeed

TOKEN = "a" * 43
OTHER = "b" * 43


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


class Served:
    """The endpoint of a scheduler on a scenario's store."""

    def __init__(self, scenario: Scenario) -> None:
        class Beats:
            pulse = Pulse()
            start = look = lambda _: None

        self.pulse = Beats.pulse
        beating = Beating(cast("Heartbeat", Beats()), scenario.app)
        self.endpoint = Endpoint("127.0.0.1", 0, beating.told, beating.feed)
        self.endpoint.start()

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Ask for a page."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(self.endpoint.url + path, headers=named, method=method)  # noqa: S310 - this machine
        try:
            with urlopen(request, timeout=10) as answer:  # noqa: S310 - this machine
                return Answer(answer.status, dict(answer.headers), answer.read())
        except HTTPError as error:
            return Answer(error.code, dict(error.headers), error.read())

    def feed(self, token: str = TOKEN, **headers: str) -> Answer:
        """Ask for a feed."""
        return self.get(f"/calendar/{token}.ics", **headers)


@pytest.fixture
def enrolled(scenario: Scenario) -> Scenario:
    """A trial with a participant who has visits to come, and a feed given out."""
    scenario.given(active(), course("started"))
    return scenario.given(IssueFeed(digest=digest_of(TOKEN), site="S1", holder="Sister Wang"))


@pytest.fixture
def served(enrolled: Scenario) -> Iterator[Served]:
    """Its endpoint."""
    made = Served(enrolled)
    yield made
    made.endpoint.stop()


def events(body: bytes) -> list[Any]:
    """The events of a calendar."""
    return list(icalendar.Calendar.from_ical(body).walk("VEVENT"))


def test_health_is_200_with_the_age_of_each_beat_and_503_once_it_is_stale(served: Served) -> None:
    now = Instant.of(START)
    served.pulse.begin("sweep", timedelta(seconds=60), 0)
    served.pulse.done(
        "sweep", 1e12, now
    )  # on the steady clock of this machine, far ahead: as fresh as can be
    fresh = served.get("/healthz")
    told = json.loads(fresh.body)
    assert (fresh.status, told["status"], told["beats"]["sweep"]["last"]) == (200, "ok", now)
    served.pulse.done("sweep", steady() - 200, now)
    stale = served.get("/healthz")
    assert (stale.status, json.loads(stale.body)["status"]) == (503, "failing")
    assert json.loads(stale.body)["beats"]["sweep"]["age_seconds"] > 195
    assert fresh.headers["Cache-Control"] == "no-store"


def test_what_went_wrong_is_told_on_the_same_machine_alone() -> None:
    pulse = Pulse()
    pulse.begin("sweep", timedelta(seconds=60), 0)
    pulse.failed("sweep", 1, "the file is gone: /srv/trial.db")
    here, there = (health(lambda: pulse.told(2), whole=whole) for whole in (True, False))
    assert b"/srv/trial.db" in here.body
    assert b"/srv/trial.db" not in there.body
    assert here.status == there.status


def test_a_token_opens_the_windows_of_its_site_with_codes_and_without_names(served: Served) -> None:
    answer = served.feed()
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    found = events(answer.body)
    assert found
    assert {str(each["summary"]).split(" ")[0] for each in found} == {"S1-001"}
    assert b"Sister Wang" not in answer.body
    assert "第" not in answer.body.decode()
    assert served.get(f"/calendar/{TOKEN}.ics?language=zh").status == 200


def test_a_feed_that_has_not_changed_is_not_sent_again(served: Served, enrolled: Scenario) -> None:
    first = served.feed()
    enrolled.clock.advance(minutes=1)
    again = served.feed(If_None_Match=first.headers["ETag"])
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    enrolled.given(course("screened", "S1-002")[:1], course("consented", "S1-002")[1:])
    changed = served.feed(If_None_Match=first.headers["ETag"])
    assert changed.status == 200
    assert len(events(changed.body)) > len(events(first.body))


def test_a_wrong_token_a_revoked_one_and_no_page_are_answered_alike(
    served: Served, enrolled: Scenario
) -> None:
    assert served.feed().status == 200
    wrong = served.feed(OTHER)
    (feed,) = enrolled.view().singles(Feed)
    enrolled.given(RevokeFeed(feed=feed, reason="left the ward"))
    revoked, nowhere, root = served.feed(), served.get("/calendar/x.ics"), served.get("/")
    assert {answer.status for answer in (wrong, revoked, nowhere, root)} == {404}
    assert {answer.body for answer in (wrong, revoked, nowhere, root)} == {b"There is nothing here.\n"}
    assert served.get("/healthz", "POST").status == 501
    assert served.get(f"/calendar/{OTHER}.ics", "HEAD").body == b""


@pytest.mark.requirement("RN-04")
def test_a_feed_over_http_is_the_same_to_the_byte_whatever_the_arm(tmp_path: Any) -> None:  # noqa: ANN401
    bodies = []
    for arm in (VEIN, ARTERY):
        (tmp_path / arm).mkdir()
        scenario = Scenario(tmp_path / arm)
        scenario.given(active(document()), infused("S1-001", arm))
        scenario.given(IssueFeed(digest=digest_of(TOKEN), site="S1", holder="ward"))
        served = Served(scenario)
        bodies.append(served.feed().body)
        served.endpoint.stop()
        scenario.close()
    assert bodies[0] == bodies[1]
    assert events(bodies[0])
