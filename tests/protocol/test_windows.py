"""Visit windows are calendar days of the site, whatever its clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clinical_time import ClinicalTime, local_day
from domain.schedule import Window, window_of
from domain.spec import Text
from domain.visit_plan import VisitPlan

plans = st.builds(
    lambda day, before, after: VisitPlan(id="v", name=Text(en="v"), day=day, before=before, after=after),
    day=st.integers(0, 40000),
    before=st.integers(0, 4000),
    after=st.integers(0, 4000),
)
anchors = st.dates(date(1950, 1, 1), date(2150, 12, 31))
ZONES = ("Asia/Shanghai", "America/Chicago", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "UTC")


def plan(day: int, before: int, after: int) -> VisitPlan:
    return VisitPlan(id="v", name=Text(en="v"), day=day, before=before, after=after)


@given(plans, anchors)
def test_a_window_has_its_length_and_its_target_inside(visit: VisitPlan, anchor: date) -> None:
    window = window_of(visit, anchor)
    assert (window.closes - window.opens).days == visit.before + visit.after
    assert window.opens <= window.target <= window.closes
    assert (window.target - anchor).days == visit.day


@given(plans, anchors, st.integers(-5000, 5000))
def test_a_window_holds_exactly_the_days_between_its_ends(visit: VisitPlan, anchor: date, off: int) -> None:
    window = window_of(visit, anchor)
    day = window.target + timedelta(days=off)
    assert window.holds(day) == (-visit.before <= off <= visit.after)


@given(plans, anchors, st.integers(-3000, 3000))
def test_an_anchor_moved_by_some_days_moves_the_window_by_as_many(
    visit: VisitPlan, anchor: date, moved: int
) -> None:
    by = timedelta(days=moved)
    window = window_of(visit, anchor)
    assert window_of(visit, anchor + by) == Window(*(day + by for day in window))


@given(
    visit=plans,
    moment=st.datetimes(datetime(1975, 1, 1), datetime(2060, 1, 1)),  # noqa: DTZ001 - told in a zone below
    zone=st.sampled_from(ZONES),
)
def test_the_hour_of_the_anchor_does_not_move_the_window(
    visit: VisitPlan, moment: datetime, zone: str
) -> None:
    at = ClinicalTime.at(moment.replace(tzinfo=UTC), zone)
    assert at.day is not None
    assert window_of(visit, at.day) == window_of(visit, local_day(moment.replace(tzinfo=UTC), zone))


@pytest.mark.parametrize(
    ("anchor", "expected"),
    [
        (date(2028, 2, 1), date(2028, 2, 29)),
        (date(2027, 2, 1), date(2027, 3, 1)),
        (date(2028, 2, 29), date(2028, 3, 28)),
        (date(2100, 2, 1), date(2100, 3, 1)),
        (date(2000, 2, 1), date(2000, 2, 29)),
    ],
    ids=["leap year", "common year", "from the leap day", "2100 is no leap year", "2000 is one"],
)
def test_leap_days_count_like_any_day(anchor: date, expected: date) -> None:
    assert window_of(plan(28, 7, 7), anchor).target == expected


def test_weeks_across_a_change_of_clocks_are_still_weeks() -> None:
    start = ClinicalTime.parse("2026-03-20T23:30[Europe/Berlin]")  # clocks go forward on 29 March
    assert start.day is not None
    assert window_of(plan(28, 7, 7), start.day) == Window(
        date(2026, 4, 10), date(2026, 4, 17), date(2026, 4, 24)
    )


def test_the_day_is_the_sites_and_not_the_servers() -> None:
    start = ClinicalTime.parse("2026-03-05T17:30Z", "Asia/Shanghai")  # 01:30 the next day in Shanghai
    assert start.day == date(2026, 3, 6)


def test_a_window_of_one_day_holds_that_day_only() -> None:
    window = window_of(plan(0, 0, 0), date(2026, 3, 5))
    assert [window.holds(date(2026, 3, day)) for day in (4, 5, 6)] == [False, True, False]
