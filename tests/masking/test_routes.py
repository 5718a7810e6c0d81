"""Where the arms differ in route, a masked role is answered the same by whatever route it guesses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.record import Role
from tests.support.scenario import Scenario
from tests.support.trial import EXTERNAL, active, amended, course, day, person, small
from workflows import deviation, infusion, participant
from workflows.command import Command

MASKING = {**EXTERNAL, "masking.masked_roles": ["coordinator", "investigator", "outcome_assessor"]}
ONE_ARM_LEFT = {
    "version": "2.0",
    "arms": [{"id": "by-vein", "name": {"en": "By vein"}, "route": "vein"}],
    "consent.versions": [{"version": "1.0", "language": "zh-CN"}],
}


def premedicated(arm: str) -> Iterator[Command]:
    """A participant of an arm, allocated before an amendment left one arm and infused after it."""
    yield from active(small(MASKING))
    yield from course("eligible")
    yield participant.RecordRandomization(participant="S1-001", at=day(0, "12:45"), arm=arm)
    yield from amended(small({**MASKING, **ONE_ARM_LEFT}))
    steps = course("premedicated")
    yield from steps[len(course("randomized")) :]


@pytest.mark.requirement("ID-08", "RN-04")
@pytest.mark.parametrize("arm", ["by-vein", "by-artery"])
def test_routes_tell_arms_also_where_an_amendment_has_left_one_arm(arm: str, tmp_path: Path) -> None:
    scenario = Scenario(tmp_path)
    try:
        scenario.given(premedicated(arm))
        for route in ("vein", "artery"):
            placed = infusion.PlaceAccess(participant="S1-001", route=route)
            scenario.when(placed, person(Role.INVESTIGATOR)).denied("allocation.masked")
            given = infusion.RecordInfusion(participant="S1-001", at=day(0), route=route)
            scenario.when(given, person(Role.COORDINATOR)).denied("allocation.masked")
        told = deviation.ExplainDeviation(
            participant="S1-001", deviation="noted-1", cause="given by the artery"
        )
        scenario.when(told).invalid("unblinding.names_arm")
        other = {"by-vein": "artery", "by-artery": "vein"}[arm]
        by_the_other = infusion.PlaceAccess(participant="S1-001", route=other)
        scenario.when(by_the_other, person(Role.INFUSION_OPERATOR)).refused("infusion.route_mismatch")
    finally:
        scenario.close()
