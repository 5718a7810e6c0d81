"""One command, one transaction: what is stored, and what is refused."""

import signal
import time
from contextlib import suppress
from threading import Thread

import psycopg
import pytest

from adapters.store import Store
from domain.clinical_time import Instant
from domain.document import Document
from domain.errors import Conflict, Invalid
from tests.store.histories import NOON, TRIAL, append, at, command, records, written
from workflows.ports import Head, Ledger


class Stop(Exception):
    """Ends a transaction from within."""


def test_the_store_is_the_ledger_that_the_workflow_asks_for(store: Store) -> None:
    ledger: Ledger = store
    with ledger.writing(TRIAL) as transaction:
        assert transaction.head == Head(0, Instant(""))
        append(transaction, 3)
        assert transaction.head == Head(3, NOON)
    assert store.head(TRIAL) == Head(3, NOON)


def test_what_was_appended_is_read_back_as_it_was(store: Store) -> None:
    facts = [*records(1, 2), *records(3, 1, "alert/1", 1)]
    with store.writing(TRIAL) as transaction:
        transaction.append(command(1, 3), facts)
    with store.writing(TRIAL) as transaction:
        assert transaction.command("command-1") == command(1, 3)
        assert transaction.command("command-2") is None
        assert transaction.records("participant/1") == facts[:2]
        assert transaction.records("participant/2") == []
        assert transaction.records_since(1) == facts[1:]
        assert transaction.records_since(3) == []


def test_a_transaction_sees_what_it_appended_itself(store: Store) -> None:
    with store.writing(TRIAL) as transaction:
        append(transaction, 2)
        assert [record.position for record in transaction.records("participant/1")] == [1, 2]
        assert transaction.command("command-1") is not None


def test_nothing_is_stored_when_the_transaction_ends_in_an_exception(store: Store) -> None:
    written(store, 1)
    with suppress(Stop), store.writing(TRIAL) as transaction:
        append(transaction, 2, documents=[("status", "1")])
        raise Stop
    assert store.head(TRIAL).position == 1
    assert store.documents(TRIAL, "status", upto=9) == []
    written(store, 1)
    assert store.head(TRIAL).position == 2


def test_many_commands_can_share_one_commit(store: Store) -> None:
    with store.writing(TRIAL) as transaction:
        for number in range(50):
            append(transaction, 1 + number % 3, documents=[("status", f"{number % 7}")])
    positions = [entry.record.position for entry in store.entries(TRIAL)]
    assert positions == list(range(1, len(positions) + 1))
    assert len({entry.command.command_id for entry in store.entries(TRIAL)}) == 50
    assert len(store.documents(TRIAL, "status", upto=len(positions))) == 7


def test_trials_are_told_apart(store: Store) -> None:
    written(store, 2, trial="one")
    written(store, 3, trial="other")
    assert (store.head("one").position, store.head("other").position) == (2, 3)


def test_a_command_id_can_be_taken_once(store: Store) -> None:
    written(store, 1)
    with pytest.raises(Conflict) as refused, store.writing(TRIAL) as transaction:
        append(transaction, 1, command_id="command-1")
    assert refused.value.code == "store.conflict"
    assert store.head(TRIAL).position == 1


def test_a_stream_version_can_be_taken_once(store: Store) -> None:
    written(store, 2)
    with pytest.raises(Conflict) as refused, store.writing(TRIAL) as transaction:
        append(transaction, 1, version=2)
    assert refused.value.code == "store.conflict"


def test_a_conflict_that_the_caller_passes_over_still_stores_nothing(store: Store) -> None:
    written(store, 2)

    def go_on() -> None:
        with store.writing(TRIAL) as transaction:
            append(transaction, 1, documents=[("status", "1")])
            with suppress(Conflict):
                append(transaction, 1, version=2)

    with pytest.raises(Conflict) as refused:
        go_on()
    assert refused.value.code == "store.conflict"
    assert store.head(TRIAL).position == 2
    assert store.rows("SELECT count(*) FROM command") == [(1,)]
    written(store, 1)


def test_a_version_of_a_document_can_be_stored_once(store: Store) -> None:
    with store.writing(TRIAL) as transaction:
        append(transaction, 1, documents=[("status", "1")])
    with pytest.raises(Conflict) as refused, store.writing(TRIAL) as transaction:
        transaction.put([Document("status", "1", 1, "another past")])
    assert refused.value.code == "store.conflict"
    assert store.document(TRIAL, "status", "1", upto=1) == "1 as of 1"


