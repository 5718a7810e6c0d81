"""What is due is told once, to those it is for, and nothing that is told goes stale."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.alert import Alert, AlertStatus
from domain.clinical_time import ClinicalTime
from domain.record import Role
from projections.visit_status import VisitStatus, visit_rows
from scheduler.sweeper import Swept
from tests.support.alerts import ALERTS, WINDOW_RULES, Told, standing, sweeper, swept, telling, told
from tests.support.scenario import Scenario
from tests.support.trial import RENEWED, active, amended, course, day, person
from workflows import alert, infusion, participant, trial, visit
from workflows.visit_correction import CorrectVisit, VoidVisit

CODE = "S1-001"
PLAN = telling()


@pytest.fixture
def infused(scenario: Scenario) -> Scenario:
    """A participant whose day 0 is the first day, with the baseline visit done."""
    scenario.given(active(PLAN), course("started", document=PLAN))
    return scenario


def of_visit(scenario: Scenario, visit: str = "week-4") -> list[Told]:
    return [each for each in told(scenario) if each.subject == visit]


def test_each_rule_of_a_window_is_told_on_its_day_and_the_graver_takes_the_place_of_the_lighter(
    infused: Scenario,
) -> None:
    sweep = sweeper(infused)
    days: dict[str, int] = {}
    for number in range(1, 60):
        infused.on(number, "00:00")
        before = len(of_visit(infused))
        swept(infused, sweep)
        days |= {each.rule: number for each in of_visit(infused)[before:]}
    assert days == {
        "window_opens": 14,
        "visit_due": 28,
        "window_closing": 33,
        "visit_overdue": 36,
        "visit_missed": 50,
    }
    alive = [each for each in of_visit(infused) if each.status != "superseded"]
    assert alive == [
        Told("week-4", "visit_missed", "coordinator", "raised"),
        Told("week-4", "visit_missed", "principal_investigator", "raised"),
    ]


def test_an_alert_comes_with_the_status_it_tells_of_and_not_a_second_before(infused: Scenario) -> None:
    sweep = sweeper(infused)
    swept(infused, sweep)
    midnight = day(36).earliest
    infused.clock.moment = midnight - timedelta(seconds=1)
    swept(infused, sweep)
    assert [each.rule for each in of_visit(infused)] == ["window_closing"] * 2
    infused.clock.moment = midnight
    assert swept(infused, sweep) == Swept(raised=1, superseded=2)
    assert {row.visit: row.status for row in visit_rows(infused.view())}["week-4"] is VisitStatus.OVERDUE


def test_after_downtime_only_the_gravest_is_told_with_how_late_it_is(infused: Scenario) -> None:
    infused.on(60)
    swept(infused)
    assert {each.rule for each in of_visit(infused)} == {"visit_missed"}
    told_late = next(each for each in standing(infused) if each.subject == "week-4")
    assert told_late.due_at == "2026-04-20T16:00:00.000000Z"
    assert told_late.raised.at == day(60, "12:00:00")


def test_whoever_sweeps_and_however_often_an_alert_is_raised_once(infused: Scenario) -> None:
    infused.on(30)
    first = swept(infused)
    assert first.raised > 0
    history = infused.contents()
    for sweep in (sweeper(infused), sweeper(infused)):
        assert swept(infused, sweep) == Swept()
        infused.clock.advance(minutes=1)
        assert swept(infused, sweep) == Swept()
    assert infused.contents() == history


@pytest.mark.parametrize("number", [0, 15, 29, 37, 51])
def test_until_the_next_instant_that_a_sweep_tells_there_is_nothing_to_do(
    infused: Scenario, number: int
) -> None:
    sweep = sweeper(infused)
    swept(infused.on(number), sweep)
    following = sweep.next_at
    assert following is not None
    history = infused.contents()
    for part in (0.01, 0.3, 0.999):
        infused.clock.moment += part * (following.moment - infused.clock.moment)
        for each in (sweep, sweeper(infused)):
            assert swept(infused, each) == Swept()
    assert (infused.contents(), sweep.next_at) == (history, following)
    infused.clock.moment = following.moment
    assert swept(infused, sweep) != Swept()


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (visit.RecordVisit(participant=CODE, at=day(28, "09:00"), visit="week-4"), "visit_attended"),
        (visit.RecordMissedVisit(participant=CODE, at=day(36), visit="week-4"), "visit_known_missed"),
        (participant.RecordDeath(participant=CODE, at=day(20)), "participant_died"),
        (
            participant.RecordDeath(participant=CODE, at=ClinicalTime("2026-03[Asia/Shanghai]")),
            "participant_died",
        ),
        (participant.RecordWithdrawal(participant=CODE, at=day(40), scope="all"), "participant_withdrew"),
        (participant.RecordLossToFollowUp(participant=CODE, at=day(40)), "participant_lost"),
        (participant.RecordEndOfFollowUp(participant=CODE, at=day(40)), "follow_up_ended"),
    ],
    ids=lambda each: each if isinstance(each, str) else each.KIND,
)
def test_an_alert_is_resolved_when_its_cause_ends_however_late_that_is_entered(
    infused: Scenario, command: visit.RecordVisit, reason: str
) -> None:
    sweep = sweeper(infused)
    swept(infused.on(41), sweep)
    (overdue,) = [each for each in standing(infused) if each.subject == "week-4"]
    infused.given(command)
    swept(infused, sweep)
    ended = infused.view().singles(Alert)[overdue.alert]
    assert (ended.status, ended.ended_because) == (AlertStatus.RESOLVED, reason)
    for number in (42, 70, 200):
        swept(infused.on(number), sweep)
        assert [each for each in standing(infused) if each.subject == "week-4"] == []


def test_a_visit_taken_back_is_waited_for_again_until_it_is_recorded_anew(infused: Scenario) -> None:
    infused.on(40).given(visit.RecordVisit(participant=CODE, visit="week-4", at=day(28)))
    sweep = sweeper(infused)
    swept(infused, sweep)
    assert of_visit(infused) == []
    for command, status in (
        (VoidVisit(participant=CODE, visit="week-4"), "raised"),
        (visit.RecordVisit(participant=CODE, visit="week-4", at=day(29)), "resolved"),
        (CorrectVisit(participant=CODE, visit="week-4", at=day(39)), "resolved"),
    ):
        infused.given(command)
        swept(infused, sweep)
        assert of_visit(infused) == [Told("week-4", "visit_overdue", "coordinator", status)]


@pytest.mark.parametrize(
    "recorded",
    [
        visit.RecordVisit(participant=CODE, visit="week-4", at=day(28)),
        visit.RecordMissedVisit(participant=CODE, visit="week-4", at=day(40), reason="away"),
    ],
    ids=["attended", "missed"],
)
def test_what_was_told_of_a_visit_is_told_again_once_the_visit_is_taken_back(
    infused: Scenario, recorded: visit.RecordVisit | visit.RecordMissedVisit
) -> None:
    sweep = sweeper(infused)
    swept(infused.on(40), sweep)
    told_before: set[str] = set()
    for _ in range(2):
        (overdue,) = [each for each in standing(infused) if each.subject == "week-4"]
        assert (overdue.rule, overdue.alert in told_before) == ("visit_overdue", False)
        told_before.add(overdue.alert)
        infused.given(recorded)
        swept(infused, sweep)
        assert [each for each in standing(infused) if each.subject == "week-4"] == []
        infused.given(VoidVisit(participant=CODE, visit="week-4"))
        swept(infused, sweep)
    contents = infused.contents()
    swept(infused, sweep)
    swept(infused)
    assert infused.contents() == contents


def test_a_window_moved_by_an_earlier_infusion_supersedes_its_alerts(infused: Scenario) -> None:
    sweep = sweeper(infused)
    swept(infused.on(29), sweep)
    (due,) = [each for each in standing(infused) if each.subject == "week-4"]
    earlier = infusion.RecordInfusion(participant=CODE, infusion=2, at=day(-20), route="vein")
    infused.given(earlier)
    swept(infused, sweep)
    (moved,) = [each for each in standing(infused) if each.subject == "week-4"]
    before = infused.view().singles(Alert)[due.alert]
    assert (before.ended_because, before.successor) == ("cause_changed", moved.alert)
    assert (due.rule, moved.rule) == ("visit_due", "visit_overdue")


def test_an_amended_window_supersedes_its_alerts_and_no_others(infused: Scenario) -> None:
    sweep = sweeper(infused)
    swept(infused.on(72), sweep)
    others = [each for each in standing(infused) if each.subject != "week-4"]
    assert others
    later = telling({"version": "2.0", "schedule.visits.week-4.day": 70})
    infused.given(amended(later))
    swept(infused, sweep)
    (now,) = [each for each in standing(infused) if each.subject == "week-4"]
    assert now.rule == "visit_due"
    missed = [each for each in of_visit(infused) if each.rule == "visit_missed"]
    assert {each.status for each in missed} == {"superseded"}
    assert [each for each in standing(infused) if each.subject != "week-4"] == others


def test_a_window_amended_and_amended_back_is_told_of_again(infused: Scenario) -> None:
    sweep = sweeper(infused)
    swept(infused.on(37), sweep)
    infused.given(amended(telling({"version": "2.0", "schedule.visits.week-4.after": 30})))
    swept(infused, sweep)
    assert [each.rule for each in standing(infused) if each.subject == "week-4"] == ["visit_due"]
    infused.given(amended(telling({"version": "3.0"})))
    swept(infused, sweep)
    assert [each.rule for each in standing(infused) if each.subject == "week-4"] == ["visit_overdue"]
    assert [each.status for each in of_visit(infused) if each.rule == "visit_overdue"] == [
        "superseded",
        "raised",
    ]


def test_a_rule_taken_out_of_the_protocol_leaves_no_alert(infused: Scenario) -> None:
    sweep = sweeper(infused)
    swept(infused.on(37), sweep)
    fewer = [each for each in ALERTS if each["id"] != "visit_overdue"]
    infused.given(amended(telling({"version": "2.0", "alerts": fewer})))
    swept(infused, sweep)
    overdue = next(each for each in of_visit(infused) if each.rule == "visit_overdue")
    assert overdue.status == "resolved"


def test_an_optional_visit_is_never_told_as_missed_and_waited_for_no_longer(scenario: Scenario) -> None:
    plan = telling({"schedule.visits.week-4.optional": True})
    scenario.given(active(plan), course("started", document=plan))
    sweep = sweeper(scenario)
    swept(scenario.on(49), sweep)
    assert [each.rule for each in standing(scenario) if each.subject == "week-4"] == ["visit_overdue"]
    swept(scenario.on(50, "00:00"), sweep)
    assert of_visit(scenario)[-1].status == "resolved"


def test_a_clock_that_goes_back_neither_repeats_nor_takes_back(infused: Scenario) -> None:
    sweep = sweeper(infused)
    swept(infused.on(29), sweep)
    swept(infused.on(36), sweep)
    known = of_visit(infused)
    for back in (30, 34, 35, 36):
        infused.on(back)
        assert swept(infused, sweep).raised == 0
        assert swept(infused, sweeper(infused)).raised == 0
    assert of_visit(infused) == known


@pytest.mark.parametrize("step", [trial.FreezeTrial(), trial.LockTrial()], ids=lambda each: each.KIND)
def test_alerts_go_on_while_the_trial_is_frozen_or_locked(infused: Scenario, step: trial.LockTrial) -> None:
    infused.on(40).given(trial.CloseEnrolment(), step)
    assert swept(infused).raised > 0


def test_nothing_is_waited_for_once_the_trial_is_archived(infused: Scenario) -> None:
    sweep = sweeper(infused)
    swept(infused.on(40), sweep)
    infused.given(trial.CloseEnrolment(), trial.LockTrial(), trial.ArchiveTrial())
    swept(infused, sweep)
    assert standing(infused) == []
    assert swept(infused.on(80), sweep) == Swept()


# ---------------------------------------------------------------- escalation


def levels(scenario: Scenario) -> tuple[str, ...]:
    (overdue,) = [each for each in standing(scenario) if each.subject == "week-4"]
    return tuple(role.value for role in overdue.told)


def test_what_nobody_acknowledges_goes_on_after_whole_working_days(infused: Scenario) -> None:
    """Raised on Tuesday 7 April, the day after Tomb-Sweeping Day; a weekend lies between the two steps."""
    sweep = sweeper(infused)
    swept(infused.on(36), sweep)
    swept(infused.on(38, "23:59"), sweep)
    assert levels(infused) == ("coordinator",)
    assert swept(infused.on(39, "00:00"), sweep) == Swept(escalated=1)
    assert levels(infused) == ("coordinator", "investigator")
    swept(infused.on(42, "23:59"), sweep)
    assert levels(infused) == ("coordinator", "investigator")
    swept(infused.on(43, "00:00"), sweep)
    assert levels(infused) == ("coordinator", "investigator", "principal_investigator")


def test_a_holiday_is_no_working_day_and_a_weekend_made_up_for_it_is_one(scenario: Scenario) -> None:
    """Raised on 30 September 2026: the next working days are Thursday 8, Friday 9 and Saturday 10 October."""
    plan = telling()
    scenario.given(active(plan), course("started", document=plan))
    last = day(212).earliest
    assert str(day(212)).startswith("2026-09-30")
    scenario.clock.moment = last
    later = telling({"version": "2.0", "schedule.visits.week-4.day": 204})
    scenario.given(amended(later))
    sweep = sweeper(scenario)
    swept(scenario, sweep)
    assert levels(scenario) == ("coordinator",)
    swept(scenario.on(221, "23:59"), sweep)
    assert levels(scenario) == ("coordinator",)
    swept(scenario.on(222, "00:00"), sweep)
    assert str(day(222)).startswith("2026-10-10")
    assert levels(scenario)[-1] == "investigator"


def test_after_downtime_every_role_it_should_have_gone_to_is_told(infused: Scenario) -> None:
    sweep = sweeper(infused)
    swept(infused.on(36), sweep)
    assert swept(infused.on(45), sweep) == Swept(escalated=2)
    assert levels(infused) == ("coordinator", "investigator", "principal_investigator")


def test_an_acknowledged_alert_goes_no_further_and_ends_with_its_cause(infused: Scenario) -> None:
    sweep = sweeper(infused)
    swept(infused.on(36), sweep)
    (overdue,) = [each for each in standing(infused) if each.subject == "week-4"]
    seen = alert.AcknowledgeAlert(alert=overdue.alert, reason="comes on Friday")
    infused.when(seen, person(Role.COORDINATOR)).receipt  # noqa: B018 - raises when refused
    swept(infused.on(45), sweep)
    known = infused.view().singles(Alert)[overdue.alert]
    assert (known.status, known.level) == (AlertStatus.ACKNOWLEDGED, 0)
    assert known.acknowledged is not None
    assert known.acknowledged.by == "coordinator"
    infused.given(visit.RecordVisit(participant=CODE, at=day(45, "09:00"), visit="week-4"))
    swept(infused, sweep)
    assert infused.view().singles(Alert)[overdue.alert].status is AlertStatus.RESOLVED


# ---------------------------------------------------------------- other rules


def test_a_renewed_consent_that_was_asked_for_is_told_when_overdue_and_resolved_when_given(
    infused: Scenario,
) -> None:
    infused.on(30).given(
        amended(telling(RENEWED)), participant.RequestReconsent(participant=CODE, version="2.0")
    )
    sweep = sweeper(infused)
    swept(infused.on(43), sweep)
    assert [each for each in told(infused) if each.rule == "reconsent_overdue"] == []
    swept(infused.on(44), sweep)
    assert Told("2.0", "reconsent_overdue", "coordinator", "raised") in told(infused)
    infused.given(
        participant.RecordConsent(participant=CODE, at=day(44, "13:00"), version="2.0", language="zh-CN")
    )
    swept(infused, sweep)
    assert Told("2.0", "reconsent_overdue", "coordinator", "resolved") in told(infused)


def test_a_version_that_asks_for_renewed_consent_is_enough_to_be_told(infused: Scenario) -> None:
    infused.on(30).given(amended(telling(RENEWED)))
    swept(infused.on(44))
    assert Told("2.0", "reconsent_overdue", "coordinator", "raised") in told(infused)


def test_a_thawed_product_is_told_of_before_its_use_by_time_and_not_once_it_flows(scenario: Scenario) -> None:
    scenario.given(active(PLAN), course("accessed", document=PLAN))
    sweep = sweeper(scenario)
    swept(scenario.on(0, "22:00"), sweep)
    assert [each for each in told(scenario) if each.rule == "product_use_by"] == []
    swept(scenario.on(0, "22:01"), sweep)
    assert told(scenario)[-1] == Told("infusion-1", "product_use_by", "infusion_operator", "raised")
    scenario.given(infusion.StartInfusion(participant=CODE))
    swept(scenario, sweep)
    assert Told("infusion-1", "product_use_by", "infusion_operator", "resolved") in told(scenario)


def test_every_rule_of_a_window_is_one_of_the_protocol() -> None:
    assert {each["rule"] for each in ALERTS} >= set(WINDOW_RULES)
