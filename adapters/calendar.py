"""Public holidays and working days of a site, by the library `holidays`.

It knows the working weekends that China announces each year in exchange for days off. For years that are not
announced yet it tells the statutory days only, as anybody must.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from domain.errors import Invalid
from domain.site_calendar import SiteCalendar, Weekdays

if TYPE_CHECKING:
    from holidays import HolidayBase

    from domain.protocol import Site

_TONGUES = {"en": "en_US", "zh": "zh_CN"}
"""The library's name of a language."""

_EXCHANGED = {"en": "working day in exchange", "zh": "调休上班"}
_AMERICAN = re.compile(r"\b(\d\d)/(\d\d)/(\d{4})\b")
"""A date as English names of holidays have it: the month, the day, the year."""


class PublicHolidays:
    """The calendar of a country, or of a region of it."""

    def __init__(self, place: str) -> None:
        """The calendar of a place such as `CN` or `DE-BE`. Raises Invalid when there is none."""
        from holidays import country_holidays

        country, _, region = place.partition("-")
        try:
            own = country_holidays(country, subdiv=region or None)
            self._days: dict[str, HolidayBase] = {
                language: country_holidays(country, subdiv=region or None, language=tongue)
                for language, tongue in _TONGUES.items()
                if tongue in own.supported_languages
            }
        except NotImplementedError as error:
            raise Invalid(
                "calendar.unknown",
                f"no public holidays are known for '{place}'",
                remedy="Give a country, as CN, or a region of it, as DE-BE.",
            ) from error
        self._days.setdefault("en", own)

    def is_working(self, day: date) -> bool:
        """Whether the day is a working day, a weekend made up for a holiday among them."""
        return self._days["en"].is_working_day(day)

    def name_of(self, day: date, language: str = "en") -> str:
        """The name of a public holiday, or that a weekend day is a working day; "" for any other day. Where
        the library has no Chinese for a country, the name is English.
        """
        name = self._days.get(language, self._days["en"]).get(day)
        if name:
            return _AMERICAN.sub(r"\3-\1-\2", name)
        return _EXCHANGED[language] if day.weekday() >= 5 and self.is_working(day) else ""


@lru_cache(maxsize=64)
def _calendar(place: str) -> SiteCalendar:
    return PublicHolidays(place) if place else Weekdays()


def calendar_of(site: Site) -> SiteCalendar:
    """The calendar of a site as its protocol names it. Raises Invalid when nobody knows that one."""
    return _calendar(site.calendar)
