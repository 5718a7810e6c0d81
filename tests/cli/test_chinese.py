"""`--language zh`: headings, states and the protocol's names in Chinese; ids and JSON stay as they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapters.cli.chinese import Chinese
from adapters.cli.chinese_steps import STEPS, what_can_follow
from adapters.cli.output import Answer, Listing, Table, pairs
from adapters.files.protocol_file import read_protocol
from projections.visit_status import VisitStatus
from tests.cli.terminal import COORDINATOR, PI, Terminal
from workflows.machines import MACHINES

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
        ({"event": "loss", "which": "1.0"}, {"事件": "失访", "版本或范围": "1.0"}),
        ({"event": "ae-1"}, {"事件": "ae-1"}),
        ({"text": "open"}, {"内容": "open"}),
        ({"status": "open", "state": "signed"}, {"状态": "开放中", "state": "已签署"}),
        ({"detail": "due 2026-05-04..2026-06-01"}, {"说明": "应于 2026-05-04 至 2026-06-01"}),
        (
            {"detail": "given 6 x 10^6 cells, planned 9 x 10^6 cells (2 x 10^6 cells per kg), tolerance 5 %"},
            {"说明": "实输 6 x 10^6 个细胞，计划 9 x 10^6 个细胞 (每公斤 2 x 10^6 个细胞)，允差 5%"},
        ),
        (
            {"detail": "given not recorded, planned 1 x 10^6 cells per kg, weight not recorded"},
            {"说明": "实输 未记录，计划 每公斤 1 x 10^6 个细胞，体重未记录"},
        ),
        ({"detail": "use by 2026-05-04"}, {"说明": "使用期限 2026-05-04"}),
        ({"detail": "without alb, ascites"}, {"说明": "缺少 白蛋白、腹水"}),
        ({"overdue": ["classification"]}, {"逾期事项": ["定级"]}),
        ({"check": "sealing", "outcome": "agrees"}, {"检查项": "封存", "结果": "相符"}),
        ({"outcome": "recovered"}, {"结果": "已恢复"}),
        ({"origin": "edit_check"}, {"来源": "逻辑核查"}),
        (
            {"arms": "hUC-MSC through a peripheral vein / hUC-MSC through the hepatic artery"},
            {"组别": "经外周静脉输注人脐带间充质干细胞 / 经肝动脉输注人脐带间充质干细胞"},
        ),
        ({"": "median", "All participants": "not reached"}, {"": "中位数", "全部参与者": "未达到"}),
        ({"holidays": {"opens": "春节"}}, {"节假日": {"窗口开始": "春节"}}),
    ],
)
def test_a_row_is_told_in_chinese(row: dict[str, object], shown: dict[str, object]) -> None:
    assert told(row) == shown


def test_a_grade_has_its_name_behind_it() -> None:
    shown = told({"result": "ascites", "value": "mild", "was": ""})
    assert shown == {"结果": "ascites 腹水", "值": "mild 1级（少量）：仅超声可见", "原值": ""}


def test_a_title_made_of_phrases_is_told_in_chinese() -> None:
    title = "Change from baseline in MELD (UNOS 2002); nothing is imputed"
    answer = CHINESE.answer(Answer({}, (Table([{"n": 3}], ("n",), title),)))
    assert isinstance(answer, Answer)
    assert answer.text == (Table([{"n": 3}], ["n"], "MELD (UNOS 2002) 较基线变化；不作填补"),)


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


ZH = {"TRIALOG_LANGUAGE": "zh"}


def test_no_heading_of_what_people_ask_daily_is_left_in_english(
    enrolled: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: set[str] = set()

    def heading(self: Chinese, column: str) -> str:
        found = told_as(self, column)
        left.update({column} if found == column and re.search("[A-Za-z]{3}", column) else ())
        return found

    told_as = Chinese.heading
    monkeypatch.setattr(Chinese, "heading", heading)
    for words in (
        "trial status",
        "participant list",
        "participant show S1-001",
        "participant scores S1-001",
        "deviation list",
        "audit compare 5 9",
        "audit history S1-001 age",
        "randomization status",
        "casebook lock-check",
    ):
        enrolled.do(*words.split(), "--language", "zh")
    assert left == set()


def test_a_receipt_is_told_in_chinese_and_as_json_as_ever(active: Terminal) -> None:
    screened = ("participant", "screen", "S1-001", "--site", "S1", "--sex", "female", "--age", "54")
    told = active.run(*screened, "--language", "zh", "--command-id", "c-1", by=COORDINATOR).stdout
    assert told.startswith("已记录，序号 ")
    assert "内容" in told
    assert told.splitlines()[-1].endswith("在中心 S1 预筛选（性别 女，年龄 54 岁）")
    again = active.run(*screened, "--command-id", "c-1", by=COORDINATOR, env=ZH).stdout
    assert again.startswith("此前已记录，序号 ")
    as_json = [
        active.data(*screened, "--command-id", "c-1", *more, by=COORDINATOR)
        for more in ((), ("--language", "zh"))
    ]
    assert as_json[0] == as_json[1]


@pytest.mark.parametrize(
    ("more", "env", "told"),
    [
        ((), {}, "recorded"),
        ((), ZH, "已记录"),
        (("--language", "zh"), {}, "已记录"),
        (("--language", "en"), ZH, "recorded"),
    ],
)
def test_a_document_has_a_language_of_its_own(
    active: Terminal, more: tuple[str, ...], env: dict[str, str], told: str
) -> None:
    active.do(
        "participant", "screen", "S1-001", "--site", "S1", "--sex", "female", "--age", "54", by=COORDINATOR
    )
    consent = ("record", "consent", "S1-001", "--version", "1.0", "--document-language", "zh-CN")
    assert active.run(*consent, *more, by=COORDINATOR, env=env).stdout.startswith(told)
    (given,) = active.data("consent", "show", "S1-001")["consents"]
    assert given["language"] == "zh-CN"


def test_who_gives_a_document_s_language_as_that_of_the_answer_is_told_the_option(active: Terminal) -> None:
    fault = active.fault("record", "consent", "S1-001", "--version", "1.0", "--language", "zh-CN")
    assert (fault["exit"], fault["code"]) == (2, "usage")
    assert fault["remedy"].startswith("The document's own language is said with --document-language")


def test_a_look_at_a_store_is_answered_in_chinese_and_as_json_as_ever(active: Terminal) -> None:
    for words in (("audit", "verify"), ("ledger", "status")):
        in_chinese = active.run(*words, "--language", "zh").stdout
        assert re.search("[一-鿿]", in_chinese)
        assert active.run(*words, env=ZH).stdout == in_chinese
        assert active.data(*words, "--language", "zh") == active.data(*words)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("participant", "show", "S1-404"), "没有该参与者。"),
        (("trial", "open"), "入组已开放。"),
        (("trial", "unlock", "--reason", "again"), "当前状态不允许此操作：进行中。"),
    ],
)
def test_a_refusal_tells_the_rule_in_chinese_and_then_the_case(
    active: Terminal, words: tuple[str, ...], told: str
) -> None:
    in_english = active.run(*words, by=PI)
    for in_chinese in (active.run(*words, "--language", "zh", by=PI), active.run(*words, by=PI, env=ZH)):
        assert in_chinese.exit_code == in_english.exit_code
        assert told in in_chinese.stderr
        assert in_chinese.stderr.endswith(in_english.stderr.removeprefix("trialog: "))
    assert active.run(*words, "--language", "en", by=PI, env=ZH).stderr == in_english.stderr


def test_what_no_rule_says_is_told_in_chinese_and_json_as_ever(active: Terminal) -> None:
    wrong = ("visit", "list", "--as-of", "999999")
    assert active.run(*wrong, env=ZH).stderr.startswith("trialog: 没有该序号。there is no ")
    words = ("participant", "show", "S1-404", "--json")
    assert active.run(*words, env=ZH).stderr == active.run(*words).stderr


def test_the_environment_changes_no_json(active: Terminal) -> None:
    trail = ("audit", "trail", "--as-of", str(active.head))
    assert active.run(*trail, env=ZH).stdout != active.run(*trail).stdout
    assert active.run(*trail, "--json", env=ZH).stdout == active.run(*trail, "--json").stdout
    in_chinese = active.run(*trail, "--json", "--language", "zh").stdout
    assert in_chinese != active.run(*trail, "--json").stdout


def test_every_step_that_can_follow_has_a_name_in_chinese() -> None:
    moves = {move.trigger for known in MACHINES.values() for move in known.machine.table.moves}
    assert moves == set(STEPS)
    assert what_can_follow("What can follow: assign lot, skip.") == "可进行的步骤：分配批次、不予输注"
    assert what_can_follow("Nothing can follow.") == "此后没有后续步骤"
    assert what_can_follow("Give --reason.") == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("lot", "缺少命令。见 'trialog lot --help'。(usage)"),
        ("lot nope", "没有命令 'nope'。见 'trialog lot --help'。(usage)"),
        ("lot lits", "没有命令 'lits'。是否为 'list'？见 'trialog lot --help'。(usage)"),
        ("lot history", "缺少参数 'LOT'。见 'trialog lot history --help'。(usage)"),
        ("lot register L1 B1", "缺少选项 '--expires'。见 "),
        ("lot list --nope", "没有选项 --nope。"),
        ("lot list --as-of", "选项 '--as-of' 须给出值。(usage)"),
        ("lot history L1 more", "多余的参数：more。见 "),
        ("lot release L1 --basis x", "'--basis' 的值 'x' 不在可选值之内：'final', 'interim'。见 "),
        ("infusion order S1-001 --infusion two", "'--infusion' 须为整数，如 3。见 "),
        ("participant list --role nurse", "命令用法有误。"),
    ],
)
def test_what_is_wrong_with_the_words_of_a_command_is_told_in_chinese(
    active: Terminal, monkeypatch: pytest.MonkeyPatch, words: str, told: str
) -> None:
    monkeypatch.setenv("TRIALOG_LANGUAGE", "zh")
    result = active.run(*words.split(), by=PI)
    assert result.exit_code == 2
    assert told in result.stderr
    assert "such" not in result.stderr


def test_a_store_that_is_not_there_is_told_in_chinese(active: Terminal) -> None:
    told = active.run("trial", "status", "--store", "none.db", "--language", "zh").stderr
    assert told.startswith(
        "trialog: 没有该存储。请核对路径；新的存储由 'trialog trial activate' 建立。none.db: "
    )


def test_what_the_protocol_names_has_its_name_as_title_and_as_criterion() -> None:
    answer = CHINESE.answer(
        Answer({}, ("survival: Survival: number of participants surviving after 24 weeks",))
    )
    assert isinstance(answer, Answer)
    assert answer.text == ("survival：生存：24周后存活的受试者人数",)
    randomized = "Protocol 1.0. Randomized: hUC-MSC through a peripheral vein 2, All participants 2"
    answer = CHINESE.answer(Answer({}, (randomized,)))
    assert isinstance(answer, Answer)
    assert answer.text == ("方案 1.0。已随机：经外周静脉输注人脐带间充质干细胞 2, 全部参与者 2",)
    assert told({"criterion": "esld", "kind": "inclusion"}) == {"标准": "esld 终末期肝病", "类型": "入选"}
