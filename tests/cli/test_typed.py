"""Full-width characters, long dashes and decimal commas are refused with what to write instead."""

from __future__ import annotations

import pytest

from adapters.cli.faults import report
from adapters.cli.typed import as_meant, hint
from adapters.cli.values import value_and_unit
from domain.clinical_time import ClinicalTime
from domain.errors import Invalid, NotFound, Refused
from domain.participant import in_capitals
from workflows.command import command_from


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("ＳＹ０１－００２", "SY01-002"),
        ("SY01—002", "SY01-002"),
        ("－－role", "--role"),
        ("–role", "--role"),
        ("２０２６－１１－２７", "2026-11-27"),
        ("li：coordinator", "li:coordinator"),
        ("alb＝54，5　g/L", "alb=54.5 g/L"),
        ("54。5", "54.5"),
        ("plain-word=5.4", "plain-word=5.4"),
    ],
)
def test_what_an_input_method_wrote_is_read_as_it_was_meant(word: str, meant: str) -> None:
    assert as_meant(word) == meant


def test_a_hint_is_given_only_for_the_word_that_the_message_is_about(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["participant", "show", "ＳＹ０１", "--purpose", "稽查，第一次"]
    assert report(NotFound("participant.unknown", "there is no participant ＳＹ０１"), words) == 5
    assert "write 'SY01'. (participant.unknown)" in capsys.readouterr().err
    assert hint(words, "there is no visit week-9") == ""
    assert hint(words, "'稽查，第一次' is too long") == ""  # Chinese has no plain form
    assert report(Refused("x.y", "ＳＹ０１ may not"), words) == 4
    assert "plain" not in capsys.readouterr().err


@pytest.mark.parametrize("text", ["54,5 g/L", "54，5 g/L", "54, 5"])
def test_a_decimal_comma_is_no_unit(text: str) -> None:
    with pytest.raises(Invalid, match=r"holds a comma\. Write a decimal point"):
        value_and_unit(text, None)


def test_the_words_say_what_to_do_instead() -> None:
    assert (in_capitals("sy01-001"), in_capitals("SY01-001")) == (
        "Codes are in capital letters: SY01-001.",
        "",
    )
    with pytest.raises(Invalid, match=r"Write the site's own time, or name the zone"):
        ClinicalTime.parse("2026-11-27T10:00+09:00", "Asia/Shanghai")
    with pytest.raises(
        Invalid, match=r"age: a number with a decimal point is wanted, as 5\.4 \(given: 'old'\)"
    ):
        command_from("participant.pre_screen", {"participant": "S1-001", "site": "S1", "age": "old"})
    with pytest.raises(
        Invalid, match=r"at: this is missing; criteria\.0: one of [^;]* is wanted \(given: 'x'\)"
    ):
        command_from("safety.open_report", {"participant": "S1-001", "criteria": ("x",)})
    with pytest.raises(Invalid, match=r"age: 150 at most is wanted \(given: '540'\)"):
        command_from("participant.pre_screen", {"participant": "S1-001", "site": "S1", "age": "540"})
    with pytest.raises(Invalid, match=r"name: a text of length 1 at least is wanted"):
        command_from("trial.name_data_cut", {"name": ""})


@pytest.mark.parametrize("text", ["1.234.567 umol/L", "1e3 umol/L", "0x10 umol/L", "5.4.1", ".5 g/L"])
def test_what_only_begins_as_a_number_is_none(text: str) -> None:
    assert value_and_unit(text, None) == (text, "")
