"""Fixtures that several folders of tests share; a folder's conftest names those it uses."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.scenario import Scenario


@pytest.fixture
def scenario(tmp_path: Path) -> Iterator[Scenario]:
    """A scenario in an empty store."""
    opened = Scenario(tmp_path)
    yield opened
    opened.close()
