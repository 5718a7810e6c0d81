"""The golden trial: one small trial in which every fact occurs."""

from __future__ import annotations

from tests.golden import outcomes, participants, review, system
from tests.golden.people import people
from tests.support.scenario import Scenario
from tests.support.trial import RENEWED, active, amended, course, day, small
from workflows import activation


def play(scenario: Scenario) -> None:
    """One small trial: five participants, an amendment, and every fact there is."""
    play_at_site(scenario)
    scenario.given(system.closing(), system.signed(), system.backup(), system.upkeep(), system.clock())
    scenario.on(90).given(people())
    scenario.on(90 + 31 * 365).given(system.erasure("S1-001"))


def play_at_site(scenario: Scenario) -> None:
    """The same at its site, before the trial is closed: what follows is of the whole trial or the system."""
    begun = activation.CorrectActivation(site="S1", at=day(-19))
    scenario.given(
        active(),
        begun,
        participants.forms(),
        participants.lots(),
        course("measured"),
        participants.results("S1-001"),
    )
    scenario.given(
        course("closed")[4:], course("accessed", "S1-002", place=2), participants.interrupted("S1-002")
    )
    scenario.given(
        course("consented", "S1-003")[:1],
        participants.screened_otherwise("S1-003"),
        participants.failed("S1-003"),
    )
    scenario.given(course("ordered", "S1-004", place=3), participants.skipped("S1-004"))
    scenario.given(course("randomized", "S1-005", place=4), participants.reported("S1-005"))
    scenario.on(29).given(participants.follow_up("S1-001"), outcomes.outcomes("S1-001"))
    review.queries(scenario, "S1-001")
    review.corrections(scenario, "S1-001")
    scenario.given(participants.samples("S1-001"))
    scenario.on(40).given(amended(small(RENEWED)), participants.renewed("S1-001"))
    scenario.given(participants.signed_here("S1-007"))
    outcomes.incidents(scenario)
    review.bridged(scenario, "S1-006")
    review.entries(scenario)
    scenario.on(89).given(system.kept_private("S1-001"))
    scenario.on(90).given(participants.ends(), system.alerts("S1-001"), system.deliveries(), system.feeds())
    review.records(scenario, "S1-001")
    review.after_unblinding(scenario, "S1-001")
