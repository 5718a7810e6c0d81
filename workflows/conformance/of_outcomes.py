"""What the decisions on adverse events and episodes of decompensation ask, and on putting them right."""

from __future__ import annotations

from typing import Any

from domain import adverse_event, decompensation, observation
from domain.clinical_time import ClinicalTime
from domain.fact import Fact
from domain.outcome import Outcomes
from domain.privacy import REDACTED
from workflows.conformance.looking import Asking, Conditions, Seen


def _of_event(fact: Any, seen: Seen) -> Conditions:  # noqa: ANN401 - the later facts of an adverse event
    known = _outcomes(seen)
    yield known.was_voided(fact.event), "adverse_event.voided"
    yield (
        fact.event not in known.adverse_events and not known.was_voided(fact.event),
        "adverse_event.unknown",
    )


def _changed(fact: adverse_event.AdverseEventChanged, seen: Seen) -> Conditions:
    yield from _of_event(fact, seen)
    yield fact.serious is False and not seen.looking.has_reason(), "correction.no_reason"


def _corrected(fact: adverse_event.AdverseEventCorrected, seen: Seen) -> Conditions:
    yield from _of_event(fact, seen)
    yield from seen.unjustified()
    known = _outcomes(seen).adverse_events.get(fact.event)
    yield known is not None and known.onset.at != fact.onset_was, "event.not_recorded"
    yield fact.aware_was is None and fact.onset == fact.onset_was, "event.same"
    yield fact.aware is not None and fact.aware.latest <= fact.onset.earliest, "safety.aware_before_onset"


def _event_voided(fact: adverse_event.AdverseEventVoided, seen: Seen) -> Conditions:
    yield from _of_event(fact, seen)
    yield from seen.unjustified()
    known = _outcomes(seen).adverse_events.get(fact.event)
    yield known is not None and known.onset.at != fact.was, "event.not_recorded"


# ---------------------------------------------------------------- episodes


def _opened(fact: decompensation.DecompensationOpened, seen: Seen) -> Conditions:
    yield fact.type not in seen.case.protocol.decompensation, "decompensation.type"
    same = (fact.type, seen.record.effective_at)
    known = _outcomes(seen)
    begun = {(each.type, each.onset.at) for each in known.episodes.values()}
    yield (
        fact.episode in known.episodes or known.was_voided(fact.episode) or same in begun,
        "decompensation.recorded_already",
    )
    yield from _graded(fact.type, fact.grade, seen)


def _graded(kind: str, grade: str, seen: Seen) -> Conditions:
    item = seen.case.protocol.decompensation_item(kind)
    told = grade not in ("", REDACTED)
    yield told and item is not None and item.grade(grade) is None, "result.grade_unknown"


def _of_episode(fact: Any, seen: Seen) -> Conditions:  # noqa: ANN401 - the later facts of an episode
    known = _outcomes(seen)
    yield known.was_voided(fact.episode), "decompensation.voided"
    yield (
        fact.episode not in known.episodes and not known.was_voided(fact.episode),
        "decompensation.unknown",
    )


def _regraded(fact: Any, seen: Seen) -> Conditions:  # noqa: ANN401 - a later grade, or one put right
    yield from _of_episode(fact, seen)
    known = _outcomes(seen).episodes.get(fact.episode)
    yield from _graded(known.type if known is not None else "", fact.grade, seen)


def _resolved(fact: decompensation.DecompensationResolved, seen: Seen) -> Conditions:
    yield from _of_episode(fact, seen)
    known = _outcomes(seen).episodes.get(fact.episode)
    yield known is not None and known.resolved is not None, "decompensation.resolved_already"
    yield known is not None and _ends_early(known.onset.at, seen), "decompensation.ends_before_onset"


