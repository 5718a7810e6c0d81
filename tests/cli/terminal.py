"""A person at the command line, with a clock that is set and a store of its own."""

from __future__ import annotations

import json
import shutil
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from typer.testing import CliRunner, Result

from adapters.app import App
from adapters.cli.app import command_line
from adapters.cli.chinese_advice import advice
from adapters.clock import SeededNames, SetClock
from tests.support.scenario import CHEAP
from tests.support.shapes import hold, hold_error
from trialog import alert_command as _alert_command  # noqa: F401 - adds to the alerts' own
from trialog import demo_command, scheduler_command
from trialog.bootstrap import open_app

PROTOCOL = Path(__file__).parent / "small.toml"
START = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
"""Noon at the first site."""

PI = "pi:principal_investigator"
INVESTIGATOR = "li.wei:investigator"
COORDINATOR = "an.li:coordinator"
LABORATORY = "q.he:cell_laboratory"
DATA_MANAGER = "w.sun:data_manager"
INSPECTOR = "m.wu:inspector"
STATISTICIAN = "h.zhou:statistician"
MONITOR = "j.mo:monitor"
ADMINISTRATOR = "root:administrator"


class Terminal:
    """Runs the words of a command line as a process would, but in this one."""

    def __init__(self, folder: Path, seed: int = 1) -> None:
        self.folder = folder
        self.store = folder / "trial.db"
        self.clock = SetClock(START)
        self._names = SeededNames(1)
        self._entropy = Random(seed)
        self.line = command_line(self._open, "0.0.0", scheduler_command.group)
        demo_command.register(self.line)

    def copied(self, folder: Path) -> Terminal:
        """Another terminal that goes on from here, on a copy of the store in another folder."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        other = Terminal(folder)
        other.clock.moment = self.clock.moment
        other._names, other._entropy = deepcopy((self._names, self._entropy))
        return other

    def _open(self, location: str, *, create: bool = False, as_it_lies: bool = False) -> App:
        return open_app(
            location,
            create=create,
            as_it_lies=as_it_lies,
            clock=self.clock,
            names=self._names,
            entropy=self._entropy.randbytes,
            credentials=CHEAP,
        )

    def run(self, *words: str, by: str = "", env: dict[str, str] | None = None) -> Result:
        """Run the words, as `by` if somebody is named; a minute passes."""
        self.clock.advance(minutes=1)
        told = {"TRIALOG_STORE": str(self.store), "TRIALOG_AS": by or None, **(env or {})}
        result = CliRunner(env=told).invoke(self.line, list(words))
        if "--json" in words:
            if result.stdout:
                hold(words, json.loads(result.stdout))
            if result.exit_code:
                hold_error(result.stderr, result.exit_code)
        return result

    def do(self, *words: str, by: str = "") -> str:
        """Run words that must succeed: what they wrote to stdout."""
        result = self.run(*words, by=by)
        assert result.exit_code == 0, (words, result.stderr, result.exception)
        return result.stdout

    def data(self, *words: str, by: str = "") -> Any:  # noqa: ANN401 - JSON of any shape
        """Run words that must succeed, and read the JSON they wrote."""
        return json.loads(self.do(*words, "--json", by=by))

    def fault(self, *words: str, by: str = "") -> dict[str, Any]:
        """Run words that must fail: the error as JSON, and `exit`, the exit code."""
        result = self.run(*words, "--json", by=by)
        assert result.exit_code != 0, result.stdout
        error: dict[str, Any] = json.loads(result.stderr.splitlines()[-1])["error"]
        assert advice(error["remedy"] or "") or not error["remedy"], f"not in Chinese: {error['remedy']}"
        return {**error, "exit": result.exit_code}

    @property
    def head(self) -> int:
        """The last position of the trial's history, 0 while there is none."""
        if not self.store.exists():
            return 0
        app = self._open(str(self.store))
        try:
            return app.reading.head("T-1")[0]
        finally:
            app.close()

    def activate(self) -> None:
        """Bring the small trial to opened enrolment, with a released lot."""
        ready = ("--confirm-assumptions", "--ethics", "E-1", "--sealed-by", "h.zhou")
        self.do("trial", "activate", str(PROTOCOL), *ready, by=PI)
        self.do("lot", "register", "L1", "B1", "B2", "B3", "--expires", "2027-01-01", by=LABORATORY)
        self.do("lot", "release", "L1", by=LABORATORY)

    def enrol(self, code: str) -> str:
        """Take a participant from screening to randomization: its route."""
        self.do(
            "participant", "screen", code, "--site", "S1", "--sex", "female", "--age", "54", by=COORDINATOR
        )
        self.do("record", "consent", code, "--version", "1.0", "--document-language", "zh-CN", by=COORDINATOR)
        self.do("participant", "answer", code, "--all-met", by=COORDINATOR)
        self.do("participant", "sign", code, by=INVESTIGATOR)
        self.do("participant", "randomize", code, by=INVESTIGATOR)
        return self.route(code)

    def route(self, code: str) -> str:
        """The route of the participant's arm, as those entitled see it."""
        return str(self.data("participant", "show", code)["allocation"]["arm"]).removeprefix("by-")
