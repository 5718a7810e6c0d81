"""What a signal is: its name, its threshold, what it found, and whether it could be looked for at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple, Protocol

from domain.record import Entry, Origin
from projections.changes import Change
from projections.sign_offs import SignOff
from projections.trail import ALWAYS, Period

Words = tuple[str, str]
"""The same in English and in Chinese."""

SIGNALS: dict[str, Words] = {
    "late_entry": ("entered long after it happened", "延迟录入"),
    "bulk_entry": ("many entries by one person in a short time", "短时间内集中录入"),
    "odd_hours": ("entered outside the site's working hours", "非工作时间录入"),
    "repeated_changes": ("one value changed again and again", "同一数据反复更改"),
    "after_sign_off": (
        "changed after a signature, a verification, a freeze, a lock or a data cut",
        "签名、源数据核查、冻结、锁定或数据截点后更改",
    ),
    "after_query": ("changed on account of a query", "因质疑而更改"),
    "voided": ("taken out of use", "作废"),
    "endpoint_input": ("a value that an endpoint is computed from was changed", "终点指标的输入数据被更改"),
    "many_corrections": ("many corrections by one person", "同一人更正过多"),
    "several_roles": ("one person in several roles", "一人担任多个角色"),
    "before_monitoring": ("entered shortly before monitoring", "监查前集中录入"),
    "access": ("sign-ins that failed, and access that was denied", "登录失败或访问被拒"),
}
"""Each signal in words."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What counts as striking. Hours are the site's; `monitoring` are days on which a monitor came."""

    period: Period = ALWAYS
    late: timedelta = timedelta(days=5)
    bulk_entries: int = 20
    bulk_within: timedelta = timedelta(minutes=10)
    day_begins: int = 6
    day_ends: int = 22
    weekends: bool = False
    repeated: int = 2
    corrections: int = 10
    monitoring: tuple[date, ...] = ()
    before_monitoring: timedelta = timedelta(days=3)
    failed_access: int = 3


class Finding(NamedTuple):
    """Something striking: whom or which field it is about, who did it, what it is, and the facts behind."""

    about: str
    field: str
    actor: str
    detail: Words
    facts: tuple[int, ...]


class Signal(NamedTuple):
    """A signal, its threshold in words, and its findings; `why_not` says why it could not be looked for."""

    code: str
    threshold: Words
    findings: tuple[Finding, ...]
    why_not: Words | None = None


class Seen(NamedTuple):
    """A fact as the signals see it: what it changed, which sign-offs it comes after, the site's time, and how
    late it was entered.
    """

    entry: Entry
    changes: list[Change]
    sign_offs: tuple[SignOff, ...]
    local: datetime
    late: timedelta

    @property
    def position(self) -> int:
        """The fact's position."""
        return self.entry.record.position

    @property
    def actor(self) -> str:
        """Who recorded it."""
        return self.entry.command.attribution.actor

    @property
    def about(self) -> str:
        """The participant whose fact it is, empty for others."""
        stream = self.entry.record.stream
        return stream.removeprefix("participant/") if stream.startswith("participant/") else ""

    @property
    def is_entry(self) -> bool:
        """Whether a person entered data of a participant."""
        return bool(self.about) and self.entry.command.attribution.origin is Origin.PERSON

    @property
    def is_change(self) -> bool:
        """Whether a recorded value was corrected or voided."""
        return self.entry.record.fact.PUTS_RIGHT is not None

    @property
    def field(self) -> str:
        """The field that was changed, if one was."""
        paths = [change.place.path for change in self.changes if not change.place.path.endswith("/check")]
        return next((each for each in paths if each != "status"), "")


class Watch(Protocol):
    """Watches for one signal: sees every fact of the period in order, and tells what it found."""

    @property
    def code(self) -> str:
        """The signal."""

    @property
    def threshold(self) -> Words:
        """What counts as striking."""

    @property
    def why_not(self) -> Words | None:
        """Why it cannot be looked for, or None."""

    def see(self, seen: Seen) -> None:
        """Take note of a fact."""

    def findings(self) -> Iterator[Finding]:
        """What is striking."""
