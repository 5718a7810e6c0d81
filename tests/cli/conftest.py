"""Fixtures for the tests of the command line."""

from pathlib import Path

import pytest

from tests.cli.terminal import Terminal


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal with no store yet."""
    return Terminal(tmp_path)


@pytest.fixture(scope="session")
def _active(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    terminal = Terminal(tmp_path_factory.mktemp("active"))
    terminal.activate()
    return terminal


@pytest.fixture(scope="session")
def _enrolled(_active: Terminal, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    terminal = _active.copied(tmp_path_factory.mktemp("enrolled"))
    terminal.enrol("S1-001")
    return terminal


@pytest.fixture
def active(_active: Terminal, tmp_path: Path) -> Terminal:
    """A terminal on a small trial with enrolment open."""
    return _active.copied(tmp_path)


@pytest.fixture
def enrolled(_enrolled: Terminal, tmp_path: Path) -> Terminal:
    """A terminal on a small trial with one randomized participant, S1-001."""
    return _enrolled.copied(tmp_path)


@pytest.fixture(scope="module")
def enrolled_once(_enrolled: Terminal, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """As `enrolled`, for tests that change nothing."""
    return _enrolled.copied(tmp_path_factory.mktemp("enrolled"))
