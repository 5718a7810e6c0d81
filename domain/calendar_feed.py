"""Calendar feeds: who holds a token to a site's visit windows, and that it was revoked.

The history holds a digest of the token, never the token: whoever reads the store cannot use the feed.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import StringConstraints

from domain.fact import Fact, FreeText
from domain.happened import Happened
from domain.identifiers import Digest, SiteId
from domain.record import Record
from domain.replacing import replace

FeedId = Annotated[str, StringConstraints(pattern=r"^feed-[0-9a-f]{12}$")]
"""A feed, named after the digest of its token."""


class FeedIssued(Fact):
    """Somebody was given a token to the visit windows of a site."""

    TOPIC = "calendar.feed_issued.v1"
    EN = "Calendar feed {feed} of site {site} issued to {holder}"
    ZH = "已向 {holder} 发放中心 {site} 的日历订阅 {feed}"
    feed: FeedId
    digest: Digest
    site: SiteId
    holder: FreeText


class FeedRevoked(Fact):
    """The token opens nothing any more."""

    TOPIC = "calendar.feed_revoked.v1"
    EN = "Calendar feed {feed} revoked: {reason}"
    ZH = "日历订阅 {feed} 已撤销：{reason}"
    feed: FeedId
    reason: FreeText


@dataclass(frozen=True, slots=True)
class Feed:
    """The state of one feed."""

    feed: str
    digest: str
    site: str
    holder: str
    issued: Happened
    revoked: Happened | None = None


def evolve(feed: Feed | None, record: Record) -> Feed | None:
    """The feed after one more fact. Total: what it does not know changes nothing."""
    fact, when = record.fact, record.happened
    if isinstance(fact, FeedIssued):
        return Feed(fact.feed, fact.digest, fact.site, fact.holder, when)
    if isinstance(fact, FeedRevoked) and feed is not None:
        return replace(feed, revoked=feed.revoked or when)
    return feed
