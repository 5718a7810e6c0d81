"""What the engine remembers of a trial between commands: states folded from the log, never ahead of it.

Before each command the memory catches up with facts other processes have written; a stream is loaded when it
is first asked for. After a failed commit the memory is thrown away.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from domain.aggregates import BY_STATE, S
from domain.casebook import Casebook, Touched, TrialFold
from domain.enrolment import Enrolment
from domain.identifiers import TRIAL_STREAM, participant_stream
from domain.record import Record
from domain.trial import Trial
from workflows.ports import Log

CASEBOOKS_KEPT = 4096
CATCH_UP_LIMIT = 5000


_REACHED = attrgetter("stream", "version")
"""How far a fact takes its stream."""


class Memory:
    """The states of one trial at `position`, for the length of a transaction bound to it by `attend`."""

    def __init__(self, trial_id: str) -> None:
        self.trial_id = trial_id
        self.fold = TrialFold()
        self.position = 0
        self._streams: dict[str, int] = {}
        self._log: Log | None = None

    def attend(self, log: Log) -> None:
        """Catch up with the log as a transaction sees it, and load further streams from it."""
        self._log = log
        head = log.head.position
        if head - self.position > CATCH_UP_LIMIT or len(self._streams) > CASEBOOKS_KEPT:
            self.fold, self._streams = TrialFold(), {}
        elif head > self.position:
            self.apply(log.records_since(self.position))
        self.position = head

    def apply(self, records: Sequence[Record]) -> dict[Touched, None]:
        """Fold facts of the streams that are held; tells which states they changed, in order."""
        streams = self._streams
        held = [record for record in records if record.stream in streams]
        touched = dict.fromkeys(self.fold.take(held))
        streams.update(map(_REACHED, held))
        if records:
            self.position = records[-1].position
        return touched

    def forget(self, records: Sequence[Record]) -> None:
        """Unlearn folded facts that will not be stored: their streams are loaded anew when next asked for."""
        for stream in {record.stream for record in records}:
            self._streams.pop(stream, None)
            self.fold.forget(stream)
        if self._log is not None:
            self.position = self._log.head.position

    def version(self, stream: str) -> int:
        """The newest version of a stream, 0 while it is empty."""
        self._load(stream)
        return self._streams[stream]

    @property
    def trial(self) -> Trial:
        """The trial."""
        self._load(TRIAL_STREAM)
        return self.fold.trial

    @property
    def enrolment(self) -> Enrolment:
        """How many places are taken."""
        self._load(TRIAL_STREAM)
        return self.fold.enrolment

    def casebook(self, code: str) -> Casebook | None:
        """A participant's casebook, or None."""
        self._load(participant_stream(code))
        return self.fold.casebooks.get(code)

    def single(self, kind: type[S], key: str = "") -> S | None:
        """The state of this class that a stream of its own folds to, by default the only one there is."""
        aggregate = BY_STATE[kind]
        self._load(aggregate.prefix + (key or aggregate.only))
        return self.fold.single(kind, key)

    def singles(self, kind: type[S]) -> dict[str, S]:
        """Every such state of a class, by key. Reads the whole log: for what is rarely asked."""
        if self._log is None:
            raise AssertionError("the memory attends no log")
        prefix = BY_STATE[kind].prefix
        fold = TrialFold().run(each for each in self._log.records_since(0) if each.stream.startswith(prefix))
        return fold.singles(kind)

    def whole(self, upto: int | None = None) -> TrialFold:
        """The states of the whole trial, now or as of a position. Reads the whole log: for what is rarely
        asked.
        """
        if self._log is None:
            raise AssertionError("the memory attends no log")
        known = self._log.records_since(0)
        return TrialFold().run(each for each in known if upto is None or each.position <= upto)

    def stream_at(self, position: int) -> str:
        """The stream of the fact at a position, "" where nothing is stored yet."""
        if self._log is None:
            raise AssertionError("the memory attends no log")
        record = self._log.record_at(position)
        return "" if record is None else record.stream

    def _load(self, stream: str) -> None:
        if stream in self._streams:
            return
        if self._log is None:
            raise AssertionError("the memory attends no log")
        records = self._log.records(stream)
        self.fold.run(records)
        self._streams[stream] = records[-1].version if records else 0
