"""Fixtures for the tests of the ledger."""

from tests.support.fixtures import scenario

__all__ = ["scenario"]
