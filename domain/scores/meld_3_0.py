"""MELD 3.0 for adults, as in force at OPTN since 13 July 2023 (policy notice of 27 June 2022; Kim 2021)."""

from __future__ import annotations

from decimal import Decimal

from domain.scores import meld
from domain.scores.arithmetic import half_up
from domain.scores.formula import Bounded, Formula, Intake
from domain.scores.meld_na import SODIUM
from domain.scores.reading import ALBUMIN_PER_G_DL, CREATININE_PER_MG_DL
from domain.scores.result import Score

ID = "meld_3_0.optn2023"

CREATININE = Bounded("creatinine", "mg/dL", CREATININE_PER_MG_DL, low=Decimal(1), high=Decimal(3))
ALBUMIN = Bounded("albumin", "g/dL", ALBUMIN_PER_G_DL, low=Decimal("1.5"), high=Decimal("3.5"))

_FEMALE = Decimal("1.33")
_BILIRUBIN, _SODIUM, _SODIUM_BILIRUBIN = Decimal("4.56"), Decimal("0.82"), Decimal("0.24")
_INR, _CREATININE = Decimal("9.09"), Decimal("11.14")
_ALBUMIN, _ALBUMIN_CREATININE = Decimal("1.85"), Decimal("1.83")
_CONSTANT = Decimal(6)


def compute(intake: Intake) -> Score:
    """MELD 3.0. Sodium is part of the formula: no other correction for it follows."""
    bilirubin = intake.bounded(meld.BILIRUBIN)
    creatinine = intake.creatinine(CREATININE)
    inr = intake.bounded(meld.INR)
    sodium = intake.bounded(SODIUM)
    albumin = intake.bounded(ALBUMIN)
    female = intake.is_female(_FEMALE)
    if (
        bilirubin is None
        or creatinine is None
        or inr is None
        or sodium is None
        or albumin is None
        or female is None
    ):
        return intake.unscored()
    ln_bilirubin, ln_creatinine = bilirubin.ln(), creatinine.ln()
    sodium_deficit, albumin_deficit = SODIUM.high - sodium, ALBUMIN.high - albumin
    raw = (
        (_FEMALE if female else 0)
        + _BILIRUBIN * ln_bilirubin
        + _SODIUM * sodium_deficit
        - _SODIUM_BILIRUBIN * sodium_deficit * ln_bilirubin
        + _INR * inr.ln()
        + _CREATININE * ln_creatinine
        + _ALBUMIN * albumin_deficit
        - _ALBUMIN_CREATININE * albumin_deficit * ln_creatinine
        + _CONSTANT
    )
    # The policy leaves ties open, and with all logarithms 0 there are some; half-up settles them.
    return intake.scored(meld.bounded(half_up(raw)), raw)


FORMULA = Formula(
    ID,
    "MELD 3.0 (OPTN 2023, adults)",
    ("bilirubin", "creatinine", "inr", "sodium", "albumin", "sex", "dialysis"),
    meld.CONVENTIONS,
    compute,
)
