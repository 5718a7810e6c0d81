"""A planned dose as people write it: a protocol has it in a unit of UCUM."""

from __future__ import annotations

import re
from decimal import Decimal

_DOSE = re.compile(r"10\*(?P<power>\d{1,2})(?:\.?\{[^{}]*\})?(?P<each>/kg)?", re.ASCII)


def dose_in_words(dose: Decimal, unit: str) -> tuple[str, str]:
    """A planned dose as people write it, in English and in Chinese: `10*6/kg` of UCUM is a number of cells
    for each kilogram. In any other unit it stands as the protocol has it.
    """
    cells = _DOSE.fullmatch(unit)
    if cells is None:
        return f"{dose:f} {unit}", f"{dose:f} {unit}"
    told = f"{dose:f} x 10^{cells['power']}"
    each = ("", "") if cells["each"] is None else (" per kg", "每公斤 ")
    return f"{told} cells{each[0]}", f"{each[1]}{told} 个细胞"
