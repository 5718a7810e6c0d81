"""What must be told by when: hours from awareness through nights and holidays, days from the sponsor's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.clinical_time import ClinicalTime, Instant
from domain.happened import Happened
from domain.safety_clocks import Clock, ClockStatus, clock_after, end_of_day, hours_after
from domain.safety_rules import SafetyRules
from tests.safety.events import (
    IN_TRIAL,
    NOON,
    clocks_of,
    followed_up,
    judged,
    sent,
    serious,
    sponsor_judged,
    sponsor_knows,
    status_of,
)
from tests.support.scenario import Scenario
from tests.support.trial import active, at, course, day, small

AWARE = day(5, "13:00")
REPORTED = [*IN_TRIAL, serious(NOON, AWARE)]
KNOWN = [*REPORTED, sent(day(5, "20:00")), sponsor_knows(day(6, "09:00"))]


# ---------------------------------------------------------------- the site's hours


@pytest.mark.requirement("SF-01")
@pytest.mark.parametrize(
    ("on", "clock", "status"),
    [
        (5, "13:00", "running"),
        (6, "08:59", "running"),
        (6, "09:00", "alert"),
        (6, "13:00", "alert"),
        (6, "13:01", "breach"),
        (9, "00:00", "breach"),
    ],
)
def test_a_serious_event_is_alerted_after_20_hours_and_breached_after_24(
    scenario: Scenario, on: int, clock: str, status: str
) -> None:
    scenario.given(REPORTED).on(on, clock)
    assert status_of(scenario, "sae") == status


@pytest.mark.requirement("SF-01")
def test_the_clock_runs_from_awareness_not_from_onset_nor_from_the_entry(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL).on(8, "10:00").given(serious(day(2), day(7, "23:30")))
    clock, status = clocks_of(scenario)["sae"]
    assert (clock.starts.at, status) == (day(7, "23:30"), ClockStatus.RUNNING)
    assert clock.due.moment == day(8, "23:30").earliest


@pytest.mark.requirement("SF-01")
def test_without_a_word_on_awareness_it_is_the_time_of_entry(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL).on(8, "10:00").given(serious(NOON, AWARE).model_copy(update={"aware": None}))
    clock, _ = clocks_of(scenario)["sae"]
    assert clock.starts.at.earliest == scenario.clock.moment


@pytest.mark.requirement("SF-01")
@pytest.mark.parametrize(
    ("aware", "due"),
    [
        ("2026-02-16T18:00", "2026-02-17T10:00:00Z"),  # New Year's Eve of the Chinese calendar
        ("2026-10-01T00:30", "2026-10-01T16:30:00Z"),  # National Day
        ("2026-12-31T23:59", "2027-01-01T15:59:00Z"),
    ],
)
def test_nights_and_holidays_count(aware: str, due: str) -> None:
    assert hours_after(at(aware), 24) == Instant.parse(due)


@pytest.mark.requirement("SF-01")
def test_the_night_in_which_the_clocks_change_has_24_hours_like_any_other() -> None:
    spring = at("2026-03-28T20:00", "Europe/Berlin")
    assert hours_after(spring, 24) == Instant.parse("2026-03-29T21:00:00+02:00")
    autumn = at("2026-10-24T20:00", "Europe/Berlin")
    assert hours_after(autumn, 24) == Instant.parse("2026-10-25T19:00:00+01:00")


def test_an_awareness_of_which_only_the_day_is_known_counts_from_its_begin(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL).on(6, "01:00").given(serious(day(4), day(5)))
    assert status_of(scenario, "sae") == "breach"


def test_the_clock_is_met_by_the_first_report_to_the_sponsor_and_only_by_that(scenario: Scenario) -> None:
    scenario.given(REPORTED, sent(day(5, "14:00"), "ethics")).on(7)
    assert status_of(scenario, "sae") == "breach"
    scenario.given(sent(day(6, "13:00")))
    assert status_of(scenario, "sae") == "met"


def test_the_ethics_committee_has_a_clock_of_its_own_where_the_protocol_says_so(scenario: Scenario) -> None:
    document = small({"safety": {"ethics_days": 3}})
    scenario.given(active(document), course("randomized", document=document), serious(NOON, AWARE)).on(
        8, "23:59"
    )
    assert status_of(scenario, "sae_ethics") == "alert"
    scenario.on(9, "00:01")
    assert status_of(scenario, "sae_ethics") == "breach"
    scenario.given(sent(day(6, "13:00")))
    assert status_of(scenario, "sae_ethics") == "breach"
    scenario.given(sent(day(8, "13:00"), "ethics"))
    assert status_of(scenario, "sae_ethics") == "met"


def test_a_report_after_the_end_is_met_late_for_good(scenario: Scenario) -> None:
    scenario.given(REPORTED).on(7).given(sent(day(6, "13:01")))
    assert status_of(scenario, "sae") == "met_late"


def test_significant_new_information_has_a_clock_of_its_own(scenario: Scenario) -> None:
    scenario.given(REPORTED, sent(day(5, "14:00"))).on(9).given(
        followed_up(day(8, "10:00"), significant=True), followed_up(day(8, "11:00"))
    )
    assert (status_of(scenario, "sae"), status_of(scenario, "sae_follow_up")) == ("met", "breach")
    scenario.given(sent(day(9, "11:00")))
    assert status_of(scenario, "sae_follow_up") == "met_late"


@pytest.mark.requirement("SF-03")
def test_a_downgrade_keeps_the_history_of_the_clock(scenario: Scenario) -> None:
    scenario.given(REPORTED, followed_up(day(5, "18:00"), serious=False)).on(9)
    clock, status = clocks_of(scenario)["sae"]
    assert (clock.starts.at, clock.due.moment) == (AWARE, day(6, "13:00").earliest)
    assert clock.ended is not None
    assert (clock.ended.at, status) == (day(5, "18:00"), ClockStatus.ENDED)


@pytest.mark.requirement("SF-03")
def test_a_downgrade_after_the_end_leaves_the_breach(scenario: Scenario) -> None:
    scenario.given(REPORTED).on(9).given(followed_up(day(8), serious=False))
    assert status_of(scenario, "sae") == "breach"


def test_hours_are_those_of_the_protocol_where_it_has_its_own(scenario: Scenario) -> None:
    own = small({"safety": {"alert_hours": 6, "report_hours": 12}})
    scenario.given(active(own), course("infused"), serious(NOON, AWARE)).on(5, "19:00")
    assert status_of(scenario, "sae") == "alert"


# ---------------------------------------------------------------- the sponsor's days


@pytest.mark.requirement("SF-02")
@pytest.mark.parametrize(
    ("criterion", "due"),
    [
        ("hospitalization", {"susar": "2026-03-24T00:00:00+08:00"}),
        (
            "death",
            {
                "susar_deadly": "2026-03-16T00:00:00+08:00",
                "susar_deadly_follow_up": "2026-03-24T00:00:00+08:00",
            },
        ),
    ],
)
def test_an_unexpected_reaction_is_told_within_15_days_a_deadly_one_within_7_and_8_more(
    scenario: Scenario, criterion: str, due: dict[str, str]
) -> None:
    told = serious(NOON, AWARE, criteria=(criterion,))
    scenario.given(IN_TRIAL, told, sent(day(5, "20:00")), sponsor_knows(day(6, "09:00")))
    scenario.on(6, "12:00").given(judged(None, "possible"))
    scenario.given(sponsor_judged(day(6, "12:00"), "unlikely", expected=False))
    found = {kind: clock.due for kind, (clock, _) in clocks_of(scenario).items() if kind != "sae"}
    assert found == {kind: Instant.parse(text) for kind, text in due.items()}


@pytest.mark.requirement("SF-02")
@pytest.mark.parametrize(
    ("aware", "zone", "due"),
    [
        ("2026-03-01T00:10", "Asia/Shanghai", "2026-03-09T00:00:00+08:00"),
        ("2026-03-01T23:50", "Asia/Shanghai", "2026-03-09T00:00:00+08:00"),
        ("2026-03-25T08:00", "Europe/Berlin", "2026-04-02T00:00:00+02:00"),
        ("2026-10-20T08:00", "Europe/Berlin", "2026-10-28T00:00:00+01:00"),
        ("2024-02-25T12:00", "America/New_York", "2024-03-04T00:00:00-05:00"),
        ("2026-02-27", "Asia/Shanghai", "2026-03-07T00:00:00+08:00"),
    ],
)
def test_days_are_days_of_the_place_where_the_sponsor_learned_of_it(aware: str, zone: str, due: str) -> None:
    assert end_of_day(at(aware, zone), 7) == Instant.parse(due)


@pytest.mark.requirement("SF-02")
def test_taking_time_with_the_judgement_gains_no_time(scenario: Scenario) -> None:
    scenario.given(KNOWN).on(7).given(judged(day(7, "10:00"), "possible"))
    scenario.on(20).given(sponsor_judged(day(20, "11:00"), "unlikely", expected=False))
    clock, _ = clocks_of(scenario)["susar"]
    assert clock.starts.at == day(7, "10:00")
    assert clock.due == end_of_day(day(7), 15)


def test_the_sponsors_word_alone_dates_from_its_awareness(scenario: Scenario) -> None:
    scenario.given(KNOWN).on(12).given(sponsor_judged(day(12, "11:00"), "possible", expected=False))
    clock, _ = clocks_of(scenario)["susar"]
    assert clock.starts.at == day(6, "09:00")


@pytest.mark.parametrize(
    ("investigator", "sponsor", "expected"),
    [("unlikely", "unrelated", False), ("possible", "possible", True), ("possible", "possible", None)],
)
def test_no_days_run_for_what_is_unrelated_expected_or_not_judged(
    scenario: Scenario, investigator: str, sponsor: str, expected: bool | None
) -> None:
    scenario.given(KNOWN).on(7).given(judged(None, investigator))
    scenario.given(sponsor_judged(day(7), sponsor, expected=expected))
    assert set(clocks_of(scenario)) == {"sae"}


@pytest.mark.requirement("SF-03")
def test_days_that_ran_once_stand_there_as_ended_after_a_downgrade(scenario: Scenario) -> None:
    scenario.given(KNOWN).on(7).given(sponsor_judged(day(7, "11:00"), "possible", expected=False))
    scenario.on(9).given(sponsor_judged(day(9, "11:00"), "unrelated", expected=True))
    clock, status = clocks_of(scenario)["susar"]
    assert (clock.starts.at, status) == (day(6, "09:00"), ClockStatus.ENDED)
    assert clock.ended is not None
    assert clock.ended.at.day == day(9).day


def test_what_turns_deadly_later_runs_from_then_beside_the_longer_time(scenario: Scenario) -> None:
    scenario.given(KNOWN).on(7).given(sponsor_judged(day(7, "11:00"), "possible", expected=False))
    scenario.on(12).given(followed_up(day(11, "10:00"), criteria=("death",), outcome="fatal"))
    found = clocks_of(scenario)
    assert found["susar"][0].starts.at == day(6, "09:00")
    assert found["susar_deadly"][0].starts.at == day(11, "10:00")
    assert found["susar_deadly"][0].due == end_of_day(day(11), 7)


def test_the_first_report_to_the_authority_meets_the_days_and_the_second_the_follow_up(
    scenario: Scenario,
) -> None:
    told = serious(NOON, AWARE, severity="life_threatening")
    scenario.given(IN_TRIAL, told, sent(day(5, "20:00")), sponsor_knows(day(6, "09:00"))).on(12)
    scenario.given(sponsor_judged(day(12, "10:00"), "possible", expected=False))
    scenario.given(sent(day(12, "11:00"), "authority")).on(25)
    assert status_of(scenario, "susar_deadly") == "met"
    assert status_of(scenario, "susar_deadly_follow_up") == "breach"
    scenario.given(sent(day(24, "11:00"), "authority"))
    assert status_of(scenario, "susar_deadly_follow_up") == "met_late"


# ---------------------------------------------------------------- laws

_moments = st.datetimes(
    min_value=at("2026-01-01").earliest.replace(tzinfo=None),
    max_value=at("2027-12-31").earliest.replace(tzinfo=None),
)
_zones = st.sampled_from(("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Pacific/Apia", "UTC"))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(_moments, _zones, st.integers(1, 20))
def test_so_many_days_end_at_a_local_midnight_and_the_whole_of_the_last_day_is_in_time(
    moment: object, zone: str, days: int
) -> None:
    from datetime import UTC, datetime

    assert isinstance(moment, datetime)
    start = ClinicalTime.at(moment.replace(tzinfo=UTC), zone)
    due = ClinicalTime.at(end_of_day(start, days).moment, zone)
    assert due[11:16] == "00:00"
    assert start.day is not None
    assert due.day == start.day + timedelta(days=days + 1)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(_moments, st.integers(0, 60))
def test_a_clock_only_ever_goes_on_from_running_to_alert_to_breach(moment: object, later: int) -> None:
    from datetime import UTC, datetime

    assert isinstance(moment, datetime)
    start = Happened(ClinicalTime.at(moment.replace(tzinfo=UTC), "Asia/Shanghai"), 1)
    rules = SafetyRules()
    clock: Clock = clock_after("sae", start, (rules.alert_hours, rules.report_hours), None)
    order = [ClockStatus.RUNNING, ClockStatus.ALERT, ClockStatus.BREACH]
    seen = [clock.status(start.at.earliest + timedelta(hours=hours)) for hours in (later, later + 1)]
    assert order.index(seen[0]) <= order.index(seen[1])
