"""The scenario that these tests are told in, and the small trial with a store that takes imports."""

import pytest

from tests.imports.tables import document
from tests.support.fixtures import scenario as scenario
from tests.support.scenario import Scenario
from tests.support.trial import active


@pytest.fixture
def trial(scenario: Scenario) -> Scenario:
    """The small trial, enrolling; its allocation is made elsewhere."""
    return scenario.given(active(document())).on(400)
