"""Adverse events of a participant: their facts, their state, and how the one follows from the other.

Severity, seriousness and causality are kept apart (ICH E2A): how bad it was, what it led to, and whether the
product may have caused it. Each word stays readable after a later one; a downgrade is one more version.
"""

from typing import Annotated, NamedTuple

from pydantic import StringConstraints

from domain.clinical_time import ClinicalTime
from domain.fact import Fact
from domain.happened import Happened
from domain.identifiers import Key

Severity = Annotated[str, StringConstraints(pattern=r"^(mild|moderate|severe|life_threatening|fatal)$")]
"""How bad it was: the grades 1 to 5 of CTCAE, in words."""

SEVERITIES = ("mild", "moderate", "severe", "life_threatening", "fatal")
"""From grade 1 to grade 5."""

Criterion = Annotated[
    str,
    StringConstraints(
        pattern=r"^(death|life_threatening|hospitalization|disability|congenital_anomaly"
        r"|medically_important)$"
    ),
]
"""What makes an event serious (ICH E2A II.B)."""

Causality = Annotated[str, StringConstraints(pattern=r"^(unrelated|unlikely|possible|probable|definite)$")]
Outcome = Annotated[
    str,
    StringConstraints(
        pattern=r"^(recovered|recovering|recovered_with_sequelae|not_recovered|fatal|unknown)$"
    ),
]

RELATED = frozenset({"possible", "probable", "definite"})
"""The causalities that leave a reasonable possibility."""

CAUSALITIES = ("unrelated", "unlikely", "possible", "probable", "definite")
"""From the least to the most related."""

GRAVE = frozenset({"death", "life_threatening"})
"""The criteria that make the reporting time short."""

# ---------------------------------------------------------------- facts


class AdverseEventRecorded(Fact):
    """An untoward medical occurrence. `aware` is when the site learned of it, beside onset and recording."""

    TOPIC = "safety.adverse_event_recorded.v1"
    EN = "Adverse event {event}: {term}, severity {severity}, serious: {serious} {criteria}"
    ZH = "不良事件 {event}：{term}，严重程度 {severity}，是否严重不良事件：{serious} {criteria}"
    SILENT = ("criteria",)
    event: Key
    term: str
    severity: Severity
    serious: bool = False
    criteria: tuple[Criterion, ...] = ()
    aware: ClinicalTime | None = None


class AdverseEventChanged(Fact):
    """An adverse event went on, or was put right: what is given holds from now on, all else stays."""

    TOPIC = "safety.adverse_event_changed.v1"
    EN = (
        "Adverse event {event} now: severity {severity}, serious: {serious}, criteria: {criteria},"
        " outcome: {outcome}"
    )
    ZH = (
        "不良事件 {event} 变更：严重程度 {severity}，严重不良事件：{serious}，依据：{criteria}，"
        "转归：{outcome}"
    )
    ABSENT = ("as before", "不变")
    event: Key
    term: str | None = None
    severity: Severity | None = None
    serious: bool | None = None
    criteria: tuple[Criterion, ...] | None = None
    outcome: Outcome | None = None
    aware: ClinicalTime | None = None


class CausalityAssessed(Fact):
    """The investigator's signed word: may the product have caused the event, and was it expected."""

    TOPIC = "safety.causality_assessed.v1"
    EN = "Causality of {event}: {causality}, expected: {expected}; {why}"
    ZH = "{event} 因果关系：{causality}，是否预期：{expected}；{why}"
    event: Key
    causality: Causality
    expected: bool | None = None
    why: str


# ---------------------------------------------------------------- state


class Weight(NamedTuple):
    """How much an event weighed from one fact on."""

    severity: str
    serious: bool
    criteria: tuple[str, ...]
    outcome: str
    when: Happened


class Assessment(NamedTuple):
    """One word on causality and expectedness (None: not judged)."""

    causality: str
    expected: bool | None
    why: str
    when: Happened


class AdverseEvent(NamedTuple):
    """One adverse event. `weights` and `assessments` hold every version, oldest first; the last stands."""

    term: str
    severity: str
    serious: bool
    onset: Happened
    criteria: tuple[str, ...] = ()
    outcome: str = ""
    aware: ClinicalTime | None = None
    weights: tuple[Weight, ...] = ()
    assessments: tuple[Assessment, ...] = ()


AdverseEvents = dict[str, AdverseEvent]


def begun(fact: AdverseEventRecorded, when: Happened) -> AdverseEvent:
    """An adverse event as it was first told."""
    return AdverseEvent(fact.term, fact.severity, fact.serious, when, fact.criteria, "", fact.aware)


def evolve(events: AdverseEvents, fact: Fact, when: Happened) -> AdverseEvents:
    """The adverse events after one more fact. Total: what it does not know changes nothing."""
    match fact:
        case AdverseEventRecorded():
            return {**events, fact.event: _weighed(begun(fact, when), when)}
        case AdverseEventChanged() if fact.event in events:
            return {**events, fact.event: _weighed(_changed(events[fact.event], fact), when)}
        case CausalityAssessed() if fact.event in events:
            known = events[fact.event]
            word = Assessment(fact.causality, fact.expected, fact.why, when)
            return {**events, fact.event: known._replace(assessments=(*known.assessments, word))}
    return events


def _changed(event: AdverseEvent, fact: AdverseEventChanged) -> AdverseEvent:
    now = {name: getattr(fact, name) for name in _CHANGEABLE if getattr(fact, name) is not None}
    if now.get("serious") is False:
        now.setdefault("criteria", ())
    return event._replace(**now)


_CHANGEABLE = ("term", "severity", "serious", "criteria", "outcome", "aware")


def _weighed(event: AdverseEvent, when: Happened) -> AdverseEvent:
    weight = Weight(event.severity, event.serious, event.criteria, event.outcome, when)
    return event._replace(weights=(*event.weights, weight))
