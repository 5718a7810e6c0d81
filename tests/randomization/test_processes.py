"""Allocation by several processes at once, and by processes killed at any time: the sealed list, in order."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest

from adapters.app import App
from adapters.clock import SeededNames, SetClock
from adapters.store import Store
from domain.allocation import allocation_list, parameters_of
from domain.enrolment import AllocationUsed
from domain.participant import Randomized
from domain.record import Role
from projections.randomization import Outcome, proof
from projections.rebuild import compare
from tests.support.ready import Process
from tests.support.trial import SECRET, START, TRIAL, active, course, entitled, small
from trialog.bootstrap import open_app
from workflows.command import Issue, Receipt

ROOT = Path(__file__).resolve().parents[2]
CODES = [f"S1-{number:03}" for number in range(1, 101)]
WORKERS = 4
PAUSE = 0.01
"""Seconds at most between two participants of a process, where processes shall take turns."""


@pytest.fixture(autouse=True)
def _keys_of_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server's keys would lie in the home folder."""
    monkeypatch.setenv("TRIALOG_KEYS", str(tmp_path / "keys"))


def prepared(url: str, participants: int, target: int) -> App:
    """A new store with an enrolling trial and so many eligible participants."""
    clock = SetClock(START)
    app = open_app(url, create=True, clock=clock, names=SeededNames(1), entropy=Random(1).randbytes)
    document = small({"enrolment.target": target})
    commands = active(document)
    for code in CODES[:participants]:
        commands += course("eligible", code, document=document)
    outcomes = app.engine.execute_many(TRIAL, [Issue(each, entitled(each)) for each in commands])
    assert [each for each in outcomes if not isinstance(each, Receipt)] == []
    return app


def started(url: str, name: str, codes: Sequence[str], pause: float = 0) -> Process:
    """Start a process that will randomize these participants."""
    return Process("tests.randomization.allocator", [url, name, str(pause), *codes])


def let_go(url: str, processes: list[Process]) -> None:
    """Let the processes begin at once: the trial is locked until every one of them has asked for a place."""
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    with Store(url) as store, store.writing(TRIAL):
        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline() == "asking\n"


Told = tuple[str, str | int]
"""A participant's code, and the position of the allocation or the rule that refused it."""


def told(process: Process, at_most: int | None = None) -> list[Told]:
    """What a process tells, to its end or so many new allocations."""
    found: list[Told] = []
    while at_most is None or at_most > 0:
        line = process.stdout.readline()
        if not line.endswith("\n"):  # the end, or what was half written when the process was killed
            break
        code, outcome, *repeated = json.loads(line)
        found.append((code, outcome))
        if at_most is not None and repeated == [False]:
            at_most -= 1
    return found


def ended(process: Process) -> list[Told]:
    """What a process tells, which comes to its end by itself."""
    with process:
        found = told(process)
    assert process.returncode == 0
    return found


def shares(codes: Sequence[str]) -> list[Sequence[str]]:
    """The participants, dealt out to the processes."""
    return [codes[worker::WORKERS] for worker in range(WORKERS)]


def holders(url: str, places: int, target: int) -> list[str]:
    """Who holds the places, first place first, after checking that these are the sealed list in order."""
    app = open_app(url)
    assert isinstance(app.store, Store)
    with app.store.writing(TRIAL):
        pass  # Now whoever was killed has let go.
    expected = allocation_list(
        bytes.fromhex(SECRET), parameters_of(small({"enrolment.target": target}).protocol)
    )
    records = list(app.reading.replay(TRIAL))
    assert [record.position for record in records] == list(range(1, len(records) + 1))
    used = [record.fact for record in records if isinstance(record.fact, AllocationUsed)]
    own = {r.stream.removeprefix("participant/"): r.fact for r in records if isinstance(r.fact, Randomized)}
    assert [fact.place for fact in used] == list(range(1, places + 1))
    assert sum(isinstance(record.fact, Randomized) for record in records) == places
    codes = [fact.participant for fact in used]
    assert len(set(codes)) == places <= target
    assert [own[code].place for code in codes] == list(range(1, places + 1))
    assert tuple(app.vault.open(own[code].allocation).strip() for code in codes) == expected[:places]
    view = app.view(TRIAL)
    assert view.enrolment.allocated == places
    assert {c for c, known in view.participants().items() if known.randomized is not None} == set(codes)
    found = proof(records, app.unseal(view.trial, Role.SYSTEM))
    assert {check.outcome for check in found.checks} == {Outcome.AGREES}
    assert compare(app.reading, TRIAL)[1] == []
    app.close()
    return codes


