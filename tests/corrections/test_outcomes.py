"""What was recorded of an adverse event or an episode in error is put right or taken back, on both axes."""

from __future__ import annotations

import pytest

from domain.adverse_event import AdverseEvent
from domain.clinical_time import ClinicalTime, Instant
from domain.decompensation import Episode
from domain.errors import Denied
from domain.outcome import Outcomes
from domain.record import Role
from domain.safety import SafetyReport
from projections.as_of import Axis
from projections.chart import charts
from projections.corrections import change_rows
from projections.deviations import deviations
from projections.endpoints.course import course_of
from projections.endpoints.follow_up import follow_up
from projections.field_history import field_history
from projections.fields import shown
from projections.lateness import Lateness
from projections.ports import sealed_to_all
from projections.rebuild import compare
from projections.review_signals import Thresholds, review
from projections.safety import mismatches, safety_rows
from tests.audit.test_conformance import replayed
from tests.endpoints.liver import infused, seen
from tests.safety.events import (
    CODE,
    IN_TRIAL,
    changed,
    clocks_of,
    followed_up,
    happened,
    judged,
    sent,
    serious,
)
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, day, person
from workflows import outcome, outcome_correction, participant, safety, safety_correction
from workflows.casebook_record import FreezeRecord
from workflows.command import Command

ONSET, AWARE = day(5, "09:00"), day(5, "12:00")
SERIOUS = serious(ONSET, AWARE)


def corrected(**changes: object) -> outcome_correction.CorrectAdverseEvent:
    fields = {"participant": CODE, "event": "ae-1"} | changes
    return outcome_correction.CorrectAdverseEvent.model_validate(fields)


VOID = outcome_correction.VoidAdverseEvent(participant=CODE, event="ae-1")


def outcomes(scenario: Scenario, when: ClinicalTime | None = None) -> Outcomes:
    """The outcomes now, or as of a clinical time."""
    axis = Axis.RECORDED if when is None else Axis.EFFECTIVE
    view = scenario.view(None if when is None else Instant.of(when.earliest), axis)
    return view.outcomes(CODE).get(CODE) or Outcomes()


def event(scenario: Scenario, when: ClinicalTime | None = None) -> AdverseEvent | None:
    return outcomes(scenario, when).adverse_events.get("ae-1")


def episode(scenario: Scenario, when: ClinicalTime | None = None) -> Episode | None:
    return outcomes(scenario, when).episodes.get("ascites-1")


def report(scenario: Scenario, when: ClinicalTime | None = None) -> SafetyReport | None:
    axis = Axis.RECORDED if when is None else Axis.EFFECTIVE
    view = scenario.view(None if when is None else Instant.of(when.earliest), axis)
    return view.single(SafetyReport, f"{CODE}/ae-1")


def in_order(scenario: Scenario) -> None:
    """What is stored is what a rebuild makes of it, and the rules explain every fact."""
    assert compare(scenario.app.reading, TRIAL)[1] == []
    assert replayed(scenario).unexplained == ()


def history(scenario: Scenario, field: str) -> list[tuple[str | None, ...]]:
    events = field_history(scenario.app.reading, scenario.view(), CODE, field)
    return [(each.what, *(shown(leaf, None, sealed_to_all) for leaf in each.change[1:])) for each in events]


# ---------------------------------------------------------------- words by when they were so


def test_what_stands_is_the_newest_word_by_when_it_was_so_whenever_it_was_recorded(
    scenario: Scenario,
) -> None:
    scenario.given(IN_TRIAL, happened(ONSET)).on(20)
    scenario.given(changed(day(10), severity="mild", outcome="recovered"))
    scenario.given(changed(day(7), severity="life_threatening", outcome="recovering"))
    now = event(scenario)
    assert now is not None
    assert (now.severity, now.outcome) == ("mild", "recovered")
    assert [each.severity for each in now.weights] == ["severe", "life_threatening", "mild"]
    then = event(scenario, day(8))
    assert then is not None
    assert (then.severity, then.outcome) == ("life_threatening", "recovering")


def test_a_change_is_held_against_what_stood_at_its_time(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL, happened(ONSET)).on(20)
    scenario.given(changed(day(10), severity="mild"), changed(day(7), severity="mild"))
    now = event(scenario, day(8))
    assert now is not None
    assert now.severity == "mild"
    scenario.when(changed(day(8), severity="mild")).then()


def test_the_last_word_on_causality_is_the_newest_by_when_it_was_given(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL, happened(ONSET)).on(20)
    scenario.given(judged(day(10), "unrelated"), judged(day(7), "possible"))
    now = event(scenario)
    assert now is not None
    assert now.assessment is not None
    assert now.assessment.causality == "unrelated"