def _opening_corrected(fact: decompensation.DecompensationCorrected, seen: Seen) -> Conditions:
    yield from _of_episode(fact, seen)
    yield from seen.unjustified()
    yield fact.type not in seen.case.protocol.decompensation, "decompensation.type"
    known = _outcomes(seen).episodes
    now = (fact.onset, fact.type, fact.subtype, fact.grade)
    was = (fact.onset_was, fact.type_was, fact.subtype_was, fact.grade_was)
    yield now == was, "event.same"
    if fact.episode in known:
        before = known[fact.episode]
        yield (before.onset.at, before.type) != (fact.onset_was, fact.type_was), "event.not_recorded"
        ended = before.resolved.at if before.resolved is not None else None
        yield (
            ended is not None and fact.onset != fact.onset_was and ended.latest <= fact.onset.earliest,
            ("decompensation.ends_before_onset"),
        )
        for grade in (fact.grade, *(each for each, _ in before.grades[1:])):
            yield from _graded(fact.type, grade, seen)
    others = ((each.type, each.onset.at) for name, each in known.items() if name != fact.episode)
    yield (fact.type, fact.onset) in others, "decompensation.recorded_already"


def _grade_corrected(fact: decompensation.DecompensationGradeCorrected, seen: Seen) -> Conditions:
    yield from _regraded(fact, seen)
    yield from seen.unjustified()
    yield (fact.grade, seen.record.effective_at) == (fact.grade_was, fact.was), "event.same"
    yield (fact.grade_was, fact.was) not in _later_grades(fact.episode, seen), "event.not_recorded"


def _resolution_corrected(fact: decompensation.DecompensationResolutionCorrected, seen: Seen) -> Conditions:
    yield from _of_episode(fact, seen)
    yield from seen.unjustified()
    yield seen.record.effective_at == fact.was, "event.same"
    known = _outcomes(seen).episodes.get(fact.episode)
    yield known is None or known.resolved is None or known.resolved.at != fact.was, "event.not_recorded"
    yield known is not None and _ends_early(known.onset.at, seen), "decompensation.ends_before_onset"


def _ends_early(onset: ClinicalTime, seen: Seen) -> bool:
    """Whether an episode would end before it began."""
    return seen.record.effective_at.latest <= onset.earliest


def _voided(fact: decompensation.DecompensationVoided, seen: Seen) -> Conditions:
    yield from _of_episode(fact, seen)
    yield from seen.unjustified()
    known = _outcomes(seen).episodes.get(fact.episode)
    if known is None:
        return
    if fact.part == "grade":
        yield (fact.grade, fact.was) not in _later_grades(fact.episode, seen), "event.not_recorded"
    else:
        when = known.resolved if fact.part == "resolution" else known.onset
        yield when is None or when.at != fact.was, "event.not_recorded"


def _treatment_voided(fact: observation.TreatmentVoided, seen: Seen) -> Conditions:
    yield fact.was not in _outcomes(seen).given(fact.treatment), "event.not_recorded"
    yield from seen.unjustified()


def _later_grades(episode: str, seen: Seen) -> list[tuple[str, object]]:
    known = _outcomes(seen).episodes.get(episode)
    return [] if known is None else [(grade, when.at) for grade, when in known.grades[1:]]


def _outcomes(seen: Seen) -> Outcomes:
    return seen.case.casebook.outcomes or Outcomes()


CONDITIONS: dict[type[Fact], Asking] = {
    adverse_event.AdverseEventChanged: _changed,
    adverse_event.CausalityAssessed: _of_event,
    adverse_event.AdverseEventCorrected: _corrected,
    adverse_event.AdverseEventVoided: _event_voided,
    decompensation.DecompensationOpened: _opened,
    decompensation.DecompensationGraded: _regraded,
    decompensation.DecompensationResolved: _resolved,
    decompensation.DecompensationCorrected: _opening_corrected,
    decompensation.DecompensationGradeCorrected: _grade_corrected,
    decompensation.DecompensationResolutionCorrected: _resolution_corrected,
    decompensation.DecompensationVoided: _voided,
    observation.TreatmentVoided: _treatment_voided,
}
