"""Outcomes and safety: episodes of decompensation, adverse events, deviations noted by hand.

Facts, state, and how the one follows from the other.
"""

from dataclasses import dataclass, field
from typing import Annotated, NamedTuple

from pydantic import StringConstraints

from domain import adverse_event, decompensation, deviation
from domain.adverse_event import AdverseEvent, AdverseEventCorrected, AdverseEvents, AdverseEventVoided
from domain.clinical_time import ClinicalTime
from domain.decompensation import (
    DecompensationCorrected,
    DecompensationGradeCorrected,
    DecompensationResolutionCorrected,
    DecompensationVoided,
    Episode,
    Episodes,
)
from domain.deviation import DeviationFact, Handled
from domain.fact import Fact, FreeText
from domain.happened import Happened
from domain.identifiers import Key
from domain.observation import DIALYSIS, DialysisSession, TreatmentRecorded, TreatmentVoided
from domain.record import Record
from domain.replacing import replace
from domain.voided import Voided

# ---------------------------------------------------------------- facts


class DeviationNoted(Fact):
    """A departure from the protocol that somebody noted by hand."""

    TOPIC = "deviation.noted.v1"
    EN = "Deviation {deviation} noted: {text}"
    ZH = "记录方案偏离 {deviation}：{text}"
    deviation: Key
    text: FreeText


class DeviationClassified(Fact):
    """People's word on a deviation, computed or noted: its weight, cause and correction."""

    TOPIC = "deviation.classified.v1"
    EN = "Deviation {deviation} classified {classification}; cause: {cause}; correction: {correction}"
    ZH = "方案偏离 {deviation} 定级 {classification}；原因：{cause}；纠正措施：{correction}"
    deviation: str
    classification: Annotated[str, StringConstraints(pattern=r"^(minor|major|critical)$")]
    cause: FreeText = ""
    correction: FreeText = ""


# ---------------------------------------------------------------- state


class DialysisTreatment(NamedTuple):
    """One session: when, by which fact, and whether `intermittent` or `continuous_24h`."""

    at: ClinicalTime
    fact: int
    kind: str = "intermittent"


class Treatment(NamedTuple):
    """A treatment that bears on scores, when it was given, and what more was told of it."""

    treatment: str
    when: Happened
    detail: str = ""


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
    treatments: tuple[Treatment, ...] = ()
    handled: Handled = field(default_factory=dict)
    episodes_aside: dict[str, decompensation.Later] = field(default_factory=dict)
    events_aside: dict[str, adverse_event.Aside] = field(default_factory=dict)
    voided: tuple[Voided, ...] = ()
    """What was recorded in error and taken back or put right, oldest first."""
    corrected: tuple[tuple[str, Happened], ...] = ()
    """What was put right: of which event or episode, and the fact that did."""

    def given(self, treatment: str) -> list[ClinicalTime]:
        """When a treatment was given, or there was a session of `dialysis`, in the order of recording."""
        told = [each.at for each in self.dialysis] if treatment == DIALYSIS else []
        return [*told, *(each.when.at for each in self.treatments if each.treatment == treatment)]

    def was_voided(self, key: str) -> bool:
        """Whether an adverse event or an episode was recorded under this name and is not there any more."""
        is_there = key in self.adverse_events or key in self.episodes
        return not is_there and any(each.which == key for each in self.voided)


def evolve(outcomes: Outcomes | None, record: Record) -> Outcomes:
    """The outcomes after one more fact. Total: what it does not know changes nothing."""
    now = outcomes or Outcomes()
    when = record.happened
    match record.fact:
        case fact if isinstance(fact, decompensation.FACTS):
            episodes = decompensation.evolve(Episodes(now.episodes, now.episodes_aside), fact, when)
            return _marked(
                replace(now, episodes=episodes.standing, episodes_aside=episodes.aside), fact, when
            )
        case fact if isinstance(fact, adverse_event.FACTS):
            events = adverse_event.evolve(AdverseEvents(now.adverse_events, now.events_aside), fact, when)
            return _marked(
                replace(now, adverse_events=events.standing, events_aside=events.aside), fact, when
            )
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
            return replace(now, treatments=(*now.treatments, Treatment(fact.treatment, when, fact.detail)))
        case TreatmentVoided() as fact:
            return _without(now, fact, when)
    return now


def _without(now: Outcomes, fact: TreatmentVoided, when: Happened) -> Outcomes:
    """Without the newest treatment of that name at that time, or session of dialysis."""
    voided = (*now.voided, Voided("treatment", fact.treatment, fact.was, when))
    sessions = [each for each in now.dialysis if each.at == fact.was] if fact.treatment == DIALYSIS else []
    if sessions:
        left = tuple(each for each in now.dialysis if each is not sessions[-1])
        return replace(now, dialysis=left, voided=voided)
    given = [each for each in now.treatments if (each.treatment, each.when.at) == (fact.treatment, fact.was)]
    if not given:
        return now
    return replace(
        now, treatments=tuple(each for each in now.treatments if each is not given[-1]), voided=voided
    )


def _marked(now: Outcomes, fact: Fact, when: Happened) -> Outcomes:
    """With what was put right or taken back."""
    match fact:
        case AdverseEventVoided():
            return replace(now, voided=(*now.voided, Voided("adverse_event", fact.event, fact.was, when)))
        case DecompensationVoided():
            return replace(now, voided=(*now.voided, Voided(fact.part, fact.which, fact.was, when)))
        case AdverseEventCorrected():
            return replace(now, corrected=(*now.corrected, (fact.event, when)))
        case DecompensationCorrected() | DecompensationGradeCorrected() | DecompensationResolutionCorrected():
            return replace(now, corrected=(*now.corrected, (fact.episode, when)))
    return now
