"""The periodic review of the audit trail (ICH E6(R3) 4.2.3; DR-05): its fact, and when the next is due."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field, StringConstraints

from domain.fact import Fact, FreeText
from domain.happened import Happened
from domain.identifiers import Digest
from domain.record import Record

TRAIL_REVIEW_STREAM = "trail_review/all"

SignalSeen = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40} ([0-9]{1,9}|not_checked)$")]
"""A risk signal and how many findings it had, `late_entry 3`; `not_checked` where it was not looked for."""


class AuditTrailReviewed(Fact):
    """The audit trail of a period has been gone through by somebody who entered none of it.

    `first` to `last` are the positions recorded in the period; `material` is a hash of the risk signals with
    their thresholds and findings, by which they can be shown again; `enterers` are those who entered data.
    """

    TOPIC = "review.audit_trail_reviewed.v1"
    EN = "Audit trail reviewed, positions {first}–{last} ({begin} to {end}); signals: {signals}; {findings}"
    ZH = "已审查稽查轨迹，位置 {first} 至 {last}（{begin} 至 {end}）；风险信号：{signals}；{findings}"
    PROMPT = True
    begin: str = ""
    end: str = ""
    first: Annotated[int, Field(ge=1)]
    last: Annotated[int, Field(ge=1)]
    signals: tuple[SignalSeen, ...]
    material: Digest
    enterers: tuple[str, ...] = ()
    findings: FreeText


@dataclass(frozen=True, slots=True)
class TrailReviews:
    """The reviews of a trial's audit trail, the last of them, and the position it was reviewed to."""

    count: int
    last: Happened
    upto: int


def evolve(known: TrailReviews | None, record: Record) -> TrailReviews | None:
    """The reviews after one more fact. Total: what it does not know changes nothing."""
    fact = record.fact
    if not isinstance(fact, AuditTrailReviewed):
        return known
    count, upto = (known.count, known.upto) if known is not None else (0, 0)
    when = record.happened
    return TrailReviews(count + 1, when, max(upto, fact.last))


def review_due_at(reviews: TrailReviews | None, begun: Happened | None, days: int) -> datetime | None:
    """When the next review is due: so many days after the last, or after the first site began; None before.

    Overdue is whatever comes later.
    """
    since = reviews.last if reviews is not None else begun
    return None if since is None else since.at.earliest + timedelta(days=days)
