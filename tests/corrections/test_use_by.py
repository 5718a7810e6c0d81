"""A use-by time is put right: steps, deviations and alerts follow it, and the old one stays."""

from __future__ import annotations

from domain.infusion_put_right import UseByCorrected
from domain.record import Role
from projections.corrections import change_rows
from projections.deviations import Deviation, deviations
from projections.ports import sealed_to_all
from projections.rebuild import compare
from tests.audit.test_conformance import replayed
from tests.support.alerts import standing, sweeper, swept, telling
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course, day, person
from workflows import infusion, infusion_correction, participant
from workflows.command import Command

CODE = "S1-001"


def corrected(clock: str) -> infusion_correction.CorrectUseBy:
    return infusion_correction.CorrectUseBy(participant=CODE, use_by=day(0, clock))


def exceeded(scenario: Scenario) -> list[Deviation]:
    found = deviations(scenario.view(), sealed_to_all, CODE)
    return [each for each in found if each.rule == "infusion.use_by_exceeded"]


def until(clock: str, step: str = "accessed") -> list[Command]:
    """The course up to a step, thawed with that use-by time."""
    return [
        each.model_copy(update={"use_by": day(0, clock)}) if isinstance(each, infusion.ThawProduct) else each
        for each in course(step)
    ]


def test_a_start_waits_for_the_time_to_be_put_right_and_the_old_one_stays(scenario: Scenario) -> None:
    scenario.given(active(), until("12:59")).on(0, "13:30")
    scenario.when(infusion.StartInfusion(participant=CODE)).refused("infusion.use_by_passed")
    scenario.given(corrected("18:00"), infusion.StartInfusion(participant=CODE))
    known = scenario.view().infusions(CODE)[CODE]["1"]
    assert known.thawed is not None
    assert known.use_by == day(0, "18:00")
    record = scenario.records()[scenario.position(UseByCorrected) - 1]
    assert record.effective_at == known.thawed.at
    now, was = day(0, "18:00"), day(0, "12:59")
    assert record.fact.sentence() == f"Infusion 1: use by corrected to {now}, was {was}"
    assert record.fact.sentence("zh") == f"第 1 次输注：使用期限更正为 {now}，原为 {was}"
    assert compare(scenario.app.reading, TRIAL)[1] == []
    assert replayed(scenario).verdicts == ()


def test_what_was_given_is_judged_by_the_time_that_is_right(scenario: Scenario) -> None:
    report = infusion.RecordInfusion.model_validate(
        {"participant": CODE, "at": day(0, "11:30"), "route": "vein", "use_by": day(0, "11:00")}
    )
    scenario.given(active(), course("randomized"), report)
    [before] = exceeded(scenario)
    scenario.given(corrected("11:20"))
    [after] = exceeded(scenario)
    assert (after.id, after.detail) == (before.id, f"use by {day(0, '11:20')}")
    assert after.facts[1:] == (scenario.position(UseByCorrected),)
    scenario.given(corrected("15:00"))
    assert exceeded(scenario) == []
    assert replayed(scenario).unexplained == ()
    assert compare(scenario.app.reading, TRIAL)[1] == []


def test_an_alert_tells_the_time_that_is_right(scenario: Scenario) -> None:
    plan = telling()
    scenario.given(active(plan), until("13:00", "thawed"))
    sweep = sweeper(scenario)
    swept(scenario, sweep)
    assert {each.deadline for each in standing(scenario) if each.about == "product_use_by"} == {
        day(0, "13:00")
    }
    scenario.given(corrected("12:40"))
    swept(scenario, sweep)
    assert {each.deadline for each in standing(scenario) if each.about == "product_use_by"} == {
        day(0, "12:40")
    }


def test_it_is_put_right_with_a_reason_by_the_laboratory_or_an_investigator(scenario: Scenario) -> None:
    scenario.given(active(), course("released"))
    laboratory = Role.CELL_LABORATORY
    scenario.when(corrected("18:00")).refused("infusion.no_use_by")
    scenario.given(course("thawed")[len(course("released")) :])
    scenario.when(corrected("18:00"), person(laboratory, reason="")).refused("correction.no_reason")
    scenario.when(corrected("18:00"), person(laboratory, code="mood")).refused("correction.reason_unlisted")
    scenario.when(corrected("18:00"), person(Role.COORDINATOR)).denied()
    scenario.when(corrected("08:00")).invalid("infusion.use_by_before_thaw")
    scenario.when(corrected("18:00"), person(laboratory))
    scenario.when(corrected("18:00"), person(laboratory)).refused("infusion.use_by_same")


def test_after_unblinding_it_waits_for_an_investigators_signature(scenario: Scenario) -> None:
    disclosure = participant.RecordUnblinding(
        participant=CODE, at=day(0, "12:00"), kind="planned", informed=("Dr Wang",), reason="care"
    )
    scenario.given(active(), course("thawed"), disclosure, corrected("18:00"))
    [waiting] = change_rows(scenario.view(), waiting=True)
    assert (waiting.record, waiting.fact) == ("infusion-1", scenario.position(UseByCorrected))
