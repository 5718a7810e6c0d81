"""What public holidays are called: dates as they stand everywhere, names in the language asked for."""

from __future__ import annotations

from datetime import date

import pytest

from adapters.calendar import PublicHolidays


@pytest.mark.parametrize(
    ("place", "day", "english", "chinese"),
    [
        ("CN", date(2025, 10, 3), "National Day", "国庆节"),
        ("CN", date(2025, 10, 8), "Day off (substituted from 2025-10-11)", "休息日（由 2025-10-11 调休）"),
        ("CN", date(2025, 10, 11), "working day in exchange", "调休上班"),
        ("CN", date(2025, 10, 13), "", ""),
        ("DE-BE", date(2026, 3, 8), "Women's Day", "Women's Day"),
    ],
)
def test_a_day_is_called_in_both_languages(place: str, day: date, english: str, chinese: str) -> None:
    calendar = PublicHolidays(place)
    assert calendar.name_of(day) == english
    assert calendar.name_of(day, "zh") == chinese
