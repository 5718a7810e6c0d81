"""Fixtures for the tests of people."""

from tests.cli.conftest import enrolled_once as enrolled_once
from tests.support.fixtures import scenario as scenario
