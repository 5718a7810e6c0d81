"""A bundle is a complete copy: a reader written from SPEC.md alone makes the same state from it (EX-01)."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from domain.visit_plan import Milestone
from projections.visit_status import VisitStatus, visit_rows
from tests.support.scenario import Scenario
from tests.support.trial import active, course, day
from tests.verification import independent
from tests.verification.independent import rebuilt
from tests.verification.signed_store import asked, bundle_of
from workflows import observation, visit
from workflows.command import Command


@pytest.fixture
def lived(scenario: Scenario) -> Scenario:
    """A trial with values corrected and voided, visits in and out of their windows, missed, moved, beside."""
    fields = {"participant": "S1-001", "visit": "baseline"}

    def changed(kind: type[observation.CorrectResult | observation.VoidResult], **more: str) -> Command:
        return kind.model_validate({**fields, **more})

    scenario.given(active(), course("closed"))
    scenario.given(
        changed(observation.CorrectResult, result="alt", value="41"),
        changed(observation.CorrectResult, result="alt", value="<42"),
        changed(observation.CorrectResult, result="ascites", value="none"),
        changed(observation.VoidResult, result="tbil"),
        visit.ScheduleVisit(participant="S1-001", visit="week-4", appointment=day(30, "09:00")),
        visit.ScheduleVisit(participant="S1-001", visit="week-4", appointment=day(41, "09:00")),
        visit.RecordVisit(participant="S1-001", visit="week-4", at=day(41, "09:00")),
        visit.RecordMissedVisit(participant="S1-001", visit="week-12", at=day(100), reason="travelling"),
        visit.RecordVisit(participant="S1-001", at=day(101)),
    )
    scenario.given(course("measured", "S1-002"))
    return scenario


@pytest.mark.requirement("EX-01")
def test_an_independent_reader_makes_the_same_state_from_the_bundle_alone(
    lived: Scenario, tmp_path: Path
) -> None:
    view = lived.view()
    path = tmp_path / "trial.zip"
    lived.close()
    path.write_bytes(bundle_of(Path(lived.location), asked(view.position)))
    lived.app = lived.opened()
    view = lived.view()
    found = rebuilt(path)
    people = view.participants()
    assert found.keys() == people.keys() == {"S1-001", "S1-002"}
    for code, known in people.items():
        assert found[code]["site"] == known.site
        days = {each: known.milestone(each) for each in Milestone}
        told = {each.value: str(when.at)[:10] for each, when in days.items() if when is not None}
        assert found[code]["milestones"] == told
        results = {
            (name, result): {
                "value": value.value,
                "unit": value.unit,
                "comparator": value.comparator,
                "was": list(value.was),
                "stands": value.state != "voided",
            }
            for name, values in view.results(code).get(code, {}).items()
            for result, value in values.items()
        }
        assert found[code]["results"] == results
        for row in visit_rows(view, code):
            if row.visit_state is None:
                assert row.visit not in found[code]["visits"]
                continue
            state, theirs = row.visit_state, found[code]["visits"][row.visit]
            assert theirs["attended"] == (str(state.attended.at) if state.attended else "")
            assert theirs["missed"] == (str(state.missed.at) if state.missed else "")
            assert theirs["appointment"] == str(state.appointment or "")
            late = row.status is VisitStatus.DONE_OUT_OF_WINDOW
            expected = None if row.window is None or state.attended is None else not late
            assert theirs["in_window"] is expected, row
    outcomes = {each["in_window"] for each in found["S1-001"]["visits"].values()}
    assert outcomes == {True, False, None}


def test_the_reader_imports_nothing_of_the_product() -> None:
    tree = ast.parse(Path(independent.__file__).read_text("utf-8"))
    nodes = list(ast.walk(tree))
    imported = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    assert {name.partition(".")[0] for name in imported} <= set(sys.stdlib_module_names)


def test_the_description_names_every_topic_that_the_reader_reads() -> None:
    source = Path(independent.__file__).read_text("utf-8")
    spec = (Path(independent.__file__).parents[2] / "adapters/bundle/shipped/SPEC.md").read_text("utf-8")
    topics = {word for word in source.replace('"', " ").split() if word.endswith(".v1")}
    assert topics
    assert [topic for topic in topics if f"`{topic}`" not in spec] == []
