"""What must be told of a deviation, and was not: to the ethics committee, or that a hazard was averted."""

from __future__ import annotations

from collections.abc import Iterator

from domain.alert_plan import AlertRule
from domain.clinical_time import ClinicalTime, Precision
from domain.deviation import Handling
from domain.protocol import Protocol
from domain.trial import TrialStatus
from projections.deviation_handling import Due, reports_due
from scheduler.watch import Ladder, Rung, Watch, revision_of

_HAZARD = " hazard"
_LONGEST = 60
"""Characters of an alert's subject."""


def untold_deviations(watch: Watch) -> Iterator[Ladder]:
    """Deviations weighed critical or major, and those made to avert a hazard, by their own days. Whoever it
    is about may have left the trial. Weighed lighter, nothing is waited for.
    """
    plans = watch.plans(AlertRule.DEVIATION_REPORT_OVERDUE)
    known = watch.outcomes
    if known is None or not plans:
        return
    rules = watch.protocol.deviations
    for name in {**known.classified, **known.handled}:
        word, handling = known.classified.get(name), known.handled.get(name, Handling())
        dues = {each.what: each for each in reports_due(word, handling, rules)}
        yield _ladder(watch, name, dues.get("ethics_report"))
        yield _ladder(watch, f"{name[: _LONGEST - len(_HAZARD)]}{_HAZARD}", dues.get("hazard_notice"))


def _ladder(watch: Watch, subject: str, due: Due | None) -> Ladder:
    if due is None or due.since is None:
        return Ladder("deviation", subject, settled="report_not_required")
    if due.met is not None:
        return Ladder("deviation", subject, settled="report_sent", facts=(due.met.fact,))
    if watch.trial.status is TrialStatus.ARCHIVED:
        return Ladder("deviation", subject, settled="trial_archived")

    def counted(protocol: Protocol) -> object:
        return protocol.deviations

    rungs = tuple(
        Rung(plan, due.due.moment, revision_of(due.since.fact, watch, plan, counted))
        for plan in watch.plans(AlertRule.DEVIATION_REPORT_OVERDUE)
    )
    deadline = ClinicalTime.at(due.due.moment, watch.site.zone, Precision.MINUTE)
    return Ladder("deviation", subject, rungs, (due.since.fact,), deadline)