@pytest.mark.parametrize(
    ("first", "last", "held"),
    [(2, 2, records(2, 1)), (1, 2, records(1, 1)), (1, 1, []), (1, 2, [*records(1, 1), *records(3, 1)])],
    ids=["after a gap", "fewer facts than named", "no facts", "a gap within"],
)
def test_positions_leave_no_gap(store: Store, first: int, last: int, held: list[object]) -> None:
    with pytest.raises(Conflict) as refused, store.writing(TRIAL) as transaction:
        transaction.append(command(first, last), held)  # type: ignore[arg-type]
    assert refused.value.code == "store.gap"
    assert store.head(TRIAL).position == 0


def test_the_clock_does_not_go_back(store: Store) -> None:
    with store.writing(TRIAL) as transaction:
        append(transaction, 1, recorded_at=at(2))
    with pytest.raises(Conflict) as refused, store.writing(TRIAL) as transaction:
        append(transaction, 1, recorded_at=at(1))
    assert refused.value.code == "store.clock"


def test_text_that_the_database_cannot_hold_is_invalid(postgresql_url: str) -> None:
    with Store(postgresql_url, create=True) as store:
        with pytest.raises(Invalid) as refused, store.writing(TRIAL) as transaction:
            append(transaction, 1, command_id="a\0b")
        assert refused.value.code == "store.data"
        written(store, 1)


def test_twenty_thousand_facts_in_one_command(store: Store) -> None:
    with store.writing(TRIAL) as transaction:
        append(transaction, 20_000, documents=[("status", f"{key}") for key in range(20_000)])
    assert sum(1 for _ in store.replay(TRIAL)) == 20_000
    assert len(store.documents(TRIAL, "status", upto=20_000)) == 20_000


def test_a_fact_of_three_megabytes(store: Store) -> None:
    (fact,) = records(1, 1)
    large = fact._replace(fact=fact.fact.model_copy(update={"value": "x" * 3_000_000}))
    with store.writing(TRIAL) as transaction:
        transaction.append(command(1, 1), [large])
    assert list(store.replay(TRIAL)) == [large]


def test_a_writer_that_waits_too_long_is_told_that_the_store_is_busy(store_url: str) -> None:
    with Store(store_url, create=True) as holder, Store(store_url, wait=0.05) as waiting:
        with holder.writing(TRIAL):
            with pytest.raises(Conflict) as refused, waiting.writing(TRIAL):
                pass
            assert refused.value.code == "store.busy"
        written(waiting, 1)


def interrupt_who_waits(url: str) -> None:
    """Interrupt this process once a connection waits for a lock: before, there is nothing to cancel."""
    waits = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(waits).fetchone() == (0,):
            time.sleep(0.01)
    signal.raise_signal(signal.SIGINT)


def test_a_writer_that_waits_can_be_interrupted(postgresql_url: str) -> None:
    with Store(postgresql_url, create=True) as holder, Store(postgresql_url) as waiting:
        with holder.writing(TRIAL):
            Thread(target=interrupt_who_waits, args=(postgresql_url,), daemon=True).start()
            begun = time.monotonic()
            with pytest.raises(KeyboardInterrupt), waiting.writing(TRIAL):
                pass
            assert time.monotonic() - begun < 10
        written(waiting, 1)


def test_a_thread_that_waits_too_long_is_told_that_the_store_is_busy(store_url: str) -> None:
    with Store(store_url, create=True, wait=0.05) as store, store.writing(TRIAL):
        with pytest.raises(Conflict) as refused, store.writing(TRIAL):
            pass
        assert refused.value.code == "store.busy"


def test_a_connection_on_which_much_was_rolled_back_goes_on(store: Store) -> None:
    for number in range(1, 25):
        with store.writing(TRIAL) as transaction:
            assert transaction.command(f"unknown-{number}") is None
            append(transaction, 1)
        for _ in range(number // 8):
            with suppress(Stop), store.writing(TRIAL) as transaction:
                assert transaction.command(f"unknown-{number}") is None
                raise Stop
    assert store.head(TRIAL).position == 24
