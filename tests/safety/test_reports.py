"""Adverse events by version, and the report on a serious one from awareness to closure."""

from __future__ import annotations

import pytest

from domain.adverse_event import AdverseEventRecorded
from domain.clinical_time import Instant
from domain.record import Role
from domain.safety import SafetyFollowUpReceived, SafetyReport, SafetyReportOpened, SafetyReportStatus
from projections.as_of import Axis
from projections.safety import Mismatch, mismatches
from tests.safety.events import (
    CODE,
    IN_TRIAL,
    NOON,
    changed,
    followed_up,
    happened,
    judged,
    sent,
    serious,
    sponsor_judged,
    sponsor_knows,
)
from tests.support.scenario import Scenario
from tests.support.trial import day, person
from workflows import participant, safety, trial

AWARE = day(5, "13:00")
REPORTED = [*IN_TRIAL, serious(NOON, AWARE)]


def report(scenario: Scenario) -> SafetyReport:
    """The report on ae-1."""
    known = scenario.view().single(SafetyReport, f"{CODE}/ae-1")
    assert isinstance(known, SafetyReport)
    return known


def test_a_serious_event_opens_its_report_in_the_same_commit_with_three_dates(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL).on(6)
    recorded, opened = scenario.when(serious(NOON, AWARE)).then(
        AdverseEventRecorded(
            event="ae-1",
            term="bleeding",
            severity="severe",
            serious=True,
            criteria=("hospitalization",),
            aware=AWARE,
        ),
        SafetyReportOpened(
            participant=CODE,
            event="ae-1",
            term="bleeding",
            onset=NOON,
            aware=AWARE,
            severity="severe",
            criteria=("hospitalization",),
        ),
    )
    assert (recorded.stream, opened.stream) == (f"participant/{CODE}", f"safety/{CODE}/ae-1")
    assert (recorded.effective_at, opened.effective_at) == (NOON, AWARE)


def test_an_event_that_is_not_serious_opens_none_and_one_that_becomes_so_does(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL, happened(NOON), changed(day(6), severity="mild")).on(8)
    assert scenario.view().singles(SafetyReport) == {}
    scenario.given(changed(day(7), criteria=("hospitalization",), aware=day(8, "09:00")))
    known = report(scenario)
    assert (known.onset, known.aware.at, known.now.criteria) == (
        NOON,
        day(8, "09:00"),
        ("hospitalization",),
    )


@pytest.mark.requirement("SF-03")
def test_every_version_of_an_event_and_every_word_on_its_cause_stays_readable(scenario: Scenario) -> None:
    scenario.given(REPORTED, judged(None, "probable", expected=False), judged(None, "unlikely"))
    scenario.given(changed(day(6), severity="moderate", serious=False, outcome="recovering"))
    event = scenario.view().outcomes(CODE)[CODE].adverse_events["ae-1"]
    assert [(each.severity, each.serious) for each in event.weights] == [
        ("severe", True),
        ("moderate", False),
    ]
    assert [each.causality for each in event.assessments] == ["probable", "unlikely"]
    assert (event.serious, event.criteria) == (False, ())


def test_a_change_that_changes_nothing_stores_nothing(scenario: Scenario) -> None:
    scenario.given(REPORTED).on(7).when(changed(day(6), severity="severe", serious=True)).nothing()


def test_a_closed_report_is_open_again_when_more_comes_in(scenario: Scenario) -> None:
    scenario.given(REPORTED, sent(day(5, "20:00")), judged(None, "unlikely"))
    scenario.given(followed_up(day(6), outcome="recovered"))
    scenario.given(safety.CloseSafetyReport(participant=CODE, event="ae-1"))
    assert report(scenario).status is SafetyReportStatus.CLOSED
    scenario.given(followed_up(day(9)))
    assert report(scenario).status is SafetyReportStatus.REPORTED


def test_a_report_is_closed_only_when_everybody_is_told(scenario: Scenario) -> None:
    close = safety.CloseSafetyReport(participant=CODE, event="ae-1")
    scenario.given(REPORTED, sent(day(5, "20:00"))).when(close).refused("safety.outcome_missing")
    scenario.given(followed_up(day(6), outcome="recovered"))
    scenario.when(close).refused("safety.causality_missing")
    scenario.given(sponsor_knows(day(6)), judged(None, "possible", expected=False))
    scenario.when(close).refused("safety.untold")
    scenario.given(sent(day(8), "authority"))
    assert scenario.when(close).receipt.first


@pytest.mark.parametrize("closing", [trial.FreezeTrial, trial.LockTrial])
def test_a_serious_event_is_reported_whatever_the_trial_stands_at(
    scenario: Scenario, closing: type[trial.FreezeTrial]
) -> None:
    scenario.given(IN_TRIAL, trial.CloseEnrolment(), closing()).on(7)
    opened = safety.OpenSafetyReport(
        participant=CODE, at=NOON, term="bleeding", severity="severe", criteria=("death",), aware=AWARE
    )
    scenario.when(opened).then(
        SafetyReportOpened(
            participant=CODE,
            event="ae-1",
            term="bleeding",
            onset=NOON,
            aware=AWARE,
            severity="severe",
            criteria=("death",),
        )
    )
    scenario.given(sent(day(7)), sponsor_knows(day(7)), followed_up(day(7)))
    assert mismatch(scenario) == [("ae-1", "event", "", "bleeding")]


