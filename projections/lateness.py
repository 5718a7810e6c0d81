"""How late a fact was entered: the time from when it happened to when it was recorded (TI-03)."""

from __future__ import annotations

from datetime import timedelta

from domain.observation import EditCheckFired
from domain.record import Entry
from domain.review_rules import ReviewRules
from domain.trial import Trial
from projections.changes import PUT_RIGHT


def late_after(trial: Trial) -> timedelta:
    """After how long an entry is late, as the trial's newest protocol says.

    A protocol that says nothing has 5 days, the mean from visit to entry (Tufts and Veeva, 2017).
    """
    rules = trial.protocol.review if trial.versions else ReviewRules()
    return timedelta(days=rules.late_entry_days)


_NO_ENTRIES = (*PUT_RIGHT, EditCheckFired)
"""Facts that stand at the clinical time of the value they are about: they enter nothing anew."""


def lateness(entry: Entry) -> timedelta:
    """How long after the last moment it can have happened a fact was recorded; nothing for no entry.

    A day or a month is over before anybody can be late with it.
    """
    if isinstance(entry.record.fact, _NO_ENTRIES):
        return timedelta(0)
    return max(timedelta(0), entry.command.recorded_at.moment - entry.record.effective_at.latest)
