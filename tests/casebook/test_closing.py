"""Freezing and locking below the trial: what they stop, what goes on, and how they are opened again."""

from __future__ import annotations

import pytest

from domain.casebook_record import RecordLocked, RecordUnlocked
from domain.correction import Correction
from domain.errors import Refused
from domain.observation import ResultCorrected
from domain.participant import Died
from domain.query import QueryAnswered, QueryOpened
from domain.record import Role
from domain.trial import Locked
from domain.unblinding import Unblinded, UnblindingAssessed
from projections.casebook import record_rows
from projections.locking import against_locking
from projections.rebuild import compare
from tests.support.casebooks import signature, verification
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course, day, of_participant, of_query, person, small
from workflows import (
    adverse_event,
    casebook_record,
    correction,
    observation,
    participant,
    query,
    trial,
    unblinding,
    visit,
)
from workflows.command import Command
from workflows.conformance import replay

CODE = "S1-001"
CHANGE = observation.CorrectResult(participant=CODE, visit="baseline", result="alt", value="41")
DEATH = participant.RecordDeath(participant=CODE, at=day(0, "11:30"), cause="liver failure")
PLANNED = small({"review": {"sign_offs": [{"id": "baseline", "days": 14, "roles": ["investigator"]}]}})

SCOPES: dict[str, dict[str, str]] = {
    "record": {"participant": CODE, "record": "baseline"},
    "casebook": {"participant": CODE},
    "site": {"site": "S1"},
}


def closing(kind: type[casebook_record.OnClosing], scope: str) -> casebook_record.OnClosing:
    return kind.model_validate(SCOPES[scope])


@pytest.mark.requirement("DR-03")
@pytest.mark.parametrize("scope", SCOPES)
def test_what_is_frozen_or_locked_is_not_edited_until_it_is_opened_again(
    measured: Scenario, scope: str
) -> None:
    measured.given(closing(casebook_record.FreezeRecord, scope))
    measured.when(CHANGE).refused("record.frozen")
    measured.given(closing(casebook_record.UnfreezeRecord, scope))
    measured.given(closing(casebook_record.LockRecord, scope))
    measured.when(CHANGE).refused("record.locked")
    measured.when(closing(casebook_record.UnlockRecord, scope)).refused("record.unlock_not_requested")
    request = closing(casebook_record.RequestRecordUnlock, scope)
    measured.when(request, person(Role.DATA_MANAGER))
    measured.when(closing(casebook_record.UnlockRecord, scope), person(Role.DATA_MANAGER)).refused(
        "record.unlock_same_person"
    )
    measured.when(closing(casebook_record.UnlockRecord, scope), person(Role.PRINCIPAL_INVESTIGATOR))
    assert measured.receipt.first
    measured.given(CHANGE)
    assert compare(measured.app.reading, TRIAL)[1] == []


@pytest.mark.requirement("DR-03")
def test_unlocking_needs_a_reason_and_stays_in_the_history_with_both_people(measured: Scenario) -> None:
    locked = closing(casebook_record.LockRecord, "casebook")
    request = closing(casebook_record.RequestRecordUnlock, "casebook")
    measured.given(locked)
    measured.when(request, person(Role.INVESTIGATOR, "")).refused("record.no_reason")
    measured.given(request)
    measured.when(closing(casebook_record.UnlockRecord, "casebook"), person(Role.DATA_MANAGER, "it is real"))
    [entry] = list(measured.app.reading.entries(TRIAL, after=measured.receipt.first - 1))
    assert isinstance(entry.record.fact, RecordUnlocked)
    assert entry.command.attribution.reason_text == "it is real"
    told = [each.fact.sentence() for each in measured.records()][-2]
    assert told == "Unlocking asked for by investigator: casebook"


def test_a_trial_is_unlocked_by_two_people(measured: Scenario) -> None:
    measured.given(trial.CloseEnrolment(), trial.LockTrial())
    measured.when(trial.UnlockTrial()).refused("trial.unlock_not_requested")
    measured.when(trial.RequestTrialUnlock(), person(Role.DATA_MANAGER))
    measured.when(trial.UnlockTrial(), person(Role.DATA_MANAGER)).refused("trial.unlock_same_person")
    measured.given(trial.UnlockTrial(), CHANGE)
    assert measured.view().trial.unlock_requested_by == ""


