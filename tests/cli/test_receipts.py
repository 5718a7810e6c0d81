"""A receipt tells the deviations that came with what was recorded, and none that tells an arm."""

from __future__ import annotations

import pytest

from tests.cli.terminal import COORDINATOR, INVESTIGATOR, Terminal


@pytest.fixture
def infused(enrolled: Terminal) -> Terminal:
    """A trial whose participant was infused on the second of March."""
    route = enrolled.route("S1-001")
    at = ("--at", "2026-03-02T12:00")
    enrolled.do("record", "infusion", "S1-001", route, "--lot", "L1", "--bag", "B1", *at, by=INVESTIGATOR)
    return enrolled


def test_a_visit_out_of_its_window_is_told_with_its_deviation(infused: Terminal) -> None:
    infused.clock.advance(days=60)
    words = ("record", "visit", "S1-001", "week-4", "--at", "2026-04-28T09:30")
    told = infused.data(*words, by=COORDINATOR)["deviations"]
    listed = infused.data("deviation", "list", "--rule", "visit.out_of_window")["rows"]
    assert [(each["rule"], each["subject"]) for each in told] == [("visit.out_of_window", "week-4")]
    assert [{name: row[name] for name in told[0]} for row in listed] == told


def test_people_read_it_under_the_facts(infused: Terminal) -> None:
    infused.clock.advance(days=60)
    told = infused.do("record", "visit", "S1-001", "week-4", "--at", "2026-04-28T09:30", by=COORDINATOR)
    assert "Deviations that came with this" in told
    assert "visit.out_of_window" in told.splitlines()[-1]


def test_one_that_came_by_time_alone_or_before_is_not_told_again(infused: Terminal) -> None:
    infused.clock.advance(days=60)
    infused.do("record", "visit", "S1-001", "week-4", "--at", "2026-04-28T09:30", by=COORDINATOR)
    infused.clock.advance(days=60)
    event = ("record", "decompensation", "S1-001", "ascites", "--at", "2026-04-27")
    assert infused.data("deviation", "list", "--rule", "visit.missed")["rows"]
    assert infused.data(*event, by=INVESTIGATOR)["deviations"] == []


def test_a_repeated_command_tells_the_same(infused: Terminal) -> None:
    infused.clock.advance(days=60)
    words = ("record", "visit", "S1-001", "week-4", "--at", "2026-04-28T09:30", "--command-id", "c-1")
    first, again = (infused.data(*words, by=COORDINATOR) for _ in range(2))
    assert (again["repeated"], again["deviations"]) == (True, first["deviations"])


def test_the_wrong_route_is_told_by_no_receipt(enrolled: Terminal) -> None:
    other = {"vein": "artery", "artery": "vein"}[enrolled.route("S1-001")]
    words = ("record", "infusion", "S1-001", other, "--lot", "L1", "--bag", "B1")
    assert enrolled.data(*words, by=INVESTIGATOR)["deviations"] == []
    assert enrolled.data("deviation", "list", "--rule", "infusion.wrong_route")["rows"]


def test_roles_that_may_not_ask_for_deviations_are_told_none(enrolled: Terminal) -> None:
    told = [
        enrolled.data("record", "misrandomization", "S1-001", "HIV found afterwards", by=by)["deviations"]
        for by in ("r:randomization_manager", INVESTIGATOR)
    ]
    assert [[each["rule"] for each in made] for made in told] == [[], ["randomization.error_noted"]]


def test_a_visit_put_right_tells_which_of_its_results_stayed_where_they_were(infused: Terminal) -> None:
    infused.clock.advance(days=60)
    why = ("--reason-code", "transcription", "--reason", "the chart says so")
    week_4 = ("S1-001", "week-4")
    infused.do("record", "visit", *week_4, "--at", "2026-03-28T09:30", by=COORDINATOR)
    infused.do("record", "results", *week_4, "alt=40 U/L", "--at", "2026-03-28T09:30", by=COORDINATOR)
    infused.do("record", "results", *week_4, "inr=1.1", "--at", "2026-03-27T07:00", by=COORDINATOR)
    told = infused.data("visit", "correct", *week_4, "--at", "2026-03-29T09:30", *why, by=COORDINATOR)
    assert [(each["result"], each["taken"]) for each in told["stayed"]] == [
        ("inr", "2026-03-27T07:00+08:00[Asia/Shanghai]")
    ]
    assert len(told["facts"]) == 2
    words = infused.do("visit", "correct", *week_4, "--at", "2026-03-30T09:30", *why, by=COORDINATOR)
    assert "Results with a time of their own, which stayed" in words
    assert "inr" in words.splitlines()[-1]
    listed = infused.data("result", "list", "--participant", "S1-001", "--visit", "week-4")["rows"]
    shown = infused.data("participant", "show", "S1-001")["results"]
    assert [row for row in shown if row["visit"] == "week-4"] == listed
    assert {row["result"]: row["taken_was"] for row in listed} == {
        "alt": ["2026-03-28T09:30+08:00[Asia/Shanghai]", "2026-03-29T09:30+08:00[Asia/Shanghai]"],
        "inr": [],
    }
    [visited] = [row for row in infused.data("visit", "list")["rows"] if row["visit"] == "week-4"]
    assert visited["attended_was"] == [
        "2026-03-28T09:30+08:00[Asia/Shanghai]",
        "2026-03-29T09:30+08:00[Asia/Shanghai]",
    ]
    assert "attended_was" in infused.do("visit", "list").splitlines()[0].replace(" ", "_")
    people = infused.do("result", "list", "--participant", "S1-001", "--visit", "week-4")
    assert "taken_was" in people.splitlines()[0].replace(" ", "_")
    infused.do("result", "correct-time", *week_4, "inr", "--at", "2026-03-30T09:30", *why, by=COORDINATOR)
    moved = infused.data("visit", "correct", *week_4, "--at", "2026-03-31T09:30", *why, by=COORDINATOR)
    assert moved["stayed"] == []
    assert "voided" not in infused.do("visit", "list").splitlines()[0]
    infused.do("visit", "void", *week_4, "--with-results", *why, by=COORDINATOR)
    [gone] = [row for row in infused.data("visit", "list")["rows"] if row["visit"] == "week-4"]
    assert (gone["voided"], gone["attended"], visited["voided"]) == (True, None, False)
    assert "voided" in infused.do("visit", "list").splitlines()[0]
