"""Child-Pugh, with bilirubin banded in umol/L at 34 and 51 and INR for coagulation (Pugh 1973, SI bands)."""

from __future__ import annotations

from decimal import Decimal

from domain.scores.formula import Bands, Formula, Intake
from domain.scores.result import Score

ID = "child_pugh.si_34_51"

BILIRUBIN = Bands("bilirubin", Decimal(34), Decimal(51), (1, 2, 3))  # umol/L
INR = Bands("inr", Decimal("1.7"), Decimal("2.3"), (1, 2, 3))
ALBUMIN = Bands("albumin", Decimal(28), Decimal(35), (3, 2, 1))  # g/L
ASCITES = (1, 2, 3, 3)  # none, mild, moderate, severe
ENCEPHALOPATHY = (1, 2, 2, 3, 3)  # West Haven 0 (or minimal), I, II, III, IV

MOST_IN_A, MOST_IN_B = 6, 9


def compute(intake: Intake) -> Score:
    """Child-Pugh points 5 to 15, and the class."""
    parts = (
        intake.points(BILIRUBIN),
        intake.points(INR),
        intake.points(ALBUMIN),
        intake.ascites(ASCITES),
        intake.encephalopathy(ENCEPHALOPATHY),
    )
    points = [each for each in parts if each is not None]
    if len(points) < len(parts):
        return intake.unscored()
    total = sum(points)
    return intake.scored(Decimal(total), Decimal(total), class_of(total))


def class_of(points: int) -> str:
    """The class of 5 to 15 points: A to 6, B to 9, C from 10."""
    if points <= MOST_IN_A:
        return "A"
    return "B" if points <= MOST_IN_B else "C"


FORMULA = Formula(
    ID,
    "Child-Pugh (bilirubin bands 34 and 51 umol/L)",
    ("bilirubin", "inr", "albumin", "ascites", "encephalopathy"),
    (
        "bili_factor=17.1",
        "cp_bili=si_34_51",
        "cp_coag=INR 1.7/2.3",
        "cp_alb=35/28",
        "cp_ascites=none 1, mild 2, moderate and severe 3",
        "cp_cholestatic=off",
    ),
    compute,
)
