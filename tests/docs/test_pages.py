"""The commands of pages that lead through no story are executed as they stand, as whoever the page names."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import prepared
from tests.cli.terminal import Terminal
from tests.scheduler.test_command import overdue
from workflows.policy import QUESTIONS

DOCS = Path(__file__).parents[2] / "docs"
WAITING = ("scheduler run", "scheduler health")
"""What goes on for good, and what asks it."""


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal in the folder of a small trial with one participant."""
    monkeypatch.chdir(tmp_path)
    return prepared("S1-001").copied(tmp_path)


def exported(page: str) -> dict[str, str]:
    """What a page sets for all its commands."""
    (told,) = re.findall(r"^    export (.+)$", page, re.MULTILINE)
    return dict(each.split("=", 1) for each in shlex.split(told))


def commands(page: str) -> Iterator[list[str]]:
    """The words of each command in the blocks of a page."""
    for line in re.findall(r"^    trialog (.+)$", page, re.MULTILINE):
        if not line.startswith(WAITING):
            yield shlex.split(line, comments=True)


def test_alerts_are_swept_listed_acknowledged_and_simulated_as_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (DOCS / "alerts.md").read_text("utf-8")
    reader, listed = overdue(tmp_path), ""
    monkeypatch.chdir(tmp_path)
    for words in commands(page):
        told = [listed if each == "ID" else each for each in words]  # as it was listed before
        result = reader.run(*told, env=exported(page))
        assert result.exit_code == 0, (words, result.stderr)
        if words[:2] == ["alert", "list"]:
            (listed,) = re.findall(r"^([0-9a-f]{8})\b", result.stdout, re.MULTILINE)
    assert reader.data("alert", "list", "--status", "acknowledged")["rows"]


def test_whoever_the_page_of_the_audit_names_may_ask_its_questions(reader: Terminal) -> None:
    page = (DOCS / "audit.md").read_text("utf-8")
    asked = set(re.findall(r"^\|[^|]+\| `trialog audit ([a-z-]+)", page, re.MULTILINE))
    asked |= set(re.findall(r"`trialog audit (reviews)`", page))
    assert len(asked) == 11
    role = exported(page)["TRIALOG_AS"].partition(":")[2]
    assert [each for each in sorted(asked) if role not in QUESTIONS[f"audit.{each}"]] == []
    for question in ("reviews", "review", "compare 2026-03-01 2026-03-02"):
        words = ("audit", *question.split())
        result = reader.run(*words, env=exported(page))
        assert result.exit_code == 0, (words, result.stderr)
