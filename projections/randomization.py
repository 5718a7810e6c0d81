"""The proof of the allocation: the sealed list made again, and held against what the history did with it.

Nothing here tells an arm but `Proof.places`, and who asks for a proof decides who may see those.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from domain.allocation import allocation_list, commitment, parameters_of, places_of
from domain.enrolment import AllocationSecretRevealed, AllocationUsed, ListSealed
from domain.errors import Broken
from domain.identifiers import TRIAL_STREAM, participant_stream
from domain.participant import Randomized
from domain.protocol import RandomizationMethod
from domain.record import Record
from domain.trial import Trial, evolve
from projections.ports import Unseal


class Outcome(StrEnum):
    """What a check came to."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NOT_CHECKED = "not_checked"


class Check(NamedTuple):
    """One thing that was held against the history, and what came of it."""

    check: str
    outcome: Outcome
    detail: str


class Finding(NamedTuple):
    """Something that is not as it should be: at a place of the list, or at 0 with the list itself."""

    check: str
    place: int
    participant: str
    what: str


class Place(NamedTuple):
    """A place of the list made again, and who took it."""

    place: int
    participant: str | None
    arm: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What was checked, what was found, in order of place, and the list, where its secret was to be had."""

    checks: tuple[Check, ...]
    findings: tuple[Finding, ...]
    taken: int
    places: tuple[Place, ...]


def proof(records: Iterable[Record], unseal: Unseal) -> Proof:
    """Check a trial's allocation against its sealed list. `records` are all its facts, in order.

    `unseal` is the verification's own, not that of whoever asks: only agreement gets out of it.
    """
    history = _history(records)
    secret, of_secret = _secret(history, unseal)
    arms = allocation_list(secret, history.parameters) if secret and history.parameters else None
    results = [_sealing(history), of_secret, _order(history), _arms(history, arms, unseal)]
    holders = {place.fact.place: place.fact.participant for place in reversed(history.from_list)}
    return Proof(
        tuple(check for check, _ in results),
        tuple(sorted((each for _, found in results for each in found), key=lambda each: each.place)),
        len(history.taken),
        tuple(Place(n, holders.get(n), arm) for n, arm in enumerate(arms or (), start=1)),
    )


# ---------------------------------------------------------------- what the facts say


class _Sealing(NamedTuple):
    """A list sealed, and the parameters that the protocol of that time gives."""

    position: int
    fact: ListSealed
    expected: str


class _Taken(NamedTuple):
    """A place taken, and whether it was one of the list: others were allocated elsewhere."""

    position: int
    fact: AllocationUsed
    from_list: bool


@dataclass(slots=True)
class _History:
    """What a trial's facts say of its allocation, in order of position."""

    sealings: list[_Sealing] = field(default_factory=list)
    revealed: list[AllocationSecretRevealed] = field(default_factory=list)
    taken: list[_Taken] = field(default_factory=list)
    randomized: dict[str, list[Randomized]] = field(default_factory=dict)

    @property
    def sealed(self) -> ListSealed | None:
        return self.sealings[0].fact if self.sealings else None

    @property
    def parameters(self) -> str:
        """The list's parameters; none when they are not those that the protocol gives."""
        sealed = self.sealed
        return sealed.parameters if sealed and sealed.parameters == self.sealings[0].expected else ""

    @property
    def from_list(self) -> list[_Taken]:
        return [each for each in self.taken if each.from_list]

    def own(self, code: str) -> list[Randomized]:
        return self.randomized.get(participant_stream(code), [])


def _history(records: Iterable[Record]) -> _History:
    history, trial = _History(), Trial()
    for record in records:
        fact = record.fact
        if isinstance(fact, Randomized):
            history.randomized.setdefault(record.stream, []).append(fact)
        if record.stream != TRIAL_STREAM:
            continue
        if isinstance(fact, ListSealed):
            expected = parameters_of(trial.protocol) if trial.versions else ""
            history.sealings.append(_Sealing(record.position, fact, expected))
        elif isinstance(fact, AllocationSecretRevealed):
            history.revealed.append(fact)
        elif isinstance(fact, AllocationUsed):
            history.taken.append(_Taken(record.position, fact, _of_list(trial, record.protocol_version)))
        trial = evolve(trial, record)
    return history


def _of_list(trial: Trial, version: str) -> bool:
    """Whether places are given from the sealed list under a protocol version."""
    if version not in [each.version for each in trial.versions]:
        return True
    method = trial.document(version).protocol.randomization.method
    return method is not RandomizationMethod.EXTERNAL


# ---------------------------------------------------------------- checks

_Result = tuple[Check, list[Finding]]


