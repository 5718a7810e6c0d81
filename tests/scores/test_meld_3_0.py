"""MELD 3.0, OPTN 2023: bounds, sex, ties, and cases worked out by hand from the policy."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.scores import score
from tests.scores.reports import MELD_3_0, raw_of, reports, scored, value_of

MODERATE = {"creatinine": "1.2", "bilirubin": "2", "inr": "1.5", "sodium": "130", "albumin": "3"}


@pytest.mark.parametrize(("sex", "raw", "value"), [("male", "6", 6), ("female", "7.33", 7)])
def test_with_nothing_beyond_the_bounds_a_man_has_6_and_a_woman_7(sex: str, raw: str, value: int) -> None:
    assert raw_of(MELD_3_0, sex=sex) == Decimal(raw)
    assert value_of(MELD_3_0, sex=sex) == value


@pytest.mark.parametrize(
    ("sex", "sodium", "albumin", "raw", "value"),
    [
        ("male", "126", "2.7", "16.5", 17),  # 6 + 0.82 x 11 + 1.85 x 0.8
        ("male", "133", "2.3", "11.5", 12),  # 6 + 0.82 x 4 + 1.85 x 1.2
        ("female", "125", "1.7", "20.5", 21),  # 6 + 1.33 + 0.82 x 12 + 1.85 x 1.8
        ("male", "126", "27 g/L", "16.5", 17),
        ("male", "133 meq/L", "23 g/L", "11.5", 12),
    ],
)
def test_the_three_exact_ties_go_up(sex: str, sodium: str, albumin: str, raw: str, value: int) -> None:
    assert raw_of(MELD_3_0, sex=sex, sodium=sodium, albumin=albumin) == Decimal(raw)
    assert value_of(MELD_3_0, sex=sex, sodium=sodium, albumin=albumin) == value


def test_with_albumin_to_one_decimal_there_are_no_other_ties() -> None:
    ties = {
        (sex, sodium, albumin)
        for sex in ("female", "male")
        for sodium in range(125, 138)
        for albumin in range(15, 36)
        if raw_of(MELD_3_0, sex=sex, sodium=str(sodium), albumin=f"{albumin} g/L") % 1 == Decimal("0.5")
    }
    assert ties == {("male", 126, 27), ("male", 133, 23), ("female", 125, 17)}


@pytest.mark.parametrize(("sex", "raw", "value"), [("male", 20.2112, 20), ("female", 21.5412, 22)])
def test_a_case_worked_out_by_hand(sex: str, raw: float, value: int) -> None:
    """4.56 x 0.693147 + 0.82 x 7 - 0.24 x 7 x 0.693147 + 9.09 x 0.405465 + 11.14 x 0.182322
    + 1.85 x 0.5 - 1.83 x 0.5 x 0.182322 + 6, and 1.33 for a woman.
    """
    assert raw_of(MELD_3_0, **MODERATE, sex=sex) == pytest.approx(Decimal(raw), abs=Decimal("0.0001"))
    assert value_of(MELD_3_0, **MODERATE, sex=sex) == value


def test_sodium_is_in_the_formula_and_is_not_corrected_for_again() -> None:
    """6 + 0.82 x 12, and nothing after that."""
    assert raw_of(MELD_3_0, sodium="125") == Decimal("15.84")


@pytest.mark.parametrize("high", ["3", "3.0", "3.01", "4", "265.2 umol/L", "265.3 umol/L"])
def test_creatinine_above_3_counts_as_3(high: str) -> None:
    assert raw_of(MELD_3_0, creatinine=high) == raw_of(MELD_3_0, creatinine="3")


def test_creatinine_just_below_3_counts_as_it_is() -> None:
    assert raw_of(MELD_3_0, creatinine="2.99") < raw_of(MELD_3_0, creatinine="3")


@pytest.mark.parametrize("creatinine", ["0.8", "2", "7", None])
def test_dialysis_sets_creatinine_to_3_whatever_was_measured(creatinine: str | None) -> None:
    assert raw_of(MELD_3_0, creatinine=creatinine, dialysis=True) == raw_of(MELD_3_0, creatinine="3")


@pytest.mark.parametrize(
    ("name", "bound", "beyond", "within"),
    [
        ("bilirubin", "1", ["0.99", "0.3", "17 umol/L", "<5.1 umol/L"], "1.01"),
        ("creatinine", "1", ["0.99", "0.3", "88.3 umol/L"], "1.01"),
        ("inr", "1", ["0.99", "0.7"], "1.01"),
        ("sodium", "125", ["124.9", "110", "<125"], "125.1"),
        ("sodium", "137", ["137.1", "150", ">137"], "136.9"),
        ("albumin", "1.5", ["1.49", "1.0", "14.9 g/L", "<15 g/L"], "1.51"),
        ("albumin", "3.5", ["3.51", "5", "35.1 g/L", ">35 g/L"], "3.49"),
    ],
)
def test_what_is_beyond_a_bound_counts_as_the_bound(
    name: str, bound: str, beyond: list[str], within: str
) -> None:
    at_bound = raw_of(MELD_3_0, **{**MODERATE, name: bound})
    assert {raw_of(MELD_3_0, **{**MODERATE, name: value}) for value in beyond} == {at_bound}
    assert raw_of(MELD_3_0, **{**MODERATE, name: within}) != at_bound


def test_a_score_is_at_most_40() -> None:
    highest = scored(
        MELD_3_0, bilirubin="40", creatinine="3", inr="8", sodium="125", albumin="1.5", sex="female"
    )
    assert highest.value == 40
    assert Decimal(highest.raw or 0) > 40


@pytest.mark.parametrize("unset", [None, ""])
def test_sex_that_is_not_recorded_is_missing_and_not_male(unset: str | None) -> None:
    answer = score(MELD_3_0, reports(sex=unset))
    assert answer.value is None
    assert answer.missing == ("sex",)


def test_the_raw_score_is_not_monotone_where_the_interactions_turn() -> None:
    """So is the formula: with creatinine above 2.748 or bilirubin above 30.5 mg/dL worse is lower."""
    assert raw_of(MELD_3_0, creatinine="2.9", albumin="2") < raw_of(MELD_3_0, creatinine="2.9", albumin="3")
    assert raw_of(MELD_3_0, bilirubin="31", sodium="126") < raw_of(MELD_3_0, bilirubin="31", sodium="136")
    assert raw_of(MELD_3_0, creatinine="2.7", albumin="2") > raw_of(MELD_3_0, creatinine="2.7", albumin="3")
    assert raw_of(MELD_3_0, bilirubin="30", sodium="126") > raw_of(MELD_3_0, bilirubin="30", sodium="136")
