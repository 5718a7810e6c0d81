"""What was registered of a lot, put right: steps and deviations follow it, and what stood there stays."""

from __future__ import annotations

import pytest

from domain.clinical_time import Instant
from domain.product_lot import BagAssigned, LotCorrected, LotRegistered, LotReleaseTimeCorrected, ProductLot
from domain.record import Role
from projections.as_of import Axis
from projections.deviations import Deviation, deviations
from projections.rebuild import compare
from tests.audit.test_conformance import replayed
from tests.support.scenario import Scenario
from tests.support.trial import LOT, TRIAL, active, course, day, person
from workflows import infusion, product_lot
from workflows.command import Command

CODE = "S1-001"
RULE = "infusion.lot_expired"
GIVEN = infusion.RecordInfusion.model_validate(
    {"participant": CODE, "at": day(0, "11:30"), "route": "vein", "lot": LOT, "bag": "B1"}
)


def expired(scenario: Scenario) -> list[Deviation]:
    view = scenario.view()
    found = deviations(view, scenario.app.unseal(view.trial, Role.INVESTIGATOR))
    return [each for each in found if each.rule == RULE]


def registered(expires: int) -> list[Command]:
    """The trial, its lot registered as expiring on that day."""
    return [
        each.model_copy(update={"expires": day(expires)})
        if isinstance(each, product_lot.RegisterLot)
        else each
        for each in active()
    ]


def test_a_step_waits_for_the_expiry_to_be_put_right_and_the_old_one_stays(scenario: Scenario) -> None:
    scenario.given(registered(-2), course("ordered"))
    assigning = infusion.AssignLot(participant=CODE, lot=LOT, bag="B1")
    scenario.when(assigning).refused("infusion.lot_expired")
    scenario.given(product_lot.CorrectLot(lot=LOT, expires=day(300)), assigning)
    lot = scenario.view().singles(ProductLot)[LOT]
    fact = scenario.position(LotCorrected)
    assert (lot.expires, lot.expiry_fact) == (day(300), fact)
    assert [(each.field, each.was, each.by.fact) for each in lot.replaced] == [("expires", day(-2), fact)]
    corrected = scenario.records()[fact - 1]
    assert corrected.effective_at == lot.registered.at
    assert corrected.fact.sentence("en") == f"Lot L1 corrected: expires {day(300)}, was {day(-2)}"
    assert corrected.fact.sentence("zh") == f"批次 L1 更正：有效期至 {day(300)}，原为 {day(-2)}"
    assert compare(scenario.app.reading, TRIAL)[1] == []
    assert replayed(scenario).verdicts == ()


@pytest.mark.parametrize(("was", "now"), [(-2, 300), (300, -2), (-3, -2)])
def test_what_was_given_is_judged_by_the_expiry_that_is_right(scenario: Scenario, was: int, now: int) -> None:
    scenario.given(registered(300), course("ordered"))
    if was != 300:
        scenario.given(product_lot.CorrectLot(lot=LOT, expires=day(was)))
    scenario.given(GIVEN)
    before, known = expired(scenario), scenario.view()
    scenario.given(product_lot.CorrectLot(lot=LOT, expires=day(now)))
    after = expired(scenario)
    assert [each.detail for each in before] == ([f"lot L1 expired {day(was)}"] if was < 0 else [])
    assert [each.detail for each in after] == ([f"lot L1 expired {day(now)}"] if now < 0 else [])
    if was < 0 and now < 0:
        assert [each.id for each in before] == [each.id for each in after]
        assert after[0].facts[1] == scenario.view().singles(ProductLot)[LOT].expiry_fact
    verdicts = [each for each in replayed(scenario).verdicts if each.refusal.rule.code == RULE]
    assert [(each.is_explained, each.resolved) for each in verdicts] == ([(True, now > 0)] if was < 0 else [])
    then = scenario.app.view(TRIAL, known.position).singles(ProductLot)[LOT]
    assert then.expires == day(was)
    assert scenario.app.view(TRIAL, axis=Axis.EFFECTIVE).singles(ProductLot)[LOT].expires == day(now)
    assert compare(scenario.app.reading, TRIAL)[1] == []


def test_bags_are_put_right_but_for_those_in_use(scenario: Scenario) -> None:
    scenario.given(active(), course("assigned"))
    scenario.given(product_lot.CorrectLot(lot=LOT, bags=("B1", "B2", "C3")))
    assert scenario.view().singles(ProductLot)[LOT].bags == {"B1": CODE, "B2": "", "C3": ""}
    other = infusion.AssignLot(participant=CODE, lot=LOT, bag="B3")
    scenario.when(other).refused("infusion.bag_taken")
    assert {LotRegistered, BagAssigned, LotCorrected} <= {type(each.fact) for each in scenario.records()}


def test_a_lot_is_corrected_with_a_reason_of_the_list_by_the_cell_laboratory(scenario: Scenario) -> None:
    scenario.given(active())
    correction, laboratory = product_lot.CorrectLot(lot=LOT, expires=day(200)), Role.CELL_LABORATORY
    scenario.when(correction, person(laboratory, reason="")).refused("correction.no_reason")
    scenario.when(correction, person(laboratory, code="mood")).refused("correction.reason_unlisted")
    scenario.when(correction, person(Role.INVESTIGATOR)).denied()
    scenario.when(product_lot.CorrectLot(lot="L9", expires=day(200))).not_found("lot.unknown")
    scenario.when(product_lot.CorrectLot(lot=LOT)).refused("lot.same")


