"""Facts put into a store past the engine, as whoever runs the database could."""

from __future__ import annotations

from typing import NamedTuple

from domain.casebook import TrialFold
from domain.clinical_time import Instant
from domain.fact import Fact
from domain.observation import ResultRecorded
from domain.record import Attribution, CommandRecord, NewFact, Record, Role
from projections.documents import project
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course, day, of_participant, person
from workflows import participant, trial
from workflows.command import Command

CODE = "S1-001"
ACTIVE = active()
CONSENTED = [*ACTIVE, *course("consented")]
MEASURED = [*ACTIVE, *course("measured")]
RANDOMIZED = [*ACTIVE, *course("randomized")]
DEAD = [*ACTIVE, *course("closed"), participant.RecordDeath(participant=CODE, at=day(0, "14:30"))]
LOCKED = [*MEASURED, trial.CloseEnrolment(), trial.LockTrial()]


class Planted(NamedTuple):
    """A fault: what was so, the facts smuggled in, the kind they claim, and the rules that name it."""

    given: list[Command]
    facts: list[NewFact]
    kind: str
    rules: set[str]


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


def of(*facts: Fact, at: str = "11:00", version: str = "1.0") -> list[NewFact]:
    return of_participant(*facts, when=day(0, at), version=version)


def result(item: str = "alt", **fields: object) -> ResultRecorded:
    known = {"visit": "baseline", "result": item, "value": "40", "unit": "U/L"}
    return ResultRecorded.model_validate(known | fields)
