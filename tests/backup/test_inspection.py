"""A decommissioned trial, restored, answers what an inspector asks (EX-09): docs/inspection.md, run."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from adapters.backup.service import make
from domain.query import Query
from domain.record import Attribution, Role
from tests.cli.terminal import PROTOCOL, Terminal
from tests.support.scenario import Scenario
from tests.support.signing import Signing
from tests.support.trial import TRIAL, active, course, day
from workflows import observation, product_lot, query, trail_review, trial, visit
from workflows.command import Command

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "inspection.md").read_text("utf-8")
NOTHING_AMISS = ("audit conformance", "audit verify", "audit what-if protocol.toml")
"""Questions whose right answer is that there is nothing."""


def questions() -> dict[int, list[str]]:
    """The commands under each numbered question."""
    found: dict[int, list[str]] = {}
    number = 0
    for line in PAGE.splitlines():
        if asked := re.match(r"(\d+)\. .+[?.]$", line):
            number = int(asked[1])
        elif (told := re.match(r" {7,8}trialog (.+)$", line)) and number:
            found.setdefault(number, []).append(told[1])
    return found


def before_them() -> tuple[list[str], dict[str, str]]:
    """The words that restore the trial, and what the page sets for whoever asks."""
    (restoring,) = re.findall(r"^    trialog (restore .+)$", PAGE, re.MULTILINE)
    (told,) = re.findall(r"^    export (.+)$", PAGE, re.MULTILINE)
    return shlex.split(restoring), dict(each.split("=", 1) for each in shlex.split(told))


def history(scenario: Scenario) -> None:
    """A trial from its protocol to its archive, with something for every question to find."""
    changed = {"participant": "S1-001", "visit": "baseline"}

    def corrected(value: str, **more: str) -> Command:
        return observation.CorrectResult.model_validate({**changed, "result": "alt", "value": value, **more})

    scenario.given(active(), course("closed"))
    scenario.given(
        product_lot.RegisterLot.model_validate({"lot": "UC2501", "bags": ("B70",), "expires": day(90)})
    )
    scenario.on(5).given(corrected("41"))
    scenario.given(query.OpenQuery(participant="S1-001", visit="baseline", result="alt", text="right?"))
    asked = next(iter(scenario.view().singles(Query)))
    scenario.given(query.AnswerQuery(query=asked, answer="as in the source"), query.CloseQuery(query=asked))
    late = visit.RecordVisit(participant="S1-001", visit="week-4", at=day(41, "09:00"))
    scenario.on(50).given(late)
    scenario.given(trial.NameDataCut(name="final"), corrected("42"))
    reviewed = trail_review.ReviewAuditTrail(
        first=1, last=20, signals=("late_entry 1",), material="0d" * 32, findings="explained by the site"
    )
    scenario.given(reviewed, trial.CloseEnrolment(), trial.FreezeTrial(), trial.LockTrial())
    scenario.given(trial.ArchiveTrial())
    Signing(scenario.app).sign(TRIAL)


@pytest.mark.requirement("EX-09")
def test_a_restored_trial_answers_twenty_questions_as_the_store_did_that_was_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, (restoring, told) = questions(), before_them()
    assert list(asked) == list(range(1, 21))
    scenario = Scenario(tmp_path)
    history(scenario)
    made = make(
        scenario.app, scenario.location, tmp_path / "backups", Attribution("root", Role.ADMINISTRATOR), "0"
    )
    scenario.close()
    was, again = Terminal(tmp_path / "was"), Terminal(tmp_path / "again")
    for terminal in (was, again):
        terminal.folder.mkdir()
        terminal.store = terminal.folder / told["TRIALOG_STORE"]
        shutil.copy(f"{scenario.location}.keys", f"{terminal.store}.keys")
    for part in ("", "-wal"):
        if Path(f"{scenario.location}{part}").exists():
            shutil.copy(f"{scenario.location}{part}", f"{was.store}{part}")
    monkeypatch.chdir(again.folder)
    made.kept.rename(made.kept.name.replace(made.file.name, restoring[1]))
    made.file.rename(restoring[1])
    Path("protocol.toml").write_bytes(PROTOCOL.read_bytes())
    restored = again.run(*restoring, env={"TRIALOG_STORE": ""})
    assert restored.exit_code == 0, restored.stderr
    for commands in asked.values():
        for command in commands:
            words = shlex.split(command)
            answers = [_answer(each, words, told["TRIALOG_AS"], scenario) for each in (was, again)]
            assert answers[0] == answers[1], command
            found = answers[0].get("rows", answers[0])
            assert found or command in NOTHING_AMISS, command


def _answer(terminal: Terminal, words: list[str], by: str, scenario: Scenario) -> dict[str, Any]:
    """What an inspector is told, at the same instant in both stores."""
    terminal.clock.moment = scenario.clock.moment
    told = terminal.data(*words, by=by)
    assert isinstance(told, dict), words
    if "logs" in told:  # The system log of the one knows of the backup that the other was made from.
        told["logs"] = [log for log in told["logs"] if log["log"] == TRIAL]
    return told
