"""What was recorded of an adverse event, an episode or a treatment in error, put right or taken back.

What stands on it follows: the safety report of an event is put right with it, and one that was sent is news
that has to be sent again; the report on an event that is voided is voided, and whom it was sent to has to be
told so (`domain.safety_clocks`).
"""

from domain.adverse_event import AdverseEvent, AdverseEventCorrected, AdverseEventVoided
from domain.clinical_time import ClinicalTime
from domain.decompensation import (
    DecompensationCorrected,
    DecompensationGradeCorrected,
    DecompensationResolutionCorrected,
    DecompensationVoided,
    Grade,
    Part,
)
from domain.errors import Invalid
from domain.identifiers import Key
from domain.observation import TreatmentVoided
from domain.outcome import Outcomes
from domain.record import NewFact
from domain.safety import SafetyReport, SafetyReportStatus
from workflows.command import OnParticipant, Untimed, Words
from workflows.outcome import episode_of, in_order, rankable, refuse_same_episode
from workflows.reasons import justified
from workflows.recorded import not_recorded, same, several
from workflows.safety import event_of, put_right, refuse_unaware, report_of, voided
from workflows.situation import Case, Situation, decides, refuse_before_birth, refuse_future


class CorrectAdverseEvent(Untimed, OnParticipant):
    """An adverse event began at another time than was recorded, or the site learned of it at another. What is
    left out stands; how bad it was and how it went on is told by its changes.
    """

    KIND = "outcome.correct_adverse_event"
    event: Key
    at: ClinicalTime | None = None
    aware: ClinicalTime | None = None


class VoidAdverseEvent(Untimed, OnParticipant):
    """An adverse event was recorded in error: twice, or of another participant."""

    KIND = "outcome.void_adverse_event"
    event: Key


class OnEpisode(Untimed, OnParticipant):
    """A command about an episode that is recorded."""

    episode: Key


class CorrectDecompensation(OnEpisode):
    """An episode began otherwise than was recorded. What is left out stands."""

    KIND = "outcome.correct_decompensation"
    at: ClinicalTime | None = None
    type: Key | None = None
    subtype: str | None = None
    grade: str | None = None


class CorrectDecompensationGrade(OnEpisode):
    """A later grade was another, or was seen at another time. Where there are several, `recorded` is the time
    that stands there.
    """

    KIND = "outcome.correct_decompensation_grade"
    recorded: ClinicalTime | None = None
    at: ClinicalTime | None = None
    grade: Words | None = None


class CorrectDecompensationResolution(OnEpisode):
    """An episode ended at another time than was recorded."""

    KIND = "outcome.correct_decompensation_resolution"
    at: ClinicalTime


class VoidDecompensation(OnEpisode):
    """An episode, a later grade of it or its end was recorded in error. Of several grades `recorded` says
    which.
    """

    KIND = "outcome.void_decompensation"
    part: Part = "decompensation"
    recorded: ClinicalTime | None = None


class VoidTreatment(Untimed, OnParticipant):
    """A treatment, or a session of `dialysis`, was recorded in error. Of those at several times `recorded`
    says which; of several at one time it is the newest.
    """

    KIND = "observation.void_treatment"
    treatment: Key
    recorded: ClinicalTime | None = None


# ---------------------------------------------------------------- adverse events


