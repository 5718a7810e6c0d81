"""Everything known of one participant, and the fold of a whole trial: facts in, states out.

The same fold serves the workflow (what may happen next), the read models (what is stored as versions),
replay, and every question on the clinical axis. Each state is immutable; only these holders change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from domain import (
    casebook_record,
    enrolment,
    infusion,
    observation,
    outcome,
    participant,
    screening,
    trial,
    visit,
)
from domain.aggregates import AGGREGATES, BY_STATE, S, aggregate_of
from domain.casebook_paths import Telling, telling
from domain.casebook_record import RECORD_FACTS, ChangesAuthorised, Records
from domain.enrolment import AllocationUsed, Enrolment
from domain.fact import Fact
from domain.happened import Happened
from domain.identifiers import TRIAL_STREAM
from domain.infusion import Infusion, InfusionFact
from domain.observation import VisitResult, VisitResults
from domain.outcome import Outcomes
from domain.participant import Participant
from domain.record import Record
from domain.trial import Trial
from domain.visit import UNSCHEDULED, Visit, VisitVoided


class Touched(NamedTuple):
    """Which state a fact changed: the model it belongs to and its key there."""

    model: str
    key: str


Changes = tuple[Touched, ...]


@dataclass(slots=True)
class Casebook:
    """The states of one participant: the course, each visit and its results, each infusion, the outcomes,
    and what is said of the records these make. `changed` is where each path of them changed last.
    """

    code: str
    participant: Participant | None = None
    visits: dict[str, Visit] = field(default_factory=dict)
    results: dict[str, VisitResults] = field(default_factory=dict)
    infusions: dict[int, Infusion] = field(default_factory=dict)
    outcomes: Outcomes | None = None
    records: Records | None = None
    changed: dict[str, int] = field(default_factory=dict)
    version: int = 0
    told: dict[str, Touched] = field(default_factory=dict, repr=False, compare=False)
    """What is told when the results of a visit change, made once for each."""

    def take(self, records: Iterable[Record]) -> list[Touched]:
        """Take in more facts of this participant; tells which states each changed, in order."""
        changes: list[Touched] = []
        results: VisitResults = {}
        paths = _PATHS[""]
        visit_id = ""  # The visit of `results`, a copy that nobody has seen yet: most facts are results.
        record: Record | None = None
        changed = self.changed
        for record in records:
            fact: Any = record.fact
            route, path = _ROUTES[type(fact)]
            if route is None:
                if fact.visit != visit_id:
                    visit_id = fact.visit
                    results = self.results[visit_id] = dict(self.results.get(visit_id, ()))
                    paths = _PATHS[visit_id]
                    changes.append(self._told(visit_id))
                changed[paths[fact.result]] = record.position
                observation.enter(results, record)
            else:
                if path is not None:
                    changed[path if isinstance(path, str) else path(fact)] = record.position
                changes += route(self, record, fact)
                visit_id = ""  # What the fact did to results nobody has seen is not in the copy.
        if record is not None:
            self.version = record.version
        return changes

    def _told(self, visit_id: str) -> Touched:
        told = self.told.get(visit_id)
        if told is None:
            told = self.told[visit_id] = Touched("results", f"{self.code}/{visit_id}")
        return told

    @property
    def known(self) -> Participant:
        """The participant. Raises LookupError for a casebook without one."""
        if self.participant is None:
            raise LookupError(self.code)
        return self.participant

    def unscheduled(self) -> str:
        """The id the next unscheduled visit takes."""
        number = 1
        while f"{UNSCHEDULED}-{number}" in self.visits:
            number += 1
        return f"{UNSCHEDULED}-{number}"

    def _of_visit(self, record: Record, fact: Any) -> Changes:  # noqa: ANN401 - the facts of a visit
        now = visit.evolve(self.visits.get(fact.visit), record)
        if now is None:
            return ()
        self.visits[fact.visit] = now
        change = Touched("visit", f"{self.code}/{fact.visit}")
        if not isinstance(fact, VisitVoided) or fact.what != "attended" or fact.visit not in self.results:
            return (change,)
        standing = self.results[fact.visit].items()
        self.results[fact.visit] = {name: each for name, each in standing if not each.is_voided}
        return (change, self._told(fact.visit))

    def _of_infusion(self, record: Record, fact: InfusionFact) -> Changes:
        before = self.infusions.get(fact.infusion)
        now = infusion.evolve(before, record)
        if now is None:
            return ()
        self.infusions[fact.infusion] = now
        change = Touched("infusion", f"{self.code}/{fact.infusion}")
        person, began = self.participant, before.started if before is not None else None
        if person is None or began == now.started or person.infused == (first := self._first_start()):
            return (change,)
        self.participant = participant.infused(person, first)
        return (change, Touched("participant", self.code))

    def _first_start(self) -> Happened | None:
        """When the first infusion that stands began, whenever that was recorded."""
        starts = (each.started for each in self.infusions.values() if each.started is not None)
        return min(starts, key=lambda each: (each.at.earliest, each.fact), default=None)

    def _of_outcomes(self, record: Record, _fact: Fact) -> Changes:
        now = outcome.evolve(self.outcomes, record)
        if now is self.outcomes:
            return ()
        self.outcomes = now
        return (Touched("outcomes", self.code),)

    def _of_records(self, record: Record, _fact: Fact) -> Changes:
        self.records = casebook_record.evolve(self.records, record)
        return (Touched("records", self.code),)

    def _of_participant(self, record: Record, _fact: Fact) -> Changes:
        now = participant.evolve(self.participant, record)
        if now is self.participant:
            return ()
        self.participant = now
        return (Touched("participant", self.code),)


class _PathsOf(dict[str, str]):
    """The paths of the results of one visit, each made once: every participant has the same."""

    def __init__(self, visit_id: str) -> None:
        self._visit = visit_id

    def __missing__(self, result: str) -> str:
        path = self[result] = f"{self._visit}/{result}"
        return path


class _Paths(dict[str, _PathsOf]):
    def __missing__(self, visit_id: str) -> _PathsOf:
        paths = self[visit_id] = _PathsOf(visit_id)
        return paths


_PATHS = _Paths()

Route = Callable[[Casebook, Record, Any], Changes] | None
"""How a casebook takes in the facts of a class; None for those about results, which it takes in itself."""

_COURSE = frozenset(participant.COURSE) | {screening.PreScreened}


def _route_of(kind: type[Fact]) -> Route:
    if issubclass(kind, VisitResult):
        return None
    if issubclass(kind, InfusionFact):
        return Casebook._of_infusion
    if kind in visit.VISIT_FACTS:
        return Casebook._of_visit
    if kind in (*RECORD_FACTS, ChangesAuthorised):
        return Casebook._of_records
    return Casebook._of_participant if kind in _COURSE else Casebook._of_outcomes


_STREAM: Callable[[Record], str] = attrgetter("stream")


class _Routes(dict[type[Fact], tuple[Route, Telling]]):
    def __missing__(self, kind: type[Fact]) -> tuple[Route, Telling]:
        known = self[kind] = _route_of(kind), telling(kind)
        return known


_ROUTES = _Routes()


@dataclass(slots=True)
class TrialFold:
    """The states of a whole trial, folded from its facts in order."""

    trial: Trial = field(default_factory=Trial)
    enrolment: Enrolment = field(default_factory=Enrolment)
    casebooks: dict[str, Casebook] = field(default_factory=dict)
    _singles: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {aggregate.model: {} for aggregate in AGGREGATES}
    )
    """The states of streams that fold to one state each, by model and key (`domain.aggregates`)."""

    def single(self, kind: type[S], key: str = "") -> S | None:
        """The state of this class that a stream of its own folds to, by default the only one there is."""
        return self.singles(kind).get(key or BY_STATE[kind].only)

    def singles(self, kind: type[S]) -> dict[str, S]:
        """Every such state of a class, by key."""
        return self._singles[BY_STATE[kind].model]

    def apply(self, record: Record) -> list[Touched]:
        """Take in one more fact; tells which states it changed."""
        return self.take((record,))

    def take(self, records: Iterable[Record]) -> list[Touched]:
        """Take in more facts; tells which states they changed, in order.

        Of states that facts in succession change, those between the first and the last are never made.
        """
        changes: list[Touched] = []
        for stream, of_stream in groupby(records, _STREAM):
            if stream.startswith("participant/"):
                code = stream[12:]
                casebook = self.casebooks.get(code)
                if casebook is None:
                    casebook = self.casebooks[code] = Casebook(code)
                changes += casebook.take(of_stream)
            elif stream == TRIAL_STREAM:
                changes += map(self._of_trial, of_stream)
            else:
                for record in of_stream:
                    changes += self._of_single(record)
        return changes

    def _of_trial(self, record: Record) -> Touched:
        if isinstance(record.fact, AllocationUsed):
            self.enrolment = enrolment.enrolled(self.enrolment, record.fact)
            return Touched("enrolment", "")
        self.trial = trial.evolve(self.trial, record)
        return Touched("trial", "")

    def _of_single(self, record: Record) -> Changes:
        found = aggregate_of(record.stream)
        if found is None:
            return ()
        aggregate, key = found
        states = self._singles[aggregate.model]
        before = states.get(key)
        now = aggregate.evolve(before, record)
        if now is None or now is before:
            return ()
        states[key] = now
        return (Touched(aggregate.model, key),)

    def forget(self, stream: str) -> None:
        """Go back to knowing nothing of a stream."""
        if stream == TRIAL_STREAM:
            self.trial, self.enrolment = Trial(), Enrolment()
        elif stream.startswith("participant/"):
            self.casebooks.pop(stream[12:], None)
        elif found := aggregate_of(stream):
            aggregate, key = found
            self._singles[aggregate.model].pop(key, None)

    def run(self, records: Iterable[Record]) -> TrialFold:
        """Take in many facts."""
        self.take(records)
        return self

    def state(self, touched: Touched) -> object:
        """The state a `Touched` names."""
        model, key = touched
        if model == "trial":
            return self.trial
        if model == "enrolment":
            return self.enrolment
        if model in self._singles:
            return self._singles[model][key]
        code, _, part = key.partition("/")
        casebook = self.casebooks[code]
        match model:
            case "results":
                return casebook.results[part]
            case "visit":
                return casebook.visits[part]
            case "infusion":
                return casebook.infusions[int(part)]
            case "outcomes":
                return casebook.outcomes
            case "records":
                return casebook.records
        return casebook.participant
