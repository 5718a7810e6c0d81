"""However often an infusion or a lot is put right, the clinical axis tells what is right of every instant."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.clinical_time import ClinicalTime, Instant
from domain.errors import TrialogError
from domain.happened import Happened
from domain.infusion import Infusion
from domain.product_lot import ProductLot
from domain.record import Role
from projections.as_of import Axis
from projections.rebuild import compare
from tests.audit.test_conformance import replayed
from tests.support.scenario import Scenario
from tests.support.trial import LOT, TRIAL, active, arm_routes, course, day, person, small
from workflows import infusion, infusion_correction, product_lot
from workflows.command import Command

CODE = "S1-001"

_days = st.builds(day, st.integers(1, 6), st.sampled_from(("08:00", "16:00")))
_maybe = st.none() | _days
_amounts = st.none() | st.integers(40, 60).map(Decimal)


def _of(kind: type[Command], **fields: st.SearchStrategy[object]) -> st.SearchStrategy[Command]:
    return st.builds(kind, participant=st.just(CODE), **fields)


CORRECTIONS = st.one_of(
    _of(infusion_correction.CorrectInfusionTimes, thawed=_maybe, started=_maybe, ended=_maybe),
    _of(infusion_correction.CorrectInfusionTimes, started=_maybe, ended=_maybe),
    _of(infusion_correction.CorrectInfusionTimes, started=_days),
    _of(infusion_correction.CorrectInfusionTimes, ended=_days),
    _of(infusion_correction.CorrectDose, volume_ml=_amounts, cells_million=_amounts),
)
REPORTED = st.one_of(
    CORRECTIONS,
    CORRECTIONS,
    _of(infusion_correction.VoidInfusion),
    _of(infusion.RecordInfusion, at=_days, ended=_maybe, route=st.just(arm_routes(small())[0])),
)

MOMENTS = [day(number, clock) for number in range(1, 8) for clock in ("00:00", "12:00", "20:00")]


def known(scenario: Scenario, when: ClinicalTime | None = None) -> Infusion:
    axis = Axis.RECORDED if when is None else Axis.EFFECTIVE
    view = scenario.view(None if when is None else Instant.of(when.earliest), axis)
    return view.infusions(CODE).get(CODE, {}).get("1", Infusion(1))


def by_then(happened: Happened | None, when: ClinicalTime) -> Happened | None:
    """What happened, if it had by then."""
    return happened if happened is not None and happened.at.earliest <= when.earliest else None


def stood(now: Infusion, when: ClinicalTime) -> Infusion:
    """What is right of an instant: the steps taken by then, and of one reported as a whole all or nothing."""
    started, thawed = by_then(now.started, when), by_then(now.thawed, when)
    if now.before is not None:
        ended = now.ended if started else None
        dose_known = started is not None
    else:
        ended = by_then(now.ended, when)
        dose_known = ended is not None
    right = replace(now, started=started, thawed=thawed, ended=ended)
    return right if dose_known else replace(right, volume_ml=None, cells_million=None)


def told(each: Infusion) -> tuple[object, ...]:
    amounts = (each.volume_ml, each.cells_million)
    return each.thawed, each.started, each.ended, *(amount and amount.value for amount in amounts)


def tried(scenario: Scenario, commands: list[Command]) -> None:
    for command in commands:
        try:
            scenario.app.engine.execute(TRIAL, command, person(Role.INVESTIGATOR))
        except TrialogError:
            continue


def tells_what_is_right(scenario: Scenario) -> None:
    now = known(scenario)
    for when in MOMENTS:
        assert told(known(scenario, when)) == told(stood(now, when)), when
    assert compare(scenario.app.reading, TRIAL)[1] == []
    assert replayed(scenario).unexplained == ()
    scenario.close()


@settings(max_examples=40)
@given(commands=st.lists(REPORTED, min_size=6, max_size=18))
def test_of_one_reported_as_a_whole(
    tmp_path_factory: pytest.TempPathFactory, commands: list[Command]
) -> None:
    scenario = Scenario(tmp_path_factory.mktemp("reported"))
    scenario.given(active(), course("randomized")).on(20)
    report = infusion.RecordInfusion(
        participant=CODE, at=day(3, "08:00"), ended=day(4, "08:00"), route=arm_routes(small())[0]
    )
    scenario.given(report)
    tried(scenario, commands)
    tells_what_is_right(scenario)


@settings(max_examples=30)
@given(commands=st.lists(CORRECTIONS, min_size=4, max_size=12))
def test_of_one_given_step_by_step(tmp_path_factory: pytest.TempPathFactory, commands: list[Command]) -> None:
    scenario = Scenario(tmp_path_factory.mktemp("steps"))
    scenario.given(active(), course("infused")).on(20)
    scenario.given(
        infusion_correction.CorrectUseBy(participant=CODE, use_by=day(9)),
        infusion_correction.CorrectInfusionTimes(
            participant=CODE, thawed=day(2, "08:00"), started=day(3, "08:00"), ended=day(3, "16:00")
        ),
    )
    tried(scenario, commands)
    tells_what_is_right(scenario)


@settings(max_examples=30)
@given(
    commands=st.lists(
        st.one_of(
            st.builds(product_lot.CorrectLot, lot=st.just(LOT), released=_days),
            st.builds(product_lot.CorrectLot, lot=st.just(LOT), released=_days),
            st.builds(product_lot.QuarantineLot, lot=st.just(LOT), reason=st.just("a doubt"), at=_days),
            st.builds(product_lot.ReleaseLot, lot=st.just(LOT), at=_days),
        ),
        min_size=3,
        max_size=10,
    )
)
def test_of_the_releases_of_a_lot(tmp_path_factory: pytest.TempPathFactory, commands: list[Command]) -> None:
    scenario = Scenario(tmp_path_factory.mktemp("lots"))
    scenario.given(active()).on(20)
    tried(scenario, commands)
    now = scenario.view().singles(ProductLot)[LOT]
    for when in MOMENTS:
        then = scenario.view(Instant.of(when.earliest), Axis.EFFECTIVE).singles(ProductLot)[LOT]
        released = by_then(now.last_release, when)
        assert released is None or then.last_release is not None, when
        if released is not None and len(now.holds) == 0:
            assert then.last_release == released, when
    assert compare(scenario.app.reading, TRIAL)[1] == []
    assert replayed(scenario).unexplained == ()
    scenario.close()
