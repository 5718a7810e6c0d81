"""Outcomes and safety: decompensation episodes, adverse events, deviations noted by hand.

Facts, state, and how the one follows from the other.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, NamedTuple

from pydantic import StringConstraints

from domain import adverse_event, deviation
from domain.adverse_event import AdverseEvent as AdverseEvent
from domain.adverse_event import AdverseEventChanged, CausalityAssessed
from domain.adverse_event import AdverseEventRecorded as AdverseEventRecorded
from domain.clinical_time import ClinicalTime
from domain.deviation import DeviationFact, Handled
from domain.fact import Fact
from domain.happened import Happened
from domain.identifiers import Key
from domain.observation import DialysisSession, TreatmentRecorded
from domain.record import Record
from domain.replacing import replace

# ---------------------------------------------------------------- facts


class DecompensationOpened(Fact):
    """An episode of decompensation began."""

    TOPIC = "decompensation.opened.v1"
    EN = "Decompensation {episode}: {type} ({subtype}), grade {grade}"
    ZH = "失代偿事件 {episode}：{type}（{subtype}），分级 {grade}"
    episode: Key
    type: Key
    subtype: str = ""
    grade: str = ""


class DecompensationGraded(Fact):
    """An episode's grade changed."""

    TOPIC = "decompensation.graded.v1"
    EN = "Decompensation {episode} graded {grade}"
    ZH = "失代偿事件 {episode} 分级 {grade}"
    episode: Key
    grade: str


class DecompensationResolved(Fact):
    """An episode ended."""

    TOPIC = "decompensation.resolved.v1"
    EN = "Decompensation {episode} resolved"
    ZH = "失代偿事件 {episode} 缓解"
    episode: Key


class DeviationNoted(Fact):
    """A departure from the protocol that somebody noted by hand."""

    TOPIC = "deviation.noted.v1"
    EN = "Deviation {deviation} noted: {text}"
    ZH = "记录方案偏离 {deviation}：{text}"
    deviation: Key
    text: str


class DeviationClassified(Fact):
    """People's word on a deviation, computed or noted: its weight, cause and correction."""

    TOPIC = "deviation.classified.v1"
    EN = "Deviation {deviation} classified {classification}; cause: {cause}; correction: {correction}"
    ZH = "方案偏离 {deviation} 定级 {classification}；原因：{cause}；纠正措施：{correction}"
    deviation: str
    classification: Annotated[str, StringConstraints(pattern=r"^(minor|major|critical)$")]
    cause: str = ""
    correction: str = ""


# ---------------------------------------------------------------- state


class Episode(NamedTuple):
    """One episode of decompensation."""

    type: str
    subtype: str
    grades: tuple[tuple[str, Happened], ...]
    onset: Happened
    resolved: Happened | None

    @property
    def grade(self) -> str:
        """The grade that stands: the newest by when it was seen, whenever it was recorded."""
        return max(reversed(self.grades), key=_when_seen)[0]


class DialysisTreatment(NamedTuple):
    """One session: when, by which fact, and whether `intermittent` or `continuous_24h`."""

    at: ClinicalTime
    fact: int
    kind: str = "intermittent"


class Note(NamedTuple):
    """A deviation noted by hand."""

    text: str
    when: Happened


class Classification(NamedTuple):
    """The standing word of people on a deviation."""

    classification: str
    cause: str
    correction: str
    when: Happened


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The outcomes and safety of one participant."""

    episodes: dict[str, Episode] = field(default_factory=dict)
    adverse_events: dict[str, AdverseEvent] = field(default_factory=dict)
    noted: dict[str, Note] = field(default_factory=dict)
    classified: dict[str, Classification] = field(default_factory=dict)
    dialysis: tuple[DialysisTreatment, ...] = ()
    treatments: tuple[tuple[str, Happened], ...] = ()
    handled: Handled = field(default_factory=dict)


def evolve(outcomes: Outcomes | None, record: Record) -> Outcomes:
    """The outcomes after one more fact. Total: what it does not know changes nothing."""
    now = outcomes or Outcomes()
    when = record.happened
    match record.fact:
        case DecompensationOpened() as fact:
            episode = Episode(fact.type, fact.subtype, ((fact.grade, when),), when, None)
            return replace(now, episodes={**now.episodes, fact.episode: episode})
        case DecompensationGraded() as fact if fact.episode in now.episodes:
            known = now.episodes[fact.episode]
            return _with(now, fact.episode, known._replace(grades=(*known.grades, (fact.grade, when))))
        case DecompensationResolved() as fact if fact.episode in now.episodes:
            return _with(now, fact.episode, now.episodes[fact.episode]._replace(resolved=when))
        case AdverseEventRecorded() | AdverseEventChanged() | CausalityAssessed() as fact:
            return replace(now, adverse_events=adverse_event.evolve(now.adverse_events, fact, when))
        case DeviationNoted() as fact:
            return replace(now, noted={**now.noted, fact.deviation: Note(fact.text, when)})
        case DeviationClassified() as fact:
            word = Classification(fact.classification, fact.cause, fact.correction, when)
            return replace(now, classified={**now.classified, fact.deviation: word})
        case DeviationFact() as fact:
            return replace(now, handled=deviation.evolve(now.handled, fact, when))
        case DialysisSession() as fact:
            return replace(now, dialysis=(*now.dialysis, DialysisTreatment(*when, fact.kind)))
        case TreatmentRecorded() as fact:
            return replace(now, treatments=(*now.treatments, (fact.treatment, when)))
    return now


def _when_seen(graded: tuple[str, Happened]) -> datetime:
    return graded[1].at.earliest


def _with(outcomes: Outcomes, episode: str, known: Episode) -> Outcomes:
    return replace(outcomes, episodes={**outcomes.episodes, episode: known})
