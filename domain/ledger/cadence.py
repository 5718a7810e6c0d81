"""When a log is signed: at once when something has come that must not wait, else every quarter of an hour."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from domain.clinical_time import Instant
from domain.fact import FACTS

CADENCE = timedelta(minutes=15)
"""The longest time that entries stand unsigned while the signer runs."""


def is_due(
    signed_size: int, signed_at: Instant | None, head: int, unsigned: Iterable[str], now: Instant
) -> bool:
    """Whether a log of `head` entries, of which `signed_size` are signed since `signed_at`, is to be signed.

    `unsigned` are the topics of the entries after those. Nothing is signed twice for want of news.
    """
    if head <= signed_size:
        return False
    if signed_at is None or now.moment - signed_at.moment >= CADENCE:
        return True
    return any(FACTS.prompts(topic) for topic in unsigned)
