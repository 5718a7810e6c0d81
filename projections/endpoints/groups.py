"""Among whom an endpoint is told: by arm for those who may open every allocation, pooled for all others.

Whoever may not know gets the same answer whatever the arms are: nothing of an arm is looked at here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from domain.trial import Trial
from projections.chart import Chart
from projections.ports import Unseal

POOLED = "pooled"


class Group(NamedTuple):
    """Participants told together: an arm, or all."""

    id: str
    name: str
    participants: int


class Cohort(NamedTuple):
    """A group with the charts of its participants, all of whom are randomized."""

    group: Group
    charts: tuple[Chart, ...]


def cohorts_of(trial: Trial, randomized: Sequence[Chart], unseal: Unseal) -> tuple[Cohort, ...]:
    """The arms in the protocol's order, empty ones too, then all together; all alone for who may not know."""
    everyone = Cohort(Group(POOLED, "All participants", len(randomized)), tuple(randomized))
    by_arm: dict[str, list[Chart]] = {arm.id: [] for arm in trial.protocol.arms}
    names = {
        arm.id: arm.name.en
        for version in trial.versions
        for arm in trial.document(version.version).protocol.arms
    }
    for chart in randomized:
        allocated = chart.participant.randomized
        arm = None if allocated is None else unseal(allocated.allocation)
        if arm is None:
            return (everyone,)
        by_arm.setdefault(arm.strip(), []).append(chart)
    if not randomized:
        return (everyone,)
    arms = (
        Cohort(Group(arm, names.get(arm, arm), len(of_arm)), tuple(of_arm)) for arm, of_arm in by_arm.items()
    )
    return (*arms, everyone)
