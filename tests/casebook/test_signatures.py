"""Signatures: they name what they cover, stay for good, and hold no longer than what they cover stands."""

from __future__ import annotations

import pytest

from adapters.keys.ed25519 import verified
from domain.casebook_record import RecordSigned
from domain.record import Role
from projections.as_of import Axis
from projections.casebook import record_rows, signature_rows
from projections.covering import fits
from projections.signing_sheet import Sheet, sheet_of
from projections.verification.signed import Trust
from projections.verification.store import verify_store
from tests.support.casebooks import signature
from tests.support.scenario import Scenario
from tests.support.trial import READINGS, TRIAL, active, course, day, of_participant, person
from workflows import course_correction, observation, outcome, participant, visit
from workflows.command import Command
from workflows.visit_correction import CorrectResultTime, VoidVisit

CODE = "S1-001"
OTHER = "S1-002"


def correction(value: str = "41") -> observation.CorrectResult:
    return observation.CorrectResult(participant=CODE, visit="baseline", result="alt", value=value)


def sheet(scenario: Scenario, record: str = "baseline", as_of: int | None = None) -> Sheet:
    return sheet_of(scenario.app.reading, scenario.view(as_of), CODE, record)


def stands(scenario: Scenario, as_of: int | None = None) -> list[str]:
    return [row.stands for row in signature_rows(scenario.app.reading, scenario.view(as_of), CODE)]


def given_signature(scenario: Scenario) -> RecordSigned:
    """The signature stored last."""
    return next(each.fact for each in reversed(scenario.records()) if isinstance(each.fact, RecordSigned))


@pytest.mark.requirement("ES-01")
def test_name_time_with_its_zone_and_meaning_stand_wherever_the_signed_record_is_shown(
    measured: Scenario,
) -> None:
    measured.given(signature(measured, CODE, "baseline"))
    [row] = signature_rows(measured.app.reading, measured.view(), CODE)
    assert (row.name, row.role, row.meaning) == ("Investigator", "investigator", "approval")
    assert row.signed_at == "2026-03-02T12:14:00+08:00[Asia/Shanghai]"
    assert "accurate, complete and attributable" in row.statement
    records = {each.record: each for each in record_rows(measured.app.reading, measured.view(), CODE)}
    assert (records["baseline"].signed_by, records["baseline"].signed_at) == (row.name, row.signed_at)
    told = given_signature(measured)
    assert told.sentence().startswith(
        "baseline signed by Investigator (investigator), meaning approval: I have"
    )
    assert told.sentence("zh").startswith("baseline 由 Investigator（研究者）签名，含义 批准：本人已审阅")


@pytest.mark.requirement("ES-02")
def test_a_signature_fits_no_other_record_no_other_participant_and_no_other_content(
    measured: Scenario,
) -> None:
    measured.given(course("measured", OTHER, place=2), signature(measured, CODE, "baseline"))
    signed, app = given_signature(measured), measured.app
    assert fits(app.reading, app.ledger, TRIAL, CODE, signed)
    for changed in ({"record": "consent"}, {"record": "casebook"}, {"covers": 14}, {"facts": 3}):
        moved = signed.model_copy(update=changed)
        assert not fits(app.reading, app.ledger, TRIAL, CODE, moved), changed
    assert not fits(app.reading, app.ledger, TRIAL, OTHER, signed)


@pytest.mark.requirement("ES-04")
def test_a_change_ends_the_currency_of_a_signature_which_stays_and_asks_for_another(
    measured: Scenario,
) -> None:
    measured.given(signature(measured, CODE, "baseline"))
    before = measured.app.reading.head(TRIAL)[0]
    assert stands(measured) == ["current"]
    measured.given(correction())
    assert stands(measured) == ["changed"]
    assert stands(measured, before) == ["current"]
    [row] = [
        each for each in record_rows(measured.app.reading, measured.view(), CODE) if each.record == "baseline"
    ]
    assert (row.status, row.signature, row.signed_by) == ("entered", "changed", "Investigator")
    measured.given(signature(measured, CODE, "baseline"))
    assert stands(measured) == ["changed", "current"]
    assert [type(each.fact).__name__ for each in measured.records()].count("RecordSigned") == 2


LAPSE: dict[str, Command] = {
    "a correction": correction(),
    "a void": observation.VoidResult(participant=CODE, visit="baseline", result="tbil"),
    "a further value": observation.RecordResults(
        participant=CODE, at=day(0, "10:30"), visit="baseline", readings=READINGS[:1], repeat=True
    ),
}
STAY: dict[str, Command] = {
    "another visit": visit.RecordVisit(participant=CODE, at=day(0, "11:00"), visit="week-4"),
    "an adverse event": outcome.RecordDecompensation(participant=CODE, at=day(0, "11:00"), type="ascites"),
    "eligibility": participant.AnswerCriteria(participant=CODE, answers={"disease": True}),
}


@pytest.mark.parametrize("what", [*LAPSE, *STAY])
def test_whatever_changes_the_record_ends_its_signature_and_nothing_else_does(
    measured: Scenario, what: str
) -> None:
    measured.given(signature(measured, CODE, "baseline"), signature(measured, CODE))
    assert stands(measured) == ["current", "current"]
    measured.given((LAPSE | STAY)[what])
    assert stands(measured) == ["changed" if what in LAPSE else "current", "changed"]


