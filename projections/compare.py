"""What differs between a trial as of two instants: each changed field, and the facts that changed it.

On the recorded axis both views know a beginning of one history, and the facts between are those recorded
between. On the effective axis both are folded, and the facts between are those that one of them tells of:
which happened between, or of which one did not know yet. Where none of them changed the field itself, the
fact is named that they made count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from domain.casebook import Touched
from domain.enrolment import AllocationUsed
from domain.errors import Invalid
from domain.identifiers import TRIAL_STREAM, participant_stream
from domain.participant import Randomized
from domain.record import Entry
from domain.trial import Trial
from projections.as_of import Axis, View, entries_of
from projections.changes import Change, Following
from projections.fields import Leaf, Place, leaves, place_of
from projections.ports import Reading


class FieldDifference(NamedTuple):
    """A field that two views tell differently, and the facts that changed it, in order of recording."""

    place: Place
    old: Leaf | None
    new: Leaf | None
    facts: tuple[Entry, ...]


Progress = Callable[[int], None]


def differences(
    reading: Reading,
    before: View,
    after: View,
    *,
    participant: str = "",
    progress: Progress = lambda _position: None,
) -> Iterator[FieldDifference]:
    """Every field that differs from one view to a later one of the same axis, by stream and field.

    With `participant`, only what that participant's own facts changed. Raises Invalid when the first view is
    the later one.
    """
    recorded = after.axis is Axis.RECORDED
    if before.position > after.position if recorded else before.moment > after.moment:
        raise Invalid("compare.order", "the first of the two lies after the second", remedy="Swap them.")
    yield from (_recorded if recorded else _effective)(reading, before, after, participant, progress)


# ---------------------------------------------------------------- as recorded


def _recorded(
    reading: Reading, before: View, after: View, participant: str, progress: Progress
) -> Iterator[FieldDifference]:
    """The streams that got facts between, each folded from its beginning."""
    trial, start, end = after.trial_id, before.position, after.position
    streams: dict[str, None] = {}
    if participant:
        streams[participant_stream(participant)] = None
    else:
        for entry in reading.entries(trial, after=start, upto=end):
            streams[entry.record.stream] = None
            progress(entry.record.position)
    for stream in _in_order(streams):
        following, found = Following(), _Found()
        for entry in reading.entries(trial, stream=stream, upto=end):
            changes = following.take(entry.record)
            if entry.record.position > start:
                found.add(changes, entry)
        yield from found.differences()


def _in_order(streams: Iterable[str]) -> list[str]:
    """The trial's own stream first, then the others by name."""
    return sorted(streams, key=lambda stream: (stream != TRIAL_STREAM, stream))


@dataclass(slots=True)
class _Found:
    """The changes between, field by field: what stood first, what stands last, and every fact on the way."""

    changes: dict[Place, list[tuple[Change, Entry]]] = field(default_factory=dict)

    def add(self, changes: Iterable[Change], entry: Entry) -> None:
        """Take in what one fact changed."""
        for change in changes:
            self.changes.setdefault(change.place, []).append((change, entry))

    def differences(self) -> Iterator[FieldDifference]:
        """The fields that are not what they were."""
        for place, found in self.changes.items():
            old, new = found[0][0].old, found[-1][0].new
            if not _alike(old, new):
                yield FieldDifference(place, old, new, _each_once(entry for _, entry in found))


def _each_once(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    facts = {entry.record.position: entry for entry in entries}
    return tuple(facts[position] for position in sorted(facts))


def _alike(old: Leaf | None, new: Leaf | None) -> bool:
    return old is new or (old is not None and new is not None and old.same(new))


# ---------------------------------------------------------------- as effective


def _effective(
    reading: Reading, before: View, after: View, participant: str, progress: Progress
) -> Iterator[FieldDifference]:
    """The streams of which the views tell different facts, folded as of both."""
    streams: dict[str, None] = {}
    if participant:
        streams[participant_stream(participant)] = None
    else:
        known, known_by = sorted((before.position, after.position))
        for entry in reading.entries(after.trial_id, upto=known_by):
            at, position = entry.record.effective_at.earliest, entry.record.position
            if position > known or before.moment < at <= after.moment:
                streams[entry.record.stream] = None
            progress(position)
    randomized: list[Entry] = []
    for stream in _in_order(streams):
        earlier, later = (_told_of(reading, view, stream) for view in (before, after))
        between = {each.record.position for each in earlier} ^ {each.record.position for each in later}
        if between:
            yield from _between(earlier, later, between, _told_at_first(stream))
            told = (each for each in (*earlier, *later) if isinstance(each.record.fact, Randomized))
            randomized += _of_positions(between, told)
    if not participant:
        yield from _places_taken(before, after, randomized)


def _told_of(reading: Reading, view: View, stream: str) -> list[Entry]:
    """The facts of a stream that a view tells of; places taken are counted on this axis."""
    known = entries_of(reading, view, stream=stream)
    return [entry for entry in known if not isinstance(entry.record.fact, AllocationUsed)]


def _of_positions(positions: set[int], entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Those entries that stand at these positions, each once, in order of recording."""
    return _each_once(entry for entry in entries if entry.record.position in positions)


def _told_at_first(stream: str) -> dict[Place, Leaf]:
    """What a view tells of a stream without facts: of the trial's own, that it is planned."""
    nothing = leaves(Trial()) if stream == TRIAL_STREAM else {}
    return {place_of(Touched("trial", ""), path): leaf for path, leaf in nothing.items()}


def _between(
    earlier: list[Entry], later: list[Entry], between: set[int], at_first: dict[Place, Leaf]
) -> Iterator[FieldDifference]:
    known, now = dict(at_first), dict(at_first)
    found = _Found()
    for entries, told in ((earlier, known), (later, now)):
        following = Following()
        for entry in entries:
            changes = following.take(entry.record)
            for change in changes:
                _set(told, change)
            if told is now or entry.record.position in between:
                found.add(changes, entry)
    apart = _of_positions(between, [*earlier, *later])
    for place in dict.fromkeys((*known, *found.changes)):
        old, new = known.get(place), now.get(place)
        if not _alike(old, new):
            facts = _each_once(entry for _, entry in found.changes.get(place, ()))
            yield FieldDifference(place, old, new, _of_positions(between, facts) or facts or apart)


def _set(known: dict[Place, Leaf], change: Change) -> None:
    if change.new is None:
        known.pop(change.place, None)
    else:
        known[change.place] = change.new


def _places_taken(before: View, after: View, randomized: list[Entry]) -> Iterator[FieldDifference]:
    """How many had been randomized by then: on this axis counted, not taken from the trial's own facts."""
    old, new = before.enrolment.allocated, after.enrolment.allocated
    if old != new:
        place = Place("enrolment", "", "places_taken")
        yield FieldDifference(place, Leaf(str(old)), Leaf(str(new)), tuple(randomized))