def test_a_freeze_stops_what_is_entered_and_not_what_happens_nor_what_reviews(measured: Scenario) -> None:
    measured.given(closing(casebook_record.FreezeRecord, "casebook"))
    measured.when(visit.RecordVisit(participant=CODE, at=day(0, "11:00"), visit="week-4")).refused(
        "record.frozen"
    )
    measured.given(verification(measured, CODE, "baseline/alt"), signature(measured, CODE, "baseline"))
    measured.given(query.OpenQuery(participant=CODE, text="which unit?"))
    measured.when(DEATH).then(Died(cause="liver failure"))
    rows = {row.record: row for row in record_rows(measured.app.reading, measured.view(), CODE)}
    assert (rows["baseline"].status, rows["baseline"].closed) == ("signed", "frozen")


def test_what_happened_while_frozen_is_assessed_while_frozen(measured: Scenario) -> None:
    measured.given(of_participant(DISCLOSED), closing(casebook_record.FreezeRecord, "casebook"))
    measured.given(
        adverse_event.RecordAdverseEvent(
            participant=CODE, at=day(0, "11:30"), term="Fever", severity="severe", serious=True
        ),
        adverse_event.AssessCausality(
            participant=CODE, event="ae-1", causality="possible", expected=False, why="six hours after"
        ),
        participant.AssessUnblinding(participant=CODE, assessment="the assessor knows nothing"),
    )
    assert against(measured) == []
    entered = visit.RecordVisit(participant=CODE, at=day(0, "11:00"), visit="week-4")
    measured.when(entered).refused("record.frozen")


def test_the_blind_is_broken_in_an_emergency_though_the_casebook_is_locked(scenario: Scenario) -> None:
    scenario.given(active(), course("randomized"), closing(casebook_record.LockRecord, "casebook"))
    scenario.when(DEATH).refused("record.locked")
    scenario.when(unblinding.BreakBlind(participant=CODE), person(Role.INVESTIGATOR, "anaphylaxis"))
    assert scenario.receipt.first


def test_another_participant_and_another_record_stay_open(measured: Scenario) -> None:
    measured.given(course("measured", "S1-002", place=2), closing(casebook_record.LockRecord, "record"))
    other = CHANGE.model_copy(update={"participant": "S1-002"})
    measured.given(other, visit.RecordVisit(participant=CODE, at=day(0, "11:30"), visit="week-4"))


def test_while_the_trial_is_frozen_records_are_verified_and_signed_and_while_it_is_locked_they_are_not(
    measured: Scenario,
) -> None:
    measured.given(trial.CloseEnrolment(), trial.FreezeTrial())
    measured.given(verification(measured, CODE, "baseline/alt"), signature(measured, CODE, "baseline"))
    measured.given(trial.LockTrial())
    measured.when(verification(measured, CODE, "baseline/tbil")).refused("trial.locked")
    measured.when(signature(measured, CODE)).refused("trial.locked")


def test_an_accepted_proposal_changes_no_frozen_record_either(measured: Scenario) -> None:
    proposal = correction.ProposeCorrection(
        participant=CODE, visit="baseline", result="alt", value="41", unit="U/L"
    )
    measured.given(proposal, closing(casebook_record.FreezeRecord, "record"))
    [asked] = measured.view().singles(Correction)
    accepted = correction.AcceptCorrection(participant=CODE, correction=asked)
    measured.when(accepted, person(Role.INVESTIGATOR)).refused("record.frozen")


# ---------------------------------------------------------------- what stands against a lock

ASKED = QueryOpened(query="Q-1", participant=CODE, visit="baseline", text="right?")
DISCLOSED = Unblinded(kind="accidental", informed=("the surgeon",), reason="a chart")


