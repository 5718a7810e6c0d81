"""Two kinds of time, never mixed: when a thing was *recorded* and when it *happened*.

`Instant` is the server's UTC clock in microseconds. `ClinicalTime` is what people know of when something
happened: a zone and a precision from a year to a second (TI-02, TI-06 of the GCP requirements; the zone
suffix is RFC 9557). Both are strings, so that what is stored is what was said.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from domain.errors import Invalid


class Instant(str):
    """A moment of the server clock, UTC, fixed width: `2026-11-23T04:38:29.123456Z`.

    Fixed width makes text order time order, in Python and in both databases.
    """

    __slots__ = ()

    @classmethod
    def of(cls, moment: datetime) -> Instant:
        """The instant of an aware datetime. Raises Invalid for a naive one."""
        # isoformat pads the year to four digits, strftime does not.
        told = _utc(moment).isoformat(timespec="microseconds")
        return cls(f"{told.removesuffix('+00:00')}Z")

    @classmethod
    def parse(cls, text: str) -> Instant:
        """Read an ISO 8601 date-time with an offset. Raises Invalid when it is none."""
        like = "Write it like 2026-11-23T04:38:29Z."
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError as error:
            raise Invalid("time.instant", f"'{text}' is no instant", remedy=like) from error
        if moment.tzinfo is None:
            raise Invalid("time.naive", f"'{text}' has no time zone", remedy=like)
        return cls.of(moment)

    @property
    def moment(self) -> datetime:
        """The same instant as an aware datetime in UTC."""
        return datetime.fromisoformat(self)

    def after(self, other: Instant) -> Instant:
        """This instant, or one microsecond past `other` if it is not later: a clock that never goes back."""
        return self if self > other else Instant.of(other.moment + timedelta(microseconds=1))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(cls._validated, core_schema.str_schema())

    @classmethod
    def _validated(cls, text: str) -> Instant:
        try:
            return _instant(text)
        except Invalid as error:
            raise ValueError(error.message) from error


@lru_cache(maxsize=65536)
def _instant(text: str) -> Instant:
    """Parsing once per distinct text: what is due is due at midnight."""
    return Instant.parse(text)


class Precision(StrEnum):
    """How exactly the time of an event is known."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    MINUTE = "minute"
    SECOND = "second"


class _Parts(NamedTuple):
    precision: Precision
    zone: str
    day: date | None
    earliest: datetime
    latest: datetime


_FORM = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:[T ](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d{1,6})?)?"
    r"(?P<offset>Z|[+-]\d\d:\d\d(?::\d\d)?)?)?)?)?"
    r"(?:\[(?P<zone>[A-Za-z0-9_+\-/]+)\])?",
    re.ASCII,
)


# Files some machines keep beside the IANA zones: what they mean differs by machine, or counts leap seconds.
_NO_ZONES = ("localtime", "posixrules", "Factory", "posix/", "right/")


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo:
    """The IANA time zone of that name. Raises Invalid when there is none."""
    unknown = Invalid("time.zone", f"'{name}' is no time zone", remedy="Use an IANA name, as Asia/Shanghai.")
    if name.startswith(_NO_ZONES):
        raise unknown
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise unknown from error


class ClinicalTime(str):
    """When something happened, as exactly as it is known, in the zone of the place where it happened.

    `2026`, `2026-03`, `2026-03-05`, `2026-03-05T09:30+08:00` or with seconds, each followed by its zone:
    `2026-03-05T09:30+08:00[Asia/Shanghai]`. What is unknown is left out, never filled in; what is finer than
    a second is dropped.
    """

    __slots__ = ()

    @classmethod
    def parse(cls, text: str, zone: str | None = None) -> ClinicalTime:
        """Read a clinical time; `zone` is taken when the text names none. Raises Invalid.

        An offset that the zone does not have at that time is refused, and a local time the zone's
        clocks skipped or showed twice needs its offset.
        """
        text = text.strip()
        form = _FORM.fullmatch(text)
        if form is None:
            raise Invalid(
                "time.form",
                f"'{text}' is no date or time",
                remedy="Write 2026-03-05, 2026-03-05T09:30, or 2026-03 when the day is unknown.",
            )
        name = form["zone"] or zone or ("UTC" if form["offset"] == "Z" else None)
        if name is None:
            raise Invalid(
                "time.no_zone", f"'{text}' names no time zone", remedy="Add it, as [Asia/Shanghai]."
            )
        bare = text.split("[", 1)[0].replace(" ", "T")
        if form["hour"] is not None:
            bare = _with_offset(bare, form["offset"], name)
        whole = cls(f"{bare}[{name}]")
        _parts(whole)
        return whole

    @classmethod
    def at(cls, moment: datetime, zone: str, precision: Precision = Precision.MINUTE) -> ClinicalTime:
        """The clinical time of an aware datetime, told in `zone` to that precision. Raises Invalid where the
        calendar ends.
        """
        local = _in_range(_utc(moment), zone_of(zone))
        if precision in (Precision.MINUTE, Precision.SECOND):
            spec = "minutes" if precision is Precision.MINUTE else "seconds"
            return cls(f"{local.isoformat(timespec=spec)}[{zone}]")
        width = {Precision.YEAR: 4, Precision.MONTH: 7, Precision.DAY: 10}[precision]
        return cls(f"{local.date().isoformat()[:width]}[{zone}]")

    @classmethod
    def on(cls, day: date, zone: str) -> ClinicalTime:
        """A whole day in a zone."""
        return cls(f"{day.isoformat()}[{zone}]")

    @property
    def precision(self) -> Precision:
        """How exactly this time is known."""
        return _parts(self).precision

    @property
    def zone(self) -> str:
        """The IANA zone of the place."""
        return _parts(self).zone

    @property
    def day(self) -> date | None:
        """The local calendar day, or None when only the month or the year is known."""
        return _parts(self).day

    @property
    def earliest(self) -> datetime:
        """The first moment this time can mean, UTC."""
        return _parts(self).earliest

    @property
    def latest(self) -> datetime:
        """The first moment after all that this time can mean, UTC (exclusive)."""
        return _parts(self).latest

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(cls._validated, core_schema.str_schema())

    @classmethod
    def _validated(cls, text: str, info: core_schema.ValidationInfo) -> ClinicalTime:
        """From JSON, which is how stored facts are read, a whole time is taken as it was written.

        Its offset was checked when it came in. A later edition of the time-zone data may tell that day's
        offset differently, and that must not make an old fact unreadable.
        """
        try:
            return _known(text, info.mode == "json")
        except Invalid as error:
            raise ValueError(error.message) from error


