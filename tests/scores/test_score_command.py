"""`trialog score --json`, run as another program would run it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from domain.scores import FORMULAS
from domain.scores.reading import ANALYTES
from domain.scores.result import DIALYSIS_UNKNOWN
from tests.scores.reports import ALBI, CHILD_PUGH, MELD, MELD_3_0, MELD_NA
from tests.support import ready

ROOT = Path(__file__).resolve().parents[2]

COMMAND = (sys.executable, "-m", "trialog", "score")

EXAMPLE = (
    '{"id":"a1","score":"meld.unos2002","bilirubin":{"value":"54","unit":"umol/L"},'
    '"creatinine":{"value":"1.2","unit":"mg/dL"},"inr":"1.7","sodium":"135",'
    '"albumin":{"value":"28","unit":"g/L"},"sex":"female","dialysis":false,"ascites":"mild","encephalopathy":1}'
)
COMPLETE: dict[str, Any] = json.loads(EXAMPLE)
KEYS = ["id", "value", "raw", "class", "missing", "formula"]


def ran(text: bytes, *words: str) -> subprocess.CompletedProcess[bytes]:
    return ready.run("trialog.__main__", ("score", *words), text=text)


def answered(lines: Iterable[str | bytes]) -> list[dict[str, Any]]:
    """The answers to some lines; there must be one for each, and nothing beside them."""
    asked = [line.encode() if isinstance(line, str) else line for line in lines]
    done = ran(b"".join(line + b"\n" for line in asked), "--json")
    assert done.stderr == b""
    assert done.returncode == 0
    answers = done.stdout.splitlines()
    assert len(answers) == len(asked)
    return [json.loads(line) for line in answers]


def request(**changed: object) -> str:
    return json.dumps({**COMPLETE, **changed})


def test_each_formula_answers_in_the_documented_form() -> None:
    answers = answered(EXAMPLE.replace("meld.unos2002", formula) for formula in FORMULAS)
    assert [list(answer) for answer in answers] == [KEYS] * len(FORMULAS)
    assert [answer["id"] for answer in answers] == ["a1"] * len(FORMULAS)
    assert [answer["formula"] for answer in answers] == list(FORMULAS)
    assert [answer["missing"] for answer in answers] == [[]] * len(FORMULAS)
    assert {answer["formula"]: (answer["value"], answer["class"]) for answer in answers} == {
        MELD: (18, None),
        MELD_NA: (19, None),
        MELD_3_0: (22, None),
        CHILD_PUGH: (11, "C"),
        ALBI: (-1.24, "3"),
    }
    assert answers[0]["raw"].startswith("18.4644968")


def test_a_value_is_a_number_whole_for_most_and_with_two_decimals_for_albi() -> None:
    half = json.dumps(
        {
            **COMPLETE,
            "score": ALBI,
            "bilirubin": {"value": 10, "unit": "umol/L"},
            "albumin": {"value": 38.4, "unit": "g/L"},
        }
    )
    done = ran(f"{EXAMPLE}\n{half}\n".encode(), "--json")
    first, second = done.stdout.decode().splitlines()
    assert '"value":18,' in first
    assert '"value":-2.60,' in second
    assert '"raw":"-2.604"' in second


def test_answers_come_in_order_with_the_id_as_it_was_given() -> None:
    ids = ["b", "a", 7, 10**39, None, "", "编号", "\ud800", "a"]
    answers = answered(request(id=each) for each in ids)
    assert [answer["id"] for answer in answers] == ids
    assert {answer["value"] for answer in answers} == {18}


@pytest.mark.parametrize("identity", [1.5, True, ["a"], {"a": 1}, 10**40])
def test_an_id_that_is_no_text_or_whole_number_is_refused(identity: object) -> None:
    (answer,) = answered([request(id=identity)])
    assert answer["id"] is None
    assert answer["value"] is None
    assert "id is neither" in answer["error"]


def test_a_missing_input_is_null_absent_or_empty_and_named() -> None:
    without = {key: value for key, value in COMPLETE.items() if key != "bilirubin"}
    answers = answered(
        [
            json.dumps(without),
            request(bilirubin=None),
            request(bilirubin=""),
            request(bilirubin={}),
            request(bilirubin={"value": None, "unit": "umol/L"}),
            request(bilirubin={"value": " ", "unit": "umol/L"}),
        ]
    )
    for answer in answers:
        assert list(answer) == KEYS
        assert answer["value"] is None
        assert answer["raw"] is None
        assert answer["missing"] == ["bilirubin"]


def test_with_nothing_but_a_formula_everything_it_needs_is_named() -> None:
    answers = answered(json.dumps({"id": each, "score": each}) for each in FORMULAS)
    assert {answer["formula"]: answer["missing"] for answer in answers} == {
        MELD: ["bilirubin", "creatinine", "inr"],
        MELD_NA: ["bilirubin", "creatinine", "inr", "sodium"],
        MELD_3_0: ["bilirubin", "creatinine", "inr", "sodium", "albumin", "sex"],
        CHILD_PUGH: ["bilirubin", "inr", "albumin", "ascites", "encephalopathy"],
        ALBI: ["bilirubin", "albumin"],
    }


@pytest.mark.parametrize("unknown", [None, ""])
def test_with_unknown_dialysis_the_answer_is_flagged_as_provisional(unknown: object) -> None:
    (answer,) = answered([request(dialysis=unknown)])
    assert answer["value"] == 18
    assert answer["flags"] == ["provisional:dialysis_unknown"]


NUMBERS = '"54"', "54", "54.0", "5.4e1", '"54.00"'


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_may_be_a_text_or_a_number(number: str) -> None:
    (answer,) = answered([EXAMPLE.replace('"54"', number)])
    assert answer["raw"].startswith("18.4644968")


def test_no_float_comes_between_a_number_and_its_score() -> None:
    """0.1 in binary is more than 0.1; only the exact number is a tie."""
    tie = {
        "bilirubin": {"value": 1, "unit": "mg/dL"},
        "creatinine": {"value": 1, "unit": "mg/dL"},
        "inr": 1.0,
    }
    tied = {**tie, "score": MELD_3_0, "sex": "male", "sodium": 126, "albumin": {"value": 2.7, "unit": "g/dL"}}
    (answer,) = answered([request(**tied)])
    assert answer["raw"] == "16.5"
    assert answer["value"] == 17


def test_sodium_and_inr_may_come_with_their_units_and_others_must() -> None:
    answers = answered(
        [
            request(inr={"value": "1.7", "unit": "{INR}"}, sodium={"value": "135", "unit": "meq/L"}),
            request(inr={"value": "1.7"}),
            request(creatinine="1.2"),
        ]
    )
    assert [answer["value"] for answer in answers] == [18, 18, None]
    assert answers[2]["error"] == "creatinine has no unit: write umol/L or mg/dL"


def test_a_comparator_may_stand_in_the_text_or_beside_it() -> None:
    answers = answered(
        [
            request(bilirubin={"value": "<5.1", "unit": "µmol/L"}),
            request(bilirubin={"value": "5.1", "unit": "umol/L", "comparator": "<"}),
            request(bilirubin={"value": "5.1", "unit": "umol/L"}),
            request(bilirubin={"value": "<25", "unit": "umol/L"}),
        ]
    )
    assert answers[0]["raw"] == answers[1]["raw"] == answers[2]["raw"]
    assert "leaves the result open" in answers[3]["error"]


BAD_INPUTS: list[tuple[dict[str, object], str]] = [
    ({"bilirubin": {"value": "54", "unit": "mmol/L"}}, "bilirubin has a unit that is not known, 'mmol/L'"),
    ({"bilirubin": {"value": "171", "unit": "mg/dL"}}, "bilirubin 171 mg/dL is above 60 mg/dL"),
    ({"bilirubin": {"value": "-3", "unit": "umol/L"}}, "bilirubin -3 umol/L is impossible"),
    (
        {"bilirubin": {"value": "5000", "unit": "umol/L"}},
        "bilirubin 5000 umol/L is outside the limits 1 to 1000",
    ),
    ({"bilirubin": {"value": True, "unit": "umol/L"}}, "bilirubin is no number"),
    ({"bilirubin": {"value": ["54"], "unit": "umol/L"}}, "bilirubin is no number"),
    ({"bilirubin": {"value": "54", "unit": 1}}, "bilirubin has a number or an object where a word belongs"),
    ({"bilirubin": {"value": "54", "unit": "umol/L", "comparitor": "<"}}, "bilirubin has 'comparitor'"),
    ({"bilirubin": [54, "umol/L"]}, "bilirubin is no number"),
    ({"bilirubin": 54}, "bilirubin has no unit"),
    ({"inr": True}, "inr is no number"),
    ({"inr": 10**60}, "inr '1000"),
    ({"dialysis": "false"}, "dialysis is neither true nor false"),
    ({"dialysis": 0}, "dialysis is neither true nor false"),
    ({"score": MELD_3_0, "sex": 1}, "sex has a number or an object where a word belongs"),
    ({"score": MELD_3_0, "sex": "unknown"}, "sex 'unknown' is not known"),
    ({"score": CHILD_PUGH, "ascites": "slight"}, "ascites 'slight' is not known"),
    ({"score": CHILD_PUGH, "ascites": False}, "ascites has a number or an object where a word belongs"),
    ({"score": CHILD_PUGH, "encephalopathy": 5}, "encephalopathy '5' is not known"),
    ({"score": CHILD_PUGH, "encephalopathy": -1}, "encephalopathy '-1' is not known"),
    ({"score": CHILD_PUGH, "encephalopathy": True}, "encephalopathy is no grade 0 to 4"),
    ({"score": CHILD_PUGH, "encephalopathy": 1.5}, "encephalopathy is no grade 0 to 4"),
    ({"score": CHILD_PUGH, "encephalopathy": "II"}, "encephalopathy is no grade 0 to 4"),
    ({"score": "meld"}, "there is no score 'meld'"),
    ({"score": None}, "score is missing"),
    ({"score": 3.0}, "score is missing"),
    ({"score": [MELD]}, "score is missing"),
]


def test_a_bad_input_is_an_answer_with_an_error_that_names_it() -> None:
    answers = answered(request(**changed) for changed, _error in BAD_INPUTS)
    for answer, (changed, error) in zip(answers, BAD_INPUTS, strict=True):
        assert answer["error"].startswith(error), changed
        assert [*KEYS, "error"] == list(answer)
        assert answer["id"] == "a1"
        assert answer["value"] is None
        assert answer["raw"] is None
        assert answer["class"] is None


def test_what_is_missing_is_named_beside_what_is_bad() -> None:
    (answer,) = answered([request(bilirubin={"value": "0", "unit": "umol/L"}, inr=None)])
    assert answer["missing"] == ["inr"]
    assert answer["error"].startswith("bilirubin 0")


BAD_LINES: list[tuple[bytes, str]] = [
    (b"", "line 1 is empty"),
    (b"   ", "line 2 is empty"),
    (b"{", "line 3 is no JSON: "),
    (b"bilirubin,54", "line 4 is no JSON: "),
    (b"[]", "line 5 is no JSON object"),
    (b"null", "line 6 is no JSON object"),
    (b'"text"', "line 7 is no JSON object"),
    (EXAMPLE.encode() + EXAMPLE.encode(), "line 8 is no JSON: "),
    (b'{"id":"\xff"}', "line 9 is no text in UTF-8"),
    (b"[" * 100_000, "line 10 is no JSON"),
    (b'{"id":"a","id":"b"}', "line 11 names 'id' twice"),
    (b'{"id":"a","bilirubin":{"value":"1","value":"54"}}', "line 12 names 'value' twice"),
    (b"\x00", "line 13 is no JSON: "),
]


def test_a_line_that_cannot_be_read_is_an_answer_too_and_does_not_stop_the_next() -> None:
    *bad, good = answered([*(line for line, _error in BAD_LINES), EXAMPLE])
    for answer, (_line, error) in zip(bad, BAD_LINES, strict=True):
        assert answer["error"].startswith(error)
        assert list(answer) == [*KEYS, "error"]
        assert answer["id"] is None
        assert answer["value"] is None
        assert answer["missing"] == []
    assert good["value"] == 18


def test_a_number_of_json_that_is_none_is_named() -> None:
    (answer,) = answered([EXAMPLE.replace('"54"', "NaN")])
    assert answer["error"] == "bilirubin 'NaN' is no number"


def test_a_mark_at_the_beginning_and_windows_line_ends_do_no_harm() -> None:
    done = ran(b"\xef\xbb\xbf" + EXAMPLE.encode() + b"\r\n" + EXAMPLE.encode(), "--json")
    assert [json.loads(line)["value"] for line in done.stdout.splitlines()] == [18, 18]


def test_without_input_there_is_no_output() -> None:
    done = ran(b"", "--json")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_each_line_is_answered_before_the_next_is_asked() -> None:
    with subprocess.Popen(
        (*COMMAND, "--json"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        for name in ("first", "second"):
            running.stdin.write(f"{request(id=name)}\n".encode())
            running.stdin.flush()
            assert json.loads(running.stdout.readline())["id"] == name
        running.stdin.close()
        assert running.wait(60) == 0


def test_a_reader_that_has_had_enough_ends_it_quietly() -> None:
    with subprocess.Popen(
        (*COMMAND, "--json"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdin.write(f"{EXAMPLE}\n".encode())
        running.stdin.flush()
        running.stdout.readline()
        running.stdout.close()
        running.stdin.write(f"{EXAMPLE}\n".encode() * 3)
        running.stdin.close()
        assert running.stderr.read() == b""
        assert running.wait(60) == 141


def test_without_json_it_is_a_usage_error_that_says_what_to_do() -> None:
    done = ran(EXAMPLE.encode())
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr == b"trialog: score reads and answers in JSON lines only. Say --json. (usage.json)\n"


def test_thousands_of_lines_are_answered_in_order() -> None:
    requests = [request(id=number, score=list(FORMULAS)[number % 5]) for number in range(3000)]
    answers = answered(requests)
    assert [answer["id"] for answer in answers] == list(range(3000))
    values = {MELD: 18, MELD_NA: 19, MELD_3_0: 22, CHILD_PUGH: 11, ALBI: -1.24}
    assert all(answer["value"] == values[answer["formula"]] for answer in answers)


PAGE = (ROOT / "docs" / "scores.md").read_text(encoding="utf-8")


def test_the_example_on_the_page_is_true_to_the_letter() -> None:
    requests, answers = re.findall(r"```jsonl\n(.*?)```", PAGE, re.DOTALL)
    assert ran(requests.encode(), "--json").stdout.decode() == answers


def test_the_page_knows_every_formula_input_unit_and_limit() -> None:
    for formula in FORMULAS.values():
        assert f"### `{formula.id}`" in PAGE
        assert all(f"`{name}`" in PAGE for name in formula.inputs)
    for name, analyte in ANALYTES.items():
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| {name} | `"))
        assert all(f"`{unit.code}`" in row for unit in analyte.units)
        assert f"{analyte.low}–{analyte.high}" in row
        for unit in analyte.units:
            assert all(f" {bound} {unit.code}" in row for bound in (unit.low, unit.high) if bound is not None)
            assert unit.factor == 1 or f"| {unit.factor} {analyte.units[0].code} |" in row
    assert DIALYSIS_UNKNOWN in PAGE