def against(scenario: Scenario, **of: str) -> list[str]:
    found = against_locking(scenario.app.reading, scenario.view(), **of)
    return [f"{each.against} {each}" for each in found]


def test_everything_that_stands_against_a_lock_is_listed_and_the_refusal_names_it(scenario: Scenario) -> None:
    scenario.given(active(PLANNED), course("measured", document=PLANNED))
    signed = signature(scenario, CODE, "baseline")
    scenario.given(of_query(ASKED), signed, CHANGE, of_participant(DISCLOSED))
    assert against(scenario) == [
        "lock.query_open S1-001 baseline Q-1",
        "lock.signature_lapsed S1-001 baseline changed since it was signed",
        "lock.disclosure_unassessed S1-001 unblinding of 2026-03-02T11:00+08:00[Asia/Shanghai]",
    ]
    assert against(scenario, participant=CODE, record="consent") == []
    error = scenario.when(closing(casebook_record.LockRecord, "record")).refused("lock.query_open")
    assert "S1-001 baseline Q-1" in error.message


@pytest.mark.requirement("RN-06")
def test_an_open_assessment_of_a_disclosure_blocks_every_lock_until_it_is_made(measured: Scenario) -> None:
    measured.given(of_participant(DISCLOSED), trial.CloseEnrolment())
    locks: list[Command] = [
        trial.LockTrial(),
        closing(casebook_record.LockRecord, "site"),
        closing(casebook_record.LockRecord, "casebook"),
    ]
    for lock in locks:
        measured.when(lock).refused("lock.disclosure_unassessed")
    measured.given(participant.AssessUnblinding(participant=CODE, assessment="the assessor knows nothing"))
    assert against(measured) == []
    measured.when(locks[0]).then(Locked())
    told = [each.fact for each in measured.records() if isinstance(each.fact, Unblinded | UnblindingAssessed)]
    assert len(told) == 2


def test_locks_go_through_once_nothing_stands_against_them(scenario: Scenario) -> None:
    scenario.given(active(PLANNED), course("measured", document=PLANNED), of_query(ASKED))
    scenario.given(query.AnswerQuery(query="Q-1", answer="yes"), query.CloseQuery(query="Q-1"))
    scenario.when(closing(casebook_record.LockRecord, "record")).refused("lock.unsigned")
    scenario.given(signature(scenario, CODE, "baseline"))
    scenario.when(closing(casebook_record.LockRecord, "record")).then(RecordLocked(record="baseline"))
    scenario.given(trial.CloseEnrolment(), trial.LockTrial())


def test_a_change_that_came_past_the_lock_is_found_by_conformance(measured: Scenario) -> None:
    measured.given(closing(casebook_record.LockRecord, "record"))
    changed = ResultCorrected(visit="baseline", result="alt", value="41", unit="U/L", was="40 U/L")
    measured.given(of_participant(changed))
    found = replay(TRIAL, measured.app.reading.entries(TRIAL), lambda _sealed: None)
    codes = [each.rule.code for each in found if each.entry.record.fact == changed]
    assert "record.locked" in codes


def test_a_whole_course_of_signing_and_locking_conforms(measured: Scenario) -> None:
    measured.given(verification(measured, CODE, "baseline"), signature(measured, CODE, "baseline"))
    for scope in SCOPES:
        measured.given(closing(casebook_record.FreezeRecord, scope))
        measured.given(closing(casebook_record.LockRecord, scope))
        measured.given(closing(casebook_record.RequestRecordUnlock, scope))
        measured.given(closing(casebook_record.UnlockRecord, scope))
    found = list(replay(TRIAL, measured.app.reading.entries(TRIAL), lambda _sealed: None))
    assert [(each.rule.code, each.entry.record.fact) for each in found] == []


def test_answering_a_query_goes_on_while_the_record_is_frozen(measured: Scenario) -> None:
    measured.given(of_query(ASKED), closing(casebook_record.FreezeRecord, "record"))
    measured.when(query.AnswerQuery(query="Q-1", answer="yes")).then(QueryAnswered(query="Q-1", answer="yes"))
    assert isinstance(measured.when(CHANGE).error, Refused)
