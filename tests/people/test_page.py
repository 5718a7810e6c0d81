"""docs/people.md does what it says: its lines are executed as they stand, each at the desk of its person."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from tests.people.test_command_line import Desk

PAGE = (Path(__file__).parents[2] / "docs" / "people.md").read_text("utf-8")
_BLOCK = re.compile(r"<!-- (every desk|desk of (\S+)) -->\n```sh\n(.*?)```", re.DOTALL)


class Reader:
    """Types the lines of the page. What a person is asked for, and their session, are the desk's."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk(Terminal(folder))
        self.set: dict[str, str] = {}
        self.told_once: dict[str, str] = {}

    def read(self, who: str, line: str) -> None:
        """Type a line at somebody's desk: it must succeed."""
        words = shlex.split(line, comments=True)
        if words[0] == "export":
            for each in words[1:]:
                name, _, value = each.partition("=")
                self.set[name] = value
            return
        assert words.pop(0) == "trialog"
        self._awake(who, words)
        told = self.desk.do(who, *words, **self._environment(who))
        if "secret" in told:
            self.told_once[words[2]] = str(told["secret"])

    def _environment(self, who: str) -> dict[str, str]:
        store = self.desk.terminal.folder / self.set["TRIALOG_STORE"]
        return {"TRIALOG_STORE": str(store), "TRIALOG_ONE_TIME": self.told_once.get(who, "")}

    def _awake(self, who: str, words: list[str]) -> None:
        """Sign in again where the page was read for longer than a session is open, as it says one does."""
        if words[0] == "account":
            return
        looked = self.desk.terminal.run(
            "account", "show", who, "--json", env=self.desk.env(who, **self._environment(who))
        )
        if looked.exit_code:
            assert json.loads(looked.stderr)["error"]["code"] == "session.idle"
            self.desk.do(who, "account", "sign-in", who, **self._environment(who))


@pytest.mark.requirement("ID-04")
def test_the_page_leads_from_the_first_administrator_to_a_nurse_at_work(tmp_path: Path) -> None:
    read = _BLOCK.findall(PAGE)
    assert PAGE.count("```sh") == len(read)
    reader = Reader(tmp_path)
    for _, who, text in read:
        for line in text.splitlines():
            reader.read(who, line)
