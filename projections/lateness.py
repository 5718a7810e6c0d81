"""How late a fact was entered: the time from when it happened to when it was recorded (TI-03)."""

from __future__ import annotations

from datetime import timedelta

from domain.clinical_time import ClinicalTime
from domain.observation import EditCheckFired
from domain.record import Entry, Record
from domain.review_rules import ReviewRules
from domain.right_times import MOVABLE, RightTimes
from domain.told_anew import RETOLD, ToldAnew
from domain.trial import Trial
from projections.as_of import View
from projections.ports import Reading


def late_after(trial: Trial) -> timedelta:
    """After how long an entry is late, as the trial's newest protocol says.

    A protocol that says nothing has 5 days, the mean from visit to entry (Tufts and Veeva, 2017).
    """
    rules = trial.protocol.review if trial.versions else ReviewRules()
    return timedelta(days=rules.late_entry_days)


class Lateness:
    """How late facts were entered, as a view knows it: by when they happened, as that was put right since."""

    def __init__(self, reading: Reading, view: View) -> None:
        self._reading, self._view = reading, view
        self._right: dict[str, RightTimes] = {}
        self._anew: dict[str, ToldAnew] = {}

    def of(self, entry: Entry) -> timedelta:
        """How long after the last moment it can have happened a fact was recorded; nothing for no entry.

        A day or a month is over before anybody can be late with it. What puts right is no entry; nor is what
        was taken back and told anew in one command, which was entered when it was told first.
        """
        record = entry.record
        if record.fact.PUTS_RIGHT is not None or isinstance(record.fact, EditCheckFired):
            return timedelta(0)
        at = self.happened(record)
        if isinstance(record.fact, RETOLD):
            told = self._told_anew(record.stream)
            if told.is_again(record):
                return timedelta(0)
            at = told.right(record)
        return max(timedelta(0), entry.command.recorded_at.moment - at.latest)

    def _told_anew(self, stream: str) -> ToldAnew:
        told = self._anew.get(stream)
        if told is None:
            of_stream = self._reading.entries(self._view.trial_id, stream=stream, upto=self._view.position)
            told = self._anew[stream] = ToldAnew(of_stream)
        return told

    def happened(self, record: Record) -> ClinicalTime:
        """When what a fact tells happened, as that was put right since."""
        if not isinstance(record.fact, MOVABLE):
            return record.effective_at
        right = self._right.get(record.stream)
        if right is None:
            of_stream = self._reading.stream(self._view.trial_id, record.stream, upto=self._view.position)
            right = self._right[record.stream] = RightTimes(of_stream)
        return right.of(record)
