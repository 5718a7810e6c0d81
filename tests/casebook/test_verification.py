"""Source data verification: by field, named by what was compared, and gone when that changes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.record import Role
from projections.casebook import record_rows, signature_rows
from projections.source_data import source_rows
from tests.support.casebooks import signature, verification
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course, day, person
from workflows import infusion, observation
from workflows.command import Command
from workflows.infusion_correction import CorrectDose, CorrectInfusionTimes, CorrectUseBy, VoidInfusion
from workflows.visit_correction import CorrectResultTime, CorrectVisit, VoidVisit

CODE = "S1-001"


def told(scenario: Scenario, as_of: int | None = None, record: str = "baseline") -> dict[str, str]:
    rows = source_rows(scenario.app.reading, scenario.view(as_of), CODE)
    return {row.field: row.status for row in rows if row.record == record}


@pytest.mark.requirement("DR-02")
def test_a_field_is_verified_by_itself_and_no_longer_once_it_changes(measured: Scenario) -> None:
    measured.given(
        verification(measured, CODE, "baseline/alt"), verification(measured, CODE, "baseline/tbil")
    )
    before = measured.app.reading.head(TRIAL)[0]
    assert told(measured) == {
        "baseline": "unverified",
        "baseline/alt": "verified",
        "baseline/tbil": "verified",
        "baseline/ascites": "unverified",
    }
    measured.given(observation.CorrectResult(participant=CODE, visit="baseline", result="alt", value="41"))
    assert told(measured)["baseline/alt"] == "changed"
    assert told(measured)["baseline/tbil"] == "verified"
    assert told(measured, before)["baseline/alt"] == "verified"
    measured.given(verification(measured, CODE, "baseline/alt"))
    assert told(measured)["baseline/alt"] == "verified"


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        (CorrectVisit(participant=CODE, visit="baseline", at=day(0, "10:15")), {"baseline"}),
        (CorrectResultTime(participant=CODE, visit="baseline", result="alt", at=day(0)), {"baseline/alt"}),
        (
            VoidVisit(participant=CODE, visit="baseline", with_results=True),
            {"baseline", "baseline/alt", "baseline/tbil", "baseline/ascites"},
        ),
    ],
    ids=["the visit's time", "a result's time", "the visit taken back"],
)
def test_neither_a_comparison_nor_a_signature_stands_on_a_time_that_was_wrong(
    measured: Scenario, change: Command, moved: set[str]
) -> None:
    measured.given(verification(measured, CODE, "baseline"), signature(measured, CODE, "baseline"))
    assert set(told(measured).values()) == {"verified"}
    measured.on(5).given(change)
    assert {field for field, status in told(measured).items() if status == "changed"} == moved
    [signed] = signature_rows(measured.app.reading, measured.view(), CODE)
    assert signed.stands == "changed"


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        (CorrectInfusionTimes(participant=CODE, thawed=day(0, "10:00")), {"thawed"}),
        (CorrectDose(participant=CODE, volume_ml=Decimal(48)), {"ended"}),
        (CorrectUseBy(participant=CODE, use_by=day(0, "18:30")), {"thawed"}),
        (infusion.CloseInfusion(participant=CODE), {"closed"}),
        (VoidInfusion(participant=CODE), {"started"}),
    ],
    ids=["a time", "the dose", "the use-by time", "a further step", "taken back"],
)
@pytest.mark.requirement("DR-02")
def test_of_an_infusion_each_step_is_verified_and_what_becomes_of_one_leaves_the_others(
    scenario: Scenario, change: Command, moved: set[str]
) -> None:
    scenario.given(active(), course("observed")).on(3)
    scenario.given(verification(scenario, CODE, "infusion-1/thawed"))
    statuses = told(scenario, record="infusion-1")
    assert {field for field, status in statuses.items() if status == "verified"} == {"infusion-1/thawed"}
    assert len(statuses) > 8
    scenario.given(verification(scenario, CODE, "infusion-1"))
    assert set(told(scenario, record="infusion-1").values()) == {"verified"}
    scenario.given(change)
    lapsed = {field for field, status in told(scenario, record="infusion-1").items() if status != "verified"}
    assert lapsed == {f"infusion-1/{step}" for step in moved}


def test_a_record_is_verified_when_all_its_fields_are(measured: Scenario) -> None:
    def row() -> tuple[str, int, int]:
        rows = record_rows(measured.app.reading, measured.view(), CODE)
        return next((r.status, r.verified, r.fields) for r in rows if r.record == "baseline")

    measured.given(verification(measured, CODE, "baseline/alt"))
    assert row() == ("entered", 1, 4)
    measured.given(verification(measured, CODE, "baseline"))
    assert row() == ("verified", 4, 4)
    measured.given(observation.VoidResult(participant=CODE, visit="baseline", result="alt"))
    assert row() == ("entered", 3, 4)


def test_the_monitor_verifies_and_nobody_else(measured: Scenario) -> None:
    asked = verification(measured, CODE, "baseline/alt", "laboratory sheet")
    for role in (Role.COORDINATOR, Role.PRINCIPAL_INVESTIGATOR, Role.DATA_MANAGER, Role.SPONSOR):
        measured.when(asked, person(role)).denied()
    measured.when(asked, person(Role.MONITOR))
    [row] = [each for each in source_rows(measured.app.reading, measured.view(), CODE) if each.verified_by]
    assert (row.field, row.verified_by) == ("baseline/alt", "Monitor")
