"""Visit windows: calendar days of the site, counted from the anchor that really happened."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from domain.visit_plan import Schedule, VisitPlan


class Window(NamedTuple):
    """The days on which a visit is in its window, both ends included, and its target day."""

    opens: date
    target: date
    closes: date

    def holds(self, day: date) -> bool:
        """Whether the day lies in the window."""
        return self.opens <= day <= self.closes


class Turns(NamedTuple):
    """The first days on which a visit that is awaited is announced, in the last days of its window, overdue,
    and missed.
    """

    announced: date
    closing: date
    overdue: date
    missed: date


def turns_of(window: Window, schedule: Schedule) -> Turns:
    """When an awaited visit changes its status, by its window and the days the protocol gives."""
    last = window.closes
    return Turns(
        window.opens - timedelta(days=schedule.upcoming_days),
        max(window.opens, last + timedelta(days=1 - schedule.closing_days)),
        last + timedelta(days=1),
        last + timedelta(days=1 + schedule.missed_after_days),
    )


def window_of(plan: VisitPlan, anchor: date) -> Window:
    """The window of a planned visit for an anchor day: day 0 is the anchor's day."""
    target = anchor + timedelta(days=plan.day)
    return Window(target - timedelta(days=plan.before), target, target + timedelta(days=plan.after))


def distance(plan: VisitPlan, anchor: date, day: date) -> int | None:
    """How many days lie between a day and a planned visit's target; None for a day outside its window."""
    late = (day - anchor).days - plan.day
    return abs(late) if -plan.before <= late <= plan.after else None
