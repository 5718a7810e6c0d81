"""`--language zh`: headings, states and the protocol's names in Chinese; ids and JSON stay as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.cli.chinese import Chinese
from adapters.cli.output import Answer, Listing, Table, pairs
from adapters.files.protocol_file import read_protocol
from projections.visit_status import VisitStatus
from tests.cli.terminal import PI, Terminal

CHINESE = Chinese(read_protocol(Path("protocols/nct06984497.toml")).protocol)


def told(row: dict[str, object]) -> dict[str, object]:
    """A row of a table, in Chinese."""
    answer = CHINESE.answer(Answer({}, (Table([row], tuple(row)),)))
    assert isinstance(answer, Answer)
    table = answer.text[0]
    assert isinstance(table, Table)
    return dict(table.rows[0])


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ({"visit": "week-4"}, {"访视": "week-4 第4周"}),
        ({"field": "week-4/alb"}, {"字段": "week-4/alb 第4周：白蛋白"}),
        ({"result": "alb#2", "value": "30"}, {"结果": "alb#2 白蛋白", "值": "30"}),
        ({"visit": "unscheduled-1"}, {"访视": "unscheduled-1"}),
        ({"rule": "visit.missed"}, {"规则": "visit.missed 访视缺失"}),
        ({"status": "done_out_of_window"}, {"状态": "已完成（超窗）"}),
        ({"sex": "female", "copy_given": True}, {"性别": "女", "已给副本": "是"}),
        ({"text": "open"}, {"内容": "open"}),
        ({"status": "open", "state": "signed"}, {"状态": "开放中", "state": "已签署"}),
        ({"detail": "due 2026-05-04..2026-06-01"}, {"说明": "应于 2026-05-04 至 2026-06-01"}),
        ({"holidays": {"opens": "春节"}}, {"节假日": {"窗口开始": "春节"}}),
    ],
)
def test_a_row_is_told_in_chinese(row: dict[str, object], shown: dict[str, object]) -> None:
    assert told(row) == shown


def test_a_grade_has_its_name_behind_it() -> None:
    shown = told({"result": "ascites", "value": "mild", "was": ""})
    assert shown == {"结果": "ascites 腹水", "值": "mild 1级（少量）：仅超声可见", "原值": ""}


def test_every_status_of_a_visit_has_chinese() -> None:
    assert [each for each in VisitStatus if told({"status": str(each)})["状态"] == str(each)] == []


def test_names_beside_values_and_long_lists_are_told_too_but_not_csv() -> None:
    answer = CHINESE.answer(Answer({"status": "active"}, (pairs({"status": "active"}),)))
    assert isinstance(answer, Answer)
    assert answer.data == {"status": "active"}
    assert answer.text == (pairs({"状态": "进行中"}),)
    listing = Listing({}, [{"role": "monitor"}], ("role",), ("role",))
    shown = CHINESE.answer(listing)
    assert isinstance(shown, Listing)
    assert (list(shown.rows), list(shown.columns)) == ([{"角色": "监查员"}], ["角色"])
    as_csv = Listing({}, [], ("role",), ("role",), as_csv=True)
    assert CHINESE.answer(as_csv) is as_csv


def test_a_question_is_answered_in_chinese_and_as_json_as_ever(active: Terminal) -> None:
    shown = active.do("trial", "status", "--language", "zh", by=PI)
    assert "状态        进行中" in shown
    assert "小型试验" in shown
    then = ("--as-of", str(active.head))
    assert active.data("trial", "status", *then, "--language", "zh") == active.data("trial", "status", *then)
