"""The ledger in the append's own transaction: lines, salted commitments, and the nodes kept with the leaf."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256

import pytest

from adapters.store import Store
from domain.errors import Broken
from domain.ledger.entry import SALT_BYTES, CommandLines, commitment, envelope_line
from domain.ledger.tree import (
    Frontier,
    Place,
    consistency_proof,
    continues,
    includes,
    inclusion_proof,
    leaf_hash,
    root_at,
)
from tests.store.histories import TRIAL, append, at, known_fact


class Stop(Exception):
    """Ends a transaction from within."""


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A store with four commands of one to four facts, on SQLite and on PostgreSQL in turn."""
    with known_fact(), Store(store_url, create=True) as opened:
        for number in range(1, 5):
            with opened.writing(TRIAL) as transaction:
                append(transaction, number, stream=f"participant/{number}", recorded_at=at(number))
        yield opened


def test_every_fact_has_a_line_of_canonical_json_that_names_it(store: Store) -> None:
    lines = list(store.stored_lines(TRIAL))
    assert [line.position for line in lines] == list(range(1, 11))
    for line in lines:
        told = json.loads(line.entry)
        assert json.dumps(told, sort_keys=True, separators=(",", ":")) == line.entry
        assert told["position"] == line.position
        assert (told["stream"], told["version"], told["topic"]) == (line.stream, line.version, line.topic)
        assert (told["log"], told["command"], told["actor"], told["v"]) == (TRIAL, line.command, "u-17", 1)
        assert ("envelope" in told) == (line.command == line.position)


def test_a_line_commits_to_the_stored_bytes_and_the_opening_one_to_the_envelope(store: Store) -> None:
    journal = {row[0]: row for row in store.journal(TRIAL, 1, 10)}
    seen = set()
    for line in store.stored_lines(TRIAL):
        assert line.salts is not None
        told, opens = json.loads(line.entry), line.command == line.position
        assert len(line.salts) == SALT_BYTES * (2 if opens else 1)
        assert told["fact"] == sha256(line.salts[:SALT_BYTES] + line.data).hexdigest()
        if opens:
            envelope = envelope_line(*journal[line.position])
            assert told["envelope"] == commitment(line.salts[SALT_BYTES:], envelope.encode())
            assert json.dumps(json.loads(envelope), sort_keys=True, separators=(",", ":")) == envelope
        seen |= {line.salts[start : start + SALT_BYTES] for start in range(0, len(line.salts), SALT_BYTES)}
    assert len(seen) == 10 + 4, "no salt is used twice"


def test_a_line_says_the_same_whatever_the_texts_hold() -> None:
    odd = 'a"b\\c\n李é\x7f/'
    lines = CommandLines(odd, 7, "2026-01-01T00:00:00.000000Z", odd, "monitor")
    told = json.loads(lines.line(8, odd, 3, odd, odd, odd, "f" * 64, ""))
    assert {
        told[name] for name in ("log", "actor", "stream", "topic", "effective_at", "protocol_version")
    } == {odd}
    assert lines.line(8, odd, 3, odd, odd, odd, "f" * 64, "").isascii()


def test_the_nodes_kept_with_the_leaves_make_every_root_and_every_proof(store: Store) -> None:
    tree, roots = Frontier(), {}
    leaves = []
    for line in store.stored_lines(TRIAL):
        leaves.append(leaf_hash(line.entry.encode()))
        assert b"".join(tree.append(leaves[-1])) == line.nodes
        roots[tree.size] = tree.root()

    def nodes(places: object) -> list[bytes]:
        return store.nodes(TRIAL, places)  # type: ignore[arg-type]

    for size, root in roots.items():
        assert root_at(size, nodes) == root
        for index in range(size):
            assert includes(index, size, leaves[index], inclusion_proof(index, size, nodes), root)
        for new in range(size, 11):
            proof = consistency_proof(size, new, nodes)
            assert continues(size, new, root, roots[new], proof)


def test_a_transaction_that_is_rolled_back_leaves_no_line_and_the_tree_goes_on(store: Store) -> None:
    with pytest.raises(Stop), store.writing(TRIAL) as transaction:  # noqa: PT012 - the transaction is the statement
        append(transaction, 3, stream="participant/9", recorded_at=at(9))
        transaction.flush()
        raise Stop
    assert sum(1 for _ in store.stored_lines(TRIAL)) == 10
    with store.writing(TRIAL) as transaction:
        append(transaction, 1, stream="participant/9", recorded_at=at(9))
    tree = Frontier()
    for line in store.stored_lines(TRIAL):
        tree.append(leaf_hash(line.entry.encode()))
    assert root_at(11, lambda places: store.nodes(TRIAL, places)) == tree.root()


def test_a_node_that_is_not_there_is_told(store: Store) -> None:
    with pytest.raises(Broken) as error:
        store.nodes(TRIAL, [Place(5, 0)])
    assert error.value.code == "ledger.no_node"
