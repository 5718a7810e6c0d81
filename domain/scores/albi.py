"""ALBI, the albumin-bilirubin score (Johnson 2015)."""

from __future__ import annotations

from decimal import Decimal

from domain.scores.arithmetic import half_up
from domain.scores.formula import Bounded, Formula, Intake
from domain.scores.result import Score

ID = "albi.2015"

BILIRUBIN = Bounded("bilirubin", "umol/L")
ALBUMIN = Bounded("albumin", "g/L")

HUNDREDTH = Decimal("0.01")
MOST_IN_GRADE_1, MOST_IN_GRADE_2 = Decimal("-2.60"), Decimal("-1.39")

_BILIRUBIN, _ALBUMIN = Decimal("0.66"), Decimal("0.085")


def compute(intake: Intake) -> Score:
    """ALBI to two decimals; the grade is that of the unrounded value."""
    bilirubin = intake.bounded(BILIRUBIN)
    albumin = intake.bounded(ALBUMIN)
    if bilirubin is None or albumin is None:
        return intake.unscored()
    raw = _BILIRUBIN * bilirubin.log10() - _ALBUMIN * albumin
    return intake.scored(half_up(raw, HUNDREDTH), raw, grade_of(raw))


def grade_of(raw: Decimal) -> str:
    """The grade of an unrounded ALBI: 1 to -2.60, 2 to -1.39, 3 above."""
    if raw <= MOST_IN_GRADE_1:
        return "1"
    return "2" if raw <= MOST_IN_GRADE_2 else "3"


FORMULA = Formula(
    ID,
    "ALBI (2015)",
    ("bilirubin", "albumin"),
    ("rounding=half_up_decimal", "bili_factor=17.1", "albi_coef=0.085"),
    compute,
)
