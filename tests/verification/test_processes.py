"""Many processes append at once: the tree does not fork, and the store verifies."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from adapters.keys.ed25519 import verified
from adapters.store import Store
from adapters.store.ranges import ranges_of
from domain.ledger.tree import Frontier, leaf_hash, root_at
from projections.verification.findings import Findings
from projections.verification.lines import Scan
from projections.verification.signed import Trust
from projections.verification.store import verify_store
from tests.store.histories import TRIAL, known_fact, written
from tests.store.test_processes import ended, writer
from tests.store.writer import FACTS
from tests.verification.signed_store import changed


@pytest.mark.parametrize(("database", "processes"), [("postgresql", 8), ("sqlite", 4)])
def test_processes_that_append_at_once_leave_one_tree(
    request: pytest.FixtureRequest, database: str, processes: int
) -> None:
    url: str = request.getfixturevalue(f"{database}_url")
    commands = 15
    running = [writer(url, f"writer-{each}", commands) for each in range(processes)]
    assert [ended(each) for each in running] == [0] * processes
    facts = processes * commands * FACTS
    with known_fact(), Store(url) as store:
        tree = Frontier()
        for line in store.stored_lines(TRIAL):
            tree.append(leaf_hash(line.entry.encode()))
        assert tree.size == store.head(TRIAL).position == facts
        assert root_at(facts, lambda places: store.nodes(TRIAL, places)) == tree.root()
        findings = verify_store(store, store, Trust(verified)).findings
        # The tests' own documents follow from no fact; everything of the ledger must hold.
        assert [each for each in findings if each.check != "read_model"] == []


def test_a_log_gone_over_in_several_processes_comes_to_the_same(sqlite_url: str) -> None:
    with known_fact(), Store(sqlite_url, create=True) as store:
        written(store, *[3] * 40)
        sizes = (1, 30, 60, 61, 119)
        alone, together = (Scan(store, TRIAL, Findings()) for _ in range(2))
        alone.run(120, sizes, lambda _: None)
        told: list[int] = []
        together.run(120, sizes, told.append, ranges_of(sqlite_url, 2, least=0))
        assert told == [120], "the stretches were taken as they are"
        assert together.roots == alone.roots
        assert set(alone.roots) == {0, *sizes, 120}


@pytest.mark.parametrize("position", [10, 60, 61, 120])
def test_what_is_wrong_in_any_stretch_is_found_as_alone(sqlite_url: str, position: int) -> None:
    with known_fact(), Store(sqlite_url, create=True) as store:
        written(store, *[3] * 40)
    changed(Path(sqlite_url), f"UPDATE fact SET data = X'00' WHERE position = {position}")
    with Store(sqlite_url) as store:
        told = []
        for ranges in (None, ranges_of(sqlite_url, 2, least=0)):
            found = Findings()
            Scan(store, TRIAL, found).run(120, (60,), lambda _: None, ranges)
            told.append(found.sorted())
        assert told[0] == told[1]
        assert [(each.position, str(each.check)) for each in told[0]] == [(position, "fact")]


def beside(sqlite_url: str, upto: int) -> dict[str, Any]:
    """What a process of its own says that goes over the log beside one at hand: a copy can only be made of a
    process in which nothing else runs, as those of the tests are not.
    """
    words = [sys.executable, "-m", "tests.verification.at_hand", sqlite_url, str(upto)]
    told: dict[str, Any] = json.loads(subprocess.run(words, check=True, capture_output=True).stdout)
    return told


def test_a_log_gone_over_beside_a_process_at_hand_comes_to_the_same(sqlite_url: str) -> None:
    with known_fact(), Store(sqlite_url, create=True) as store:
        written(store, *[3] * 40)
        alone = Scan(store, TRIAL, Findings())
        alone.run(120, (60,), lambda _: None)
    told = beside(sqlite_url, 120)
    assert told["right"] == [True, True]
    assert told["roots"] == {str(size): root.hex() for size, root in alone.roots.items()}
    assert told["found"] == []


@pytest.mark.parametrize(("position", "right"), [(10, [False, True]), (61, [True, False])])
def test_what_is_wrong_is_found_beside_a_process_at_hand(
    sqlite_url: str, position: int, right: list[bool]
) -> None:
    with known_fact(), Store(sqlite_url, create=True) as store:
        written(store, *[3] * 40)
    changed(Path(sqlite_url), f"UPDATE fact SET data = X'00' WHERE position = {position}")
    told = beside(sqlite_url, 120)
    assert (told["right"], told["found"]) == (right, [[position, "fact"]])
