"""What would have been told, computed from the facts alone, is what a sweep that never slept tells."""

from __future__ import annotations

from datetime import datetime, timedelta

from adapters.calendar import calendar_of
from domain.alert import Alert, AlertStatus
from domain.clinical_time import Instant
from domain.record import Role
from projections.alerts import alerts_of
from scheduler.simulation import Told, simulated
from tests.support.alerts import standing, sweeper, swept, telling
from tests.support.scenario import Scenario
from tests.support.trial import active, amended, course, day, person
from workflows import alert, participant, visit
from workflows.command import Command

CODE = "S1-001"
PLAN = telling()


def computed(scenario: Scenario, first: int, last: int) -> list[Told]:
    start, end = (Instant.of(day(number).earliest) for number in (first, last))
    return list(simulated(scenario.app.reading, scenario.view(), calendar_of, start, end))


def short(told: list[Told]) -> list[tuple[str, str, str, str]]:
    return [(each.what, each.alert.rule, each.alert.alert, str(each.at)[:16]) for each in told]


def stored(scenario: Scenario) -> list[tuple[str, str, str, str]]:
    found = []
    for known in alerts_of(scenario.view()):
        moments: list[tuple[str, datetime]] = [("raised", known.raised.at.earliest)]
        moments += [("escalated", each.at.earliest) for each in known.escalated]
        if known.ended is not None:
            moments.append((str(known.status), known.ended.at.earliest))
        found += [(what, known.rule, known.alert, str(Instant.of(at))[:16]) for what, at in moments]
    return found


def test_a_sweep_every_hour_tells_what_the_simulation_computes_to_the_hour(scenario: Scenario) -> None:
    late: list[tuple[int, list[Command]]] = [
        (30, amended(telling({"version": "2.0", "schedule.visits.week-12.after": 3}))),
        (41, [visit.RecordVisit(participant=CODE, at=day(34, "09:00"), visit="week-4")]),
        (104, [participant.RecordDeath(participant=CODE, at=day(103))]),
    ]
    scenario.given(active(PLAN), course("started", document=PLAN))
    sweep = sweeper(scenario)
    for number in range(110):
        for _, commands in (each for each in late if each[0] == number):
            scenario.on(number, "10:30").given(commands)
        scenario.clock.moment = max(scenario.clock.moment, day(number, "11:00").earliest)
        for _ in range(13):
            swept(scenario, sweep)
            scenario.clock.advance(hours=1)
    found = {(what, alert): at for what, _, alert, at in stored(scenario)}
    ideal = {
        (what, alert): at for what, _, alert, at in short(computed(scenario, -40, 110)) if at > "2026-03-03"
    }
    assert found.keys() == ideal.keys()
    slack = timedelta(hours=12)
    for key, at in ideal.items():
        waited = datetime.fromisoformat(found[key]) - datetime.fromisoformat(at)
        assert timedelta(0) <= waited <= slack, key


def test_a_simulation_stores_nothing_and_needs_nothing_stored(scenario: Scenario) -> None:
    scenario.given(active(PLAN), course("started", document=PLAN)).on(60)
    before = scenario.contents()
    told = computed(scenario, 0, 60)
    assert {each.what for each in told} == {"raised", "resolved", "superseded", "escalated"}
    assert scenario.contents() == before
    swept(scenario)
    assert short(computed(scenario, 0, 60)) == short(told)


def test_a_period_is_a_part_of_the_whole(scenario: Scenario) -> None:
    scenario.given(active(PLAN), course("started", document=PLAN)).on(60)
    whole = computed(scenario, 0, 60)
    assert [*computed(scenario, 0, 30), *computed(scenario, 30, 60)] == whole


def test_a_period_that_lies_ahead_is_told_as_if_nothing_were_recorded(scenario: Scenario) -> None:
    scenario.given(active(PLAN), course("started", document=PLAN))
    ahead = [each for each in computed(scenario, 1, 200) if each.what == "raised"]
    assert [each.alert.rule for each in ahead if each.alert.subject == "week-12"] == [
        "window_opens",
        "visit_due",
        "window_closing",
        "window_closing",
        "visit_overdue",
        "visit_missed",
        "visit_missed",
    ]


def test_what_somebody_acknowledged_goes_no_further_in_the_simulation_either(scenario: Scenario) -> None:
    scenario.given(active(PLAN), course("started", document=PLAN))
    sweep = sweeper(scenario)
    swept(scenario.on(36, "00:00"), sweep)
    (overdue,) = [each for each in standing(scenario) if each.subject == "week-4"]
    seen = alert.AcknowledgeAlert(alert=overdue.alert, reason="comes on Friday")
    scenario.when(seen, person(Role.COORDINATOR)).receipt  # noqa: B018 - raises when refused
    told = [each for each in computed(scenario, 36, 49) if each.alert.subject == "week-4"]
    assert sorted(each.what for each in told) == ["raised", "superseded", "superseded"]
    assert scenario.view().singles(Alert)[overdue.alert].status is AlertStatus.ACKNOWLEDGED
