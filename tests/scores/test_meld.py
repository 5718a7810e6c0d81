"""MELD, UNOS 2002: bounds, dialysis and rounding, and cases worked out by hand from the policy."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.scores.reports import MELD, raw_of, scored, value_of


def test_with_nothing_above_the_lower_bounds_the_score_is_6() -> None:
    assert raw_of(MELD) == Decimal("6.43")
    assert value_of(MELD) == 6


@pytest.mark.parametrize(
    ("bilirubin", "creatinine", "inr", "raw", "value"),
    [
        # 10 x (0.957 x 0.693147 + 0.378 x 1.098612 + 1.120 x 0.693147 + 0.643)
        ("3", "2", "2", 24.9794, 25),
        # 10 x (0.957 x 0.641854 + 0.378 x 1.435085 + 1.120 x 0.182322 + 0.643)
        ("4.2", "1.9", "1.2", 20.0392, 20),
        # 10 x (0.378 x 2.302585 + 0.643)
        ("10", "1", "1", 15.1338, 15),
        # 10 x (0.957 x 1.386294 + 0.378 x 3.401197 + 1.120 x 1.386294 + 0.643): above 40
        ("30", "4", "4", 48.0800, 40),
    ],
)
def test_cases_worked_out_by_hand(bilirubin: str, creatinine: str, inr: str, raw: float, value: int) -> None:
    given = {"bilirubin": bilirubin, "creatinine": creatinine, "inr": inr}
    assert raw_of(MELD, **given) == pytest.approx(Decimal(raw), abs=Decimal("0.001"))
    assert value_of(MELD, **given) == value


@pytest.mark.parametrize("name", ["bilirubin", "creatinine", "inr"])
@pytest.mark.parametrize("low", ["0.7", "0.99", "1", "1.0"])
def test_a_value_below_1_counts_as_1(name: str, low: str) -> None:
    assert raw_of(MELD, **{name: low}) == Decimal("6.43")


@pytest.mark.parametrize("name", ["bilirubin", "creatinine", "inr"])
def test_a_value_just_above_1_counts_as_it_is(name: str) -> None:
    assert raw_of(MELD, **{name: "1.01"}) > Decimal("6.43")


@pytest.mark.parametrize("high", ["4", "4.0", "4.01", "9", "353.6 umol/L", "353.7 umol/L", "2000 umol/L"])
def test_creatinine_above_4_counts_as_4(high: str) -> None:
    assert raw_of(MELD, creatinine=high) == raw_of(MELD, creatinine="4")


def test_creatinine_just_below_4_counts_as_it_is() -> None:
    assert raw_of(MELD, creatinine="3.99") < raw_of(MELD, creatinine="4")
    assert raw_of(MELD, creatinine="353.5 umol/L") < raw_of(MELD, creatinine="4")


def test_bilirubin_and_inr_have_no_upper_bound() -> None:
    assert raw_of(MELD, bilirubin="58") > raw_of(MELD, bilirubin="57")
    assert raw_of(MELD, inr="15") > raw_of(MELD, inr="14.9")


@pytest.mark.parametrize("creatinine", ["0.8", "1", "2.2", "7", None])
def test_dialysis_sets_creatinine_to_4_whatever_was_measured(creatinine: str | None) -> None:
    """Also below the lower bound: public code that tests that first misses the dialysis."""
    assert raw_of(MELD, creatinine=creatinine, dialysis=True) == raw_of(MELD, creatinine="4")


def test_a_score_with_unknown_dialysis_is_provisional() -> None:
    unknown = scored(MELD, creatinine="2", dialysis=None)
    assert unknown.flags == ("provisional:dialysis_unknown",)
    assert unknown.value == value_of(MELD, creatinine="2", dialysis=False)


@pytest.mark.parametrize("known", [True, False])
def test_a_score_with_known_dialysis_is_not_provisional(known: bool) -> None:
    assert scored(MELD, dialysis=known).flags == ()


def test_the_sum_is_rounded_once_to_one_decimal_before_it_is_multiplied_by_10() -> None:
    """0.68 is 7, and not 10, as rounding to a whole number first makes it; 6.43 is 6, and not 6.43."""
    low = {"inr": "1.034"}  # 0.643 + 1.120 x 0.033435 = 0.680
    assert raw_of(MELD, **low) == pytest.approx(Decimal("6.8045"), abs=Decimal("0.001"))
    assert value_of(MELD, **low) == 7


def test_the_score_is_at_most_40_and_the_unrounded_value_is_told_beyond() -> None:
    highest = scored(MELD, bilirubin="58", creatinine="9", inr="15")
    assert highest.value == 40
    assert Decimal(highest.raw or 0) > 60


def test_a_score_tells_what_each_input_became() -> None:
    score = scored(MELD, bilirubin="<5.1 umol/L", creatinine="8 mg/dL", inr="1.5")
    assert [(each.name, each.given, str(each.value), each.unit, each.why) for each in score.used] == [
        ("bilirubin", "<5.1 umol/L", "1", "mg/dL", "lower bound"),
        ("creatinine", "8 mg/dL", "4", "mg/dL", "upper bound"),
        ("inr", "1.5", "1.5", "", ""),
    ]
    dialysed = scored(MELD, creatinine="0.8", dialysis=True).used[1]
    assert (dialysed.given, str(dialysed.value), dialysed.why) == ("0.8 mg/dL", "4", "dialysis")
