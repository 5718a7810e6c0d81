"""What is due about the trial as a whole, and about the server it lives on."""

from __future__ import annotations

from collections.abc import Iterator

from domain.access_review import AccessReviews
from domain.account_state import Accounts
from domain.alert_plan import AlertRule
from domain.backup import Backup
from domain.happened import Happened
from domain.server_clock import ServerClock
from domain.trial import TrialStatus
from domain.upkeep import Upkeep
from scheduler.watch import Ladder, Rung, Watch, due_after, only, revision_of


def clock_jumps(watch: Watch) -> Iterator[Ladder]:
    """The last jump or drift of the server's clock. It is told at once; a jump stands until another takes its
    place, a drift until the clock is in order again.
    """
    clock = only(watch.system, ServerClock)
    if clock is not None and clock.in_order is not None:
        yield Ladder("clock", "clock", settled="clock_in_order", facts=(clock.in_order.fact,))
    elif clock is not None:
        yield _told_at_once(watch, "clock", "clock", AlertRule.CLOCK_DRIFT, clock.last)


def restores(watch: Watch) -> Iterator[Ladder]:
    """The newest backup whose restore could not be proved, until a later one is."""
    backups = sorted(watch.system(Backup).values(), key=lambda each: each.made.fact)
    judged = [each for each in backups if each.fault or each.proved is not None]
    if judged and judged[-1].fault:
        yield _told_at_once(watch, "verification", "restore", AlertRule.VERIFICATION_FAILED, judged[-1].made)
    elif judged and judged[-1].proved is not None:
        yield Ladder("verification", "restore", settled="restore_proved")


def verifications(watch: Watch) -> Iterator[Ladder]:
    """The store, from when a verification of it failed until one finds nothing wrong."""
    upkeep = only(watch.system, Upkeep)
    if upkeep is not None and upkeep.not_verified is not None:
        yield _told_at_once(
            watch, "verification", "store", AlertRule.VERIFICATION_FAILED, upkeep.not_verified
        )
    elif upkeep is not None and upkeep.verified is not None:
        yield Ladder("verification", "store", settled="store_verified")


def refusals(watch: Watch) -> Iterator[Ladder]:
    """The signer, from when it refused the history until it signs again. That the store can be verified
    settles nothing here: the signer knows of a history that the store may have lost.
    """
    upkeep = only(watch.system, Upkeep)
    if upkeep is not None and upkeep.refused is not None:
        yield _told_at_once(watch, "verification", "signer", AlertRule.VERIFICATION_FAILED, upkeep.refused)
    elif upkeep is not None:
        yield Ladder("verification", "signer", settled="signed_again")


def backups(watch: Watch) -> Iterator[Ladder]:
    """The backups, once they were begun: overdue a while after the newest that was proved, or at once when
    another could not be made.
    """
    made = sorted(watch.system(Backup).values(), key=lambda each: each.made.fact)
    upkeep = only(watch.system, Upkeep)
    failed = upkeep.backup_failed if upkeep is not None else None
    proved = [each for each in made if each.proved is not None and not each.fault]
    begun = proved[-1].made if proved else made[0].made if made else failed
    if begun is None:
        return
    is_failing = failed is not None and failed.fact >= begun.fact
    rungs = tuple(
        Rung(
            plan,
            min(due, failed.at.earliest) if is_failing and failed is not None else due,
            revision_of(begun.fact, watch, plan, lambda _: None),
            at_once=is_failing,
        )
        for plan in watch.plans(AlertRule.BACKUP_OVERDUE)
        for due in (due_after(plan, begun, watch.site.zone),)
    )
    yield Ladder("backup", "backup", rungs, renewed="backup_proved" if proved else "")


def _told_at_once(watch: Watch, family: str, subject: str, rule: AlertRule, when: Happened) -> Ladder:
    """Facts of the system log have positions of their own, so the alert of the trial names none of them."""
    rungs = tuple(
        Rung(plan, when.at.earliest, revision_of(when.fact, watch, plan, lambda _: None), at_once=True)
        for plan in watch.plans(rule)
    )
    return Ladder(family, subject, rungs)


def access_reviews(watch: Watch) -> Iterator[Ladder]:
    """The review of who has access: due so many days after the last, or after accounts were begun."""
    if watch.trial.status is TrialStatus.ARCHIVED:
        return
    accounts = only(watch.system, Accounts)
    reviews = only(watch.singles, AccessReviews)
    last = reviews.last if reviews is not None else None
    start = last or (accounts.begun if accounts is not None else None)
    if start is not None:
        rungs = tuple(
            Rung(
                plan,
                due_after(plan, start, watch.site.zone),
                revision_of(start.fact, watch, plan, lambda _: None),
            )
            for plan in watch.plans(AlertRule.ACCESS_REVIEW_OVERDUE)
        )
        facts, renewed = ((), "") if last is None else ((last.fact,), "access_reviewed")
        yield Ladder("access_review", "access", rungs, facts, renewed=renewed)
