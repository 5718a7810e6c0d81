"""A site's visit windows as a calendar: stable events, whole days, a token that can be taken back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import icalendar
import pytest

from tests.cli.terminal import COORDINATOR, PI, Terminal


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal on a trial with one participant after the baseline visit's day is known."""
    terminal = Terminal(tmp_path)
    terminal.activate()
    terminal.enrol("S1-001")
    return terminal


def events(terminal: Terminal, token: str) -> dict[str, Any]:
    """The events of the feed by summary."""
    out = terminal.folder / "visits.ics"
    terminal.do("calendar", "feed", "--token", token, "--out", str(out))
    found = icalendar.Calendar.from_ical(out.read_bytes())
    out.unlink()
    return {str(event["summary"]): event for event in found.walk("VEVENT")}


def issued(terminal: Terminal) -> str:
    """A fresh token."""
    token: str = terminal.data("calendar", "issue", "S1", "--holder", "ward", by=PI)["secret"]
    return token


def test_a_window_is_an_event_of_whole_days_that_ends_the_day_after(terminal: Terminal) -> None:
    found = events(terminal, issued(terminal))
    rows = {row["visit"]: row for row in terminal.data("visit", "list")["rows"]}
    awaited = {name for name, row in rows.items() if row["status"] != "done" and row["opens"]}
    assert len(found) == len(awaited) > 0
    baseline = next(event for event in found.values())
    assert baseline["dtend"].dt > baseline["dtstart"].dt
    assert isinstance(baseline["dtstart"].dt, date)
    assert all(summary.startswith("S1-001 ") for summary in found)


def test_an_event_that_moves_keeps_its_uid_and_counts_up(terminal: Terminal) -> None:
    token = issued(terminal)
    route = terminal.route("S1-001")
    infused = ("record", "infusion", "S1-001", route, "--lot", "L1", "--bag", "B1")
    terminal.do(*infused, "--at", "2026-03-02T09:00", by=COORDINATOR)
    first = events(terminal, token)
    again = events(terminal, token)
    assert {name: str(each["uid"]) for name, each in first.items()} == {
        name: str(each["uid"]) for name, each in again.items()
    }
    assert len({str(each["uid"]) for each in first.values()}) == len(first)
    assert all(int(each["sequence"]) > 0 for each in first.values())


def test_a_token_opens_nothing_once_it_is_revoked_and_stands_nowhere(terminal: Terminal) -> None:
    token = issued(terminal)
    with closing(sqlite3.connect(terminal.store)) as file:
        assert token not in "\n".join(file.iterdump())
    (row,) = terminal.data("calendar", "list")["rows"]
    terminal.do("calendar", "revoke", row["feed"], "--why", "left the ward", by=PI)
    words = ("calendar", "feed", "--out", str(terminal.folder / "x.ics"), "--token")
    revoked, wrong = terminal.fault(*words, token), terminal.fault(*words, "guess")
    assert (revoked["code"], revoked["exit"]) == ("feed.no_token", 7)
    assert revoked["message"] == wrong["message"]
    assert terminal.fault("calendar", "revoke", row["feed"], "--why", "again", by=PI)["exit"] == 4


def test_a_feed_shows_no_arm(terminal: Terminal) -> None:
    found = events(terminal, issued(terminal))
    told = "\n".join(event.to_ical().decode() for event in found.values())
    assert "vein" not in told
    assert "artery" not in told
