"""Facts that put right what was recorded say so themselves."""

import pytest

import workflows.policy  # noqa: F401 - makes every fact known
from domain.fact import FACTS, Fact

AT_A_TIME_OF_THEIR_OWN = {"safety.report_voided.v1"}
"""A report is voided when that is decided."""


@pytest.mark.parametrize("way", ["corrected", "voided"])
def test_a_fact_that_is_called_so_puts_right(way: str) -> None:
    called = {
        topic: fact.PUTS_RIGHT
        for topic, fact in FACTS.topics().items()
        if topic.removesuffix(".v1").endswith(way) and topic not in AT_A_TIME_OF_THEIR_OWN
    }
    assert set(called.values()) == {way}


def test_a_fact_puts_nothing_right_unless_it_says_so() -> None:
    assert Fact.PUTS_RIGHT is None
