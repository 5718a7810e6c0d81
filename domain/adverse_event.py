"""Adverse events of a participant: their facts, their state, and how the one follows from the other.

Severity, seriousness and causality are kept apart (ICH E2A): how bad it was, what it led to, and whether the
product may have caused it. Each word stays readable after a later one; a downgrade is one more version. What
stands is the newest word by when it was so, whenever it was recorded.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, NamedTuple

from pydantic import StringConstraints

from domain.clinical_time import ClinicalTime
from domain.fact import FREE, Fact, FreeText
from domain.happened import Happened
from domain.identifiers import Key
from domain.put_right import Righted, told_right

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
    term: FreeText
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
    term: Annotated[str | None, FREE] = None
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
    PROMPT = True
    event: Key
    causality: Causality
    expected: bool | None = None
    why: FreeText


class AdverseEventCorrected(Fact):
    """An adverse event began at another time than was recorded, or the site learned of it at another. It
    takes the clinical time of the onset that is right, and tells the event as it was recorded, with the
    awareness that stands, which is that of no word before.
    """

    TOPIC = "safety.adverse_event_corrected.v1"
    EN = "Adverse event {event} corrected: {now}"
    ZH = "不良事件 {event} 更正：{now_zh}"
    PUTS_RIGHT = "corrected"
    event: Key
    term: FreeText
    severity: Severity
    serious: bool = False
    criteria: tuple[Criterion, ...] = ()
    aware: ClinicalTime | None = None
    onset: ClinicalTime
    onset_was: ClinicalTime
    aware_was: ClinicalTime | None = None

    @property
    def now(self) -> str:
        """What it is corrected to and what stood there, for the sentence."""
        return told_right(self._righted("onset", "aware"))

    @property
    def now_zh(self) -> str:
        """What it is corrected to and what stood there, for the sentence in Chinese."""
        return told_right(self._righted("发生时间", "获知时间"), zh=True)

    def _righted(self, onset: str, aware: str) -> Iterator[Righted]:
        yield onset, self.onset, self.onset_was
        if self.aware_was is not None:
            yield aware, self.aware, self.aware_was


class AdverseEventVoided(Fact):
    """An adverse event did not begin at the time `was` that was recorded: it was recorded in error, or beside
    this fact stands when it began.
    """

    TOPIC = "safety.adverse_event_voided.v1"
    EN = "Voided as recorded in error: adverse event {event}, {was}"
    ZH = "误录作废：不良事件 {event}，{was}"
    PUTS_RIGHT = "voided"
    event: Key
    was: ClinicalTime


HAPPENINGS = (AdverseEventRecorded, AdverseEventChanged, CausalityAssessed)
"""Facts of what went on."""

FACTS = (*HAPPENINGS, AdverseEventCorrected, AdverseEventVoided)

# ---------------------------------------------------------------- state


class Word(NamedTuple):
    """What one fact said of an event, and since when it is so; None for what it left as it was."""

    when: Happened
    term: str | None = None
    severity: str | None = None
    serious: bool | None = None
    criteria: tuple[str, ...] | None = None
    outcome: str | None = None
    aware: ClinicalTime | None = None


class Weight(NamedTuple):
    """How much an event weighed from one word on."""

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
    """One adverse event as it stands. `words` and `assessments` hold every version in the order of recording,
    the record of the event itself first.
    """

    term: str
    severity: str
    serious: bool
    onset: Happened
    criteria: tuple[str, ...] = ()
    outcome: str = ""
    aware: ClinicalTime | None = None
    words: tuple[Word, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    changed: tuple[Happened, ...] = ()
    """Since when it was otherwise, by each word after its record."""

    @property
    def weights(self) -> tuple[Weight, ...]:
        """How much it weighed, from the onset to the newest word."""
        return tuple(
            Weight(now["severity"], now["serious"], now["criteria"], now["outcome"], when)
            for when, now in _course(self.words)
        )

    @property
    def assessment(self) -> Assessment | None:
        """The investigator's word that stands: the newest by when it was given."""
        return max(reversed(self.assessments), key=_given, default=None)

    def by(self, at: ClinicalTime) -> "AdverseEvent":
        """The event as it stood by a time, as far as is known now."""
        first, *later = self.words
        return _of((first, *(each for each in later if each.when.at.earliest <= at.earliest)))


