"""The scenario that these tests are told in, on a trial with every endpoint."""

import pytest

from tests.endpoints.liver import document
from tests.support.fixtures import scenario as scenario
from tests.support.scenario import Scenario
from tests.support.trial import active


@pytest.fixture
def liver(scenario: Scenario) -> Scenario:
    """A trial of scores, survival and decompensation, enrolling; its allocation is made elsewhere."""
    return scenario.given(active(document()))
