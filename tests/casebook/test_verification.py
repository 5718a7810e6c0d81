"""Source data verification: by field, named by what was compared, and gone when that changes."""

from __future__ import annotations

import pytest

from domain.record import Role
from projections.casebook import record_rows
from projections.source_data import source_rows
from tests.support.casebooks import verification
from tests.support.trial import TRIAL, Scenario, person
from workflows import observation

CODE = "S1-001"


def told(scenario: Scenario, as_of: int | None = None) -> dict[str, str]:
    rows = source_rows(scenario.app.reading, scenario.view(as_of), CODE)
    return {row.field: row.status for row in rows if row.record == "baseline"}


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
