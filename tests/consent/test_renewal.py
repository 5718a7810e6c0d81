"""Consents to be given anew follow from what asks for them, hold the next procedure back, and are settled."""

from __future__ import annotations

from decimal import Decimal

import pytest

from adapters.conformance import conformance
from domain.consent_given import ReconsentRequested
from domain.record import Role
from domain.renewal import OF_AGE, came_of_age, outstanding, renewals
from projections.consents import DueRow, due_rows
from projections.deviations import deviations
from projections.ports import sealed_to_all
from tests.support.alerts import sweeper, swept, telling, told
from tests.support.scenario import Scenario
from tests.support.trial import RENEWED, active, amended, at, course, day, small
from tests.workflows.refusals_of_consent import ASKED, CODE, OTHER, form
from workflows import consent, infusion, participant, visit
from workflows.command import Command

HELD = {"consent.renewal_hold": "overdue", "consent.renewal_days": 10}
NEW = form("1.1", 1, sha256=OTHER, renews=True, summary="a case of embolism")
GROWING = small({"consent.legal_age": 18, "eligibility.minimum_age": 16, "consent.renewal_days": 10})


def signed(on: int, version: str = "1.1", **fields: object) -> Command:
    known = {"participant": CODE, "at": day(on, "09:00"), "version": version, "language": "zh-CN"}
    return participant.RecordConsent.model_validate(known | fields)


def due(scenario: Scenario) -> list[tuple[str, str, str]]:
    return [(row.subject, row.cause, row.status) for row in due_rows(scenario.view())]


def rules(scenario: Scenario) -> list[tuple[str, str]]:
    """The deviations about consent, each with its subject."""
    found = deviations(scenario.view(), sealed_to_all)
    return [(each.rule, each.subject) for each in found if each.rule.startswith("consent.")]


@pytest.mark.requirement("IC-04")
def test_new_information_makes_a_consent_due_for_everyone_who_consented_before_and_stores_nothing(
    scenario: Scenario,
) -> None:
    scenario.given(active(small(HELD)), form(), course("consented"), course("consented", "S1-002"))
    before = len(scenario.records())
    scenario.on(1).given(form("1.1", 1, sha256=OTHER, renews=True, summary="a case of embolism"))
    assert len(scenario.records()) == before + 1
    rows: list[DueRow] = list(due_rows(scenario.view()))
    assert [(row.participant, row.subject, row.cause, row.status, row.summary) for row in rows] == [
        (code, "1.1", "document", "due", "a case of embolism") for code in ("S1-001", "S1-002")
    ]
    scenario.on(2).given(signed(2))
    assert [row.participant for row in due_rows(scenario.view())] == ["S1-002"]
    assert [row.status for row in due_rows(scenario.on(13).view())] == ["overdue"]


@pytest.mark.requirement("IC-04")
def test_while_it_is_overdue_the_next_procedure_waits_until_it_is_given(
    scenario: Scenario,
) -> None:
    appointment = visit.ScheduleVisit(participant=CODE, visit="week-4", appointment=day(30))
    scenario.given(active(small(HELD)), form(), course("closed"), NEW).on(9)
    scenario.given(visit.ScheduleVisit(participant=CODE, visit="week-4", appointment=day(29)))
    assert [row.holds for row in due_rows(scenario.view())] == [False]
    scenario.on(12).when(appointment).refused("consent.renewal_holds")
    assert [row.holds for row in due_rows(scenario.view())] == [True]
    scenario.given(signed(12)).given(appointment)
    assert due(scenario) == []


@pytest.mark.requirement("IC-04")
def test_what_happened_although_it_was_held_is_recorded_and_deviates_for_good(scenario: Scenario) -> None:
    scenario.given(active(small(HELD)), form(), course("closed"), NEW).on(28)
    scenario.given(visit.RecordVisit(participant=CODE, at=day(28, "09:00"), visit="week-4"))
    assert rules(scenario) == [("consent.renewal_overdue", "1.1"), ("consent.procedure_held", "week-4")]
    scenario.on(30).given(signed(29))
    assert rules(scenario) == [("consent.renewal_overdue", "1.1"), ("consent.procedure_held", "week-4")]


def test_a_procedure_of_the_day_on_which_it_was_given_was_not_held(scenario: Scenario) -> None:
    scenario.given(active(small(HELD)), form(), course("closed"), NEW).on(28)
    came = visit.RecordVisit(participant=CODE, at=day(28), visit="week-4")
    scenario.given(signed(28), came)
    assert rules(scenario) == [("consent.renewal_overdue", "1.1")]


def test_nothing_is_held_where_the_protocol_says_so_and_an_infusion_that_runs_goes_on(
    scenario: Scenario,
) -> None:
    scenario.given(active(), course("started"), ASKED).on(40)
    scenario.given(visit.ScheduleVisit(participant=CODE, visit="week-12", appointment=day(80)))
    resumed = [infusion.PauseInfusion(participant=CODE, reason="chills")]
    scenario.given(resumed, infusion.ResumeInfusion(participant=CODE))


def test_a_protocol_version_asks_those_who_consented_to_an_earlier_form(scenario: Scenario) -> None:
    scenario.given(active(), course("consented"), amended(small(RENEWED)))
    assert due(scenario) == [("2.0", "protocol", "due")]
    scenario.given(course("screened", "S1-002"), signed(0, "2.0", participant="S1-002", at=day(0, "12:30")))
    assert due(scenario) == [("2.0", "protocol", "due")]


