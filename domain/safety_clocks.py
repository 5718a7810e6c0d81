"""The clocks of safety reporting: what must be told by when, computed from the facts of awareness.

A serious event: hours from the site's awareness, through nights and holidays (ICH E6(R3) 2.7.2; EU 536/2014
Art. 41). A suspected unexpected serious adverse reaction: calendar days from the sponsor's awareness, day 0
being the day of awareness where it came, the last day counted to its end (ICH E2A III.B). A clock that began
is never taken away: after a downgrade it stands there as ended, and a breach stays a breach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeVar

from domain.adverse_event import GRAVE, RELATED, Assessment
from domain.clinical_time import ClinicalTime, Instant, local_day, zone_of
from domain.happened import Happened
from domain.safety import SafetyReport, Told
from domain.safety_rules import SafetyRules


class ClockStatus(StrEnum):
    """Where a clock stands at an instant."""

    RUNNING = "running"
    ALERT = "alert"
    BREACH = "breach"
    MET = "met"
    MET_LATE = "met_late"
    ENDED = "ended"


class Clock(NamedTuple):
    """One time by which something must be told.

    `kind` is `sae`, `sae_follow_up`, `sae_ethics`, `susar`, `susar_deadly`, `susar_deadly_follow_up`, or
    `nullification_` and whom a voided report was sent to; or of an incident its own kind. `starts` is the
    fact it runs from, `met` the fact that told it, `ended` the one since which nothing has to be told, and
    `resumed` the one since which it has to be told again, after it had not.
    """

    kind: str
    starts: Happened
    alert: Instant
    due: Instant
    met: Happened | None
    ended: Happened | None = None
    resumed: Happened | None = None

    def status(self, now: datetime) -> ClockStatus:
        """Where the clock stands. A time that is not exactly known counts as early as it can have been."""
        due = self.due.moment
        if self.met is not None:
            return ClockStatus.MET if self.met.at.earliest <= due else ClockStatus.MET_LATE
        if self.ended is not None and self.ended.at.earliest <= due:
            return ClockStatus.ENDED
        if now > due:
            return ClockStatus.BREACH
        return ClockStatus.ALERT if now >= self.alert.moment else ClockStatus.RUNNING


class Standing(NamedTuple):
    """Since when nothing has to be told any more, or since when it has to be again, after it had not."""

    ended: Happened | None = None
    resumed: Happened | None = None


STANDS = Standing()
"""It had to be told from the beginning on."""

LATE = frozenset({ClockStatus.BREACH, ClockStatus.MET_LATE})


def hours_after(start: ClinicalTime, hours: int) -> Instant:
    """So many hours after a time, by the clock of the whole world: nights and holidays count."""
    return Instant.of(start.earliest + timedelta(hours=hours))


def end_of_day(start: ClinicalTime, days: int) -> Instant:
    """The end of the calendar day so many days after that of a time, in its zone. Day 0 is its own."""
    last = local_day(start.earliest, start.zone) + timedelta(days=days)
    after = last + timedelta(days=1)
    return Instant.of(datetime(after.year, after.month, after.day, tzinfo=zone_of(start.zone)))


def clocks(
    report: SafetyReport, assessments: tuple[Assessment, ...], rules: SafetyRules
) -> tuple[Clock, ...]:
    """Every clock of a report, in the order they began. `assessments` are the investigator's."""
    return (
        *_site_clocks(report, rules),
        *_sponsor_clocks(report, assessments, rules),
        *_nullifications(report, rules),
    )


def clock_after(
    kind: str,
    start: Happened,
    hours: tuple[int, int],
    met: Happened | None,
    standing: Standing = STANDS,
) -> Clock:
    """A clock of hours: `hours` are those to the alert and to the end."""
    alert, due = (hours_after(start.at, each) for each in hours)
    return Clock(kind, start, alert, due, met, *standing)


# ---------------------------------------------------------------- the site's hours


def _site_clocks(report: SafetyReport, rules: SafetyRules) -> Iterator[Clock]:
    hours = (rules.alert_hours, rules.report_hours)
    standing = _standing(report, report.told, lambda told: told.serious)
    sent = _sent_while_standing(report, "sponsor")
    yield clock_after("sae", report.aware, hours, sent[0] if sent else None, standing)
    for told in sorted(report.told[1:], key=lambda each: each.when.fact):
        if told.significant:
            met = next((when for when in sent if when.fact > told.when.fact), None)
            yield clock_after("sae_follow_up", told.when, hours, met, standing)
    if rules.ethics_days is not None:
        told_ethics = _sent_while_standing(report, "ethics")
        yield _days("sae_ethics", report.aware, rules.ethics_days, told_ethics, standing)


def _sent_while_standing(report: SafetyReport, recipient: str) -> list[Happened]:
    """When the report was sent to somebody before it was voided, if it was."""
    sent = (each.when for each in report.sent_to(recipient))
    return [when for when in sent if report.voided is None or when.fact < report.voided.fact]


# ---------------------------------------------------------------- after a report was voided


