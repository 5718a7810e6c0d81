"""Reports for tests of scores: a complete set, in which each test names what matters to it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from domain.scores import FORMULAS, Quantity, Score, ScoreInputs, score

MELD, MELD_NA, MELD_3_0 = "meld.unos2002", "meld_na.optn2016", "meld_3_0.optn2023"
CHILD_PUGH, ALBI = "child_pugh.si_34_51", "albi.2015"
MELD_FAMILY = (MELD, MELD_NA, MELD_3_0)

UNITS = {"bilirubin": "mg/dL", "creatinine": "mg/dL", "inr": "", "sodium": "mmol/L", "albumin": "g/dL"}

# Each at a bound or in the lowest band, so that it adds nothing to any score.
NOTHING_WRONG = ScoreInputs(
    bilirubin=Quantity("1.0", "mg/dL"),
    creatinine=Quantity("1.0", "mg/dL"),
    inr=Quantity("1.0"),
    sodium=Quantity("137", "mmol/L"),
    albumin=Quantity("3.6", "g/dL"),
    sex="male",
    dialysis=False,
    ascites="none",
    encephalopathy=0,
)


def reports(**changed: Any) -> ScoreInputs:
    """The complete set with some reports changed. A text that names no unit is in mg/dL or g/dL."""
    return replace(NOTHING_WRONG, **{name: _report(name, value) for name, value in changed.items()})


def _report(name: str, value: Any) -> Any:  # noqa: ANN401 - a report is of any type
    if name not in UNITS or not isinstance(value, str):
        return value
    number, _, unit = value.partition(" ")
    return Quantity(number, unit or UNITS[name])


def scored(formula: str, **changed: Any) -> Score:
    """The score of the complete set with some reports changed; there must be one."""
    answer = score(formula, reports(**changed))
    assert answer.error is None
    assert answer.missing == ()
    assert answer.value is not None
    return answer


def value_of(formula: str, **changed: Any) -> Decimal:
    """The value of the complete set with some reports changed."""
    value = scored(formula, **changed).value
    assert value is not None
    return value


def raw_of(formula: str, **changed: Any) -> Decimal:
    """The unrounded value of the complete set with some reports changed."""
    raw = scored(formula, **changed).raw
    assert raw is not None
    return Decimal(raw)


def refusal_of(formula: str, **changed: Any) -> str:
    """Why a bad report makes no score; there must be a reason."""
    answer = score(formula, reports(**changed))
    assert answer.value is None
    assert answer.raw is None
    assert answer.grade is None
    assert answer.error
    return answer.error


def formulas_with(name: str) -> list[str]:
    """The formulas that take this input."""
    return [each.id for each in FORMULAS.values() if name in each.inputs]