def test_an_event_is_serious_from_when_the_site_learned_of_it_and_its_report_begins_with_it(
    scenario: Scenario,
) -> None:
    scenario.given(IN_TRIAL, happened(ONSET)).on(20)
    scenario.given(
        changed(day(12), criteria=("hospitalization",), aware=day(8, "09:00"), outcome="recovered")
    )
    for when, serious_then in ((day(8, "08:59"), False), (day(8, "09:01"), True)):
        then = event(scenario, when)
        assert then is not None
        assert (then.serious, then.outcome) == (serious_then, "")
        assert (report(scenario, when) is not None) is serious_then
    now = event(scenario)
    assert now is not None
    assert (now.serious, now.outcome) == (True, "recovered")
    in_order(scenario)


# ---------------------------------------------------------------- onset


@pytest.mark.requirement("CO-01", "CO-02")
def test_an_onset_is_put_right_and_the_old_one_stays_readable(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL, happened(ONSET), changed(day(6), severity="mild")).on(20)
    before = scenario.view().position
    scenario.when(corrected(at=day(4)))
    anew, taken_back = scenario.records()[-2:]
    assert (anew.effective_at, taken_back.effective_at) == (day(4), ONSET)
    assert anew.fact.sentence() == f"Adverse event ae-1 corrected: onset {day(4)}, was {ONSET}"
    assert anew.fact.sentence("zh") == f"不良事件 ae-1 更正：发生时间 {day(4)}，原为 {ONSET}"
    assert taken_back.fact.sentence() == f"Voided as recorded in error: adverse event ae-1, {ONSET}"
    now = event(scenario)
    assert now is not None
    assert (now.onset.at, now.severity, now.term) == (day(4), "mild", "bleeding")
    then = scenario.view(before).outcomes(CODE)[CODE].adverse_events["ae-1"]
    assert then.onset.at == ONSET
    assert [(each.which, each.was) for each in outcomes(scenario).voided] == [("ae-1", ONSET)]
    assert history(scenario, "adverse_events/ae-1/onset") == [
        ("recorded", None, str(ONSET)),
        ("corrected", str(ONSET), str(day(4))),
    ]
    lateness = Lateness(scenario.app.reading, scenario.view())
    late = [lateness.of(each) for each in scenario.app.reading.entries(TRIAL, after=before)]
    assert not any(late)
    in_order(scenario)


@pytest.mark.parametrize(("was", "now"), [(5, 10), (10, 5)])
def test_on_the_clinical_axis_an_event_begins_when_it_did_with_all_that_was_said_of_it(
    scenario: Scenario, was: int, now: int
) -> None:
    scenario.given(IN_TRIAL, happened(day(was)), changed(day(12), severity="mild")).on(20)
    scenario.given(judged(day(13), "possible"), corrected(at=day(now)))
    assert (event(scenario, day(7)) is not None) is (now == 5)
    for when, severity in ((11, "severe"), (12, "mild")):
        known = event(scenario, day(when))
        assert known is not None
        assert (known.onset.at, known.severity) == (day(now), severity)
    last = event(scenario, day(14))
    assert last is not None
    assert last.assessment is not None
    in_order(scenario)


def test_an_onset_put_right_twice_keeps_every_word(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL, happened(day(5)), changed(day(8), severity="mild")).on(20)
    scenario.given(corrected(at=day(10)), corrected(at=day(7)))
    known, earlier = event(scenario, day(9)), event(scenario, day(6))
    assert earlier is None
    assert known is not None
    assert (known.onset.at, known.severity) == (day(7), "mild")
    assert event(scenario) == known
    in_order(scenario)


# ---------------------------------------------------------------- the safety report


def test_the_report_and_its_clock_follow_an_awareness_that_is_put_right(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL, SERIOUS).on(6)
    scenario.given(corrected(at=day(4), aware=day(4, "15:00")))
    known = report(scenario)
    assert known is not None
    assert (known.onset, known.aware.at) == (day(4), day(4, "15:00"))
    clock, status = clocks_of(scenario)["sae"]
    assert (clock.due, status) == (Instant.of(day(5, "15:00").earliest), "breach")
    assert list(mismatches(scenario.view(), CODE)) == []
    assert report(scenario, day(4, "14:59")) is None
    then = report(scenario, day(4, "15:01"))
    assert then is not None
    assert then.onset == day(4)
    assert "safety.reported_late" in [each.rule for each in deviations(scenario.view(), sealed_to_all, CODE)]
    in_order(scenario)


