"""What leaves the trial is gated by consents that were each granted for themselves."""

from __future__ import annotations

import pytest

from domain.consent import Purpose
from domain.leaving import kept_back
from tests.support.scenario import Scenario
from tests.support.trial import active, course, day
from workflows import participant
from workflows.command import Command

CODE = "S1-001"


def consented(on: int, *granted: str) -> Command:
    return participant.RecordConsent(
        participant=CODE, at=day(on), version="1.0", language="zh-CN", granted=granted
    )


def leaves(scenario: Scenario, purpose: Purpose) -> bool:
    return kept_back(scenario.view().participants()[CODE], purpose) is None


@pytest.mark.parametrize("purpose", [each for each in Purpose if each is not Purpose.TRIAL])
def test_data_leave_for_a_purpose_only_where_it_was_granted(scenario: Scenario, purpose: Purpose) -> None:
    scenario.given(active(), course("screened"), consented(0))
    assert leaves(scenario, Purpose.TRIAL)
    assert not leaves(scenario, purpose)
    scenario.given(consented(1, purpose))
    allowed = {each for each in Purpose if leaves(scenario, each)}
    assert allowed == {Purpose.TRIAL, purpose}


def test_the_newest_consent_counts_and_a_withdrawal_ends_what_was_granted(scenario: Scenario) -> None:
    scenario.given(
        active(), course("screened"), consented(0, "cross_border", "genetic"), consented(1, "genetic")
    )
    assert not leaves(scenario, Purpose.CROSS_BORDER)
    assert leaves(scenario, Purpose.GENETIC)
    scenario.given(participant.RecordWithdrawal(participant=CODE, at=day(2), scope="all"))
    assert not leaves(scenario, Purpose.GENETIC)
    assert leaves(scenario, Purpose.TRIAL)


def test_without_consent_nothing_leaves(scenario: Scenario) -> None:
    scenario.given(active(), course("screened"))
    assert not any(leaves(scenario, purpose) for purpose in Purpose)
