"""From a reported value to what it says of the true one: number, comparator, unit, and what cannot be.

A unit is never guessed: the codes are UCUM, the other spellings are listed. A number that is likely in
another unit than it claims, or that no patient has, is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from domain.scores.inputs import Quantity

BILIRUBIN_PER_MG_DL = Decimal("17.1")
"""umol/L in 1 mg/dL of bilirubin."""
CREATININE_PER_MG_DL = Decimal("88.4")
"""umol/L in 1 mg/dL of creatinine."""
ALBUMIN_PER_G_DL = Decimal(10)
"""g/L in 1 g/dL."""

ENDLESS = Decimal("Infinity")


class Impossible(ValueError):
    """A report that can be no measurement of this: the text says why."""


class Span(NamedTuple):
    """The values a report allows: one for a plain number, all below or above for `<` and `>`."""

    low: Decimal
    high: Decimal
    open_low: bool = False
    open_high: bool = False

    def is_below(self, limit: Decimal) -> bool:
        """Whether every value allowed is less than the limit."""
        return self.high < limit or (self.high == limit and self.open_high)

    def is_above(self, limit: Decimal) -> bool:
        """Whether every value allowed is greater than the limit."""
        return self.low > limit or (self.low == limit and self.open_low)

    def times(self, factor: Decimal) -> Span:
        """The same in a unit that is `factor` times smaller."""
        return self._replace(low=self.low * factor, high=self.high * factor)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit an analyte is reported in: how many of the analyte's own unit it is, and where it is doubted."""

    code: str
    spellings: tuple[str, ...]
    factor: Decimal = Decimal(1)
    low: Decimal | None = None
    high: Decimal | None = None
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Analyte:
    """What is measured: its units, the first its own, and in that one the limits of what is used at all."""

    name: str
    low: Decimal
    high: Decimal
    units: tuple[Unit, ...]

    @property
    def spellings(self) -> Mapping[str, Unit]:
        """Every spelling of every unit."""
        return {spelling: unit for unit in self.units for spelling in (unit.code, *unit.spellings)}


_MICROMOLAR = ("µmol/L", "μmol/L", "umol/l", "µmol/l", "μmol/l", "μmol／L", "微摩尔/升")
_MMOL = ("mmol/l", "mmol／L", "毫摩尔/升", "")
_MILLIEQUIVALENT = ("mEq/L", "mEq/l", "meq/l")

ANALYTES: Mapping[str, Analyte] = {
    each.name: each
    for each in (
        Analyte(
            "bilirubin",
            Decimal(1),
            Decimal(1000),
            (
                Unit("umol/L", _MICROMOLAR),
                Unit("mg/dL", ("mg/dl",), BILIRUBIN_PER_MG_DL, high=Decimal(60), doubt="umol/L"),
            ),
        ),
        Analyte(
            "creatinine",
            Decimal(15),
            Decimal(2000),
            (
                Unit("umol/L", _MICROMOLAR),
                Unit("mg/dL", ("mg/dl",), CREATININE_PER_MG_DL, high=Decimal(20), doubt="umol/L"),
            ),
        ),
        Analyte("inr", Decimal("0.6"), Decimal(15), (Unit("{INR}", ("INR", "1", "比值", "")),)),
        Analyte(
            "sodium", Decimal(100), Decimal(180), (Unit("mmol/L", _MMOL), Unit("meq/L", _MILLIEQUIVALENT))
        ),
        Analyte(
            "albumin",
            Decimal(8),
            Decimal(65),
            (
                Unit("g/L", ("g/l", "g／L", "克/升"), low=Decimal(10), doubt="g/dL"),
                Unit("g/dL", ("g/dl",), ALBUMIN_PER_G_DL, high=Decimal(10), doubt="g/L"),
            ),
        ),
    )
}
"""Every analyte of the scores. Factors and limits: `docs/scores.md`."""

_SPELLINGS = {name: analyte.spellings for name, analyte in ANALYTES.items()}

_LONGEST = 40
_REPORT = re.compile(r"\s*(<=|>=|<|>|)\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?)\s*", re.ASCII)


def read(name: str, quantity: Quantity) -> Span:
    """What the report says of the analyte, in the analyte's own unit. Raises Impossible, with the reason."""
    unit = _unit(name, quantity)
    span = _span(name, quantity)
    report = f"{name} {shown(str(quantity))}"
    if span.high <= 0:
        raise Impossible(f"{report} is impossible: it must be above 0")
    if unit.high is not None and span.is_above(unit.high):
        raise Impossible(f"{report} is above {unit.high} {unit.code}: is the unit {unit.doubt}?")
    if unit.low is not None and span.is_below(unit.low):
        raise Impossible(f"{report} is below {unit.low} {unit.code}: is the unit {unit.doubt}?")
    own = span.times(unit.factor)
    analyte = ANALYTES[name]
    if own.is_below(analyte.low) or own.is_above(analyte.high):
        code = "" if name == "inr" else f" {analyte.units[0].code}"
        raise Impossible(f"{report} is outside the limits {analyte.low} to {analyte.high}{code}")
    return own


def _unit(name: str, quantity: Quantity) -> Unit:
    spelling = quantity.unit.strip()
    unit = _SPELLINGS[name].get(spelling)
    if unit is None:
        known = " or ".join(each.code for each in ANALYTES[name].units)
        found = f"has a unit that is not known, '{shown(spelling)}'" if spelling else "has no unit"
        raise Impossible(f"{name} {found}: write {known}")
    return unit


def _span(name: str, quantity: Quantity) -> Span:
    match = _REPORT.fullmatch(quantity.value) if len(quantity.value) <= _LONGEST else None
    if match is None:
        raise Impossible(f"{name} '{shown(quantity.value)}' is no number")
    written, number = match.groups()
    if quantity.comparator and written and quantity.comparator != written:
        raise Impossible(f"{name} says both '{shown(quantity.comparator)}' and '{written}'")
    value = Decimal(number)
    match written or quantity.comparator:
        case "":
            return Span(value, value)
        case "<" | "<=" as sign:
            return Span(Decimal(0), value, open_low=True, open_high=sign == "<")
        case ">" | ">=" as sign:
            if value <= 0:
                raise Impossible(f"{name} {shown(str(quantity))} is impossible: it must be above 0")
            return Span(value, ENDLESS, open_low=sign == ">", open_high=True)
        case other:
            raise Impossible(f"{name} has a comparator that is not known, '{shown(other)}'")


def shown(text: str) -> str:
    """A text as it fits into a message."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
