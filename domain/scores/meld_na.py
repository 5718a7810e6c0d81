"""MELD with sodium as OPTN used it from January 2016 to July 2023 (policy 9.1.D)."""

from __future__ import annotations

from decimal import Decimal

from domain.scores import meld
from domain.scores.arithmetic import half_up
from domain.scores.formula import Bounded, Formula, Intake
from domain.scores.result import Score

ID = "meld_na.optn2016"

SODIUM = Bounded("sodium", "mmol/L", low=Decimal(125), high=Decimal(137))
GATE = Decimal(11)
"""Sodium counts only above this, in terms of the rounded MELD(i)."""

_SODIUM, _INTERACTION = Decimal("1.32"), Decimal("0.033")


def compute(intake: Intake) -> Score:
    """MELD-Na. At a MELD(i) of 11 or less sodium is not needed; while MELD(i) is unknown it may be."""
    unrounded = meld.unrounded(intake)
    initial = None if unrounded is None else half_up(unrounded)
    if unrounded is not None and initial is not None and initial <= GATE:
        intake.check("sodium")
        return intake.scored(meld.bounded(initial), unrounded)
    sodium = intake.bounded(SODIUM)
    if initial is None or sodium is None:
        return intake.unscored()
    intake.step("meld_i", initial)
    deficit = SODIUM.high - sodium
    raw = initial + _SODIUM * deficit - _INTERACTION * initial * deficit
    return intake.scored(meld.bounded(half_up(raw)), raw)


FORMULA = Formula(
    ID,
    "MELD-Na (OPTN 2016)",
    ("bilirubin", "creatinine", "inr", "sodium", "dialysis"),
    meld.CONVENTIONS,
    compute,
)
