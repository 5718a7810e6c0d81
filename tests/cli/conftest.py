"""Fixtures for the tests of the command line."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal with no store yet."""
    return Terminal(tmp_path)


@cache
def prepared(*codes: str) -> Terminal:
    """A terminal on a small trial with these randomized participants, made once, to be copied."""
    folder = Path(tempfile.mkdtemp(prefix="trialog-prepared-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    if codes:
        terminal = prepared(*codes[:-1]).copied(folder)
        terminal.enrol(codes[-1])
    else:
        terminal = Terminal(folder)
        terminal.activate()
    return terminal


@pytest.fixture
def active(tmp_path: Path) -> Terminal:
    """A terminal on a small trial with enrolment open."""
    return prepared().copied(tmp_path)


@pytest.fixture
def enrolled(tmp_path: Path) -> Terminal:
    """A terminal on a small trial with one randomized participant, S1-001."""
    return prepared("S1-001").copied(tmp_path)


@pytest.fixture(scope="module")
def enrolled_once(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """As `enrolled`, for tests that change nothing."""
    return prepared("S1-001").copied(tmp_path_factory.mktemp("enrolled"))
