"""Many processes append at once: the tree does not fork, and the store verifies."""

from __future__ import annotations

import pytest

from adapters.keys.ed25519 import verified
from adapters.store import Store
from domain.ledger.tree import Frontier, leaf_hash, root_at
from projections.verification.signed import Trust
from projections.verification.store import verify_store
from tests.store.histories import TRIAL, known_fact
from tests.store.test_processes import ended, writer
from tests.store.writer import FACTS


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
            assert line.entry is not None
            tree.append(leaf_hash(line.entry.encode()))
        assert tree.size == store.head(TRIAL).position == facts
        assert root_at(facts, lambda places: store.nodes(TRIAL, places)) == tree.root()
        findings = verify_store(store, store, Trust(verified)).findings
        # The tests' own documents follow from no fact; everything of the ledger must hold.
        assert [each for each in findings if each.check != "read_model"] == []
