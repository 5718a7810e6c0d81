"""MELD-Na, OPTN 2016: the gate on the rounded MELD(i), the bounds of sodium, and the order of rounding."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest

from domain.scores import score
from domain.scores.arithmetic import half_up
from tests.scores.reports import MELD, MELD_NA, raw_of, reports, scored, value_of

AT_11 = {"creatinine": "1.2", "bilirubin": "1.3", "inr": "1.2"}
"""MELD(i) is 11.2 unrounded and 11 rounded."""
AT_12 = {"creatinine": "1.2", "bilirubin": "1.4", "inr": "1.25"}
"""MELD(i) is 11.9 unrounded and 12 rounded."""
AT_20 = {"creatinine": "1.9", "bilirubin": "4.2", "inr": "1.2"}
AT_40 = {"creatinine": "4", "bilirubin": "20", "inr": "3"}


def test_the_gate_is_strict_and_looks_at_the_rounded_score() -> None:
    """11.2 is above 11, yet rounds to 11: an unrounded gate makes this 23."""
    assert raw_of(MELD, **AT_11) > 11
    assert value_of(MELD, **AT_11) == 11
    assert value_of(MELD_NA, **AT_11, sodium="125") == 11


def test_the_score_jumps_from_11_to_23_at_the_gate() -> None:
    assert value_of(MELD, **AT_12) == 12
    # 12 + 1.32 x 12 - 0.033 x 12 x 12 = 23.088
    assert raw_of(MELD_NA, **AT_12, sodium="125") == Decimal("23.088")
    assert value_of(MELD_NA, **AT_12, sodium="125") == 23


@pytest.mark.parametrize("sodium", ["125", "137", "", None, ">130"])
def test_at_the_gate_sodium_counts_nothing_and_may_be_missing(sodium: str | None) -> None:
    below = scored(MELD_NA, **AT_11, sodium=sodium)
    assert below.value == 11
    assert "sodium" not in [each.name for each in below.used]


@pytest.mark.parametrize("sodium", ["", None])
def test_above_the_gate_sodium_must_be_there(sodium: str | None) -> None:
    assert score(MELD_NA, reports(**AT_12, sodium=sodium)).missing == ("sodium",)


def test_while_the_score_before_sodium_is_unknown_sodium_is_missing_too() -> None:
    answer = score(MELD_NA, reports(inr=None, sodium=None))
    assert answer.missing == ("inr", "sodium")


@pytest.mark.parametrize(
    ("sodium", "raw"),
    [
        ("100", "27.92"),  # 20 + 1.32 x 12 - 0.033 x 20 x 12
        ("124", "27.92"),
        ("124.9", "27.92"),
        ("125", "27.92"),
        ("125.1", "27.854"),
        ("130", "24.62"),  # 20 + 1.32 x 7 - 0.033 x 20 x 7
        ("136", "20.66"),
        ("137", "20"),
        ("137.1", "20"),
        ("150", "20"),
        ("<120", "27.92"),
        (">=137", "20"),
    ],
)
def test_sodium_counts_between_125_and_137(sodium: str, raw: str) -> None:
    assert raw_of(MELD_NA, **AT_20, sodium=sodium) == Decimal(raw)


def test_sodium_is_never_taken_as_137_when_it_is_missing() -> None:
    answer = score(MELD_NA, reports(**AT_20, sodium=None))
    assert answer.value is None
    assert answer.missing == ("sodium",)


def test_the_rounded_score_before_sodium_enters_the_formula() -> None:
    """With 20.039 instead of 20 the raw value would be 27.94."""
    used = {each.name: each.value for each in scored(MELD_NA, **AT_20, sodium="125").used}
    assert used["meld_i"] == 20
    assert used["sodium"] == 125


def test_rounding_before_sodium_changes_the_result() -> None:
    """MELD(i) 12.52: rounded first it is 13 and then 24; unrounded it would give 23.40, and 23."""
    near = {"creatinine": "1.3", "bilirubin": "1.5", "inr": "1.2"}
    unrounded = raw_of(MELD, **near)
    lack = 137 - 125
    assert unrounded == pytest.approx(Decimal("12.52"), abs=Decimal("0.005"))
    assert half_up(unrounded + Decimal("1.32") * lack - Decimal("0.033") * unrounded * lack) == 23
    assert value_of(MELD_NA, **near, sodium="125") == 24


def test_at_40_sodium_changes_nothing() -> None:
    assert value_of(MELD, **AT_40) == 40
    assert value_of(MELD_NA, **AT_40, sodium="125") == 40
    assert value_of(MELD_NA, **AT_40, sodium="137") == 40


def test_dialysis_counts_before_sodium_as_in_meld() -> None:
    # 6.43 + 9.57 x ln 4 = 19.70, so 20; then 20 + 1.32 x 2 - 0.033 x 20 x 2
    assert raw_of(MELD_NA, creatinine="0.8", dialysis=True, sodium="135") == Decimal("21.32")


def test_lower_sodium_never_makes_the_score_lower() -> None:
    for case in (AT_11, AT_12, AT_20, AT_40):
        values = [value_of(MELD_NA, **case, sodium=str(sodium)) for sodium in range(140, 120, -1)]
        assert all(one <= next_one for one, next_one in pairwise(values))
