"""The times that a safety report tells are put right, and its clocks follow on both axes."""

from __future__ import annotations

import pytest

from domain.clinical_time import ClinicalTime, Instant
from domain.record import Role
from domain.safety import SafetyFollowUpReceived, SafetyReport, SafetyReportCorrected, SafetyReportStatus
from projections.as_of import Axis
from projections.deviations import deviations
from projections.ports import sealed_to_all
from projections.rebuild import compare
from projections.safety import mismatches
from tests.audit.test_conformance import replayed
from tests.cli.terminal import COORDINATOR, DATA_MANAGER, INVESTIGATOR, PI, Terminal
from tests.safety.events import CODE, IN_TRIAL, clocks_of, judged, sent, serious, sponsor_knows
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, day, person
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


def retimed(step: str, at: ClinicalTime, **fields: object) -> safety_correction.CorrectSafetyTime:
    return safety_correction.CorrectSafetyTime.model_validate(
        {"participant": CODE, "event": "ae-1", "step": step, "at": at, **fields}
    )


def test_a_report_that_was_sent_in_time_meets_its_clock_by_the_time_that_is_right(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL, serious(ONSET, AWARE)).on(8)
    scenario.when(retimed("submission", day(6))).not_found("event.not_recorded")
    scenario.given(sent(day(7, "09:00")), sent(day(7, "10:00"), "institution"))
    assert standing(scenario)["sae"] == "met_late"
    scenario.when(retimed("submission", day(6))).refused("event.several")
    scenario.when(retimed("submission", day(7, "09:00"), recipient="sponsor")).refused("event.same")
    scenario.given(retimed("submission", day(6, "09:00"), recipient="sponsor"))
    fact = scenario.records()[-1].fact
    assert fact.sentence() == (
        f"Report on ae-1 of {CODE}: number 0 sent to the sponsor {day(6, '09:00')}, was {day(7, '09:00')}"
    )
    assert fact.sentence("zh") == (
        f"{CODE} ae-1 报告：第 0 份送交 申办者 的时间更正为 {day(6, '09:00')}，原为 {day(7, '09:00')}"
    )
    assert standing(scenario)["sae"] == "met"
    now = report(scenario)
    assert now is not None
    assert [(each.recipient, each.when.at) for each in now.submissions] == [
        ("sponsor", day(6, "09:00")),
        ("institution", day(7, "10:00")),
    ]
    for clock, count in (("08:00", 0), ("09:30", 1)):
        there = report(scenario, day(6, clock))
        assert there is not None
        assert len(there.submissions) == count
    scenario.given(retimed("submission", day(6, "08:00"), recorded=day(6, "09:00")))
    assert compare(scenario.app.reading, TRIAL)[1] == []
    assert replayed(scenario).verdicts == ()


def test_the_days_of_the_authority_run_from_when_the_sponsor_really_learned_of_it(scenario: Scenario) -> None:
    judgement = judged(None, "probable", expected=False)
    scenario.given(IN_TRIAL, serious(ONSET, AWARE), sent(day(5, "14:00"))).on(12)
    scenario.given(judgement, sponsor_knows(day(8)))
    scenario.given(retimed("sponsor_aware", day(6)))
    record = scenario.records()[-1]
    assert record.fact.sentence() == f"Report on ae-1 of {CODE}: the sponsor aware {day(6)}, was {day(8)}"
    assert record.fact.sentence("zh").startswith(f"{CODE} ae-1 报告：申办者获知时间更正为")
    known = report(scenario)
    assert known is not None
    assert known.sponsor_aware == (day(6), record.position)
    assert "susar" in standing(scenario)
    for number, knows in ((6, True), (5, False)):
        there = report(scenario, day(number, "23:00"))
        assert there is not None
        assert (there.sponsor_aware is not None) is knows
    scenario.when(retimed("sponsor_aware", day(5)), person(Role.MONITOR)).denied()
    scenario.when(retimed("sponsor_aware", day(5)), person(Role.COORDINATOR, reason="")).refused(
        "correction.no_reason"
    )
    assert compare(scenario.app.reading, TRIAL)[1] == []
    assert replayed(scenario).verdicts == ()


def unsent(recipient: str = "sponsor", **fields: object) -> safety_correction.VoidSubmission:
    return safety_correction.VoidSubmission.model_validate(
        {"participant": CODE, "event": "ae-1", "recipient": recipient, **fields}
    )


