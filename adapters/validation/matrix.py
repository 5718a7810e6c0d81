"""The traceability matrix: each requirement, the tests that show it, and how it stands after a run."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from adapters.validation.catalogue import Requirement
from adapters.validation.run import Run, Shown


class Standing(StrEnum):
    """How a requirement stands after a run."""

    SHOWN = "shown"
    FAILED = "failed"
    NOT_RUN = "not run"
    NOT_COVERED = "not covered"


class Line(NamedTuple):
    """A requirement with its tests."""

    requirement: Requirement
    tests: tuple[Shown, ...]
    standing: Standing


class Matrix(NamedTuple):
    """Every requirement as it stands, and how many there are of each standing."""

    lines: tuple[Line, ...]
    counts: Mapping[Standing, int]


def matrix(requirements: Mapping[str, Requirement], run: Run) -> Matrix:
    """Trace every requirement to its tests. One failing test is enough to fail a requirement."""
    lines = []
    for requirement in requirements.values():
        tests = tuple(run.showing(requirement.id))
        lines.append(Line(requirement, tests, _standing(requirement, tests)))
    counts = {each: sum(line.standing is each for line in lines) for each in Standing}
    return Matrix(tuple(lines), counts)


def _standing(requirement: Requirement, tests: tuple[Shown, ...]) -> Standing:
    outcomes = {test.outcome for test in tests}
    if outcomes & {"failed", "error"}:
        return Standing.FAILED
    if "passed" in outcomes:
        return Standing.SHOWN
    return Standing.NOT_COVERED if requirement.not_covered and not tests else Standing.NOT_RUN
