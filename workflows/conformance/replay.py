"""The replay: the journal walked command by command, and every fact of each asked of the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from domain.casebook import TrialFold
from domain.errors import Broken, Denied, Refused, TrialogError
from domain.identifiers import SYSTEM_LOG, TRIAL_STREAM
from domain.infusion_put_right import (
    DoseCorrected,
    InfusionTimeCorrected,
    UseByCorrected,
)
from domain.lifetime import is_before_birth
from domain.observation import (
    AssessmentCorrected,
    EditCheckFired,
    ResultCorrected,
)
from domain.record import Entry
from domain.screening import PreScreened, ScreeningCorrected
from domain.sealed import ALLOCATION, Sealed
from workflows.command import COMMANDS
from workflows.conformance import door
from workflows.conformance.events import EVENTS, Course, subject_of
from workflows.conformance.looking import (
    Known,
    Looking,
    NoCredentials,
    NoVault,
    Past,
    Seen,
    Unseal,
    nothing_before,
    quietly,
)
from workflows.conformance.refusal import Judged, Refusal, rule_of
from workflows.opening import open_for
from workflows.originator import known_originator
from workflows.policy import PERMITTED
from workflows.situation import Situation

_AT_ANOTHERS_TIME = (
    ResultCorrected,
    AssessmentCorrected,
    EditCheckFired,
    DoseCorrected,
    UseByCorrected,
    InfusionTimeCorrected,
    ScreeningCorrected,
)
"""Facts that stand, as those that take back do, at the clinical time of what they are about, which was asked
when that came in.
"""


def replay(
    trial_id: str,
    entries: Iterable[Entry],
    unseal: Unseal,
    progress: Callable[[int], None] = lambda _position: None,
    past: Past = nothing_before,
) -> Iterator[Refusal]:
    """Every refusal of a history, in order: what the rules say of each fact on the states before its command.

    `unseal` opens sealed values for whoever asks; what stays sealed is not judged. The history begins at its
    first fact. `past` reads it again up to a position, for decisions about an earlier one.
    """
    fold, course = TrialFold(), Course()
    for _, group in groupby(entries, key=lambda entry: entry.command.first):
        command = tuple(group)
        looking = Looking(command, _situation(trial_id, fold, command[0], past), quietly(unseal))
        yield from _refusals(looking, course, unseal)
        for entry in command:
            fold.apply(entry.record)
            course.add(entry.record)
        progress(command[-1].record.position)


def _situation(trial_id: str, fold: TrialFold, first: Entry, past: Past) -> Situation:
    command = first.command
    return Situation(
        Known(trial_id, fold, command.first - 1, past),
        command.recorded_at,
        command.first - 1,
        command.attribution,
        NoVault(),
        NoCredentials(),
        Known(SYSTEM_LOG, TrialFold()),
    )


def _refusals(looking: Looking, course: Course, unseal: Unseal) -> Iterator[Refusal]:
    journal = list(_of_journal(looking))
    for entry in looking.entries:
        for code in journal:
            yield Refusal(entry, Judged.STEP, rule_of(code))
        try:
            seen = _seen(entry, looking)
        except TrialogError as error:
            yield Refusal(entry, Judged.STEP, rule_of(error.code))
            continue
        subject = subject_of(seen)
        for code in _of_envelope(entry, seen, unseal):
            yield Refusal(entry, Judged.STEP, rule_of(code), subject=subject)
        for answer in door.refusals(seen):
            rule = rule_of(answer.code)
            yield Refusal(entry, Judged.STEP, rule, answer.machine, answer.move, answer.state, subject)
        if isinstance(entry.record.fact, EVENTS):
            for code in course.refusals(seen):
                yield Refusal(entry, Judged.EVENT, rule_of(code), subject=subject)


def _seen(entry: Entry, looking: Looking) -> Seen:
    """The fact and whose it is. Raises NotFound for a participant nobody has screened."""
    record = entry.record
    is_known = record.stream.startswith("participant/") and not isinstance(record.fact, PreScreened)
    case = looking.situation.case(record.stream.removeprefix("participant/")) if is_known else None
    return Seen(record, looking, case)


def _of_journal(looking: Looking) -> Iterator[str]:
    """What is wrong with the command itself: its kind, the role of who issued it, the trial's status."""
    command = looking.entries[0].command
    kind = COMMANDS.get(command.kind)
    if kind is None:
        yield "command.unknown"
    elif command.attribution.role not in PERMITTED.get(kind, frozenset()):
        yield "policy.denied"
    try:
        known_originator(command.attribution, looking.situation.states)
    except Denied as denied:
        yield denied.code
    is_data = any(entry.record.stream != TRIAL_STREAM for entry in looking.entries)
    if kind is not None or is_data:
        try:
            open_for(kind, looking.trial.status)
        except Refused as refused:
            yield refused.code


def _of_envelope(entry: Entry, seen: Seen, unseal: Unseal) -> Iterator[str]:
    """What is wrong with a fact's place: its time, and the protocol version it names."""
    record = entry.record
    if record.effective_at.earliest > entry.command.recorded_at.moment:
        yield "time.in_future"
    known = seen.participant.participant if seen.participant is not None else None
    is_anew = record.fact.PUTS_RIGHT != "voided" and not isinstance(record.fact, _AT_ANOTHERS_TIME)
    if known is not None and is_anew and is_before_birth(known, record.effective_at):
        yield "time.before_birth"
    expected = _version(seen)
    if expected is not None and record.protocol_version != expected:
        yield "protocol.not_in_force"
    if not all(_is_whole(value, unseal) for _, value in record.fact):
        yield "seal.broken"


def _is_whole(value: object, unseal: Unseal) -> bool:
    """Whether a sealed allocation opens for who holds the key. Identities are not opened in passing."""
    if isinstance(value, Sealed) and value.scope == ALLOCATION:
        try:
            unseal(value)
        except Broken:
            return False
    return True


def _version(seen: Seen) -> str | None:
    """The version in force for a fact; None for streams of which that cannot be said."""
    record, trial = seen.record, seen.trial
    if seen.participant is not None:
        return seen.participant.protocol.version
    if isinstance(record.fact, PreScreened):
        return trial.protocol_for(record.fact.site, ()).version if trial.versions else None
    if record.stream == TRIAL_STREAM:
        return trial.newest_version
    return None
