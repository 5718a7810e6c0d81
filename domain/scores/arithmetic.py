"""Decimal arithmetic for scores: digits enough that no rounding before the last can show."""

from __future__ import annotations

from decimal import (
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)

PRECISE = Context(prec=50, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])
"""Formulas run in a copy of this. Values of up to 40 digits are converted and compared in it exactly."""

_TOLD = Context(prec=28, rounding=ROUND_HALF_EVEN)


def half_up(value: Decimal, step: Decimal = Decimal(1)) -> Decimal:
    """The value rounded to the step, 1 or 0.01; a tie goes away from zero, as it is done by hand."""
    rounded = value.quantize(step, rounding=ROUND_HALF_UP)
    return rounded or abs(rounded)  # there is no score of minus zero


def told(value: Decimal) -> str:
    """The value as a text of at most 28 significant digits, with neither exponent nor zeros at its end."""
    return f"{_TOLD.normalize(value):f}" if value else "0"