def test_a_report_opened_by_hand_is_in_the_casebook_too(scenario: Scenario) -> None:
    opened = safety.OpenSafetyReport(
        participant=CODE, at=NOON, term="bleeding", severity="severe", criteria=("death",), aware=AWARE
    )
    scenario.given(IN_TRIAL, opened).given(happened(NOON, "cough"))
    events = scenario.view().outcomes(CODE)[CODE].adverse_events
    assert [(name, each.term, each.serious) for name, each in events.items()] == [
        ("ae-1", "bleeding", True),
        ("ae-2", "cough", False),
    ]


def test_on_the_clinical_axis_a_report_is_there_from_the_awareness_on(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL).on(9).given(serious(NOON, AWARE))
    for clock, there in (("12:30", False), ("13:00", True)):
        instant = Instant.of(day(5, clock).earliest)
        assert bool(scenario.view(instant, Axis.EFFECTIVE).singles(SafetyReport)) is there
        assert not scenario.view(instant).singles(SafetyReport)


@pytest.mark.requirement("SF-04")
def test_what_a_note_says_of_the_allocation_stays_sealed_and_its_length_tells_nothing(
    scenario: Scenario,
) -> None:
    scenario.given(REPORTED)
    sizes = set()
    for note in ("", "given by artery", "动" * 300):
        scenario.given(followed_up(AWARE, note=note))
        fact = scenario.records()[-1].fact
        assert isinstance(fact, SafetyFollowUpReceived)
        sealed = fact.note
        sizes.add(len(sealed.text))
        view = scenario.view()
        opened = scenario.app.unseal(view.trial, Role.SPONSOR)(sealed)
        assert opened is not None
        assert opened.strip() == note
        assert scenario.app.unseal(view.trial, Role.OUTCOME_ASSESSOR)(sealed) is None
    assert len(sizes) == 1
    assert "artery" not in str([r.fact for r in scenario.records() if r.stream.startswith("safety/")])


# ---------------------------------------------------------------- reconciliation


def mismatch(scenario: Scenario) -> list[tuple[str, str, str, str]]:
    """What is told differently now."""
    found: list[Mismatch] = list(mismatches(scenario.view()))
    assert {each.participant for each in found} <= {CODE}
    return [(each.event, each.field, each.casebook, each.report) for each in found]


@pytest.mark.requirement("SF-07")
def test_casebook_and_report_agree_as_long_as_nothing_is_told_on_one_side_alone(scenario: Scenario) -> None:
    scenario.given(REPORTED, happened(day(6), "cough"))
    assert mismatch(scenario) == []


@pytest.mark.requirement("SF-07")
def test_what_was_changed_on_one_side_alone_is_listed_with_both_facts(scenario: Scenario) -> None:
    scenario.given(REPORTED, changed(day(6), severity="moderate", serious=False))
    assert mismatch(scenario) == [
        ("ae-1", "serious", "no", "yes"),
        ("ae-1", "severity", "moderate", "severe"),
        ("ae-1", "criteria", "", "hospitalization"),
    ]
    [first, *_] = mismatches(scenario.view())
    records = {record.position: record.fact.TOPIC for record in scenario.records()}
    assert [records[fact] for fact in first.facts] == [
        "safety.adverse_event_changed.v1",
        "safety.report_opened.v1",
    ]
    scenario.given(followed_up(day(6), severity="moderate", serious=False))
    assert mismatch(scenario) == []


@pytest.mark.requirement("SF-07")
def test_a_serious_event_whose_report_was_voided_is_listed(scenario: Scenario) -> None:
    scenario.given(REPORTED, safety.VoidSafetyReport(participant=CODE, event="ae-1", why="opened twice"))
    assert mismatch(scenario) == [("ae-1", "report", "bleeding", "")]
    scenario.given(changed(day(6), serious=False))
    assert mismatch(scenario) == []


@pytest.mark.requirement("SF-07")
def test_a_death_without_a_fatal_event_and_a_fatal_event_without_a_death_are_listed(
    scenario: Scenario,
) -> None:
    died = participant.RecordDeath(participant=CODE, at=day(6))
    scenario.given(IN_TRIAL, died)
    assert mismatch(scenario) == [("", "death", str(day(6)), "")]
    scenario.given(serious(day(6), day(6), severity="fatal", criteria=("death",)))
    assert mismatch(scenario) == []


@pytest.mark.requirement("SF-07")
def test_a_fatal_event_of_somebody_who_is_not_recorded_as_dead_is_listed(scenario: Scenario) -> None:
    scenario.given(IN_TRIAL, serious(day(6), day(6), severity="fatal", criteria=("death",)))
    assert mismatch(scenario) == [("ae-1", "death", "", "fatal")]


@pytest.mark.parametrize("role", [Role.SPONSOR, Role.COORDINATOR])
def test_who_reads_or_only_enters_gives_no_word_on_causes(scenario: Scenario, role: Role) -> None:
    scenario.given(REPORTED)
    scenario.when(sponsor_judged(AWARE, "possible"), by=person(role)).denied()
    scenario.when(judged(None, "possible"), by=person(role)).denied()
