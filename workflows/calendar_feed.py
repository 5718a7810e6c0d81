"""The commands about calendar feeds, and what each decides."""

from typing import Annotated

from pydantic import StringConstraints

from domain.calendar_feed import Feed, FeedId, FeedIssued, FeedRevoked
from domain.errors import NotFound, Refused
from domain.fact import Fact
from domain.identifiers import Digest, SiteId, feed_stream
from domain.record import NewFact
from workflows.command import Command
from workflows.situation import Situation, decides

Remark = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
"""Whom a feed is for, or why it ends."""


class IssueFeed(Command):
    """Give somebody a token to a site's visit windows. The door makes the token and keeps its digest only."""

    KIND = "calendar.issue_feed"
    ANY_TIME = True
    digest: Digest
    site: SiteId
    holder: Remark


class RevokeFeed(Command):
    """Take a token back."""

    KIND = "calendar.revoke_feed"
    ANY_TIME = True
    feed: FeedId
    reason: Remark


@decides(IssueFeed)
def issue_feed(command: IssueFeed, situation: Situation) -> list[NewFact]:
    if command.site not in situation.trial.sites:
        raise Refused("site.not_active", f"site {command.site} is not active")
    name = f"feed-{command.digest[:12]}"
    fact = FeedIssued(feed=name, digest=command.digest, site=command.site, holder=command.holder)
    return _of(name, situation, fact)


@decides(RevokeFeed)
def revoke_feed(command: RevokeFeed, situation: Situation) -> list[NewFact]:
    known = situation.states.single(Feed, command.feed)
    if known is None:
        raise NotFound("feed.unknown", f"there is no calendar feed {command.feed}")
    if known.revoked is not None:
        raise Refused("feed.revoked_already", "this feed is revoked", where=command.feed)
    return _of(command.feed, situation, FeedRevoked(feed=command.feed, reason=command.reason))


def _of(feed: str, situation: Situation, fact: Fact) -> list[NewFact]:
    return situation.facts_in(feed_stream(feed), situation.when_now(), fact)
