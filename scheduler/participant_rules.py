"""What else is due about a participant: a renewed consent, a thawed product."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from domain.alert_plan import AlertRule
from domain.infusion import Infusion
from domain.product import UseBy
from domain.renewal import renewals
from domain.trial import TrialStatus
from scheduler.watch import Ladder, Rung, Watch, asked_anew, due_after, ended, resumed, revision_of


def renewed_consents(watch: Watch) -> Iterator[Ladder]:
    """Consents to be given anew, whatever asks for them."""
    person = watch.participant
    plans = watch.plans(AlertRule.RECONSENT_OVERDUE)
    if person is None:
        return
    for given in person.consents:
        yield Ladder("reconsent", given.version, settled="consent_given", facts=(given.when.fact,))
    end = ended(person)
    for due in renewals(watch.trial, person):
        if due.met is not None:
            yield Ladder("reconsent", due.subject, settled="consent_given", facts=(due.met.fact,))
            continue
        if end is not None:
            yield Ladder("reconsent", due.subject, settled=end[0], facts=(end[1].fact,))
            continue
        rungs = tuple(
            Rung(
                plan,
                due_after(plan, due.since, watch.site.zone),
                revision_of(due.since.fact, watch, plan, lambda _: None, resumed=asked_anew(person)),
            )
            for plan in plans
        )
        yield Ladder("reconsent", due.subject, rungs, (due.since.fact,))


def thawed_products(watch: Watch) -> Iterator[Ladder]:
    """Thawed product that must be given by its use-by time."""
    for number, infusion in watch.infusions.items():
        if infusion.use_by is None or infusion.thawed is None:
            continue
        subject = f"infusion-{number}"
        reason, facts = _used(watch, infusion)
        if reason:
            yield Ladder("product", subject, settled=reason, facts=facts)
            continue
        anew = resumed(watch.participant) if watch.participant is not None else 0
        rungs = tuple(
            Rung(
                plan,
                infusion.use_by.latest - timedelta(days=plan.days or 0, hours=plan.hours or 0),
                revision_of(
                    infusion.use_by_corrected or infusion.thawed.fact,
                    watch,
                    plan,
                    lambda _: None,
                    resumed=max(anew, infusion.taken_back),
                ),
            )
            for plan in reversed(watch.plans(AlertRule.PRODUCT_USE_BY))
        )
        yield Ladder("product", subject, rungs, (infusion.thawed.fact,), infusion.use_by)


def _used(watch: Watch, infusion: Infusion) -> tuple[str, tuple[int, ...]]:
    """Why a product's use-by time matters no longer, and by which facts; "" while it does."""
    product = watch.protocol.product
    to_the_end = product is not None and product.use_by is UseBy.END
    if infusion.ended is not None:
        return "infusion_ended", (infusion.ended.fact,)
    if infusion.started is not None and not to_the_end:
        return "infusion_started", (infusion.started.fact,)
    if infusion.status is not None and infusion.status in ("not_given", "closed"):
        return "infusion_not_given", ()
    end = ended(watch.participant) if watch.participant is not None else None
    if end is not None:
        return end[0], (end[1].fact,)
    return ("trial_archived" if watch.trial.status is TrialStatus.ARCHIVED else ""), ()
