"""The scenario and the terminals that these tests are told in."""

import pytest

from tests.cli.conftest import active as active
from tests.support.fixtures import scenario as scenario
from tests.support.scenario import Scenario
from tests.support.trial import active as activated
from tests.support.trial import course


@pytest.fixture
def measured(scenario: Scenario) -> Scenario:
    """A participant, S1-001, with a measured baseline visit."""
    return scenario.given(activated(), course("measured"))
