"""A row that cannot be read is refused by itself: a NUL, a byte that is no text, an open quote."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from adapters.imports.mapping_file import read_mapping
from adapters.imports.quarantine import write_quarantine
from adapters.imports.table_file import Table, read_table
from adapters.imports.table_import import Outcome, TableImport
from domain.errors import Invalid
from tests.imports.tables import COLUMNS, MAPPING, Row, reasons, row, text
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL


def read(scenario: Scenario, data: bytes, mapping: str = MAPPING) -> Table:
    folder = Path(scenario.location).parent
    (folder / "mapping.toml").write_text(mapping, encoding="utf-8")
    (folder / "visits.csv").write_bytes(data)
    return read_table(folder / "visits.csv", read_mapping(folder / "mapping.toml"))


def imported(scenario: Scenario, data: bytes, *, stop: bool = False) -> Outcome:
    table = read(scenario, data)
    mapping = read_mapping(Path(scenario.location).parent / "mapping.toml")
    return TableImport(scenario.app, mapping, table, stop_on_error=stop).run()


def between(bad: Row | str) -> bytes:
    """A good row, the bad one on line 3, and two good ones."""
    return text([row(1), bad, row(3), row(4)]).encode("utf-8", "surrogateescape")


BAD = {
    "a NUL": (row(2, alt="4\0"), "alt", "row.nul"),
    "a byte that is no text": (row(2, note="\udce4"), "note", "row.encoding"),
    "a byte and a cell too many": (f"{','.join(row(2, note=chr(0xDCE4)).values())},x", "", "row.encoding"),
    "a quote never closed": (row(2, alt='"40'), "", "row.quote"),
    "a quote after a quoted cell": (row(2, note='"a" b'), "", "row.quote"),
}


@pytest.mark.parametrize(("bad", "column", "code"), BAD.values(), ids=BAD)
def test_a_row_that_cannot_be_read_is_refused_alone_and_the_others_stand(
    trial: Scenario, bad: Row | str, column: str, code: str
) -> None:
    outcome = imported(trial, between(bad))
    assert reasons(outcome) == [(3, column, code)]
    assert sorted(outcome.imported) == [2, 4, 5]
    str(outcome.rejected[0]).encode()  # nothing that a terminal cannot show
    before = trial.contents()
    again = imported(trial, between(bad))
    assert (trial.contents(), sorted(again.unchanged)) == (before, [2, 4, 5])


@pytest.mark.parametrize(("bad", "column", "code"), BAD.values(), ids=BAD)
def test_such_a_row_is_kept_as_it_stood_to_be_put_right(
    trial: Scenario, bad: Row | str, column: str, code: str
) -> None:
    data = between(bad)
    outcome = imported(trial, data)
    kept = Path(trial.location).parent / "kept.csv"
    write_quarantine(kept, read(trial, data), outcome.rejected, "utf-8", ",")
    with kept.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        header, found = csv.reader(file)
    assert header[4:] == list(COLUMNS)
    assert found[:3] == ["3", column, code]
    assert ",".join(found[4:]).encode("utf-8", "surrogateescape") == data.splitlines()[2]


def test_the_quote_that_holds_the_rest_of_the_file_costs_its_own_row_only(trial: Scenario) -> None:
    outcome = imported(trial, text([row(1, note='"a, b"'), row(2, note='"open'), row(3), row(4)]).encode())
    assert reasons(outcome) == [(3, "", "row.quote")]
    assert sorted(outcome.imported) == [2, 4, 5]


def test_a_quote_that_a_later_quoted_cell_closes_costs_its_own_row_only(trial: Scenario) -> None:
    rows = [row(1, alt='"40'), row(2), row(3, note='"a, b"'), row(4, site='"S1"'), row(5, alt='"'), row(6)]
    outcome = imported(trial, text(rows).encode())
    assert [(line, code) for line, _, code in reasons(outcome)] == [(2, "row.quote"), (6, "row.quote")]
    assert sorted(outcome.imported) == [3, 4, 5, 7]


def test_rows_between_two_stray_quotes_are_not_lost_unseen(trial: Scenario) -> None:
    """Two quotes that together make a cell of three lines: right CSV, and two participants gone."""
    outcome = imported(trial, text([row(1, note='"5 cm'), row(2), row(3, note='6 cm"'), row(4)]).encode())
    assert reasons(outcome) == [(2, "", "row.quote")]
    assert "a quote opened here holds line 3, which reads as a row" in outcome.rejected[0].reason
    assert sorted(outcome.imported) == [3, 4, 5]


def test_prose_over_several_lines_with_many_commas_is_one_cell(trial: Scenario) -> None:
    prose = '"went home\n' + "nausea, " * (len(COLUMNS) - 1) + '\n\nno pain"'
    outcome = imported(trial, text([row(1, note=prose), row(2, sex="x"), row(3)]).encode())
    assert reasons(outcome) == [(6, "sex", "value.unknown")]
    assert sorted(outcome.imported) == [2, 7]


def test_lines_are_right_after_a_bad_row_over_several(trial: Scenario) -> None:
    rows = [
        row(1, note='"two\nlines \0"'),
        row(2),
        row(3, note='"and\r\none \udce4"'),
        row(4, sex="x"),
        row(5),
    ]
    outcome = imported(trial, text([*rows, *map(row, range(6, 9))]).encode("utf-8", "surrogateescape"))
    assert reasons(outcome) == [
        (2, "note", "row.nul"),
        (5, "note", "row.encoding"),
        (7, "sex", "value.unknown"),
    ]


def test_stop_on_error_stops_at_a_row_that_cannot_be_read(trial: Scenario) -> None:
    outcome = imported(trial, between(row(2, alt='"40')), stop=True)
    assert (outcome.stopped, reasons(outcome), sorted(outcome.imported)) == (
        True,
        [(3, "", "row.quote")],
        [2],
    )
    assert list(trial.app.view(TRIAL).participants()) == ["S1-001"]


def test_a_row_torn_apart_shows_no_allocation_in_the_digest(trial: Scenario) -> None:
    """A quoted comma shifts the cells of a torn row, so that the arm stands where another cell is shown."""
    torn = [row(2, site='"S,1"', arm=arm, note='"').values() for arm in "VA"]
    digests = {read(trial, text([row(1), ",".join(each)]).encode()).digest for each in torn}
    assert len(digests) == 1


def test_a_damaged_file_of_two_bytes_a_character_is_refused_whole(trial: Scenario) -> None:
    wide = MAPPING.replace("[table]", '[table]\nencoding = "utf-16"')
    with pytest.raises(Invalid, match=r"the file is not utf-16"):
        read(trial, text([row(1), row(2)]).encode("utf-16")[:-1], wide)
    assert len(read(trial, text([row(1), row(2)]).encode("utf-16"), wide).rows) == 2


def test_a_byte_that_is_no_gb18030_is_told_and_kept(trial: Scenario) -> None:
    chinese = MAPPING.replace("[table]", '[table]\nencoding = "gb18030"')
    data = text([row(1, note="有"), row(2, note="@"), row(3)]).encode("gb18030").replace(b"@", b"\xff")
    table = read(trial, data, chinese)
    faults = [(each.line, str(each.fault)) for each in table.rows if each.fault]
    assert len(faults) == 1
    assert faults[0][0] == 3
    assert "the byte 0xFF stands here, which is no gb18030" in faults[0][1]
