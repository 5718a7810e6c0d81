"""A site's visit windows as an iCalendar feed (RFC 5545), for whoever holds a token that was not revoked."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, timedelta
from uuid import UUID, uuid5

from icalendar import Calendar, Event

from domain.calendar_feed import Feed
from domain.errors import Denied
from projections.as_of import View
from projections.visit_status import VisitRow, VisitStatus, visit_rows

_NAMESPACE = UUID("5a2c1f7e-0d4b-5e0a-8f63-0b6c7c9d2e11")
"""For good: the UIDs of all events follow from it, so that a calendar moves an event and adds none."""

_AWAITED = frozenset(
    {
        VisitStatus.NOT_DUE,
        VisitStatus.UPCOMING,
        VisitStatus.OPEN,
        VisitStatus.CLOSING,
        VisitStatus.OVERDUE,
    }
)


def digest_of(token: str) -> str:
    """What the history keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def feed_in(view: View, token: str) -> Feed | None:
    """The feed that a token opens; None for a wrong token and for one that was revoked. Every feed is looked
    at, in constant time: how long it takes tells nothing of a token.
    """
    given = digest_of(token)
    found = [feed for feed in view.singles(Feed).values() if hmac.compare_digest(feed.digest, given)]
    opened: list[Feed] = [feed for feed in found if feed.revoked is None]
    return opened[0] if opened else None


def feed_of(view: View, token: str) -> Feed:
    """The feed that a token opens. Raises Denied, in the same words for a wrong and for a revoked one."""
    opened = feed_in(view, token)
    if opened is None:
        raise Denied("feed.no_token", "this token opens no calendar feed", remedy="Ask for a new one.")
    return opened


def calendar(view: View, feed: Feed, language: str = "en") -> bytes:
    """The visit windows of a site that are still awaited: whole days of the site, codes and visits only.

    A window that moved has the same UID and a higher SEQUENCE; DTEND is the day after its last (RFC 5545).
    """
    made = Calendar()
    made.add("prodid", "-//Trialog//visit windows//EN")
    made.add("version", "2.0")
    made.add("x-wr-calname", f"{view.trial_id} {feed.site}")
    names = {visit.id: visit.name for visit in view.trial.protocol.schedule.visits}
    for row in visit_rows(view):
        if row.site == feed.site and row.status in _AWAITED and row.window is not None:
            name = names.get(row.visit)
            told = row.visit if name is None else (language == "zh" and name.zh) or name.en
            made.add_component(_event(view, row, told, row.window.opens, row.window.closes))
    return bytes(made.to_ical())


def _event(view: View, row: VisitRow, name: str, opens: date, closes: date) -> Event:
    event = Event()
    event.add("uid", f"{uuid5(_NAMESPACE, f'{view.trial_id}|{row.participant}|{row.visit}')}@trialog")
    event.add("sequence", _revision(view, row))
    event.add("dtstamp", view.moment)
    event.add("dtstart", opens)
    event.add("dtend", closes + timedelta(days=1))
    event.add("summary", f"{row.participant} {name}")
    event.add("transp", "TRANSPARENT")
    return event


def _revision(view: View, row: VisitRow) -> int:
    """Grows when the anchor or the protocol version followed changes: the newest fact that made it so."""
    versions = {each.version: each.since.fact for each in view.trial.versions}
    return max(row.anchor_fact or 0, versions.get(row.protocol_version, 0))
