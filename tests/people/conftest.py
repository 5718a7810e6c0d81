"""Fixtures for the tests of people."""

from tests.cli.conftest import active as active
from tests.cli.conftest import enrolled_once as enrolled_once
from tests.cli.conftest import terminal as terminal
from tests.support.fixtures import scenario as scenario
