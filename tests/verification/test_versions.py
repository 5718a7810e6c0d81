"""A history that was made wrong before it was signed: every line fits its fact, and versions are missing."""

from __future__ import annotations

import pytest

from adapters.keys.ed25519 import verified
from adapters.store import Store
from adapters.store.ranges import ranges_of
from projections.verification.findings import Findings
from projections.verification.lines import Scan
from projections.verification.signed import Trust
from projections.verification.store import verify_store
from tests.store.histories import TRIAL, append, known_fact

FACTS = 3
"""How many facts each command has, of one stream, from a version on."""

RIGHT = [("a", 1), ("b", 1), ("a", 4), ("b", 4), ("b", 7), ("a", 7)]


def written(store: Store, commands: list[tuple[str, int]]) -> None:
    """Write these commands, as whoever writes the store may."""
    for stream, version in commands:
        with store.writing(TRIAL) as transaction:
            append(transaction, FACTS, stream=f"participant/{stream}", version=version)


@pytest.mark.parametrize(
    ("commands", "position"),
    [
        ([("a", 1), ("a", 5)], 4),
        ([("a", 1), ("b", 2)], 4),
        ([("a", 4), ("a", 1)], 1),
        ([("a", 1), ("b", 1), ("a", 4), ("b", 5)], 10),
        ([*RIGHT, ("b", 10), ("a", 11)], 22),
        ([*RIGHT, ("c", 2)], 19),
    ],
)
def test_a_version_that_is_missing_is_found_at_the_first_after_it(
    sqlite_url: str, commands: list[tuple[str, int]], position: int
) -> None:
    upto = FACTS * len(commands)
    with known_fact(), Store(sqlite_url, create=True) as store:
        written(store, commands)
        findings = verify_store(store, store, Trust(verified)).findings
        # The tests' own documents follow from no fact.
        told = [(each.log, each.position, str(each.check)) for each in findings if each.check != "read_model"]
        assert told == [(TRIAL, position, "place")]
        seen = []
        for ranges in (None, ranges_of(sqlite_url, 2, least=0)):
            found = Findings()
            Scan(store, TRIAL, found).run(upto, (), lambda _: None, ranges)
            seen.append(found.sorted())
        assert seen[0] == seen[1]
        assert [each.position for each in seen[0]] == [position]


def test_streams_that_go_on_over_stretches_are_whole(sqlite_url: str) -> None:
    upto = FACTS * len(RIGHT)
    with known_fact(), Store(sqlite_url, create=True) as store:
        written(store, RIGHT)
        found, told = Findings(), list[int]()
        Scan(store, TRIAL, found).run(upto, (), told.append, ranges_of(sqlite_url, 2, least=0))
        assert found.sorted() == ()
        assert told == [upto], "the stretches were taken as they are"
