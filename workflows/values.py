"""Reading measured and graded values as people and laboratories write them, and the edit checks on them."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, StringConstraints

from domain.errors import Invalid, NotFound
from domain.identifiers import Key
from domain.item import Item, UnitForm
from domain.observation import Comparator, EditCheckFired, VisitResult


class Reading(BaseModel):
    """One value as reported: for a quantity with its unit, for an assessment the grade's code.

    `value` may begin with a comparator: `<5.1`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    item: Key
    value: Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]
    unit: str = ""
    accession: str = ""
    reference_low: str = ""
    reference_high: str = ""


class Value(NamedTuple):
    """A value to be put in the place of another: as its item has it, checked against the item's limits."""

    item: Item
    value: str
    comparator: Comparator = ""
    form: UnitForm | None = None

    @classmethod
    def read(cls, item: Item, value: str, unit: str, where: str) -> Value:
        """What people wrote, as a value of the item. Raises Invalid."""
        if not item.is_quantity:
            return cls(item, grade_of(item, value, where))
        comparator, number, form = quantity_of(item, value, unit, where)
        return cls(item, number, comparator, form)

    @property
    def told(self) -> str:
        """The value as people write it."""
        return f"{self.comparator}{self.value} {self.form.ucum if self.form else ''}".strip()


_QUANTITY = re.compile(r"(<=|>=|<|>)?[ ]*([+-]?[0-9]{1,12}(?:\.[0-9]{1,8})?)")


def readable(item: Item, reading: Reading) -> bool:
    """Whether a reported value of the item can be taken: a number in a known unit, or one of its grades."""
    try:
        if item.is_quantity:
            quantity_of(item, reading.value, reading.unit, "")
        else:
            grade_of(item, reading.value, "")
    except (Invalid, NotFound):
        return False
    return True


def quantity_of(item: Item, value: str, unit: str, where: str) -> tuple[Comparator, str, UnitForm]:
    """Comparator, number as written, and the unit form; refuses what cannot be read without guessing."""
    match = _QUANTITY.fullmatch(value)
    if match is None:
        raise Invalid("result.not_a_number", f"{item.id}: '{value}' is no number", where=where)
    form = item.unit(unit)
    if form is None:
        known = f"Known: {', '.join(each.ucum for each in item.units)}."
        if not unit:
            told = f"{item.id}: '{value}' has no unit"
            raise Invalid("result.unit_missing", told, where=where, remedy=known)
        told = f"{item.id}: unit '{unit}' is not known"
        raise NotFound("result.unit_unknown", told, where=where, remedy=known)
    return match[1] or "", match[2], form


def grade_of(item: Item, value: str, where: str) -> str:
    if item.grade(value) is None:
        known = ", ".join(grade.code for grade in item.grades)
        raise NotFound(
            "result.grade_unknown",
            f"{item.id}: '{value}' is no grade",
            where=where,
            remedy=f"Known: {known}.",
        )
    return value


def checked(visit: str, result: str, item: Item, value: str, form: UnitForm) -> list[VisitResult]:
    """The gravest edit check the value fails, judged in the item's own unit."""
    if not item.edit_checks:
        return []
    try:
        measured = Decimal(value) * form.factor
    except InvalidOperation as error:  # pragma: no cover - the pattern admits numbers only
        raise Invalid("result.not_a_number", f"'{value}' is no number") from error
    for check, limits in item.edit_checks:
        if not limits.hold(measured):
            low, high = ("" if end is None else end for end in (limits.low, limits.high))
            told_limits = f"{low}..{high} {item.units[0].ucum}"
            return [
                EditCheckFired(
                    visit=visit, result=result, check=check, value=f"{value} {form.ucum}", limits=told_limits
                )
            ]
    return []
