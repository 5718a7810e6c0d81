"""Safety reports with their clocks as of any instant, and whether they agree with the casebooks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from domain.adverse_event import AdverseEvent
from domain.outcome import Outcomes
from domain.participant import Participant
from domain.safety import SafetyReport, SafetyReportStatus
from domain.safety_clocks import Clock, ClockStatus, clocks
from projections.as_of import View, participants_of, protocol_of


@dataclass(frozen=True, slots=True)
class SafetyRow:
    """One report, the event in the casebook if it is there, and every clock with where it stands.
    `event_voided`: it was recorded there in error.
    """

    participant: str
    event: str
    site: str
    report: SafetyReport
    adverse_event: AdverseEvent | None
    clocks: tuple[tuple[Clock, ClockStatus], ...]
    event_voided: bool = False

    @property
    def worst(self) -> str:
        """The status of the most pressing clock, empty where nothing runs and nothing was late."""
        found = {status for _, status in self.clocks}
        return next((str(status) for status in _PRESSING if status in found), "")


_PRESSING = (ClockStatus.BREACH, ClockStatus.ALERT, ClockStatus.RUNNING, ClockStatus.MET_LATE)


def safety_rows(view: View, code: str = "") -> Iterator[SafetyRow]:
    """The reports of one participant or of all, in order of their keys."""
    outcomes, participants = view.outcomes(code), participants_of(view, code)
    for report in view.singles(SafetyReport, code).values():
        known = outcomes.get(report.participant) or Outcomes()
        yield row_of(view, participants[report.participant], report, known)


def row_of(view: View, participant: Participant, report: SafetyReport, outcomes: Outcomes) -> SafetyRow:
    """One report as of the view's moment."""
    event = outcomes.adverse_events.get(report.event)
    rules = protocol_of(view.trial, participant).safety_rules
    running = clocks(report, event.assessments if event is not None else (), rules)
    told = tuple((clock, clock.status(view.moment)) for clock in running)
    voided = outcomes.was_voided(report.event)
    return SafetyRow(report.participant, report.event, participant.site, report, event, told, voided)


# ---------------------------------------------------------------- reconciliation


class Mismatch(NamedTuple):
    """Something that casebook and safety report tell differently, with the facts on either side."""

    participant: str
    event: str
    field: str
    casebook: str
    report: str
    facts: tuple[int, ...]


def mismatches(view: View, code: str = "") -> Iterator[Mismatch]:
    """What does not agree between the casebooks and the safety reports, by participant and event."""
    outcomes, participants = view.outcomes(code), view.participants()
    reports = view.singles(SafetyReport)
    for whose in (code,) if code else participants:
        events = (outcomes.get(whose) or Outcomes()).adverse_events
        own = {report.event: report for report in reports.values() if report.participant == whose}
        for event in sorted({*events, *own}):
            yield from _compared(whose, event, events.get(event), own.get(event))
        yield from _deaths(participants[whose], events)


def _compared(
    code: str, name: str, event: AdverseEvent | None, report: SafetyReport | None
) -> Iterator[Mismatch]:
    if report is not None and report.status is SafetyReportStatus.VOIDED:
        report = None
    if event is None:
        if report is not None:
            yield Mismatch(code, name, "event", "", report.term, (report.aware.fact,))
        return
    if report is None:
        if event.serious:
            yield Mismatch(code, name, "report", event.term, "", (event.onset.fact,))
        return
    now = report.now
    facts = (event.weights[-1].when.fact if event.weights else event.onset.fact, now.when.fact)
    for field, ours, theirs in (
        ("term", event.term, report.term),
        ("onset", str(event.onset.at), str(report.onset)),
        ("serious", _word(event.serious), _word(now.serious)),
        ("severity", event.severity, now.severity),
        ("criteria", ", ".join(sorted(event.criteria)), ", ".join(sorted(now.criteria))),
        ("outcome", event.outcome, now.outcome),
    ):
        if ours != theirs:
            yield Mismatch(code, name, field, ours, theirs, facts)


def _deaths(participant: Participant, events: dict[str, AdverseEvent]) -> Iterator[Mismatch]:
    """A death without a fatal event, and a fatal event without a death."""
    fatal = {name: event for name, event in events.items() if is_fatal(event)}
    died = participant.died
    if died is not None and not fatal:
        yield Mismatch(participant.code, "", "death", str(died.at), "", (died.fact,))
    if died is None:
        for name, event in fatal.items():
            yield Mismatch(participant.code, name, "death", "", "fatal", (event.onset.fact,))


def is_fatal(event: AdverseEvent) -> bool:
    """Whether the event is held to have led to death."""
    return event.severity == "fatal" or event.outcome == "fatal" or "death" in event.criteria


def _word(holds: bool) -> str:
    return "yes" if holds else "no"
