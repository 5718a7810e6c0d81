"""Once something is put right, every question is answered as if the right thing had been recorded at once.

Asked are all questions there are, as of now and of a clinical instant between the wrong and the right time,
in two histories: one was put right, the other was right at once. Left out is what tells of the history:
positions, what stood before, and the questions whose answer it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.record import Role
from tests.masking.worlds import ENDPOINTS, World
from tests.support.questions import words_about
from tests.support.scenario import Scenario
from tests.support.trial import LOT, active, arm_routes, course, day, small
from workflows import (
    activation,
    adverse_event,
    course_correction,
    infusion,
    infusion_correction,
    observation,
    outcome_correction,
    participant,
    product_lot,
    visit,
    visit_correction,
)
from workflows.command import Command
from workflows.policy import QUESTIONS

CODE = "S1-001"
WRONG, RIGHT = day(12, "09:00"), day(28, "09:00")
BETWEEN = ("--as-of", "2026-03-20T00:00:00Z", "--axis", "effective")
"""Day 18."""

TELLS_OF_RECORDING = {"position", "fact", "facts", "recorded_at", "as_of", "id", "newest", "versions"}
TELLS_OF_CORRECTING = {"voided", "taken_was", "attended_was", "replaced"}
OF_THE_HISTORY = {
    "audit.compare",
    "audit.history",
    "audit.lineage",
    "audit.review",
    "audit.trail",
    "audit.verify",
    "audit.what-if",
    "ledger.status",
    "lot.history",
    "participant.history",
    "unblinding.views",
}
OF_THE_RECORD = {"casebook.show", "casebook.sheet", "sdv.list", "audit.conformance"}
"""What was recorded stays a part of the casebook, signed with it, and of what the rules refused; the bag of
an infusion is the participant's from when it was first told.
"""
PROTOCOL = small({"endpoints": ENDPOINTS, "scores": {"baseline_visit": "baseline"}})


def _about(kind: type[Command], **fields: object) -> Command:
    return kind.model_validate({"participant": CODE, **fields})


def _attended(at: object) -> Command:
    return _about(visit.RecordVisit, visit="week-4", at=at)


def _measured(at: object) -> Command:
    readings = ({"item": "alt", "value": "40", "unit": "U/L"}, {"item": "ascites", "value": "mild"})
    return _about(observation.RecordResults, visit="week-4", at=at, readings=readings)


def _retaken(result: str) -> Command:
    return _about(visit_correction.CorrectResultTime, visit="week-4", result=result, at=RIGHT)


def _given(at: object, **more: object) -> Command:
    return _about(infusion.RecordInfusion, at=at, route=arm_routes(PROTOCOL)[0], lot=LOT, bag="B30", **more)


def _ill(at: object) -> Command:
    return _about(adverse_event.RecordAdverseEvent, term="fever", severity="mild", at=at)


def _died(at: object, cause: str) -> Command:
    return _about(participant.RecordDeath, at=at, cause=cause)


MOVED: dict[str, tuple[list[Command], list[Command]]] = {
    "a visit and what was taken at it": (
        [_attended(WRONG), _measured(WRONG), _about(visit_correction.CorrectVisit, visit="week-4", at=RIGHT)],
        [_attended(RIGHT), _measured(RIGHT)],
    ),
    "the results of a visit": (
        [_attended(RIGHT), _measured(WRONG), _retaken("alt"), _retaken("ascites")],
        [_attended(RIGHT), _measured(RIGHT)],
    ),
    "an infusion that was reported": (
        [
            _given(WRONG, ended=day(12, "10:00")),
            _about(infusion_correction.CorrectInfusionTimes, started=RIGHT, ended=day(28, "10:00")),
        ],
        [_given(RIGHT, ended=day(28, "10:00"))],
    ),
    "a dose": (
        [
            _given(RIGHT, volume_ml=Decimal(40)),
            _about(infusion_correction.CorrectDose, volume_ml=Decimal(50)),
        ],
        [_given(RIGHT, volume_ml=Decimal(50))],
    ),
    "a release": (
        [
            product_lot.CorrectLot(lot=LOT, released=day(-2)),
            product_lot.CorrectLot(lot=LOT, released=day(-3)),
        ],
        [product_lot.CorrectLot(lot=LOT, released=day(-3))],
    ),
    "an activation": (
        [activation.CorrectActivation(at=WRONG), activation.CorrectActivation(at=RIGHT)],
        [activation.CorrectActivation(at=RIGHT)],
    ),
    "a death": (
        [
            _died(WRONG, "heart"),
            _about(course_correction.CorrectEvent, event="death", at=RIGHT, cause="liver"),
        ],
        [_died(RIGHT, "liver")],
    ),
    "a transplantation": (
        [
            _about(participant.RecordTransplant, at=WRONG),
            _about(course_correction.CorrectEvent, event="transplant", at=RIGHT),
        ],
        [_about(participant.RecordTransplant, at=RIGHT)],
    ),
    "an adverse event": (
        [_ill(WRONG), _about(outcome_correction.CorrectAdverseEvent, event="ae-1", at=RIGHT)],
        [_ill(RIGHT)],
    ),
}

TAKEN_BACK: dict[str, list[Command]] = {
    "a visit": [
        _attended(WRONG),
        _measured(WRONG),
        _about(visit_correction.VoidVisit, visit="week-4", with_results=True),
    ],
    "a missed visit": [
        _about(visit.RecordMissedVisit, visit="week-4", at=RIGHT, reason="away"),
        _about(visit_correction.VoidVisit, visit="week-4"),
    ],
    "a death": [_died(WRONG, "heart"), _about(course_correction.VoidEvent, event="death")],
    "an adverse event": [_ill(WRONG), _about(outcome_correction.VoidAdverseEvent, event="ae-1")],
    "a session of dialysis": [
        _about(observation.RecordDialysis, at=WRONG),
        _about(outcome_correction.VoidTreatment, treatment="dialysis"),
    ],
}


def _world(folder: Path, commands: list[Command]) -> World:
    folder.mkdir()
    scenario = Scenario(folder)
    until = "randomized" if any(isinstance(each, infusion.RecordInfusion) for each in commands) else "infused"
    scenario.given(active(PROTOCOL), course(until, document=PROTOCOL)).on(40).given(commands)
    return World(scenario)


def _questions(folder: Path) -> Iterator[tuple[str, ...]]:
    about = words_about(CODE, folder / "protocol.json")
    for name in sorted(QUESTIONS.keys() - OF_THE_HISTORY):
        words = (*name.split("."), *about.get(name, ()))
        if not any("{" in word for word in words):
            yield words


def _told(answer: Any, left_out: set[str]) -> Any:  # noqa: ANN401 - JSON of any shape
    if isinstance(answer, dict):
        return {name: _told(each, left_out) for name, each in answer.items() if name not in left_out}
    return [_told(each, left_out) for each in answer] if isinstance(answer, list) else answer


def _answer(world: World, words: tuple[str, ...]) -> tuple[int, Any]:
    said = world.run(*words, "--json", role=Role.PRINCIPAL_INVESTIGATOR)
    try:
        answer = json.loads(said.stdout)
    except ValueError:
        answer = said.stdout
    return said.exit_code, _told(answer, TELLS_OF_RECORDING | TELLS_OF_CORRECTING)


def _differing(worlds: list[World], folder: Path) -> set[str]:
    """The questions that the two worlds answer otherwise, now or as of the instant between."""
    found = set()
    for words in _questions(folder):
        for when in ((), BETWEEN):
            one, other = (_answer(world, (*words, *when)) for world in worlds)
            if one != other:
                found.add(".".join(words[:2]))
    return found


@pytest.mark.requirement("CO-01")
@pytest.mark.parametrize("what", MOVED)
def test_put_right(tmp_path: Path, what: str) -> None:
    put_right, right = MOVED[what]
    worlds = [_world(tmp_path / "one", put_right), _world(tmp_path / "other", right)]
    of_the_bag = {"lot.list"} if what == "an infusion that was reported" else set()
    assert _differing(worlds, tmp_path) <= OF_THE_RECORD | of_the_bag


@pytest.mark.requirement("CO-01")
@pytest.mark.parametrize("what", TAKEN_BACK)
def test_taken_back(tmp_path: Path, what: str) -> None:
    worlds = [_world(tmp_path / "one", TAKEN_BACK[what]), _world(tmp_path / "other", [])]
    assert _differing(worlds, tmp_path) <= OF_THE_RECORD


def test_the_comparison_sees_what_was_not_put_right(tmp_path: Path) -> None:
    worlds = [_world(tmp_path / "one", [_died(WRONG, "heart")]), _world(tmp_path / "other", [])]
    assert {"participant.show", "trial.status", "endpoint.list"} & _differing(worlds, tmp_path)
