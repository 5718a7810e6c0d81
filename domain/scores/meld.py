"""MELD as bounded by UNOS in 2002, also called MELD(i) (OPTN policy 9.1.D)."""

from __future__ import annotations

from decimal import Decimal

from domain.scores.arithmetic import half_up
from domain.scores.formula import Bounded, Formula, Intake
from domain.scores.reading import BILIRUBIN_PER_MG_DL, CREATININE_PER_MG_DL
from domain.scores.result import Score

ID = "meld.unos2002"
CONVENTIONS = ("rounding=half_up_decimal", "bili_factor=17.1", "crea_factor=88.4")

LOWEST, HIGHEST = Decimal(6), Decimal(40)

BILIRUBIN = Bounded("bilirubin", "mg/dL", BILIRUBIN_PER_MG_DL, low=Decimal(1))
CREATININE = Bounded("creatinine", "mg/dL", CREATININE_PER_MG_DL, low=Decimal(1), high=Decimal(4))
INR = Bounded("inr", low=Decimal(1))

_CREATININE, _BILIRUBIN, _INR = Decimal("0.957"), Decimal("0.378"), Decimal("1.120")
_CONSTANT = Decimal("0.643")


def unrounded(intake: Intake) -> Decimal | None:
    """MELD(i) before it is rounded, None where an input is missing or bad."""
    bilirubin = intake.bounded(BILIRUBIN)
    creatinine = intake.creatinine(CREATININE)
    inr = intake.bounded(INR)
    if bilirubin is None or creatinine is None or inr is None:
        return None
    # The policy rounds the sum to one decimal ("the tenth decimal place") and multiplies by 10 then: the same
    # as rounding ten times the sum to a whole number.
    return 10 * (_CREATININE * creatinine.ln() + _BILIRUBIN * bilirubin.ln() + _INR * inr.ln() + _CONSTANT)


def bounded(score: Decimal) -> Decimal:
    """A rounded score between 6 and 40."""
    return min(max(score, LOWEST), HIGHEST)


def compute(intake: Intake) -> Score:
    """MELD from bilirubin, creatinine, INR and dialysis."""
    raw = unrounded(intake)
    return intake.unscored() if raw is None else intake.scored(bounded(half_up(raw)), raw)


FORMULA = Formula(
    ID, "MELD (UNOS 2002)", ("bilirubin", "creatinine", "inr", "dialysis"), CONVENTIONS, compute
)
