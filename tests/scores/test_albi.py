"""ALBI: two decimals, and the grade from the value before it was rounded."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.scores.albi import grade_of
from tests.scores.reports import ALBI, raw_of, scored


def test_a_value_that_prints_as_the_limit_is_graded_as_it_was_before_rounding() -> None:
    """With the other coefficient in circulation, 0.0852, it would be grade 2."""
    found = scored(ALBI, bilirubin="32 umol/L", albumin="28 g/L")
    assert found.value == Decimal("-1.39")
    assert Decimal(found.raw or 0) == pytest.approx(Decimal("-1.3866"), abs=Decimal("0.00005"))
    assert found.grade == "3"


@pytest.mark.parametrize(
    ("bilirubin", "albumin", "value", "grade"),
    [
        ("10", "40", "-2.74", "1"),  # 0.66 - 3.4
        ("10", "38.4", "-2.60", "1"),  # 0.66 - 3.264 = -2.604
        ("10", "38.3", "-2.60", "2"),  # 0.66 - 3.2555 = -2.5955
        ("100", "31.9", "-1.39", "2"),  # 1.32 - 2.7115 = -1.3915
        ("100", "31.8", "-1.38", "3"),  # 1.32 - 2.703 = -1.383
        ("100", "20", "-0.38", "3"),  # 1.32 - 1.7
        ("1000", "10", "1.13", "3"),  # 1.98 - 0.85
    ],
)
def test_cases_worked_out_by_hand(bilirubin: str, albumin: str, value: str, grade: str) -> None:
    found = scored(ALBI, bilirubin=f"{bilirubin} umol/L", albumin=f"{albumin} g/L")
    assert str(found.value) == value
    assert found.grade == grade


@pytest.mark.parametrize(
    ("bilirubin", "albumin", "raw", "value"),
    [("10", "29", "-1.805", "-1.81"), ("10", "31", "-1.975", "-1.98"), ("1000", "21", "0.195", "0.20")],
)
def test_an_exact_tie_goes_away_from_zero(bilirubin: str, albumin: str, raw: str, value: str) -> None:
    found = scored(ALBI, bilirubin=f"{bilirubin} umol/L", albumin=f"{albumin} g/L")
    assert found.raw == raw
    assert str(found.value) == value


def test_there_is_no_minus_zero() -> None:
    found = scored(ALBI, bilirubin="1000 umol/L", albumin="23.3 g/L")
    assert found.raw == "-0.0005"
    assert str(found.value) == "0.00"


@pytest.mark.parametrize(
    ("raw", "grade"),
    [
        ("-2.61", "1"),
        ("-2.60", "1"),
        ("-2.5999999", "2"),
        ("-1.3900001", "2"),
        ("-1.39", "2"),
        ("-1.3899999", "3"),
    ],
)
def test_both_limits_belong_to_the_better_grade(raw: str, grade: str) -> None:
    assert grade_of(Decimal(raw)) == grade


def test_bilirubin_and_albumin_are_converted_exactly() -> None:
    assert raw_of(ALBI, bilirubin="2 mg/dL", albumin="2.8 g/dL") == raw_of(
        ALBI, bilirubin="34.2 umol/L", albumin="28 g/L"
    )


def test_only_bilirubin_and_albumin_are_needed() -> None:
    others = dict.fromkeys(("creatinine", "inr", "sodium", "sex", "dialysis", "ascites", "encephalopathy"))
    found = scored(ALBI, **others)
    assert [each.name for each in found.used] == ["bilirubin", "albumin"]
    assert found.flags == ()
