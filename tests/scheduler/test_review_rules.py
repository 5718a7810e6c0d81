"""Sign-offs, reviews of the audit trail, reports of incidents: told when overdue, resolved by what came."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from adapters.calendar import calendar_of
from domain.clinical_time import Instant
from domain.incident import Incident
from domain.record import Role
from projections.alerts import alerts_of
from projections.notices import Contact, alert_notices
from scheduler.simulation import simulated
from tests.support.alerts import sweeper, swept, telling
from tests.support.casebooks import signature
from tests.support.scenario import Scenario
from tests.support.trial import READINGS, TRIAL, active, course, day, entitled
from workflows import deviation, incident, observation, outcome, trail_review, visit

CODE = "S1-001"
RULES: list[dict[str, Any]] = [
    {"id": "sign_off_overdue", "rule": "sign_off_overdue", "roles": ["investigator"]},
    {"id": "trail_overdue", "rule": "audit_trail_review_overdue", "roles": ["data_manager"]},
    {"id": "untold", "rule": "deviation_report_overdue", "roles": ["investigator"]},
    {"id": "incident_due", "rule": "incident_report_due", "roles": ["principal_investigator"]},
    {"id": "incident_overdue", "rule": "incident_report_overdue", "roles": ["sponsor"]},
]
SIGNERS = ["investigator", "principal_investigator"]
SIGN_OFFS = [{"id": name, "days": 14, "roles": SIGNERS} for name in ("baseline", "week-4")]
PLAN = telling({"alerts": RULES, "review": {"audit_trail_days": 30, "sign_offs": SIGN_OFFS}})


@pytest.fixture
def infused(scenario: Scenario) -> Scenario:
    """A participant infused on day 0, the day of the baseline visit."""
    return scenario.given(active(PLAN), course("started", document=PLAN))


def of(scenario: Scenario, rule: str) -> list[tuple[str, str]]:
    """What was told by a rule, and where it stands."""
    return [(each.subject, each.status.value) for each in alerts_of(scenario.view()) if each.rule == rule]


def is_as_simulated(scenario: Scenario) -> None:
    """A simulation knows of the same alerts, ended the same way."""
    view = scenario.view()
    start, end = Instant("2026-01-01T00:00:00.000000Z"), Instant.of(view.moment)
    found = simulated(scenario.app.reading, view, calendar_of, start, end)
    ideal = {each.alert.alert: each.alert.ended_because for each in found}
    assert {each.alert: each.ended_because for each in alerts_of(view)} == ideal


def test_a_sign_off_is_told_from_the_day_after_its_last_and_resolved_by_the_signature(
    infused: Scenario,
) -> None:
    sweep = sweeper(infused)
    swept(infused.on(14, "23:59"), sweep)
    assert of(infused, "sign_off_overdue") == []
    swept(infused.on(15, "00:00"), sweep)
    assert of(infused, "sign_off_overdue") == [("baseline", "raised")]
    infused.given(signature(infused, CODE, "baseline"))
    swept(infused, sweep)
    assert of(infused, "sign_off_overdue") == [("baseline", "resolved")]


def test_what_changes_after_a_signature_makes_it_due_anew_from_that_day(infused: Scenario) -> None:
    sweep = sweeper(infused)
    infused.on(3).given(signature(infused, CODE, "baseline"))
    swept(infused, sweep)
    infused.on(20).given(
        observation.CorrectResult(participant=CODE, visit="baseline", result="alt", value="44", unit="U/L")
    )
    for number in (20, 34):
        swept(infused.on(number, "12:00"), sweep)
        assert of(infused, "sign_off_overdue") == []
    swept(infused.on(35, "00:00"), sweep)
    assert of(infused, "sign_off_overdue") == [("baseline", "raised")]
    infused.given(
        visit.RecordVisit(participant=CODE, at=day(28, "09:00"), visit="week-4"),
        observation.RecordResults(
            participant=CODE, at=day(28, "10:30"), visit="week-4", readings=READINGS[:1]
        ),
    )
    swept(infused.on(43, "00:00"), sweep)
    assert of(infused, "sign_off_overdue") == [("baseline", "raised"), ("week-4", "raised")]
    is_as_simulated(infused)


def test_the_review_of_the_audit_trail_is_told_a_while_after_the_last_or_the_first_site(
    infused: Scenario,
) -> None:
    sweep = sweeper(infused)  # the site began on day -20
    swept(infused.on(9), sweep)
    assert of(infused, "trail_overdue") == []
    swept(infused.on(11), sweep)
    assert of(infused, "trail_overdue") == [("audit-trail", "raised")]
    reviewed = trail_review.ReviewAuditTrail(
        first=1, last=9, signals=("late_entry 0",), material="0" * 64, findings="nothing of note"
    )
    infused.given(reviewed)
    swept(infused, sweep)
    assert of(infused, "trail_overdue") == [("audit-trail", "resolved")]
    swept(infused.on(40), sweep)
    assert len(of(infused, "trail_overdue")) == 1
    swept(infused.on(42), sweep)
    assert of(infused, "trail_overdue")[1:] == [("audit-trail", "raised")]
    is_as_simulated(infused)


@pytest.mark.requirement("SF-06")
def test_a_serious_breach_is_told_a_day_before_its_time_and_at_it_and_resolved_by_the_notice(
    infused: Scenario,
) -> None:
    sweep = sweeper(infused)
    infused.on(2).given(
        incident.ReportIncident(
            at=day(1), kind="breach", what="consents forged", aware=day(2, "09:00"), serious=True
        )
    )
    (name,) = infused.view().singles(Incident)
    swept(infused.on(8, "23:59"), sweep)
    assert of(infused, "incident_due") == []
    swept(infused.on(9, "00:00"), sweep)
    assert of(infused, "incident_due") == [(f"{name} serious_breach", "raised")]
    swept(infused.on(10, "00:00"), sweep)
    assert of(infused, "incident_due") == [(f"{name} serious_breach", "superseded")]
    assert of(infused, "incident_overdue") == [(f"{name} serious_breach", "raised")]
    infused.given(incident.RecordIncidentNotice(incident=name, at=day(10, "08:00"), recipient="authority"))
    swept(infused, sweep)
    assert of(infused, "incident_overdue") == [(f"{name} serious_breach", "resolved")]
    is_as_simulated(infused)


@pytest.mark.requirement("SF-06", "ID-02")
def test_an_incident_of_a_site_is_told_to_those_of_that_site_and_of_the_whole_trial(
    infused: Scenario,
) -> None:
    happened = incident.ReportIncident(
        at=day(1), kind="breach", what="consents forged", aware=day(2, "09:00"), serious=True
    )
    for site in ("S2", ""):
        infused.on(2).app.engine.execute(TRIAL, happened, replace(entitled(happened), site=site))
    swept(infused.on(9, "00:00"), sweeper(infused))
    raised = [each for each in alerts_of(infused.view()) if each.rule == "incident_due"]
    assert [each.site for each in raised] == ["S2", ""]
    contacts = [Contact(name, Role.PRINCIPAL_INVESTIGATOR, name) for name in ("S1", "S2", "")]
    assert [sorted(notice.contact for notice in alert_notices([each], contacts)) for each in raised] == [
        ["", "S2"],
        ["", "S1", "S2"],
    ]
    is_as_simulated(infused)


def test_nothing_is_awaited_of_an_incident_that_is_judged_to_be_none(infused: Scenario) -> None:
    sweep = sweeper(infused)
    infused.on(2).given(
        incident.ReportIncident(
            at=day(1), kind="security", what="a notebook is gone", aware=day(2, "09:00"), personal_data=True
        )
    )
    (name,) = infused.view().singles(Incident)
    swept(infused.on(4, "10:00"), sweep)
    assert of(infused, "incident_due") == [(f"{name} personal_data", "raised")]
    infused.given(
        incident.AssessIncident(incident=name, serious=False, personal_data=False, why="found, unopened")
    )
    swept(infused, sweep)
    assert of(infused, "incident_due") == [(f"{name} personal_data", "resolved")]
    infused.on(4, "14:00").given(
        incident.AssessIncident(incident=name, serious=False, personal_data=True, why="seals were broken")
    )
    swept(infused, sweep)
    assert of(infused, "incident_due")[1:] == [(f"{name} personal_data", "raised")]
    is_as_simulated(infused)


def test_a_deviation_is_told_once_the_ethics_committee_should_know_and_resolved_by_the_report(
    infused: Scenario,
) -> None:
    def weighed(name: str, weight: str) -> outcome.ClassifyDeviation:
        return outcome.ClassifyDeviation(participant=CODE, deviation=name, classification=weight)

    sweep = sweeper(infused)
    infused.given(
        weighed("dev-one", "critical"), weighed("dev-two", "critical"), weighed("dev-three", "minor")
    )
    swept(infused.on(7, "23:59"), sweep)
    assert of(infused, "untold") == []
    swept(infused.on(8, "00:00"), sweep)
    assert of(infused, "untold") == [("dev-one", "raised"), ("dev-two", "raised")]
    report = deviation.RecordDeviationReport(
        participant=CODE, deviation="dev-one", recipient="ethics", at=day(8, "09:00")
    )
    infused.on(9).given(report, weighed("dev-two", "minor"))
    swept(infused, sweep)
    assert of(infused, "untold") == [("dev-one", "resolved"), ("dev-two", "resolved")]
    is_as_simulated(infused)


def test_a_hazard_that_was_averted_is_told_until_somebody_is_notified_of_it(infused: Scenario) -> None:
    sweep = sweeper(infused)
    explained = deviation.ExplainDeviation(
        participant=CODE, deviation="dev-one", cause="bleeding", hazard="death"
    )
    infused.given(explained)
    swept(infused.on(6, "00:00"), sweep)
    assert of(infused, "untold") == [("dev-one hazard", "raised")]
    told = deviation.RecordHazardNotice(
        participant=CODE, deviation="dev-one", recipient="sponsor", at=day(6, "09:00")
    )
    infused.on(6, "10:00").given(told)
    swept(infused, sweep)
    assert of(infused, "untold") == [("dev-one hazard", "resolved")]
    is_as_simulated(infused)