def test_a_report_of_an_event_known_later_begins_later(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL, SERIOUS).on(8).given(corrected(aware=day(6, "08:00")))
    assert report(scenario, day(6, "07:59")) is None
    assert report(scenario, day(6, "08:01")) is not None
    [last] = scenario.records()[-1:]
    assert last.fact.sentence() == (
        f"Report on ae-1 of {CODE} corrected: aware {day(6, '08:00')}, was {AWARE}"
    )
    assert outcomes(scenario).voided == ()
    in_order(scenario)


def test_a_report_that_was_sent_is_news_once_its_event_is_put_right(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL, SERIOUS).on(6).given(sent(day(5, "14:00")))
    assert "sae_follow_up" not in clocks_of(scenario)
    scenario.given(corrected(at=day(4)))
    assert clocks_of(scenario)["sae_follow_up"][1] == "running"
    scenario.given(sent(day(6)))
    assert clocks_of(scenario)["sae_follow_up"][1] == "met"
    in_order(scenario)


def test_news_on_a_report_stands_by_when_it_came_in_whenever_it_was_recorded(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL, SERIOUS).on(20)
    scenario.given(followed_up(day(10), outcome="recovered", severity="mild"))
    scenario.given(followed_up(day(7), outcome="recovering", significant=True))
    known = report(scenario)
    assert known is not None
    assert (known.now.outcome, known.now.severity) == ("recovered", "mild")
    assert [each.outcome for each in known.told] == ["", "recovering", "recovered"]
    then = report(scenario, day(8))
    assert then is not None
    assert (then.now.outcome, then.now.severity) == ("recovering", "severe")
    in_order(scenario)


# ---------------------------------------------------------------- events recorded in error


@pytest.mark.requirement("CO-01")
def test_a_voided_event_is_in_no_count_and_its_number_is_not_given_again(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL, happened(ONSET, severity="fatal")).on(20)
    before = scenario.view().position
    assert [each.field for each in mismatches(scenario.view(), CODE)] == ["death"]
    scenario.given(VOID)
    assert outcomes(scenario).adverse_events == {}
    assert list(mismatches(scenario.view(), CODE)) == []
    assert event(scenario, day(10)) is None
    assert scenario.view(before).outcomes(CODE)[CODE].adverse_events.keys() == {"ae-1"}
    scenario.when(VOID).refused("adverse_event.voided")
    scenario.when(changed(day(6), severity="mild")).refused("adverse_event.voided")
    scenario.given(happened(day(6)))
    assert outcomes(scenario).adverse_events.keys() == {"ae-2"}
    in_order(scenario)


def test_the_report_on_a_voided_event_is_voided_and_whom_it_was_sent_to_is_to_be_told(
    scenario: Scenario,
) -> None:
    scenario.given(IN_TRIAL, SERIOUS).on(6)
    scenario.given(sent(day(5, "14:00")), sent(day(5, "15:00"), "ethics"))
    scenario.given(VOID)
    [row] = safety_rows(scenario.view())
    assert (row.report.status, row.event_voided, row.adverse_event) == ("voided", True, None)
    assert row.report.voided is not None
    status = {kind: str(found[1]) for kind, found in clocks_of(scenario).items()}
    assert status == {"sae": "met", "nullification_sponsor": "alert", "nullification_ethics": "alert"}
    then = report(scenario, day(5, "16:00"))
    assert then is not None
    assert (then.status, len(then.submissions)) == ("reported", 2)
    scenario.when(sent(day(6), "authority")).refused("safety.voided_unsent")
    scenario.given(sent(day(6)))
    assert clocks_of(scenario)["nullification_sponsor"][1] == "met"
    assert clocks_of(scenario)["nullification_ethics"][1] == "alert"
    scenario.on(30)
    found = deviations(scenario.view(), sealed_to_all, CODE)
    assert [(each.rule, each.subject) for each in found if each.rule.startswith("safety")] == [
        ("safety.nullification_late", "ae-1/nullification_ethics")
    ]
    in_order(scenario)


