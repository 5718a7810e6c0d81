"""Who may not know the allocation gets the same answer, to the byte, whatever the arms are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.cli.endpoint_tables import tables
from adapters.cli.endpoints import as_data
from adapters.cli.output import Table, aligned
from adapters.plots.pictures import pictures
from domain.record import Role
from projections.endpoints import evaluate
from tests.endpoints.liver import ARTERY, VEIN, bled, died, document, evaluated, infused, seen
from tests.support.scenario import Scenario
from tests.support.trial import active

SWAPPED = {VEIN: ARTERY, ARTERY: VEIN}
ARMS = {"S1-001": VEIN, "S1-002": ARTERY, "S1-003": VEIN, "S1-004": ARTERY, "S1-005": ARTERY}


def told(folder: Path, arms: dict[str, str], role: Role) -> str:
    """Everything somebody is told of a trial with these arms: JSON, tables and plots."""
    liver = Scenario(folder, name=f"{sorted(arms.items())!r}".replace("/", "")[:40] + ".db")
    try:
        liver.given(active(document()))
        for number, (code, arm) in enumerate(arms.items()):
            liver.given(infused(code, arm, on=number))
        liver.given(died("S1-001", 40), bled("S1-002", 20), seen("S1-003", "week-4", 30))
        liver.on(300)
        found = evaluated(liver, role)
        lines = (
            line for part in tables(found) for line in (aligned(part) if isinstance(part, Table) else (part,))
        )
        drawn = [f"{name}\n{picture}" for name, picture in pictures(found)]
        return "\n".join([json.dumps(as_data(found)), *lines, *drawn])
    finally:
        liver.close()


def test_a_masked_role_is_told_the_same_whatever_the_arms_are(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    swapped = {code: SWAPPED[arm] for code, arm in ARMS.items()}
    all_one = dict.fromkeys(ARMS, VEIN)
    first = told(tmp_path / "one", ARMS, Role.OUTCOME_ASSESSOR)
    assert told(tmp_path / "other", swapped, Role.OUTCOME_ASSESSOR) == first
    assert told(tmp_path, all_one, Role.OUTCOME_ASSESSOR) == first
    for secret in ("vein", "artery", "By vein"):
        assert secret not in first


def test_those_entitled_are_told_by_arm(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    swapped = {code: SWAPPED[arm] for code, arm in ARMS.items()}
    first = told(tmp_path / "one", ARMS, Role.STATISTICIAN)
    assert "By vein" in first
    assert told(tmp_path, swapped, Role.STATISTICIAN) != first


def test_one_allocation_that_cannot_be_opened_is_enough_to_pool(liver: Scenario) -> None:
    liver.given(infused("S1-001"), infused("S1-002", ARTERY))
    view = liver.view()
    opened = liver.app.unseal(view.trial, Role.STATISTICIAN)
    second = view.participants()["S1-002"].randomized
    assert second is not None
    found = evaluate(view, lambda sealed: None if sealed == second.allocation else opened(sealed))
    assert (found.by, [group.id for group in found.groups]) == ("pooled", ["pooled"])


@pytest.mark.parametrize("role", [Role.STATISTICIAN, Role.OUTCOME_ASSESSOR])
def test_the_same_question_twice_has_the_same_answer(tmp_path: Path, role: Role) -> None:
    (tmp_path / "again").mkdir()
    assert told(tmp_path, ARMS, role) == told(tmp_path / "again", ARMS, role)
