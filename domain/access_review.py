"""The periodic review of who has access to a trial, attested by a person who answers for its data."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from domain.fact import Fact, FreeText
from domain.happened import Happened
from domain.identifiers import Digest
from domain.record import Record

REVIEW_DAYS = 90
"""A review is due so many days after the last, or after the first account that could be reviewed."""

REVIEW_STREAM = "access_review/all"


class AccessReviewed(Fact):
    """The roster of a trial, as it stood at a position of the system log, has been gone through."""

    TOPIC = "access.reviewed.v1"
    EN = "Access reviewed: {accounts} accounts as of position {position}; {findings}"
    ZH = "已复核访问权限：{accounts} 个账户，截至位置 {position}；{findings}"
    PROMPT = True
    position: Annotated[int, Field(ge=1)]
    accounts: Annotated[int, Field(ge=0)]
    roster: Digest
    findings: FreeText


@dataclass(frozen=True, slots=True)
class AccessReviews:
    """The reviews of a trial, the last of them, and of which roster it was."""

    count: int
    last: Happened
    position: int
    roster: str


def evolve(known: AccessReviews | None, record: Record) -> AccessReviews | None:
    """The reviews after one more fact. Total: what it does not know changes nothing."""
    fact = record.fact
    if not isinstance(fact, AccessReviewed):
        return known
    count = known.count + 1 if known is not None else 1
    return AccessReviews(count, record.happened, fact.position, fact.roster)
