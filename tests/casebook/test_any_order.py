"""Whatever people ask for in whatever order: what was signed, frozen and locked keeps its word."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.casebook_record import (
    RecordFrozen,
    RecordLocked,
    RecordSigned,
    RecordUnfrozen,
    RecordUnlocked,
    RecordUnlockRequested,
    RecordVerified,
)
from domain.errors import TrialogError
from domain.observation import ResultCorrected, VisitResult
from domain.record import Entry, Role
from projections.casebook import signature_rows
from projections.rebuild import compare
from projections.source_data import source_rows
from tests.support.casebooks import signature, verification
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course, person
from workflows import casebook_record, observation
from workflows.command import Command
from workflows.conformance import replay

CODE = "S1-001"
SCOPES = ({"participant": CODE, "record": "baseline"}, {"participant": CODE}, {"site": "S1"})
CLOSINGS = (
    casebook_record.FreezeRecord,
    casebook_record.UnfreezeRecord,
    casebook_record.LockRecord,
    casebook_record.RequestRecordUnlock,
    casebook_record.UnlockRecord,
)
PEOPLE = (Role.INVESTIGATOR, Role.PRINCIPAL_INVESTIGATOR, Role.DATA_MANAGER)

Act = Callable[[Scenario], tuple[Command, Role]]


def closing(kind: type[casebook_record.OnClosing], scope: dict[str, str], role: Role) -> Act:
    return lambda _: (kind.model_validate(scope), role)


def change(number: int) -> Act:
    corrected = observation.CorrectResult(
        participant=CODE, visit="baseline", result="alt", value=str(50 + number)
    )
    return lambda _: (corrected, Role.COORDINATOR)


acts = st.one_of(
    st.builds(closing, st.sampled_from(CLOSINGS), st.sampled_from(SCOPES), st.sampled_from(PEOPLE)),
    st.builds(change, st.integers(0, 40)),
    st.builds(
        lambda record, role: lambda scenario: (signature(scenario, CODE, record), role),
        st.sampled_from(("baseline", "casebook")),
        st.sampled_from(PEOPLE[:2]),
    ),
    st.builds(
        lambda path: lambda scenario: (verification(scenario, CODE, path), Role.MONITOR),
        st.sampled_from(("baseline", "baseline/alt")),
    ),
)


@settings(max_examples=15, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(acts, min_size=10, max_size=25))
def test_what_was_signed_and_closed_keeps_its_word(chosen: list[Act]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        scenario = Scenario(Path(folder))
        try:
            scenario.given(active(), course("measured"))
            for act in chosen:
                command, role = act(scenario)
                scenario.clock.advance(minutes=1)
                try:
                    scenario.app.engine.execute(TRIAL, command, person(role))
                except TrialogError as refused:
                    assert refused.code.partition(".")[0] in ("record", "result", "policy"), refused  # noqa: PT017
            judged(scenario)
        finally:
            scenario.close()


def judged(scenario: Scenario) -> None:
    """The laws, told from the facts alone, one by one."""
    entries = list(scenario.app.reading.entries(TRIAL))
    closed: dict[tuple[str, str], str] = {}
    asked: dict[tuple[str, str], str] = {}
    alt = newest = 0
    for record, command in entries:
        fact, place = record.fact, (record.stream, getattr(record.fact, "record", ""))
        match fact:
            case RecordFrozen():
                closed[place] = "frozen"
            case RecordLocked():
                closed[place] = "locked"
            case RecordUnlockRequested():
                asked[place] = command.attribution.actor
            case RecordUnlocked():
                assert closed.pop(place) == "locked"
                assert asked.pop(place) != command.attribution.actor
            case RecordUnfrozen():
                assert closed.pop(place) == "frozen"
            case RecordSigned() | RecordVerified():
                wide = {name for (_, name), how in closed.items() if how == "locked"}
                assert not wide & {fact.record, fact.record.partition("/")[0], "casebook"}
            case ResultCorrected():
                assert not closed, "a closed record was changed"
        if isinstance(fact, VisitResult):
            newest = record.position
            alt = record.position if fact.result == "alt" else alt
    view, reading = scenario.view(), scenario.app.reading
    told = [(row.position, row.stands == "current") for row in signature_rows(reading, view, CODE)]
    assert told == [(position, covers >= newest) for position, covers in of(entries, RecordSigned)]
    verified = [covers for _, covers in of(entries, RecordVerified)]
    [field] = [row for row in source_rows(reading, view, CODE) if row.field == "baseline/alt"]
    assert field.status == (
        "unverified" if not verified else "verified" if max(verified) >= alt else "changed"
    )
    assert list(replay(TRIAL, entries, lambda _sealed: None)) == []
    assert compare(reading, TRIAL)[1] == []


def of(entries: list[Entry], kind: type[RecordSigned] | type[RecordVerified]) -> list[tuple[int, int]]:
    """Where each fact of a kind stands, and to which position it covers."""
    found = [(each.record.position, each.record.fact) for each in entries]
    return [(position, fact.covers) for position, fact in found if isinstance(fact, kind)]