def test_one_version_is_asked_for_once_whatever_asks_for_it(scenario: Scenario) -> None:
    scenario.given(active(), course("consented"), ASKED, amended(small(RENEWED)))
    assert due(scenario) == [("2.0", "request", "due")]
    (asked,) = renewals(scenario.view().trial, scenario.view().participants()[CODE])
    assert asked.since.fact == scenario.position(ReconsentRequested)


def test_a_newer_document_settles_what_an_older_one_asked_for(scenario: Scenario) -> None:
    newest = form("1.2", 3, sha256="2f" * 32, renews=True, summary="a second case")
    scenario.given(active(), form(), course("consented"), NEW).on(3).given(newest)
    assert [subject for subject, _, _ in due(scenario)] == ["1.1", "1.2"]
    scenario.on(4).given(signed(4, "1.2"))
    assert due(scenario) == []


def test_nothing_is_due_once_the_course_has_ended(scenario: Scenario) -> None:
    scenario.given(active(), form(), course("consented"), NEW).on(4)
    scenario.given(participant.RecordDeath(participant=CODE, at=day(3)))
    known = scenario.view().participants()[CODE]
    assert outstanding(scenario.view().trial, known, scenario.clock.moment) == ()
    assert rules(scenario.on(40)) == []


@pytest.mark.requirement("IC-08")
def test_who_comes_of_age_is_asked_for_an_own_consent_from_that_month_on(scenario: Scenario) -> None:
    minor = participant.PreScreen(participant=CODE, site="S1", sex="male", age=Decimal(17))
    scenario.given(active(GROWING), minor, course("consented")[1:])
    scenario.given(consent.RecordBirth(participant=CODE, born=at("2008-04")))
    assert due(scenario.on(29)) == []
    assert due(scenario.on(30)) == [(OF_AGE, "of_age", "due")]
    assert due(scenario.on(69)) == [(OF_AGE, "of_age", "due")]
    assert due(scenario.on(70)) == [(OF_AGE, "of_age", "overdue")]
    scenario.given(signed(70, "1.0"))
    assert due(scenario) == []


@pytest.mark.requirement("IC-08")
def test_an_adult_and_one_whose_birth_is_not_recorded_are_not_asked(scenario: Scenario) -> None:
    scenario.given(active(GROWING), course("consented"), course("consented", "S1-002"))
    scenario.given(consent.RecordBirth(participant=CODE, born=at("1970")))
    assert due(scenario.on(400)) == []


def test_coming_of_age_is_known_as_exactly_as_the_birth() -> None:
    assert came_of_age(at("2008-04"), 18) == at("2026-04")
    assert came_of_age(at("2008"), 18) == at("2026")


def test_a_birth_that_was_recorded_wrongly_is_put_right_with_a_reason(scenario: Scenario) -> None:
    scenario.given(active(GROWING), course("consented"))
    scenario.given(consent.RecordBirth(participant=CODE, born=at("2009")))
    scenario.given(consent.RecordBirth(participant=CODE, born=at("2008-04")))
    known = scenario.view().participants()[CODE].born
    assert known is not None
    assert known.at == at("2008-04")


def about_renewal(scenario: Scenario) -> list[tuple[str, str]]:
    """The alerts of renewed consents: what each is about, and how it stands."""
    return [(each.subject, each.status) for each in told(scenario) if each.rule == "reconsent_overdue"]


@pytest.mark.requirement("IC-04")
def test_people_are_told_of_new_information_that_nobody_signed_in_time(scenario: Scenario) -> None:
    scenario.given(active(telling()), form(), course("consented"), NEW)
    sweep = sweeper(scenario)
    swept(scenario, sweep)
    assert about_renewal(scenario) == []
    swept(scenario.on(15), sweep)
    assert about_renewal(scenario) == [("1.1", "raised")]
    scenario.given(signed(15))
    swept(scenario, sweep)
    assert about_renewal(scenario) == [("1.1", "resolved")]


@pytest.mark.requirement("IC-08")
def test_people_are_told_of_who_came_of_age(scenario: Scenario) -> None:
    plan = telling({"consent.legal_age": 18, "eligibility.minimum_age": 16})
    scenario.given(active(plan), course("consented"))
    scenario.given(consent.RecordBirth(participant=CODE, born=at("2008-04")))
    swept(scenario.on(40))
    assert about_renewal(scenario) == []
    swept(scenario.on(44))
    assert about_renewal(scenario) == [(OF_AGE, "raised")]


@pytest.mark.requirement("IC-04")
def test_the_replay_of_the_history_and_the_deviation_log_explain_each_other(scenario: Scenario) -> None:
    scenario.given(active(small(HELD)), form(), course("closed"), NEW).on(28)
    scenario.given(visit.RecordVisit(participant=CODE, at=day(28, "09:00"), visit="week-4"))
    scenario.given(signed(28, at=day(28, "11:00")))
    view = scenario.view()
    found = conformance(scenario.app, view, scenario.app.unseal(view.trial, Role.MONITOR))
    assert found.unexplained == ()
    assert [(each.refusal.rule.code, each.why) for each in found.verdicts] == [
        ("consent.renewal_holds", "explained")
    ]
    (mirrored,) = [each for each in found.deviations if each.deviation.rule == "consent.procedure_held"]
    assert mirrored.refused_at
