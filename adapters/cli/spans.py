"""Instants, days and lengths of time as people type them on the command line."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from domain.errors import Invalid

if TYPE_CHECKING:
    from domain.clinical_time import ClinicalTime, Instant
    from projections.as_of import View
    from projections.trail import Period

Begin = Annotated[
    str, typer.Option("--from", metavar="WHEN", help="Recorded on or after this day or instant.")
]
End = Annotated[
    str,
    typer.Option("--to", metavar="WHEN", help="Recorded by the end of this day, or before this instant."),
]

_SPAN = re.compile(r"([0-9]{1,6})\s*(d|h|min)")
_UNITS = {"d": "days", "h": "hours", "min": "minutes"}


def span(text: str, option: str) -> timedelta:
    """A length of time: `5d`, `36h`, `10min`. Raises Invalid."""
    form = _SPAN.fullmatch(text.strip())
    if form is None:
        raise Invalid(
            "usage.span", f"'{text}' is no length of time", where=option, remedy="Write 5d, 36h or 10min."
        )
    return timedelta(**{_UNITS[form[2]]: int(form[1])})


def period(view: View, begin: str, end: str) -> Period:
    """The time from `begin` to `end`: instants, or days at the trial's first site, both days included.

    Raises Invalid, also when it ends before it begins: an empty answer would look like one.
    """
    from projections.trail import Period

    first = _moment(view, begin, last=False) if begin.strip() else None
    last = _moment(view, end, last=True) if end.strip() else None
    if first is not None and last is not None and last <= first:
        raise Invalid(
            "usage.period", f"the time from {begin} to {end} ends before it begins", remedy="Swap them."
        )
    return Period(first, last)


def instant(view: View, text: str, *, last: bool) -> Instant:
    """The instant that a text names; a day at the trial's first site is named by its first, or its last.

    Raises Invalid.
    """
    from domain.clinical_time import Instant

    if _is_instant(text):
        return Instant.parse(text)
    moment = _moment(view, text, last=last)
    return Instant.of(moment - timedelta(microseconds=1) if last else moment)


def zone(view: View) -> str:
    """Where days are meant: at the trial's first site."""
    return view.trial.protocol.sites[0].zone if view.trial.versions else "UTC"


def _moment(view: View, text: str, *, last: bool) -> datetime:
    from domain.clinical_time import Instant

    if _is_instant(text):
        return Instant.parse(text).moment
    day = _day(view, text.strip())
    return day.latest if last else day.earliest


def _is_instant(text: str) -> bool:
    return "T" in text.strip() or " " in text.strip()


def _day(view: View, text: str) -> ClinicalTime:
    from domain.clinical_time import ClinicalTime, Precision

    day = ClinicalTime.parse(text, zone(view))
    if day.precision is Precision.YEAR:
        raise Invalid("usage.day", f"'{text}' is no day", remedy="Write 2026-03-05, or an instant.")
    return day


def hours(late: timedelta) -> int:
    """A length of time in whole hours."""
    return int(late.total_seconds()) // 3600
