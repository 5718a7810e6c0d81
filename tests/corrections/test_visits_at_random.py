"""However often visits and results are put right, the clinical axis tells what is right of every instant."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.clinical_time import ClinicalTime, Instant
from domain.errors import TrialogError
from domain.happened import Happened
from domain.observation import Result
from domain.record import Role
from domain.visit import Visit
from projections.as_of import Axis
from projections.rebuild import compare
from tests.audit.test_conformance import replayed
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course, day, person
from workflows import observation, visit, visit_correction
from workflows.command import Command

CODE = "S1-001"

_days = st.builds(day, st.integers(1, 6), st.sampled_from(("", "08:00", "16:00")))
_item = st.sampled_from(("alt", "alt", "ascites"))
_values = {"alt": ("40", "41"), "ascites": ("none", "mild")}


def _of(kind: type[Command], **fields: st.SearchStrategy[object]) -> st.SearchStrategy[Command]:
    return st.builds(kind, participant=st.just(CODE), visit=st.just("week-4"), **fields)


def _reading(item: str) -> st.SearchStrategy[observation.Reading]:
    unit = "U/L" if item == "alt" else ""
    return st.builds(
        observation.Reading, item=st.just(item), value=st.sampled_from(_values[item]), unit=st.just(unit)
    )


_readings = _item.flatmap(_reading).map(lambda each: (each,))

COMMANDS = st.one_of(
    _of(visit.RecordVisit, at=_days),
    _of(visit.RecordMissedVisit, at=_days, reason=st.just("away")),
    _of(visit_correction.CorrectVisit, at=_days),
    _of(visit_correction.CorrectVisit, at=_days),
    _of(visit_correction.VoidVisit, with_results=st.booleans()),
    _of(observation.RecordResults, at=_days, readings=_readings),
    _of(observation.CorrectResult, result=st.just("alt"), value=st.sampled_from(_values["alt"])),
    _of(visit_correction.CorrectResultTime, result=_item, at=_days),
    _of(observation.VoidResult, result=_item),
)

BEGUN: list[Command] = [
    visit.RecordVisit(participant=CODE, visit="week-4", at=day(3, "08:00")),
    observation.RecordResults.model_validate(
        {
            "participant": CODE,
            "visit": "week-4",
            "at": day(3, "08:00"),
            "readings": ({"item": "alt", "value": "40", "unit": "U/L"}, {"item": "ascites", "value": "mild"}),
        }
    ),
]

MOMENTS = [day(number, clock) for number in range(1, 8) for clock in ("00:00", "12:00", "20:00")]


def known(scenario: Scenario, when: ClinicalTime | None = None) -> tuple[Visit, dict[str, Result]]:
    axis = Axis.RECORDED if when is None else Axis.EFFECTIVE
    view = scenario.view(None if when is None else Instant.of(when.earliest), axis)
    found = view.visits(CODE).get(CODE, {}).get("week-4", Visit("week-4"))
    taken = view.results(CODE).get(CODE, {}).get("week-4", {})
    return found, {name: each for name, each in taken.items() if not each.is_voided}


def by_then(happened: Happened | None, when: ClinicalTime) -> Happened | None:
    """What happened, if it had by then."""
    return happened if happened is not None and happened.at.earliest <= when.earliest else None


@settings(max_examples=60)
@given(commands=st.lists(COMMANDS, min_size=6, max_size=18))
def test_the_clinical_axis_tells_what_is_right_now(
    tmp_path_factory: pytest.TempPathFactory, commands: list[Command]
) -> None:
    scenario = Scenario(tmp_path_factory.mktemp("visits"))
    scenario.given(active(), course("infused")).on(20).given(BEGUN)
    for command in commands:
        try:
            scenario.app.engine.execute(TRIAL, command, person(Role.INVESTIGATOR))
        except TrialogError:
            continue
    now, standing = known(scenario)
    for when in MOMENTS:
        then, found = known(scenario, when)
        attended, missed = by_then(now.attended, when), by_then(now.missed, when)
        assert (then.attended, then.missed) == (attended, missed), when
        assert found == {
            name: each for name, each in standing.items() if each.taken.earliest <= when.earliest
        }, when
    assert compare(scenario.app.reading, TRIAL)[1] == []
    assert replayed(scenario).unexplained == ()
    scenario.close()
