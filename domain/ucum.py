"""Whether a text is a unit of UCUM, case sensitive: read by its grammar, with the units that medicine uses.

Source: The Unified Code for Units of Measure, version 2.1, §§2-12 and tables 1-18 (ucum.org). The units of
trade and of printing are left out, and so are homeopathic ones: no laboratory reports in them.
"""

from __future__ import annotations

import re
from typing import NamedTuple


def _named(*lines: str) -> frozenset[str]:
    return frozenset(symbol for line in lines for symbol in line.split())


_METRIC = _named(
    "m s g rad K C cd mol sr Hz N Pa J W A V F Ohm S Wb Cel T H lm lx Bq Gy Sv l L ar t bar u eV pc",
    "[c] [h] [k] [eps_0] [mu_0] [e] [m_e] [m_p] [G] [g] [ly] gf Ky Gal dyn erg P Bi St Mx G Oe Gb sb Lmb ph",
    "Ci R RAD REM cal_[15] cal_[20] cal_m cal_IT cal_th cal m[H2O] m[Hg] eq osm g% kat U [iU] [IU] Np B",
    "B[SPL] B[V] B[mV] B[uV] B[10.nV] B[W] B[kW] st mho bit By Bd tex",
)
_PLAIN = _named(
    "10* 10^ [pi] % [ppth] [ppm] [ppb] [pptr] gon deg ' '' min h d a_t a_j a_g a wk mo_s mo_j mo_g mo AU",
    "[in_i] [ft_i] [yd_i] [mi_i] [lb_av] [oz_av] [gr] [gal_us] [qt_us] [pt_us] [foz_us] [cup_us] [tbs_us]",
    "[tsp_us] [drp] [degF] [Cal] [psi] [in_i'H2O] [in_i'Hg] [PRU] [wood'U] [diop] [p'diop] [MET] [HPF]",
    "[LPF] [NTU] [FNU] [pH] [S] [Ch] [arb'U] [USP'U] [GPL'U] [MPL'U] [APL'U] [beth'U] [anti'Xa'U]",
    "[todd'U] [dye'U] [smgy'U] [bdsk'U] [ka'U] [knk'U] [mclg'U] [tb'U] [CCID_50] [TCID_50] [EID_50] [PFU]",
    "[FFU] [CFU] [IR] [BAU] [AU] [Amb'a'1'U] [PNU] [Lf] [D'ag'U] [FEU] [ELU] [EU] [hnsf'U] bit_s att",
    "circ sph",
)
_PREFIXES = _named("Y Z E P T G M k h da d c m u n p f a z y Ki Mi Gi Ti")
_INSTEAD = {
    "IU": "[IU]",
    "mIU": "m[IU]",
    "mmHg": "mm[Hg]",
    "Eq": "eq",
    "mEq": "meq",
    "mOsm": "mosm",
    "sec": "s",
    "hr": "h",
    "mcg": "ug",
    "µg": "ug",
    "µmol": "umol",
    "µL": "uL",
    "°C": "Cel",
}
"""What people write for a unit, and its code."""

_ANNOTATION = re.compile(r"\{[!-z|~]*\}")
_FACTOR = re.compile(r"[0-9]+(?![*^0-9])")
_UNIT = re.compile(r"10[*^]|%|(?:[^\s0-9./(){}+\-\[\]*^%\"]|\[[^\s\[\]{}]+\])+%?")
_EXPONENT = re.compile(r"[+-]?[0-9]+")


class _Wrong(Exception):
    """Why a text is no unit."""


def fault_of(code: str) -> str:
    """Why a text is no unit of UCUM, and what to write instead where that is known; empty for a unit."""
    try:
        left = _term(_Rest(code.removeprefix("/"), 0)).text
    except _Wrong as wrong:
        return str(wrong)
    return f"'{left}' is left over" if left else ""


class _Rest(NamedTuple):
    """What is still to be read, and how many brackets are open."""

    text: str
    depth: int

    def after(self, length: int) -> _Rest:
        return self._replace(text=self.text[length:])


def _term(rest: _Rest) -> _Rest:
    """What follows a term: parts with points and slashes between them."""
    rest = _part(rest)
    while rest.text.startswith((".", "/")):
        rest = _part(rest.after(1))
    return rest


def _part(rest: _Rest) -> _Rest:
    """What follows a part of a term: a unit, a number, an annotation, or a term in brackets."""
    text = rest.text
    if not text:
        raise _Wrong("a unit is missing at the end")
    if text.startswith("("):
        if rest.depth >= _DEEPEST:
            raise _Wrong("too many brackets")
        inner = _term(_Rest(text[1:], rest.depth + 1))
        if not inner.text.startswith(")"):
            raise _Wrong("a bracket is not closed")
        return _Rest(inner.text[1:], rest.depth)
    annotation, factor = _ANNOTATION.match(text), _FACTOR.match(text)
    if annotation is not None:
        return rest.after(annotation.end())
    if factor is not None:
        return rest.after(factor.end())
    return _annotated(_unit(rest))


def _unit(rest: _Rest) -> _Rest:
    """What follows a unit and its exponent."""
    found = _UNIT.match(rest.text)
    if found is None:
        raise _Wrong(f"no unit begins with '{rest.text[0]}'")
    if not _is_unit(found[0]):
        instead = _INSTEAD.get(found[0])
        raise _Wrong(f"there is no unit {found[0]}" + (f": write {instead}" if instead else ""))
    rest = rest.after(found.end())
    exponent = _EXPONENT.match(rest.text)
    return rest if exponent is None else rest.after(exponent.end())


def _annotated(rest: _Rest) -> _Rest:
    """What follows the annotation of a unit, where it has one."""
    annotation = _ANNOTATION.match(rest.text)
    return rest if annotation is None else rest.after(annotation.end())


def _is_unit(symbol: str) -> bool:
    """Whether a symbol is a unit, or a metric one after a prefix."""
    return (
        symbol in _METRIC
        or symbol in _PLAIN
        or any(symbol[:cut] in _PREFIXES and symbol[cut:] in _METRIC for cut in (1, 2))
    )


_DEEPEST = 20
