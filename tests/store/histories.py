"""Histories to store: a fact of the tests' own, and commands around it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar

from adapters.store import Store
from domain.clinical_time import ClinicalTime, Instant
from domain.document import Document
from domain.fact import FACTS, Fact
from domain.record import Attribution, CommandRecord, Origin, Record, Role
from workflows.ports import Transaction

TRIAL = "NCT06984497"
NOON = Instant("2026-11-23T12:00:00.000000Z")


class Measured(Fact):
    """Something to store."""

    TOPIC: ClassVar[str] = "test.measured.v1"
    EN: ClassVar[str] = "Measured {value}."
    ZH: ClassVar[str] = "测得{value}。"

    value: str


FACTS.forget(Measured.TOPIC)  # Known in the tests of the store only: others go through all topics there are.


@contextmanager
def known_fact() -> Iterator[None]:
    """Within it, the fact can be read back."""
    FACTS.register(Measured)
    try:
        yield
    finally:
        FACTS.forget(Measured.TOPIC)


def at(second: int) -> Instant:
    """An instant so many seconds after noon."""
    return Instant.of(NOON.moment.replace(minute=second // 60, second=second % 60))


def command(
    first: int, last: int, command_id: str | None = None, recorded_at: Instant = NOON
) -> CommandRecord:
    """A command that holds the positions `first` to `last`, every part of its envelope told apart."""
    return CommandRecord(
        first=first,
        last=last,
        command_id=command_id or f"command-{first}",
        kind="measure",
        digest="0f" * 32,
        recorded_at=recorded_at,
        attribution=Attribution(
            actor="u-17",
            role=Role.INVESTIGATOR,
            name="李医生",
            site="shenyang",
            delegation="delegation-3",
            reason_code="correction",
            reason_text="misread",
            origin=Origin.DEVICE,
            origin_id="analyser-2",
            session="session-9",
            authentication="password+totp",
        ),
        correlation_id="correlation-1",
        causation_id="causation-1",
        app_version="0.1.0",
    )


def records(first: int, count: int, stream: str = "participant/1", version: int = 1) -> list[Record]:
    """So many facts of one stream from a position and a version on."""
    effective_at = ClinicalTime("2026-11-23T09:30+08:00[Asia/Shanghai]")
    return [
        Record(
            first + each,
            stream,
            version + each,
            effective_at,
            "1.0",
            Measured(value=f"{first + each} µmol/L"),
        )
        for each in range(count)
    ]


def append(
    transaction: Transaction,
    count: int,
    *,
    stream: str = "participant/1",
    version: int | None = None,
    recorded_at: Instant = NOON,
    documents: Sequence[tuple[str, str]] = (),
    command_id: str | None = None,
) -> None:
    """Append one command of so many facts, and (model, key) documents as of its last one."""
    first = transaction.head.position + 1
    last = first + count - 1
    version = transaction.head.position + 1 if version is None else version
    transaction.append(command(first, last, command_id, recorded_at), records(first, count, stream, version))
    transaction.put(Document(model, key, last, f"{key} as of {last}") for model, key in documents)


def written(store: Store, *counts: int, trial: str = TRIAL) -> None:
    """Write one command per count."""
    for count in counts:
        with store.writing(trial) as transaction:
            append(transaction, count)
