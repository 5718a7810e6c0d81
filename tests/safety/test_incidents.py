"""Security incidents and serious breaches: clocks run from awareness, and they close when all is told."""

from __future__ import annotations

import pytest

from domain.incident import Incident
from domain.incident_clocks import incident_clocks
from domain.safety_clocks import Clock, ClockStatus
from tests.cli.terminal import COORDINATOR, DATA_MANAGER, PI, Terminal
from tests.support.scenario import Scenario
from tests.support.trial import active as begun
from tests.support.trial import at, day, small
from workflows import incident, trial
from workflows.incident import rules_of

FORGED = incident.ReportIncident(
    at=day(1), kind="breach", what="consents were signed by somebody else", aware=day(2, "09:00")
)
STOLEN = incident.ReportIncident(
    at=day(1), kind="security", what="a notebook was stolen", aware=day(2, "09:00"), personal_data=True
)


def only(scenario: Scenario) -> Incident:
    """The one incident there is."""
    [known] = scenario.view().singles(Incident).values()
    assert isinstance(known, Incident)
    return known


def running(scenario: Scenario) -> list[tuple[Clock, ClockStatus]]:
    """Its clocks, and where they stand now."""
    view = scenario.view()
    return [
        (clock, clock.status(view.moment)) for clock in incident_clocks(only(scenario), rules_of(view.trial))
    ]


def judged(scenario: Scenario, *, serious: bool = False, personal_data: bool = False) -> None:
    scenario.given(
        incident.AssessIncident(
            incident=only(scenario).incident, serious=serious, personal_data=personal_data, why="looked into"
        )
    )


def told(scenario: Scenario, recipient: str, on: int, clock: str = "10:00") -> None:
    notice = incident.RecordIncidentNotice(
        incident=only(scenario).incident, at=day(on, clock), recipient=recipient
    )
    scenario.given(notice)


@pytest.mark.requirement("SF-06")
def test_the_authority_is_told_of_a_serious_breach_by_the_end_of_the_seventh_day(scenario: Scenario) -> None:
    scenario.given(begun(), FORGED)
    assert running(scenario) == []
    scenario.on(5)
    judged(scenario, serious=True)
    [(clock, status)] = running(scenario)
    # Judged three days later, and the days count from the awareness all the same.
    assert (clock.kind, str(clock.due), status) == (
        "serious_breach",
        "2026-03-11T16:00:00.000000Z",
        ClockStatus.RUNNING,
    )
    scenario.on(9)
    assert [status for _, status in running(scenario)] == [ClockStatus.ALERT]
    scenario.on(10)
    assert [status for _, status in running(scenario)] == [ClockStatus.BREACH]
    told(scenario, "ethics", 10)
    assert [status for _, status in running(scenario)] == [ClockStatus.BREACH]
    told(scenario, "authority", 10)
    assert [status for _, status in running(scenario)] == [ClockStatus.MET_LATE]


@pytest.mark.requirement("SF-06")
@pytest.mark.parametrize(("zone", "due"), [("Asia/Shanghai", "16:00"), ("Europe/Berlin", "23:00")])
def test_the_seven_days_end_at_midnight_where_the_awareness_came(
    scenario: Scenario, zone: str, due: str
) -> None:
    aware = at("2026-03-04T09:00", zone)
    scenario.given(begun(), FORGED.model_copy(update={"aware": aware, "serious": True}))
    [(clock, _)] = running(scenario)
    assert str(clock.due) == f"2026-03-11T{due}:00.000000Z"


@pytest.mark.requirement("SF-06")
def test_personal_data_have_hours_through_nights_and_week_ends(scenario: Scenario) -> None:
    scenario.given(begun(), STOLEN)
    [(clock, _)] = running(scenario)
    assert (clock.kind, str(clock.due)) == ("personal_data", "2026-03-07T01:00:00.000000Z")
    told(scenario, "data_protection", 5, "09:00")
    assert [status for _, status in running(scenario)] == [ClockStatus.MET]


def test_the_protocol_may_ask_for_more_haste_than_the_law(scenario: Scenario) -> None:
    quick = small({"safety": {"breach_days": 2, "incident_hours": 6}})
    scenario.given(begun(quick), STOLEN.model_copy(update={"serious": True}))
    assert [str(clock.due) for clock, _ in running(scenario)] == [
        "2026-03-06T16:00:00.000000Z",
        "2026-03-04T07:00:00.000000Z",
    ]


def test_a_clock_that_began_stays_and_what_was_late_stays_late(scenario: Scenario) -> None:
    scenario.given(begun(), FORGED.model_copy(update={"serious": True})).on(4)
    judged(scenario)
    assert [status for _, status in running(scenario)] == [ClockStatus.ENDED]
    judged(scenario, serious=True)
    scenario.on(12)
    judged(scenario)
    assert [status for _, status in running(scenario)] == [ClockStatus.BREACH]


@pytest.mark.requirement("SF-06")
def test_an_incident_closes_once_it_is_assessed_and_told_even_in_a_locked_trial(scenario: Scenario) -> None:
    scenario.given(begun(), trial.CloseEnrolment(), trial.LockTrial(), STOLEN)
    close = incident.CloseIncident(incident=only(scenario).incident, measures="disks are encrypted")
    scenario.when(close).refused("incident.unassessed")
    judged(scenario, personal_data=True)
    scenario.when(close).refused("incident.untold")
    told(scenario, "data_protection", 3)
    scenario.given(close)
    assert (only(scenario).status, only(scenario).measures) == ("closed", "disks are encrypted")


@pytest.mark.requirement("SF-06")
def test_incidents_are_led_and_watched_on_the_command_line(active: Terminal) -> None:
    reported = ("incident", "report", "breach", "consents were forged", "--serious", "--at", "2026-03-01")
    active.do(*reported, "--aware", "2026-03-01T12:00", "--site", "S1", by=COORDINATOR)
    [row] = active.data("incident", "list")["rows"]
    name = row["incident"]
    assert (row["site"], row["due"], row["clock"], row["serious"]) == (
        "S1",
        "2026-03-08T16:00:00.000000Z",
        "serious_breach: running",
        True,
    )
    active.do("incident", "assess", name, "--serious", "--because", "seen in the files", by=PI)
    active.do("incident", "notify", name, "--to", "authority", "--reference", "CTIS-1", by=DATA_MANAGER)
    active.do("incident", "close", name, "--measures", "all consented anew", by=PI)
    shown = active.data("incident", "show", name)
    assert [each["status"] for each in shown["clocks"]] == ["met"]
    assert [each["recipient"] for each in shown["notices"]] == ["authority"]
    assert active.data("incident", "list", "--late")["rows"] == []
    assert active.fault("incident", "show", "I-9")["exit"] == 5
