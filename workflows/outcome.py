"""The commands about decompensation and deviations, and what each decides."""

from typing import Annotated

from pydantic import StringConstraints

from domain.clinical_time import ClinicalTime
from domain.decompensation import (
    DecompensationGraded,
    DecompensationOpened,
    DecompensationResolved,
    Episode,
)
from domain.errors import Invalid, NotFound, Refused
from domain.identifiers import Key
from domain.outcome import DeviationClassified, DeviationNoted, Outcomes
from domain.record import NewFact
from workflows.command import OnParticipant, Report, Step, Words
from workflows.situation import Case, Situation, decides
from workflows.unblinding import without_arm
from workflows.values import grade_of


class RecordDecompensation(Report, OnParticipant):
    """An episode of decompensation began. `type` is one of the protocol's."""

    KIND = "outcome.record_decompensation"
    type: Key
    subtype: str = ""
    grade: str = ""


class GradeDecompensation(Report, OnParticipant):
    """An episode's grade changed."""

    KIND = "outcome.grade_decompensation"
    episode: Key
    grade: Words


class RecordDecompensationResolved(Report, OnParticipant):
    """An episode ended."""

    KIND = "outcome.record_decompensation_resolved"
    episode: Key


class NoteDeviation(Report, OnParticipant):
    """A departure from the protocol noted by hand."""

    KIND = "outcome.note_deviation"
    text: Words


class ClassifyDeviation(Step, OnParticipant):
    """Weigh a deviation, computed or noted, and say its cause and correction."""

    KIND = "outcome.classify_deviation"
    deviation: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{3,60}$")]
    classification: Annotated[str, StringConstraints(pattern=r"^(minor|major|critical)$")]
    cause: str = ""
    correction: str = ""


def outcomes_of(case: Case) -> Outcomes:
    """The outcomes of a participant's casebook."""
    return case.casebook.outcomes or Outcomes()


def episode_of(case: Case, episode: str) -> Episode:
    """One episode of the casebook. Raises NotFound, and Refused for one that is voided."""
    known = outcomes_of(case).episodes.get(episode)
    if known is None and outcomes_of(case).was_voided(episode):
        raise Refused("decompensation.voided", f"{episode} was recorded in error", where=case.code)
    if known is None:
        raise NotFound("decompensation.unknown", f"there is no episode {episode}", where=case.code)
    return known


def rankable(case: Case, kind: str, grade: str) -> None:
    """Refuse a type that the protocol does not name, and a grade that the endpoints could not rank: mild
    ascites as `1` would count as decompensation.
    """
    if kind not in case.protocol.decompensation:
        known = ", ".join(case.protocol.decompensation) or "none"
        raise NotFound(
            "decompensation.type", f"the protocol names no type {kind}", remedy=f"It names {known}."
        )
    item = case.protocol.decompensation_item(kind)
    if item is not None and grade:
        grade_of(item, grade, case.code)


def refuse_same_episode(case: Case, kind: str, onset: ClinicalTime) -> None:
    """Raise Refused for an episode of a type that began when one is recorded to have begun."""
    episodes = outcomes_of(case).episodes.values()
    if any(each.type == kind and each.onset.at == onset for each in episodes):
        raise Refused("decompensation.recorded_already", "this episode is recorded", where=case.code)


def in_order(case: Case, onset: ClinicalTime, resolved: ClinicalTime) -> None:
    """Raise Invalid for an episode that ended before it began."""
    if resolved.latest <= onset.earliest:
        raise Invalid(
            "decompensation.ends_before_onset",
            f"it cannot have resolved on {resolved}: it began on {onset}",
            where=case.code,
            remedy="Put right first what is recorded wrongly: 'trialog participant correct-decompensation',"
            " 'trialog participant correct-decompensation-end'.",
        )


def _next_episode(case: Case, kind: str) -> str:
    """The name the next episode of a type takes: a number is given once."""
    known, number = outcomes_of(case), 1
    while f"{kind}-{number}" in known.episodes or known.was_voided(f"{kind}-{number}"):
        number += 1
    return f"{kind}-{number}"


@decides(RecordDecompensation)
def record_decompensation(command: RecordDecompensation, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    rankable(case, command.type, command.grade)
    refuse_same_episode(case, command.type, at)
    fact = DecompensationOpened(
        episode=_next_episode(case, command.type),
        type=command.type,
        subtype=command.subtype,
        grade=command.grade,
    )
    return case.facts(at, fact)


@decides(GradeDecompensation)
def grade_decompensation(command: GradeDecompensation, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    known = episode_of(case, command.episode)
    rankable(case, known.type, command.grade)
    at = situation.when(command, case.zone)
    if (command.grade, at) in ((grade, when.at) for grade, when in known.grades[1:]):
        return []
    return case.facts(at, DecompensationGraded(episode=command.episode, grade=command.grade))


@decides(RecordDecompensationResolved)
def record_resolved(command: RecordDecompensationResolved, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    known, at = episode_of(case, command.episode), situation.when(command, case.zone)
    if known.resolved is not None:
        raise Refused("decompensation.resolved_already", f"{command.episode} is resolved", where=case.code)
    in_order(case, known.onset.at, at)
    return case.facts(at, DecompensationResolved(episode=command.episode))


@decides(NoteDeviation)
def note_deviation(command: NoteDeviation, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    without_arm(command.text, situation.trial, case.code)
    fact = DeviationNoted(deviation=f"noted-{1 + len(outcomes_of(case).noted)}", text=command.text)
    return case.facts(situation.when(command, case.zone), fact)


@decides(ClassifyDeviation)
def classify_deviation(command: ClassifyDeviation, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    for text in (command.cause, command.correction):  # masked roles read of deviations
        without_arm(text, situation.trial, case.code)
    fact = DeviationClassified(
        deviation=command.deviation,
        classification=command.classification,
        cause=command.cause,
        correction=command.correction,
    )
    return case.facts(situation.when(command, case.zone), fact)
