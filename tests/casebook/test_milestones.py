"""Sign-offs at milestones: what is due, what is overdue, and what is not cut while it is unsigned."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.conformance import conformance
from adapters.exports.table import TableAsked, export_table
from adapters.narrowing import narrowed
from domain.errors import Refused
from domain.record import Role
from domain.trial import DataCutNamed
from projections.milestones import MilestoneRow, milestone_rows, overdue
from projections.ports import sealed_to_all
from tests.support.casebooks import signature
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course, day, person, small
from workflows import observation, participant, trial

CODE = "S1-001"
PLANNED = small(
    {
        "review": {
            "sign_offs": [
                {"id": "baseline", "days": 14, "roles": ["investigator"]},
                {"id": "week-4", "days": 14},
                {"id": "casebook", "days": 30, "roles": ["investigator"], "critical": False},
            ]
        }
    }
)
CHANGE = observation.CorrectResult(participant=CODE, visit="baseline", result="alt", value="41")


@pytest.fixture
def planned(scenario: Scenario) -> Scenario:
    """A randomized participant of a trial that plans sign-offs; the clock still on day 0."""
    return scenario.given(active(PLANNED), course("randomized", document=PLANNED))


def rows(scenario: Scenario, as_of: int | None = None) -> dict[str, MilestoneRow]:
    return {row.record: row for row in milestone_rows(scenario.app.reading, scenario.view(as_of))}


@pytest.mark.requirement("DR-04")
def test_a_milestone_is_due_overdue_signed_and_due_anew_when_its_record_changes(planned: Scenario) -> None:
    assert {name: row.status for name, row in rows(planned).items()} == {
        "baseline": "due",
        "week-4": "not_due",
        "casebook": "not_due",
    }
    planned.on(14)
    assert list(overdue(planned.app.reading, planned.view())) == []
    planned.on(17)
    [late] = overdue(planned.app.reading, planned.view())
    assert (late.record, late.status, late.overdue_days) == ("baseline", "overdue", 3)
    assert late.due_on is not None
    assert late.due_on.isoformat() == "2026-03-16"
    planned.given(signature(planned, CODE, "baseline"))
    signed = rows(planned)["baseline"]
    assert (signed.status, signed.signed_by, signed.due_on) == ("signed", "Investigator", None)
    planned.on(20).given(CHANGE)
    assert rows(planned)["baseline"].status == "lapsed"
    planned.on(40)
    [late] = overdue(planned.app.reading, planned.view())
    assert (late.status, late.overdue_days, late.since) == (
        "lapsed_overdue",
        6,
        planned.app.reading.head(TRIAL)[0],
    )


@pytest.mark.requirement("DR-04")
def test_no_data_cut_is_named_while_a_critical_record_is_unsigned(planned: Scenario) -> None:
    cut = trial.NameDataCut(name="interim")
    error = planned.when(cut).refused("data_cut.unsigned")
    assert "S1-001 baseline" in error.message
    planned.given(signature(planned, CODE, "baseline"))
    planned.given(cut, CHANGE)
    planned.when(trial.NameDataCut(name="again")).refused("data_cut.unsigned")
    planned.given(signature(planned, CODE, "baseline"))
    [record] = planned.when(trial.NameDataCut(name="again")).then(
        DataCutNamed(name="again", position=planned.app.reading.head(TRIAL)[0] - 1)
    )
    assert record.stream == "trial"


@pytest.mark.requirement("DR-04")
def test_a_cut_or_an_extract_of_an_earlier_position_asks_for_the_signatures_that_stood_there(
    planned: Scenario, tmp_path: Path
) -> None:
    unsigned = planned.app.reading.head(TRIAL)[0]
    planned.given(signature(planned, CODE, "baseline"))
    signed = planned.app.reading.head(TRIAL)[0]
    later = trial.NameDataCut(name="later", position=unsigned)
    error = planned.when(later).refused("data_cut.unsigned")
    assert f"at position {unsigned}: S1-001 baseline" in error.message
    assert f"--as-of {unsigned}" in error.remedy
    planned.given(CHANGE)
    planned.when(trial.NameDataCut(name="now")).refused("data_cut.unsigned")

    def extract(position: int) -> bool:
        asked = TableAsked(TRIAL, position, person(Role.DATA_MANAGER), Role.STATISTICIAN, "interim analysis")
        return export_table(planned.app, asked, tmp_path / f"{position}.zip", "0.0.0").file.exists()

    with pytest.raises(Refused, match="not signed"):
        extract(unsigned)
    assert extract(signed)
    planned.given(trial.NameDataCut(name="interim", position=signed))
    asked = conformance(planned.app, planned.view(), sealed_to_all)
    assert [each.refusal.rule.code for each in asked.verdicts] == []


@pytest.mark.requirement("DR-04")
def test_no_extract_for_analysis_is_written_while_a_critical_record_is_unsigned_but_of_a_named_cut(
    planned: Scenario, tmp_path: Path
) -> None:
    def extract(position: int, name: str) -> Path:
        by = person(Role.DATA_MANAGER)
        asked = TableAsked(TRIAL, position, by, Role.STATISTICIAN, "interim analysis")
        return export_table(planned.app, asked, tmp_path / name, "0.0.0").file

    with pytest.raises(Refused, match="S1-001 baseline"):
        extract(planned.app.reading.head(TRIAL)[0], "unsigned.zip")
    assert list(tmp_path.glob("*.zip*")) == []
    planned.given(signature(planned, CODE, "baseline"), trial.NameDataCut(name="interim"), CHANGE)
    cut = planned.view().trial.cuts["interim"]
    assert extract(cut, "interim.zip").exists()
    with pytest.raises(Refused, match="not signed"):
        extract(planned.app.reading.head(TRIAL)[0], "now.zip")


@pytest.mark.requirement("DR-04", "DR-06")
def test_an_extract_of_one_site_that_is_refused_names_nobody_of_another(
    planned: Scenario, tmp_path: Path
) -> None:
    by, position = person(Role.DATA_MANAGER), planned.app.reading.head(TRIAL)[0]
    asked = TableAsked(TRIAL, position, by, Role.STATISTICIAN, "interim analysis")
    with pytest.raises(Refused) as refused:
        export_table(narrowed(planned.app, TRIAL, ["S2"]), asked, tmp_path / "other.zip", "0.0.0")
    assert refused.value.code == "export.unsigned"
    assert "S1-001" not in str(refused.value)


def test_the_casebook_is_due_once_the_participation_has_ended_and_in_the_role_that_is_planned(
    planned: Scenario,
) -> None:
    planned.given(participant.RecordEndOfFollowUp(participant=CODE, at=day(0, "12:20")))
    assert rows(planned)["casebook"].status == "due"
    planned.given(signature(planned, CODE))
    told = {name: row.status for name, row in rows(planned).items()}
    # week-4 has not been attended; a casebook signature covers it, in another role than the one planned
    assert told == {"baseline": "signed", "week-4": "not_due", "casebook": "signed"}


def test_milestones_are_told_as_of_any_instant(planned: Scenario) -> None:
    before = planned.app.reading.head(TRIAL)[0]
    planned.given(signature(planned, CODE, "baseline"))
    assert rows(planned, before)["baseline"].status == "due"
