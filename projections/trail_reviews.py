"""Reviews of the audit trail: what one is about, those that were made, and whether the next is overdue."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import NamedTuple

from domain.clinical_time import Instant
from domain.record import Entry, Origin
from domain.trail_review import TRAIL_REVIEW_STREAM, AuditTrailReviewed, TrailReviews, review_due_at
from projections.as_of import View, entries_of
from projections.ports import Reading
from projections.review_signals import Signal, Thresholds, review
from projections.trail import Period


class Material(NamedTuple):
    """What a review looks at: the positions recorded in the period, who entered data in it, the signals."""

    first: int
    last: int
    enterers: tuple[str, ...]
    signals: tuple[Signal, ...]

    @property
    def seen(self) -> tuple[str, ...]:
        """Each signal with the number of its findings."""
        return tuple(
            f"{each.code} {'not_checked' if each.why_not else len(each.findings)}" for each in self.signals
        )

    @property
    def digest(self) -> str:
        """A hash of the signals, their thresholds and findings."""
        told = [[each.code, each.threshold[0], bool(each.why_not), each.findings] for each in self.signals]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def material(
    reading: Reading,
    view: View,
    thresholds: Thresholds,
    progress: Callable[[int], None] = lambda _position: None,
) -> Material:
    """What there is to review in a period, as far as a view knows; positions are 0 where there is nothing."""
    entries = _of_period(reading.entries(view.trial_id, upto=view.position), thresholds.period)
    positions = [entry.record.position for entry in entries]
    signals = tuple(review(reading, view, thresholds, progress))
    return Material(min(positions, default=0), max(positions, default=0), _enterers(entries), signals)


def _of_period(entries: Iterable[Entry], period: Period) -> list[Entry]:
    return [entry for entry in entries if period.holds(entry.command.recorded_at.moment)]


def _enterers(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Who entered data of participants."""
    attributions = {
        entry.command.attribution for entry in entries if entry.record.stream.startswith("participant/")
    }
    return tuple(sorted({by.actor for by in attributions if by.origin is Origin.PERSON}))


class ReviewRow(NamedTuple):
    """One review. `own_entries` says that its reviewer entered data among the positions reviewed: what the
    command refuses, looked for again in the trail itself.
    """

    position: int
    at: str
    reviewer: str
    role: str
    begin: str
    end: str
    first: int
    last: int
    signals: tuple[str, ...]
    findings: str
    own_entries: bool


class ReviewState(NamedTuple):
    """How the plan stands: the interval in days, the last review, when the next is due."""

    every_days: int
    reviews: int
    last: str | None
    reviewed_to: int
    due: str | None
    overdue: bool


def review_rows(reading: Reading, view: View) -> list[ReviewRow]:
    """Every review as of the view, oldest first."""
    rows = []
    for entry in entries_of(reading, view, stream=TRAIL_REVIEW_STREAM):
        fact, by = entry.record.fact, entry.command.attribution
        if isinstance(fact, AuditTrailReviewed):
            reviewed = reading.entries(view.trial_id, after=fact.first - 1, upto=fact.last)
            rows.append(
                ReviewRow(
                    entry.record.position,
                    str(entry.record.effective_at),
                    by.actor,
                    str(by.role),
                    fact.begin,
                    fact.end,
                    fact.first,
                    fact.last,
                    fact.signals,
                    fact.findings,
                    by.actor in _enterers(reviewed),
                )
            )
    return rows


def review_state(view: View) -> ReviewState:
    """Whether a review of the audit trail is overdue, by the plan of the protocol in force."""
    trial = view.trial
    known = view.single(TrailReviews)
    days = trial.protocol.review.audit_trail_days if trial.versions else 0
    begun = min((site[0].since for site in trial.sites.values()), key=lambda when: when.fact, default=None)
    due = review_due_at(known, begun, days)
    return ReviewState(
        days,
        known.count if known is not None else 0,
        str(known.last.at) if known is not None else None,
        known.upto if known is not None else 0,
        None if due is None else str(Instant.of(due)),
        due is not None and view.moment > due,
    )