def _result(check: str, found: list[Finding], detail: str, not_checked: str = "") -> _Result:
    """What a check came to: what it found, or else why it could not be made, or else what agrees."""
    if found:
        return Check(check, Outcome.DIFFERS, f"{len(found)} found"), found
    if not_checked:
        return Check(check, Outcome.NOT_CHECKED, not_checked), found
    return Check(check, Outcome.AGREES, detail), found


def _sealing(history: _History) -> _Result:
    """One list, sealed before the first place of it was given, from the protocol of that time."""
    if not history.sealings:
        return _result("sealing", [], "", "no allocation list is sealed in this trial")
    found = []
    position = history.sealings[0].position
    early = [each.fact for each in history.from_list if each.position < position]
    if len(history.sealings) > 1:
        found.append(Finding("sealing", 0, "", f"the list was sealed {len(history.sealings)} times"))
    if not history.parameters:
        what = "the parameters are not those of the protocol of that time"
        found.append(Finding("sealing", 0, "", what))
    if early:
        what = "the place was given before the list was sealed"
        found.append(Finding("sealing", early[0].place, early[0].participant, what))
    return _result("sealing", found, f"once, at position {position}, before the first allocation")


def _secret(history: _History, unseal: Unseal) -> tuple[bytes | None, _Result]:
    """The secret, revealed or opened with the key, if it fits the commitment."""
    sealed = history.sealed
    if sealed is None:
        return None, _result("commitment", [], "", "there is no commitment")
    found = []
    told = [("revealed", each.secret) for each in history.revealed]
    if len(told) > 1:
        found.append(Finding("commitment", 0, "", f"the secret was revealed {len(told)} times"))
    try:
        opened = unseal(sealed.secret)
        told += [] if opened is None else [("sealed", opened)]
    except Broken as error:
        found.append(Finding("commitment", 0, "", error.message))
    wrong = [which for which, secret in told if not _fits(secret, sealed)]
    found += [
        Finding("commitment", 0, "", f"the {which} secret does not fit the commitment") for which in wrong
    ]
    unknown = "" if told else "the secret is not revealed, and its key is not held here"
    detail = f"it is that of the {' and the '.join(which for which, _ in told)} secret and the parameters"
    usable = bytes.fromhex(told[0][1]) if told and not wrong else None
    return usable, _result("commitment", found, detail, unknown)


def _fits(secret: str, sealed: ListSealed) -> bool:
    try:
        return commitment(bytes.fromhex(secret), sealed.parameters) == sealed.commitment
    except ValueError:
        return False


def _order(history: _History) -> _Result:
    """Places without a gap, each participant once, none beyond the list, each known on both sides."""
    found = [*_of_enrolment(history), *_of_participants(history)]
    return _result("order", found, f"{len(history.taken)} places in order, each participant once")


def _of_enrolment(history: _History) -> Iterator[Finding]:
    due, holders = 1, dict[str, int]()
    length = places_of(history.parameters) if history.parameters else None
    for taken in history.taken:
        place, code = taken.fact.place, taken.fact.participant
        if place != due:
            yield Finding("order", place, code, f"place {due} was next")
        if code in holders:
            yield Finding("order", place, code, f"the participant holds place {holders[code]}")
        if taken.from_list and length is not None and place > length:
            yield Finding("order", place, code, f"the list has {length} places")
        if place not in [each.place for each in history.own(code)]:
            yield Finding("order", place, code, "the participant's own history has no such randomization")
        due = place + 1
        holders.setdefault(code, place)


def _of_participants(history: _History) -> Iterator[Finding]:
    taken = {(each.fact.participant, each.fact.place) for each in history.taken}
    for stream, facts in history.randomized.items():
        code = stream.removeprefix("participant/")
        for number, each in enumerate(facts):
            if number:
                yield Finding("order", each.place, code, "the participant was randomized before")
            if (code, each.place) not in taken:
                yield Finding("order", each.place, code, "the enrolment knows no such place")


def _arms(history: _History, arms: tuple[str, ...] | None, unseal: Unseal) -> _Result:
    """Every sealed allocation that opens is that of its place on the list."""
    if arms is None:
        return _result("arms", [], "", "the list cannot be made again here")
    found, opened, closed = list[Finding](), 0, 0
    for fact in (each.fact for each in history.from_list):
        for mine in history.own(fact.participant):
            if mine.place != fact.place or not 0 < fact.place <= len(arms):
                continue
            try:
                arm = unseal(mine.allocation)
            except Broken as error:
                found.append(Finding("arms", fact.place, fact.participant, error.message))
                continue
            opened, closed = opened + (arm is not None), closed + (arm is None)
            if arm is not None and arm.strip() != arms[fact.place - 1]:
                what = "the allocation is not that of the list"
                found.append(Finding("arms", fact.place, fact.participant, what))
    sealed = f"{closed} of {opened + closed} allocations stay sealed: their key is not held here"
    return _result("arms", found, f"{opened} allocations are those of the list", sealed if closed else "")