def _nullifications(report: SafetyReport, rules: SafetyRules) -> Iterator[Clock]:
    """Whoever has a report that is void is told so: the sponsor and the institution as of news, others within
    the days of news to authorities. People hear of it at once, as nobody awaits it.
    """
    voided = report.voided
    if voided is None:
        return
    sent = [each for each in report.submissions if each.when.fact < voided.fact]
    for recipient in dict.fromkeys(each.recipient for each in sent):
        kind = f"nullification_{recipient}"
        told = [each.when for each in report.sent_to(recipient) if each.when.fact > voided.fact]
        if recipient in ("sponsor", "institution"):
            clock = clock_after(kind, voided, (0, rules.report_hours), told[0] if told else None)
        else:
            clock = _days(kind, voided, rules.other_days, told)
        yield clock._replace(alert=Instant.of(voided.at.earliest))


# ---------------------------------------------------------------- the sponsor's days


class _Known(NamedTuple):
    """What was known from one fact on: what the report told, and either's word on cause and expectedness."""

    when: Happened
    told: Told
    investigator: Assessment | None
    sponsor: Assessment | None


def _sponsor_clocks(
    report: SafetyReport, assessments: tuple[Assessment, ...], rules: SafetyRules
) -> Iterator[Clock]:
    """The clocks of an unexpected reaction. The sponsor's judgement works back to the awareness: taking one's
    time with it gains none. What only later information tells counts from that.
    """
    if report.sponsor_aware is None:
        return
    course = _course(report, assessments, report.sponsor_aware)
    standing = _standing(report, course, lambda known: _class_of(known) is not None)
    told = _sent_while_standing(report, "authority")
    classes = [
        {_class_of(known._replace(sponsor=word)) for word in (known.sponsor, *_later(report, known))}
        for known in course
    ]
    deadly = next((known.when for known, each in zip(course, classes, strict=True) if DEADLY in each), None)
    other = next((known.when for known, each in zip(course, classes, strict=True) if OTHER in each), None)
    if other is not None and (deadly is None or other.at.earliest < deadly.at.earliest):
        yield _days("susar", other, rules.other_days, told[:1], standing)
    if deadly is not None:
        yield _days("susar_deadly", deadly, rules.deadly_days, told[:1], standing)
        days = rules.deadly_days + rules.deadly_follow_up_days
        yield _days("susar_deadly_follow_up", deadly, days, told[1:2], standing)


def _later(report: SafetyReport, known: _Known) -> list[Assessment]:
    """What the sponsor came to say after that."""
    return [w for w in report.sponsor_assessments if w.when.at.earliest > known.when.at.earliest]


def _course(report: SafetyReport, assessments: tuple[Assessment, ...], aware: Happened) -> list[_Known]:
    """What was known when, from the sponsor's awareness on, in the order in which it happened."""
    told = {each.when: each for each in report.told}
    investigator = {each.when: each for each in assessments}
    sponsor = {each.when: each for each in report.sponsor_assessments}
    known = _Known(aware, report.told[0], None, None)
    course = [known]
    for when in sorted({*told, *investigator, *sponsor}, key=lambda each: (each.at.earliest, each.fact)):
        is_later = when.at.earliest > aware.at.earliest
        known = _Known(
            when if is_later else aware,
            told.get(when, known.told),
            investigator.get(when, known.investigator),
            sponsor.get(when, known.sponsor),
        )
        course[len(course) if is_later else -1 :] = [known]
    return course


DEADLY, OTHER = "deadly", "other"


def _class_of(known: _Known) -> str | None:
    """Which reaction it is: DEADLY, OTHER, or None for one that need not be told to authorities.

    Related if the investigator or the sponsor holds it possible; unexpected by the sponsor's word, or the
    investigator's where the sponsor has not judged.
    """
    words = [word for word in (known.sponsor, known.investigator) if word is not None]
    judged = [word.expected for word in words if word.expected is not None]
    is_related = any(word.causality in RELATED for word in words)
    if not known.told.serious or not is_related or not judged or judged[0]:
        return None
    grave = known.told.severity in ("life_threatening", "fatal")
    return DEADLY if grave or GRAVE & set(known.told.criteria) else OTHER


def _days(
    kind: str, start: Happened, days: int, met: Sequence[Happened], standing: Standing = STANDS
) -> Clock:
    due = end_of_day(start.at, days)
    alert = Instant.of(due.moment - timedelta(days=1))
    return Clock(kind, start, alert, due, met[0] if met else None, *standing)


class _Dated(Protocol):
    @property
    def when(self) -> Happened: ...


T = TypeVar("T", bound=_Dated)


def standing_of(words: Sequence[T], holds: Callable[[T], bool]) -> Standing:
    """What words, oldest first, come to of which the first may and the last decides whether it holds."""
    standing, held = Standing(), False
    for word in words:
        if not holds(word):
            standing = Standing(ended=standing.ended or word.when)
        elif standing.ended is not None:
            standing = Standing(resumed=word.when if held else None)
        held = held or holds(word)
    return standing


def _standing(report: SafetyReport, words: Sequence[T], holds: Callable[[T], bool]) -> Standing:
    return standing_of(words, holds) if report.voided is None else Standing(ended=report.voided)
