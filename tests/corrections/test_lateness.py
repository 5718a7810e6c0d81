"""How late something was entered goes by when it was first told, and by when it really was."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.adverse_event import AdverseEventRecorded
from domain.consent_given import ConsentGiven
from domain.decompensation import DecompensationGraded, DecompensationOpened, DecompensationResolved
from domain.fact import Fact
from domain.participant import Died
from domain.sample import SampleHandedOut
from projections.lateness import Lateness
from projections.review_signals import Thresholds, review
from projections.trail import Wanted, trail
from tests.corrections.test_samples import left, out, taken
from tests.safety.events import happened
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course, day
from workflows import course_correction, outcome, outcome_correction, participant
from workflows.command import Command

CODE = "S1-001"
OF = {"participant": CODE}


def lateness(scenario: Scenario, kind: type[Fact]) -> list[int]:
    """How many days late each fact of a kind was entered, in the order of entry."""
    told = Lateness(scenario.app.reading, scenario.view())
    entries = scenario.app.reading.entries(TRIAL)
    return [told.of(each).days for each in entries if isinstance(each.record.fact, kind)]


def dead(number: int) -> Command:
    return participant.RecordDeath(participant=CODE, at=day(number, "09:00"), cause="liver failure")


def died(number: int, cause: str | None = None) -> Command:
    return course_correction.CorrectEvent(
        participant=CODE, event="death", at=day(number, "09:00"), cause=cause
    )


@pytest.mark.requirement("CO-01", "TI-03")
def test_a_death_told_in_time_is_not_late_once_it_is_put_right(scenario: Scenario) -> None:
    scenario.given(active(), course("closed")).on(20).given(dead(20)).on(90)
    scenario.given(died(19), died(19, "sepsis"))
    assert lateness(scenario, Died) == [1, 0, 0]
    limit = timedelta(days=5)
    late = trail(scenario.app.reading, scenario.view(), Wanted(participant=CODE, late=limit))
    assert not any(isinstance(each.entry.record.fact, Died) for each in late)
    [signal] = (
        each
        for each in review(scenario.app.reading, scenario.view(), Thresholds(late=limit))
        if each.code == "late_entry"
    )
    deaths = {each.position for each in scenario.records() if isinstance(each.fact, Died)}
    assert not deaths & {fact for finding in signal.findings for fact in finding.facts}


@pytest.mark.parametrize(("said", "really", "late"), [(20, 10, 10), (10, 19, 1)])
def test_how_late_a_death_was_told_goes_by_when_it_really_was(
    scenario: Scenario, said: int, really: int, late: int
) -> None:
    scenario.given(active(), course("closed")).on(20).given(dead(said)).on(90).given(died(really))
    assert lateness(scenario, Died) == [late, 0]


def test_what_is_taken_back_and_entered_again_by_hand_is_entered_when_it_is_told_again(
    scenario: Scenario,
) -> None:
    scenario.given(active(), course("closed")).on(20).given(dead(20)).on(90)
    scenario.given(course_correction.VoidEvent(participant=CODE, event="death"), dead(20))
    assert lateness(scenario, Died) == [0, 70]


def test_consents_hand_outs_events_and_episodes_are_late_by_their_first_telling(scenario: Scenario) -> None:
    scenario.given(active(), course("consented"))
    opened = outcome.RecordDecompensation(participant=CODE, type="ascites", grade="mild", at=day(1))
    graded = outcome.GradeDecompensation(participant=CODE, episode="ascites-1", grade="severe", at=day(2))
    resolved = outcome.RecordDecompensationResolved(participant=CODE, episode="ascites-1", at=day(3))
    scenario.on(3).given(opened, graded, resolved, happened(day(3)), taken(day(2)), out(day(3)))
    first: tuple[type[Fact], ...] = (
        ConsentGiven,
        AdverseEventRecorded,
        DecompensationOpened,
        DecompensationGraded,
        DecompensationResolved,
        SampleHandedOut,
    )
    assert [lateness(scenario, kind) for kind in first] == [[0], [0], [1], [0], [0], [0]]
    scenario.on(90).given(
        course_correction.CorrectEvent(participant=CODE, event="consent", at=day(-9, "09:00")),
        outcome_correction.CorrectAdverseEvent(participant=CODE, event="ae-1", at=day(-8)),
        outcome_correction.CorrectDecompensation(participant=CODE, episode="ascites-1", at=day(-7)),
        outcome_correction.CorrectDecompensationGrade(participant=CODE, episode="ascites-1", at=day(-6)),
        outcome_correction.CorrectDecompensationResolution(participant=CODE, episode="ascites-1", at=day(2)),
        left(at=day(2)),
    )
    assert [lateness(scenario, kind) for kind in first] == [[9, 0], [10], [9], [8], [0], [0, 0]]
