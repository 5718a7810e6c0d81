"""What people should have looked at: a sign-off that was planned, the audit trail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from domain.alert_plan import AlertRule
from domain.clinical_time import ClinicalTime, day_start, zone_of
from domain.protocol import Protocol
from domain.trail_review import TrailReviews, review_due_at
from domain.trial import TrialStatus
from scheduler.watch import Ladder, Rung, Watch, only, revision_of


def sign_offs(watch: Watch) -> Iterator[Ladder]:
    """The sign-offs of a participant that are awaited: overdue from the day after their last. Whoever it is
    about may have left the trial.
    """
    plans = watch.plans(AlertRule.SIGN_OFF_OVERDUE)
    for row in watch.sign_offs() if plans else ():
        if row.due_on is None:
            settled = "signed" if row.status == "signed" else "not_due"
            yield Ladder("sign_off", row.record, settled=settled)
            continue
        if watch.trial.status is TrialStatus.ARCHIVED:
            yield Ladder("sign_off", row.record, settled="trial_archived")
            continue

        def counted(protocol: Protocol, record: str = row.record) -> object:
            return next((each.days for each in protocol.review.sign_offs if each.id == record), None)

        due_at = day_start(row.due_on + timedelta(days=1), zone_of(watch.site.zone))
        rungs = tuple(Rung(plan, due_at, revision_of(row.since, watch, plan, counted)) for plan in plans)
        deadline = ClinicalTime.on(row.due_on, watch.site.zone)
        yield Ladder("sign_off", row.record, rungs, (row.since,), deadline)


def trail_reviews(watch: Watch) -> Iterator[Ladder]:
    """The review of the audit trail: due so many days after the last, or after the first site began."""
    if watch.trial.status is TrialStatus.ARCHIVED:
        return
    known = only(watch.singles, TrailReviews)
    firsts = (followed[0].since for followed in watch.trial.sites.values())
    begun = min(firsts, key=lambda each: each.fact, default=None)
    since = known.last if known is not None else begun
    due_at = review_due_at(known, begun, watch.protocol.review.audit_trail_days)
    if since is None or due_at is None:
        return
    rungs = tuple(
        Rung(plan, due_at, revision_of(since.fact, watch, plan, lambda each: each.review.audit_trail_days))
        for plan in watch.plans(AlertRule.AUDIT_TRAIL_REVIEW_OVERDUE)
    )
    renewed = "audit_trail_reviewed" if known is not None else ""
    yield Ladder("audit_trail_review", "audit-trail", rungs, (since.fact,), renewed=renewed)
