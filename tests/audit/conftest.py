"""The scenario that these tests are told in, and a whole small trial to ask about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.golden.played import play
from tests.support.fixtures import scenario as scenario
from tests.support.scenario import Scenario


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    """A small trial in which every fact occurs, for tests that only ask."""
    opened = Scenario(tmp_path_factory.mktemp("played"))
    play(opened)
    yield opened
    opened.close()
