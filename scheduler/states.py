"""Where the sweep finds states: in the read models of a store, or in a fold of its facts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from domain.aggregates import S
from domain.alert import Alert
from domain.casebook import TrialFold
from domain.clinical_time import Instant
from domain.identifiers import SYSTEM_LOG, query_stream
from domain.participant import Participant
from domain.query import Query
from domain.trial import Trial
from projections.as_of import StoredView, protocol_of
from projections.milestones import MilestoneRow, milestones_of
from projections.ports import Reading
from scheduler.watch import TRIAL, Kind, Singles, Watch, kind_of

_WHENEVER = Instant("0001-01-01T00:00:00.000000Z")
"""The moment of a view of which nothing is asked that depends on it."""


class StoredStates:
    """The states that the read models hold at a position; `system` is the position of the system log."""

    def __init__(self, reading: Reading, trial: str, position: int, system: int, now: Instant) -> None:
        self._reading = reading
        self._view = StoredView(reading, trial, position, now)
        self._system = StoredView(reading, SYSTEM_LOG, system, now)

    def owners(self) -> Iterable[str]:
        """Every participant, and the trial as a whole."""
        queries = (query.query for query in self._view.singles(Query).values() if not query.is_settled)
        return (*self._view.participants(), *map(query_stream, queries), TRIAL)

    def watches(self, owners: Collection[str], *, most: bool) -> Iterator[Watch]:
        """The states of these owners; with `most` everything is read at once."""
        view, trial = self._view, self._view.trial
        if not trial.versions:
            return
        if TRIAL in owners:
            yield _whole(view.trial_id, trial, view.singles, self._system.singles)
        for owner in _of_kind(owners, Kind.QUERY):
            query = view.single(Query, owner.partition("/")[2])
            asked = None if query is None else view.participant(query.participant)
            if asked is not None:
                yield Watch(view.trial_id, trial, protocol_of(trial, asked), asked, query=query)
        codes = _of_kind(owners, Kind.PARTICIPANT)
        at_once = most and len(codes) > 1
        participants = view.participants() if at_once else {}
        visits = view.visits() if at_once else {}
        infusions = view.infusions() if at_once else {}
        outcomes = view.outcomes() if at_once else {}
        grouped = _Grouped(view.singles)
        for code in codes:
            known = participants.get(code) if at_once else view.participant(code)
            if known is not None:
                yield Watch(
                    view.trial_id,
                    trial,
                    protocol_of(trial, known),
                    known,
                    (visits if at_once else view.visits(code)).get(code, {}),
                    (infusions if at_once else view.infusions(code)).get(code, {}),
                    (outcomes if at_once else view.outcomes(code)).get(code),
                    sign_offs=partial(self._sign_offs, known),
                    singles=grouped.of(code) if at_once else partial(view.singles, under=code),
                )

    def alert(self, name: str) -> Alert | None:
        """An alert."""
        return self._view.single(Alert, name)

    def _sign_offs(self, participant: Participant) -> list[MilestoneRow]:
        return list(milestones_of(self._reading, self._view, participant))


class FoldedStates:
    """The states that folds of a trial's facts and of the system log's have come to."""

    def __init__(self, reading: Reading, trial_id: str, fold: TrialFold, system: TrialFold) -> None:
        """`position` is to be kept at the last fact folded: what the fold does not hold is read as of it."""
        self.position = 0
        self._reading = reading
        self._trial_id = trial_id
        self._fold = fold
        self._system = system

    def owners(self) -> Iterable[str]:
        """Every participant, and the trial as a whole."""
        return (*self._fold.casebooks, *map(query_stream, self._fold.singles(Query)), TRIAL)

    def watches(self, owners: Collection[str], *, most: bool) -> Iterator[Watch]:
        """The states of these owners."""
        trial, singles = self._fold.trial, self._fold.singles
        if not trial.versions:
            return
        if TRIAL in owners:
            yield _whole(self._trial_id, trial, singles, self._system.singles)
        for owner in _of_kind(owners, Kind.QUERY):
            query = self._fold.single(Query, owner.partition("/")[2])
            asked = None if query is None else self._fold.casebooks[query.participant].participant
            if asked is not None:
                yield Watch(self._trial_id, trial, protocol_of(trial, asked), asked, query=query)
        for code in _of_kind(owners, Kind.PARTICIPANT):
            book = self._fold.casebooks.get(code)
            if book is not None and book.participant is not None:
                yield Watch(
                    self._trial_id,
                    trial,
                    protocol_of(trial, book.participant),
                    book.participant,
                    book.visits,
                    {str(number): infusion for number, infusion in book.infusions.items()},
                    book.outcomes,
                    sign_offs=partial(self._sign_offs, book.participant),
                    singles=self._of(code),
                )

    def alert(self, name: str) -> Alert | None:
        """An alert, of those that were stored."""
        return self._fold.single(Alert, name)

    def _sign_offs(self, participant: Participant) -> list[MilestoneRow]:
        view = StoredView(self._reading, self._trial_id, self.position, _WHENEVER)
        return list(milestones_of(self._reading, view, participant))

    def _of(self, code: str) -> Singles:
        def of_one(kind: type[S], /) -> Mapping[str, S]:
            states = self._fold.singles(kind)
            return {key: state for key, state in states.items() if key.startswith(f"{code}/")}

        return of_one


def _of_kind(owners: Iterable[str], kind: Kind) -> list[str]:
    return sorted(owner for owner in owners if kind_of(owner) is kind)


class _Grouped:
    """The states of single streams by participant, each class read once and only when it is asked for."""

    def __init__(self, singles: Singles) -> None:
        self._singles = singles
        self._known: dict[type, dict[str, dict[str, Any]]] = {}

    def of(self, code: str) -> Singles:
        """Those of one participant."""
        return lambda kind: self._groups(kind).get(code, {})

    def _groups(self, kind: type[Any]) -> dict[str, dict[str, Any]]:
        if kind not in self._known:
            groups: dict[str, dict[str, Any]] = {}
            for key, state in self._singles(kind).items():
                groups.setdefault(key.partition("/")[0], {})[key] = state
            self._known[kind] = groups
        return self._known[kind]


def _whole(trial_id: str, trial: Trial, singles: Singles, system: Singles) -> Watch:
    return Watch(trial_id, trial, trial.protocol, singles=singles, system=system)
