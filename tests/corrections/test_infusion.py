"""Times of an infusion are put right, an infusion in error is taken back, and day 0 follows on both axes."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from domain.clinical_time import ClinicalTime, Instant
from domain.infusion import Infusion, InfusionStatus
from domain.infusion_put_right import InfusionTimeCorrected, InfusionVoided, NotGivenVoided
from domain.participant import Participant, ParticipantStatus
from domain.product_lot import BagHeld, ProductLot
from domain.record import Role
from projections.as_of import Axis
from projections.corrections import change_rows
from projections.deviations import deviations
from projections.field_history import field_history
from projections.ports import sealed_to_all
from projections.rebuild import compare
from projections.visit_status import visit_rows
from tests.audit.test_conformance import replayed
from tests.endpoints.liver import VEIN, died, infused, survival_of
from tests.support.alerts import standing, sweeper, swept, telling
from tests.support.scenario import Scenario
from tests.support.trial import LOT, TRIAL, active, arm_routes, course, day, person, small
from workflows import infusion, infusion_correction, participant, product_lot, visit
from workflows.command import Command

CODE, OTHER = "S1-001", "S1-002"


def times(**right: ClinicalTime | tuple[ClinicalTime, ...]) -> infusion_correction.CorrectInfusionTimes:
    return infusion_correction.CorrectInfusionTimes.model_validate({"participant": CODE, **right})


def voided(number: int = 1) -> infusion_correction.VoidInfusion:
    return infusion_correction.VoidInfusion(participant=CODE, infusion=number)


def reported(start: ClinicalTime, number: int = 1, **more: object) -> infusion.RecordInfusion:
    fields = {"participant": CODE, "at": start, "infusion": number, "route": arm_routes(small())[0]}
    return infusion.RecordInfusion.model_validate({**fields, **more})


def given(scenario: Scenario, when: ClinicalTime | None = None, number: str = "1") -> Infusion | None:
    axis = Axis.RECORDED if when is None else Axis.EFFECTIVE
    view = scenario.view(None if when is None else Instant.of(when.earliest), axis)
    return view.infusions(CODE).get(CODE, {}).get(number)


def stands(scenario: Scenario, step: str, when: ClinicalTime | None = None) -> ClinicalTime | None:
    known = given(scenario, when)
    found = None if known is None else known.when(step)
    return None if found is None else found.at


def known(scenario: Scenario, when: ClinicalTime | None = None) -> Participant:
    axis = Axis.RECORDED if when is None else Axis.EFFECTIVE
    found = scenario.view(None if when is None else Instant.of(when.earliest), axis).participant(CODE)
    assert found is not None
    return found


def in_order(scenario: Scenario) -> None:
    assert compare(scenario.app.reading, TRIAL)[1] == []
    assert replayed(scenario).unexplained == ()


# ---------------------------------------------------------------- times


@pytest.mark.requirement("CO-01", "CO-02")
def test_the_start_is_put_right_all_else_of_the_infusion_stands_and_the_old_time_is_readable(
    scenario: Scenario,
) -> None:
    scenario.given(active(), course("closed")).given(times(thawed=day(0, "11:50")))
    before, position = given(scenario), scenario.view().position
    assert before is not None
    assert before.started is not None
    scenario.when(times(started=day(0, "12:07")))
    corrected, right = scenario.records()[-1], day(0, "12:07")
    assert corrected.fact == InfusionTimeCorrected(
        step="started", at=right, was=before.started.at, told_with="started"
    )
    assert corrected.effective_at == right
    now = given(scenario)
    assert now is not None
    assert (now.status, now.ended, now.lot, now.bag) == (before.status, before.ended, before.lot, before.bag)
    assert (now.volume_ml, now.watched) == (before.volume_ml, before.watched)
    assert (stands(scenario, "started"), known(scenario).infused) == (day(0, "12:07"), now.started)
    assert scenario.view(position).infusions(CODE)[CODE]["1"] == before
    events = list(field_history(scenario.app.reading, scenario.view(), CODE, "infusion-1/started"))
    assert [each.what for each in events] == ["recorded", "corrected"]
    assert known(scenario).status is ParticipantStatus.TREATED
    in_order(scenario)


@pytest.mark.parametrize(("was", "now"), [(20, 10), (10, 20)])
def test_on_the_clinical_axis_it_started_when_it_really_did(scenario: Scenario, was: int, now: int) -> None:
    scenario.given(active(), course("randomized")).on(40)
    scenario.given(reported(day(was, "10:00"), ended=day(was, "11:00"), lot=LOT, bag="B30"))
    scenario.given(times(started=day(now, "10:00"), ended=day(now, "11:00")))
    between, after = day(15, "12:00"), day(30, "12:00")
    assert stands(scenario, "started", after) == day(now, "10:00")
    assert stands(scenario, "started", between) == (day(10, "10:00") if now == 10 else None)
    assert known(scenario, between).status is (
        ParticipantStatus.TREATED if now == 10 else ParticipantStatus.RANDOMIZED
    )
    then = given(scenario, between)
    assert (then.lot if then is not None else "") == (LOT if now == 10 else "")
    in_order(scenario)


def test_an_end_that_was_left_out_of_a_report_is_added(scenario: Scenario) -> None:
    scenario.given(active(), course("randomized"), reported(day(0, "10:00")))
    assert stands(scenario, "ended") is None
    scenario.when(times(ended=day(0, "09:00"))).invalid("infusion.ends_before_start")
    scenario.when(times(ended=day(0, "11:00"))).then(
        InfusionTimeCorrected(step="ended", at=day(0, "11:00"), was=None, told_with="started")
    )
    assert stands(scenario, "ended") == day(0, "11:00")
    assert stands(scenario, "ended", day(0, "10:30")) == day(0, "11:00")
    scenario.given(times(ended=day(0, "11:10"), started=day(0, "10:20")))
    assert (stands(scenario, "started"), stands(scenario, "ended")) == (day(0, "10:20"), day(0, "11:10"))
    in_order(scenario)


PAUSE: list[Command] = [infusion.PauseInfusion(participant=CODE), infusion.ResumeInfusion(participant=CODE)]


@pytest.mark.requirement("CO-01", "CO-02")
def test_an_infusion_of_a_sheet_of_another_day_is_put_right_with_its_pauses(scenario: Scenario) -> None:
    scenario.given(active(), course("started"), PAUSE, PAUSE, course("closed")[len(course("started")) :])
    scenario.on(3).given(infusion_correction.CorrectUseBy(participant=CODE, use_by=day(1, "23:00")))
    later = {"thawed": day(1, "09:00"), "started": day(1, "10:00"), "ended": day(1, "11:00")}
    scenario.when(times(**later)).invalid("infusion.pause_out_of_order")
    paused, resumed = (
        tuple(day(1, clock) for clock in clocks) for clocks in (("10:10", "10:30"), ("10:20", "10:40"))
    )
    before = given(scenario)
    assert before is not None
    scenario.given(times(**later, paused=paused, resumed=resumed))
    assert [str(stands(scenario, step)) for step in ("paused-1", "resumed-1", "paused-2", "resumed-2")] == [
        str(each) for pair in zip(paused, resumed, strict=True) for each in pair
    ]
    now = given(scenario)
    assert now is not None
    assert [each.reason for each in now.pauses] == [each.reason for each in before.pauses]
    told = [
        each.fact.sentence() for each in scenario.records() if isinstance(each.fact, InfusionTimeCorrected)
    ]
    assert f"Infusion 1: pause 2 corrected to {day(1, '10:30')}, was {before.pauses[1].when.at}" in told
    assert any(each.startswith("Infusion 1: end of pause 1 corrected to") for each in told)
    second = next(each.fact for each in scenario.records() if getattr(each.fact, "step", "") == "paused-2")
    assert second.sentence("zh").startswith("第 1 次输注：第 2 次暂停时间更正为")
    scenario.given(times(paused=(day(1, "10:12"), day(1, "10:30"))))
    assert scenario.records()[-1].fact == InfusionTimeCorrected(
        step="paused-1", at=day(1, "10:12"), was=day(1, "10:10"), told_with="paused"
    )
    scenario.when(times(paused=(day(1, "10:12"), day(1, "10:30")))).refused("infusion.time_same")
    in_order(scenario)


@pytest.mark.parametrize(
    ("clock", "pauses", "resumed"), [("10:05", 0, False), ("10:15", 1, False), ("10:25", 1, True)]
)
def test_on_the_clinical_axis_it_was_paused_when_it_really_was(
    scenario: Scenario, clock: str, pauses: int, resumed: bool
) -> None:
    scenario.given(active(), course("started"), PAUSE, course("infused")[len(course("started")) :]).on(3)
    scenario.given(
        times(
            thawed=day(0, "09:00"),
            started=day(0, "10:00"),
            paused=(day(0, "10:10"),),
            resumed=(day(0, "10:20"),),
        )
    )
    there = given(scenario, day(0, clock))
    assert there is not None
    assert len(there.pauses) == pauses
    assert any(each.resumed is not None for each in there.pauses) is resumed
    in_order(scenario)


@pytest.mark.parametrize("until", ["started", "infused", "observed", "closed"])
def test_each_step_is_put_right_wherever_the_infusion_stands(scenario: Scenario, until: str) -> None:
    scenario.given(active(), course(until))
    before = given(scenario)
    assert before is not None
    right = {"thawed": day(0, "08:00"), "started": day(0, "08:30")}
    right |= {"ended": day(0, "09:00")} if before.ended is not None else {}
    scenario.given(times(**right))
    now = given(scenario)
    assert now is not None
    assert {step: stands(scenario, step) for step in right} == right
    assert (now.status, now.use_by) == (before.status, before.use_by)
    scenario.given(times(thawed=day(0, "08:05")))
    assert stands(scenario, "thawed") == day(0, "08:05")
    in_order(scenario)


def test_a_pause_and_a_stop_stay_what_they_were(scenario: Scenario) -> None:
    pause = infusion.PauseInfusion(participant=CODE, reason="chills")
    scenario.given(active(), course("started"), pause, times(thawed=day(0, "08:10"), started=day(0, "08:30")))
    assert given(scenario).status is InfusionStatus.PAUSED  # type: ignore[union-attr]
    scenario.given(infusion.StopInfusion(participant=CODE, reason="fever", volume_ml=Decimal(20)))
    scenario.when(times(ended=day(0, "09:30"))).invalid("infusion.pause_out_of_order")
    scenario.given(times(paused=(day(0, "09:00"),), ended=day(0, "09:30")))
    now = given(scenario)
    assert now is not None
    assert (now.status, now.stopped_early) == (InfusionStatus.STOPPED_EARLY, True)
    in_order(scenario)


def test_an_order_of_times_that_cannot_be_is_refused(scenario: Scenario) -> None:
    scenario.given(active(), course("infused"))
    start, end = stands(scenario, "started"), stands(scenario, "ended")
    assert start is not None
    assert end is not None
    scenario.when(times(started=day(0, "23:30"))).refused("time.in_future")
    scenario.when(times(started=start)).refused("infusion.time_same")
    scenario.when(times()).refused("infusion.time_same")
    scenario.when(times(ended=day(0, "08:00"))).invalid("infusion.ends_before_start")
    scenario.when(times(started=day(0, "08:00"))).invalid("infusion.starts_before_thaw")
    scenario.on(1).when(
        times(thawed=day(0, "23:30"), started=day(0, "23:40"), ended=day(0, "23:50"))
    ).invalid("infusion.use_by_before_thaw")
    scenario.when(times(started=day(1, "08:00"))).invalid("infusion.ends_before_start")
    nothing = infusion_correction.CorrectInfusionTimes(participant=CODE, infusion=2, started=day(0, "08:00"))
    scenario.when(nothing).not_found("infusion.time_not_recorded")
    scenario.when(times(started=day(0, "12:00")), person(Role.COORDINATOR, reason="")).refused(
        "correction.no_reason"
    )
    scenario.when(times(started=day(0, "12:00")), person(Role.MONITOR)).denied()


def test_windows_deviations_and_alerts_count_from_the_start_that_is_right(scenario: Scenario) -> None:
    plan = telling()
    scenario.given(active(plan), course("closed", document=plan)).on(36)
    scenario.given(visit.RecordVisit(participant=CODE, visit="week-4", at=day(36, "09:00")))

    def out_of_window() -> list[str]:
        found = deviations(scenario.view(), sealed_to_all, CODE)
        return [each.subject for each in found if each.rule == "visit.out_of_window"]

    assert out_of_window() == ["week-4"]
    scenario.given(times(ended=day(7, "11:00")), times(started=day(7, "10:00")))
    assert out_of_window() == []
    sweep = sweeper(scenario.on(110))
    swept(scenario, sweep)
    first = [each.deadline for each in standing(scenario) if each.subject == "week-12"]
    scenario.given(times(started=day(3, "10:00")))
    swept(scenario, sweep)
    assert first
    assert [each.deadline for each in standing(scenario) if each.subject == "week-12"] != first
    in_order(scenario)


def test_survival_counts_from_the_start_that_is_right_and_the_signal_tells(liver: Scenario) -> None:
    liver.given(infused(CODE, VEIN), died(CODE, 84)).on(200)

    def days() -> list[int]:
        pooled = next(each for each in survival_of(liver).analyses[0].groups if each.group == "pooled")
        return [step.day for step in pooled.curve or () if step.events]

    assert days() == [84]
    liver.given(times(started=day(4, "12:00")))
    assert days() == [80]
    in_order(liver)


def test_of_two_infusions_day_0_is_the_first_that_stands(scenario: Scenario) -> None:
    scenario.given(active(), course("randomized")).on(40)
    scenario.given(reported(day(10, "10:00")), reported(day(12, "10:00"), 2))
    first = known(scenario).infused
    assert first is not None
    assert first.at == day(10, "10:00")
    second = infusion_correction.CorrectInfusionTimes(participant=CODE, infusion=2, started=day(8, "10:00"))
    scenario.given(second)
    assert known(scenario).infused is not None
    assert known(scenario).infused.at == day(8, "10:00")  # type: ignore[union-attr]
    scenario.given(voided(2))
    assert known(scenario).infused.at == day(10, "10:00")  # type: ignore[union-attr]
    scenario.given(voided())
    assert (known(scenario).infused, known(scenario).status) == (None, ParticipantStatus.RANDOMIZED)
    in_order(scenario)


def test_a_use_by_time_is_held_against_the_start_that_is_right(scenario: Scenario) -> None:
    scenario.given(active(), course("randomized"), reported(day(0, "11:30"), use_by=day(0, "11:00")))

    def exceeded() -> int:
        found = deviations(scenario.view(), sealed_to_all, CODE)
        return sum(each.rule == "infusion.use_by_exceeded" for each in found)

    assert exceeded() == 1
    scenario.given(times(started=day(0, "10:40")))
    assert exceeded() == 0
    in_order(scenario)


# ---------------------------------------------------------------- taken back


@pytest.mark.requirement("CO-01", "CO-02")
def test_an_infusion_reported_for_the_wrong_participant_never_was(scenario: Scenario) -> None:
    scenario.given(active(), course("randomized")).on(10)
    scenario.given(reported(day(5, "10:00"), lot=LOT, bag="B30", ended=day(5, "11:00")))
    scenario.when(voided()).then(
        InfusionVoided(infusion=1, was=day(5, "10:00")), BagHeld(lot=LOT, bag="B30", participant=CODE)
    )
    now = given(scenario)
    assert now is not None
    assert (now.status, now.started, now.lot, now.access, now.before) == (None, None, "", None, None)
    assert (known(scenario).infused, known(scenario).status) == (None, ParticipantStatus.RANDOMIZED)
    assert known(scenario, day(6)).infused is None
    assert [row.window for row in visit_rows(scenario.view(), CODE) if row.visit == "week-4"] == [None]
    scenario.when(voided()).not_found("infusion.not_begun")
    in_order(scenario)


def test_its_bag_is_held_until_it_is_accounted_for_or_recorded_as_given(scenario: Scenario) -> None:
    scenario.given(active(), course("randomized"), course("ordered", OTHER, 2))
    report = reported(day(0, "11:00"), lot=LOT, bag="B30")
    scenario.given(report, voided())
    taken = infusion.AssignLot(participant=OTHER, lot=LOT, bag="B30")
    scenario.when(taken).refused("infusion.bag_in_question")
    scenario.when(product_lot.CorrectLot(lot=LOT, bags=("B1", "B2"))).refused("lot.bag_in_use")
    scenario.given(product_lot.ReturnBag(lot=LOT, bag="B30"), taken)
    scenario.when(product_lot.ReturnBag(lot=LOT, bag="B30")).refused("lot.bag_not_held")
    given_to_other = infusion.RecordInfusion(
        participant=OTHER, at=day(0, "11:00"), route=arm_routes(small())[1], lot=LOT, bag="B31"
    )
    scenario.given(reported(day(0, "11:00"), lot=LOT, bag="B31"), voided(), given_to_other)
    lot = scenario.view().single(ProductLot, LOT)
    assert lot is not None
    assert (lot.held, lot.bags["B31"]) == ((), OTHER)
    found = deviations(scenario.view(), sealed_to_all, OTHER)
    assert "infusion.bag_of_another" not in {each.rule for each in found}
    in_order(scenario)


def all_steps() -> infusion_correction.VoidInfusion:
    return infusion_correction.VoidInfusion(participant=CODE, infusion=1, whole=True)


@pytest.mark.parametrize("until", ["assigned", "received", "thawed", "started", "closed"])
@pytest.mark.requirement("CO-01")
def test_of_one_that_was_another_participants_altogether_the_order_alone_stands_and_its_bag_is_free(
    scenario: Scenario, until: str
) -> None:
    scenario.given(active(), course("ordered"))
    before = given(scenario)
    assert before is not None
    scenario.given(course(until)[len(course("ordered")) :], course("randomized", OTHER, 2)).on(3)
    assigned = given(scenario)
    assert assigned is not None
    assert assigned.assigned is not None
    scenario.when(all_steps(), person(Role.INVESTIGATOR, reason="")).refused("correction.no_reason")
    scenario.given(all_steps())
    fact = next(each.fact for each in scenario.records() if isinstance(each.fact, InfusionVoided))
    assert fact == InfusionVoided(infusion=1, was=assigned.assigned.at, whole=True)
    assert fact.sentence().endswith(f"recorded in error: every step from {assigned.assigned.at}")
    assert fact.sentence("zh").endswith("的所有步骤")
    now = given(scenario)
    assert now is not None
    assert now == dataclasses.replace(before, corrected=now.corrected, taken_back=now.taken_back)
    assert known(scenario).infused is None
    lot = scenario.view().single(ProductLot, LOT)
    assert lot is not None
    assert (lot.held, lot.bags["B1"]) == (("B1",), "")
    theirs = infusion.RecordInfusion(
        participant=OTHER, at=day(0, "13:30"), route=arm_routes(small())[1], lot=LOT, bag="B1"
    )
    scenario.given(theirs)
    lot = scenario.view().single(ProductLot, LOT)
    assert lot is not None
    assert (lot.held, lot.bags["B1"]) == ((), OTHER)
    found = deviations(scenario.view(), sealed_to_all)
    assert "infusion.bag_of_another" not in {each.rule for each in found}
    scenario.given(infusion.AssignLot(participant=CODE, lot=LOT, bag="B5"))
    there = given(scenario, day(1))
    assert there is not None
    assert there.status is InfusionStatus.ORDERED
    in_order(scenario)


def test_neither_an_order_alone_is_taken_back_nor_what_was_before_a_report_but_all_of_it(
    scenario: Scenario,
) -> None:
    scenario.given(active(), course("ordered"))
    scenario.when(all_steps()).not_found("infusion.not_begun")
    scenario.given(
        course("released")[len(course("ordered")) :], reported(day(0, "12:30"), lot=LOT, bag="B30")
    )
    scenario.given(all_steps())
    lot = scenario.view().single(ProductLot, LOT)
    assert lot is not None
    assert (set(lot.held), lot.bags["B1"], lot.bags["B30"]) == ({"B1", "B30"}, "", "")
    in_order(scenario)


def test_a_bag_in_whose_place_another_is_assigned_is_held_until_it_is_accounted_for(
    scenario: Scenario,
) -> None:
    scenario.given(active(), course("assigned"), course("ordered", OTHER, 2))
    scenario.given(infusion.AssignLot(participant=CODE, lot=LOT, bag="B9"))
    lot = scenario.view().single(ProductLot, LOT)
    assert lot is not None
    assert (lot.held, lot.bags["B1"], lot.bags["B9"]) == (("B1",), "", CODE)
    theirs = infusion.AssignLot(participant=OTHER, lot=LOT, bag="B1")
    scenario.when(theirs).refused("infusion.bag_in_question")
    scenario.given(product_lot.ReturnBag(lot=LOT, bag="B1"), theirs)
    scenario.given(infusion.AssignLot(participant=CODE, lot=LOT, bag="B9"))
    in_order(scenario)


def test_one_given_step_by_step_stands_where_access_was_placed(scenario: Scenario) -> None:
    scenario.given(active(), course("closed"), voided())
    now = given(scenario)
    lot = scenario.view().single(ProductLot, LOT)
    assert now is not None
    assert lot is not None
    assert (now.status, now.bag, now.ended, now.watched) == (InfusionStatus.ACCESS_PLACED, "B1", None, None)
    assert (lot.held, lot.bags["B1"]) == ((), CODE)
    scenario.given(infusion.SkipInfusion(participant=CODE, reason="fever"))
    in_order(scenario)


@pytest.mark.requirement("CO-01", "CO-02")
@pytest.mark.parametrize("closed", [False, True])
def test_one_recorded_as_not_given_in_error_can_still_be_given(scenario: Scenario, closed: bool) -> None:
    steps = course("accessed")
    scenario.given(active(), steps)
    before = given(scenario)
    assert before is not None
    scenario.given(infusion.SkipInfusion(participant=CODE, reason="fever", at=day(0, "12:30")))
    if closed:
        scenario.given(infusion.CloseInfusion(participant=CODE))
    scenario.when(voided(), person(Role.COORDINATOR, reason="")).refused("correction.no_reason")
    scenario.when(voided()).then(NotGivenVoided(was=day(0, "12:30")))
    now = given(scenario)
    assert now is not None
    assert (now.status, now.not_given, now.bag) == (before.status, None, "B1")
    assert [each.at for each in now.corrected] == [day(0, "12:30")]
    scenario.when(voided()).not_found("infusion.not_begun")
    scenario.given(course("infused")[len(steps) :])
    assert known(scenario).status is ParticipantStatus.TREATED
    in_order(scenario)


def test_a_report_after_it_was_recorded_as_not_given_is_taken_back_before_that(scenario: Scenario) -> None:
    skipped = infusion.SkipInfusion(participant=CODE, reason="fever")
    scenario.given(active(), course("released"), skipped, reported(day(0, "12:00"), lot=LOT, bag="B30"))
    scenario.given(voided())
    assert given(scenario).status is InfusionStatus.NOT_GIVEN  # type: ignore[union-attr]
    scenario.given(voided())
    assert given(scenario).status is InfusionStatus.RELEASED  # type: ignore[union-attr]
    in_order(scenario)


def test_what_was_done_before_the_report_stands_as_it_did(scenario: Scenario) -> None:
    scenario.given(active(), course("released"))
    before = given(scenario)
    assert before is not None
    scenario.given(reported(day(0, "11:00"), lot=LOT, bag="B30", use_by=day(0, "12:00")))
    scenario.given(times(started=day(0, "10:30")), voided())
    now = given(scenario)
    assert now is not None
    assert (now.status, now.lot, now.bag, now.use_by) == (before.status, LOT, "B1", None)
    scenario.given(infusion.ReceiveProduct(participant=CODE, bag="B1"))
    in_order(scenario)


def test_a_thawed_product_is_waited_for_again(scenario: Scenario) -> None:
    plan = telling()
    scenario.given(active(plan), course("thawed")).on(0, "22:30")
    sweep = sweeper(scenario)
    swept(scenario, sweep)
    first = {each.alert for each in standing(scenario) if each.about == "product_use_by"}
    scenario.given(course("started")[len(course("thawed")) :])
    swept(scenario, sweep)
    assert not [each for each in standing(scenario) if each.about == "product_use_by"]
    scenario.given(voided())
    swept(scenario, sweep)
    again = {each.alert for each in standing(scenario) if each.about == "product_use_by"}
    assert first
    assert again
    assert not first & again


def test_after_unblinding_each_waits_for_an_investigators_signature(scenario: Scenario) -> None:
    disclosure = participant.RecordUnblinding(
        participant=CODE, at=day(0, "12:00"), kind="planned", informed=("Dr Wang",), reason="care"
    )
    scenario.given(active(), course("closed"), disclosure)
    scenario.given(times(thawed=day(0, "09:00")), times(started=day(0, "10:00")), voided())
    waiting = list(change_rows(scenario.view(), waiting=True))
    assert [each.fact for each in waiting] == [
        scenario.position(InfusionTimeCorrected),
        scenario.position(InfusionTimeCorrected, 2),
        scenario.position(InfusionVoided),
    ]
    assert {each.record for each in waiting} == {"infusion-1"}


def test_who_is_masked_learns_no_route_by_taking_back(scenario: Scenario) -> None:
    """The answer is the same whichever route was given."""
    scenario.given(active(), course("randomized", CODE), course("randomized", OTHER, 2))
    coordinator = person(Role.COORDINATOR)
    for code in (CODE, OTHER):
        for number, route in enumerate(arm_routes(small())[:2], start=1):
            report = infusion.RecordInfusion(
                participant=code, at=day(0, "11:00"), route=route, infusion=number
            )
            scenario.given(report)
            right = infusion_correction.CorrectInfusionTimes(
                participant=code, infusion=number, started=day(0, "10:50")
            )
            taken_back = infusion_correction.VoidInfusion(participant=code, infusion=number)
            assert scenario.when(right, coordinator).receipt.last
            assert scenario.when(taken_back, coordinator).receipt.last
