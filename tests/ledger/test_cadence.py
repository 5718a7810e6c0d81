"""When a log is signed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clinical_time import Instant
from domain.fact import FACTS
from domain.ledger.cadence import CADENCE, is_due
from tests.golden.files import HISTORY_FILES
from trialog import __version__
from workflows.policy import PERMITTED

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


SIGNING = {command.KIND for command in PERMITTED if command.SIGNS}
STORED = {("unblinding.break_blind", ""): ["participant.unblinded.v1"]}
"""What a signature stores that the golden history tells of by another command."""


@pytest.fixture(scope="module")
def stored() -> dict[tuple[str, str], list[str]]:
    """The kind and the id of each command that is a signature, and the topics of what it stored."""
    found = dict(STORED)
    for line in (HISTORY_FILES / f"{__version__}.jsonl").read_text("utf-8").splitlines():
        told = json.loads(line)
        command = told["command"]
        if command["kind"] in SIGNING:
            found.setdefault((command["kind"], command["command_id"]), []).append(told["topic"])
    return found


def test_the_golden_history_holds_every_signature_there_is(stored: dict[tuple[str, str], list[str]]) -> None:
    assert {kind for kind, _ in stored} == SIGNING


@pytest.mark.parametrize("kind", sorted(SIGNING))
def test_a_persons_signature_has_the_log_signed_at_once(
    stored: dict[tuple[str, str], list[str]], kind: str
) -> None:
    for topics in (each for (signed, _), each in stored.items() if signed == kind):
        assert is_due(10, SIGNED, 10 + len(topics), topics, SIGNED), topics
