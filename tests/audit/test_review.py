"""The risk signals of the audit trail: every seeded anomaly is found, and an orderly trial has none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from adapters.files.protocol_file import read_protocol
from domain.account import LockedOut, ProofFailed, Purpose
from domain.clinical_time import Instant
from domain.fact import Fact
from domain.protocol import Protocol
from domain.record import Attribution, CommandRecord, Entry, Record, Role
from domain.review_rules import ReviewRules
from projections.lateness import late_after
from projections.review_signals import Finding, Thresholds, review
from projections.review_signals.of_access import access
from projections.review_signals.of_changes import endpoint_inputs
from projections.review_signals.signal import SIGNALS
from projections.trail import Period
from protocols import path_of
from tests.support.scenario import Scenario
from tests.support.trial import READINGS, START, TRIAL, active, course, day, person, small
from workflows import observation, trial, visit_correction
from workflows.command import Command, Issue

CODE = "S1-001"
USUAL = Thresholds()


def found(scenario: Scenario, thresholds: Thresholds = USUAL) -> dict[str, list[Finding]]:
    """What each signal found; those that found nothing are left out."""
    signals = review(scenario.app.reading, scenario.view(), thresholds)
    return {each.code: list(each.findings) for each in signals if each.findings}


def corrected(value: str, result: str = "alt") -> Command:
    return observation.CorrectResult(participant=CODE, visit="baseline", result=result, value=value)


def entered(scenario: Scenario, *commands: Command, by: Attribution | None = None) -> None:
    """Commands a minute apart, by somebody in particular."""

    def issues() -> list[Issue]:
        return [Issue(command, by or person(Role.COORDINATOR)) for command in commands]

    for issue in issues():
        scenario.clock.advance(minutes=1)
        [outcome] = scenario.app.engine.execute_many(TRIAL, [issue])
        assert not isinstance(outcome, Exception), outcome


@pytest.fixture
def measured(scenario: Scenario) -> Scenario:
    """A participant with a baseline, entered at noon of the day."""
    return scenario.given(active(), course("measured"))


def test_an_orderly_trial_has_no_signals(measured: Scenario) -> None:
    assert found(measured) == {}


def test_every_signal_is_told_with_its_threshold_in_both_languages(measured: Scenario) -> None:
    signals = list(review(measured.app.reading, measured.view(), USUAL))
    assert [each.code for each in signals if each.code not in SIGNALS] == []
    assert {each.code for each in signals} == set(SIGNALS)
    for each in signals:
        for english, chinese in (each.threshold, SIGNALS[each.code]):
            assert english
            assert not chinese.isascii()
    not_looked_for = {each.code for each in signals if each.why_not}
    assert not_looked_for == {"before_monitoring", "access"}


def test_a_late_entry(measured: Scenario) -> None:
    measured.on(8)
    late = observation.RecordResults(
        participant=CODE, at=day(1, "09:00"), visit="baseline", readings=READINGS[:1], repeat=True
    )
    entered(measured, late)
    [finding] = found(measured)["late_entry"]
    assert (finding.about, finding.field, finding.detail) == (
        CODE,
        "baseline/alt#2",
        ("7 days late", "延迟7天"),
    )
    assert found(measured, replace(USUAL, late=timedelta(days=8))) == {}


def test_many_entries_in_a_short_time(measured: Scenario) -> None:
    measured.on(1)
    entered(measured, *(observation.RecordDialysis(participant=CODE, at=day(0)) for _ in range(6)))
    assert "bulk_entry" not in found(measured)
    six = replace(USUAL, bulk_entries=6, bulk_within=timedelta(minutes=5))
    [finding] = found(measured, six)["bulk_entry"]
    assert len(finding.facts) == 6
    assert finding.detail[0] == "6 entries, 2026-03-03 04:01–04:06Z"
    assert "bulk_entry" not in found(measured, replace(six, bulk_entries=7))
    assert "bulk_entry" not in found(measured, replace(six, bulk_within=timedelta(minutes=4)))


@pytest.mark.parametrize(
    ("clock", "is_odd"), [("05:30", True), ("06:30", False), ("21:30", False), ("22:30", True)]
)
def test_an_entry_outside_the_hours_of_the_site(measured: Scenario, clock: str, is_odd: bool) -> None:
    measured.on(1, clock)
    entered(measured, observation.RecordDialysis(participant=CODE, at=day(0)))
    assert ("odd_hours" in found(measured)) is is_odd


def test_an_entry_at_a_weekend(measured: Scenario) -> None:
    measured.on(5)
    entered(measured, observation.RecordDialysis(participant=CODE, at=day(5, "09:00")))
    assert found(measured) == {}
    [finding] = found(measured, replace(USUAL, weekends=True))["odd_hours"]
    assert finding.detail[0].startswith("2026-03-07 12:01")


def test_a_value_changed_again_and_again(measured: Scenario) -> None:
    measured.given(corrected("41"))
    assert "repeated_changes" not in found(measured)
    measured.given(corrected("42"))
    [finding] = found(measured)["repeated_changes"]
    assert (finding.about, finding.field, len(finding.facts)) == (CODE, "baseline/alt", 2)


def test_a_change_after_a_data_cut_and_a_void(measured: Scenario) -> None:
    measured.given(
        trial.NameDataCut(name="interim"),
        observation.VoidResult(participant=CODE, visit="baseline", result="alt"),
    )
    signals = found(measured)
    [changed] = signals["after_sign_off"]
    [voided] = signals["voided"]
    assert (changed.facts, changed.detail[0]) == (voided.facts, "after: data cut interim")
    assert voided.detail == ("was 40 U/L", "原值 40 U/L")


def test_many_corrections_by_one_person(measured: Scenario) -> None:
    measured.given(corrected("41"), corrected("6", "tbil"), corrected("none", "ascites"))
    assert "many_corrections" not in found(measured)
    [finding] = found(measured, replace(USUAL, corrections=3))["many_corrections"]
    assert (finding.actor, len(finding.facts)) == ("coordinator", 3)


def test_what_is_voided_with_a_visit_is_one_correction(measured: Scenario) -> None:
    measured.given(visit_correction.VoidVisit(participant=CODE, visit="baseline", with_results=True))
    assert "many_corrections" not in found(measured, replace(USUAL, corrections=2))
    [finding] = found(measured, replace(USUAL, corrections=1))["many_corrections"]
    assert finding.detail[0] == "1 corrections"
    assert len(finding.facts) > 2


def test_one_person_in_two_roles(measured: Scenario) -> None:
    both = [replace(person(role), actor="li") for role in (Role.COORDINATOR, Role.OUTCOME_ASSESSOR)]
    for by in both:
        repeat = observation.RecordResults(
            participant=CODE, at=day(0, "11:00"), visit="baseline", readings=READINGS[2:], repeat=True
        )
        entered(measured, repeat, by=by)
    [finding] = found(measured)["several_roles"]
    assert (finding.actor, finding.detail[0]) == ("li", "coordinator, outcome_assessor")


def test_entries_shortly_before_a_monitor_came(measured: Scenario) -> None:
    came = replace(USUAL, monitoring=(date(2026, 3, 4),))
    [finding] = found(measured, came)["before_monitoring"]
    assert finding.detail[0].endswith("before 2026-03-04")
    assert found(measured, replace(came, monitoring=(date(2026, 3, 6),))) == {}
    assert found(measured, replace(came, monitoring=(date(2026, 3, 2),))) == {}


def test_a_change_of_an_input_of_an_endpoint() -> None:
    registered: Protocol = read_protocol(path_of("nct06984497")).protocol
    assert {"tbil", "creatinine", "inr", "alb", "ascites", "encephalopathy"} <= endpoint_inputs(registered)
    assert "alt" not in endpoint_inputs(registered)


def test_only_facts_of_the_period_are_looked_at(measured: Scenario) -> None:
    measured.given(observation.VoidResult(participant=CODE, visit="baseline", result="alt"))
    after = measured.clock.moment + timedelta(minutes=1)
    assert "voided" in found(measured)
    assert found(measured, replace(USUAL, period=Period(after, None))) == {}


def test_late_is_what_the_protocol_says(scenario: Scenario) -> None:
    rules = ReviewRules(late_entry_days=2).model_dump(mode="json")
    scenario.given(active(small({"review": rules})))
    assert late_after(scenario.view().trial) == timedelta(days=2)


def test_sign_ins_that_failed_and_a_lock_out() -> None:
    def entry(position: int, fact: Fact) -> Entry:
        record = Record(position, "account/x", position, day(0), "", fact)
        command = CommandRecord(
            position, position, "", "", "", Instant.of(START), person(Role.SYSTEM), "", "", ""
        )
        return Entry(record, command)

    failed = [ProofFailed(account="li.crc", purpose=Purpose.SIGN_IN) for _ in range(3)]
    others = [
        ProofFailed(account="wu.oa", purpose=Purpose.SIGN_IN),
        LockedOut(account="chen.inv", failures=5),
    ]
    signal = access([entry(number, fact) for number, fact in enumerate((*failed, *others), start=1)], USUAL)
    assert [(each.actor, each.facts) for each in signal.findings] == [
        ("li.crc", (1, 2, 3)),
        ("chen.inv", (5,)),
    ]
    assert signal.findings[1].detail == ("1 failure, locked out", "失败1次，已锁定")


def test_access_is_not_looked_for_where_there_are_no_accounts() -> None:
    signal = access([], USUAL)
    assert (signal.findings, signal.why_not is None) == ((), False)