@pytest.mark.requirement("CO-01")
def test_when_people_were_told_that_a_report_is_void_is_put_right(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL, SERIOUS).on(6).given(sent(day(5, "14:00")), VOID).on(9)
    scenario.given(sent(day(8, "10:00")))
    assert clocks_of(scenario)["nullification_sponsor"][1] == "met_late"
    in_time = safety_correction.CorrectSafetyTime(
        participant=CODE, event="ae-1", step="submission", at=day(6, "18:00"), recorded=day(8, "10:00")
    )
    scenario.given(in_time)
    assert clocks_of(scenario)["nullification_sponsor"][1] == "met"
    assert clocks_of(scenario)["sae"][1] == "met"
    late = {"at": day(7, "14:00"), "recorded": day(5, "14:00")}
    scenario.given(in_time.model_copy(update=late))
    assert clocks_of(scenario)["sae"][1] == "met_late"
    scenario.when(safety_correction.CorrectSafetyReport(participant=CODE, event="ae-1", at=day(1))).refused(
        "safety.voided"
    )
    in_order(scenario)


def test_a_report_that_nobody_has_is_voided_and_nobody_is_to_be_told(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL, serious(ONSET, day(5, "20:00"))).on(6).given(VOID)
    assert {kind: str(found[1]) for kind, found in clocks_of(scenario).items()} == {"sae": "ended"}
    in_order(scenario)


def test_a_report_voided_by_itself_is_to_be_told_of_too(scenario: Scenario) -> None:
    void = safety.VoidSafetyReport(participant=CODE, event="ae-1", why="opened twice")
    scenario.given(IN_TRIAL, SERIOUS).on(6).given(sent(day(5, "14:00")), void)
    assert clocks_of(scenario)["nullification_sponsor"][1] == "alert"


def test_only_a_physician_takes_an_adverse_event_back(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL, happened(ONSET))
    scenario.when(VOID, person(Role.COORDINATOR)).refused("policy.denied", Denied)
    scenario.when(corrected(at=day(1), aware=None), person(Role.OUTCOME_ASSESSOR)).refused(
        "policy.denied", Denied
    )


def test_what_is_put_right_after_unblinding_waits_to_be_signed_for(scenario: Scenario) -> None:
    seen = {"kind": "accidental", "informed": ("Dr Yu",), "reason": "a chart left open"}
    told = participant.RecordUnblinding.model_validate({"participant": CODE, "at": day(6), **seen})
    scenario.given(IN_TRIAL, happened(ONSET)).on(20).given(told, corrected(at=day(4)), VOID)
    waiting = [each.record for each in change_rows(scenario.view(), CODE)]
    assert waiting == ["ae-1", "ae-1", "ae-1"]


# ---------------------------------------------------------------- episodes


def said(kind: type[Command], **fields: object) -> Command:
    return kind.model_validate({"participant": CODE, **fields})


OPENED = said(outcome.RecordDecompensation, at=day(5), type="ascites", grade="mild")
WORSE = said(outcome.GradeDecompensation, at=day(8), episode="ascites-1", grade="severe")
ENDED = said(outcome.RecordDecompensationResolved, at=day(12), episode="ascites-1")


def anew(**changes: object) -> Command:
    return said(outcome_correction.CorrectDecompensation, episode="ascites-1", **changes)


def regraded(**changes: object) -> Command:
    return said(outcome_correction.CorrectDecompensationGrade, episode="ascites-1", **changes)


def ended(on: ClinicalTime) -> Command:
    return said(outcome_correction.CorrectDecompensationResolution, episode="ascites-1", at=on)


def void(**which: object) -> Command:
    return said(outcome_correction.VoidDecompensation, episode="ascites-1", **which)


@pytest.mark.requirement("CO-01", "CO-02")
def test_an_episode_is_put_right_part_by_part(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL, OPENED, WORSE, ENDED).on(20)
    before = scenario.view().position
    scenario.given(anew(at=day(4), subtype="new", grade="moderate"))
    assert scenario.records()[-2].fact.sentence() == (
        f"Decompensation ascites-1 corrected: onset {day(4)}, was {day(5)}; subtype new, was none;"
        " grade moderate, was mild"
    )
    scenario.given(regraded(at=day(9), grade="moderate"), ended(day(11)))
    now = episode(scenario)
    assert now is not None
    assert now.resolved is not None
    assert (now.onset.at, now.subtype, now.resolved.at) == (day(4), "new", day(11))
    assert [(grade, when.at) for grade, when in now.grades] == [("moderate", day(4)), ("moderate", day(9))]
    assert [(each.event, each.which, each.was) for each in outcomes(scenario).voided] == [
        ("decompensation", "ascites-1", day(5)),
        ("grade", "ascites-1 severe", day(8)),
        ("resolution", "ascites-1", day(12)),
    ]
    then = scenario.view(before).outcomes(CODE)[CODE].episodes["ascites-1"]
    assert (then.onset.at, then.grade) == (day(5), "severe")
    in_order(scenario)


