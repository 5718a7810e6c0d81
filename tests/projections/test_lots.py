"""What was registered of a lot, put right: steps and deviations follow it, and what stood there stays."""

from __future__ import annotations

import pytest

from domain.product_lot import BagAssigned, LotCorrected, LotRegistered, ProductLot
from domain.record import Role
from projections.as_of import Axis
from projections.deviations import Deviation, deviations
from projections.rebuild import compare
from tests.audit.test_conformance import replayed
from tests.support.trial import LOT, TRIAL, Scenario, active, course, day, person
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
