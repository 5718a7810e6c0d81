"""The visits of a trial and their status on any day: computed from plan, anchor and facts, never stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from domain.clinical_time import local_day
from domain.happened import Happened
from domain.participant import Participant
from domain.protocol import Protocol
from domain.schedule import Window, turns_of, window_of
from domain.trial import Trial
from domain.visit import Visit
from domain.visit_plan import VisitPlan
from projections.as_of import View, participants_of, protocol_of


class VisitStatus(StrEnum):
    """Where a visit stands on a day.

    `not_due`: no anchor yet, or the window is far; `upcoming`: it opens within the protocol's lead;
    `open`; `closing`: in its last days; `overdue`: past its window, still awaited; `missed`: known missed, or
    overdue for longer than the protocol waits; `done_out_of_window`: also where that has not happened which
    its window opens after; `not_required`: the participant's course ended before it;
    `unscheduled`: attended beside the plan.
    """

    NOT_DUE = "not_due"
    UPCOMING = "upcoming"
    OPEN = "open"
    CLOSING = "closing"
    OVERDUE = "overdue"
    DONE = "done"
    DONE_OUT_OF_WINDOW = "done_out_of_window"
    MISSED = "missed"
    NOT_REQUIRED = "not_required"
    UNSCHEDULED = "unscheduled"


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit of one participant as of a day; days are the site's calendar days."""

    participant: str
    site: str
    visit: str
    name: str
    status: VisitStatus
    window: Window | None
    visit_state: Visit | None
    protocol_version: str
    anchor_fact: int | None

    @property
    def attended_on(self) -> date | None:
        """The day the visit was attended."""
        known = self.visit_state
        return known.attended.at.day if known is not None and known.attended is not None else None

    @property
    def days_from_target(self) -> int | None:
        """How many days after (negative: before) its target the visit took place."""
        day = self.attended_on
        return (day - self.window.target).days if day is not None and self.window is not None else None


class PlannedVisit(NamedTuple):
    """A planned visit as far as it depends on no day: its plan and the version it is judged under, what its
    days are counted from, its window, and what is recorded of it.
    """

    plan: VisitPlan
    judged: Protocol
    anchor: Happened | None
    window: Window | None
    known: Visit | None


def visit_rows(view: View, code: str = "") -> Iterator[VisitRow]:
    """Every planned visit of every participant, in plan order, then the unscheduled ones."""
    visits = view.visits(code)
    for whose, participant in participants_of(view, code).items():
        yield from rows_of(view.trial, participant, visits.get(whose, {}), view)


def rows_of(
    trial: Trial, participant: Participant, visits: Mapping[str, Visit], view: View
) -> Iterator[VisitRow]:
    """The visits of one participant."""
    protocol = protocol_of(trial, participant)
    today = local_day(view.moment, protocol.site_plans[participant.site].zone)
    for each in planned_visits(trial, protocol, participant, visits):
        yield VisitRow(
            participant.code,
            participant.site,
            each.plan.id,
            protocol.visit_plans[each.plan.id].name.en,
            _status(each, participant, today),
            each.window,
            each.known,
            each.judged.version,
            each.anchor.fact if each.anchor is not None else None,
        )
    for visit, known in visits.items():
        if visit not in protocol.visit_plans and known.is_recorded:
            yield _beside_the_plan(trial, participant, known)


def planned_visits(
    trial: Trial, protocol: Protocol, participant: Participant, visits: Mapping[str, Visit]
) -> Iterator[PlannedVisit]:
    """The visits that the version in force plans for a participant, in plan order."""
    for plan in protocol.schedule.visits:
        known = visits.get(plan.id)
        judged = _judged_under(trial, protocol, known)
        own = judged.visit_plans.get(plan.id, plan)
        yield _planned(own, judged, participant, known)


def _planned(
    plan: VisitPlan, judged: Protocol, participant: Participant, known: Visit | None
) -> PlannedVisit:
    anchor = participant.milestone(judged.anchor_of(plan))
    window = window_of(plan, anchor.at.day) if anchor is not None and anchor.at.day is not None else None
    return PlannedVisit(plan, judged, anchor, window, known)


def _beside_the_plan(trial: Trial, participant: Participant, visit: Visit) -> VisitRow:
    """A visit the version in force does not plan: an unscheduled one, or one an amendment has dropped."""
    of = (participant.code, participant.site, visit.visit)
    plans = [plan for each in trial.versions if (plan := _plan_in(trial, each.version, visit.visit))]
    if not plans:
        status, version = VisitStatus.UNSCHEDULED, visit.protocol_version
        return VisitRow(*of, "Unscheduled visit", status, None, visit, version, None)
    plan = _plan_in(trial, visit.protocol_version, visit.visit) if visit.attended is not None else None
    if plan is None:
        status = VisitStatus.NOT_REQUIRED if visit.missed is None else VisitStatus.MISSED
        return VisitRow(*of, plans[-1].name.en, status, None, visit, visit.protocol_version, None)
    judged = trial.document(visit.protocol_version).protocol
    planned = _planned(plan, judged, participant, visit)
    fact = planned.anchor.fact if planned.anchor is not None else None
    return VisitRow(*of, plan.name.en, _attended(planned), planned.window, visit, judged.version, fact)


def _plan_in(trial: Trial, version: str, visit: str) -> VisitPlan | None:
    return trial.document(version).protocol.visit_plans.get(visit)


def _attended(planned: PlannedVisit) -> VisitStatus:
    """Without an anchor no window is open but one that opens before it, or on its day."""
    plan, _, anchor, window, known = planned
    day = known.attended.at.day if known is not None and known.attended is not None else None
    if window is None:
        fits = anchor is not None or plan.before >= plan.day
    else:
        fits = day is None or window.holds(day)
    return VisitStatus.DONE if fits else VisitStatus.DONE_OUT_OF_WINDOW


def _judged_under(trial: Trial, protocol: Protocol, visit: Visit | None) -> Protocol:
    """An attended visit keeps the protocol version it was recorded under; others follow the one in force."""
    if visit is None or visit.attended is None or visit.protocol_version == protocol.version:
        return protocol
    return trial.document(visit.protocol_version).protocol


def _status(planned: PlannedVisit, participant: Participant, today: date) -> VisitStatus:
    plan, judged, _, window, visit = planned
    if visit is not None and visit.attended is not None:
        return _attended(planned)
    if visit is not None and visit.missed is not None:
        return VisitStatus.MISSED
    ended = participant.ended
    if ended is not None and (window is None or ended.at.day is None or ended.at.day <= window.closes):
        return VisitStatus.NOT_REQUIRED
    return VisitStatus.NOT_DUE if window is None else _on_day(window, plan, judged, today)


def _on_day(window: Window, plan: VisitPlan, protocol: Protocol, today: date) -> VisitStatus:
    """The status of a visit that has neither taken place nor been given up, by its window alone."""
    turns = turns_of(window, protocol.schedule)
    if today < window.opens:
        return VisitStatus.UPCOMING if today >= turns.announced else VisitStatus.NOT_DUE
    if today < turns.overdue:
        return VisitStatus.CLOSING if today >= turns.closing else VisitStatus.OPEN
    if today < turns.missed:
        return VisitStatus.OVERDUE
    return VisitStatus.NOT_REQUIRED if plan.optional else VisitStatus.MISSED
