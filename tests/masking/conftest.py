"""Two worlds that differ in nothing but who was allocated to which arm, made once for all tests here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.masking.worlds import World, two_worlds


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, World]]:
    """A trial, and the same trial with every allocation swapped."""
    made = two_worlds(tmp_path_factory.mktemp("worlds"))
    yield made
    for world in made:
        world.close()
