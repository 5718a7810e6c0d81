"""The product that a protocol has infused: routes, number, dose and its tolerance, use-by and watch."""

import re
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.identifiers import Key
from domain.spec import Line, Spec, Text

_BY_WEIGHT = re.compile(r"/kg\b|\bkg-1\b", re.ASCII)


class UseBy(StrEnum):
    """What must happen before the product's use-by time."""

    START = "start"
    END = "end"


class Product(Spec):
    """The product that is infused: its routes, planned infusions and dose, and for how many hours somebody
    is watched after it; None where the protocol asks for no watch.

    A dose given that differs from the planned one by more than `dose_tolerance` per cent departs from the
    protocol. Where a protocol says nothing, that is ten per cent.
    """

    name: Text
    routes: Annotated[tuple[Key, ...], Field(min_length=1)]
    infusions: Annotated[int, Field(ge=1, le=100)]
    dose: Annotated[Decimal, Field(gt=0)]
    dose_unit: Line
    dose_tolerance: Annotated[Decimal, Field(ge=0, lt=100)] = Decimal(10)
    use_by: UseBy = UseBy.START
    observation_hours: Annotated[int, Field(ge=1, le=720)] | None = None

    @property
    def is_by_weight(self) -> bool:
        """Whether the dose is for each kilogram of body weight, as UCUM writes it: `10*6/kg`, `mL.kg-1`."""
        return _BY_WEIGHT.search(self.dose_unit) is not None
