"""A role that the protocol masks cannot find out an arm on the command line."""

from __future__ import annotations

import pytest

from tests.cli.terminal import COORDINATOR, INVESTIGATOR, PI, PROTOCOL, Terminal

MASKED = ("--role", "outcome_assessor")
QUESTIONS = [
    ("participant", "list"),
    ("participant", "show", "S1-001"),
    ("participant", "history", "S1-001"),
    ("visit", "list"),
    ("result", "list"),
    ("deviation", "list"),
    ("query", "list"),
    ("lot", "list"),
    ("trial", "status"),
    ("randomization", "status"),
    ("randomization", "verify"),
]


@pytest.fixture
def given_by_the_wrong_route(enrolled: Terminal) -> Terminal:
    """A trial whose participant was infused by the other arm's route."""
    other = {"vein": "artery", "artery": "vein"}[enrolled.route("S1-001")]
    enrolled.do("record", "infusion", "S1-001", other, "--lot", "L1", "--bag", "B1", by=INVESTIGATOR)
    return enrolled


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["as text", "as JSON"])
@pytest.mark.parametrize("words", QUESTIONS, ids=" ".join)
@pytest.mark.requirement("ID-08")
def test_a_masked_role_is_told_no_arm(
    given_by_the_wrong_route: Terminal, words: tuple[str, ...], form: tuple[str, ...]
) -> None:
    told = given_by_the_wrong_route.do(*words, *MASKED, *form)
    for secret in ("vein", "artery", "wrong_route"):
        assert secret not in told


def test_those_entitled_see_the_arm_and_the_route(given_by_the_wrong_route: Terminal) -> None:
    shown = given_by_the_wrong_route.data("participant", "show", "S1-001", "--role", "monitor")
    arm, route = shown["allocation"]["arm"], shown["infusions"][0]["route"]
    assert {arm, f"by-{route}"} == {"by-vein", "by-artery"}
    told = {row["field"]: row["value"] for row in shown["infusions"][0]["fields"]}
    assert (told["access"], told["lot"], told["bag"]) == (route, "L1", "B1")
    rules = [row["rule"] for row in given_by_the_wrong_route.data("deviation", "list")["rows"]]
    assert "infusion.wrong_route" in rules


def test_a_masked_role_sees_that_there_is_an_allocation_and_no_more(enrolled: Terminal) -> None:
    shown = enrolled.data("participant", "show", "S1-001", *MASKED)
    assert (shown["allocation"]["arm"], shown["allocation"]["sealed"]) == (None, True)
    assert "arm               sealed" in enrolled.do("participant", "show", "S1-001", *MASKED)


def test_who_is_looking_is_taken_from_the_environment(enrolled: Terminal) -> None:
    shown = enrolled.data("participant", "show", "S1-001", by="m.qi:outcome_assessor")
    assert shown["allocation"]["arm"] is None


def test_a_role_masked_by_an_amendment_learns_no_arm_from_the_past(enrolled: Terminal) -> None:
    before = enrolled.head
    amended = enrolled.folder / "amended.toml"
    text = PROTOCOL.read_text("utf-8").replace('version = { value = "1.0"', 'version = { value = "2.0"')
    amended.write_text(text.replace('["outcome_assessor"]', '["outcome_assessor", "monitor"]'), "utf-8")
    assert enrolled.data("participant", "show", "S1-001", "--role", "monitor")["allocation"]["arm"]
    enrolled.do("trial", "amend", str(amended), "--summary", "monitors are masked", by=PI)
    then = ("--role", "monitor", "--as-of", str(before))
    assert enrolled.data("participant", "show", "S1-001", *then)["allocation"]["arm"] is None


def test_a_receipt_tells_no_arm(enrolled: Terminal) -> None:
    for route in ("vein", "artery"):
        told = enrolled.run("record", "infusion", "S1-001", route, "--json", by=INVESTIGATOR)
        assert "vein" not in told.output
        assert "artery" not in told.output


def test_a_deviation_that_tells_an_arm_is_not_there_for_those_masked(
    given_by_the_wrong_route: Terminal,
) -> None:
    terminal = given_by_the_wrong_route
    found = terminal.data("deviation", "list", "--rule", "infusion.wrong_route")["rows"][0]["deviation"]
    assert terminal.data("deviation", "list", "--rule", "infusion.wrong_route", *MASKED)["rows"] == []
    words = ("deviation", "classify", found, "--participant", "S1-001", "--class", "major")
    assert terminal.fault(*words, by=COORDINATOR)["exit"] == 7
    terminal.do(*words, by=INVESTIGATOR)
