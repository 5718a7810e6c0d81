"""Fresh ids: UUIDs of version 7, none twice, in order of time."""

import time
from uuid import RFC_4122, UUID

from adapters.clock import RandomNames


def test_fresh_ids_are_uuids_that_begin_with_the_millisecond_and_differ() -> None:
    before = time.time_ns() // 1_000_000
    names = [RandomNames().fresh() for _ in range(500)]
    after = time.time_ns() // 1_000_000
    ids = [UUID(name) for name in names]
    assert [str(each) for each in ids] == names
    assert {(each.version, each.variant) for each in ids} == {(7, RFC_4122)}
    assert len(set(names)) == 500
    stamps = [each.int >> 80 for each in ids]
    assert stamps == sorted(stamps)
    assert before <= stamps[0]
    assert stamps[-1] <= after
