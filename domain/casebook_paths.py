"""Records of a casebook: what a participant's history holds under a name, and which fact belongs to which.

A *record* is a page of the casebook: `week-4` (a visit with its results), `consent`, `eligibility`,
`infusion-1`, an adverse event as `ae-1`. A *field* is a part of one: `week-4/alt`, of an infusion a step,
`infusion-1/thawed`. `casebook` is all of them.
What is signed, verified, frozen or locked is named so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import StringConstraints

from domain import (
    adverse_event,
    consent_given,
    decompensation,
    deviation,
    eligibility,
    infusion,
    infusion_put_right,
    observation,
    outcome,
    participant,
    screening,
    unblinding,
    visit,
    voided,
)
from domain.fact import FACTS, Fact
from domain.review_rules import CASEBOOK as CASEBOOK

RecordName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,47}$")]
"""A record, as `week-4` or `consent`; `casebook` for all of them."""

FieldPath = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,47}(/[a-z0-9][a-z0-9#_.-]{0,57})?$")
]
"""A record or one field of it: `week-4/alt`."""

HAPPENINGS = frozenset({"consent", "course", "adverse-events", "outcomes", "unblinding"})
"""Kinds of record whose events come when they come: while frozen they are recorded, and assessed."""

ChangedAt = Mapping[str, int]
"""The position of the newest fact of each path of one participant."""


def path_of(fact: Fact) -> str | None:
    """The path that a fact of a participant's history belongs to; None for one that is no content."""
    tell = telling(type(fact))
    return tell(fact) if callable(tell) else tell


def kind_of(fact: Fact) -> str | None:
    """The kind of record that a fact belongs to, as `adverse-events`; that of a visit is `visit`. None
    where a fact takes back or puts right what happened: it happens to nobody.
    """
    return _KINDS.get(type(fact))


def within(scope: str, path: str) -> bool:
    """Whether a path lies in a record or field, or is it."""
    return scope in (CASEBOOK, path) or path.startswith(f"{scope}/")


def holding(path: str) -> tuple[str, ...]:
    """What a path lies in, widest first: the casebook, its record, itself."""
    return tuple(dict.fromkeys((CASEBOOK, path.partition("/")[0], path)))


def newest_in(changed: ChangedAt, scope: str) -> int:
    """The position of the newest fact in a record or field, 0 while it holds none."""
    return max((position for path, position in changed.items() if within(scope, path)), default=0)


def path_forms() -> dict[str, tuple[str, dict[str, object]]]:
    """How the facts of each topic that is content tell their path, for whoever reads them as stored.

    In the form of a path `{name}` stands for a field; with it go the fields that are left out where they have
    their default.
    """
    forms = {}
    for topic, kind in FACTS.topics().items():
        tell = telling(kind)
        if tell is not None:
            named = _Named(kind)
            forms[topic] = (tell(named) if callable(tell) else tell), named.defaults
    return forms


class _Named:
    """Stands for any fact of a class: its fields are their names. Keeps the defaults of those asked for."""

    def __init__(self, kind: type[Fact]) -> None:
        self._fields = kind.model_fields
        self.defaults: dict[str, object] = {}

    def __getattr__(self, name: str) -> str:
        field = self._fields[name]
        if not field.is_required():
            self.defaults[name] = field.default
        return f"{{{name}}}"


Telling = Callable[[Any], str] | str | None
"""The path of every fact of a class, or how each tells its own; None where they are no content."""


def telling(kind: type[Fact]) -> Telling:
    """How the facts of a class tell their path."""
    try:
        return _PATHS[kind]
    except KeyError:
        tell = _PATHS[kind] = _by_class(kind)
        return tell


def _by_class(kind: type[Fact]) -> Telling:
    if issubclass(kind, observation.VisitResult):
        return lambda fact: f"{fact.visit}/{fact.result}"
    if kind in _OF_A_STEP:
        return lambda fact: f"infusion-{fact.infusion}/{fact.told_with}"
    if issubclass(kind, infusion.InfusionFact):
        return lambda fact: f"infusion-{fact.infusion}/{_STEPS[kind]}"
    return None


