"""What else is due about a participant: a renewed consent, a thawed product."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from domain.alert_plan import AlertRule
from domain.happened import Happened
from domain.infusion import Infusion
from domain.participant import Participant
from domain.protocol import UseBy
from domain.trial import TrialStatus
from scheduler.watch import Ladder, Rung, Watch, due_after, ended, revision_of


def renewed_consents(watch: Watch) -> Iterator[Ladder]:
    """Consents to be given anew: those asked for, and those that a version the site follows asks for."""
    person = watch.participant
    plans = watch.plans(AlertRule.RECONSENT_OVERDUE)
    if person is None:
        return
    for given in person.consents:
        yield Ladder("reconsent", given.version, settled="consent_given", facts=(given.when.fact,))
    end = ended(person)
    for version, asked in {**_implied(watch, person), **person.reconsent_requested}.items():
        if end is not None:
            yield Ladder("reconsent", version, settled=end[0], facts=(end[1].fact,))
            continue
        rungs = tuple(
            Rung(
                plan,
                due_after(plan, asked, watch.site.zone),
                revision_of(asked.fact, watch, plan, lambda _: None),
            )
            for plan in plans
        )
        yield Ladder("reconsent", version, rungs, (asked.fact,))


def _implied(watch: Watch, person: Participant) -> dict[str, Happened]:
    """The forms that versions the site follows ask for and the participant has not signed, and since when."""
    found: dict[str, Happened] = {}
    for each in watch.trial.sites.get(person.site, ()) if person.consents else ():
        protocol = watch.trial.document(each.version).protocol
        admitted = any(watch.trial.admits(protocol, person.site, given) for given in person.consent_versions)
        if protocol.consent.reconsent and not admitted:
            found.setdefault(protocol.consent.versions[0].version, each.since)
    return found


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
        rungs = tuple(
            Rung(
                plan,
                infusion.use_by.latest - timedelta(days=plan.days or 0, hours=plan.hours or 0),
                revision_of(infusion.thawed.fact, watch, plan, lambda _: None),
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
