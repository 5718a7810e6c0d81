"""What a verification finds is told in Chinese, as far as it is in words of its own."""

from __future__ import annotations

import re

import pytest

from adapters.cli.chinese import Chinese
from adapters.cli.chinese_findings import FORMS
from adapters.cli.chinese_findings import found as in_chinese
from adapters.cli.chinese_words import CODES
from adapters.cli.output import Answer, Table
from projections.verification.findings import Check
from tests.support.said import GAP, found

TOLD = sorted(
    {reading.replace(GAP, "X") for place in found() for reading in place.readings if reading.strip(GAP)}
)
ALIKE = [
    "the fact is not what its entry commits to",
    "this envelope cannot be withheld as X",
    "the trigger X is missing",
    "the trigger X is another",
    "the trigger X is none of Trialog's",
    "the file does not fit itself: X",
]
"""What is said of several things in one form, and of a database by what looks at it."""
OF_OTHERS = {
    "X 'X': X",  # a version of a read model: its model, its key, and in which way it differs
}


@pytest.mark.parametrize("told", sorted(set(TOLD) - OF_OTHERS))
def test_what_is_found_is_told_in_chinese(told: str) -> None:
    assert re.search("[一-鿿]", in_chinese(told)), "adapters/cli/chinese_findings.py has no words for it"


def test_all_that_can_be_found_is_read_from_the_source() -> None:
    assert len(TOLD) > 70
    assert "no key of this log was given" in TOLD
    assert "what X signed was kept at no instant" in TOLD


def test_no_form_is_of_what_nobody_says() -> None:
    assert [form.pattern for form, _ in FORMS if not any(map(form.fullmatch, [*TOLD, *ALIKE]))] == []


def test_every_respect_in_which_something_can_be_wrong_has_a_name() -> None:
    assert [check for check in Check if str(check) not in CODES["check"]] == []


def test_a_table_of_findings_is_told_in_chinese() -> None:
    row = {"log": "T-1", "position": 3, "check": "tree", "what": "a node is wrong", "more": 2}
    answer = Chinese(None).answer(Answer({}, (Table([row], tuple(row), "Findings"),)))
    assert isinstance(answer, Answer)
    assert answer.text == (
        Table(
            [{"日志": "T-1", "序号": 3, "检查项": "哈希树", "情况": "哈希树节点有误", "另有": 2}],
            ["日志", "序号", "检查项", "情况", "另有"],
            "发现",
        ),
    )