@decides(CorrectAdverseEvent)
def correct_adverse_event(command: CorrectAdverseEvent, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    known = event_of(case, command.event)
    onset, aware = command.at or known.onset.at, command.aware or known.aware
    if command.aware is not None and known.aware is None:
        raise Invalid(
            "adverse_event.not_aware",
            f"when the site learned of {command.event} is not recorded: it is of no serious event",
            where=case.code,
        )
    refuse_before_birth(case.participant, onset)
    for time in (onset, aware):
        if time is not None:
            refuse_future(time, situation.now)
    report = _standing(case, command.event, situation)
    for told in (aware, command.aware or (report.aware.at if report is not None else None)):
        if told is not None:
            refuse_unaware(case, told, onset)
    if (onset, aware) == (known.onset.at, known.aware):
        raise same(case, command.event)
    justified(situation.by, case.protocol, case.code)
    facts = case.facts(onset, _corrected(command, known, onset, aware))
    if onset != known.onset.at:
        facts += case.facts(known.onset.at, AdverseEventVoided(event=command.event, was=known.onset.at))
    if report is None:
        return facts
    return [*facts, *put_right(case, report, onset, command.aware or report.aware.at, situation)]


def _corrected(
    command: CorrectAdverseEvent, known: AdverseEvent, onset: ClinicalTime, aware: ClinicalTime | None
) -> AdverseEventCorrected:
    """The event as it was first recorded, with what is put right."""
    first = known.weights[0]
    return AdverseEventCorrected(
        event=command.event,
        term=known.words[0].term or known.term,
        severity=first.severity,
        serious=first.serious,
        criteria=first.criteria,
        aware=aware,
        onset=onset,
        onset_was=known.onset.at,
        aware_was=known.aware if aware != known.aware else None,
    )


@decides(VoidAdverseEvent)
def void_adverse_event(command: VoidAdverseEvent, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    known = event_of(case, command.event)
    justified(situation.by, case.protocol, case.code)
    facts = case.facts(known.onset.at, AdverseEventVoided(event=command.event, was=known.onset.at))
    if _standing(case, command.event, situation) is None:
        return facts
    now = situation.said(None, case.zone)
    return [*facts, *voided(case, command.event, now, situation.by.reason_text, situation)]


def _standing(case: Case, event: str, situation: Situation) -> SafetyReport | None:
    """The report on an event, if there is one that is not voided."""
    report = report_of(case, event, situation)
    return None if report is None or report.status is SafetyReportStatus.VOIDED else report


# ---------------------------------------------------------------- episodes


@decides(CorrectDecompensation)
def correct_decompensation(command: CorrectDecompensation, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    known = episode_of(case, command.episode)
    first = known.grades[0][0]
    onset, kind = command.at or known.onset.at, command.type or known.type
    subtype = known.subtype if command.subtype is None else command.subtype
    grade = first if command.grade is None else command.grade
    situation.refuse_impossible(case.participant, onset)
    for each in (grade, *(later for later, _ in known.grades[1:])):
        rankable(case, kind, each)
    if known.resolved is not None and onset != known.onset.at:
        in_order(case, onset, known.resolved.at)
    if (onset, kind, subtype, grade) == (known.onset.at, known.type, known.subtype, first):
        raise same(case, command.episode)
    if (kind, onset) != (known.type, known.onset.at):
        refuse_same_episode(case, kind, onset)
    justified(situation.by, case.protocol, case.code)
    fact = DecompensationCorrected(
        episode=command.episode,
        type=kind,
        subtype=subtype,
        grade=grade,
        onset=onset,
        onset_was=known.onset.at,
        type_was=known.type,
        subtype_was=known.subtype,
        grade_was=first,
    )
    return [*case.facts(onset, fact), *_moved(case, command.episode, "decompensation", known.onset.at, onset)]


@decides(CorrectDecompensationGrade)
def correct_grade(command: CorrectDecompensationGrade, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    was, when = _grade(command.episode, command.recorded, case)
    at, grade = command.at or when.at, command.grade or was
    situation.refuse_impossible(case.participant, at)
    rankable(case, episode_of(case, command.episode).type, grade)
    if (grade, at) in ((each, seen.at) for each, seen in episode_of(case, command.episode).grades[1:]):
        raise same(case, f"that grade of {command.episode}")
    justified(situation.by, case.protocol, case.code)
    fact = DecompensationGradeCorrected(episode=command.episode, grade=grade, grade_was=was, was=when.at)
    return [*case.facts(at, fact), *_moved(case, command.episode, "grade", when.at, at, was)]


@decides(CorrectDecompensationResolution)
def correct_resolution(command: CorrectDecompensationResolution, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    was = _resolved(command.episode, None, case)
    situation.refuse_impossible(case.participant, command.at)
    in_order(case, episode_of(case, command.episode).onset.at, command.at)
    if command.at == was:
        raise same(case, f"the end of {command.episode}")
    justified(situation.by, case.protocol, case.code)
    fact = DecompensationResolutionCorrected(episode=command.episode, was=was)
    return [*case.facts(command.at, fact), *_moved(case, command.episode, "resolution", was, command.at)]


@decides(VoidDecompensation)
def void_decompensation(command: VoidDecompensation, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    grade = ""
    if command.part == "grade":
        grade, when = _grade(command.episode, command.recorded, case)
        was = when.at
    elif command.part == "resolution":
        was = _resolved(command.episode, command.recorded, case)
    else:
        was = episode_of(case, command.episode).onset.at
        if command.recorded not in (None, was):
            raise not_recorded(case, command.episode, [str(was)])
    justified(situation.by, case.protocol, case.code)
    fact = DecompensationVoided(episode=command.episode, part=command.part, grade=grade, was=was)
    return case.facts(was, fact)


# ---------------------------------------------------------------- treatments


@decides(VoidTreatment)
def void_treatment(command: VoidTreatment, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    given = (case.casebook.outcomes or Outcomes()).given(command.treatment)
    found = list(dict.fromkeys(at for at in given if command.recorded in (None, at)))
    told = list(dict.fromkeys(map(str, given)))
    if not found:
        raise not_recorded(case, command.treatment, told)
    if len(found) > 1:
        raise several(case, f"{command.treatment} is recorded more than once", told)
    justified(situation.by, case.protocol, case.code)
    return case.facts(found[0], TreatmentVoided(treatment=command.treatment, was=found[0]))


def _grade(episode: str, recorded: ClinicalTime | None, case: Case) -> Grade:
    """The later grade that a command is about: of several at one time the last. Raises NotFound, Refused."""
    later = episode_of(case, episode).grades[1:]
    found = [each for each in later if recorded in (None, each[1].at)]
    told = [f"{grade} {when.at}" for grade, when in later]
    if not found:
        raise not_recorded(case, f"later grade of {episode}", told)
    if len({when.at for _, when in found}) > 1:
        raise several(case, f"there is more than one later grade of {episode}", told)
    return found[-1]


def _resolved(episode: str, recorded: ClinicalTime | None, case: Case) -> ClinicalTime:
    """When an episode is recorded to have ended. Raises NotFound."""
    resolved = episode_of(case, episode).resolved
    if resolved is None or recorded not in (None, resolved.at):
        told = [] if resolved is None else [str(resolved.at)]
        raise not_recorded(case, f"end of {episode}", told)
    return resolved.at


def _moved(
    case: Case, episode: str, part: str, was: ClinicalTime, at: ClinicalTime, grade: str = ""
) -> list[NewFact]:
    """The fact that it was not at the time that was recorded, where another is right."""
    if at == was:
        return []
    return case.facts(was, DecompensationVoided(episode=episode, part=part, grade=grade, was=was))
