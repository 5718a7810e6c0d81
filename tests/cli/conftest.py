"""Fixtures for the tests of the command line."""

from pathlib import Path

import pytest

from tests.cli.terminal import Terminal


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal with no store yet."""
    return Terminal(tmp_path)


@pytest.fixture
def active(terminal: Terminal) -> Terminal:
    """A terminal on a small trial with enrolment open."""
    terminal.activate()
    return terminal


@pytest.fixture
def enrolled(active: Terminal) -> Terminal:
    """A terminal on a small trial with one randomized participant, S1-001."""
    active.enrol("S1-001")
    return active


@pytest.fixture(scope="module")
def enrolled_once(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """As `enrolled`, for tests that change nothing."""
    terminal = Terminal(tmp_path_factory.mktemp("enrolled"))
    terminal.activate()
    terminal.enrol("S1-001")
    return terminal
