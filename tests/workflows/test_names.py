"""Ids that the engine gives to commands that come without one."""

from __future__ import annotations

from uuid import RFC_4122, UUID

from adapters.clock import RandomNames


def test_a_fresh_id_is_a_random_uuid_as_it_is_written_and_never_the_same_again() -> None:
    names = RandomNames()
    given = [names.fresh() for _ in range(200)]
    assert len(set(given)) == len(given)
    assert {str(UUID(name)) for name in given} == set(given)
    assert {(UUID(name).version, UUID(name).variant) for name in given} == {(4, RFC_4122)}
    assert {name[19] for name in given} == set("89ab")
