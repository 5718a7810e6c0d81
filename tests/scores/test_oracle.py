"""The scores against the same scores written down a second time, on thousands of seeded patients."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction

import pytest

from domain.scores import FORMULAS, Quantity, ScoreInputs, score
from tests.scores.oracle import ORACLES, Patient, TooClose

PATIENTS = 4000

# Values around every bound, band and gate, as a laboratory would print them, in each unit.
CRITICAL = {
    "bilirubin": {
        "umol/L": "1 10 17 17.1 17.2 33.9 34 34.0 34.1 34.2 34.3 50 50.1 51 51.1 51.3 51.4 100 1000",
        "mg/dL": "0.06 0.9 0.99 1 1.0 1.01 1.3 1.9 1.98 1.99 2 2.0 2.9 2.98 2.99 3 3.0 3.1 30.5 58.4",
    },
    "creatinine": {
        "umol/L": "15 88.3 88.4 88.5 265.1 265.2 265.3 353.5 353.6 353.7 2000",
        "mg/dL": "0.2 0.8 0.9 1 1.0 1.1 1.2 2.748 2.9 3 3.0 3.1 3.9 4 4.0 4.1 20",
    },
    "inr": {"": "0.6 0.9 0.99 1 1.0 1.01 1.2 1.69 1.7 1.70 1.71 2.2 2.25 2.29 2.3 2.30 2.31 15"},
    "sodium": {
        "mmol/L": "100 124 124.9 125 125.1 126 133 136 136.9 137 137.1 138 180",
        "meq/L": "124 125 137 138",
    },
    "albumin": {
        "g/L": "10 14.9 15 15.1 27.9 28 28.0 28.1 32 34.9 35 35.0 35.1 65",
        "g/dL": "0.8 1.4 1.5 1.6 1.7 2.3 2.7 2.79 2.8 2.81 3.4 3.5 3.50 3.51 6.5",
    },
}
USUAL = {
    ("bilirubin", "umol/L"): (1, 700),
    ("bilirubin", "mg/dL"): (0.1, 40),
    ("creatinine", "umol/L"): (15, 600),
    ("creatinine", "mg/dL"): (0.2, 7),
    ("inr", ""): (0.6, 6),
    ("sodium", "mmol/L"): (115, 150),
    ("sodium", "meq/L"): (115, 150),
    ("albumin", "g/L"): (10, 55),
    ("albumin", "g/dL"): (1, 5.5),
}
OWN: dict[tuple[str, str], Fraction] = {
    ("bilirubin", "mg/dL"): Fraction(171, 10),
    ("creatinine", "mg/dL"): Fraction(884, 10),
    ("albumin", "g/dL"): Fraction(10),
}


def drawn(dice: random.Random) -> tuple[ScoreInputs, Patient]:
    """A patient as reported, and the same patient as fractions."""
    reported: dict[str, Quantity | None] = {}
    known: dict[str, Fraction | None] = {}
    all_low = dice.random() < 0.1  # every logarithm 0: there ties are exact
    for name, units in CRITICAL.items():
        unit = dice.choice(list(units))
        if dice.random() < 0.04:
            reported[name] = known[name] = None
            continue
        if all_low and name in {"bilirubin", "creatinine", "inr"}:
            unit, text = next(reversed(units)), "0.9"
        elif dice.random() < 0.4:
            text = dice.choice(units[unit].split())
        else:
            text = f"{dice.uniform(*USUAL[name, unit]):.{dice.choice((0, 1, 1, 2))}f}"
            text = max(text, units[unit].split()[0], key=Decimal)  # no lower than is accepted
        reported[name] = Quantity(text, unit)
        known[name] = Fraction(text) * OWN.get((name, unit), Fraction(1))
    sex = dice.choice(("female", "male", "female", "male", None))
    dialysis = dice.choice((False, False, False, True, None))
    ascites = dice.choice(("none", "mild", "moderate", "severe", None))
    encephalopathy = dice.choice((0, 1, 2, 3, 4, None))
    inputs = ScoreInputs(
        **reported, sex=sex, dialysis=dialysis, ascites=ascites, encephalopathy=encephalopathy
    )
    return inputs, Patient(
        **known, sex=sex, dialysis=dialysis, ascites=ascites, encephalopathy=encephalopathy
    )


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_score_is_what_an_independent_computation_makes_it(formula: str) -> None:
    dice = random.Random(f"20260101 {formula}")
    undecided = 0
    values = set()
    for _ in range(PATIENTS):
        inputs, patient = drawn(dice)
        try:
            value, grade, missing = ORACLES[formula](patient)
        except TooClose:
            undecided += 1
            continue
        found = score(formula, inputs)
        assert found.error is None, inputs
        assert (found.grade, found.missing) == (grade, missing), inputs
        assert found.value == (None if value is None else Decimal(str(value))), inputs
        values.add(found.value)
    assert undecided <= 2
    assert len(values) > 10


def test_every_formula_has_an_oracle() -> None:
    assert set(ORACLES) == set(FORMULAS)
