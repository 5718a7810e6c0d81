"""Site data change only when the investigator of the site decides: proposals, requests, data fixes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.conformance import conformance
from domain.adverse_event import AdverseEventChanged
from domain.casebook_record import ChangesAuthorised
from domain.correction import CorrectionAccepted, CorrectionFixApplied, CorrectionRequested
from domain.errors import Denied
from domain.observation import ResultCorrected
from domain.record import Attribution, Origin, Role
from domain.unblinding import Unblinded
from projections.corrections import CorrectionRow, change_rows, correction_rows
from projections.field_history import field_history
from projections.results import result_rows
from tests.support.people import CRC, PI, House, staffed
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, arm_routes, at, course, day, of_participant, person, small
from tests.workflows.refusals_of_corrections import CODE, PROPOSE, VALUE, said
from workflows import (
    adverse_event,
    consent,
    correction,
    infusion,
    observation,
    originator,
    outcome,
    participant,
    trial,
    visit,
)
from workflows.command import Command

SPONSOR_SIDE = (Role.SPONSOR, Role.MONITOR, Role.DATA_MANAGER)
DIRECT = said(observation.CorrectResult, **VALUE, value="41")
CORRECTED = ResultCorrected(visit="baseline", result="alt", value="41", unit="U/L", was="40 U/L")


def alt(scenario: Scenario) -> str:
    """What stands at baseline."""
    return next(row.value for row in result_rows(scenario.view(), CODE) if row.result == "alt")


def only(scenario: Scenario) -> CorrectionRow:
    """The one correction there is."""
    (row,) = correction_rows(scenario.view())
    return row


def on(kind: type[Command], scenario: Scenario, **fields: object) -> Command:
    """A step on the one correction there is."""
    return said(kind, correction=only(scenario).correction, **fields)


def by_house(house: House, name: str, role: Role, command: Command) -> None:
    """Let somebody who is signed in issue a command, with a reason."""
    house.wait()
    by = replace(house.by(name, role), reason_text="misread at the source", reason_code="transcription")
    house.app.engine.execute(TRIAL, command, by)


def denied(house: House, name: str, role: Role, command: Command) -> str:
    """The code with which somebody who is signed in is denied a command."""
    with pytest.raises(Denied) as error:
        by_house(house, name, role, command)
    return error.value.code


@pytest.mark.requirement("CO-04")
@pytest.mark.parametrize("role", SPONSOR_SIDE)
def test_the_sponsors_side_writes_no_site_data_and_what_it_proposes_changes_none(
    scenario: Scenario, role: Role
) -> None:
    scenario.given(active(), course("measured"))
    scenario.when(DIRECT, person(role)).denied()
    scenario.when(said(observation.VoidResult, **VALUE), person(role)).denied()
    before = alt(scenario)
    scenario.when(PROPOSE, person(role)).receipt  # noqa: B018 - raises when refused
    assert (alt(scenario), only(scenario).status, only(scenario).role) == (before, "open", role)
    scenario.when(on(correction.AcceptCorrection, scenario), person(role)).denied()


@pytest.mark.requirement("CO-04")
def test_the_investigator_accepts_and_the_correction_is_made_in_the_same_command(scenario: Scenario) -> None:
    scenario.given(active(), course("measured"))
    scenario.when(PROPOSE, person(Role.MONITOR))
    accepted = CorrectionAccepted(correction=only(scenario).correction, decided_by="investigator")
    scenario.when(on(correction.AcceptCorrection, scenario), person(Role.INVESTIGATOR))
    scenario.then(accepted, CORRECTED)
    assert (only(scenario).status, only(scenario).was, alt(scenario)) == ("accepted", "40 U/L", "41")


@pytest.mark.requirement("CO-04")
def test_what_the_investigator_rejects_stays_as_it_was(scenario: Scenario) -> None:
    scenario.given(active(), course("measured"))
    scenario.when(PROPOSE, person(Role.DATA_MANAGER))
    scenario.given(on(correction.RejectCorrection, scenario, ground="the source says 40"))
    assert (only(scenario).status, only(scenario).answer, alt(scenario)) == (
        "rejected",
        "the source says 40",
        "40",
    )


def test_a_value_can_be_proposed_to_be_void_and_a_grade_to_be_another(scenario: Scenario) -> None:
    scenario.given(active(), course("measured"))
    scenario.when(said(correction.ProposeCorrection, **VALUE), person(Role.MONITOR))
    scenario.given(on(correction.AcceptCorrection, scenario))
    grade = said(correction.ProposeCorrection, visit="baseline", result="ascites", value="none")
    below = said(correction.ProposeCorrection, visit="baseline", result="tbil", value="<4.9")
    for each in (grade, below):
        scenario.when(each, person(Role.MONITOR))
        waiting = next(correction_rows(scenario.view(), waiting=True))
        scenario.given(said(correction.AcceptCorrection, correction=waiting.correction))
    rows = {row.result: row for row in result_rows(scenario.view(), CODE)}
    assert (rows["alt"].state, rows["ascites"].value) == ("voided", "none")
    assert (rows["tbil"].comparator, rows["tbil"].value) == ("<", "4.9")


@pytest.mark.requirement("CO-04", "CO-06")
def test_it_is_the_investigator_of_the_site_who_decides_and_who_signs_for_it(scenario: Scenario) -> None:
    house: House = staffed(scenario)
    for command in course("measured"):
        house.do(CRC, Role.COORDINATOR, command)
    house.join("he.inv", Role.INVESTIGATOR, "S2")
    house.prepare("he.inv", site="S2")
    by_house(house, "sun.dm", Role.DATA_MANAGER, PROPOSE)
    accept = on(correction.AcceptCorrection, scenario)
    assert denied(house, "he.inv", Role.INVESTIGATOR, accept) == "access.other_site"
    assert denied(house, PI, Role.PRINCIPAL_INVESTIGATOR, accept) == "signature.not_authenticated"
    house.confirm(PI, accept)
    by_house(house, PI, Role.PRINCIPAL_INVESTIGATOR, accept)
    assert (only(scenario).status, only(scenario).decided_by, alt(scenario)) == ("accepted", PI, "41")
    assert house.last().authentication.startswith("signed")


@pytest.mark.requirement("CO-05")
def test_what_a_participant_entered_is_corrected_on_request_with_evidence_and_both_stay(
    scenario: Scenario,
) -> None:
    scenario.given(active(), course("baseline"))
    diary = observation.RecordResults(
        participant=CODE,
        at=day(0, "10:30"),
        visit="baseline",
        readings=(observation.Reading(item="alt", value="40", unit="U/L"),),
    )
    scenario.given(originator.RegisterOriginator(source="ediary-7", kind="device", about="a diary"))
    scenario.when(diary, Attribution("ediary", Role.SYSTEM, origin=Origin.DEVICE, origin_id="ediary-7"))
    asked = said(correction.RequestCorrection, **VALUE, value="41", evidence="diary page 3")
    scenario.when(asked, person(Role.COORDINATOR))
    (fact,) = [each.fact for each in scenario.records() if isinstance(each.fact, CorrectionRequested)]
    assert (fact.requester, fact.evidence, fact.was) == ("participant", "diary page 3", "40 U/L")
    assert alt(scenario) == "40"
    scenario.given(on(correction.AcceptCorrection, scenario))
    (row,) = result_rows(scenario.view(), CODE)
    assert (row.value, row.was) == ("41", ("40 U/L",))
    assert (only(scenario).requester, only(scenario).source) == ("participant", "diary page 3")
    first, last = field_history(scenario.app.reading, scenario.view(), CODE, "baseline/alt")
    assert (first.entry.command.attribution.origin_id, last.what) == ("ediary-7", "corrected")


@pytest.mark.requirement("CO-06")
def test_after_unblinding_a_change_needs_the_signed_word_of_an_investigator_and_is_flagged(
    scenario: Scenario,
) -> None:
    unblinded = participant.RecordUnblinding(
        participant=CODE, at=day(0, "12:50"), kind="emergency", informed=("the surgeon",), reason="operation"
    )
    earlier = said(observation.CorrectResult, visit="baseline", result="tbil", value="5.2")
    scenario.given(active(), course("randomized"), earlier, unblinded)
    scenario.when(DIRECT).refused("correction.after_unblinding")
    scenario.when(DIRECT, person(Role.INVESTIGATOR)).refused("correction.after_unblinding")
    scenario.when(PROPOSE, person(Role.COORDINATOR))
    assert correction.AcceptCorrection.SIGNS
    unjustified = person(Role.INVESTIGATOR, "")
    scenario.when(on(correction.AcceptCorrection, scenario), unjustified).refused("correction.no_reason")
    scenario.given(on(correction.AcceptCorrection, scenario))
    (accepted,) = [each.fact for each in scenario.records() if isinstance(each.fact, CorrectionAccepted)]
    assert accepted.after_unblinding
    assert "after unblinding" in accepted.sentence()
    assert only(scenario).after_unblinding
    flags = {
        event.change.place.path: event.after_unblinding
        for event in field_history(scenario.app.reading, scenario.view(), CODE)
        if event.what == "corrected"
    }
    assert flags["baseline/alt"]
    assert not flags["baseline/tbil"]
    assert any(isinstance(each.fact, Unblinded) for each in scenario.records())


@pytest.mark.requirement("CO-06")
def test_what_is_changed_of_an_event_after_unblinding_is_recorded_flagged_and_waits_to_be_signed_for(
    scenario: Scenario,
) -> None:
    happened = said(adverse_event.RecordAdverseEvent, at=day(0, "11:00"), term="fever", severity="mild")
    before = said(
        adverse_event.RecordAdverseEventChange, at=day(0, "12:00"), event="ae-1", severity="moderate"
    )
    worse = said(adverse_event.RecordAdverseEventChange, at=day(0, "13:00"), event="ae-1", severity="severe")
    told = {"kind": "emergency", "informed": ("the surgeon",), "reason": "operation"}
    disclosed = said(participant.RecordUnblinding, at=day(0, "12:50"), **told)
    assessed = said(participant.AssessUnblinding, assessment="nothing was assessed after it")
    scenario.given(active(), course("randomized"), happened, before, disclosed, assessed)
    assert list(change_rows(scenario.view())) == []
    scenario.on(1).when(worse).then(AdverseEventChanged(event="ae-1", severity="severe"))
    change = scenario.position(AdverseEventChanged, 2)
    (row,) = change_rows(scenario.view())
    assert (row.record, row.fact, row.status) == ("ae-1", change, "waiting")
    flags = {
        event.entry.record.position: event.after_unblinding
        for event in field_history(scenario.app.reading, scenario.view(), CODE)
        if event.change.place.path.endswith("severity")
    }
    assert [position for position, is_flagged in flags.items() if is_flagged] == [change]
    scenario.given(trial.CloseEnrolment())
    scenario.when(trial.LockTrial()).refused("lock.change_unauthorised")
    authorise = said(correction.AuthoriseChanges, facts=(change,))
    assert correction.AuthoriseChanges.SIGNS
    scenario.when(authorise, person(Role.COORDINATOR)).denied()
    scenario.when(authorise, person(Role.INVESTIGATOR, "")).refused("correction.no_reason")
    scenario.when(authorise, person(Role.INVESTIGATOR))
    scenario.then(ChangesAuthorised(facts=(change,), decided_by="investigator"))
    scenario.when(authorise).refused("correction.nothing_to_authorise")
    (row,) = change_rows(scenario.view())
    assert (row.status, row.authorised_by) == ("authorised", "investigator")
    assert unexplained(scenario) == []
    scenario.when(trial.LockTrial()).receipt  # noqa: B018 - raises when refused


@pytest.mark.requirement("CO-06")
def test_a_visit_a_grade_an_infusion_and_a_month_of_birth_changed_after_unblinding_wait_too(
    scenario: Scenario,
) -> None:
    told = {"kind": "accidental", "informed": ("the surgeon",), "reason": "a chart"}
    scenario.given(
        active(),
        course("ordered"),
        said(infusion.SkipInfusion, reason="fever"),
        said(consent.RecordBirth, born=at("1976-03")),
        said(outcome.RecordDecompensation, at=day(0, "11:00"), type="ascites", grade="1"),
        said(visit.RecordMissedVisit, at=day(0, "12:40"), visit="week-4"),
        said(participant.RecordUnblinding, at=day(0, "12:50"), **told),
    )
    scenario.on(28).given(
        said(visit.RecordVisit, at=day(28, "09:00"), visit="week-4"),
        said(outcome.GradeDecompensation, at=day(20), episode="ascites-1", grade="2"),
        said(consent.RecordBirth, born=at("1976-04")),
        said(outcome.RecordDecompensation, at=day(20), type="bleeding"),
        said(infusion.RecordInfusion, at=day(1, "09:00"), route=arm_routes(small())[0]),
    )
    waiting = list(change_rows(scenario.view(), CODE, waiting=True))
    assert [each.record for each in waiting] == [
        "week-4",
        "ascites-1",
        "registration",
        "infusion-1",
    ]
    scenario.given(said(correction.AuthoriseChanges, facts=[each.fact for each in waiting]))
    assert list(change_rows(scenario.view(), CODE, waiting=True)) == []


@pytest.mark.requirement("CO-08")
def test_a_data_fix_goes_through_the_application_under_a_ticket_once_two_have_approved(
    scenario: Scenario,
) -> None:
    scenario.given(active(), course("measured"))
    fix = said(correction.RequestFix, **VALUE, value="41", ticket="T-118")
    scenario.when(fix, person(Role.DATA_MANAGER))
    apply_fix = on(correction.ApplyFix, scenario)
    scenario.when(apply_fix).refused("fix.not_approved")
    scenario.given(on(correction.ApproveFix, scenario))
    scenario.when(apply_fix).refused("fix.not_approved")
    assert (only(scenario).status, alt(scenario)) == ("half_approved", "40")
    scenario.when(on(correction.ApproveFix, scenario), person(Role.PRINCIPAL_INVESTIGATOR))
    approvals = ("investigator", "principal_investigator")
    applied = CorrectionFixApplied(correction=only(scenario).correction, ticket="T-118", approvals=approvals)
    scenario.when(apply_fix).then(applied, CORRECTED)
    assert (only(scenario).status, only(scenario).source, alt(scenario)) == ("applied", "T-118", "41")


def unexplained(scenario: Scenario) -> list[str]:
    """The rules that a replay finds broken with nothing to explain it."""
    view = scenario.view()
    found = conformance(scenario.app, view, scenario.app.unseal(view.trial, Role.MONITOR))
    return [each.refusal.rule.code for each in found.unexplained]


@pytest.mark.requirement("CO-06", "CO-08")
def test_a_replay_finds_what_was_signed_for_in_order_and_a_change_past_every_rule_not(
    scenario: Scenario,
) -> None:
    told = {"kind": "emergency", "informed": ("the surgeon",), "reason": "operation"}
    disclosed = said(participant.RecordUnblinding, at=day(0, "12:50"), **told)
    scenario.given(active(), course("randomized"), disclosed)
    scenario.when(PROPOSE, person(Role.MONITOR))
    scenario.given(on(correction.AcceptCorrection, scenario))
    fix = said(correction.RequestFix, visit="baseline", result="tbil", value="5.4", ticket="T-9")
    scenario.when(fix, person(Role.DATA_MANAGER))
    waiting = next(correction_rows(scenario.view(), waiting=True)).correction
    for role in (Role.INVESTIGATOR, Role.PRINCIPAL_INVESTIGATOR):
        scenario.when(said(correction.ApproveFix, correction=waiting), person(role)).receipt  # noqa: B018
    scenario.given(said(correction.ApplyFix, correction=waiting))
    assert unexplained(scenario) == []
    planted = ResultCorrected(visit="baseline", result="alt", value="50", unit="U/L", was="41 U/L")
    scenario.given(of_participant(planted))
    assert "correction.after_unblinding" in unexplained(scenario)
