"""Who has access to a trial, as of any instant: roles from the system log, delegations from the trial's."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.access import Grant
from domain.access_review import REVIEW_DAYS, AccessReviews
from domain.account_state import Account, evolve
from domain.clinical_time import ClinicalTime, Instant
from domain.delegation import Standing
from domain.identifiers import SYSTEM_LOG
from projections.as_of import Axis, View
from projections.ports import Reading


class Row(NamedTuple):
    """A role somebody holds in the trial at the instant."""

    account: str
    name: str
    organisation: str
    role: str
    sites: list[str]
    granted_by: str
    requested_by: str
    granted_at: str
    expires: str | None
    delegated: list[str]
    trained: bool
    last_signed_in: str | None


def accounts_at(reading: Reading, view: View) -> dict[str, Account]:
    """Every account as its facts made it by the view's instant, on the view's axis, as the view knows it:
    of a trial's, or of one of the system log itself.
    """
    found: dict[str, Account] = {}
    is_its_own = view.trial_id == SYSTEM_LOG
    upto = view.position if is_its_own else reading.position_at(SYSTEM_LOG, view.known_at)
    for record in reading.replay(SYSTEM_LOG, upto=upto) if upto else ():
        kind, _, name = record.stream.partition("/")
        if kind != "account" or (view.axis is Axis.EFFECTIVE and record.effective_at.earliest > view.moment):
            continue
        known = evolve(found.get(name), record)
        if known is not None:
            found[name] = known
    return dict(sorted(found.items()))


def roster(reading: Reading, view: View) -> list[Row]:
    """Who held which role in the view's trial at its instant, by account and role."""
    return [
        _row(known, grant, view)
        for known in accounts_at(reading, view).values()
        if known.is_active
        for grant in sorted(known.access.held(view.trial_id, view.moment), key=lambda each: str(each.role))
    ]


def _row(known: Account, grant: Grant, view: View) -> Row:
    standing = view.single(Standing, known.account) or Standing(known.account)
    open_now = [each for each in standing.delegations if each.open_at(view.moment)]
    return Row(
        account=known.account,
        name=known.name,
        organisation=known.organisation,
        role=str(grant.role),
        sites=list(grant.sites),
        granted_by=grant.granted_by,
        requested_by=grant.requested_by,
        granted_at=str(grant.granted.at) if grant.granted else "",
        expires=str(grant.expires) if grant.expires else None,
        delegated=sorted({str(task) for each in open_now for task in each.tasks}),
        trained=standing.is_trained(view.moment),
        last_signed_in=str(known.last_signed_in.at) if known.last_signed_in else None,
    )


def is_dormant(row: Row, moment: datetime, days: int) -> bool:
    """Whether the role was granted, and its holder last signed in, more than so many days ago."""
    times = [text for text in (row.last_signed_in, row.granted_at) if text]
    return all(moment - ClinicalTime(text).earliest > timedelta(days=days) for text in times)


def digest_of_roster(rows: list[Row]) -> str:
    """A hash that names a roster, by who holds which role; signing in changes nothing of it."""
    told = [row._replace(last_signed_in=None) for row in rows]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


class ReviewState(NamedTuple):
    """When access was last reviewed, when the next review is due, and whether it is overdue."""

    reviews: int
    last: str | None
    due: str | None
    overdue: bool


def review_state(reading: Reading, view: View) -> ReviewState:
    """How the periodic review of a trial's access stands. Due after the last, or the first role granted."""
    known = view.single(AccessReviews)
    since = [known.last.at.earliest] if known is not None else []
    since = since or [ClinicalTime(row.granted_at).earliest for row in roster(reading, view)]
    if not since:
        return ReviewState(0, None, None, overdue=False)
    due = min(since) + timedelta(days=REVIEW_DAYS)
    last = str(known.last.at) if known is not None else None
    count = known.count if known is not None else 0
    return ReviewState(count, last, str(Instant.of(due)), view.moment > due)