@pytest.mark.requirement("RN-02")
def test_a_hundred_randomizations_by_four_processes_take_the_sealed_list_in_order(store_url: str) -> None:
    prepared(store_url, 100, 100).close()
    processes = [started(store_url, "randomize", share, PAUSE) for share in shares(CODES)]
    let_go(store_url, processes)
    answers = [ended(process) for process in processes]
    codes = holders(store_url, 100, 100)
    assert sorted(codes) == CODES
    positions = {code: position for told in answers for code, position in told}
    assert sorted(codes, key=positions.__getitem__) == codes


@pytest.mark.requirement("SQ-02", "RN-02")
def test_a_participant_asked_for_by_four_processes_at_once_gets_one_place(store_url: str) -> None:
    codes = CODES[:25]
    prepared(store_url, 25, 32).close()
    orders = Random(20260723)
    processes = [
        started(store_url, f"randomize-{worker}", orders.sample(codes, len(codes)))
        for worker in range(WORKERS)
    ]
    let_go(store_url, processes)
    answers = [each for process in processes for each in ended(process)]
    assert sorted(holders(store_url, 25, 32)) == codes
    refused = Counter(outcome for _, outcome in answers if isinstance(outcome, str))
    assert refused == {"randomize.already": 75}


def test_of_forty_who_ask_for_thirty_two_places_eight_are_refused(store_url: str) -> None:
    prepared(store_url, 40, 32).close()
    processes = [started(store_url, "randomize", share) for share in shares(CODES[:40])]
    let_go(store_url, processes)
    answers = dict(each for process in processes for each in ended(process))
    codes = holders(store_url, 32, 32)
    refused = {code: outcome for code, outcome in answers.items() if isinstance(outcome, str)}
    assert Counter(refused.values()) == {"randomize.target_reached": 8}
    assert sorted([*codes, *refused]) == CODES[:40]


def test_processes_killed_at_any_time_and_started_again_take_the_same_list(store_url: str) -> None:
    moments = random.Random(20261123)
    prepared(store_url, 100, 96).close()
    known: dict[str, str | int] = {}

    def killed(process: Process, allocations: int, seconds: float) -> list[Told]:
        """What a process tells to the end, which it meets so long after so many allocations."""
        with process:
            before = told(process, allocations)
            time.sleep(seconds)
            process.kill()
            before += told(process)
        assert process.returncode is not None
        assert process.returncode < 0
        return before

    for _ in range(4):
        processes = [started(store_url, "randomize", share, PAUSE) for share in shares(CODES)]
        let_go(store_url, processes)
        delays = [(moments.randrange(8), moments.uniform(0, 0.006)) for _ in processes]
        with ThreadPoolExecutor(WORKERS) as threads:
            answers = list(threads.map(killed, processes, *zip(*delays, strict=True)))
        for code, outcome in (each for each_told in answers for each in each_told):
            assert known.setdefault(code, outcome) == outcome
        taken = len(holders_so_far(store_url))
        assert taken >= len(known)
        assert taken < 96, "every place was taken before the last process was killed"
        assert set(known) <= set(holders(store_url, taken, 96))
    processes = [started(store_url, "randomize", share) for share in shares(CODES)]
    let_go(store_url, processes)
    final = dict(each for process in processes for each in ended(process))
    assert {code: final[code] for code in known} == known
    codes = holders(store_url, 96, 96)
    refused = {code: outcome for code, outcome in final.items() if isinstance(outcome, str)}
    assert Counter(refused.values()) == {"randomize.target_reached": 4}
    assert sorted([*codes, *refused]) == CODES


def holders_so_far(url: str) -> list[str]:
    """Who holds a place by now."""
    app = open_app(url)
    assert isinstance(app.store, Store)
    with app.store.writing(TRIAL):
        pass  # Now whoever was killed has let go.
    found = [known.code for known in app.view(TRIAL).participants().values() if known.randomized is not None]
    app.close()
    return found
