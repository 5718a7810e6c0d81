"""The commands on adverse events in the casebook, and what each decides."""

from typing import Any

from domain.adverse_event import (
    AdverseEventChanged,
    AdverseEventRecorded,
    Causality,
    CausalityAssessed,
    Criterion,
    Outcome,
    Severity,
    begun,
)
from domain.clinical_time import ClinicalTime
from domain.errors import Refused
from domain.identifiers import Key
from domain.record import NewFact
from workflows.command import OnParticipant, Report, Step, Words
from workflows.safety import aware_of, event_of, next_event, opened, report_of
from workflows.situation import Case, Situation, decides


class RecordAdverseEvent(Report, OnParticipant):
    """An untoward medical occurrence; `at` is its onset. A serious one opens its safety report, whose clock
    runs from `aware`, when the site learned of it: now, if nothing is said.
    """

    KIND = "outcome.record_adverse_event"
    term: Words
    severity: Severity
    serious: bool = False
    criteria: tuple[Criterion, ...] = ()
    aware: ClinicalTime | None = None


class RecordAdverseEventChange(Report, OnParticipant):
    """An adverse event went on or is judged otherwise; what is not given stays. One that becomes serious
    opens its safety report, and was so when the site learned of it; holding one less than serious needs a
    reason.
    """

    KIND = "outcome.record_adverse_event_change"
    event: Key
    term: Words | None = None
    severity: Severity | None = None
    serious: bool | None = None
    criteria: tuple[Criterion, ...] | None = None
    outcome: Outcome | None = None
    aware: ClinicalTime | None = None


class AssessCausality(Step, OnParticipant):
    """Sign whether the product may have caused the event, and whether it was expected."""

    KIND = "outcome.assess_causality"
    SIGNS = True
    event: Key
    causality: Causality
    expected: bool | None = None
    why: Words


@decides(RecordAdverseEvent)
def record_adverse_event(command: RecordAdverseEvent, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    onset = situation.when(command, case.zone)
    serious = command.serious or bool(command.criteria)
    aware = None
    if serious or command.aware is not None:
        aware = aware_of(case, command.aware, onset, situation)
    event = next_event(case, situation)
    fact = AdverseEventRecorded(
        event=event,
        term=command.term,
        severity=command.severity,
        serious=serious,
        criteria=command.criteria,
        aware=aware,
    )
    facts = case.facts(onset, fact)
    if not serious:
        return facts
    return [*facts, *opened(case, event, begun(fact, situation.happened(onset)), situation)]


@decides(RecordAdverseEventChange)
def record_change(command: RecordAdverseEventChange, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    known = event_of(case, command.event)
    then = known.by(at)
    changed: dict[str, Any] = {
        name: said
        for name in ("term", "severity", "serious", "criteria", "outcome")
        if (said := getattr(command, name)) not in (None, getattr(then, name))
    }
    if changed.get("criteria") and not then.serious:
        changed.setdefault("serious", True)
    if not changed:
        return []
    becomes_serious = changed.get("serious") is True
    if changed.get("serious") is False and not situation.has_reason:
        raise Refused(
            "correction.no_reason",
            "an event is held less than serious only for a stated reason",
            where=case.code,
            rule="ICH E6(R3) 2.7.2",
            remedy="Give --reason.",
        )
    if becomes_serious or command.aware is not None:
        changed["aware"] = aware_of(case, command.aware, known.onset.at, situation)
    facts = _changes(case, command.event, at, changed)
    if not becomes_serious or report_of(case, command.event, situation) is not None:
        return facts
    return [*facts, *opened(case, command.event, then._replace(**changed), situation)]


def _changes(case: Case, event: str, at: ClinicalTime, changed: dict[str, Any]) -> list[NewFact]:
    """What changed. That an event is serious it was at the latest when the site learned of it."""
    aware = changed.get("aware")
    if changed.get("serious") is not True or aware is None or at.earliest <= aware.earliest:
        return case.facts(at, AdverseEventChanged(event=event, **changed))
    known = {name: said for name, said in changed.items() if name in ("serious", "criteria", "aware")}
    later = {name: said for name, said in changed.items() if name not in known}
    facts = case.facts(aware, AdverseEventChanged(event=event, **known))
    return [*facts, *(case.facts(at, AdverseEventChanged(event=event, **later)) if later else ())]


@decides(AssessCausality)
def assess_causality(command: AssessCausality, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    event_of(case, command.event)
    fact = CausalityAssessed(
        event=command.event, causality=command.causality, expected=command.expected, why=command.why
    )
    return case.facts(situation.when(command, case.zone), fact)
