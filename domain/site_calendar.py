"""The working days of a site. They decide when an alert goes on to a further role, and never move a window.

Which days are public holidays is told by whoever keeps calendars (`adapters.calendar`).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Protocol


class SiteCalendar(Protocol):
    """The calendar of one site."""

    def is_working(self, day: date) -> bool:
        """Whether the site works on that day; a weekend made up for a holiday is a working day."""

    def name_of(self, day: date, language: str = "en") -> str:
        """What a day is that is not as its weekday would have it, as a public holiday; else "". It is told in
        English or Chinese (`en`, `zh`) as far as it has a name there.
        """


class Weekdays:
    """Monday to Friday, no holidays: the calendar of a site whose protocol names none."""

    def is_working(self, day: date) -> bool:
        """Whether the day is a Monday to Friday."""
        return day.weekday() < 5

    def name_of(self, day: date, language: str = "en") -> str:
        """Nothing: no day is other than its weekday."""
        return ""


def after_working_days(calendar: SiteCalendar, day: date, count: int) -> date:
    """The day after so many whole working days, the first of them the next working day after `day`."""
    while count:
        day += timedelta(days=1)
        count -= calendar.is_working(day)
    return day + timedelta(days=1)
