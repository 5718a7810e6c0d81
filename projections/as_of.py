"""The states of a trial as of any instant, on either axis.

*Recorded*: what was known at an instant or position; read from the stored versions. *Effective*: what had
happened by a clinical instant, as is known now or was known at another; folded from the facts. What was
allowed is not a clinical event: rules, windows and protocol versions judge as all that is known says, on this
axis too. What the trial itself had gone through by then is told as it stood. Both give the same states to
every question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Protocol

from domain.aggregates import BY_STATE, S
from domain.casebook import Casebook, TrialFold
from domain.casebook_record import Records
from domain.clinical_time import Instant
from domain.enrolment import Enrolment
from domain.errors import Invalid, NotFound
from domain.identifiers import TRIAL_STREAM, participant_stream
from domain.infusion import Infusion
from domain.observation import VisitResults
from domain.outcome import Outcomes
from domain.participant import Participant, in_capitals
from domain.protocol import Protocol as TrialProtocol
from domain.record import Entry
from domain.trial import Trial
from domain.visit import Visit
from projections.documents import MODELS, ResultValue, reader, values_from
from projections.happened import happened
from projections.ports import Reading, newest_entry


class Axis(StrEnum):
    """Which clock an as-of question speaks of."""

    RECORDED = "recorded"
    EFFECTIVE = "effective"


class View(Protocol):
    """A trial's states at one instant. `position` is the last fact known, and `known_at` the instant up to
    which what was recorded is known; `moment` is the time that statuses are judged at.
    """

    trial_id: str
    position: int
    known_at: Instant
    moment: datetime
    axis: Axis

    @property
    def trial(self) -> Trial:
        """The trial as it is known, by which participants are judged."""

    @property
    def stood(self) -> Trial:
        """The trial as it stood, which is told of: what it had gone through by then."""

    @property
    def enrolment(self) -> Enrolment:
        """The places taken."""

    def participants(self) -> dict[str, Participant]:
        """Every participant by code, in code order."""

    def participant(self, code: str) -> Participant | None:
        """One participant, or None."""

    def visits(self, code: str = "") -> dict[str, dict[str, Visit]]:
        """Visits by participant code and visit id, of one participant or all."""

    def results(self, code: str = "") -> dict[str, dict[str, VisitResults]]:
        """Results by participant code, visit id and result id."""

    def result_values(self) -> list[ResultValue]:
        """Every standing value: participant, visit, result id, value."""

    def infusions(self, code: str = "") -> dict[str, dict[str, Infusion]]:
        """Infusions by participant code and number."""

    def outcomes(self, code: str = "") -> dict[str, Outcomes]:
        """Outcomes by participant code."""

    def records(self, code: str = "") -> dict[str, Records]:
        """What is said of the records of each casebook, by participant code."""

    def singles(self, kind: type[S], under: str = "") -> dict[str, S]:
        """The states of this class that streams of their own fold to (`domain.aggregates`), by key; with
        `under` those whose key goes on from it after a slash.
        """

    def single(self, kind: type[S], key: str = "") -> S | None:
        """One such state, or None; by default that of the only stream there is of it."""


def view_of(
    reading: Reading,
    trial: str,
    as_of: Instant | int | None,
    axis: Axis,
    now: Instant,
    known_at: Instant | int | None = None,
) -> View:
    """The trial's states as of an instant or a position (None: now). Raises NotFound, Invalid.

    A position stands for the whole command that it belongs to, and for the instant that was recorded at:
    statuses are judged at the instant given or stood for. Recorded, it is also all that is known. Effective,
    what is known is what was by `known_at`; by default by that position, or now.
    """
    head, _ = reading.head(trial)
    if not head:
        raise NotFound("trial.unknown", f"there is no trial {trial} in this store")

    def standing(asked: Instant | int | None) -> tuple[int, Instant]:
        if not isinstance(asked, int):
            return (head if asked is None else reading.position_at(trial, asked)), asked or now
        if not 0 < asked <= head:
            raise NotFound("as_of.position", f"there is no position {asked}; the history ends at {head}")
        entry = newest_entry(reading, trial, asked)
        last = entry.command.last if entry.record.position == asked else asked
        return last, entry.command.recorded_at

    position, instant = standing(as_of)
    if axis is Axis.RECORDED:
        if known_at is not None:
            raise Invalid(
                "as_of.known_at",
                "as recorded, the instant asked about is all that was known",
                remedy="Ask on the clinical axis, with --axis effective, or leave --known-at out.",
            )
        return StoredView(reading, trial, position, instant)
    known, known_by = standing(
        known_at if known_at is not None else as_of if isinstance(as_of, int) else None
    )
    return FoldedView(reading, trial, known, known_by, instant)


class StoredView:
    """States from the versions of the read models."""

    axis = Axis.RECORDED

    def __init__(self, reading: Reading, trial: str, position: int, instant: Instant) -> None:
        self._reading = reading
        self.trial_id = trial
        self.position = position
        self.known_at = instant
        self.moment = instant.moment

    def _one(self, state: str, key: str = "") -> Any:  # noqa: ANN401 - each state has its own type
        body = self._reading.document(self.trial_id, MODELS[state], key, upto=self.position)
        return None if body is None else reader(state)(body)

    def _each(self, state: str, code: str) -> Iterable[tuple[str, Any]]:
        read = reader(state)
        prefix = f"{code}/" if code else ""
        for key, body in self._reading.documents(
            self.trial_id, MODELS[state], upto=self.position, prefix=prefix
        ):
            yield key, read(body)

    def _by_code(self, state: str, code: str) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for key, known in self._each(state, code):
            whose, _, part = key.partition("/")
            found.setdefault(whose, {})[part] = known
        return found

    def _whole(self, state: str, code: str) -> dict[str, Any]:
        """The states that each participant has one of, of one participant or all."""
        if not code:
            return dict(self._each(state, ""))
        known = self._one(state, code)
        return {} if known is None else {code: known}

    @cached_property
    def trial(self) -> Trial:
        return self._one("trial") or Trial()

    @property
    def stood(self) -> Trial:
        return self.trial

    @cached_property
    def enrolment(self) -> Enrolment:
        return self._one("enrolment") or Enrolment()

    def participants(self) -> dict[str, Participant]:
        return dict(self._each("participant", ""))

    def participant(self, code: str) -> Participant | None:
        known: Participant | None = self._one("participant", code)
        return known

    def visits(self, code: str = "") -> dict[str, dict[str, Visit]]:
        return self._by_code("visit", code)

    def results(self, code: str = "") -> dict[str, dict[str, VisitResults]]:
        return self._by_code("results", code)

    def result_values(self) -> list[ResultValue]:
        return values_from(self._reading.documents(self.trial_id, MODELS["values"], upto=self.position))

    def infusions(self, code: str = "") -> dict[str, dict[str, Infusion]]:
        return self._by_code("infusion", code)

    def outcomes(self, code: str = "") -> dict[str, Outcomes]:
        return self._whole("outcomes", code)

    def records(self, code: str = "") -> dict[str, Records]:
        return self._whole("records", code)

    def singles(self, kind: type[S], under: str = "") -> dict[str, S]:
        return dict(self._each(BY_STATE[kind].model, under))

    def single(self, kind: type[S], key: str = "") -> S | None:
        aggregate = BY_STATE[kind]
        known: S | None = self._one(aggregate.model, key or aggregate.only)
        return known


class FoldedView:
    """States folded from the facts that were effective by an instant, of those known by another."""

    axis = Axis.EFFECTIVE

    def __init__(
        self, reading: Reading, trial: str, position: int, known_at: Instant, instant: Instant
    ) -> None:
        self._reading = reading
        self.trial_id = trial
        self.position = position
        self.known_at = known_at
        self.moment = instant.moment

    @cached_property
    def _fold(self) -> TrialFold:
        history = self._reading.replay(self.trial_id, upto=self.position)
        return TrialFold().run(happened(history, self.moment))

    def _casebooks(self, code: str) -> dict[str, Casebook]:
        if not code:
            return dict(sorted(self._fold.casebooks.items()))
        records = self._reading.stream(self.trial_id, participant_stream(code), upto=self.position)
        return TrialFold().run(happened(records, self.moment)).casebooks

    @cached_property
    def trial(self) -> Trial:
        known = self._reading.stream(self.trial_id, TRIAL_STREAM, upto=self.position)
        return TrialFold().run(known).trial

    @property
    def stood(self) -> Trial:
        return self._fold.trial

    @property
    def enrolment(self) -> Enrolment:
        taken = sum(
            c.participant is not None and c.participant.randomized is not None
            for c in self._casebooks("").values()
        )
        return Enrolment(taken)

    def participants(self) -> dict[str, Participant]:
        return {code: c.participant for code, c in self._casebooks("").items() if c.participant is not None}

    def participant(self, code: str) -> Participant | None:
        casebook = self._casebooks(code).get(code)
        return None if casebook is None else casebook.participant

    def visits(self, code: str = "") -> dict[str, dict[str, Visit]]:
        return {whose: c.visits for whose, c in self._casebooks(code).items() if c.visits}

    def results(self, code: str = "") -> dict[str, dict[str, VisitResults]]:
        return {whose: c.results for whose, c in self._casebooks(code).items() if c.results}

    def result_values(self) -> list[ResultValue]:
        return [
            (whose, visit, result, known.value)
            for whose, visits in self.results().items()
            for visit, results in visits.items()
            for result, known in results.items()
            if not known.is_voided
        ]

    def infusions(self, code: str = "") -> dict[str, dict[str, Infusion]]:
        return {
            whose: {str(number): known for number, known in c.infusions.items()}
            for whose, c in self._casebooks(code).items()
            if c.infusions
        }

    def outcomes(self, code: str = "") -> dict[str, Outcomes]:
        return {whose: c.outcomes for whose, c in self._casebooks(code).items() if c.outcomes is not None}

    def records(self, code: str = "") -> dict[str, Records]:
        return {whose: c.records for whose, c in self._casebooks(code).items() if c.records is not None}

    def singles(self, kind: type[S], under: str = "") -> dict[str, S]:
        states = sorted(self._fold.singles(kind).items())
        return {key: state for key, state in states if not under or key.startswith(f"{under}/")}

    def single(self, kind: type[S], key: str = "") -> S | None:
        return self._fold.single(kind, key)


def entries_of(reading: Reading, view: View, *, stream: str | None = None, after: int = 0) -> Iterator[Entry]:
    """The facts that a view knows of, with their envelopes, in order of recording; all, or of one stream."""
    known = reading.entries(view.trial_id, stream=stream, after=after, upto=view.position)
    return known if view.axis is Axis.RECORDED else happened(known, view.moment)


def protocol_of(trial: Trial, participant: Participant) -> TrialProtocol:
    """The protocol version a participant follows."""
    return trial.protocol_for(participant.site, participant.consent_versions)


def participants_of(view: View, code: str) -> dict[str, Participant]:
    """One participant by code, or all: a page about one must not read everybody. Raises NotFound."""
    return {code: participant_of(view, code)} if code else view.participants()


def participant_of(view: View, code: str) -> Participant:
    """One participant. Raises NotFound."""
    known = view.participant(code)
    if known is None:
        told = f"there is no participant {code} as of this instant"
        raise NotFound("participant.unknown", told, remedy=in_capitals(code))
    return known
