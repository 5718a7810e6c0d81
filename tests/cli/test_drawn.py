"""Tables on a terminal: whatever its width, all of every cell is shown and no word in it is broken."""

from __future__ import annotations

import sys
from io import StringIO

import pytest
from rich.console import Console

from adapters.cli.drawn import Columns, drawn
from adapters.cli.output import Answer, show

ZONE = "[Asia/Shanghai]"
VISITS = Columns(
    ("participant", "visit", "status", "opens", "appointment", "attended", "note"),
    (
        ("SY01-001", "baseline", "done_out_of_window", "2025-11-02", "", f"2025-11-02T12:34+08:00{ZONE}", ""),
        ("SY01-002", "week-4", "done", "2025-11-27", "", f"2025-12-01T09:34+08:00{ZONE}", "came by train"),
    ),
)


def shown(table: Columns, room: int) -> list[str]:
    console = Console(file=StringIO(), width=room, markup=False, highlight=False, legacy_windows=False)
    for part in drawn(table, room):
        console.print(part)
    assert isinstance(console.file, StringIO)
    lines = [line.rstrip() for line in console.file.getvalue().splitlines()]
    assert all(len(line) <= room for line in lines)
    return [line for line in lines if line]


@pytest.mark.parametrize("room", [60, 80, 100, 120, 160, 200])
def test_no_date_code_or_number_is_broken_at_any_width(room: int) -> None:
    words = set(" ".join(shown(VISITS, room)).replace(ZONE, f" {ZONE}").replace("T", " ").split())
    cells = " ".join(cell for row in VISITS.rows for cell in row)
    assert set(cells.replace(ZONE, f" {ZONE}").replace("T", " ").split()) <= words


@pytest.mark.parametrize(("key", "lines"), [("x" * 20, 3), ("x" * 60, 1)])
def test_a_line_keeps_its_words_and_a_key_stays_whole(
    monkeypatch: pytest.MonkeyPatch, key: str, lines: int
) -> None:
    screen = StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "40")
    words = f"2 refusals, 2 explained by deviations, 0 unexplained, signed by {key}"
    show(Answer({}, (words,)), as_json=False)
    told = screen.getvalue().splitlines()
    assert (len(told), " ".join(told).split()) == (lines, words.split())


def test_what_fits_stays_as_it_is() -> None:
    assert shown(VISITS, 200)[2].split() == [each for each in VISITS.rows[0] if each]


def test_a_zone_that_all_share_is_told_once_and_empty_columns_by_name() -> None:
    heading, *_, last = shown(VISITS, 120)
    assert heading.endswith(f"attended {ZONE}  note")
    assert shown(VISITS, 100)[-1].split() == ["appointment:", "\u2014"]
    assert last.endswith("came by train")


def test_what_all_rows_begin_with_is_told_once_above_them() -> None:
    alike = Columns(VISITS.headings, [("SY01-001", *row[1:]) for row in VISITS.rows])
    above, heading, *_ = shown(alike, 78)
    assert above == " participant: SY01-001"
    assert "participant" not in heading
    assert not shown(Columns(("group", "share"), (("a", "0.0%"), ("b", "0.0%"))), 10)[0].startswith(" share")


def test_rows_that_do_not_fit_are_written_field_by_field() -> None:
    assert shown(VISITS, 60)[:3] == [
        " participant  SY01-001",
        " visit        baseline",
        " status       done_out_of_window",
    ]


def test_a_digest_is_folded_and_not_cut() -> None:
    digest = "b5ee0736" * 8
    assert digest in "".join(shown(Columns(("version", "digest"), (("1.0", digest),)), 60)).replace(" ", "")
