"""What is wrong, and every advice that the product can give, is told in Chinese."""

from __future__ import annotations

import re

import pytest

from adapters.cli.chinese_advice import FORMS, advice, sentences
from adapters.cli.chinese_faults import FAULTS, fault
from tests.support.said import GAP, advised, raised
from workflows.rules import RULES

GIVEN = sorted({reading for place in advised() for reading in place.readings})
FILLED = [each.replace(GAP, "X") for each in GIVEN]
"""What is known only when the program runs stands as a word."""


@pytest.mark.parametrize("given", FILLED)
def test_an_advice_is_told_in_chinese(given: str) -> None:
    assert re.search("[一-鿿]", advice(given)), "adapters/cli/chinese_advice.py has no words for it"


def test_every_advice_is_read_from_the_source() -> None:
    unread = [place.where for place in advised() if any(not each.strip(f"{GAP} ") for each in place.readings)]
    assert unread == []
    assert "Give --at together with --command-id." in GIVEN  # written out
    assert f"Offered now: version {GAP}." in GIVEN  # with a gap, by a name
    assert "Say to whom, and with --was the time that is recorded." in GIVEN  # given to a function
    assert f"Who asks is said with --role ROLE. See '{GAP} --help'." in GIVEN  # of a table
    assert (
        "The cell laboratory says with 'lot return' that it is there and can be used." in GIVEN
    )  # of a machine


def test_no_form_is_of_an_advice_that_nobody_gives() -> None:
    told = [part for each in FILLED for part in (each, *sentences(each))]
    assert [form.pattern for form, _ in FORMS if not any(map(form.fullmatch, told))] == []


def test_what_is_advised_in_several_sentences_is_told_where_all_have_words() -> None:
    assert advice("Check the date. Give --reason.") == "请核对日期。请给出 --reason"
    assert advice("Do not cosign: two histories are signed. Keep both notes as evidence.") == (
        "请勿会签：有两份历史被签署。请保留两份签名文本为证据"
    )
    assert advice("Nothing can follow.") == "此后没有后续步骤"
    assert advice("Check the date. Ask the stars.") == advice("") == ""


def test_what_is_wrong_is_told_in_chinese_whatever_its_code() -> None:
    worded = {code for code in raised() if GAP not in code and not code.startswith("usage")}
    assert [code for code in sorted(worded) if code not in RULES and not fault(code)] == []
    assert sorted(code for code in FAULTS if code in RULES) == []
    assert sorted(set(FAULTS) - worded) == []
