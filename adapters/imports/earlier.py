"""What a row said when it was imported earlier, held against what it says now."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.imports.mapping import TELLING, Mapping
from adapters.imports.translation import Planned
from domain.errors import Conflict, TrialogError
from domain.identifiers import participant_stream
from domain.observation import AssessmentGraded, ResultRecorded
from domain.record import Entry
from projections.ports import Reading
from workflows.observation import RecordResults


def told_conflict(
    reading: Reading, mapping: Mapping, code: str, planned: Planned
) -> tuple[str, TrialogError]:
    """The first column in which a row differs from its earlier import, and the conflict in words."""
    stream = participant_stream(code)
    earlier = [
        entry
        for entry in reading.entries(mapping.trial, stream=stream)
        if entry.command.command_id == planned.issue.command_id
    ]
    changes = list(_changes(mapping, planned, earlier)) if earlier else []
    source = f" from {earlier[0].command.attribution.origin_id}" if earlier else ""
    said = "; ".join(f"{column} was {was}" for column, was in changes) or "other values"
    error = Conflict(
        "row.conflict",
        f"the row was imported before{source}, where it said otherwise: {said}",
        remedy="Correct the record with a reason: an import changes nothing.",
    )
    return changes[0][0] if changes else "", error


def _changes(mapping: Mapping, planned: Planned, earlier: list[Entry]) -> Iterator[tuple[str, str]]:
    """Each column that said something else, and what."""
    step, command = planned.step, planned.issue.command
    if earlier[0].command.kind != command.KIND:
        yield (
            step.when.column if step.when is not None else "",
            f"such that it meant {earlier[0].command.kind}",
        )
        return
    before = earlier[0].record.effective_at
    if before != getattr(command, "at", before):
        yield ", ".join(mapping.time_columns(step)), f"such that it was at {before}"
    for name, source in step.fields.items():
        fact = earlier[0].record.fact
        if name == TELLING.get(step.command) or name not in type(fact).model_fields:
            continue
        was = getattr(fact, name)
        if was != getattr(command, name):
            yield source.column or name, "missing" if was is None else str(was)
    if isinstance(command, RecordResults):
        yield from _changed_readings(planned, command, earlier)


def _changed_readings(
    planned: Planned, command: RecordResults, earlier: list[Entry]
) -> Iterator[tuple[str, str]]:
    recorded: dict[str, str] = {}
    for entry in earlier:
        match entry.record.fact:
            case ResultRecorded() as fact:
                recorded[fact.result] = f"{fact.comparator}{fact.value}"
            case AssessmentGraded() as fact:
                recorded[fact.result] = fact.grade
    read = {each.item: each.value.replace(" ", "") for each in command.readings}
    for form in planned.step.readings:
        if recorded.get(form.item) != read.get(form.item):
            yield form.column, recorded.get(form.item, "missing")
