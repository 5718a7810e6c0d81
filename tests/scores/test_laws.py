"""What holds for every patient: bounds, units, and that a worse laboratory value is no lower score."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.scores import FORMULAS, Quantity, ScoreInputs, score
from tests.scores.reports import ALBI, CHILD_PUGH, MELD, MELD_3_0, MELD_FAMILY, MELD_NA

settings.register_profile("scores", derandomize=True, deadline=None, max_examples=150)
LAW = settings.get_profile("scores")


def decimals(low: str, high: str, places: int = 2) -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(low), Decimal(high), allow_nan=False, places=places)


BILIRUBIN, CREATININE, ALBUMIN = decimals("0.1", "58"), decimals("0.2", "20"), decimals("1", "6.5")
INR, SODIUM = decimals("0.6", "15"), decimals("100", "180", 1)
SEX = st.sampled_from(("female", "male"))
ASCITES = st.sampled_from(("none", "mild", "moderate", "severe"))

PATIENTS = st.builds(
    ScoreInputs,
    bilirubin=BILIRUBIN.map(lambda value: Quantity(str(value), "mg/dL")),
    creatinine=CREATININE.map(lambda value: Quantity(str(value), "mg/dL")),
    inr=INR.map(lambda value: Quantity(str(value))),
    sodium=SODIUM.map(lambda value: Quantity(str(value), "mmol/L")),
    albumin=ALBUMIN.map(lambda value: Quantity(str(value), "g/dL")),
    sex=SEX,
    dialysis=st.booleans(),
    ascites=ASCITES,
    encephalopathy=st.integers(0, 4),
)
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
@LAW
@given(PATIENTS)
def test_a_score_stays_within_its_range(formula: str, patient: ScoreInputs) -> None:
    low, high = RANGES[formula]
    assert low <= value_of(formula, patient) <= high


@pytest.mark.parametrize("formula", FORMULAS)
@LAW
@given(PATIENTS, st.sets(st.sampled_from(sorted(FACTORS))))
def test_a_score_is_the_same_in_every_unit(formula: str, patient: ScoreInputs, which: set[str]) -> None:
    converted = patient
    for name in which:
        unit, factor = FACTORS[name]
        quantity = Quantity(str(number(patient, name) * Decimal(factor)), unit)
        changed: dict[str, Quantity] = {name: quantity}
        converted = replace(converted, **changed)  # type: ignore[arg-type]
    one, other = score(formula, patient), score(formula, converted)
    assert (one.value, one.grade, one.raw) == (other.value, other.grade, other.raw)


@pytest.mark.parametrize("formula", FORMULAS)
@LAW
@given(PATIENTS)
def test_zeros_at_the_end_of_a_number_change_nothing(formula: str, patient: ScoreInputs) -> None:
    longer = patient
    for name in ("bilirubin", "creatinine", "inr", "sodium", "albumin"):
        longer = with_number(longer, name, Decimal(f"{number(patient, name)}00"))
    assert score(formula, longer).raw == score(formula, patient).raw


HIGHER_IS_WORSE = {"bilirubin": BILIRUBIN, "creatinine": CREATININE, "inr": INR}
LOWER_IS_WORSE = {"sodium": SODIUM, "albumin": ALBUMIN}


def turns(formula: str, name: str, patient: ScoreInputs) -> bool:
    """Where MELD 3.0 falls although the value gets worse: its interactions outweigh the value itself."""
    if formula != MELD_3_0:
        return False
    if name == "albumin":
        return patient.dialysis is True or number(patient, "creatinine") > Decimal("2.748")
    return name == "sodium" and number(patient, "bilirubin") > Decimal("30.5")


@pytest.mark.parametrize("formula", FORMULAS)
@LAW
@given(PATIENTS, st.data())
def test_a_worse_laboratory_value_is_no_lower_score(
    formula: str, patient: ScoreInputs, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted({**HIGHER_IS_WORSE, **LOWER_IS_WORSE})))
    if turns(formula, name, patient):
        return
    drawn = sorted(
        (data.draw({**HIGHER_IS_WORSE, **LOWER_IS_WORSE}[name]), number(patient, name)),
        reverse=name in LOWER_IS_WORSE,
    )
    better, worse = (with_number(patient, name, value) for value in drawn)
    assert value_of(formula, better) <= value_of(formula, worse)


@pytest.mark.parametrize("formula", MELD_FAMILY)
@LAW
@given(PATIENTS)
def test_dialysis_is_no_lower_score(formula: str, patient: ScoreInputs) -> None:
    if formula == MELD_3_0:  # creatinine counts less, the lower albumin is, but it never counts against
        assert Decimal("11.14") > Decimal("1.83") * 2
    without, dialysed = (replace(patient, dialysis=known) for known in (False, True))
    assert value_of(formula, without) <= value_of(formula, dialysed)


@LAW
@given(PATIENTS)
def test_a_worse_grade_is_no_lower_child_pugh_score(patient: ScoreInputs) -> None:
    ascites = [
        value_of(CHILD_PUGH, replace(patient, ascites=each))
        for each in ("none", "mild", "moderate", "severe")
    ]
    grades = [value_of(CHILD_PUGH, replace(patient, encephalopathy=each)) for each in range(5)]
    assert ascites == sorted(ascites)
    assert grades == sorted(grades)


@LAW
@given(PATIENTS)
def test_a_woman_has_at_least_7_and_no_lower_meld_3_0_than_a_man(patient: ScoreInputs) -> None:
    woman, man = (value_of(MELD_3_0, replace(patient, sex=sex)) for sex in ("female", "male"))
    assert woman >= 7
    assert man <= woman <= man + 2


@LAW
@given(st.text(max_size=12), st.text(max_size=8), st.text(max_size=2), st.text(max_size=8), st.integers())
def test_no_text_whatever_makes_a_formula_fail(
    value: str, unit: str, comparator: str, word: str, grade: int
) -> None:
    quantity = Quantity(value, unit, comparator)
    inputs = ScoreInputs(quantity, quantity, quantity, quantity, quantity, word, None, word, grade)
    for formula in FORMULAS:
        answer = score(formula, inputs)
        assert answer.value is not None or answer.missing or answer.error
