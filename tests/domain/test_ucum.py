"""Units by the grammar of UCUM: what laboratories report in is taken, what people write besides is not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ucum import fault_of

UNITS = (
    "U/L umol/L mg/dL g/L g/dL s {INR} mmol/L meq/L 10*9/L 10*6/kg 10*12/L 10*6.{cells}/kg mL.kg-1 % mm[Hg]",
    "[IU]/mL m[IU]/L k[IU]/L [iU] kat/L ukat/L nkat/L fL pg ng/mL ug/L ng/dL pmol/L mosm/kg mosm/kg{serum}",
    "Cel [degF] 1 {score} /uL /[HPF] {cells}/uL kg/m2 mL/min mL/min/{1.73_m2} mL/min/1.73.m2 10*3/uL 10^9/L",
    "10*-3 m2 mm/h dB B[SPL] h d wk mo a deg cm[H2O] [pH] g/(24.h) mg/(kg.d) (mg/kg)/d dyn.s/cm5 [GPL'U]",
    "[CFU]/mL [Amb'a'1'U] cL daN KiBy mg{creat} g.m/s2 m[Hg] nmol/min/mg{protein} 2.mg m+2 [in_i] kBq MBq",
    "mGy Ohm l dl mg/dl bit_s mg% MG",
)

WRONG = {
    "": "missing at the end",
    "IU/L": r"write \[IU\]",
    "mmHg": r"write mm\[Hg\]",
    "mEq/L": "write meq",
    "µmol/L": "write umol",
    "°C": "write Cel",
    "sec": "write s",
    "mcg/L": "write ug",
    "mg/": "missing at the end",
    "mg//L": "no unit begins with '/'",
    "mg L": "left over",
    "mg/(kg.d": "a bracket is not closed",
    "mg)": "left over",
    "mg/{dL": "no unit begins",
    "kmin": "no unit kmin",
    "dmin": "no unit dmin",
    "k%": "no unit k%",
    "MG/DL": "no unit DL",
    "ug/ml/hr": "write h",
    "x10*9/L": "no unit x",
    "10**9/L": "left over",
    "{a{b}}": "no unit begins",
    "[foo]": r"no unit \[foo\]",
    "(" * 10_000: "too many brackets",
}


@pytest.mark.parametrize("unit", [unit for line in UNITS for unit in line.split()])
def test_what_laboratories_report_in_is_a_unit(unit: str) -> None:
    assert fault_of(unit) == ""


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text[:20])
def test_what_is_no_unit_is_told_why(text: str) -> None:
    assert re.search(WRONG[text], fault_of(text)), fault_of(text)


@given(st.text(alphabet="mgLdkUu10*^/.(){}[]'+-% IU", max_size=12))
def test_any_text_has_an_answer(text: str) -> None:
    fault = fault_of(text)
    if not fault:
        assert fault_of(f"({text.removeprefix('/')})/L") == ""