def unreleased(scenario: Scenario) -> list[str]:
    view = scenario.view()
    found = deviations(view, scenario.app.unseal(view.trial, Role.INVESTIGATOR))
    return [each.rule for each in found if each.rule in ("infusion.lot_unreleased", "infusion.lot_withheld")]


def test_the_time_of_a_release_is_put_right_and_what_was_given_is_judged_by_it(scenario: Scenario) -> None:
    scenario.given(active(), course("ordered"), GIVEN)
    assert unreleased(scenario) == []
    standing = scenario.view().singles(ProductLot)[LOT].last_release
    assert standing is not None
    scenario.given(product_lot.CorrectLot(lot=LOT, released=day(0, "11:40")))
    lot = scenario.view().singles(ProductLot)[LOT]
    assert lot.status == "released"
    assert lot.released is not None
    assert lot.released.at == day(0, "11:40")
    fact = scenario.position(LotReleaseTimeCorrected)
    assert [(each.field, each.was, each.by.fact) for each in lot.replaced] == [
        ("released", str(standing.at), fact)
    ]
    assert scenario.records()[fact - 1].effective_at == day(0, "11:40")
    assert unreleased(scenario) == ["infusion.lot_unreleased"]
    early = scenario.view(Instant.of(day(0, "11:35").earliest), Axis.EFFECTIVE).singles(ProductLot)[LOT]
    assert (early.status, early.released) == ("registered", None)
    scenario.given(product_lot.CorrectLot(lot=LOT, released=day(-2)))
    assert unreleased(scenario) == []
    assert (
        scenario.view(Instant.of(day(0, "08:00").earliest), Axis.EFFECTIVE).singles(ProductLot)[LOT].status
        == "released"
    )
    assert compare(scenario.app.reading, TRIAL)[1] == []
    assert replayed(scenario).unexplained == ()


def test_a_release_that_ended_a_hold_ends_it_when_it_really_was(scenario: Scenario) -> None:
    held = product_lot.QuarantineLot(lot=LOT, reason="a doubt", at=day(0, "09:00"))
    again = product_lot.ReleaseLot(lot=LOT, at=day(0, "11:50"))
    scenario.given(active(), course("ordered"), held, again, GIVEN)
    assert unreleased(scenario) == ["infusion.lot_withheld"]
    scenario.given(product_lot.CorrectLot(lot=LOT, released=day(0, "11:20")))
    lot = scenario.view().singles(ProductLot)[LOT]
    [hold] = lot.holds
    assert hold.until is not None
    assert hold.until.at == day(0, "11:20")
    assert unreleased(scenario) == []
    assert replayed(scenario).unexplained == ()
    assert compare(scenario.app.reading, TRIAL)[1] == []


def test_a_release_is_put_right_as_it_could_have_been(scenario: Scenario) -> None:
    scenario.given(active())
    scenario.when(product_lot.CorrectLot(lot=LOT, released=day(400))).refused("time.in_future")
    standing = scenario.view().singles(ProductLot)[LOT].last_release
    assert standing is not None
    scenario.when(product_lot.CorrectLot(lot=LOT, released=standing.at)).refused("lot.same")
    both = product_lot.CorrectLot(lot=LOT, expires=day(200), released=day(-3))
    scenario.when(both)
    assert [type(each.fact).__name__ for each in scenario.records()[-2:]] == [
        "LotCorrected",
        "LotReleaseTimeCorrected",
    ]
    scenario.given(product_lot.QuarantineLot(lot=LOT, reason="a doubt", at=day(-1)))
    scenario.when(product_lot.CorrectLot(lot=LOT, released=day(0, "08:00"))).refused("lot.held_by_then")


@pytest.mark.parametrize(
    ("held", "status"),
    [
        (product_lot.QuarantineLot(lot=LOT, reason="a doubt", at=day(1)), "quarantined"),
        (product_lot.RejectLot(lot=LOT, reason="not sterile", at=day(1)), "rejected"),
    ],
)
def test_of_a_lot_that_is_held_again_the_release_before_is_put_right_and_it_stays_held(
    scenario: Scenario, held: Command, status: str
) -> None:
    scenario.given(active(), course("ordered"), GIVEN).on(3).given(held)
    assert unreleased(scenario) == []
    scenario.given(product_lot.CorrectLot(lot=LOT, released=day(0, "11:40")))
    lot = scenario.view().singles(ProductLot)[LOT]
    assert lot.status == status
    assert lot.released is not None
    assert lot.released.at == day(0, "11:40")
    assert [hold.until for hold in lot.holds] == [None]
    assert unreleased(scenario) == ["infusion.lot_unreleased"]
    told = {"11:35": "registered", "11:50": "released"}
    for clock, then in told.items():
        view = scenario.view(Instant.of(day(0, clock).earliest), Axis.EFFECTIVE)
        assert view.singles(ProductLot)[LOT].status == then
    late = scenario.view(Instant.of(day(2).earliest), Axis.EFFECTIVE)
    assert late.singles(ProductLot)[LOT].status == status
    scenario.given(product_lot.CorrectLot(lot=LOT, released=day(-2)))
    assert unreleased(scenario) == []
    assert replayed(scenario).unexplained == ()
    assert compare(scenario.app.reading, TRIAL)[1] == []
