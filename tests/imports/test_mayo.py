"""The Mayo Clinic trial, imported from its published data: every participant, visit, value, arm and end."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from adapters.conformance import conformance
from domain.clinical_time import ClinicalTime, Instant
from domain.record import Role
from domain.visit import UNSCHEDULED
from projections.as_of import Axis
from projections.rebuild import compare
from projections.visit_status import VisitStatus, visit_rows
from tests.support.mayo import DATA, TRIAL, Mayo
from tests.support.mayo import mayo as imported

UNITS = {"tbil": "mg/dL", "cholesterol": "mg/dL", "alb": "g/dL", "alp": "U/L", "ast": "U/mL"} | {
    "platelets": "10*9/L",
    "pt": "s",
}
COLUMNS = {
    "bili": "tbil",
    "chol": "cholesterol",
    "albumin": "alb",
    "alk.phos": "alp",
    "ast": "ast",
    "platelet": "platelets",
    "protime": "pt",
}

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the data set is not at ../shared/data/pbcseq.csv")


@pytest.fixture(scope="module")
def mayo() -> Mayo:
    return imported()


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with DATA.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_is_imported(mayo: Mayo) -> None:
    outcome = mayo.outcome
    assert outcome.rejected == []
    assert (outcome.rows, len(outcome.imported), outcome.participants) == (1945, 1945, 312)


def test_there_are_312_participants_140_deaths_29_transplants_and_143_in_follow_up(mayo: Mayo) -> None:
    participants = mayo.view.participants().values()
    assert len(participants) == 312
    assert sum(each.died is not None for each in participants) == 140
    assert sum(each.transplanted is not None for each in participants) == 29
    assert sum(each.follow_up_ended is not None for each in participants) == 143


def test_the_arms_are_158_and_154_for_those_who_hold_the_key(mayo: Mayo) -> None:
    unseal = mayo.app.unseal(mayo.view.trial, Role.STATISTICIAN)
    arms: Counter[str] = Counter()
    for each in mayo.view.participants().values():
        assert each.randomized is not None
        arms[(unseal(each.randomized.allocation) or "").strip()] += 1
    assert arms == {"d_penicillamine": 158, "placebo": 154}


def test_each_of_the_1945_visits_is_in_its_window_or_beside_the_plan(mayo: Mayo) -> None:
    statuses = Counter(row.status for row in visit_rows(mayo.view) if row.attended_on is not None)
    assert statuses.total() == 1945
    assert set(statuses) == {VisitStatus.DONE, VisitStatus.UNSCHEDULED}
    assert statuses[VisitStatus.DONE] == mayo.outcome.planned_visits
    assert statuses[VisitStatus.UNSCHEDULED] == mayo.outcome.unscheduled_visits
    for row in visit_rows(mayo.view):
        if row.status is VisitStatus.DONE:
            assert row.window is not None
            assert row.attended_on is not None
            assert row.window.holds(row.attended_on)


def test_every_value_is_there_as_the_file_reports_it_and_none_besides(
    mayo: Mayo, rows: list[dict[str, str]]
) -> None:
    visits, results = mayo.view.visits(), mayo.view.results()
    expected, stored = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for row in rows:
        code = f"MAYO-{int(row['id']):03}"
        for column, item in COLUMNS.items():
            if row[column]:
                expected[code, row["day"], item, row[column], UNITS[item]] += 1
    first = ClinicalTime.parse("1974-01-01", zone="America/Chicago").day
    assert first is not None
    for code, of_visits in results.items():
        for visit, items in of_visits.items():
            attended = visits[code][visit].attended
            assert attended is not None
            assert attended.at.day is not None
            day = str((attended.at.day - first).days)
            for item, result in items.items():
                if item in UNITS:
                    stored[code, day, item, result.value, result.unit] += 1
    assert stored == expected


def test_what_is_missing_in_the_file_is_missing(mayo: Mayo, rows: list[dict[str, str]]) -> None:
    recorded = Counter(
        item for of_visits in mayo.view.results().values() for items in of_visits.values() for item in items
    )
    assert recorded["cholesterol"] == sum(row["chol"] != "" for row in rows) == 1945 - 821
    assert recorded["ascites"] == sum(row["ascites"] != "" for row in rows) == 1945 - 60
    assert recorded["edema"] == recorded["tbil"] == 1945


def test_participant_2_is_told_as_the_file_tells_her(mayo: Mayo) -> None:
    her = mayo.view.participants()["MAYO-002"]
    assert (her.sex, str(her.age), her.site) == ("female", "56.446269678302535", "MAYO")
    baseline = mayo.view.results("MAYO-002")["MAYO-002"]["baseline"]
    assert (baseline["tbil"].value, baseline["tbil"].unit) == ("1.1", "mg/dL")
    assert (baseline["ascites"].value, baseline["stage"].value) == ("absent", "stage-3")


def test_the_same_file_again_changes_nothing(mayo: Mayo) -> None:
    before = mayo.app.reading.head(TRIAL)
    outcome = mayo.again()
    assert mayo.app.reading.head(TRIAL) == before
    assert (len(outcome.unchanged), outcome.facts) == (1945, 0)


def test_visits_as_of_1980_are_those_that_had_happened_by_then(
    mayo: Mayo, rows: list[dict[str, str]]
) -> None:
    view = mayo.app.view(TRIAL, Instant.parse("1980-01-01T00:00:00Z"), Axis.EFFECTIVE)
    done = [row for row in visit_rows(view) if row.status in (VisitStatus.DONE, VisitStatus.UNSCHEDULED)]
    last = 2190  # in Rochester, Minnesota, it is still the evening of day 2190, 31 December 1979
    assert len(done) == sum(int(row["day"]) <= last for row in rows)
    died = sum(each.died is not None for each in view.participants().values())
    ends = {row["id"]: (row["status"], int(row["futime"])) for row in rows}
    assert died == sum(status == "2" and day <= last for status, day in ends.values())


def test_replay_from_nothing_equals_what_is_stored(mayo: Mayo) -> None:
    assert compare(mayo.app.reading, TRIAL)[1] == []


def test_every_imported_fact_names_its_line_and_the_assumed_day(mayo: Mayo) -> None:
    imported = [
        entry for entry in mayo.app.reading.entries(TRIAL) if entry.record.stream.startswith("participant/")
    ]
    assert {entry.command.attribution.origin.value for entry in imported} == {"import"}
    assert all("registered_on 1974-01-01 is assumed" in e.command.attribution.reason_text for e in imported)
    assert imported[0].command.attribution.origin_id.endswith(" line 2")


def test_unscheduled_visits_are_named_apart(mayo: Mayo) -> None:
    names = {visit for visits in mayo.view.visits().values() for visit in visits}
    assert {name for name in names if name.startswith(UNSCHEDULED)} >= {"unscheduled-1"}


def test_nothing_is_refused_when_its_history_is_replayed_through_the_rules(mayo: Mayo) -> None:
    found = conformance(mayo.app, mayo.view, mayo.app.unseal(mayo.view.trial, Role.STATISTICIAN))
    assert found.verdicts == ()
    assert {each.deviation.rule for each in found.deviations} == {"visit.missed"}
