"""How much of a product was given, as it is recorded and as people write it: cells in 10^6, mL, kg."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple


class Amount(NamedTuple):
    """A recorded amount, and the position of the fact that says it."""

    value: Decimal
    fact: int


def in_words(cells: Decimal | None, volume: Decimal | None, weight: Decimal | None) -> str:
    """Cells, volume and weight as people write them, those that are recorded; `—` for none."""
    said = ((cells, "x 10^6"), (volume, "mL"), (weight, "kg"))
    return ", ".join(f"{value} {unit}" for value, unit in said if value is not None) or "—"


def besides(cells: Decimal | None, weight: Decimal | None = None) -> tuple[str, str]:
    """What is recorded of cells and weight, to follow on in a sentence, in English and in Chinese."""
    en = "" if cells is None else f", {cells} x 10^6 cells"
    zh = "" if cells is None else f"，{cells} x 10^6 个细胞"
    if weight is None:
        return en, zh
    return f"{en}, weight {weight} kg", f"{zh}，体重 {weight} kg"