@pytest.mark.requirement("ES-06")
def test_the_sheet_tells_contents_and_what_changed_since_and_the_signature_keeps_its_hash(
    measured: Scenario,
) -> None:
    first = sheet(measured)
    stands = {each.field: each.value for each in first.values}
    assert stands["baseline/alt"] == f"40 U/L (taken {day(0, '10:30')})"
    assert (first.signed, first.since) == (0, ())
    measured.given(signature(measured, CODE, "baseline"), correction())
    again = sheet(measured)
    [since] = again.since
    assert (since.field, since.was, since.now) == ("baseline/alt", "40 U/L", "41 U/L (corrected)")
    assert (since.actor, since.reason) == ("coordinator", "transcription: typing error")
    measured.given(signature(measured, CODE, "baseline"))
    signed = given_signature(measured)
    assert signed.sheet == again.digest != first.digest
    assert sheet(measured, as_of=signed.covers).digest == signed.sheet


def test_what_one_command_takes_back_and_tells_anew_is_one_change_on_the_sheet(scenario: Scenario) -> None:
    def since() -> list[tuple[str, str, str]]:
        told = sheet_of(scenario.app.reading, scenario.view(), CODE, "course").since
        return [(each.field, each.was, each.now) for each in told]

    died = {"participant": CODE, "event": "death"}
    scenario.given(active(), course("closed")).on(60)
    scenario.given(participant.RecordDeath(participant=CODE, at=day(20), cause="liver failure"))
    scenario.given(signature(scenario, CODE, "course"))
    scenario.given(course_correction.CorrectEvent.model_validate({**died, "at": day(25)}))
    assert since() == [("died", str(day(20)), str(day(25)))]
    scenario.given(course_correction.VoidEvent.model_validate(died))
    assert since() == [
        ("died", str(day(20)), str(day(25))),
        ("died", str(day(25)), ""),
        ("cause", "liver failure", ""),
    ]


def test_a_visit_taken_back_with_its_results_tells_each_of_them_once(measured: Scenario) -> None:
    measured.given(signature(measured, CODE, "baseline"))
    measured.given(VoidVisit(participant=CODE, visit="baseline", with_results=True))
    fields = [each.field for each in sheet(measured).since]
    assert len(fields) == len(set(fields)) == 4
    assert {each.now for each in sheet(measured).since} == {""}


def test_the_sheet_tells_what_a_time_was_that_was_put_right_since(measured: Scenario) -> None:
    measured.given(signature(measured, CODE, "baseline"))
    retaken = CorrectResultTime(participant=CODE, visit="baseline", result="alt", at=day(0, "11:30"))
    measured.given(retaken)
    [since] = sheet(measured).since
    assert (since.was, since.now) == (
        f"40 U/L (taken {day(0, '10:30')})",
        f"40 U/L (taken {day(0, '11:30')})",
    )
    measured.given(signature(measured, CODE, "baseline"))
    signed = given_signature(measured)
    assert sheet(measured, as_of=signed.covers).digest == signed.sheet


def test_a_signature_of_the_casebook_signs_every_record_in_it(measured: Scenario) -> None:
    measured.given(signature(measured, CODE))
    rows = list(record_rows(measured.app.reading, measured.view(), CODE))
    assert {row.status for row in rows} == {"signed"}
    measured.given(correction())
    told = {row.record: row.signature for row in record_rows(measured.app.reading, measured.view(), CODE)}
    assert told == {
        "registration": "current",
        "consent": "current",
        "baseline": "changed",
        "casebook": "changed",
    }


def test_validity_is_told_on_the_clinical_axis_too(measured: Scenario) -> None:
    measured.given(signature(measured, CODE, "baseline"), correction())
    now = measured.app.clock.now()
    rows = signature_rows(measured.app.reading, measured.view(now, Axis.EFFECTIVE), CODE)
    assert [row.stands for row in rows] == ["changed"]


def test_only_investigators_sign_and_in_their_own_name(measured: Scenario) -> None:
    asked = signature(measured, CODE, "baseline")
    for role in (Role.COORDINATOR, Role.MONITOR, Role.DATA_MANAGER, Role.OUTCOME_ASSESSOR, Role.SYSTEM):
        measured.when(asked, person(role)).denied()
    measured.when(asked, person(Role.PRINCIPAL_INVESTIGATOR))
    assert measured.receipt.first
    assert given_signature(measured).signer == "principal_investigator"


@pytest.mark.requirement("ES-02")
def test_verification_finds_a_signature_that_was_put_into_another_history(measured: Scenario) -> None:
    measured.given(course("measured", OTHER, place=2), signature(measured, CODE, "baseline"))
    app, trust = measured.app, Trust(verified)
    assert verify_store(app.reading, app.ledger, trust).findings == ()
    measured.given(of_participant(given_signature(measured), code=OTHER))
    [finding] = verify_store(app.reading, app.ledger, trust).findings
    assert (finding.position, finding.check) == (measured.app.reading.head(TRIAL)[0], "covered")
    assert f"the signature of {OTHER} baseline is not of what stood there" in finding.what
