"""`trialog import table`: what it answers, what it keeps of rejected rows, and how it ends."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.app import App
from adapters.cli.app import command_line
from adapters.cli.import_table import _reading
from adapters.cli.presence import seen_by
from adapters.imports.mapping_file import read_mapping
from adapters.imports.table_file import read_table
from adapters.imports.table_import import TableImport
from domain.record import Role
from tests.imports.tables import COLUMNS, MAPPING, row, text
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL
from trialog.bootstrap import open_app


class Desk:
    """The command line on the scenario's store, with its clock, in the scenario's folder."""

    def __init__(self, scenario: Scenario, capsys: pytest.CaptureFixture[str]) -> None:
        self.scenario = scenario
        self.folder = Path(scenario.location).parent
        self.rejected = self.folder / "visits.csv.rejected.csv"
        self._capsys = capsys
        self.write("mapping.toml", MAPPING)

    def write(self, name: str, content: str) -> Path:
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return path

    def run(self, *words: str, table: str = "visits.csv") -> tuple[int, str, str]:
        """The exit code, stdout and stderr of `trialog import table`."""

        def opened(location: str, *, create: bool = False, as_it_lies: bool = False) -> App:
            return open_app(location, create=create, as_it_lies=as_it_lies, clock=self.scenario.clock)

        fixed = ["--mapping", str(self.folder / "mapping.toml"), "--store", self.scenario.location]
        with pytest.raises(SystemExit) as ended:
            command_line(opened, "0")(["import", "table", str(self.folder / table), *fixed, *words])
        out, err = self._capsys.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        return code, out, err


@pytest.fixture
def desk(trial: Scenario, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.delenv("TRIALOG_AS", raising=False)
    return Desk(trial, capsys)


def test_a_good_table_ends_with_0_and_a_summary_on_stdout(desk: Desk) -> None:
    desk.write("visits.csv", text([row(1), row(1, 50), row(2)]))
    code, out, err = desk.run()
    assert (code, err) == (0, "")
    assert [line.split() for line in out.splitlines()] == [
        ["read", "3"],
        ["imported", "3"],
        ["unchanged", "0"],
        ["rejected", "0"],
        ["facts", "20"],
        ["participants", "2"],
        ["visits", "planned", "2"],
        ["visits", "unscheduled", "1"],
    ]
    assert not desk.rejected.exists()


def test_rejected_rows_end_with_4_and_are_kept_as_they_stood(desk: Desk) -> None:
    short = "3,S1"
    desk.write("visits.csv", text([row(1), row(2, sex="x", note='"a, b"'), short]))
    code, out, err = desk.run()
    assert code == 4
    assert "3     sex     value.unknown  'x' is none of f, m" in out
    assert err == (
        "trialog: visits.csv: 2 of 3 rows were rejected; the others stand."
        f" They are kept in {desk.rejected}. (import.rows_rejected)\n"
    )
    with desk.rejected.open(encoding="utf-8", newline="") as file:
        header, first, second = csv.reader(file)
    assert header == ["rejected_line", "rejected_column", "rejected_code", "rejected_reason", *COLUMNS]
    assert first[:3] == ["3", "sex", "value.unknown"]
    assert first[4:] == list(row(2, sex="x", note="a, b").values())
    assert second[:3] == ["4", "", "row.columns"]
    assert second[4:] == ["3", "S1"]


def test_rejected_rows_may_tell_arms_so_only_their_owner_may_read_them(desk: Desk) -> None:
    desk.write("visits.csv", text([row(1, sex="x")]))
    desk.run()
    assert stat.S_IMODE(desk.rejected.stat().st_mode) == 0o600


def test_the_rejected_rows_can_be_put_right_in_their_file_and_imported(desk: Desk) -> None:
    desk.write("visits.csv", text([row(1), row(2, sex="x"), row(3)]))
    desk.run()
    corrected = desk.rejected.read_text(encoding="utf-8").replace(",x,", ",f,")
    desk.write("corrected.csv", corrected)
    code, out, _ = desk.run(table="corrected.csv")
    assert code == 0
    assert out.splitlines()[1].split() == ["imported", "1"]


def test_a_run_without_rejected_rows_empties_the_file_of_an_earlier_run(desk: Desk) -> None:
    desk.write("visits.csv", text([row(1, sex="x")]))
    assert desk.run()[0] == 4
    desk.write("visits.csv", text([row(1)]))
    assert desk.run()[0] == 0
    assert len(desk.rejected.read_text(encoding="utf-8").splitlines()) == 1


def test_a_file_that_holds_something_else_is_not_overwritten(desk: Desk) -> None:
    table = desk.write("visits.csv", text([row(1, sex="x")]))
    before = table.read_bytes()
    code, out, err = desk.run("--rejected", str(table))
    assert (code, out) == (2, "")
    assert "so it is not overwritten" in err
    assert table.read_bytes() == before
    assert "S1-001" not in desk.scenario.app.view(TRIAL).participants()


def test_rejected_rows_go_where_they_are_asked_to(desk: Desk) -> None:
    desk.write("visits.csv", text([row(1, sex="x")]))
    assert desk.run("--rejected", str(desk.folder / "kept.csv"))[0] == 4
    assert (desk.folder / "kept.csv").exists()
    assert not desk.rejected.exists()


def test_stop_on_error_says_where_it_stopped(desk: Desk) -> None:
    desk.write("visits.csv", text([row(1), row(2, sex="x"), row(3), row(4)]))
    code, out, err = desk.run("--stop-on-error")
    assert code == 4
    assert out.splitlines()[0].split() == ["read", "2"]
    assert "stopped at line 3; 2 further rows were not looked at" in err


def test_the_answer_in_json_holds_the_counts_and_every_rejection(desk: Desk) -> None:
    desk.write("visits.csv", text([row(1), row(2, alt="forty")]))
    code, out, err = desk.run("--json")
    answer = json.loads(out)
    assert code == 4
    assert (answer["trial"], answer["read"], answer["imported"], answer["rejected"]) == (TRIAL, 2, 1, 1)
    assert answer["rejected_file"] == str(desk.rejected)
    assert answer["rejections"] == [
        {
            "line": 3,
            "column": "alt",
            "code": "result.not_a_number",
            "reason": "alt: 'forty' is no number",
        }
    ]
    assert json.loads(err)["error"]["code"] == "import.rows_rejected"


def test_who_ran_the_import_is_on_record(desk: Desk) -> None:
    desk.write("visits.csv", text([row(1)]))
    assert desk.run("--as", "li.wei:data_manager")[0] == 0
    entry = next(desk.scenario.app.reading.entries(TRIAL, stream="participant/S1-001"))
    assert (entry.command.attribution.actor, entry.command.attribution.role) == ("li.wei", "system")


@pytest.mark.parametrize(
    ("words", "mapping", "table", "exit_code", "told"),
    [
        ((), MAPPING.replace("[row]", "[rows]"), text([]), 2, "row: this is missing"),
        ((), MAPPING, text([]).replace("alt", "alat"), 2, "there is no column alt"),
        ((), MAPPING.replace('"alt", unit', '"glucose", unit'), text([row(1)]), 2, "no item glucose"),
        ((), MAPPING.replace('"alt", unit', '"glucose", unit'), text([]), 2, "mapping.toml: steps."),
        ((), MAPPING, text([]), 2, "there is a header, and no row"),
        (("--trial", "T-2"), MAPPING, text([]), 2, "the mapping is for trial T-1"),
        ((), MAPPING.replace('"T-1"', '"T-2"'), text([]), 5, "the store holds T-1"),
        (("--rejected", "/no/such/folder/x.csv"), MAPPING, text([]), 5, "there is no such folder"),
    ],
    ids=["mapping", "header", "protocol", "file", "no row", "option", "trial", "folder"],
)
def test_what_cannot_be_imported_at_all_is_one_line_on_stderr(
    desk: Desk, words: tuple[str, ...], mapping: str, table: str, exit_code: int, told: str
) -> None:
    desk.write("mapping.toml", mapping)
    desk.write("visits.csv", table)
    code, out, err = desk.run(*words)
    assert (code, out) == (exit_code, "")
    assert told in err
    assert err.startswith("trialog: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("place", ["TableImport._ends", "told_of_early"])
def test_an_import_that_is_stopped_tells_what_is_in_and_goes_on_when_it_is_given_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    module = "imports.table_import" if place.startswith("Table") else "cli.import_table"
    desk.write("visits.csv", text([row(1), row(2)]))
    with monkeypatch.context() as stopping:
        stopping.setattr(f"adapters.{module}.{place}", stop)
        code, out, err = desk.run()
    assert (code, out) == (130, "")
    assert err.startswith("trialog: visits.csv: stopped after 2 of 2 rows: ")
    assert err.endswith("what is in stays, and the rest is taken. (interrupted)\n")
    code, out, _ = desk.run()
    assert (code, out.split()[:2]) == (0, ["read", "2"])
    assert desk.scenario.app.reading.head(TRIAL)[0] > 0


def test_a_file_that_is_not_there_is_one_line(desk: Desk) -> None:
    code, _, err = desk.run(table="none.csv")
    assert code == 5
    assert err.count("\n") == 1


@pytest.mark.requirement("ID-08", "RN-04")
def test_a_masked_role_learns_no_arm_by_guessing_it(desk: Desk) -> None:
    """The one arm conflicts with what is recorded and the other does not: to those alone who may know."""
    desk.write("visits.csv", text([row(1, arm="V")]))
    desk.run()
    told = {}
    for role in ("outcome_assessor", "investigator"):
        for arm in ("V", "A"):
            desk.write("visits.csv", text([row(1, arm=arm)]))
            told[role, arm] = (desk.run("--as", f"m:{role}", "--json"), desk.rejected.exists())
    assert told["outcome_assessor", "V"] == told["outcome_assessor", "A"]
    assert told["investigator", "V"] != told["investigator", "A"]


@pytest.mark.requirement("ID-08", "RN-04")
@pytest.mark.parametrize(
    ("held", "claimed", "reads"),
    [
        ({Role.INVESTIGATOR}, Role.INVESTIGATOR, Role.INVESTIGATOR),
        ({Role.SYSTEM}, Role.SYSTEM, Role.SYSTEM),
        ({Role.OUTCOME_ASSESSOR}, Role.OUTCOME_ASSESSOR, None),
        ({Role.OUTCOME_ASSESSOR}, Role.INVESTIGATOR, None),
        ({Role.OUTCOME_ASSESSOR}, Role.SYSTEM, None),
        ({Role.INVESTIGATOR, Role.OUTCOME_ASSESSOR}, Role.INVESTIGATOR, None),
    ],
)
def test_with_accounts_a_role_reads_that_is_held_by_somebody_who_is_not_masked(
    desk: Desk, held: set[Role], claimed: Role, reads: Role | None
) -> None:
    grants = [SimpleNamespace(role=role) for role in held]
    access = SimpleNamespace(held=lambda _trial, _moment: grants)
    here = SimpleNamespace(account=SimpleNamespace(access=access))
    place: Any = SimpleNamespace(here=here, app=desk.scenario.app)
    assert _reading(place, "", claimed, TRIAL) is reads


@pytest.mark.requirement("DR-06", "ID-02")
def test_who_imports_at_one_site_learns_no_arm_of_another_by_guessing_it(desk: Desk) -> None:
    """Who may know the arms of a site learns from a conflict that a guess was wrong: of that site alone."""
    desk.write("visits.csv", text([row(1, arm="V")]))
    desk.run()
    mapping, told = read_mapping(desk.folder / "mapping.toml"), {}
    for site in ("S1", "S2"):
        grant = SimpleNamespace(role=Role.INVESTIGATOR, sites=(site,))
        access = SimpleNamespace(held=lambda _trial, _moment, held=grant: [held])
        here: Any = SimpleNamespace(account=SimpleNamespace(access=access))
        seen = seen_by(here, Role.INVESTIGATOR, desk.scenario.app, TRIAL)
        for arm in ("V", "A"):
            table = read_table(desk.write("later.csv", text([row(1, arm=arm)])), mapping)
            outcome = TableImport(seen, mapping, table).run()
            told[site, arm] = [each.reason for each in outcome.rejected]
    assert told["S1", "V"] != told["S1", "A"]
    assert told["S2", "V"] == told["S2", "A"]
