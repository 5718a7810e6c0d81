"""Reads as of a position: replay, entries, streams, instants and documents."""

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.store import Store
from domain.record import Record
from tests.store.histories import TRIAL, append, at, command, records, written

TRIALS = count(1)

# A command is a number of facts and the documents it writes; few keys, so that they meet.
KEYS = st.sampled_from(["a", "a/1", "a/10", "a/2", "b", "B", "ä", "中", "a中", "𝔸"])
COMMANDS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.lists(st.tuples(st.sampled_from(["status", "score"]), KEYS), unique=True, max_size=4),
    ),
    max_size=12,
)


@settings(
    max_examples=40,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(commands=COMMANDS, prefix=st.sampled_from(["", "a", "a/", "a/1", "z", "ä", "中"]))
def test_documents_as_of_each_position_are_those_of_a_naive_fold(
    store: Store, commands: list[tuple[int, list[tuple[str, str]]]], prefix: str
) -> None:
    trial = f"trial-{next(TRIALS)}"
    expected: list[dict[tuple[str, str], str]] = [{}]
    for size, documents in commands:
        with store.writing(trial) as transaction:
            append(transaction, size, documents=documents)
            last = transaction.head.position
        present = expected[-1]
        expected += [present] * (size - 1)
        expected.append(present | {key: f"{key[1]} as of {last}" for key in documents})
    for position, present in enumerate(expected):
        for model in ("status", "score"):
            wanted = sorted(
                (key, body) for (of, key), body in present.items() if of == model and key.startswith(prefix)
            )
            assert store.documents(trial, model, upto=position, prefix=prefix) == wanted
            for key in ("a", "中"):
                assert store.document(trial, model, key, upto=position) == present.get((model, key))


def test_a_key_written_twice_in_one_transaction_is_listed_from_the_first_on(store: Store) -> None:
    with store.writing(TRIAL) as transaction:
        append(transaction, 1, documents=[("status", "1")])
        append(transaction, 1, documents=[("status", "1")])
    assert store.documents(TRIAL, "status", upto=1) == [("1", "1 as of 1")]
    assert store.documents(TRIAL, "status", upto=2) == [("1", "1 as of 2")]


def test_replay_gives_every_fact_in_order_up_to_the_position_asked(store: Store) -> None:
    written(store, 2, 1, 3)
    assert list(store.replay(TRIAL)) == records(1, 6)
    assert list(store.replay(TRIAL, upto=4)) == records(1, 4)
    assert list(store.replay(TRIAL, upto=0)) == []
    assert list(store.replay("another")) == []


def test_replay_goes_on_past_a_page(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.store.store._PAGE", 3)
    written(store, 4, 4)
    for upto in (2, 3, 6, 7, 8):
        assert list(store.replay(TRIAL, upto=upto)) == records(1, upto)
        assert [entry.record for entry in store.entries(TRIAL, upto=upto)] == records(1, upto)
        commands = [records(1, min(4, upto)), records(5, upto - 4, version=5)]
        assert list(store.replay_commands(TRIAL, upto=upto)) == [each for each in commands if each]


def test_a_replay_begun_before_a_command_ends_before_it(store: Store) -> None:
    written(store, 2)
    replay: Iterator[Record] = store.replay(TRIAL)
    next(replay)
    written(store, 2)
    assert [record.position for record in replay] == [2]


def test_a_replay_left_half_way_holds_nothing_up(store: Store) -> None:
    written(store, 2)
    next(store.replay(TRIAL))
    written(store, 1)
    assert store.head(TRIAL).position == 3


def test_a_stream_is_read_on_its_own(store: Store) -> None:
    with store.writing(TRIAL) as transaction:
        append(transaction, 2, stream="participant/1", version=1)
        append(transaction, 1, stream="participant/2", version=1)
        append(transaction, 1, stream="participant/1", version=3)
    assert [record.position for record in store.stream(TRIAL, "participant/1")] == [1, 2, 4]
    assert [record.position for record in store.stream(TRIAL, "participant/1", upto=3)] == [1, 2]
    assert store.stream(TRIAL, "participant/3") == []


@pytest.mark.requirement("AT-01")
def test_entries_carry_the_whole_envelope(store: Store) -> None:
    with store.writing(TRIAL) as transaction:
        append(transaction, 2)
        append(transaction, 1, stream="participant/2", version=1)
        append(transaction, 1, version=3)
    entries = list(store.entries(TRIAL))
    assert [entry.record.position for entry in entries] == [1, 2, 3, 4]
    assert [entry.command for entry in entries] == [
        command(1, 2),
        command(1, 2),
        command(3, 3),
        command(4, 4),
    ]
    assert [entry.event_id for entry in entries] == [
        "command-1/1",
        "command-1/2",
        "command-3/1",
        "command-4/1",
    ]


@pytest.mark.parametrize(
    ("asked", "positions"),
    [
        ({"after": 1}, [2, 3, 4]),
        ({"after": 1, "upto": 3}, [2, 3]),
        ({"stream": "participant/1"}, [1, 2, 4]),
        ({"stream": "participant/1", "after": 1}, [2, 4]),
        ({"stream": "participant/1", "upto": 3}, [1, 2]),
        ({"stream": "participant/9"}, []),
    ],
    ids=str,
)
@pytest.mark.parametrize("page", [1, 4096])
def test_entries_are_chosen_by_stream_and_position(
    store: Store, monkeypatch: pytest.MonkeyPatch, page: int, asked: dict[str, object], positions: list[int]
) -> None:
    monkeypatch.setattr("adapters.store.store._PAGE", page)
    with store.writing(TRIAL) as transaction:
        append(transaction, 2)
        append(transaction, 1, stream="participant/2", version=1)
        append(transaction, 1, version=3)
    entries = list(store.entries(TRIAL, **asked))  # type: ignore[arg-type]
    assert [entry.record.position for entry in entries] == positions
    assert all(entry.command.first <= entry.record.position <= entry.command.last for entry in entries)


def test_an_instant_leads_to_the_last_position_recorded_by_then(store: Store) -> None:
    with store.writing(TRIAL) as transaction:
        append(transaction, 2, recorded_at=at(1))
        append(transaction, 1, recorded_at=at(3))
        append(transaction, 2, recorded_at=at(3))
    instants = [at(0), at(1), at(2), at(3), at(4)]
    assert [store.position_at(TRIAL, instant) for instant in instants] == [0, 2, 2, 5, 5]
    assert store.position_at("another", at(4)) == 0


def test_trials_are_listed_by_name(store: Store) -> None:
    assert store.trials() == []
    for trial in ("b", "a", "B"):
        written(store, 1, 1, trial=trial)
    assert store.trials() == ["B", "a", "b"]
