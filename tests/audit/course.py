"""A trial allocated elsewhere, so that a test can say who gets which arm, and a terminal on it."""

from __future__ import annotations

from pathlib import Path

from domain.record import Role
from tests.cli.terminal import Terminal
from tests.support.scenario import Scenario
from tests.support.trial import EXTERNAL, active, course, day, small
from workflows import infusion, observation, participant, trial, visit
from workflows.command import Command

VEIN, ARTERY = "by-vein", "by-artery"
ARMS = {"S1-001": VEIN, "S1-002": ARTERY, "S1-003": ARTERY}
SWAPPED = {code: {VEIN: ARTERY, ARTERY: VEIN}[arm] for code, arm in ARMS.items()}
MASKED = Role.OUTCOME_ASSESSOR


def participants(arms: dict[str, str]) -> list[Command]:
    """Three participants, allocated and infused: the third by the route of the other arm."""
    commands: list[Command] = []
    for number, (code, arm) in enumerate(arms.items(), start=1):
        route = arm.removeprefix("by-")
        given = {"vein": "artery", "artery": "vein"}[route] if number == len(arms) else route
        commands += [
            *course("eligible", code),
            participant.RecordRandomization(participant=code, at=day(0, "12:45"), arm=arm),
            infusion.RecordInfusion(
                participant=code, at=day(0, "13:30"), route=given, lot="L1", bag=f"B{number}"
            ),
        ]
    return commands


def played(folder: Path, arms: dict[str, str] = ARMS) -> Scenario:
    """The trial in a store of its own, from activation to a late visit and a correction after a data cut."""
    folder.mkdir(exist_ok=True)
    scenario = Scenario(folder)
    scenario.given(active(small(EXTERNAL)), participants(arms))
    scenario.on(28).given(visit.RecordVisit(participant="S1-001", at=day(28), visit="week-4"))
    scenario.given(trial.NameDataCut(name="interim"))
    scenario.on(50).given(
        visit.RecordVisit(participant="S1-002", at=day(40), visit="week-4"),
        observation.CorrectResult(participant="S1-001", visit="baseline", result="alt", value="41"),
    )
    return scenario


def terminal(scenario: Scenario) -> Terminal:
    """A terminal on the store of a scenario, at the scenario's time."""
    store = Path(scenario.location)
    opened = Terminal(store.parent)
    opened.store = store
    opened.clock.moment = scenario.clock.moment
    return opened
