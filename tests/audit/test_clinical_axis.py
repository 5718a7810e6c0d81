"""The clinical axis tells what had happened by an instant, whenever it was entered, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.clinical_time import Instant
from domain.correction import Correction
from domain.record import Entry
from domain.safety import SafetyReport
from projections.as_of import Axis, View
from projections.casebook import record_rows
from projections.compare import differences
from projections.field_history import field_history
from projections.trail import Wanted, concerns, trail
from projections.trail_reviews import review_rows
from tests.audit.course import terminal
from tests.support.commands import CODES
from tests.support.scenario import Scenario
from tests.support.trial import active, course, day
from workflows import casebook_record, correction, participant, trial

LATE = "S1-006"
"""Put on the screening log on day 40, with a consent and a visit of day 0."""


def on(scenario: Scenario, number: int, clock: str = "00:00") -> View:
    return scenario.view(Instant.of(day(number, clock).earliest), Axis.EFFECTIVE)


def test_who_was_entered_late_is_there_from_what_happened_first(played: Scenario) -> None:
    assert on(played, 0, "08:59").participant(LATE) is None
    early = on(played, 3)
    known = early.participants()[LATE]
    assert (known.status, known.consent_versions) == ("eligible", ("1.0",))
    assert early.visits(LATE)[LATE].keys() == {"baseline"}
    assert known == early.participant(LATE)


def test_a_report_that_was_opened_after_it_had_been_sent_is_there_once_it_was_sent(played: Scenario) -> None:
    assert on(played, 20, "14:59").single(SafetyReport, "S1-001/ae-1") is None
    report = on(played, 20, "15:01").single(SafetyReport, "S1-001/ae-1")
    assert report is not None
    assert [each.recipient for each in report.sent_to("sponsor")] == ["sponsor"]


def test_a_difference_is_told_between_the_instants_between_which_it_came_about(played: Scenario) -> None:
    before, after, later = on(played, 0, "08:00"), on(played, 0, "09:30"), on(played, 60)
    reading, consent = played.app.reading, "consents/1.0/language"
    found = {each.place.path for each in differences(reading, before, after, participant=LATE)}
    assert consent in found
    assert consent not in {each.place.path for each in differences(reading, after, later, participant=LATE)}


def test_the_trail_of_a_participant_loses_nothing_that_had_happened(played: Scenario) -> None:
    whole = list(played.app.reading.entries("T-1"))
    for number in (0, 20, 21, 39, 60):
        view = on(played, number, "15:30")
        for code in CODES:
            happened = [each for each in whole if _had_happened(each, view) and concerns(each, code)]
            found = [each.entry for each in trail(played.app.reading, view, Wanted(participant=code))]
            assert sorted(each.record.position for each in found) == [
                each.record.position for each in happened
            ]


def _had_happened(entry: Entry, view: View) -> bool:
    return entry.record.effective_at.earliest <= view.moment


def test_what_a_correction_came_after_is_told_alike_on_both_axes(scenario: Scenario) -> None:
    """It takes the time of the value it corrects, and came after an unblinding and a freeze all the same."""
    seen = {"kind": "accidental", "informed": ("Dr Yu",), "reason": "a chart left open"}
    scenario.given(active(), course("closed")).on(5).given(
        participant.RecordUnblinding.model_validate({"participant": "S1-001", "at": day(5), **seen}),
        casebook_record.FreezeRecord(participant="S1-001", record="baseline"),
        casebook_record.UnfreezeRecord(participant="S1-001", record="baseline"),
        correction.ProposeCorrection(participant="S1-001", visit="baseline", result="alt", value="41"),
    )
    [proposed] = scenario.view().singles(Correction)
    scenario.given(correction.AcceptCorrection(participant="S1-001", correction=proposed))
    for view in (scenario.view(), on(scenario, 1)):
        *_, corrected = field_history(scenario.app.reading, view, "S1-001", "baseline/alt")
        assert corrected.what == "corrected"
        assert corrected.after_unblinding
        assert [each.kind for each in corrected.sign_offs] == ["frozen"]


@pytest.mark.parametrize("question", ["unblinding views", "capture list"])
def test_nothing_is_told_that_had_not_happened(played: Scenario, question: str) -> None:
    desk = terminal(played)
    early = ("--axis", "effective", "--as-of", str(Instant.of(day(3).earliest)))
    assert desk.data(*question.split())["rows"] != []
    assert desk.data(*question.split(), *early)["rows"] == []


def test_the_trial_is_told_as_it_stood_and_judges_by_all_that_is_known(scenario: Scenario) -> None:
    scenario.given(active(), course("measured"))
    scenario.on(4).given(trial.CloseEnrolment()).on(6).given(trial.OpenEnrolment())
    scenario.on(8).given(trial.NameDataCut(name="eight"), trial.CloseEnrolment(), trial.FreezeTrial())
    told = [on(scenario, number).stood for number in (-31, -25, -10, 1, 5, 7, 9)]
    assert [str(each.status) for each in told] == ["planned", "adopted", *["active"] * 4, "frozen"]
    assert [each.enrolling for each in told] == [*[False] * 3, True, False, True, False]
    assert [len(each.versions) for each in told] == [0, *[1] * 6]
    assert [list(each.approved) for each in told] == [[], *[["1.0"]] * 6]
    assert [sorted(each.sites) for each in told] == [[], [], *[["S1"]] * 5]
    assert [list(each.cuts) for each in told] == [*[[]] * 6, ["eight"]]
    assert all(on(scenario, number).trial == scenario.view().trial for number in (-25, 5, 9))
    assert scenario.view().stood == scenario.view().trial


def test_a_step_of_the_trial_is_told_between_the_instants_between_which_it_was_taken(
    scenario: Scenario,
) -> None:
    scenario.given(active(), course("randomized")).on(4).given(trial.CloseEnrolment())
    reading = scenario.app.reading
    found = [
        {
            each.place.path: (each.old and each.old.text, each.new and each.new.text)
            for each in compared
            if each.place.model == "trial"
        }
        for compared in (
            differences(reading, on(scenario, -40), on(scenario, -10)),
            differences(reading, on(scenario, 3), on(scenario, 5)),
        )
    ]
    assert found[0]["status"] == ("planned", "active")
    assert {"approvals/1.0", "sites/S1/1.0/since", "activated"} <= found[0].keys()
    assert found[1] == {"enrolling": ("yes", "no")}


def test_a_record_was_closed_with_the_trial_only_once_the_trial_was(scenario: Scenario) -> None:
    scenario.given(active(), course("measured")).on(8).given(trial.CloseEnrolment(), trial.FreezeTrial())
    closed = [
        {row.closed for row in record_rows(scenario.app.reading, on(scenario, number), "S1-001")}
        for number in (7, 9)
    ]
    assert closed == [{""}, {"frozen"}]


def test_a_review_that_had_not_taken_place_is_none(played: Scenario) -> None:
    assert len(review_rows(played.app.reading, played.view())) == 1
    assert review_rows(played.app.reading, on(played, 3)) == []


def test_a_note_of_a_follow_up_is_told_once_it_had_come(played: Scenario) -> None:
    desk = terminal(played)
    asked = (
        "safety",
        "show",
        "S1-001",
        "ae-1",
        "--role",
        "outcome_assessor",
        "--axis",
        "effective",
        "--as-of",
    )
    came = day(22).earliest
    told = [
        desk.data(*asked, str(Instant.of(moment)))["notes"] for moment in (came - timedelta(hours=1), came)
    ]
    assert [len(each) for each in told] == [0, 1]
