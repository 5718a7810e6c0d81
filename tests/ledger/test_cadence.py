"""When a log is signed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clinical_time import Instant
from domain.fact import FACTS
from domain.ledger.cadence import CADENCE, is_due

SIGNED = Instant.parse("2026-11-26T10:00:00Z")
BEFORE = Instant.parse("2026-11-26T10:14:59Z")
THEN = Instant.parse("2026-11-26T10:15:00Z")


@pytest.mark.parametrize(
    ("at", "head", "topics", "now", "due"),
    [
        (SIGNED, 10, ["participant.randomized.v1"], THEN, False),
        (SIGNED, 9, [], THEN, False),
        (SIGNED, 11, ["visit.attended.v1"], BEFORE, False),
        (SIGNED, 11, ["visit.attended.v1"], THEN, True),
        (SIGNED, 12, ["visit.attended.v1", "participant.randomized.v1"], SIGNED, True),
        (SIGNED, 12, ["trial.locked.v1"], SIGNED, True),
        (SIGNED, 12, ["some.later_release.v9"], SIGNED, False),
        (None, 11, [], SIGNED, True),
        (None, 10, [], THEN, False),
    ],
)
def test_a_log_is_due_at_once_or_within_a_quarter_of_an_hour_and_never_without_news(
    at: Instant | None, head: int, topics: list[str], now: Instant, due: bool
) -> None:
    assert is_due(10, at, head, topics, now) is due


@given(st.integers(0, 50), st.integers(0, 50), st.sampled_from(sorted(FACTS.topics())), st.integers(0, 2000))
def test_nothing_waits_longer_than_the_cadence(size: int, head: int, topic: str, seconds: int) -> None:
    now = Instant.of(SIGNED.moment.fromtimestamp(SIGNED.moment.timestamp() + seconds, SIGNED.moment.tzinfo))
    due = is_due(size, SIGNED, head, [topic], now)
    assert not due or head > size
    assert due or head <= size or (seconds < CADENCE.total_seconds() and not FACTS.prompts(topic))
