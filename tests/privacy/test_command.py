"""`trialog privacy …` as people use it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import Result

from adapters.cli import asking
from domain.privacy import Part
from tests.cli.terminal import COORDINATOR, INVESTIGATOR, PI, Terminal
from tests.support.scenario import Scenario
from workflows import privacy

CODE = "S1-001"
NAME = "张伟明"


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal on a trial with one participant whose identity is held."""
    terminal = Terminal(tmp_path)
    terminal.activate()
    terminal.enrol(CODE)
    told = _identified(terminal, {"name": NAME, "phone": "13812345678"})
    assert told.exit_code == 0
    assert NAME not in told.output
    return terminal


def _identified(terminal: Terminal, identity: dict[str, str]) -> Result:
    """Record an identity as a program does: by a descriptor, so that it is on no command line."""
    reading, writing = os.pipe()
    os.write(writing, json.dumps(identity).encode())
    os.close(writing)
    asking._READ.clear()
    env = {"TRIALOG_SECRETS_FD": str(reading)}
    return terminal.run("privacy", "record-identity", CODE, by=COORDINATOR, env=env)


def test_an_identity_without_a_name_or_with_nobody_to_ask_is_refused(terminal: Terminal) -> None:
    before = terminal.head
    assert _identified(terminal, {"phone": "13812345678"}).exit_code == 2
    error = terminal.fault("privacy", "record-identity", CODE, by=COORDINATOR)
    assert error["code"] == "usage.nobody_to_ask"
    assert terminal.head == before


def test_an_identity_is_shown_to_the_site_and_the_look_is_recorded(terminal: Terminal) -> None:
    before = terminal.head
    words = ("privacy", "show-identity", CODE, "--purpose", "telephone visit")
    told = terminal.data(*words, by=COORDINATOR)["identity"]
    assert {name: text for name, text in told.items() if text} == {"name": NAME, "phone": "13812345678"}
    trail = terminal.data("audit", "trail", "--kind", "identity.viewed")["rows"]
    assert [row["position"] for row in trail] == [before + 1]
    assert "telephone visit" in trail[0]["sentence"]
    for role in ("monitor", "sponsor", "statistician", "outcome_assessor", "administrator"):
        error = terminal.fault(*words, by=f"x:{role}")
        assert (error["code"], error["exit"]) == ("policy.denied", 7)
        assert NAME not in json.dumps(error, ensure_ascii=False)


@pytest.mark.requirement("EX-05", "PR-03")
def test_an_erasure_inside_the_retention_time_is_refused_and_changes_nothing(terminal: Terminal) -> None:
    before = terminal.head
    words = ("privacy", "request-erasure", CODE, "--ground", "asked for")
    error = terminal.fault(*words, by=COORDINATOR)
    assert (error["code"], error["exit"]) == ("erasure.retention", 4)
    assert terminal.head == before


def test_an_erasure_after_retention_destroys_the_key(terminal: Terminal) -> None:
    for words in (("close",), ("lock", "--reason", "all is collected"), ("archive",)):
        terminal.do("trial", *words, by=PI)
    terminal.clock.advance(days=31 * 366)
    terminal.do("privacy", "request-erasure", CODE, "--ground", "retention has ended", by=COORDINATOR)
    terminal.do("privacy", "approve-erasure", CODE, by=PI)
    shown = terminal.fault("privacy", "show-identity", CODE, "--purpose", "a look", by=COORDINATOR)
    assert shown["code"] == "identity.none"
    assert f"identity/{CODE}" not in (terminal.folder / "trial.db.keys").read_text("utf-8")
    assert terminal.data("privacy", "list")["rows"][0]["state"] == "erased"
    assert terminal.data("replay")["differences"] == []
    assert terminal.data("privacy", "carry-out", by=PI)["destroyed"] == []


@pytest.mark.requirement("CO-07", "EX-10")
def test_a_misplaced_name_is_found_by_the_scan_and_redacted_by_two(terminal: Terminal) -> None:
    assert terminal.data("privacy", "scan")["rows"] == []
    told = terminal.data("record", "deviation", CODE, f"{NAME} was late", by=COORDINATOR)
    position = told["first"]
    found = terminal.run("privacy", "scan", "--json")
    assert found.exit_code == 3
    assert json.loads(found.stdout)["rows"] == [
        {"position": position, "part": "fact", "field": "text", "what": f"name of {CODE}"}
    ]
    assert terminal.data("privacy", "scan", "--as-of", str(position - 1))["rows"] == []
    redact = ("privacy", "redact", str(position), "text", "--ground", "holds a name")
    terminal.do(*redact, by=COORDINATOR)
    alone = terminal.fault("privacy", "approve-redaction", f"{position}-text", by="an.li:data_manager")
    assert alone["code"] == "privacy.same_person"
    terminal.do("privacy", "approve-redaction", f"{position}-text", by=PI)
    assert terminal.data("privacy", "scan")["rows"] == []
    history = terminal.do("participant", "history", CODE)
    assert NAME not in history
    assert "▮▮▮" in history
    assert terminal.data("replay")["differences"] == []


