"""The times that a safety report alone tells are put right, and its clocks follow on both axes."""

from __future__ import annotations

import pytest

from domain.clinical_time import ClinicalTime, Instant
from domain.record import Role
from domain.safety import SafetyFollowUpReceived, SafetyReport, SafetyReportCorrected, SafetyReportStatus
from projections.as_of import Axis
from projections.rebuild import compare
from projections.safety import mismatches
from tests.audit.test_conformance import replayed
from tests.cli.terminal import COORDINATOR, DATA_MANAGER, INVESTIGATOR, PI, Terminal
from tests.safety.events import CODE, IN_TRIAL, clocks_of, sent, serious
from tests.support.trial import TRIAL, Scenario, day, person
from workflows import safety, safety_correction, trial
from workflows.command import Command

FROZEN: list[Command] = [trial.CloseEnrolment(), trial.FreezeTrial()]
ONSET, AWARE = day(5, "09:00"), day(5, "13:00")


def told(onset: ClinicalTime = ONSET, aware: ClinicalTime = AWARE) -> Command:
    """A serious event, reported in a trial that takes no data."""
    return safety.OpenSafetyReport(
        participant=CODE,
        at=onset,
        term="bleeding",
        severity="severe",
        criteria=("hospitalization",),
        aware=aware,
    )


def corrected(**fields: object) -> safety_correction.CorrectSafetyReport:
    return safety_correction.CorrectSafetyReport.model_validate(
        {"participant": CODE, "event": "ae-1", **fields}
    )


@pytest.fixture
def reported(scenario: Scenario) -> Scenario:
    """A frozen trial with a report whose event is in no casebook."""
    scenario.given(IN_TRIAL).on(6).given(FROZEN)
    return scenario.given(told())


def standing(scenario: Scenario) -> dict[str, str]:
    """The clocks of the report now, and where each stands."""
    return {kind: str(status) for kind, (_, status) in clocks_of(scenario).items()}


def report(scenario: Scenario, when: ClinicalTime | None = None) -> SafetyReport | None:
    view = scenario.view() if when is None else scenario.view(Instant.of(when.earliest), Axis.EFFECTIVE)
    return view.single(SafetyReport, f"{CODE}/ae-1")


def test_the_clock_runs_from_the_awareness_that_is_right(reported: Scenario) -> None:
    reported.given(sent(day(6, "11:00")))
    assert standing(reported) == {"sae": "met"}
    before = reported.view().position
    reported.given(corrected(at=day(4), aware=day(5, "07:40")))
    first, news = (record.fact for record in reported.records()[-2:])
    assert first == SafetyReportCorrected(
        participant=CODE,
        event="ae-1",
        onset=day(4),
        onset_was=ONSET,
        aware=day(5, "07:40"),
        aware_was=AWARE,
    )
    assert isinstance(news, SafetyFollowUpReceived)
    assert news.significant
    now, then = report(reported), reported.view(before).single(SafetyReport, f"{CODE}/ae-1")
    assert now is not None
    assert then is not None
    assert (now.onset, now.aware.at, then.onset, then.aware.at) == (day(4), day(5, "07:40"), ONSET, AWARE)
    assert standing(reported) == {"sae": "met_late", "sae_follow_up": "running"}
    assert report(reported, day(5, "07:50")) is not None
    assert report(reported, day(5, "07:00")) is None
    assert compare(reported.app.reading, TRIAL)[1] == []
    assert replayed(reported).verdicts == ()


def test_what_was_not_sent_is_put_right_without_news(reported: Scenario) -> None:
    reported.when(corrected()).refused("event.same")
    reported.when(corrected(aware=day(5, "08:00"))).invalid("safety.aware_before_onset")
    reported.when(corrected(aware=day(9))).refused("time.in_future")
    reported.when(corrected(at=day(4)), person(Role.COORDINATOR, reason="")).refused("correction.no_reason")
    reported.when(corrected(at=day(4)), person(Role.MONITOR)).denied()
    reported.given(corrected(at=day(4)))
    now = report(reported)
    assert now is not None
    assert (now.onset, now.aware.at, now.status) == (day(4), AWARE, SafetyReportStatus.OPEN)
    assert replayed(reported).verdicts == ()


def test_one_of_the_casebook_is_put_right_there_and_by_itself_where_the_trial_takes_no_data(
    scenario: Scenario,
) -> None:
    scenario.given(IN_TRIAL, serious(ONSET, AWARE)).on(6)
    scenario.when(corrected(at=day(4))).refused("safety.event_stands")
    scenario.given(FROZEN, corrected(at=day(4)))
    assert [(each.field, each.casebook, each.report) for each in mismatches(scenario.view(), CODE)] == [
        ("onset", str(ONSET), str(day(4)))
    ]
    assert replayed(scenario).verdicts == ()
    scenario.given(safety.VoidSafetyReport(participant=CODE, event="ae-1", why="opened twice"))
    scenario.when(corrected(at=day(3))).refused("safety.voided")


def test_a_report_is_put_right_by_words(enrolled: Terminal) -> None:
    enrolled.do("trial", "close", by=PI)
    enrolled.do("trial", "freeze", "--reason", "interim analysis", by=DATA_MANAGER)
    event = ("bleeding", "--severity", "severe", "--criterion", "death", "--aware", "2026-03-02T09:00")
    enrolled.do("safety", "report", CODE, *event, "--at", "2026-03-01", by=INVESTIGATOR)
    why = ("--reason-code", "transcription", "--reason", "the ward called earlier")
    enrolled.do("safety", "correct", CODE, "ae-1", "--aware", "2026-03-02T08:00", *why, by=COORDINATOR)
    shown = enrolled.data("safety", "show", CODE, "ae-1")["report"]
    assert shown["aware"] == "2026-03-02T08:00+08:00[Asia/Shanghai]"