class Aside(NamedTuple):
    """What was said of an event that is not there, or not yet: it holds should the event be put right."""

    words: tuple[Word, ...] = ()
    assessments: tuple[Assessment, ...] = ()


class AdverseEvents(NamedTuple):
    """The adverse events of a participant by id, and what was said of those that are not there."""

    standing: dict[str, AdverseEvent]
    aside: dict[str, Aside]


def begun(fact: AdverseEventRecorded | AdverseEventCorrected, when: Happened) -> AdverseEvent:
    """An adverse event as it was first told."""
    return _of((Word(when, fact.term, fact.severity, fact.serious, fact.criteria, "", fact.aware),))


def evolve(events: AdverseEvents, fact: Fact, when: Happened) -> AdverseEvents:
    """The adverse events after one more fact. Total: what it does not know changes nothing."""
    match fact:
        case AdverseEventRecorded() | AdverseEventCorrected():
            words, assessments = _said(events, fact.event)
            if isinstance(fact, AdverseEventCorrected) and fact.aware is not None:
                words = tuple(word._replace(aware=None) for word in words)
            event = _of((*begun(fact, when).words, *words), assessments)
            return AdverseEvents({**events.standing, fact.event: event}, _without(events.aside, fact.event))
        case AdverseEventChanged():
            told = {name: getattr(fact, name) for name in _CHANGEABLE}
            if fact.serious is False and fact.criteria is None:
                told["criteria"] = ()
            return _with(events, fact.event, Aside(words=(Word(when, **told),)))
        case CausalityAssessed():
            word = Assessment(fact.causality, fact.expected, fact.why, when)
            return _with(events, fact.event, Aside(assessments=(word,)))
        case AdverseEventVoided() if fact.event in events.standing:
            if events.standing[fact.event].onset.at == fact.was:
                aside = {**events.aside, fact.event: _said(events, fact.event)}
                return AdverseEvents(_without(events.standing, fact.event), aside)
    return events


_CHANGEABLE = ("term", "severity", "serious", "criteria", "outcome", "aware")


def _of(words: tuple[Word, ...], assessments: tuple[Assessment, ...] = ()) -> AdverseEvent:
    """The event that stands after all that was said of it."""
    *_, (_, now) = _course(words)
    return AdverseEvent(
        **now,
        onset=words[0].when,
        words=words,
        assessments=assessments,
        changed=tuple(word.when for word in words[1:]),
    )


def _course(words: tuple[Word, ...]) -> Iterator[tuple[Happened, dict[str, Any]]]:
    """Since when it stood how: first the record of the event, then what came after, by when it was so."""
    now: dict[str, Any] = {"aware": None}
    for word in (words[0], *sorted(words[1:], key=_since)):
        now |= {name: said for name in _CHANGEABLE if (said := getattr(word, name)) is not None}
        yield word.when, dict(now)


def _since(word: Word) -> datetime:
    return word.when.at.earliest


def _given(word: Assessment) -> datetime:
    return word.when.at.earliest


def _said(events: AdverseEvents, event: str) -> Aside:
    """What was said of an event beside its record."""
    known = events.standing.get(event)
    return events.aside.get(event, Aside()) if known is None else Aside(known.words[1:], known.assessments)


def _with(events: AdverseEvents, event: str, more: Aside) -> AdverseEvents:
    """The events with more said of one of them."""
    said, known = _said(events, event), events.standing.get(event)
    words, assessments = (*said.words, *more.words), (*said.assessments, *more.assessments)
    if known is None:
        return events._replace(aside={**events.aside, event: Aside(words, assessments)})
    now = _of((known.words[0], *words), assessments)
    return events._replace(standing={**events.standing, event: now})


def _without(known: dict[str, Any], event: str) -> dict[str, Any]:
    return {each: what for each, what in known.items() if each != event}
