"""The walk through a whole casebook does what its page says: block by block, on the days it names."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.terminal import START, Terminal
from tests.docs.test_readme import shell
from tests.support import ready

PAGE = (Path(__file__).parents[2] / "docs" / "casebook.md").read_text("utf-8")
_BLOCK = re.compile(r"<!-- day (\d+)( refused)? -->\n```sh\n(.*?)```\n(?:\n```\n(.*?)```\n)?", re.DOTALL)


class Block(NamedTuple):
    """A block of commands: the day, whether it is refused, its lines, and what the page prints after it."""

    day: int
    refused: bool
    lines: list[str]
    printed: str


def blocks() -> Iterator[Block]:
    """Every block of the page, in order."""
    for day, refused, text, printed in _BLOCK.findall(PAGE):
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        yield Block(int(day), bool(refused), lines, printed)


class Reader:
    """Does what the page says, in this process: the shell's part is naming people, a route and a query."""

    def __init__(self, folder: Path) -> None:
        self.terminal = Terminal(folder)
        self.names: dict[str, str] = {}
        self.told = ""

    def read(self, block: Block) -> None:
        """Run a block."""
        self.terminal.clock.moment = max(self.terminal.clock.moment, START + timedelta(days=block.day))
        self.told = ""
        for line in block.lines:
            if line.startswith("trialog "):
                self._run(line, refused=block.refused)
            elif line.startswith("ROUTE="):
                shown = self.terminal.data("participant", "show", "SY01-001", "--role", "infusion_operator")
                self.names["ROUTE"] = str(shown["allocation"]["arm"])
            elif not line.startswith("export "):
                self.names.update(re.findall(r'([A-Z]+)="([^"]*)"', line))

    def _run(self, line: str, *, refused: bool) -> None:
        named = re.sub(r"\$([A-Z]+)", lambda name: self.names[name[1]], line)
        result = self.terminal.run(*shlex.split(named)[1:])
        assert result.exit_code == (4 if refused else 0), (named, result.stderr, result.exception)
        self.told += result.stderr if refused else result.stdout
        opened = re.search(r"Query (Q-\d+) on \S+", result.stdout)
        if opened is not None:
            self.names["QUERY"] = opened[1]


@pytest.mark.requirement("DR-03", "DR-04", "ES-04")
def test_the_casebook_is_led_from_screening_to_signature_and_lock_as_the_page_says(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    read = list(blocks())
    for block in read:
        reader.read(block)
        if block.printed:
            assert reader.told == block.printed
    shown = reader.terminal.data("casebook", "show", "SY01-001")
    assert {row["status"] for row in shown["records"]} == {"locked"}
    assert [(each["record"], each["stands"]) for each in shown["signatures"]] == [
        ("baseline", "changed"),
        ("baseline", "current"),
        ("week-4", "current"),
        ("week-12", "current"),
        ("week-24", "changed"),
        ("casebook", "changed"),
        ("casebook", "current"),
    ]
    assert all(each["fits"] for each in shown["signatures"])
    assert reader.terminal.data("audit", "conformance")["rows"] == []
    assert PAGE.count("```sh") == len(read) + 1


@pytest.mark.skipif(sys.platform == "win32", reason="the page is written for a POSIX shell")
def test_the_demonstration_store_is_signed_and_locked_as_the_page_says(tmp_path: Path) -> None:
    (script,) = re.findall(r"<!-- demonstration -->\n```sh\n(.*?)```", PAGE, re.DOTALL)
    ready.command("trialog.__main__", tmp_path / "trialog")
    walked = shell(script, tmp_path, first=tmp_path)
    assert walked.returncode == 0, walked.stderr
    shown = shell("trialog casebook show SY01-001 --store demo.db --json", tmp_path, first=tmp_path)
    assert {row["status"] for row in json.loads(shown.stdout)["records"]} == {"locked"}
