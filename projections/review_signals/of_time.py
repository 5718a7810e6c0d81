"""Signals of time: late, in bulk, at odd hours, shortly before monitoring."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from projections.review_signals.signal import Finding, Seen, Thresholds, Watch, Words
from projections.review_signals.spans import told


def times(thresholds: Thresholds) -> Iterator[Watch]:
    """The watches for these signals."""
    yield LateEntry(thresholds)
    yield BulkEntry(thresholds)
    yield OddHours(thresholds)
    yield BeforeMonitoring(thresholds)


@dataclass
class LateEntry:
    """Entries recorded long after what they tell had happened."""

    thresholds: Thresholds
    code: str = "late_entry"
    why_not: Words | None = None
    _found: list[Finding] = field(default_factory=list)

    @property
    def threshold(self) -> Words:
        """What counts as striking."""
        en, zh = told(self.thresholds.late)
        return f"more than {en} after it happened", f"发生后超过{zh}"

    def see(self, seen: Seen) -> None:
        """Take note of a late entry."""
        if seen.is_entry and seen.late > self.thresholds.late:
            en, zh = told(seen.late)
            detail = (f"{en} late", f"延迟{zh}")
            self._found.append(Finding(seen.about, seen.field, seen.actor, detail, (seen.position,)))

    def findings(self) -> Iterator[Finding]:
        """Each late entry."""
        return iter(self._found)


@dataclass
class BulkEntry:
    """Many commands by one person in a short time."""

    thresholds: Thresholds
    code: str = "bulk_entry"
    why_not: Words | None = None
    _entries: dict[str, dict[int, tuple[datetime, list[int]]]] = field(default_factory=dict)

    @property
    def threshold(self) -> Words:
        """What counts as striking."""
        en, zh = told(self.thresholds.bulk_within)
        count = self.thresholds.bulk_entries
        return f"{count} entries or more within {en}", f"{zh}内{count}次及以上录入"

    def see(self, seen: Seen) -> None:
        """Take note of an entry, facts of one command together."""
        if seen.is_entry:
            command = seen.entry.command
            of_actor = self._entries.setdefault(seen.actor, {})
            of_actor.setdefault(command.first, (command.recorded_at.moment, []))[1].append(seen.position)

    def findings(self) -> Iterator[Finding]:
        """Each stretch in which there were too many."""
        for actor, entries in self._entries.items():
            listed = list(entries.values())
            for first, last in self._stretches([moment for moment, _ in listed]):
                stretch = listed[first : last + 1]
                begin, end = stretch[0][0], stretch[-1][0]
                count = len(stretch)
                span = f"{begin:%Y-%m-%d %H:%M}–{end:%H:%M}Z"
                detail = (f"{count} entries, {span}", f"{count}次录入，{span}")
                facts = tuple(position for _, positions in stretch for position in positions)
                yield Finding("", "", actor, detail, facts)

    def _stretches(self, moments: list[datetime]) -> Iterator[tuple[int, int]]:
        """First and last of each run whose every entry lies in a crowded time."""
        crowded = [False] * len(moments)
        begin = 0
        for end, moment in enumerate(moments):
            while moment - moments[begin] > self.thresholds.bulk_within:
                begin += 1
            if end - begin + 1 >= self.thresholds.bulk_entries:
                crowded[begin : end + 1] = [True] * (end - begin + 1)
        first: int | None = None
        for place, is_crowded in enumerate([*crowded, False]):
            if is_crowded and first is None:
                first = place
            elif not is_crowded and first is not None:
                yield first, place - 1
                first = None


@dataclass
class OddHours:
    """Entries outside the hours of the site, by person and day."""

    thresholds: Thresholds
    code: str = "odd_hours"
    why_not: Words | None = None
    _found: dict[tuple[str, date], list[Seen]] = field(default_factory=dict)

    @property
    def threshold(self) -> Words:
        """What counts as striking."""
        begins, ends = self.thresholds.day_begins, self.thresholds.day_ends
        also = (", or at a weekend", "，或周末") if self.thresholds.weekends else ("", "")
        return (
            f"before {begins:02}:00 or from {ends:02}:00 at the site{also[0]}",
            f"中心当地时间{begins:02}:00前或{ends:02}:00后{also[1]}",
        )

    def see(self, seen: Seen) -> None:
        """Take note of an entry at an odd hour."""
        local = seen.local
        is_odd = not self.thresholds.day_begins <= local.hour < self.thresholds.day_ends
        if seen.is_entry and (is_odd or (self.thresholds.weekends and local.isoweekday() > 5)):
            self._found.setdefault((seen.actor, local.date()), []).append(seen)

    def findings(self) -> Iterator[Finding]:
        """By person and day."""
        for (actor, day), seen in self._found.items():
            begin, end = seen[0].local, seen[-1].local
            span = f"{day} {begin:%H:%M}–{end:%H:%M} ({begin:%z})"
            yield Finding("", "", actor, (span, span), tuple(each.position for each in seen))


@dataclass
class BeforeMonitoring:
    """Entries in the days before a monitor came."""

    thresholds: Thresholds
    code: str = "before_monitoring"
    _found: dict[tuple[str, date], list[int]] = field(default_factory=dict)

    @property
    def threshold(self) -> Words:
        """What counts as striking."""
        en, zh = told(self.thresholds.before_monitoring)
        return f"within {en} before a day of monitoring", f"监查日前{zh}内"

    @property
    def why_not(self) -> Words | None:
        """Monitoring visits are no facts: their days must be given."""
        if self.thresholds.monitoring:
            return None
        return "no day of monitoring is given", "未给出监查日期"

    def see(self, seen: Seen) -> None:
        """Take note of an entry shortly before."""
        for day in self.thresholds.monitoring if seen.is_entry else ():
            ahead = day - seen.local.date()
            if ahead.days > 0 and ahead <= self.thresholds.before_monitoring:
                self._found.setdefault((seen.actor, day), []).append(seen.position)

    def findings(self) -> Iterator[Finding]:
        """By person and day of monitoring."""
        for (actor, day), facts in self._found.items():
            detail = (f"{len(facts)} facts before {day}", f"{day}前{len(facts)}条事实")
            yield Finding("", "", actor, detail, tuple(facts))
