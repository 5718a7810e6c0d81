"""What a formula answers: the score, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

DIALYSIS_UNKNOWN = "provisional:dialysis_unknown"
"""The measured creatinine was used although nobody recorded whether there was dialysis."""


@dataclass(frozen=True, slots=True)
class Used:
    """How one input entered a score: lineage from the report to the number in the formula.

    `given` is the input as reported, empty where there was none; `value` the number that entered the formula,
    in `unit`. `why` says what made it differ from the converted report: `lower bound`, `upper bound`,
    `dialysis`; `points` and `coefficient` where a band or category was turned into a number; `step` for a
    number the formula arrived at on its way, as the rounded MELD(i) in MELD-Na.
    """

    name: str
    given: str
    value: Decimal
    unit: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """A score under a formula. Without a value, `missing` or `error` says why.

    `value` is rounded and bounded as the formula says; `raw` is the same before the last rounding and before
    the bounds, as a text of 28 significant digits; `grade` is the Child-Pugh class A to C or the ALBI grade
    1 to 3.
    """

    formula: str
    value: Decimal | None = None
    grade: str | None = None
    raw: str | None = None
    used: tuple[Used, ...] = ()
    missing: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    error: str | None = None
