"""The blind broken in an emergency: of one participant, at any hour, by nobody's leave, told to one."""

from __future__ import annotations

import pytest

from domain.record import Role
from domain.unblinding import Unblinded, UnblindingAssessed
from tests.cli.terminal import COORDINATOR, INVESTIGATOR, Terminal
from tests.support.scenario import Scenario
from tests.support.trial import active, course, person
from workflows import participant, trial
from workflows.unblinding import BreakBlind

CODE = "S1-001"
RANDOMIZED = [*active(), *course("randomized"), *course("randomized", "S1-002", place=2)]
BREAK = BreakBlind(participant=CODE)
WHY = "liver failure, needs surgery"


@pytest.mark.requirement("RN-05")
@pytest.mark.parametrize("closing", [[], [trial.CloseEnrolment(), trial.LockTrial()]], ids=["open", "locked"])
def test_an_investigator_breaks_the_blind_of_one_whatever_the_trial_stands_at(
    scenario: Scenario, closing: list[trial.LockTrial]
) -> None:
    scenario.given(RANDOMIZED, closing).when(BREAK, by=person(Role.INVESTIGATOR, WHY))
    [record] = scenario.then(Unblinded(kind="emergency", informed=("investigator",), reason=WHY))
    assert record.stream == f"participant/{CODE}"
    assert not scenario.view().participants()["S1-002"].unblinded


def test_a_disclosure_is_open_until_its_impact_is_assessed(scenario: Scenario) -> None:
    scenario.given(RANDOMIZED).when(BREAK, by=person(Role.INVESTIGATOR, WHY))
    assert len(scenario.view().participants()[CODE].open_assessments) == 1
    scenario.when(participant.AssessUnblinding(participant=CODE, assessment="none")).then(
        UnblindingAssessed(assessment="none")
    )
    assert scenario.view().participants()[CODE].open_assessments == ()
    scenario.when(BREAK, by=person(Role.INVESTIGATOR, WHY))
    assert len(scenario.view().participants()[CODE].open_assessments) == 1


@pytest.mark.requirement("RN-05")
def test_the_arm_is_told_once_to_the_one_who_broke_the_blind(enrolled: Terminal) -> None:
    enrolled.enrol("S1-002")
    words = ("unblinding", "emergency", CODE, "--reason", WHY, "--command-id", "one")
    told = enrolled.data(*words, by=INVESTIGATOR)
    assert told["arm"] == f"by-{enrolled.route(CODE)}"
    assert told["participant"] == CODE
    assert "S1-002" not in str(told)
    assert all(arm not in str(told["facts"]) for arm in ("by-vein", "by-artery"))
    assert enrolled.data(*words, by="other:investigator")["arm"] is None
    assert enrolled.fault(*words[:-2], by=COORDINATOR)["exit"] == 7


def test_the_report_lists_who_learned_what_when_and_why_and_never_the_arm(enrolled: Terminal) -> None:
    enrolled.do("unblinding", "emergency", CODE, "--reason", WHY, by=INVESTIGATOR)
    accident = ("--kind", "accidental", "--informed", "Dr Wang", "--reason", "chart left open")
    enrolled.do("record", "unblinding", CODE, *accident, by=INVESTIGATOR)
    rows = enrolled.data("unblinding", "list")["rows"]
    assert [(row["kind"], row["informed"], row["reason"], row["assessed"]) for row in rows] == [
        ("emergency", ["li.wei"], WHY, False),
        ("accidental", ["Dr Wang"], "chart left open", False),
    ]
    enrolled.do("participant", "assess-unblinding", CODE, "no outcome after it", by=INVESTIGATOR)
    assert all(row["assessed"] for row in enrolled.data("unblinding", "list")["rows"])
    for form in ((), ("--json",)):
        told = enrolled.do("unblinding", "list", "--role", "outcome_assessor", *form)
        assert all(arm not in told for arm in ("vein", "artery"))
