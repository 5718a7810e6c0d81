"""The import of a table: rows become commands, bad ones are told and kept, and nothing is taken twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from adapters.cli.import_table import told_of_early
from adapters.imports.mapping_file import read_mapping
from adapters.imports.table_file import read_table
from adapters.imports.table_import import ROWS_IN_A_COMMIT, TableImport
from domain.errors import Invalid, NotFound, Refused
from domain.observation import AssessmentGraded, ResultRecorded
from domain.record import Entry, Origin, Role
from projections.deviations import deviations
from projections.rebuild import compare
from tests.imports.tables import COLUMNS, MAPPING, Row, document, imported, reasons, row, text
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, day
from workflows.activation import CorrectActivation
from workflows.observation import CorrectResult
from workflows.visit_correction import CorrectVisit, VoidVisit


def entries(scenario: Scenario, code: str = "S1-001") -> list[Entry]:
    return list(scenario.app.reading.entries(TRIAL, stream=f"participant/{code}"))


def topics(scenario: Scenario, code: str = "S1-001") -> list[str]:
    return [entry.record.fact.TOPIC for entry in entries(scenario, code)]


def head(scenario: Scenario) -> int:
    return scenario.app.reading.head(TRIAL)[0]


# ---------------------------------------------------------------- what a row becomes


def test_a_row_becomes_the_facts_its_mapping_says(trial: Scenario) -> None:
    outcome = imported(trial, [row()])
    assert topics(trial) == [
        "participant.pre_screened.v1",
        "participant.randomized.v1",
        "visit.attended.v1",
        "lab.result_recorded.v1",
        "lab.result_recorded.v1",
        "assessment.graded.v1",
        "participant.follow_up_ended.v1",
    ]
    assert (outcome.rows, outcome.participants, outcome.planned_visits) == (1, 1, 1)
    assert outcome.facts == len(topics(trial)) + 1  # and the place taken, which is a fact of the trial


def test_values_and_units_are_kept_as_the_file_reports_them(trial: Scenario) -> None:
    imported(trial, [row(bili="14.50", alt="<5")])
    facts = [entry.record.fact for entry in entries(trial)]
    told = [(f.result, f.comparator, f.value, f.unit) for f in facts if isinstance(f, ResultRecorded)]
    assert told == [("alt", "<", "5", "U/L"), ("tbil", "", "14.50", "mg/dL")]
    assert [(f.result, f.grade) for f in facts if isinstance(f, AssessmentGraded)] == [("ascites", "mild")]


def test_a_missing_value_is_no_result(trial: Scenario) -> None:
    imported(trial, [row(bili="ND", ascites=" ", sex="", age="ND")])
    assert list(trial.app.view(TRIAL).results()["S1-001"]["baseline"]) == ["alt"]
    participant = trial.app.view(TRIAL).participants()["S1-001"]
    assert (participant.sex, participant.age) == (None, None)


def test_a_row_without_any_value_is_a_visit_all_the_same(trial: Scenario) -> None:
    imported(trial, [row(alt="", bili="", ascites="", status="")])
    assert topics(trial)[2:] == ["visit.attended.v1"]


def test_visits_are_placed_by_their_window_or_stand_beside_the_plan(trial: Scenario) -> None:
    outcome = imported(trial, [row(visit_day=each) for each in (0, 26, 50, 84)])
    visits = trial.app.view(TRIAL).visits()["S1-001"]
    assert list(visits) == ["baseline", "unscheduled-1", "week-12", "week-4"]
    assert list(trial.app.view(TRIAL).results()["S1-001"]) == list(visits)
    assert (outcome.planned_visits, outcome.unscheduled_visits) == (3, 1)


def test_days_are_counted_on_the_calendar_of_the_site(trial: Scenario) -> None:
    imported(trial, [row(visit_day=26)])
    times = {str(entry.record.effective_at) for entry in entries(trial)}
    assert times == {
        "2026-03-02[Asia/Shanghai]",
        "2026-03-28[Asia/Shanghai]",
        "2026-12-27[Asia/Shanghai]",
    }


def test_what_happened_before_the_site_was_active_is_imported_and_departs(trial: Scenario) -> None:
    imported(trial, [row(visit_day=each, enrolled="2026-02-09", status="") for each in (0, 1)])
    found = deviations(trial.view(), trial.app.unseal(trial.view().trial, Role.STATISTICIAN))
    early = [each.subject for each in found if each.rule == "site.before_activation"]
    assert early == ["screening", "randomization", "baseline"]
    assert told_of_early(trial.app, TRIAL).startswith("trialog: 3 events lie before the site")
    trial.given(CorrectActivation(site="S1", at=day(-30)), CorrectActivation(at=day(-30)))
    assert told_of_early(trial.app, TRIAL) == ""


def test_the_end_comes_after_the_last_row_wherever_it_stands(trial: Scenario) -> None:
    imported(trial, [row(1, 0), row(2, 0), row(1, 26, status="")])
    assert topics(trial)[-1] == "participant.follow_up_ended.v1"
    assert topics(trial).count("participant.follow_up_ended.v1") == 1


@pytest.mark.parametrize(
    ("status", "topic"),
    [("dead", "participant.died.v1"), ("alive", "participant.follow_up_ended.v1"), ("unknown", None)],
)
def test_what_follows_from_a_condition_follows(trial: Scenario, status: str, topic: str | None) -> None:
    imported(trial, [row(status=status)])
    assert topics(trial)[6:] == ([] if topic is None else [topic])


def test_every_fact_says_that_it_was_imported_from_which_line_and_what_was_assumed(trial: Scenario) -> None:
    assumed = MAPPING.replace(
        '{ column = "enrolled" }', '{ value = "2026-03-02", assumed = "nobody noted it" }'
    )
    assumed = assumed.replace('unused = ["note"]', 'unused = ["note", "enrolled"]')
    imported(trial, [row(1), row(2)], mapping=assumed)
    by = entries(trial, "S1-002")[3].command.attribution
    assert (by.origin, by.role, by.actor, by.site) == (Origin.IMPORT, Role.SYSTEM, "import", "S1")
    name, digest, *line = by.origin_id.split()
    assert (name, digest[:7], len(digest), line) == ("visits.csv", "sha256:", 19, ["line", "3"])
    assert by.reason_text == "imported by mapping visits; enrolled 2026-03-02 is assumed: nobody noted it"


def test_a_date_is_read_in_the_format_the_mapping_declares(trial: Scenario) -> None:
    german = MAPPING.replace('{ column = "enrolled" }', '{ column = "enrolled", format = "%d.%m.%Y" }')
    outcome = imported(trial, [row(enrolled="05.03.2026"), row(2, enrolled="2026-03-05")], mapping=german)
    assert entries(trial)[0].record.effective_at.day == day(3).day
    assert reasons(outcome) == [(3, "enrolled", "row.time")]


def test_a_table_in_another_encoding_and_with_another_delimiter_is_read(trial: Scenario) -> None:
    folder = Path(trial.location).parent
    chinese = MAPPING.replace("[table]", '[table]\nencoding = "gb18030"\ndelimiter = ";"')
    chinese = chinese.replace('column = "ascites"', 'column = "腹水"').replace(
        '"1" = "mild"', '"有" = "mild"'
    )
    (folder / "m.toml").write_text(chinese, encoding="utf-8")
    table = text([row(ascites="有")]).replace("ascites", "腹水").replace(",", ";")
    (folder / "t.csv").write_bytes(table.encode("gb18030"))
    mapping = read_mapping(folder / "m.toml")
    outcome = TableImport(trial.app, mapping, read_table(folder / "t.csv", mapping)).run()
    assert reasons(outcome) == []
    assert trial.app.view(TRIAL).results()["S1-001"]["baseline"]["ascites"].value == "mild"


# ---------------------------------------------------------------- once


ROWS = [row(no, visit_day) for no in (1, 2) for visit_day in (0, 26, 50)]


def test_the_same_file_again_changes_nothing(trial: Scenario) -> None:
    imported(trial, ROWS)
    before = trial.contents()
    outcome = imported(trial, ROWS)
    assert trial.contents() == before
    assert (len(outcome.unchanged), len(outcome.imported), outcome.facts) == (len(ROWS), 0, 0)


def test_a_later_file_brings_only_what_is_new(trial: Scenario) -> None:
    imported(trial, ROWS)
    outcome = imported(trial, [*ROWS, row(2, 84), row(3)], name="later.csv")
    assert (len(outcome.unchanged), len(outcome.imported)) == (len(ROWS), 2)
    assert (outcome.participants, outcome.planned_visits) == (1, 2)


def test_a_row_that_was_rejected_comes_in_when_it_is_put_right(trial: Scenario) -> None:
    assert reasons(imported(trial, [row(1), row(2, alt="forty")])) == [(3, "alt", "result.not_a_number")]
    outcome = imported(trial, [row(1), row(2, alt="40")])
    assert (sorted(outcome.unchanged), sorted(outcome.imported)) == ([2], [3])


def test_a_row_that_says_something_else_than_before_is_a_conflict_and_changes_nothing(
    trial: Scenario,
) -> None:
    imported(trial, ROWS)
    before = trial.contents()
    outcome = imported(trial, [row(1, 0, bili="14.6", alt=""), *ROWS[1:]], name="later.csv")
    assert reasons(outcome) == [(2, "alt", "row.conflict")]
    told = outcome.rejected[0].reason
    assert "visits.csv sha256:" in told
    assert "line 2, where it said otherwise: alt was 40; bili was 14.5" in told
    assert trial.contents() == before


def test_a_participant_of_another_age_or_day_is_a_conflict(trial: Scenario) -> None:
    imported(trial, [row(1), row(2)])
    before = trial.contents()
    outcome = imported(trial, [row(1, age="59"), row(2, enrolled="2026-03-03")])
    assert reasons(outcome) == [(2, "age", "row.conflict"), (3, "enrolled", "row.conflict")]
    assert "age was 58.5" in outcome.rejected[0].reason
    assert trial.contents() == before


def test_another_end_than_before_is_a_conflict_and_not_a_second_end(trial: Scenario) -> None:
    imported(trial, [row(1)])
    before = trial.contents()
    outcome = imported(trial, [row(1, status="dead")])
    assert reasons(outcome) == [(2, "status", "row.conflict")]
    assert trial.contents() == before


def test_another_arm_than_before_is_a_conflict_that_tells_no_arm(trial: Scenario) -> None:
    imported(trial, [row(1, arm="V")])
    before = trial.contents()
    outcome = imported(trial, [row(1, arm="A")])
    assert reasons(outcome) == [(2, "arm", "row.conflict")]
    assert "vein" not in outcome.rejected[0].reason
    assert trial.contents() == before


def test_a_value_that_people_corrected_meanwhile_stays_corrected(trial: Scenario) -> None:
    imported(trial, [row(1)])
    trial.given(CorrectResult(participant="S1-001", visit="baseline", result="alt", value="41", unit="U/L"))
    outcome = imported(trial, [row(1)])
    assert (len(outcome.unchanged), reasons(outcome)) == (1, [])
    assert trial.app.view(TRIAL).results()["S1-001"]["baseline"]["alt"].value == "41"


def test_the_same_row_twice_in_a_file_counts_once(trial: Scenario) -> None:
    outcome = imported(trial, [row(1), row(1)])
    assert (sorted(outcome.imported), sorted(outcome.unchanged)) == ([2], [3])


# ---------------------------------------------------------------- bad rows

BAD: dict[str, tuple[Row | str, str, str]] = {
    "an unknown sex": (row(2, sex="x"), "sex", "value.unknown"),
    "a reading that is no number": (row(2, alt="forty"), "alt", "result.not_a_number"),
    "a grade that is not in the table": (row(2, ascites="2"), "ascites", "value.unknown"),
    "an age that is no number": (row(2, age="old"), "age", "value.invalid"),
    "an age nobody has": (row(2, age="158"), "age", "value.invalid"),
    "a visit in the future": (row(2, 500), "visit_day", "time.in_future"),
    "an end in the future": (row(2, last_day="999"), "last_day", "time.in_future"),
    "a day that is no number": ({**row(2), "visit_day": "monday"}, "visit_day", "row.time"),
    "a day out of the calendar": ({**row(2), "visit_day": "999999"}, "visit_day", "time.in_future"),
    "no day": ({**row(2), "visit_day": ""}, "visit_day", "row.key"),
    "a date on no calendar": (row(2, enrolled="2026-02-30"), "enrolled", "time.impossible"),
    "a day count from no day": (row(2, enrolled="2026-02"), "enrolled", "row.time"),
    "an unknown site": (row(2, site="S9"), "site", "site.unknown"),
    "a site that is not active": (row(2, site="S2"), "site", "site.not_active"),
    "no site": (row(2, site=""), "site", "site.missing"),
    "no participant": ({**row(), "no": ""}, "no", "participant.key"),
    "a participant number that is none": ({**row(), "no": "two"}, "no", "participant.key"),
    "no arm": (row(2, arm=""), "arm", "value.missing"),
    "an unknown arm": (row(2, arm="X"), "arm", "value.unknown"),
    "an unknown status": (row(2, status="gone"), "status", "value.unknown"),
    "a cell too few": ("2,S1,f", "", "row.columns"),
    "a cell too many": (",".join([*row(2).values(), "x"]), "", "row.columns"),
    "another sex than on the line before": (row(1, 26, sex="m"), "sex", "participant.contradicted"),
    "the same row with another value": (row(1, 0, bili="15"), "bili", "row.duplicate"),
}


@pytest.mark.parametrize(("bad", "column", "code"), BAD.values(), ids=BAD)
def test_a_bad_row_is_told_with_its_line_and_the_rule_and_the_others_stand(
    trial: Scenario, bad: Row | str, column: str, code: str
) -> None:
    outcome = imported(trial, [row(1), bad, row(3)])
    assert reasons(outcome) == [(3, column, code)]
    assert sorted(outcome.imported) == [2, 4]
    assert "\n" not in str(outcome.rejected[0])
    assert "S1-003" in trial.app.view(TRIAL).participants()
    assert compare(trial.app.reading, TRIAL)[1] == []


def test_of_a_row_with_one_bad_value_nothing_is_recorded(trial: Scenario) -> None:
    imported(trial, [row(1), row(1, 26, alt="forty"), row(2, alt="forty")])
    view = trial.app.view(TRIAL)
    assert list(view.participants()) == ["S1-001"]
    assert list(view.visits()["S1-001"]) == ["baseline"]
    assert view.enrolment.allocated == 1


def test_a_participant_whose_first_row_is_bad_comes_in_with_the_next(trial: Scenario) -> None:
    for bad in (row(1, 0, sex="x"), row(1, 0, alt="forty")):
        outcome = imported(trial, [bad, row(1, 26)])
        assert [each.line for each in outcome.rejected] == [2]
    assert list(trial.app.view(TRIAL).visits()["S1-001"]) == ["week-4"]
    assert topics(trial)[-1] == "participant.follow_up_ended.v1"


def test_a_participant_of_whom_no_row_stands_has_no_end_either(trial: Scenario) -> None:
    outcome = imported(trial, [row(1, alt="forty")])
    assert reasons(outcome) == [(2, "alt", "result.not_a_number")]
    assert trial.app.view(TRIAL).participants() == {}


def test_an_end_that_is_refused_rejects_the_first_row_but_leaves_its_visit(trial: Scenario) -> None:
    outcome = imported(trial, [row(1, last_day="999"), row(1, 26, last_day="999")])
    assert reasons(outcome) == [(2, "last_day", "time.in_future")]
    assert sorted(outcome.imported) == [3]
    assert list(trial.app.view(TRIAL).visits()["S1-001"]) == ["baseline", "week-4"]


def test_stop_on_error_takes_what_came_before_and_nothing_after(trial: Scenario) -> None:
    for bad in (row(2, sex="x"), row(2, alt="forty")):
        outcome = imported(trial, [row(1), bad, row(3), row(4, sex="x")], stop_on_error=True)
        assert outcome.stopped
        assert [each.line for each in outcome.rejected] == [3]
        assert outcome.rows == 2
        assert list(trial.app.view(TRIAL).participants()) == ["S1-001"]


def test_many_rows_are_taken_whatever_the_size_of_a_commit(trial: Scenario) -> None:
    """A bad row in each of three commits, on either side of the places where they meet."""
    rows = [row(no, visit_day) for no in range(1, 251) for visit_day in (0, 26)]
    bad = (0, ROWS_IN_A_COMMIT - 1, ROWS_IN_A_COMMIT, len(rows) - 1)
    for number in bad:
        rows[number] = {**rows[number], "alt": "forty"}
    outcome = imported(trial, rows)
    assert [each.line for each in outcome.rejected] == [number + 2 for number in bad]
    assert len(outcome.imported) == len(rows) - len(bad)
    assert compare(trial.app.reading, TRIAL)[1] == []


# ---------------------------------------------------------------- who may not know


def test_the_journal_is_the_same_whatever_the_arms_in_the_file(tmp_path: Path) -> None:
    """Ids, origins, digests, order and counts: nothing that is in clear differs when the arms are swapped."""
    swapped = {"V": "A", "A": "V"}
    rows = [row(no, visit_day, arm="VA"[no % 2]) for no in range(1, 6) for visit_day in (0, 26)]
    other = [{**each, "arm": swapped[each["arm"]]} for each in rows]
    assert journal(tmp_path, "one", rows) == journal(tmp_path, "other", other)


def journal(folder: Path, name: str, rows: Iterable[Row]) -> list[tuple[object, ...]]:
    """Everything stored in clear by an import of the rows."""
    (folder / name).mkdir()
    scenario = Scenario(folder / name)
    scenario.given(active(document())).on(400)
    imported(scenario, rows)
    sealed = {
        entry.record.position
        for entry in scenario.app.reading.entries(TRIAL)
        if entry.record.fact.TOPIC == "participant.randomized.v1"
    }
    scenario.close()
    with closing(sqlite3.connect(scenario.location)) as connection:
        commands = connection.execute("SELECT * FROM command ORDER BY first").fetchall()
        facts = connection.execute("SELECT position, topic, data, effective_at FROM fact").fetchall()
    return [*commands, *(fact for fact in facts if fact[0] not in sealed)]


# ---------------------------------------------------------------- what is no table for this trial


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "the file is empty"),
        (text([]).replace("alt", "alat").encode(), "there is no column alt"),
        (text([]).replace("note", "nota").encode(), "the mapping does not read 'nota'"),
        (text([]).replace("note", "alt").encode(), "the column 'alt' stands there twice"),
        (text([row(note="\xe4")]).encode("latin-1"), "table.csv:2: the file is not utf-8"),
        (text([row()]).replace("note", '"note').encode(), "table.csv:1: a quote is opened"),
        (text([row()]).encode("utf-16"), "It begins as UTF-16 does"),
        (text([row()]).encode("utf-16-le"), "table.csv:1: the file is not utf-8"),
        (
            text([row(1), *[row(n, note="\xe4") for n in (2, 3)]]).encode("latin-1"),
            "csv:3: the file is not utf-8, as the mapping says: 2 of 3 rows",
        ),
        (text([row()]).replace(",", ";").encode(), "there is no column no, site"),
    ],
    ids=[
        "empty",
        "absent",
        "unread",
        "twice",
        "encoding",
        "quote",
        "marked as utf-16",
        "utf-16",
        "most rows",
        "delimiter",
    ],
)
def test_a_file_that_is_no_such_table_is_one_line_and_nothing_is_imported(
    trial: Scenario, tmp_path: Path, data: bytes, told: str
) -> None:
    (tmp_path / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "table.csv").write_bytes(data)
    with pytest.raises(Invalid) as caught:
        read_table(tmp_path / "table.csv", read_mapping(tmp_path / "mapping.toml"))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_header_with_a_byte_order_mark_and_blank_lines_is_read(trial: Scenario, tmp_path: Path) -> None:
    (tmp_path / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "table.csv").write_text("\ufeff" + text([row(), "", row(2)]) + "\n", encoding="utf-8")
    table = read_table(tmp_path / "table.csv", read_mapping(tmp_path / "mapping.toml"))
    assert table.header == tuple(COLUMNS)
    assert [each.line for each in table.rows] == [2, 4]


def test_a_cell_over_several_lines_leaves_the_line_numbers_right(trial: Scenario) -> None:
    outcome = imported(trial, [row(1, note='"two\nlines"'), row(2, sex="x")])
    assert reasons(outcome) == [(4, "sex", "value.unknown")]


def test_a_mapping_for_another_trial_is_refused(trial: Scenario) -> None:
    with pytest.raises(NotFound, match="the mapping is for trial T-9; the store holds T-1"):
        imported(trial, [row()], mapping=MAPPING.replace('trial = "T-1"', 'trial = "T-9"'))


def test_an_empty_store_is_refused(scenario: Scenario) -> None:
    with pytest.raises(NotFound, match="the store is empty"):
        imported(scenario, [row()])


def test_a_trial_that_is_not_active_is_refused(scenario: Scenario) -> None:
    scenario.given(active(document())[:-4])
    with pytest.raises(Refused, match="is adopted"):
        imported(scenario, [row()])


def test_a_visit_that_was_put_right_or_taken_back_stays_so_when_the_old_file_comes_again(
    trial: Scenario,
) -> None:
    trial.on(400)
    imported(trial, [row()])
    for command in (
        CorrectVisit(participant="S1-001", visit="baseline", at=day(1)),
        VoidVisit(participant="S1-001", visit="baseline", with_results=True),
    ):
        trial.given(command)
        before = head(trial)
        again = imported(trial, [row()])
        assert (again.unchanged, again.facts, head(trial)) == ({2}, 0, before)
    assert compare(trial.app.reading, TRIAL)[1] == []
