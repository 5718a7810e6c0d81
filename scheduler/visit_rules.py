"""Of each visit that is awaited: its window is announced, due, closing, past, and past for good."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from domain.alert_plan import AlertRule
from domain.clinical_time import ClinicalTime, day_start, zone_of
from domain.participant import Participant
from domain.protocol import Protocol
from domain.schedule import Window, turns_of
from domain.trial import TrialStatus
from domain.visit import Visit
from domain.visit_plan import VisitPlan
from projections.visit_status import PlannedVisit, planned_visits
from scheduler.watch import Ladder, Rung, Watch, ended, resumed, revision_of


def visits(watch: Watch) -> Iterator[Ladder]:
    """The planned visits of one participant, each a ladder of the five rules of its window."""
    person = watch.participant
    if person is None:
        return
    zone = zone_of(watch.site.zone)
    for each in planned_visits(watch.trial, watch.protocol, person, watch.visits):
        reason, facts = _settled(watch, person, each.known)
        if reason:
            yield Ladder("visit", each.plan.id, settled=reason, facts=facts)
        elif each.window is not None and each.anchor is not None:
            yield _awaited(watch, each, each.window, each.anchor.fact, zone, _anew(person, each.known))


def _settled(watch: Watch, person: Participant, known: Visit | None) -> tuple[str, tuple[int, ...]]:
    """Why a visit is waited for no longer, and by which facts; "" while it is."""
    if known is not None and known.attended is not None:
        return "visit_attended", (known.attended.fact,)
    if known is not None and known.missed is not None:
        return "visit_known_missed", (known.missed.fact,)
    end = ended(person)
    if end is not None:
        return end[0], (end[1].fact,)
    return ("trial_archived" if watch.trial.status is TrialStatus.ARCHIVED else ""), ()


def _anew(person: Participant, known: Visit | None) -> int:
    """The fact since which a visit is waited for anew, as it, or the end of the course, was taken back; 0 for
    none.
    """
    taken_back = known.put_right[-1].fact if known is not None and known.put_right else 0
    return max(resumed(person), taken_back)


def _awaited(
    watch: Watch, each: PlannedVisit, window: Window, anchor: int, zone: ZoneInfo, anew: int
) -> Ladder:
    plan = each.plan

    def counted(protocol: Protocol) -> object:
        schedule, own = protocol.schedule, protocol.visit_plans.get(plan.id)
        days = (schedule.upcoming_days, schedule.closing_days, schedule.missed_after_days)
        return days, own and (own.day, own.before, own.after, own.optional, protocol.anchor_of(own))

    rungs = tuple(
        Rung(alert, day_start(day, zone), revision_of(anchor, watch, alert, counted, resumed=anew))
        for rule, day in _days(window, plan, watch.protocol)
        for alert in watch.plans(rule)
    )
    ends = day_start(turns_of(window, watch.protocol.schedule).missed, zone) if plan.optional else None
    deadline = ClinicalTime.on(window.closes, watch.site.zone)
    return Ladder("visit", plan.id, rungs, (anchor,), deadline, ends)


def _days(window: Window, plan: VisitPlan, protocol: Protocol) -> Iterator[tuple[AlertRule, date]]:
    """On which day each rule begins to apply, the lightest first."""
    turns = turns_of(window, protocol.schedule)
    yield AlertRule.WINDOW_OPENS, turns.announced
    yield AlertRule.VISIT_DUE, window.target
    if turns.closing <= window.closes:
        yield AlertRule.WINDOW_CLOSING, turns.closing
    yield AlertRule.VISIT_OVERDUE, turns.overdue
    if not plan.optional:
        yield AlertRule.VISIT_MISSED, turns.missed
