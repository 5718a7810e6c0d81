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

_LANGUAGES = {"en": "en_US", "zh": "zh_CN"}


class PublicHolidays:
    """The calendar of a country, or of a region of it."""

    def __init__(self, place: str) -> None:
        """The calendar of a place such as `CN` or `DE-BE`. Raises Invalid when there is none."""
        self._place = place
        self._days: dict[str, HolidayBase] = {}
        self._in(_LANGUAGES["en"])

    def is_working(self, day: date) -> bool:
        """Whether the day is a working day, a weekend made up for a holiday among them."""
        return self._in(_LANGUAGES["en"]).is_working_day(day)

    def name_of(self, day: date, language: str = "en") -> str:
        """The name of a public holiday, or that a weekend day is a working day; "" for any other day."""
        days = self._in(_LANGUAGES.get(language, _LANGUAGES["en"]))
        name = days.get(day)
        if name:
            return name
        if day.weekday() >= 5 and days.is_working_day(day):
            return "调休上班" if language == "zh" else "working day in exchange"
        return ""

    def _in(self, language: str) -> HolidayBase:
        """The holidays, told in a language where the library has it."""
        if language not in self._days:
            from holidays import country_holidays

            country, _, region = self._place.partition("-")
            try:
                known = country_holidays(country, subdiv=region or None)
                languages = known.supported_languages
                if language in languages:
                    known = country_holidays(country, subdiv=region or None, language=language)
            except NotImplementedError as error:
                raise Invalid(
                    "calendar.unknown",
                    f"no public holidays are known for '{self._place}'",
                    remedy="Give a country, as CN, or a region of it, as DE-BE.",
                ) from error
            self._days[language] = known
        return self._days[language]


@lru_cache(maxsize=64)
def _calendar(place: str) -> SiteCalendar:
    return PublicHolidays(place) if place else Weekdays()


def calendar_of(site: Site) -> SiteCalendar:
    """The calendar of a site as its protocol names it. Raises Invalid when nobody knows that one."""
    return _calendar(site.calendar)