@pytest.mark.parametrize(("was", "now"), [(5, 10), (10, 5)])
def test_on_the_clinical_axis_an_episode_begins_and_ends_when_it_did(
    scenario: Scenario, was: int, now: int
) -> None:
    opened, over = OPENED.model_copy(update={"at": day(was)}), ENDED.model_copy(update={"at": day(was + 7)})
    scenario.given(IN_TRIAL, opened, over).on(30).given(anew(at=day(now)), ended(day(now + 7)))
    for when in (*range(4, 20), 25):
        known = episode(scenario, day(when))
        assert (known is not None) is (when >= now)
        assert (known is not None and known.resolved is not None) is (when >= now + 7)
    in_order(scenario)


@pytest.mark.parametrize(("was", "now"), [(8, 14), (14, 8)])
def test_on_the_clinical_axis_a_grade_is_there_from_when_it_was_seen(
    scenario: Scenario, was: int, now: int
) -> None:
    worse = WORSE.model_copy(update={"at": day(was)})
    scenario.given(IN_TRIAL, OPENED, worse).on(30).given(regraded(at=day(now)))
    for when in (7, 9, 13, 15, 20):
        known = episode(scenario, day(when))
        assert known is not None
        assert known.grade == ("severe" if when >= now else "mild")
    scenario.given(regraded(at=day(11)), void(part="grade"))
    known = episode(scenario)
    assert known is not None
    assert known.grade == "mild"
    assert episode(scenario, day(15)) == known
    in_order(scenario)


def test_an_episode_of_another_type_keeps_its_name_and_its_grades(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL, OPENED).on(20).given(anew(type="bleeding", grade=""))
    now = episode(scenario)
    assert now is not None
    assert (now.type, now.grade) == ("bleeding", "")
    scenario.given(OPENED)
    assert outcomes(scenario).episodes.keys() == {"ascites-1", "ascites-2"}
    in_order(scenario)


def test_an_episode_recorded_in_error_is_gone_and_its_number_is_not_given_again(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL, OPENED, WORSE, ENDED).on(20).given(void(part="resolution"))
    known = episode(scenario)
    assert known is not None
    assert known.resolved is None
    scenario.given(void())
    assert episode(scenario) is None
    assert episode(scenario, day(9)) is None
    scenario.when(WORSE).refused("decompensation.voided")
    scenario.when(void()).refused("decompensation.voided")
    scenario.given(OPENED)
    assert outcomes(scenario).episodes.keys() == {"ascites-2"}
    in_order(scenario)


def test_no_episode_is_made_to_end_before_it_began(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL, OPENED, ENDED).on(20)
    scenario.when(anew(at=day(13))).invalid("decompensation.ends_before_onset")
    scenario.when(ended(day(4))).invalid("decompensation.ends_before_onset")
    scenario.given(ended(day(5)), anew(at=day(5, "20:00")))
    in_order(scenario)


def test_while_the_record_is_frozen_what_happens_is_recorded_and_nothing_is_put_right(
    scenario: Scenario,
) -> None:
    scenario.given(IN_TRIAL, SERIOUS, OPENED, FreezeRecord(participant=CODE, record="casebook")).on(20)
    scenario.given(WORSE, changed(day(6), severity="mild"))
    for command in (corrected(at=day(4)), VOID, anew(at=day(4)), regraded(grade="mild"), void()):
        scenario.when(command).refused("record.frozen")


def test_the_incidence_follows_an_episode_that_is_put_right_or_taken_back(liver: Scenario) -> None:
    liver.given(infused(CODE), seen(CODE, "week-4", 28), OPENED).on(200)

    def first() -> int | None:
        [chart] = [each for each in charts(liver.view()) if each.participant.code == CODE]
        return course_of(chart, follow_up(chart), "ascites", None).first

    assert first() == 5
    liver.given(anew(at=day(9)))
    assert first() == 9
    liver.given(void())
    assert first() is None
    in_order(liver)


# ---------------------------------------------------------------- review


def test_what_is_put_right_or_taken_back_is_a_signal_of_review(liver: Scenario) -> None:
    liver.given(infused(CODE), happened(day(5)), OPENED, WORSE).on(200)
    liver.given(regraded(grade="moderate"), void(), VOID)
    found = {each.code: each.findings for each in review(liver.app.reading, liver.view(), Thresholds())}
    assert [each.detail[0] for each in found["voided"]] == [
        f"decompensation ascites-1, {day(5)}",
        f"adverse event ae-1, {day(5)}",
    ]
    assert [each.detail for each in found["endpoint_input"]] == [("decompensation", "失代偿事件")] * 2
