"""The scores written down a second time, from the policies and papers and from nothing in Trialog.

Values are fractions, so that conversion, bounds, bands and ties are exact; logarithms are floats of those.
Where a float decides a rounding too closely to be trusted, the oracle says so.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

HALF = Fraction(1, 2)
SAFE = 1e-9
"""How far from a tie a sum with logarithms must be for floats to decide."""

Answer = tuple[float | None, str | None, tuple[str, ...]]
"""Value, class or grade, and what is missing."""


class TooClose(Exception):
    """A float cannot decide this one."""


class Patient(NamedTuple):
    """What is known of a patient, as fractions: bilirubin and creatinine in umol/L, albumin in g/L."""

    bilirubin: Fraction | None
    creatinine: Fraction | None
    inr: Fraction | None
    sodium: Fraction | None
    albumin: Fraction | None
    sex: str | None
    dialysis: bool | None
    ascites: str | None
    encephalopathy: int | None


def _nearest(exact: Fraction, logarithms: float) -> int:
    """The whole number nearest to a sum of an exact part and a part with logarithms; ties go up."""
    if logarithms == 0:
        return math.floor(exact + HALF)
    total = float(exact) + logarithms
    if abs(total - math.floor(total) - 0.5) < SAFE:
        raise TooClose
    return round(total)


def _within(value: Fraction, low: str, high: str) -> Fraction:
    return sorted((Fraction(low), value, Fraction(high)))[1]


def _ln(value: Fraction) -> float:
    return 0.0 if value == 1 else math.log(value.numerator) - math.log(value.denominator)


def _unknown(patient: Patient, *names: str) -> tuple[str, ...]:
    without = {"creatinine"} if patient.dialysis else set()
    return tuple(each for each in names if getattr(patient, each) is None and each not in without)


def _mg(patient: Patient, most_creatinine: str) -> tuple[Fraction, Fraction, Fraction]:
    assert patient.bilirubin is not None
    assert patient.inr is not None
    bilirubin = max(Fraction(1), patient.bilirubin * 10 / 171)
    inr = max(Fraction(1), patient.inr)
    if patient.dialysis:
        return bilirubin, Fraction(most_creatinine), inr
    assert patient.creatinine is not None
    return bilirubin, _within(patient.creatinine * 10 / 884, "1", most_creatinine), inr


def _initial(patient: Patient) -> int:
    bilirubin, creatinine, inr = _mg(patient, "4")
    # Powers instead of a sum of logarithms: 10 x (0.957 ln C + 0.378 ln B + 1.120 ln INR).
    power = float(creatinine) ** 9.57 * float(bilirubin) ** 3.78 * float(inr) ** 11.2
    return _nearest(Fraction("6.43"), math.log(power))


def meld(patient: Patient) -> Answer:
    missing = _unknown(patient, "bilirubin", "creatinine", "inr")
    return (None, None, missing) if missing else (min(40, _initial(patient)), None, ())


def meld_na(patient: Patient) -> Answer:
    if _unknown(patient, "bilirubin", "creatinine", "inr"):
        return None, None, _unknown(patient, "bilirubin", "creatinine", "inr", "sodium")
    initial = _initial(patient)
    if not initial > 11:
        return initial, None, ()
    if patient.sodium is None:
        return None, None, ("sodium",)
    lack = 137 - _within(patient.sodium, "125", "137")
    return min(40, _nearest(initial + lack * Fraction(1320 - 33 * initial, 1000), 0)), None, ()


def meld_3_0(patient: Patient) -> Answer:
    missing = _unknown(patient, "bilirubin", "creatinine", "inr", "sodium", "albumin", "sex")
    if missing:
        return None, None, missing
    assert patient.sodium is not None
    assert patient.albumin is not None
    bilirubin, creatinine, inr = _mg(patient, "3")
    lack = 137 - _within(patient.sodium, "125", "137")
    low = Fraction(7, 2) - _within(patient.albumin / 10, "1.5", "3.5")
    exact = (
        Fraction("7.33" if patient.sex == "female" else "6")
        + lack * Fraction(82, 100)
        + low * Fraction(185, 100)
    )
    logarithms = (
        float(Fraction(456, 100) - lack * Fraction(24, 100)) * _ln(bilirubin)
        + 9.09 * _ln(inr)
        + float(Fraction(1114, 100) - low * Fraction(183, 100)) * _ln(creatinine)
    )
    return max(6, min(40, _nearest(exact, logarithms))), None, ()


def child_pugh(patient: Patient) -> Answer:
    missing = _unknown(patient, "bilirubin", "inr", "albumin", "ascites", "encephalopathy")
    if missing:
        return None, None, missing
    assert patient.bilirubin is not None
    assert patient.inr is not None
    assert patient.albumin is not None
    points = 5
    points += (patient.bilirubin >= 34) + (patient.bilirubin > 51)
    points += (patient.inr >= Fraction("1.7")) + (patient.inr > Fraction("2.3"))
    points += (patient.albumin <= 35) + (patient.albumin < 28)
    points += {"none": 0, "mild": 1, "moderate": 2, "severe": 2}[patient.ascites or ""]
    points += {0: 0, 1: 1, 2: 1, 3: 2, 4: 2}[-1 if patient.encephalopathy is None else patient.encephalopathy]
    return points, "AABBBCCCCCC"[points - 5], ()


def albi(patient: Patient) -> Answer:
    missing = _unknown(patient, "bilirubin", "albumin")
    if missing:
        return None, None, missing
    assert patient.bilirubin is not None
    assert patient.albumin is not None
    tens = math.log10(patient.bilirubin)
    hundredths = 66 * tens - float(patient.albumin * 17 / 2)
    if tens.is_integer() and Fraction(10) ** int(tens) == patient.bilirubin:
        exact = 66 * int(tens) - patient.albumin * 17 / 2
        size = math.floor(abs(exact) + HALF)  # a tie goes away from zero
        return math.copysign(size, exact) / 100, _grade(hundredths), ()
    if abs(hundredths - math.floor(hundredths) - 0.5) < SAFE:
        raise TooClose
    return round(hundredths) / 100, _grade(hundredths), ()


def _grade(hundredths: float) -> str:
    if min(abs(hundredths + 260), abs(hundredths + 139)) < SAFE:
        raise TooClose
    return str(1 + (hundredths > -260) + (hundredths > -139))


ORACLES = {
    "meld.unos2002": meld,
    "meld_na.optn2016": meld_na,
    "meld_3_0.optn2023": meld_3_0,
    "child_pugh.si_34_51": child_pugh,
    "albi.2015": albi,
}
