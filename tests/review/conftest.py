"""The scenario that these tests are told in."""

from tests.support.fixtures import scenario as scenario
