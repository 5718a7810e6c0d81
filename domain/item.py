"""What a protocol has measured or graded: items with units, edit checks and grades, and panels of them."""

from decimal import Decimal
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, model_validator

from domain.consent import DataClass
from domain.identifiers import Key
from domain.spec import Line, Spec, Text, unique


class ItemClass(Spec):
    """What kind of data an item is; an item that is not named is clinical."""

    item: Key
    data_class: DataClass


class Limits(Spec):
    """The values that pass, both ends included, in the item's own unit."""

    low: Decimal | None = None
    high: Decimal | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low is None and self.high is None:
            raise ValueError("limits name a low value, a high value, or both")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low {self.low} lies above high {self.high}")
        return self

    def within(self, wider: "Limits") -> bool:
        """Whether all that passes these limits passes `wider` too, at the ends both of them name."""
        low = self.low is None or wider.low is None or self.low >= wider.low
        high = self.high is None or wider.high is None or self.high <= wider.high
        return low and high

    def hold(self, value: Decimal) -> bool:
        """Whether the value lies inside."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


class UnitForm(Spec):
    """A unit a laboratory may report in: its UCUM code, other spellings, the factor to the item's own unit.

    A value in this unit times `factor` is the value in the item's own unit, which is the first one listed.
    """

    ucum: Line
    aliases: tuple[Line, ...] = ()
    factor: Annotated[Decimal, Field(gt=0)] = Decimal(1)
    loinc: str = ""


class Grade(Spec):
    """One grade of a clinical assessment."""

    code: Key
    name: Text


class Item(Spec):
    """Something measured or graded. A quantity has units and edit checks; an assessment has grades.

    The first unit is the item's own: the edit checks are in it. Outside `reject` a value is not usable until
    resolved; outside `query`, which lies inside `reject`, it is to be confirmed.
    """

    id: Key
    name: Text
    units: tuple[UnitForm, ...] = ()
    reject: Limits | None = None
    query: Limits | None = None
    grades: tuple[Grade, ...] = ()

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.units) == bool(self.grades):
            raise ValueError("an item has either units (a quantity) or grades (an assessment)")
        if self.grades and (self.reject or self.query):
            raise ValueError("edit checks need units: an assessment has none")
        if self.units and self.units[0].factor != 1:
            raise ValueError("units: the first unit is the item's own, so its factor is 1")
        if self.reject and self.query and not self.query.within(self.reject):
            raise ValueError("query: these limits must lie inside the reject limits")
        unique("units", [spelling for unit in self.units for spelling in (unit.ucum, *unit.aliases)])
        unique("grades", [grade.code for grade in self.grades])
        return self

    @property
    def is_quantity(self) -> bool:
        """Whether this is measured in units."""
        return bool(self.units)

    def unit(self, spelling: str) -> UnitForm | None:
        """The unit form a laboratory's spelling means, or None."""
        return self._spellings.get(spelling)

    def grade(self, code: str) -> Grade | None:
        """The grade of that code, or None."""
        return self._grades.get(code)

    @cached_property
    def edit_checks(self) -> tuple[tuple[str, Limits], ...]:
        """The edit checks and their limits, the gravest first."""
        stated = (("reject", self.reject), ("query", self.query))
        return tuple((check, limits) for check, limits in stated if limits is not None)

    @cached_property
    def _grades(self) -> dict[str, Grade]:
        return {grade.code: grade for grade in self.grades}

    @cached_property
    def _spellings(self) -> dict[str, UnitForm]:
        return {spelling: form for form in self.units for spelling in (form.ucum, *form.aliases)}


class Panel(Spec):
    """Items taken together."""

    id: Key
    name: Text
    items: Annotated[tuple[Key, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _each_item_once(self) -> Self:
        unique("items", list(self.items))
        return self
