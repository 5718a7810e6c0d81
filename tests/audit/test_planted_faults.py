"""Faults planted in a store past the engine: conformance replay finds each, and names it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.adverse_event import AdverseEventChanged
from domain.observation import ResultCorrected
from domain.participant import Died
from domain.record import Attribution, NewFact, Origin, Role
from domain.trial import Unlocked
from domain.viewing import VIEWING_STREAM, AllocationViewed
from domain.visit import VisitScheduled
from tests.audit.planted import CODE, CONSENTED, DEAD, LOCKED, MEASURED, RANDOMIZED, of, plant, result
from tests.audit.planted_in_course import IN_COURSE
from tests.audit.planted_in_data import IN_DATA
from tests.audit.planted_in_trial import IN_TRIAL
from tests.audit.test_conformance import replayed
from tests.support.scenario import Scenario
from tests.support.trial import day, of_trial, person
from workflows import adverse_event
from workflows.command import COMMANDS
from workflows.policy import PERMITTED

PLANTED = {**IN_COURSE, **IN_DATA, **IN_TRIAL}
REPORTS = {"a visit after death"}
"""What a report could have stored: the deviation log tells it."""


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found_and_named(scenario: Scenario, name: str) -> None:
    fault = PLANTED[name]
    scenario.given(fault.given).on(0, "20:00")
    assert replayed(scenario).unexplained == ()
    first = plant(scenario, *fault.facts, kind=fault.kind, by=entitled_to(fault.kind))
    found = replayed(scenario)
    told = {
        verdict.refusal.rule.code
        for verdict in found.verdicts
        if verdict.refusal.entry.record.position >= first
    }
    assert fault.rules <= told
    assert bool(found.unexplained) is (name not in REPORTS)


def test_a_fact_by_a_role_that_may_not_is_named(scenario: Scenario) -> None:
    scenario.given(CONSENTED)
    plant(scenario, *of(Died()), kind="participant.record_death", by=person(Role.MONITOR))
    [found] = replayed(scenario).unexplained
    assert found.refusal.rule.code == "policy.denied"


def test_data_of_a_device_that_nobody_registered_are_named(scenario: Scenario) -> None:
    scenario.given(MEASURED)
    device = replace(person(Role.COORDINATOR), origin=Origin.DEVICE, origin_id="ediary-9")
    plant(scenario, *of(result("alt#2")), kind="observation.record_results", by=device)
    assert [each.refusal.rule.code for each in replayed(scenario).unexplained] == ["originator.unknown"]


def test_a_look_by_a_masked_role_is_named(scenario: Scenario) -> None:
    scenario.given(RANDOMIZED).on(0, "20:00")
    looked = NewFact(
        VIEWING_STREAM,
        day(0, "13:00"),
        "1.0",
        AllocationViewed(question="participant.show", role="outcome_assessor"),
    )
    plant(scenario, looked, kind="allocation.view", by=person(Role.OUTCOME_ASSESSOR))
    assert [each.refusal.rule.code for each in replayed(scenario).unexplained] == ["allocation.masked"]


def test_an_event_held_less_than_serious_for_no_reason_is_named(scenario: Scenario) -> None:
    told = {"term": "fever", "severity": "severe", "criteria": ("hospitalization",), "aware": day(0, "11:00")}
    recorded = {"participant": CODE, "at": day(0, "10:00"), **told}
    scenario.given(CONSENTED, adverse_event.RecordAdverseEvent.model_validate(recorded)).on(0, "20:00")
    lessened = AdverseEventChanged(event="ae-1", serious=False)
    silent = person(Role.COORDINATOR, reason="")
    plant(scenario, *of(lessened), kind="outcome.record_adverse_event_change", by=silent)
    assert [each.refusal.rule.code for each in replayed(scenario).unexplained] == ["correction.no_reason"]


def test_a_correction_or_an_unlocking_without_a_reason_in_words_is_named(scenario: Scenario) -> None:
    scenario.given(LOCKED)
    silent = person(Role.PRINCIPAL_INVESTIGATOR, reason="")
    plant(scenario, *of_trial(Unlocked()), kind="trial.unlock", by=silent)
    corrected = ResultCorrected(visit="baseline", result="alt", value="41", unit="U/L", was="40 U/L")
    plant(scenario, *of(corrected), kind="observation.correct", by=silent)
    codes = [each.refusal.rule.code for each in replayed(scenario).unexplained]
    assert codes == ["trial.unlock_not_requested", "trial.no_reason", "correction.no_reason"]


def test_a_refusal_explains_itself(scenario: Scenario) -> None:
    scenario.given(DEAD).on(0, "20:00")
    fact = VisitScheduled(visit="week-4", appointment=day(28))
    position = plant(scenario, *of(fact, at="15:00"), kind="visit.schedule", by=person(Role.COORDINATOR))
    [found] = replayed(scenario).unexplained
    refusal = found.refusal
    assert refusal.entry.record.position == position
    assert (refusal.machine, refusal.move, refusal.state) == ("participant", "schedule_visit", "died")
    assert (refusal.rule.code, refusal.rule.zh) == ("participant.died", "参与者已死亡")
    assert refusal.entry.record.protocol_version == "1.0"
    assert found.why == "unexplained: the way in refuses it, so no command has stored it"


def entitled_to(kind: str) -> Attribution:
    """Somebody whose role may issue a command of that kind, with a reason at hand."""
    known = COMMANDS.get(kind)
    return person(min(PERMITTED[known]) if known else Role.SYSTEM)
