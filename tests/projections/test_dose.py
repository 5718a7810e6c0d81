"""The dose given held against the one planned: its unit, the version then in force, what is not recorded."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.amount import Amount
from domain.dose import dose_of
from domain.happened import Happened
from domain.infusion import Infusion, InfusionOrdered, InfusionReported, InfusionStatus
from domain.infusion_put_right import DoseCorrected
from domain.record import Role
from domain.trial import Trial, Version
from projections.corrections import change_rows
from projections.deviations import Deviation, deviations
from tests.support.scenario import Scenario
from tests.support.trial import active, amended, course, day, person, small
from workflows import infusion, infusion_correction, participant
from workflows.command import Command

CODE = "S1-001"
VOLUME = {"volume_ml": "50"}
CELLS = {"cells_million": "60"}


def completed(amounts: dict[str, str], code: str = CODE) -> Command:
    return infusion.CompleteInfusion.model_validate({"participant": code, **amounts})


def departures(scenario: Scenario, role: Role = Role.INVESTIGATOR) -> list[Deviation]:
    view = scenario.view()
    found = deviations(view, scenario.app.unseal(view.trial, role))
    return [each for each in found if each.rule == "infusion.dose_departed"]


@pytest.mark.parametrize(
    ("unit", "refused"),
    [("10*6/kg", True), ("mL.kg-1", True), ("mg/kg/h", True), ("10*6", False), ("mL", False)],
)
def test_no_infusion_is_ordered_without_the_weight_that_its_dose_is_for(
    scenario: Scenario, unit: str, refused: bool
) -> None:
    scenario.given(active(small({"product.dose_unit": unit})), course("randomized"))
    ordering = scenario.when(infusion.OrderInfusion(participant=CODE))
    if refused:
        assert "--weight-kg" in ordering.refused("infusion.no_weight").remedy
        ordering = scenario.when(infusion.OrderInfusion(participant=CODE, weight_kg=Decimal(60)))
    assert isinstance(scenario.records()[-1].fact, InfusionOrdered)


@pytest.mark.parametrize(
    ("dose", "unit", "given", "told", "departs"),
    [
        (
            "1",
            "10*6/kg",
            CELLS,
            "given 60 x 10^6 cells, planned 60 x 10^6 cells (1 x 10^6 cells per kg)",
            False,
        ),
        (
            "2",
            "10*6/kg",
            CELLS,
            "given 60 x 10^6 cells, planned 120 x 10^6 cells (2 x 10^6 cells per kg)",
            True,
        ),
        (
            "0.1",
            "10*7{cells}/kg",
            CELLS,
            "given 60 x 10^6 cells, planned 60.0 x 10^6 cells (0.1 x 10^7 cells per kg)",
            False,
        ),
        ("60", "10*6", CELLS, "given 60 x 10^6 cells, planned 60 x 10^6 cells", False),
        ("50", "mL", VOLUME, "given 50 mL, planned 50 mL", False),
        ("1", "mL/kg", VOLUME, "given 50 mL, planned 60 mL (1 mL/kg)", True),
        ("50", "mL", CELLS, "given not recorded, planned 50 mL", False),
        ("50", "mg", CELLS, None, False),
    ],
)
def test_a_dose_is_judged_in_the_unit_of_the_plan(
    dose: str, unit: str, given: dict[str, str], told: str | None, departs: bool
) -> None:
    document = small({"product.dose": dose, "product.dose_unit": unit})
    version = Version("1.0", document.digest, document.text, Happened(day(-30), 1))
    amounts: dict[str, Any] = {name: Amount(Decimal(value), 7) for name, value in given.items()}
    status, begun = InfusionStatus.COMPLETED, Happened(day(0), 6)
    weight = Amount(Decimal(60), 5)
    known = Infusion(1, status, started=begun, protocol_version="1.0", weight_kg=weight, **amounts)
    found = dose_of(known, Trial(versions=(version,)))
    assert (found.told if found else None) == told
    assert (found is not None and found.departs) is departs


def test_an_infusion_reported_as_a_whole_tells_its_dose(scenario: Scenario) -> None:
    report = infusion.RecordInfusion.model_validate(
        {"participant": CODE, "at": day(0, "13:00"), "route": "vein", "cells_million": "50", "weight_kg": 60}
    )
    scenario.given(active(), course("randomized"), report)
    [departed] = departures(scenario)
    assert departed.facts == (scenario.position(InfusionReported),)


def test_without_the_weight_a_dose_for_each_kilogram_is_not_judged_until_it_is_recorded(
    scenario: Scenario,
) -> None:
    report = {"participant": CODE, "at": day(0, "13:00"), "route": "vein", **CELLS}
    scenario.given(active(), course("randomized"), infusion.RecordInfusion.model_validate(report))
    known = dose_of(scenario.view().infusions(CODE)[CODE]["1"], scenario.view().trial)
    assert known is not None
    assert known.told == "given 60 x 10^6 cells, planned 1 x 10^6 cells per kg, weight not recorded"
    assert (known.lacks, departures(scenario)) == (("weight_kg",), [])
    scenario.given(infusion_correction.CorrectDose(participant=CODE, weight_kg=Decimal(80)))
    assert [each.detail for each in departures(scenario)] == [
        "given 60 x 10^6 cells, planned 80 x 10^6 cells (1 x 10^6 cells per kg), tolerance 10 %"
    ]


def test_an_early_stop_departs_until_it_is_recorded_that_enough_was_given(scenario: Scenario) -> None:
    stop = infusion.StopInfusion(participant=CODE, reason="fever", volume_ml=Decimal(49))
    scenario.given(active(), course("started"), stop)
    [unknown] = departures(scenario)
    assert unknown.detail.startswith("stopped early, given not recorded, planned 60 x 10^6 cells")
    scenario.given(infusion_correction.CorrectDose(participant=CODE, cells_million=Decimal(58)))
    assert departures(scenario) == []


def test_the_tolerance_is_that_of_the_version_the_infusion_was_given_under(scenario: Scenario) -> None:
    wider = small({"version": "2.0", "product.dose_tolerance": 20})
    scenario.given(active(), course("started"), completed({"cells_million": "50"}))
    scenario.given(amended(wider), course("started", "S1-002", 2, wider))
    scenario.given(completed({"cells_million": "50"}, "S1-002"))
    assert [(each.participant, each.detail[-4:]) for each in departures(scenario)] == [(CODE, "10 %")]


def test_the_departure_and_its_id_are_the_same_for_who_is_masked(scenario: Scenario) -> None:
    scenario.given(active(), course("started"), completed({"cells_million": "50"}))
    assert departures(scenario, Role.OUTCOME_ASSESSOR) == departures(scenario) != []


def test_a_dose_is_corrected_with_a_reason_of_the_list_by_an_investigator(scenario: Scenario) -> None:
    scenario.given(active(), course("started"), completed({"cells_million": "50"}))
    correction = infusion_correction.CorrectDose(participant=CODE, cells_million=Decimal(60))
    scenario.when(correction, person(Role.INVESTIGATOR, reason="")).refused("correction.no_reason")
    unlisted = person(Role.INVESTIGATOR, code="mood")
    scenario.when(correction, unlisted).refused("correction.reason_unlisted")
    scenario.when(correction, person(Role.INFUSION_OPERATOR)).denied()
    scenario.when(correction, person(Role.INVESTIGATOR))
    [record] = scenario.then(fact := scenario.records()[-1].fact)
    assert fact.sentence() == ("Infusion 1: dose given corrected to 60 x 10^6, was 50 x 10^6, 60 kg")
    ended = scenario.view().infusions(CODE)[CODE]["1"].ended
    assert ended is not None
    assert record.effective_at == ended.at
    assert departures(scenario) == []


def test_a_dose_corrected_after_unblinding_waits_for_an_investigators_signature(scenario: Scenario) -> None:
    scenario.given(active(), course("started"), completed({"cells_million": "50"}))
    disclosure = participant.RecordUnblinding(
        participant=CODE, at=day(0, "13:00"), kind="planned", informed=("Dr Wang",), reason="care"
    )
    scenario.given(disclosure, infusion_correction.CorrectDose(participant=CODE, cells_million=Decimal(60)))
    [waiting] = change_rows(scenario.view(), waiting=True)
    assert (waiting.record, waiting.fact) == ("infusion-1", scenario.position(DoseCorrected))
