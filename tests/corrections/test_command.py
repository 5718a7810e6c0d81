"""Corrections on the command line, and the answers about them in JSON."""

from __future__ import annotations

from tests.cli.terminal import COORDINATOR, DATA_MANAGER, INVESTIGATOR, MONITOR, PI, Terminal

CODE = "S1-001"
WHY = ("--reason-code", "transcription", "--reason", "misread at the source")


def test_corrections_are_asked_for_and_decided_by_words(enrolled: Terminal) -> None:
    terminal, at = enrolled, (CODE, "baseline", "alt")
    terminal.do("record", "visit", CODE, "baseline", by=COORDINATOR)
    terminal.do("record", "results", CODE, "baseline", "alt=40 U/L", by=COORDINATOR)
    fault = terminal.fault("result", "correct", *at, "41", *WHY, by=MONITOR)
    assert (fault["exit"], fault["code"]) == (7, "policy.denied")
    terminal.do("correction", "propose", *at, "41", *WHY, by=MONITOR)
    terminal.do("correction", "request", *at, "42", "--evidence", "the diary", *WHY, by=COORDINATOR)
    terminal.do("correction", "request-fix", *at, "43", "--ticket", "T-118", *WHY, by=DATA_MANAGER)
    proposed, requested, fixed = (
        row["correction"] for row in terminal.data("correction", "list", "--waiting")["rows"]
    )
    assert terminal.fault("correction", "apply", fixed, *WHY, by=DATA_MANAGER)["code"] == "fix.not_approved"
    terminal.do("correction", "accept", proposed, *WHY, by=INVESTIGATOR)
    terminal.do("correction", "reject", requested, "it is 41", by=INVESTIGATOR)
    terminal.do("correction", "approve", fixed, by=INVESTIGATOR)
    terminal.do("correction", "approve", fixed, by=PI)
    overtaken = terminal.fault("correction", "apply", fixed, *WHY, by=DATA_MANAGER)
    assert overtaken["code"] == "result.changed_meanwhile"
    assert terminal.data("correction", "show", proposed)["correction"]["status"] == "accepted"
    assert terminal.data("result", "list")["rows"][0]["value"] == "41"
    _changed_after_unblinding(terminal)
    _shapes(terminal, proposed)


def _changed_after_unblinding(terminal: Terminal) -> None:
    """A visit that was thought to be missed, put right after unblinding and signed for."""
    said = ("--kind", "accidental", "--informed", "the surgeon", "--reason", "a chart left open")
    terminal.do("record", "missed-visit", CODE, "week-4", by=COORDINATOR)
    terminal.do("record", "unblinding", CODE, *said, by=COORDINATOR)
    assert terminal.data("correction", "changes")["rows"] == []
    terminal.do("record", "visit", CODE, "week-4", by=COORDINATOR)
    (waiting,) = terminal.data("correction", "changes", "--waiting")["rows"]
    assert (waiting["record"], waiting["status"]) == ("week-4", "waiting")
    terminal.do("correction", "authorise", CODE, *WHY, by=INVESTIGATOR)
    assert terminal.data("correction", "changes")["rows"][0]["status"] == "authorised"


def _shapes(terminal: Terminal, proposed: str) -> None:
    """Every answer has its shape: the terminal sees to it."""
    terminal.data("correction", "list")
    terminal.data("correction", "show", proposed)
    terminal.data("correction", "changes")
