"""Facts put into a store past the engine, as whoever runs the database could."""

from __future__ import annotations

from domain.casebook import TrialFold
from domain.clinical_time import Instant
from domain.record import Attribution, CommandRecord, NewFact, Record, Role
from projections.documents import project
from tests.support.trial import TRIAL, Scenario, person


def plant(
    scenario: Scenario,
    *facts: NewFact,
    kind: str,
    by: Attribution | None = None,
) -> int:
    """Store facts as one command of that kind would be, read models included: the position of the first."""
    scenario.clock.advance(minutes=1)
    with scenario.store.writing(TRIAL) as transaction:
        head = transaction.head
        fold = TrialFold().run(transaction.records_since(0))
        records, versions = [], dict[str, int]()
        for position, new in enumerate(facts, start=head.position + 1):
            version = versions.get(new.stream, len(transaction.records(new.stream))) + 1
            versions[new.stream] = version
            records.append(
                Record(position, new.stream, version, new.effective_at, new.protocol_version, new.fact)
            )
        command = CommandRecord(
            first=records[0].position,
            last=records[-1].position,
            command_id=f"planted-{head.position + 1}",
            kind=kind,
            digest="",
            recorded_at=Instant.of(scenario.clock.moment).after(head.recorded_at),
            attribution=by or person(Role.INVESTIGATOR),
            correlation_id="",
            causation_id="",
            app_version="",
        )
        transaction.append(command, records)
        touched = {change: None for record in records for change in fold.apply(record)}
        transaction.put(project(fold, touched, records[-1].position))
    return records[0].position
