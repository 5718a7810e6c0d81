"""When something happened is kept as exactly as it is known, and when it was recorded to the microsecond."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from adapters.clock import SystemClock
from domain.clinical_time import ClinicalTime, Instant, Precision, local_day, zone_of
from domain.errors import Invalid

# Zones with daylight saving, half hours, half-hour daylight saving, midnight changes and a skipped day.
ZONES = (
    "Asia/Shanghai",
    "America/Chicago",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "America/Havana",
    "Pacific/Apia",
    "Africa/Monrovia",
    "UTC",
)
moments = st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
zones = st.sampled_from(ZONES)
TIME = TypeAdapter(ClinicalTime)


# ---------------------------------------------------------------- clinical time


@given(moments, zones, st.sampled_from(Precision))
def test_a_time_told_at_any_precision_reads_back_the_same(
    moment: datetime, zone: str, precision: Precision
) -> None:
    told = ClinicalTime.at(moment, zone, precision)
    assert ClinicalTime.parse(told) == told
    assert (told.precision, told.zone) == (precision, zone)


@given(moments, zones, st.sampled_from(Precision))
def test_the_moment_lies_between_the_earliest_and_the_latest_it_can_mean(
    moment: datetime, zone: str, precision: Precision
) -> None:
    told = ClinicalTime.at(moment, zone, precision)
    assert told.earliest <= moment < told.latest


@given(moments, zones)
def test_a_finer_time_lies_within_the_coarser(moment: datetime, zone: str) -> None:
    told = [ClinicalTime.at(moment, zone, precision) for precision in Precision]
    for coarse, fine in pairwise(told):
        assert coarse.earliest <= fine.earliest < fine.latest <= coarse.latest


@given(moments, zones)
def test_days_follow_one_another_without_gap_or_overlap(moment: datetime, zone: str) -> None:
    day = local_day(moment, zone)
    try:
        after = ClinicalTime.parse((day + timedelta(days=1)).isoformat(), zone)
    except Invalid:
        assert zone == "Pacific/Apia"
        assert day == date(2011, 12, 29)
        return
    assert ClinicalTime.on(day, zone).latest == after.earliest


@given(moments, zones)
def test_the_day_is_the_local_calendar_day(moment: datetime, zone: str) -> None:
    assert ClinicalTime.at(moment, zone).day == local_day(moment, zone)


@given(moments, zones, st.sampled_from(Precision))
def test_a_stored_time_reads_back_as_it_was_written(
    moment: datetime, zone: str, precision: Precision
) -> None:
    told = ClinicalTime.at(moment, zone, precision)
    assert TIME.validate_json(TIME.dump_json(told)) == told


@pytest.mark.parametrize(
    ("text", "precision", "day"),
    [
        ("2026[Asia/Shanghai]", Precision.YEAR, None),
        ("2026-03[Asia/Shanghai]", Precision.MONTH, None),
        ("2026-03-05[Asia/Shanghai]", Precision.DAY, date(2026, 3, 5)),
        ("2026-03-05T09:30+08:00[Asia/Shanghai]", Precision.MINUTE, date(2026, 3, 5)),
        ("2026-03-05T09:30:15+08:00[Asia/Shanghai]", Precision.SECOND, date(2026, 3, 5)),
    ],
)
@pytest.mark.requirement("TI-06")
def test_what_is_unknown_stays_unknown(text: str, precision: Precision, day: date | None) -> None:
    read = ClinicalTime.parse(text)
    assert read == text
    assert (read.precision, read.day) == (precision, day)


@pytest.mark.parametrize(
    ("text", "zone", "told"),
    [
        ("2026-03-05", "Asia/Shanghai", "2026-03-05[Asia/Shanghai]"),
        ("2026-03-05 09:30", "Asia/Shanghai", "2026-03-05T09:30+08:00[Asia/Shanghai]"),
        (" 2026-03-05T09:30 ", "Asia/Shanghai", "2026-03-05T09:30+08:00[Asia/Shanghai]"),
        ("2026-03-05T09:30+08:00", "Asia/Shanghai", "2026-03-05T09:30+08:00[Asia/Shanghai]"),
        ("2026-03-05T01:30Z", "Asia/Shanghai", "2026-03-05T09:30+08:00[Asia/Shanghai]"),
        ("2026-03-05T01:30:15Z", "Asia/Shanghai", "2026-03-05T09:30:15+08:00[Asia/Shanghai]"),
        ("2026-03-05T01:30Z", None, "2026-03-05T01:30+00:00[UTC]"),
        ("2026-03-05T09:30:15.25", "Asia/Shanghai", "2026-03-05T09:30:15+08:00[Asia/Shanghai]"),
        ("2026-03-05T09:30:15.25+08:00", "Asia/Shanghai", "2026-03-05T09:30:15+08:00[Asia/Shanghai]"),
        ("2026-03-05T09:30[Europe/Berlin]", "Asia/Shanghai", "2026-03-05T09:30+01:00[Europe/Berlin]"),
        ("1960-03-05T09:30", "Africa/Monrovia", "1960-03-05T09:30-00:44:30[Africa/Monrovia]"),
    ],
)
def test_a_time_gets_the_zone_and_offset_of_its_place(text: str, zone: str | None, told: str) -> None:
    assert ClinicalTime.parse(text, zone) == told


@pytest.mark.parametrize("text", ["2026-03-29T02:30", "2026-10-25T02:30"], ids=["skipped", "twice"])
def test_a_time_the_clocks_skipped_or_showed_twice_needs_its_offset(text: str) -> None:
    with pytest.raises(Invalid, match="skipped or happens twice") as refused:
        ClinicalTime.parse(text, "Europe/Berlin")
    assert refused.value.code == "time.fold"


@pytest.mark.requirement("TI-02")
def test_the_two_times_of_one_clock_reading_are_an_hour_apart() -> None:
    first = ClinicalTime.parse("2026-10-25T02:30+02:00", "Europe/Berlin")
    second = ClinicalTime.parse("2026-10-25T02:30+01:00", "Europe/Berlin")
    assert second.earliest - first.earliest == timedelta(hours=1)


@pytest.mark.parametrize(
    "text",
    ["2026-07-05T09:30+01:00", "2026-01-05T09:30+02:00", "2026-03-29T02:30+01:00", "2026-01-05T09:30+08:00"],
)
def test_an_offset_the_zone_did_not_have_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        ClinicalTime.parse(text, "Europe/Berlin")
    assert refused.value.code == "time.offset"


@pytest.mark.parametrize(
    "text", ["2026-07-05T09:30+01:00[Europe/Berlin]", "2030-07-05T09:30:15+03:00[Europe/Berlin]"]
)
def test_a_stored_time_stays_readable_when_the_zone_is_told_differently_later(text: str) -> None:
    assert TIME.validate_json(f'"{text}"') == text
    with pytest.raises(ValidationError, match="was not at"):
        TIME.validate_python(text)


@pytest.mark.parametrize(
    "text", ["2026-07-05T09:30", "2026-13", "nonsense", "2026-02-30[UTC]", "2026[Mars/Olympus]"]
)
def test_stored_or_not_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TIME.validate_json(f'"{text}"')
    with pytest.raises(ValidationError):
        TIME.validate_python(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "time.form"),
        ("yesterday", "time.form"),
        ("05/03/2026", "time.form"),
        ("2026-3-5", "time.form"),
        ("2026-03-05T09", "time.form"),
        ("2026-03-05[]", "time.form"),
        ("２０２６-03-05", "time.form"),
        ("2026-02-30", "time.impossible"),
        ("2027-02-29", "time.impossible"),
        ("2026-13", "time.impossible"),
        ("0000", "time.impossible"),
        ("2026-03-05T24:30", "time.impossible"),
        ("2026-03-05T09:60", "time.impossible"),
        ("9999-12-31", "time.impossible"),
        ("0001-01-01", "time.impossible"),
        ("0001-01-01T00:00", "time.impossible"),
        ("9999-12-31T23:59-23:00", "time.impossible"),
        ("9999-12-31T23:59Z", "time.impossible"),
    ],
)
def test_what_is_on_no_calendar_is_refused(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        ClinicalTime.parse(text, "Asia/Shanghai")
    assert refused.value.code == code


def test_the_last_minute_of_the_calendar_is_refused() -> None:
    with pytest.raises(Invalid, match="end of the calendar"):
        ClinicalTime.parse("9999-12-31T23:59Z")
    with pytest.raises(Invalid, match="no calendar"):
        ClinicalTime.at(datetime(9999, 12, 31, 23, 59, tzinfo=UTC), "Asia/Shanghai")


def test_a_day_that_was_skipped_is_refused() -> None:
    with pytest.raises(Invalid, match="skipped"):
        ClinicalTime.parse("2011-12-30", "Pacific/Apia")


def test_a_day_begins_when_its_clocks_do() -> None:
    sao_paulo = ClinicalTime.on(date(2018, 11, 4), "America/Sao_Paulo")  # midnight was skipped
    assert sao_paulo.earliest == datetime(2018, 11, 4, 3, tzinfo=UTC)
    assert sao_paulo.latest - sao_paulo.earliest == timedelta(hours=23)
    havana = ClinicalTime.on(date(2026, 11, 1), "America/Havana")  # the hour after midnight came twice
    assert havana.latest - havana.earliest == timedelta(hours=25)


def test_the_bounds_of_months_and_years_are_local() -> None:
    month = ClinicalTime.parse("2026-12[Asia/Shanghai]")
    assert month.earliest == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert month.latest == datetime(2026, 12, 31, 16, tzinfo=UTC)
    year = ClinicalTime.parse("2028[UTC]")
    assert (year.latest - year.earliest).days == 366


@pytest.mark.parametrize(
    "zone",
    ["", "Mars/Olympus", "Asia", "../UTC", "/etc/passwd", "localtime", "right/UTC", "Asia/Shenyang", "a\0b"],
)
def test_a_name_that_is_no_zone_everywhere_is_refused(zone: str) -> None:
    with pytest.raises(Invalid) as refused:
        zone_of(zone)
    assert refused.value.code == "time.zone"


@pytest.mark.requirement("TI-02")
def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(Invalid, match="names no time zone"):
        ClinicalTime.parse("2026-03-05T09:30+08:00")


def test_a_naive_moment_is_refused_everywhere() -> None:
    naive = datetime(2026, 3, 5, 9, 30)  # noqa: DTZ001 - what must be refused
    for take in (Instant.of, lambda at: ClinicalTime.at(at, "UTC"), lambda at: local_day(at, "UTC")):
        with pytest.raises(Invalid, match="no time zone"):
            take(naive)


# ---------------------------------------------------------------- instants

any_moments = st.datetimes(
    datetime(1, 1, 2),  # noqa: DTZ001
    datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(any_moments)
def test_an_instant_reads_back_to_the_microsecond_at_a_fixed_width(moment: datetime) -> None:
    instant = Instant.of(moment)
    assert len(instant) == len("2026-11-23T04:38:29.123456Z")
    assert instant.moment == moment
    assert Instant.parse(instant) == instant


@given(any_moments, any_moments)
def test_the_order_of_instants_as_text_is_their_order_in_time(one: datetime, other: datetime) -> None:
    assert (Instant.of(one) < Instant.of(other)) == (one < other)


@given(moments, zones)
def test_an_instant_is_the_same_whatever_zone_it_was_told_in(moment: datetime, zone: str) -> None:
    assert Instant.of(moment.astimezone(zone_of(zone))) == Instant.of(moment)


@given(st.lists(moments, min_size=1))
def test_a_clock_that_stands_or_goes_back_still_gives_later_instants(readings: list[datetime]) -> None:
    told = [Instant.of(readings[0])]
    for reading in readings[1:]:
        told.append(Instant.of(reading).after(told[-1]))
    assert all(earlier < later for earlier, later in pairwise(told))


def test_a_clock_that_goes_forward_is_believed() -> None:
    before, now = Instant.parse("2026-11-23T04:38:29Z"), Instant.parse("2026-11-23T04:38:30Z")
    assert now.after(before) == now
    assert now.after(now) == "2026-11-23T04:38:30.000001Z"


@pytest.mark.parametrize("text", ["", "now", "2026-11-23", "2026-11-23T04:38:29", "0001-01-01T00:00+08:00"])
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        Instant.parse(text)
    with pytest.raises(ValidationError):
        TypeAdapter(Instant).validate_python(text)


def test_the_clock_tells_the_present_to_the_microsecond_and_reads_as_any_instant() -> None:
    clock = SystemClock()
    for _ in range(200):
        before, told, after = datetime.now(UTC), clock.now(), datetime.now(UTC)
        assert before <= told.moment <= after
        assert Instant.of(told.moment) == told
