"""The scenario that golden files are checked in."""

from tests.support.fixtures import scenario as scenario
