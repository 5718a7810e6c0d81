"""Requirements of an inspection that one plain test shows, and that no other part of the tests is about."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from adapters.store.schema import APPEND_ONLY
from adapters.store.store import Store
from domain.clinical_time import ClinicalTime
from domain.observation import ResultCorrected
from domain.record import Role
from projections.audit import line_of
from tests.support.scenario import Scenario
from tests.support.trial import active, amended, course, day, person, small
from workflows import observation, participant, trial
from workflows.command import COMMANDS

ROOT = Path(__file__).parents[2]
CODE = "S1-001"


def corrected(result: str, value: str) -> observation.CorrectResult:
    """A correction of a value of the baseline visit."""
    return observation.CorrectResult(participant=CODE, visit="baseline", result=result, value=value)


@pytest.mark.requirement("AT-02")
def test_two_fields_of_a_page_that_change_are_two_changes(scenario: Scenario) -> None:
    scenario.given(active(), course("measured"))
    before = len(scenario.records())
    scenario.given(corrected("tbil", "5.3"), corrected("ascites", "none"))
    changed = [record.fact.TOPIC for record in scenario.records()[before:]]
    assert changed == ["lab.result_corrected.v1", "assessment.corrected.v1"]


@pytest.mark.requirement("CO-02")
@pytest.mark.parametrize("reason", ["", "  ", "x"])
def test_a_change_without_a_reason_in_words_changes_nothing(scenario: Scenario, reason: str) -> None:
    scenario.given(active(), course("measured"))
    before = scenario.contents()
    scenario.when(corrected("tbil", "5.3"), person(Role.COORDINATOR, reason)).refused("correction.no_reason")
    assert scenario.contents() == before


@pytest.mark.requirement("CO-03")
def test_there_is_no_way_to_delete(scenario: Scenario) -> None:
    assert [kind for kind in COMMANDS if re.search(r"delete|remove|purge", kind)] == []
    methods = [name for name, _ in inspect.getmembers(Store, inspect.isfunction)]
    assert [name for name in methods if re.search(r"delete|remove|purge|update", name)] == []
    source = "".join(file.read_text("utf-8") for file in (ROOT / "adapters" / "store").glob("*.py"))
    assert re.findall(r"\bDELETE FROM\b", source) == []
    assert {table.name for table in APPEND_ONLY} >= {"fact", "command", "document", "document_key"}


@pytest.mark.requirement("TI-01")
def test_no_command_can_set_the_time_of_recording() -> None:
    assert [
        kind
        for kind, command in COMMANDS.items()
        if {"recorded_at", "now", "clock"} & set(command.model_fields)
    ] == []


@pytest.mark.requirement("TI-01", "TI-03")
def test_what_happened_days_ago_is_recorded_now_and_shows_both_times(scenario: Scenario) -> None:
    scenario.given(active(), course("consented"))
    scenario.on(5).given(participant.RecordWithdrawal(participant=CODE, at=day(0, "11:00"), scope="samples"))
    entry = list(scenario.app.reading.entries("T-1"))[-1]
    assert entry.record.effective_at == day(0, "11:00")
    assert str(entry.command.recorded_at).startswith("2026-03-07")


@pytest.mark.requirement("TI-02")
def test_every_time_that_is_told_names_its_zone(scenario: Scenario) -> None:
    scenario.given(active(), course("consented"))
    for entry in scenario.app.reading.entries("T-1"):
        line = line_of(entry)
        assert line.recorded_at.endswith("Z")
        assert re.search(r"\[[A-Za-z_]+/?[A-Za-z_]*\]$", line.effective_at)


@pytest.mark.requirement("TI-06")
def test_a_month_stays_a_month(scenario: Scenario) -> None:
    scenario.given(active(), course("randomized"))
    month = ClinicalTime.parse("2026-03[Asia/Shanghai]")
    scenario.on(40).given(participant.RecordDeath(participant=CODE, at=month))
    assert scenario.records()[-1].effective_at == month
    known = scenario.view().participants()[CODE].died
    assert known is not None
    assert str(known.at) == "2026-03[Asia/Shanghai]"


@pytest.mark.requirement("SQ-04")
def test_two_sites_follow_different_versions_and_old_data_keep_theirs(scenario: Scenario) -> None:
    renewed = small({"version": "2.0", "schedule.visits.week-4.after": 14})
    scenario.given(active(), course("consented"), trial.ActivateSite(site="S2"))
    before = [record.protocol_version for record in scenario.records()]
    scenario.given(amended(renewed))
    scenario.given(course("consented", "S1-002"))
    records = scenario.records()
    assert [record.protocol_version for record in records][: len(before)] == before
    sites = scenario.view().trial.sites
    assert [each.version for each in sites["S1"]] == ["1.0", "2.0"]
    assert [each.version for each in sites["S2"]] == ["1.0"]


@pytest.mark.requirement("IC-05")
def test_a_withdrawal_leaves_what_was_collected(scenario: Scenario) -> None:
    scenario.given(active(), course("measured"))
    before = scenario.view().results(CODE)
    scenario.given(participant.RecordWithdrawal(participant=CODE, at=day(0, "13:00"), scope="visits"))
    assert scenario.view().results(CODE) == before


@pytest.mark.requirement("AT-01")
def test_a_fact_cannot_be_stored_without_who_and_when(scenario: Scenario) -> None:
    scenario.given(active(), course("consented"))
    for entry in scenario.app.reading.entries("T-1"):
        by = entry.command.attribution
        if entry.command.kind != "test.given":
            assert by.actor
            assert by.role
        assert entry.command.recorded_at
        assert entry.record.fact.TOPIC
    with pytest.raises(ValidationError):
        ResultCorrected.model_validate({"visit": "baseline", "result": "tbil", "value": "5", "unit": "U/L"})
