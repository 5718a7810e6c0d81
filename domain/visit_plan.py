"""The visits that a protocol plans: what their days are counted from, their windows, and which are missed."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from domain.identifiers import Key
from domain.spec import Spec, Text, unique


class Milestone(StrEnum):
    """What a visit's day is counted from."""

    REGISTERED = "registered"
    CONSENTED = "consented"
    RANDOMIZED = "randomized"
    INFUSED = "infused"


class VisitPlan(Spec):
    """A planned visit: its target day after the anchor, and the days before and after that are in its window.

    Days are calendar days of the site; day 0 is the anchor's day.
    """

    id: Key
    name: Text
    day: Annotated[int, Field(ge=0, le=40000)]
    before: Annotated[int, Field(ge=0, le=4000)]
    after: Annotated[int, Field(ge=0, le=4000)]
    panels: tuple[Key, ...] = ()
    anchor: Milestone | None = None
    optional: bool = False


class Schedule(Spec):
    """The planned visits in order, and the days that decide a visit's status.

    A visit is `upcoming` for `upcoming_days` before its window opens, `closing` in its last
    `closing_days`, and `missed` when `missed_after_days` have passed after the window without it.
    """

    anchor: Milestone
    visits: tuple[VisitPlan, ...]
    upcoming_days: Annotated[int, Field(ge=0)] = 7
    closing_days: Annotated[int, Field(ge=0)] = 3
    missed_after_days: Annotated[int, Field(ge=0)] = 14

    @model_validator(mode="after")
    def _each_visit_once(self) -> Self:
        unique("visits", [visit.id for visit in self.visits])
        return self