_STEPS: dict[type[Fact], str] = {
    infusion.InfusionOrdered: "ordered",
    infusion.LotAssigned: "assigned",
    infusion.InfusionReleased: "released",
    infusion.ProductReceived: "received",
    infusion.ProductThawed: "thawed",
    infusion.IdentityChecked: "checked",
    infusion.Premedicated: "premedicated",
    infusion.AccessPlaced: "access",
    infusion.InfusionStarted: "started",
    infusion.InfusionPaused: "paused",
    infusion.InfusionResumed: "resumed",
    infusion.InfusionCompleted: "ended",
    infusion.InfusionStoppedEarly: "ended",
    infusion.InfusionNotGiven: "not_given",
    infusion.InfusionObserved: "observed",
    infusion.InfusionClosed: "closed",
    infusion.InfusionReported: "started",
    infusion_put_right.InfusionVoided: "started",
    infusion_put_right.NotGivenVoided: "not_given",
}
"""The step that each fact of an infusion tells of: of what is told as a whole, or taken back, the start."""

_OF_A_STEP = (
    infusion_put_right.DoseCorrected,
    infusion_put_right.UseByCorrected,
    infusion_put_right.InfusionTimeCorrected,
)
"""Facts that put right what a step told, and name it."""


def _visit(fact: Any) -> str:  # noqa: ANN401 - the facts of a visit
    return str(fact.visit)


def _event(fact: Any) -> str:  # noqa: ANN401 - the facts of an adverse event
    return str(fact.event)


def _episode(fact: Any) -> str:  # noqa: ANN401 - the facts of an episode of decompensation
    return str(fact.episode)


_PATHS: dict[type[Fact], Telling] = {
    screening.PreScreened: "registration",
    screening.ScreeningCorrected: "registration",
    screening.BirthRecorded: "registration",
    consent_given.ConsentGiven: "consent",
    consent_given.ConsentPartySigned: "consent",
    consent_given.ReconsentRequested: "consent",
    consent_given.ConsentWithdrawn: "consent",
    eligibility.CriterionAnswered: lambda fact: f"eligibility/{fact.criterion}",
    eligibility.EligibilitySigned: "eligibility",
    eligibility.ScreenFailed: "eligibility",
    participant.Randomized: "randomization",
    participant.MisrandomizationNoted: "randomization",
    unblinding.Unblinded: "unblinding",
    unblinding.UnblindingAssessed: "unblinding",
    participant.LostToFollowUp: "course",
    participant.Transplanted: "course",
    participant.Died: "course",
    participant.Completed: "course",
    participant.FollowUpEnded: "course",
    voided.EventVoided: lambda fact: fact.record,
    visit.VisitScheduled: _visit,
    visit.VisitAttended: _visit,
    visit.VisitMissed: _visit,
    visit.VisitTimeCorrected: _visit,
    visit.VisitVoided: _visit,
    observation.DialysisSession: "treatments",
    observation.TreatmentRecorded: "treatments",
    observation.TreatmentVoided: "treatments",
    **dict.fromkeys(decompensation.FACTS, _episode),
    **dict.fromkeys(adverse_event.FACTS, _event),
    outcome.DeviationNoted: "deviations",
    outcome.DeviationClassified: "deviations",
    deviation.DeviationExplained: "deviations",
    deviation.DeviationActionTaken: "deviations",
    deviation.DeviationReported: "deviations",
    deviation.HazardExceptionNotified: "deviations",
}
"""Results and infusions go by their class (`_by_class`); a fact that is not here is no content."""

_KINDS: dict[type[Fact], str] = {
    **{kind: told for kind, told in _PATHS.items() if isinstance(told, str)},
    **{kind: "visit" for kind, told in _PATHS.items() if told is _visit},
    **dict.fromkeys(decompensation.HAPPENINGS, "outcomes"),
    **dict.fromkeys(adverse_event.HAPPENINGS, "adverse-events"),
}
