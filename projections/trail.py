"""The audit trail, narrowed: by whom, about whom, of which kind, when, how late, after which sign-off."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from domain.aggregates import AGGREGATES
from domain.clinical_time import ClinicalTime, Instant
from domain.identifiers import TRIAL_STREAM, participant_stream, site_stream
from domain.outage import OUTAGE_STREAM
from domain.record import Entry, Origin, Role
from domain.viewing import VIEWING_STREAM
from projections.as_of import Axis, StoredView, View
from projections.changes import Following
from projections.lateness import Lateness
from projections.ports import Reading
from projections.sign_offs import SignOff, SignOffs


class Period(NamedTuple):
    """A time from `begin` on and before `end`; None where it is open."""

    begin: datetime | None = None
    end: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Whether a moment lies inside."""
        return (self.begin is None or moment >= self.begin) and (self.end is None or moment < self.end)


ALWAYS = Period()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which facts are asked for; what is left empty narrows nothing. All that is given must hold.

    `kinds` are topics or the beginnings of topics (`lab.`, `consent.given.v1`); a participant's facts are
    also those of the trial and of lots that name the participant. `late` asks for facts entered later than
    that after they happened, `after_sign_off` for those that come after a sign-off of what they touch.
    """

    actors: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    sites: tuple[str, ...] = ()
    origins: tuple[Origin, ...] = ()
    kinds: tuple[str, ...] = ()
    participant: str = ""
    stream: str = ""
    recorded: Period = ALWAYS
    effective: Period = ALWAYS
    late: timedelta | None = None
    after_sign_off: bool = False

    def accepts(self, entry: Entry) -> bool:
        """Whether a fact is asked for, what happened when, its lateness and its sign-offs apart."""
        record, command = entry
        by = command.attribution
        return (
            (not self.actors or by.actor in self.actors)
            and (not self.roles or by.role in self.roles)
            and (not self.sites or by.site in self.sites)
            and (not self.origins or by.origin in self.origins)
            and (not self.kinds or record.fact.TOPIC.startswith(self.kinds))
            and (not self.participant or concerns(entry, self.participant))
            and self.stream in ("", record.stream)
            and self.recorded.holds(command.recorded_at.moment)
        )


class Told(NamedTuple):
    """A fact of the trail, when it happened as that was put right since, how late it was entered, and, if
    asked for, the sign-offs it comes after.
    """

    entry: Entry
    happened: ClinicalTime
    late: timedelta
    sign_offs: tuple[SignOff, ...] = ()


def concerns(entry: Entry, code: str) -> bool:
    """Whether a fact is about a participant: of the participant's own stream, or naming the participant."""
    record = entry.record
    return record.stream == participant_stream(code) or getattr(record.fact, "participant", None) == code


def trail(
    reading: Reading, view: View, wanted: Wanted, progress: Callable[[int], None] = lambda _position: None
) -> Iterator[Told]:
    """The facts asked for as of a view, in order of recording.

    On the effective axis: those that had happened by then, in order of when they happened.
    """
    if view.axis is Axis.RECORDED:
        yield from _chosen(reading, view, wanted, progress)
        return
    happened = [
        told for told in _chosen(reading, view, wanted, progress) if told.happened.earliest <= view.moment
    ]
    happened.sort(key=lambda told: (told.happened.earliest, told.entry.record.position))
    yield from happened


def _chosen(reading: Reading, view: View, wanted: Wanted, progress: Callable[[int], None]) -> Iterator[Told]:
    following, sign_offs, lateness = Following(), SignOffs(), Lateness(reading, view)
    for entry in _entries(reading, view, wanted):
        progress(entry.record.position)
        after: tuple[SignOff, ...] = ()
        if wanted.after_sign_off:
            after = sign_offs.after(entry.record, following.take(entry.record))
            if not after:
                continue
        if not wanted.accepts(entry):
            continue
        happened, late = lateness.happened(entry.record), lateness.of(entry)
        if wanted.effective.holds(happened.earliest) and (wanted.late is None or late > wanted.late):
            yield Told(entry, happened, late, after)


def _entries(reading: Reading, view: View, wanted: Wanted) -> Iterator[Entry]:
    """The facts to look through: no more of them than can hold what is asked for."""
    trial, upto = view.trial_id, view.position
    if wanted.participant:
        streams = [participant_stream(wanted.participant), *_naming(reading, view, wanted.participant)]
    elif wanted.stream:
        streams = list(dict.fromkeys((wanted.stream, *((TRIAL_STREAM,) if wanted.after_sign_off else ()))))
    else:
        begin = 0 if wanted.after_sign_off else _before(reading, view, wanted)
        yield from reading.entries(trial, after=begin, upto=upto)
        return
    histories = (reading.entries(trial, stream=stream, upto=upto) for stream in streams)
    yield from heapq.merge(*histories, key=lambda entry: entry.record.position)


def _naming(reading: Reading, view: View, code: str) -> Iterator[str]:
    """The streams besides a participant's own in which a fact may name the participant, on either axis."""
    yield from (TRIAL_STREAM, VIEWING_STREAM, OUTAGE_STREAM)
    recorded = StoredView(reading, view.trial_id, view.position, Instant.of(view.moment))
    known = recorded.participant(code)
    if known is not None:
        yield site_stream(known.site)
    for aggregate in AGGREGATES:
        states: dict[str, object] = recorded.singles(aggregate.state)
        for key, state in states.items():
            if aggregate.model == "lot" or getattr(state, "participant", None) == code:
                yield aggregate.prefix + key


def _before(reading: Reading, view: View, wanted: Wanted) -> int:
    """The last position recorded before the period that is asked about."""
    if wanted.recorded.begin is None:
        return 0
    moment = timedelta(microseconds=1)
    begin = max(wanted.recorded.begin, datetime.min.replace(tzinfo=UTC) + moment)
    return reading.position_at(view.trial_id, Instant.of(begin - moment))
