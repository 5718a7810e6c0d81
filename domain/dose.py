"""The dose of an infusion held against the one that the protocol plans.

A planned dose is in cells (`10*6`, or another power of ten) or in `mL`, absolute or for each kilogram of body
weight (`10*6/kg`), as UCUM writes it. What was given is recorded as 10^6 cells and as millilitres. Nothing is
put in the place of what is not recorded, and a dose in any other unit is not judged.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from domain.amount import Amount
from domain.infusion import Infusion
from domain.planned_dose import dose_in_words
from domain.product import Product
from domain.trial import Trial

_UNIT = re.compile(r"(?:10\*(?P<power>\d{1,2})(?:\.?\{[^{}]*\})?|(?P<volume>m[lL]))(?P<each>/kg)?", re.ASCII)


class Dose(NamedTuple):
    """The dose given and the one planned, both in `unit`: `10*6` cells, or `mL`.

    `lacks` names what is not recorded and should be: `cells_million`, `volume_ml`, `weight_kg`; `facts` are
    the positions of those that say what is. `plan` is the planned dose in words, `tolerance` how many per
    cent of it more or less may be given.
    """

    given: Decimal | None
    planned: Decimal | None
    unit: str
    plan: str
    lacks: tuple[str, ...]
    facts: tuple[int, ...]
    tolerance: Decimal

    @property
    def departs(self) -> bool:
        """Whether what was given is known to differ from what is planned by more than the tolerance."""
        if self.given is None or self.planned is None:
            return False
        return abs(self.given - self.planned) * 100 > self.tolerance * self.planned

    @property
    def told(self) -> str:
        """The dose in words: what was given, what was planned, and what of it is not recorded."""
        unit = "mL" if self.unit == "mL" else "x 10^6 cells"
        given = "not recorded" if self.given is None else f"{self.given:f} {unit}"
        known = "" if self.planned is None else f"{self.planned:f} {unit}"
        planned = f"{known} ({self.plan})" if known not in ("", self.plan) else self.plan
        unknown = "" if self.planned is not None else ", weight not recorded"
        return f"given {given}, planned {planned}{unknown}"


def dose_of(infusion: Infusion, trial: Trial) -> Dose | None:
    """The dose of an infusion that has ended, held against the protocol version it was given under; None for
    one that has not, and where that version plans no dose or one in another unit than these.
    """
    versions = [each.version for each in trial.versions]
    if not infusion.has_ended or infusion.protocol_version not in versions:
        return None
    product = trial.document(infusion.protocol_version).protocol.product
    form = _UNIT.fullmatch(product.dose_unit) if product is not None else None
    return None if product is None or form is None else _dose(infusion, product, form)


def _dose(infusion: Infusion, product: Product, form: re.Match[str]) -> Dose:
    given = infusion.volume_ml if form["volume"] else infusion.cells_million
    factor = Decimal(1) if form["volume"] else Decimal(10) ** (int(form["power"]) - 6)
    weight = infusion.weight_kg if form["each"] else Amount(Decimal(1), 0)
    lacks = (
        *(() if given else ("volume_ml" if form["volume"] else "cells_million",)),
        *(() if weight else ("weight_kg",)),
    )
    said = (given.fact if given else 0, weight.fact if weight else 0)
    return Dose(
        given.value if given else None,
        product.dose * factor * weight.value if weight else None,
        "mL" if form["volume"] else "10*6",
        dose_in_words(product.dose, product.dose_unit)[0],
        lacks,
        tuple(dict.fromkeys(fact for fact in said if fact)),
        product.dose_tolerance,
    )