@lru_cache(maxsize=65536)
def _known(text: str, as_written: bool) -> ClinicalTime:
    """Parsing once per distinct text: histories repeat their times."""
    form = _FORM.fullmatch(text) if as_written else None
    if form is None or form["zone"] is None or (form["hour"] is not None and form["offset"] in (None, "Z")):
        return ClinicalTime.parse(text)
    _parts(text)
    return ClinicalTime(text)


def _with_offset(bare: str, offset: str | None, zone: str) -> str:
    moment = _datetime(bare)
    if offset == "Z":
        moment = _in_range(moment, zone_of(zone))
    elif offset is not None:
        if _in_range(moment, zone_of(zone)).utcoffset() != moment.utcoffset():
            raise Invalid(
                "time.offset",
                f"{zone} was not at {offset} at {bare}",
                remedy="Write the site's own time, or name the zone that this is of, as [Asia/Tokyo].",
            )
    else:
        moment = moment.replace(tzinfo=zone_of(zone))
        if moment.replace(fold=1).utcoffset() != moment.utcoffset():
            raise Invalid(
                "time.fold",
                f"{bare} is skipped or happens twice in {zone}",
                remedy="Give the offset, as 2026-10-25T02:30+01:00.",
            )
    return moment.isoformat(timespec="seconds" if bare.count(":", 0, 19) > 1 else "minutes")


def _in_range(moment: datetime, zone: tzinfo) -> datetime:
    """The moment told in a zone. Raises Invalid at the ends of the calendar, where it has no date."""
    try:
        return moment.astimezone(zone)
    except (OverflowError, ValueError) as error:
        raise Invalid("time.impossible", f"{moment.isoformat()} is on no calendar in {zone}") from error


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        raise Invalid("time.naive", f"{moment.isoformat()} has no time zone")
    return _in_range(moment, UTC)


def _datetime(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid("time.impossible", f"'{text}' is not on any calendar or clock") from error


@lru_cache(maxsize=65536)
def _parts(text: str) -> _Parts:
    form = _FORM.fullmatch(text)
    if form is None or form["zone"] is None:
        raise Invalid("time.form", f"'{text}' is no clinical time")
    name = form["zone"]
    zone = zone_of(name)
    if form["hour"] is not None:
        start = _in_range(_datetime(text.split("[", 1)[0]), UTC)
        exact = Precision.SECOND if form["second"] else Precision.MINUTE
        step = timedelta(seconds=1) if form["second"] else timedelta(minutes=1)
        return _Parts(exact, name, _datetime(text[:10]).date(), start, _later(start, step))
    year, month, day = int(form["year"]), int(form["month"] or 1), int(form["day"] or 1)
    try:
        first = date(year, month, day)
        if form["day"]:
            precision, after = Precision.DAY, first + timedelta(days=1)
        elif form["month"]:
            precision, after = Precision.MONTH, date(year + month // 12, month % 12 + 1, 1)
        else:
            precision, after = Precision.YEAR, date(year + 1, 1, 1)
    except (ValueError, OverflowError) as error:
        raise Invalid("time.impossible", f"'{text.partition('[')[0]}' is on no calendar") from error
    start, end = day_start(first, zone), day_start(after, zone)
    if start >= end:  # as 2011-12-30 in Samoa, which went over the date line that night
        raise Invalid("time.impossible", f"'{text}' is a day that was skipped in {name}")
    return _Parts(precision, name, first if precision is Precision.DAY else None, start, end)


@lru_cache(maxsize=8192)
def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The moment a calendar day begins in a zone, UTC; where the clocks skip midnight, when they do."""
    return _in_range(datetime(day.year, day.month, day.day, tzinfo=zone), UTC)


def _later(moment: datetime, step: timedelta) -> datetime:
    try:
        return moment + step
    except OverflowError as error:
        raise Invalid("time.impossible", f"{moment.isoformat()} is the end of the calendar") from error


def local_day(moment: datetime, zone: str) -> date:
    """The calendar day it is in `zone` at an aware moment."""
    return _in_range(_utc(moment), zone_of(zone)).date()