def test_a_code_cannot_be_redacted(terminal: Terminal) -> None:
    error = terminal.fault("privacy", "redact", "1", "version", "--ground", "a try", by=COORDINATOR)
    assert error["exit"] == 2
    assert error["code"].startswith("redaction.")


@pytest.mark.requirement("CO-07")
def test_a_history_in_which_the_reason_of_a_correction_was_redacted_is_in_order(terminal: Terminal) -> None:
    at = ("--at", "2026-03-02T09:30")
    terminal.do("record", "visit", CODE, "baseline", *at, by=COORDINATOR)
    terminal.do("record", "results", CODE, "baseline", "alt=40 U/L", *at, by=COORDINATOR)
    why = ("--reason-code", "transcription", "--reason", f"{NAME} read it wrong")
    terminal.do("result", "correct", CODE, "baseline", "alt", "45", *why, by=COORDINATOR)
    place = str(terminal.head)
    before = terminal.data("audit", "conformance")
    words = ("privacy", "redact", place, "reason_text", "--part", "envelope", "--ground", "holds a name")
    terminal.do(*words, by=COORDINATOR)
    terminal.do("privacy", "approve-redaction", f"{place}-reason_text", by=PI)
    after = terminal.data("audit", "conformance")
    assert (after["refused"], after["unexplained"], after["rows"]) == (before["refused"], 0, before["rows"])
    value = terminal.fault("privacy", "redact", place, "value", "--ground", "a name", by=COORDINATOR)
    assert (value["code"], value["remedy"]) == ("redaction.not_free", "It has no free text.")


def test_the_mark_of_a_redaction_is_no_reason_for_a_correction(terminal: Terminal) -> None:
    at = ("--at", "2026-03-02T09:30")
    terminal.do("record", "visit", CODE, "baseline", *at, by=COORDINATOR)
    terminal.do("record", "results", CODE, "baseline", "alt=40 U/L", *at, by=COORDINATOR)
    why = ("--reason-code", "transcription", "--reason", "▮▮▮")
    error = terminal.fault("result", "correct", CODE, "baseline", "alt", "45", *why, by=COORDINATOR)
    assert error["code"] == "correction.no_reason"


@pytest.mark.parametrize("field", ["secret", "commitment", "parameters", "algorithm"])
def test_what_the_randomization_is_proved_by_is_not_redacted(terminal: Terminal, field: str) -> None:
    sealed = terminal.data("audit", "trail", "--kind", "trial.allocation_list_sealed")["rows"][0]["position"]
    before = terminal.head
    words = ("privacy", "redact", str(sealed), field, "--ground", "a name")
    error = terminal.fault(*words, by=COORDINATOR)
    assert (error["exit"], error["code"]) == (2, "redaction.not_free")
    assert terminal.head == before
    told = terminal.run(*words, "--language", "zh", by=COORDINATOR)
    assert "不能遮盖" in told.stderr
    assert "其中没有自由文本" in told.stderr


@pytest.mark.parametrize("field", ["parameters", "commitment"])
def test_a_redaction_that_was_asked_for_by_an_earlier_release_is_not_agreed_to_and_destroys_nothing(
    terminal: Terminal, field: str
) -> None:
    sealed = terminal.data("audit", "trail", "--kind", "trial.allocation_list_sealed")["rows"][0]["position"]
    asked = privacy.RequestRedaction(position=sealed, part=Part.FACT, field=field, ground="a name")
    scenario = Scenario(terminal.folder, location=str(terminal.store))
    try:
        scenario.clock.advance(days=1)
        scenario.given(asked)
        error = terminal.fault("privacy", "approve-redaction", f"{sealed}-{field}", by=PI)
        assert error["code"] == "redaction.not_free"
        scenario.given(privacy.ApproveRedaction(redaction=f"{sealed}-{field}"))
    finally:
        scenario.close()
    assert terminal.data("privacy", "carry-out", by=PI)["destroyed"] == []
    assert terminal.data("randomization", "status")["places"] == 8
    assert terminal.data("randomization", "verify")["findings"] == []


@pytest.mark.requirement("PR-04")
def test_a_participant_whose_processing_is_restricted_is_left_out_of_the_endpoints_and_told(
    terminal: Terminal,
) -> None:
    asked = ("endpoints", "--role", "statistician")
    assert terminal.data(*asked)["restricted"] == 0
    terminal.do("privacy", "restrict", CODE, "--ground", "asked for in May", by=INVESTIGATOR)
    assert terminal.data(*asked)["restricted"] == 1
    assert sum(group["participants"] for group in terminal.data(*asked)["groups"]) == 0
    assert (
        terminal.data("participant", "show", CODE, "--role", "inspector")["participant"]["participant"]
        == CODE
    )
    terminal.do("privacy", "lift", CODE, "--ground", "withdrawn", by=INVESTIGATOR)
    assert terminal.data(*asked)["restricted"] == 0
