"""The commands about decompensation and deviations, and what each decides."""

from typing import Annotated

from pydantic import StringConstraints

from domain.errors import NotFound, Refused
from domain.identifiers import Key
from domain.outcome import (
    DecompensationGraded,
    DecompensationOpened,
    DecompensationResolved,
    DeviationClassified,
    DeviationNoted,
    Episode,
    Outcomes,
)
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


def _outcomes(case: Case) -> Outcomes:
    return case.casebook.outcomes or Outcomes()


def _episode(case: Case, episode: str) -> Episode:
    known = _outcomes(case).episodes.get(episode)
    if known is None:
        raise NotFound("decompensation.unknown", f"there is no episode {episode}", where=case.code)
    return known


def _graded(case: Case, kind: str, grade: str) -> None:
    """Refuse a grade that the endpoints could not rank: mild ascites as `1` would count as decompensation."""
    item = case.protocol.decompensation_item(kind)
    if item is not None and grade:
        grade_of(item, grade, case.code)


@decides(RecordDecompensation)
def record_decompensation(command: RecordDecompensation, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    if command.type not in case.protocol.decompensation:
        known = ", ".join(case.protocol.decompensation) or "none"
        raise NotFound(
            "decompensation.type", f"the protocol names no type {command.type}", remedy=f"It names {known}."
        )
    _graded(case, command.type, command.grade)
    episodes = _outcomes(case).episodes.values()
    if any(each.type == command.type and each.onset.at == at for each in episodes):
        raise Refused("decompensation.recorded_already", "this episode is recorded", where=case.code)
    number = 1 + sum(each.type == command.type for each in episodes)
    fact = DecompensationOpened(
        episode=f"{command.type}-{number}", type=command.type, subtype=command.subtype, grade=command.grade
    )
    return case.facts(at, fact)


@decides(GradeDecompensation)
def grade_decompensation(command: GradeDecompensation, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    _graded(case, _episode(case, command.episode).type, command.grade)
    fact = DecompensationGraded(episode=command.episode, grade=command.grade)
    return case.facts(situation.when(command, case.zone), fact)


@decides(RecordDecompensationResolved)
def record_resolved(command: RecordDecompensationResolved, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    if _episode(case, command.episode).resolved is not None:
        raise Refused("decompensation.resolved_already", f"{command.episode} is resolved", where=case.code)
    return case.facts(situation.when(command, case.zone), DecompensationResolved(episode=command.episode))


@decides(NoteDeviation)
def note_deviation(command: NoteDeviation, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    without_arm(command.text, situation.trial, case.code)
    fact = DeviationNoted(deviation=f"noted-{1 + len(_outcomes(case).noted)}", text=command.text)
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
