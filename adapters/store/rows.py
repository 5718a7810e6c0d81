"""Between rows and what they mean: records, commands, entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from adapters.store.connections import Row
from adapters.store.decoding import Decoding
from domain.clinical_time import Instant
from domain.errors import Broken
from domain.fact import encode
from domain.ledger.kept import JournalLine
from domain.record import Attribution, CommandRecord, Entry, Origin, Record, Role


def to_records(rows: Iterable[Row]) -> list[Record]:
    """The records of rows of RECORD_COLUMNS, facts decoded. Raises Broken when one cannot be read."""
    return Decoding().records(rows)


def to_command(row: Row) -> CommandRecord:
    """The command of a row of COMMAND_COLUMNS."""
    line = JournalLine._make(row)
    attribution = Attribution(
        actor=line.actor,
        role=Role(line.role),
        name=line.name,
        site=line.site,
        delegation=line.delegation,
        reason_code=line.reason_code,
        reason_text=line.reason_text,
        origin=Origin(line.origin),
        origin_id=line.origin_id,
        session=line.session,
        authentication=line.authentication,
    )
    return CommandRecord(
        first=line.first,
        last=line.last,
        command_id=line.command_id,
        kind=line.kind,
        digest=line.digest,
        recorded_at=Instant(line.recorded_at),
        attribution=attribution,
        correlation_id=line.correlation_id,
        causation_id=line.causation_id,
        app_version=line.app_version,
    )


def to_entries(facts: Sequence[Row], commands: Iterable[Row], decoding: Decoding) -> Iterator[Entry]:
    """The entries of rows of RECORD_COLUMNS and `command`, with the rows of the commands that they name."""
    by_first = {row[0]: to_command(row) for row in commands}
    for record, row in zip(decoding.records(row[:-1] for row in facts), facts, strict=True):
        command = by_first.get(row[-1])
        if command is None:
            where = f"position {record.position}"
            raise Broken("store.no_command", "the command of a fact is not in the journal", where=where)
        yield Entry(record, command)


def command_row(trial: str, command: CommandRecord) -> Row:
    """The row of the journal for a command, in the order of the table's columns."""
    by = command.attribution
    return (
        trial,
        command.first,
        command.last,
        command.command_id,
        command.kind,
        command.digest,
        str(command.recorded_at),
        by.actor,
        by.name,
        str(by.role),
        by.site,
        by.delegation,
        by.reason_code,
        by.reason_text,
        str(by.origin),
        by.origin_id,
        by.session,
        by.authentication,
        command.correlation_id,
        command.causation_id,
        command.app_version,
    )


def fact_row(trial: str, command: int, record: Record) -> Row:
    """The row of a fact, in the order of the table's columns; `command` is where its command begins."""
    return (
        trial,
        record.position,
        record.stream,
        record.version,
        record.fact.TOPIC,
        encode(record.fact),
        str(record.effective_at),
        record.protocol_version,
        command,
    )
