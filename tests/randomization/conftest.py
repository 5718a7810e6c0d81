"""The scenario that the allocation is tested in."""

from tests.support.fixtures import scenario as scenario
