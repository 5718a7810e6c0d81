"""Measured values as people type them: `tbil="54 umol/L"`, `inr=1.7`, `ascites=mild`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from domain.errors import Invalid

if TYPE_CHECKING:
    from domain.item import Item
    from domain.protocol import Protocol

_NUMBER = re.compile(r"((?:<=|>=|<|>)?\s*[+-]?\d+(?:\.\d+)?)(?![.\d]|[eExX][+-]?\d)\s*(.*)", re.DOTALL)
"""A number ends where it ends: what goes on as 1.2.3, 1e3 or 0x10 has no strange unit, it is no number."""


def readings(words: Sequence[str], protocol: Protocol, accession: str) -> list[dict[str, str]]:
    """What `ITEM=VALUE` words say. Raises Invalid for a word of another form."""
    found = []
    for word in words:
        item, equals, text = word.partition("=")
        if not equals or not item.strip() or not text.strip():
            raise Invalid(
                "usage.reading",
                f"'{word}' is not ITEM=VALUE",
                remedy='Write tbil="54 umol/L" or ascites=mild.',
            )
        value, unit = value_and_unit(text, protocol.item_plans.get(item.strip()))
        found.append({"item": item.strip(), "value": value, "unit": unit, "accession": accession})
    return found


def value_and_unit(text: str, item: Item | None) -> tuple[str, str]:
    """The value and its unit; a grade has none, and a pure number need not name that it has none."""
    text = text.strip()
    split = _NUMBER.fullmatch(text)
    if item is not None and not item.is_quantity:
        return text, ""
    if split is None:
        if item is None:
            return text, ""
        remedy = "Write it as 5.4, or as <5.4, <=5.4, >5.4 or >=5.4 where it was reported so."
        raise Invalid("result.not_a_number", f"{item.id}: '{text}' is no number", remedy=remedy)
    value, unit = split[1], split[2]
    if re.match(r"[,，]\s*\d", unit):
        named = f"{item.id}: " if item is not None else ""
        raise Invalid(
            "result.not_a_number", f"{named}'{text}' holds a comma", remedy="Write a decimal point, as 5.4."
        )
    if not unit and item is not None and len(item.units) == 1 and _is_pure_number(item.units[0].ucum):
        unit = item.units[0].ucum
    return value, unit


def _is_pure_number(ucum: str) -> bool:
    """UCUM writes the unit of a ratio as 1, or as a remark in braces."""
    return ucum == "1" or re.fullmatch(r"\{[^}]*\}", ucum) is not None