def test_a_report_that_was_never_sent_meets_no_clock(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL, serious(ONSET, AWARE)).on(8)
    scenario.when(unsent()).refused("safety_report.void_submission.not_when_open")
    scenario.given(sent(day(6, "09:00")), sent(day(6, "10:00"), "institution"))
    assert standing(scenario)["sae"] == "met"
    scenario.when(unsent("ethics")).not_found("event.not_recorded")
    scenario.when(unsent(recorded=day(6, "09:30"))).not_found("event.not_recorded")
    scenario.when(unsent(), person(Role.MONITOR)).denied()
    scenario.when(unsent(), person(Role.COORDINATOR, reason="")).refused("correction.no_reason")
    scenario.given(unsent())
    record = scenario.records()[-1]
    assert record.effective_at == day(6, "09:00")
    told = f"Report 0 on ae-1 of {CODE} was not sent to the sponsor: recorded in error"
    assert record.fact.sentence() == told
    assert record.fact.sentence("zh") == f"{CODE} ae-1 第 0 份报告未送交 申办者：误录"
    assert standing(scenario)["sae"] == "breach"
    late = [
        each for each in deviations(scenario.view(), sealed_to_all) if each.rule == "safety.reported_late"
    ]
    assert len(late) == 1
    now = report(scenario)
    assert now is not None
    assert (now.status, [each.recipient for each in now.submissions]) == ("reported", ["institution"])
    for clock, there in (("08:00", 0), ("09:30", 0), ("10:30", 1)):
        then = report(scenario, day(6, clock))
        assert then is not None
        assert len(then.submissions) == there
    scenario.given(unsent("institution"))
    now = report(scenario)
    assert now is not None
    assert (now.status, now.submissions) == ("reported", ())
    scenario.given(sent(day(8, "09:00")))
    now = report(scenario)
    assert now is not None
    assert (now.status, [each.number for each in now.submissions]) == ("reported", [0])
    assert standing(scenario)["sae"] == "met_late"
    assert compare(scenario.app.reading, TRIAL)[1] == []
    assert replayed(scenario).verdicts == ()


def test_a_number_is_taken_again_only_where_the_last_was_never_sent(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL, serious(ONSET, AWARE)).on(8)
    scenario.given(*(sent(day(6, f"{hour:02}:00")) for hour in (9, 10, 11)))
    scenario.when(unsent()).refused("event.several")
    scenario.given(unsent(recorded=day(6, "10:00")), sent(day(7)))
    scenario.given(unsent(recorded=day(7)), sent(day(7, "12:00")))
    now = report(scenario)
    assert now is not None
    assert [each.number for each in now.submissions] == [0, 2, 3]
    assert compare(scenario.app.reading, TRIAL)[1] == []
    assert replayed(scenario).verdicts == ()


def test_a_notice_that_a_report_is_void_was_never_sent(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL, serious(ONSET, AWARE), sent(day(6, "09:00"))).on(8)
    scenario.given(safety.VoidSafetyReport(participant=CODE, event="ae-1", why="opened twice"))
    scenario.on(9).given(sent(day(9, "09:00")))
    assert standing(scenario)["nullification_sponsor"] == "met"
    scenario.given(unsent(recorded=day(9, "09:00")))
    assert standing(scenario)["nullification_sponsor"] != "met"
    now = report(scenario)
    assert now is not None
    assert now.status == "voided"
    assert replayed(scenario).verdicts == ()


def test_a_report_is_put_right_by_words(enrolled: Terminal) -> None:
    enrolled.do("trial", "close", by=PI)
    enrolled.do("trial", "freeze", "--reason", "interim analysis", by=DATA_MANAGER)
    event = ("bleeding", "--severity", "severe", "--criterion", "death", "--aware", "2026-03-02T09:00")
    enrolled.do("safety", "report", CODE, *event, "--at", "2026-03-01", by=INVESTIGATOR)
    why = ("--reason-code", "transcription", "--reason", "the ward called earlier")
    enrolled.do("safety", "correct", CODE, "ae-1", "--aware", "2026-03-02T08:00", *why, by=COORDINATOR)
    shown = enrolled.data("safety", "show", CODE, "ae-1")["report"]
    assert shown["aware"] == "2026-03-02T08:00+08:00[Asia/Shanghai]"
    enrolled.do("safety", "submit", CODE, "ae-1", "--to", "sponsor", by=COORDINATOR)
    of = (CODE, "ae-1", "submission", "--to", "sponsor")
    enrolled.do("safety", "correct-time", *of, "--at", "2026-03-02T10:00", *why, by=COORDINATOR)
    [sent_then] = enrolled.data("safety", "show", CODE, "ae-1")["submissions"]
    assert sent_then["at"] == "2026-03-02T10:00+08:00[Asia/Shanghai]"
    enrolled.do("safety", "void-submission", CODE, "ae-1", "--to", "sponsor", *why, by=COORDINATOR)
    assert enrolled.data("safety", "show", CODE, "ae-1")["submissions"] == []
