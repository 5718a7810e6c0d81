"""Public holidays and working days of a site, by the library `holidays`.

It knows the working weekends that China announces each year in exchange for days off. For years that are not
announced yet it tells the statutory days only, as anybody must.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from domain.errors import Invalid
from domain.site_calendar import SiteCalendar, Weekdays

if TYPE_CHECKING:
    from holidays import HolidayBase

    from domain.protocol import Site

_ENGLISH = "en_US"


class PublicHolidays:
    """The calendar of a country, or of a region of it."""

    def __init__(self, place: str) -> None:
        """The calendar of a place such as `CN` or `DE-BE`. Raises Invalid when there is none."""
        from holidays import country_holidays

        country, _, region = place.partition("-")
        try:
            known = country_holidays(country, subdiv=region or None)
            if _ENGLISH in known.supported_languages:
                known = country_holidays(country, subdiv=region or None, language=_ENGLISH)
        except NotImplementedError as error:
            raise Invalid(
                "calendar.unknown",
                f"no public holidays are known for '{place}'",
                remedy="Give a country, as CN, or a region of it, as DE-BE.",
            ) from error
        self._days: HolidayBase = known

    def is_working(self, day: date) -> bool:
        """Whether the day is a working day, a weekend made up for a holiday among them."""
        return self._days.is_working_day(day)

    def name_of(self, day: date) -> str:
        """The name of a public holiday, or that a weekend day is a working day; "" for any other day."""
        name = self._days.get(day)
        if name:
            return name
        return "working day in exchange" if day.weekday() >= 5 and self.is_working(day) else ""


@lru_cache(maxsize=64)
def _calendar(place: str) -> SiteCalendar:
    return PublicHolidays(place) if place else Weekdays()


def calendar_of(site: Site) -> SiteCalendar:
    """The calendar of a site as its protocol names it. Raises Invalid when nobody knows that one."""
    return _calendar(site.calendar)
