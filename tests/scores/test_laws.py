"""What holds for every patient: bounds, units, and that a worse laboratory value is no lower score."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import combinations, cycle
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.scores import FORMULAS, Quantity, ScoreInputs, score
from tests.scores.reports import ALBI, CHILD_PUGH, MELD, MELD_3_0, MELD_FAMILY, MELD_NA

LIMITS = {
    "bilirubin": ("mg/dL", "0.1", "58"),
    "creatinine": ("mg/dL", "0.2", "20"),
    "inr": ("", "0.6", "15"),
    "sodium": ("mmol/L", "100", "180"),
    "albumin": ("g/dL", "1", "6.5"),
}
TURNS = {
    "bilirubin": ("1", "2", "3", "30.5"),
    "creatinine": ("1", "2.748", "3", "4"),
    "inr": ("1", "1.7", "2.3"),
    "sodium": ("125", "137"),
    "albumin": ("1.5", "2.8", "3.5"),
}
"""Where some formula changes its way."""


def drawn_number(dice: Random, name: str) -> Decimal:
    """A value within the limits: at one of them, at a turn, or anywhere, as often low as high."""
    _, low, high = LIMITS[name]
    if dice.random() < 0.3:
        return Decimal(dice.choice((low, high, *TURNS[name])))
    return Decimal(f"{float(low) * (float(high) / float(low)) ** dice.random():.2f}")


def drawn_patient(dice: Random) -> ScoreInputs:
    numbers = {name: Quantity(str(drawn_number(dice, name)), LIMITS[name][0]) for name in LIMITS}
    return ScoreInputs(
        **numbers,
        sex=dice.choice(("female", "male")),
        dialysis=dice.random() < 0.5,
        ascites=dice.choice(("none", "mild", "moderate", "severe")),
        encephalopathy=dice.randrange(5),
    )


_DICE = Random("laws of the scores")
PATIENTS = [drawn_patient(_DICE) for _ in range(300)]
RANGES = {MELD: (6, 40), MELD_NA: (6, 40), MELD_3_0: (6, 40), CHILD_PUGH: (5, 15), ALBI: (-6, 3)}
FACTORS = {"bilirubin": ("umol/L", "17.1"), "creatinine": ("umol/L", "88.4"), "albumin": ("g/L", "10")}


def value_of(formula: str, inputs: ScoreInputs) -> Decimal:
    value = score(formula, inputs).value
    assert value is not None
    return value


def number(inputs: ScoreInputs, name: str) -> Decimal:
    quantity: Quantity = getattr(inputs, name)
    return Decimal(quantity.value)


def with_number(inputs: ScoreInputs, name: str, value: Decimal) -> ScoreInputs:
    quantity: Quantity = getattr(inputs, name)
    changed: dict[str, Quantity] = {name: replace(quantity, value=str(value))}
    return replace(inputs, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_score_stays_within_its_range(formula: str) -> None:
    low, high = RANGES[formula]
    for patient in PATIENTS:
        assert low <= value_of(formula, patient) <= high, patient


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_score_is_the_same_in_every_unit(formula: str) -> None:
    some = [names for size in range(1, 4) for names in combinations(sorted(FACTORS), size)]
    for patient, names in zip(PATIENTS, cycle(some), strict=False):
        converted = patient
        for name in names:
            unit, factor = FACTORS[name]
            quantity = Quantity(str(number(patient, name) * Decimal(factor)), unit)
            changed: dict[str, Quantity] = {name: quantity}
            converted = replace(converted, **changed)  # type: ignore[arg-type]
        one, other = score(formula, patient), score(formula, converted)
        assert (one.value, one.grade, one.raw) == (other.value, other.grade, other.raw), (patient, names)


@pytest.mark.parametrize("formula", FORMULAS)
def test_zeros_at_the_end_of_a_number_change_nothing(formula: str) -> None:
    for patient in PATIENTS:
        longer = patient
        for name in LIMITS:
            value = str(number(patient, name))
            longer = with_number(longer, name, Decimal(value + ("00" if "." in value else ".00")))
        assert score(formula, longer).raw == score(formula, patient).raw, patient


def turns(formula: str, name: str, patient: ScoreInputs) -> bool:
    """Where MELD 3.0 falls although the value gets worse: its interactions outweigh the value itself."""
    if formula != MELD_3_0:
        return False
    if name == "albumin":
        return patient.dialysis is True or number(patient, "creatinine") > Decimal("2.748")
    return name == "sodium" and number(patient, "bilirubin") > Decimal("30.5")


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_worse_laboratory_value_is_no_lower_score(formula: str) -> None:
    dice = Random(formula)
    for patient, name in zip(PATIENTS, cycle(LIMITS), strict=False):
        if turns(formula, name, patient):
            continue
        drawn = sorted(
            (drawn_number(dice, name), number(patient, name)), reverse=name in {"sodium", "albumin"}
        )
        better, worse = (with_number(patient, name, value) for value in drawn)
        assert value_of(formula, better) <= value_of(formula, worse), (patient, name, drawn)


@pytest.mark.parametrize("formula", MELD_FAMILY)
def test_dialysis_is_no_lower_score(formula: str) -> None:
    if formula == MELD_3_0:  # creatinine counts less, the lower albumin is, but it never counts against
        assert Decimal("11.14") > Decimal("1.83") * 2
    for patient in PATIENTS:
        without, dialysed = (replace(patient, dialysis=known) for known in (False, True))
        assert value_of(formula, without) <= value_of(formula, dialysed), patient


def test_a_worse_grade_is_no_lower_child_pugh_score() -> None:
    for patient in PATIENTS:
        ascites = [
            value_of(CHILD_PUGH, replace(patient, ascites=each))
            for each in ("none", "mild", "moderate", "severe")
        ]
        grades = [value_of(CHILD_PUGH, replace(patient, encephalopathy=each)) for each in range(5)]
        assert ascites == sorted(ascites), patient
        assert grades == sorted(grades), patient


def test_a_woman_has_at_least_7_and_no_lower_meld_3_0_than_a_man() -> None:
    for patient in PATIENTS:
        woman, man = (value_of(MELD_3_0, replace(patient, sex=sex)) for sex in ("female", "male"))
        assert woman >= 7, patient
        assert man <= woman <= man + 2, patient


@settings(max_examples=150)
@given(st.text(max_size=12), st.text(max_size=8), st.text(max_size=2), st.text(max_size=8), st.integers())
def test_no_text_whatever_makes_a_formula_fail(
    value: str, unit: str, comparator: str, word: str, grade: int
) -> None:
    quantity = Quantity(value, unit, comparator)
    inputs = ScoreInputs(quantity, quantity, quantity, quantity, quantity, word, None, word, grade)
    for formula in FORMULAS:
        answer = score(formula, inputs)
        assert answer.value is not None or answer.missing or answer.error
