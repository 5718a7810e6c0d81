"""Several processes on one store, and processes killed: commands are whole, positions gapless."""

import random
import time

from adapters.store import Store
from tests.store.histories import TRIAL, written
from tests.store.writer import DOCUMENTS, FACTS
from tests.support.ready import Process


def writer(url: str, name: str, count: int, *step: str) -> Process:
    """Start a process that writes so many commands."""
    return Process("tests.store.writer", [url, name, str(count), *step])


def ended(process: Process) -> int:
    """Wait for a process to end; its exit code."""
    with process:
        return process.wait()


def whole_commands(store: Store) -> int:
    """The number of commands stored, after checking that each has all its facts and documents."""
    with store.writing(TRIAL):
        pass  # Now whoever was killed has let go.
    commands = store.rows("SELECT first, last FROM command ORDER BY first")
    assert commands == [(FACTS * each + 1, FACTS * (each + 1)) for each in range(len(commands))]
    facts = store.rows("SELECT position, command FROM fact ORDER BY position")
    assert facts == [(each + 1, each // FACTS * FACTS + 1) for each in range(FACTS * len(commands))]
    assert store.rows("SELECT position, count(*) FROM document GROUP BY position ORDER BY position") == [
        (last, DOCUMENTS) for _, last in commands
    ]
    keys = "SELECT model, key, min(position) FROM document GROUP BY model, key ORDER BY model, key"
    assert store.rows("SELECT model, key, position FROM document_key ORDER BY model, key") == store.rows(keys)
    return len(commands)


def test_four_processes_make_the_store_and_append_a_hundred_commands_each(store_url: str) -> None:
    processes = [writer(store_url, f"writer-{each}", 100) for each in range(4)]
    assert [ended(each) for each in processes] == [0, 0, 0, 0]
    with Store(store_url) as store:
        assert whole_commands(store) == 400
        assert sum(1 for _ in store.replay(TRIAL)) == 400 * FACTS


def test_a_command_whose_process_is_killed_at_any_step_is_stored_whole_or_not_at_all(store_url: str) -> None:
    with Store(store_url, create=True) as store:
        steps: list[str] = []
        outcomes: list[int] = []
        while True:
            process = writer(store_url, f"killed-at-{len(steps)}", 1, "step")
            step = process.stdout.readline()
            for _ in steps:
                process.stdin.write("\n")
                process.stdin.flush()
                step = process.stdout.readline()
            if not step:
                break
            steps.append(step.strip())
            process.kill()
            assert ended(process) < 0
            outcomes.append(whole_commands(store))
        assert ended(process) == 0
        assert whole_commands(store) == 1
        assert steps[-1] == "COMMIT"
        assert any("INSERT INTO" in step or step == "trialog_add" for step in steps)
        assert outcomes == [0] * len(steps)
        with store.writing(TRIAL) as transaction:
            assert transaction.head.position == FACTS


def test_processes_killed_at_any_time_leave_whole_commands_and_no_lock(store_url: str) -> None:
    moments = random.Random(20260723)
    with Store(store_url, create=True) as store:
        for run in range(5):
            process = writer(store_url, f"killed-{run}", 100_000)
            before = store.head(TRIAL).position
            while store.head(TRIAL).position == before:
                time.sleep(0.001)
            time.sleep(moments.uniform(0, 0.05))
            process.kill()
            assert ended(process) < 0
            assert FACTS * whole_commands(store) == store.head(TRIAL).position > before
        written(store, FACTS)
