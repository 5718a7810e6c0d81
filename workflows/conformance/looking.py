"""What a replay looks at: the states before a command, as its decision saw them, and the command's facts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from domain.aggregates import S
from domain.casebook import Casebook, TrialFold
from domain.enrolment import Enrolment
from domain.errors import Broken, Denied
from domain.fact import Fact
from domain.privacy import REDACTED
from domain.record import Entry, Record
from domain.sealed import Sealed
from domain.trial import Trial
from domain.visit import UNSCHEDULED
from workflows.command import COMMANDS, Command
from workflows.reasons import in_words, is_listed, stock_of
from workflows.situation import Case, Situation

Unseal = Callable[[Sealed], str | None]
"""Opens a sealed value for whoever asks; None where it stays sealed, and then nothing is said about it."""


def quietly(unseal: Unseal) -> Unseal:
    """Broken seals are told of once, where they stand; further on they are as good as closed."""

    def opened(sealed: Sealed) -> str | None:
        try:
            return unseal(sealed)
        except Broken:
            return None

    return opened


def route_in(details: str | None) -> str | None:
    """The route in what was sealed about an infusion's access."""
    return None if details is None else str(json.loads(details)["route"])


Past = Callable[[int], TrialFold]
"""The states of the whole trial as of a position that the replay has gone past: rarely asked for."""


def nothing_before(_position: int) -> TrialFold:
    """The past of a log of which nothing is asked."""
    return TrialFold()


@dataclass(slots=True)
class Known:
    """The states of a fold at a position, as decisions ask for them."""

    trial_id: str
    fold: TrialFold
    position: int = 0
    past: Past = nothing_before

    @property
    def trial(self) -> Trial:
        """The trial."""
        return self.fold.trial

    @property
    def enrolment(self) -> Enrolment:
        """How many places are taken."""
        return self.fold.enrolment

    def casebook(self, code: str) -> Casebook | None:
        """A participant's casebook, or None when there is none."""
        return self.fold.casebooks.get(code)

    def single(self, kind: type[S], key: str = "") -> S | None:
        """The state of this class that a stream of its own folds to, by default the only one there is."""
        return self.fold.single(kind, key)

    def singles(self, kind: type[S]) -> dict[str, S]:
        """Every such state of a class, by key."""
        return self.fold.singles(kind)

    def whole(self, upto: int | None = None) -> TrialFold:
        """The states of the whole trial, before the command or as of a position before that."""
        return self.fold if upto is None or upto >= self.position else self.past(upto)


class NoCredentials:
    """Proves nobody's identity: a replay decides nothing anew."""

    def hashed(self, _password: str) -> str:
        """Never. Raises Denied."""
        raise Denied("vault.none", "a replay hashes nothing")

    def fits(self, _password: str, _hashed: str) -> bool:
        """Nothing does."""
        return False

    def decoy(self) -> str:
        """None."""
        return ""

    def step_of(self, _seed: str, _code: str, _moment: datetime) -> int:
        """None."""
        return 0


class NoVault:
    """Seals and opens nothing: a replay decides nothing anew."""

    def seal(self, _scope: str, _plain: str) -> Sealed:
        """Never. Raises Denied."""
        raise Denied("vault.none", "a replay seals nothing")

    def open(self, _sealed: Sealed) -> str:
        """Never. Raises Denied."""
        raise Denied("vault.none", "a replay opens nothing")


@dataclass(frozen=True)
class Looking:
    """A command of the journal with its facts, and the situation it was decided in."""

    entries: tuple[Entry, ...]
    situation: Situation
    unseal: Unseal

    @property
    def trial(self) -> Trial:
        """The trial before the command."""
        return self.situation.trial

    @property
    def enrolment(self) -> Enrolment:
        """The places taken before the command."""
        return self.situation.states.enrolment

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """The facts of the command."""
        return tuple(entry.record.fact for entry in self.entries)

    def has_reason(self, *stock: str) -> bool:
        """Whether why was said in words of one's own. A reason that was redacted since was accepted then."""
        by = self.situation.by
        return by.reason_text == REDACTED or in_words(by, *stock)

    def beside(self, *kinds: type[Any]) -> Iterator[Any]:
        """The command's facts of these kinds."""
        return (fact for fact in self.facts if isinstance(fact, kinds))


@dataclass(frozen=True)
class Seen:
    """A fact as it is looked at: its record, the command it belongs to, and whose it is."""

    record: Record
    looking: Looking
    participant: Case | None

    @property
    def trial(self) -> Trial:
        """The trial before the command."""
        return self.looking.trial

    @property
    def case(self) -> Case:
        """The participant before the command. Only for facts of participants who are known."""
        if self.participant is None:
            raise LookupError(self.record.stream)
        return self.participant

    def of_participant(self, code: str) -> Seen:
        """The same fact, where it stands in a stream of its own, as one of this participant's."""
        return replace(self, participant=self.looking.situation.case(code))

    @property
    def kind(self) -> type[Command] | None:
        """The class of the command that is said to have made it, None for one that is not known."""
        return COMMANDS.get(self.looking.entries[0].command.kind)

    def up_to_here(self) -> Iterator[Record]:
        """The facts of the command in the same stream, up to this one."""
        records = (entry.record for entry in self.looking.entries)
        position, stream = self.record.position, self.record.stream
        return (each for each in records if each.stream == stream and each.position <= position)

    def plans(self, visit: str) -> bool:
        """Whether a visit is one of the protocol's, or beside the plan."""
        return visit.startswith(UNSCHEDULED) or visit in self.case.protocol.visit_plans

    def is_beside(self, *kinds: type[Any], **same: object) -> bool:
        """Whether the command made a fact of these kinds too, with these values."""
        return any(
            all(getattr(fact, name) == value for name, value in same.items())
            for fact in self.looking.beside(*kinds)
        )

    def unjustified(self) -> Conditions:
        """What a correction lacks: a reason in words of one's own, a code of the protocol's list."""
        by, own = self.looking.situation.by, self.participant
        protocol = own.protocol if own is not None else self.trial.protocol
        yield not self.looking.has_reason(*stock_of(by, protocol)), "correction.no_reason"
        yield not is_listed(by, protocol), "correction.reason_unlisted"


Conditions = Iterable[tuple[bool, str]]
"""Conditions that must not hold: whether a rule is broken, and its code."""

Asking = Callable[[Any, Seen], Conditions]
"""What is asked of a fact besides the moves it makes."""
