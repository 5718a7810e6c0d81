"""What a score is computed from, as it was reported."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measured value as reported: the text of the number, its unit, and `<`, `<=`, `>` or `>=` before it.

    The comparator may also stand in the text, as in `<5.1`. INR has no unit; sodium without one is in mmol/L,
    because mEq/L is the same number.
    """

    value: str
    unit: str = ""
    comparator: str = ""

    def __str__(self) -> str:
        return f"{self.comparator}{self.value} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class ScoreInputs:
    """The inputs of all formulas; each takes those it needs. None, or an empty text, is missing.

    `dialysis` is whether two or more treatments, or 24 hours of continuous haemodialysis, fell within the
    7 days before the creatinine sample. `sex` is female or male; `ascites` none, mild, moderate or severe;
    `encephalopathy` the West Haven grade 0 to 4, minimal being 0.
    """

    bilirubin: Quantity | None = None
    creatinine: Quantity | None = None
    inr: Quantity | None = None
    sodium: Quantity | None = None
    albumin: Quantity | None = None
    sex: str | None = None
    dialysis: bool | None = None
    ascites: str | None = None
    encephalopathy: int | None = None
