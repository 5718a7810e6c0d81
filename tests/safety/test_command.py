"""Safety on the command line: from a serious event to its closed report, by words alone."""

from __future__ import annotations

import pytest

from tests.cli.terminal import COORDINATOR, INVESTIGATOR, PI, Terminal

CODE = "S1-001"


@pytest.fixture
def reported(enrolled: Terminal) -> Terminal:
    """A trial with one serious event, reported to the sponsor in time."""
    event = ("variceal bleeding", "--severity", "severe", "--criterion", "hospitalization")
    aware = ("--at", "2026-03-01", "--aware", "2026-03-02T09:00")
    enrolled.do("safety", "report", CODE, *event, *aware, by=INVESTIGATOR)
    enrolled.do("safety", "submit", CODE, "ae-1", "--to", "sponsor", "--reference", "F-1", by=COORDINATOR)
    return enrolled


def walked(terminal: Terminal) -> Terminal:
    """The report taken to its end."""
    at = ("--at", "2026-03-02T12:10")
    terminal.do("safety", "sponsor-aware", CODE, "ae-1", *at, by=PI)
    judged = ("--causality", "possible", "--unexpected", "--because", "in time")
    terminal.do("safety", "assess", CODE, "ae-1", *judged, by=INVESTIGATOR)
    theirs = ("--causality", "unlikely", "--expected", "--because", "class effect", "--sponsor", "Dr Gao")
    terminal.do("safety", "assess", CODE, "ae-1", *theirs, by=PI)
    terminal.do("safety", "submit", CODE, "ae-1", "--to", "authority", by=PI)
    news = ("the bleeding has stopped", "--outcome", "recovered", "--note", "puncture of the artery")
    terminal.do("safety", "follow-up", CODE, "ae-1", *news, by=INVESTIGATOR)
    change = ("--severity", "moderate", "--outcome", "recovered")
    terminal.do("record", "adverse-event-change", CODE, "ae-1", *change, by=INVESTIGATOR)
    terminal.do("safety", "close", CODE, "ae-1", by=INVESTIGATOR)
    return terminal


def test_a_serious_event_is_taken_to_its_closed_report(reported: Terminal) -> None:
    walked(reported)
    shown = reported.data("safety", "show", CODE, "ae-1")
    assert shown["report"]["status"] == "closed"
    assert [(each["clock"], each["status"]) for each in shown["clocks"]] == [("sae", "met"), ("susar", "met")]
    assert [(each["by"], each["causality"]) for each in shown["assessments"]] == [
        ("investigator", "possible"),
        ("sponsor", "unlikely"),
    ]
    rows = reported.data("safety", "reconcile")["rows"]
    assert [(row["field"], row["casebook"], row["report"]) for row in rows] == [
        ("severity", "moderate", "severe")
    ]
    duplicate = ("cough", "--severity", "mild", "--criterion", "medically_important")
    reported.do("safety", "report", CODE, *duplicate, by=INVESTIGATOR)
    reported.do("safety", "void", CODE, "ae-2", "--because", "no adverse event", by=INVESTIGATOR)
    assert [row["status"] for row in reported.data("safety", "list")["rows"]] == ["closed", "voided"]


def test_what_was_missed_is_listed_first_of_all(enrolled: Terminal) -> None:
    event = ("bleeding", "--severity", "severe", "--criterion", "death", "--aware", "2026-03-02T09:00")
    enrolled.do("safety", "report", CODE, *event, "--at", "2026-03-01", by=INVESTIGATOR)
    assert enrolled.data("safety", "list", "--late")["rows"] == []
    assert enrolled.data("safety", "list")["rows"][0]["clock"] == "sae: running"
    enrolled.clock.advance(days=1)
    assert enrolled.data("safety", "list", "--late")["rows"][0]["clock"] == "sae: breach"
    before = ("--as-of", "2026-03-02T13:00:00Z")
    assert enrolled.data("safety", "list", "--late", *before)["rows"] == []


def test_a_report_that_is_not_there_is_not_found(enrolled: Terminal) -> None:
    fault = enrolled.fault("safety", "show", CODE, "ae-1")
    assert (fault["exit"], fault["code"]) == (5, "safety.unknown")


@pytest.mark.requirement("SF-04")
def test_a_masked_role_sees_the_blinded_report_only(reported: Terminal) -> None:
    walked(reported)
    masked = ("--role", "outcome_assessor")
    told = reported.do("safety", "show", CODE, "ae-1", *masked)
    assert "artery" not in told
    assert reported.data("safety", "show", CODE, "ae-1", *masked)["notes"][0]["note"] is None
    assert reported.data("safety", "show", CODE, "ae-1")["notes"][0]["note"] == "puncture of the artery"


def test_every_answer_has_its_shape(
    reported: Terminal,
) -> None:
    walked(reported)
    reported.data("safety", "list")
    reported.data("safety", "show", CODE, "ae-1")
    reported.data("safety", "reconcile")
