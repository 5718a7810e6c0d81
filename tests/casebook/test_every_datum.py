"""Every datum that a signature covers stands on the signing sheet: what is altered in a fact shows there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache

import pytest

from domain.casebook_paths import path_of
from domain.clinical_time import ClinicalTime
from domain.fact import Fact
from domain.record import Record
from domain.sealed import Sealed
from domain.words import codes_of
from projections.changes import Following
from projections.rebuild import compare
from projections.signing_sheet import sheet_of, told_on_sheet
from tests.golden.files import HISTORY_FILES, record_of
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course
from trialog import __version__
from workflows import infusion, infusion_correction
from workflows.command import Command

AT = "(time)"
"""Stands for the clinical time of a fact, beside the names of its fields."""

_ON_A_QUERY = "on account of which query: the query tells the change that it led to"
_ITS_TIME = "the time at which the fact stands, which shows"
_SAME_TIME = "the time of the result it is about, which shows"
ELSEWHERE = {
    ("assessment.corrected.v1", "query"): _ON_A_QUERY,
    ("decompensation.corrected.v1", "onset"): _ITS_TIME,
    ("edit_check.answered.v1", AT): _SAME_TIME,
    ("edit_check.fired.v1", AT): _SAME_TIME,
    ("edit_check.fired.v1", "query"): "the sheet tells the query itself, until it is settled",
    ("edit_check.fired.v1", "value"): "the value that stands there",
    ("eligibility.signed.v1", "criteria"): "how many were answered: each answer shows",
    ("infusion.voided.v1", "whole"): "what was taken back stands no more, and names another time as a whole",
    ("lab.result_corrected.v1", "query"): _ON_A_QUERY,
    ("lab.result_time_corrected.v1", "query"): _ON_A_QUERY,
    ("lab.result_voided.v1", "query"): _ON_A_QUERY,
    ("participant.birth_recorded.v1", AT): "when it was recorded; what was recorded shows",
    ("participant.event_voided.v1", "record"): "the record whose sheet it is",
    ("participant.pre_screened.v1", "code"): "whose sheet it is, which stands above it",
    ("safety.adverse_event_corrected.v1", "criteria"): "a later word tells others, which stand",
    ("safety.adverse_event_corrected.v1", "onset"): _ITS_TIME,
    ("visit.scheduled.v1", AT): "when the appointment was made; for when it was made shows",
    ("visit.time_corrected.v1", "at"): _ITS_TIME,
}
"""What no value on the sheet tells, and why it need not."""

STOOD_THERE = re.compile(rf"was|.+_was|told_with|with_visit|grade|{re.escape(AT)}")
"""What a fact that puts right or takes back tells of what stood there. The sheet tells what stands, and what
stood there of all that changed since the last signature.
"""


@cache
def _histories() -> tuple[tuple[Record, ...], ...]:
    """The facts of each participant of the trial in which every fact occurs."""
    lines = (HISTORY_FILES / f"{__version__}.jsonl").read_text("utf-8").splitlines()
    told: dict[str, list[Record]] = {}
    for record, _ in map(record_of, lines):
        if record.stream.startswith("participant/"):
            told.setdefault(record.stream, []).append(record)
    return tuple(map(tuple, told.values()))


_ANOTHER_TIME = ClinicalTime("2025-01-02T03:04:05+08:00[Asia/Shanghai]")


def _others(fact: Fact, name: str) -> Iterator[object]:
    """Other values that a field of a fact could have."""
    value, field = getattr(fact, name), type(fact).model_fields[name]
    codes = [each for each in codes_of(field.annotation, tuple(field.metadata)) if each]
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | Decimal):
        yield value + 1
    elif isinstance(value, Sealed):
        yield value.model_copy(update={"text": "another"})
    elif isinstance(value, ClinicalTime):
        yield _ANOTHER_TIME
    elif isinstance(value, tuple):
        yield (*value, *(value[:1] or codes[:1] or ("another",)))
    elif codes:
        yield from (each for each in codes if each != value)
    elif isinstance(value, str):
        yield f"{value}z"
    else:
        yield from (Decimal(7), "another", True, _ANOTHER_TIME)


def _altered(record: Record) -> Iterator[tuple[str, Record]]:
    """A record with each datum of its fact altered in turn, under its name."""
    fact = record.fact
    yield AT, record._replace(effective_at=_ANOTHER_TIME)
    for name in type(fact).model_fields:
        for other in _others(fact, name):
            yield name, record._replace(fact=fact.model_copy(update={name: other}))


def _shown(before: tuple[Record, ...], record: Record) -> dict[str, object]:
    """What a fact puts on the sheet. Whether something sealed is another does not show to anybody."""
    following = Following()
    for each in before:
        following.take(each)
    changes = following.take(record)
    return {place.path: (told_on_sheet(new), new and new.sealed) for place, _, new in changes}


def _untold() -> Iterator[tuple[type[Fact], str]]:
    """Each datum of a fact of the casebook that can be altered wherever it occurs, and the sheet stays."""
    shown: dict[tuple[type[Fact], str], bool] = {}
    for history in _histories():
        for number, record in enumerate(history):
            if path_of(record.fact) is None:
                continue
            as_it_is = _shown(history[:number], record)
            for name, altered in _altered(record):
                datum = type(record.fact), name
                if not shown.get(datum):
                    shown[datum] = _shown(history[:number], altered) != as_it_is
    return (datum for datum, is_shown in shown.items() if not is_shown)


@pytest.mark.requirement("ES-06")
def test_whatever_is_altered_in_a_fact_of_the_casebook_shows_on_the_sheet() -> None:
    untold = {
        (kind.TOPIC, name)
        for kind, name in _untold()
        if kind.PUTS_RIGHT is None or STOOD_THERE.fullmatch(name) is None
    }
    assert untold == set(ELSEWHERE)


CODE = "S1-001"
TOLD: dict[type[Command], dict[str, object]] = {
    infusion.ThawProduct: {"viability_percent": Decimal(93)},
    infusion.CheckIdentity: {"checkers": ("sun", "chen")},
    infusion.Premedicate: {"medication": "promethazine 25 mg"},
}
"""What is told at the bedside beside what the usual course tells."""
GIVEN = [
    infusion.StartInfusion(participant=CODE),
    infusion.PauseInfusion(participant=CODE, reason="the line was flushed"),
    infusion.ResumeInfusion(participant=CODE),
    infusion.StopInfusion(participant=CODE, reason="chills", volume_ml=Decimal(30)),
    infusion.ObserveInfusion(participant=CODE, hours=24, reactions="chills, 20 min"),
    infusion.CloseInfusion(participant=CODE),
]


def _values(scenario: Scenario) -> dict[str, str]:
    sheet = sheet_of(scenario.app.reading, scenario.view(), CODE, "infusion-1")
    return {each.field.removeprefix("infusion-1/"): each.value for each in sheet.values}


def _infused(scenario: Scenario) -> None:
    steps = [each.model_copy(update=TOLD.get(type(each), {})) for each in course("accessed", CODE)]
    scenario.given(active(), steps, GIVEN)


def test_the_sheet_of_an_infusion_tells_all_that_was_told_at_each_step(scenario: Scenario) -> None:
    _infused(scenario)
    told = _values(scenario)
    expected = {
        "ordered/dose": "1",
        "ordered/unit": "10*6/kg",
        "ordered/weight_kg": "60",
        "received/bag": told["bag"],
        "received/intact": "yes",
        "viability_percent": "93",
        "checked/bag": told["bag"],
        "checked/checkers": "sun, chen",
        "premedicated/medication": "promethazine 25 mg",
        "access": "▮▮▮",
        "pauses/1/reason": "the line was flushed",
        "stopped_because": "chills",
        "watched/hours": "24",
        "watched/reactions": "chills, 20 min",
    }
    assert {name: told[name] for name in expected} == expected
    timed = {"assigned", "released", "access_placed", "closed", "pauses/1/resumed", "premedicated/at"}
    assert timed <= told.keys()


def test_of_an_infusion_that_is_taken_back_the_steps_before_it_stand(scenario: Scenario) -> None:
    _infused(scenario)
    scenario.given(infusion_correction.VoidInfusion(participant=CODE, infusion=1))
    told = _values(scenario)
    assert (told["viability_percent"], told["checked/checkers"]) == ("93", "sun, chen")
    gone = ("started", "pauses", "stopped_because", "watched", "closed", "volume_ml")
    assert not [name for name in told if name.startswith(gone)]
    assert compare(scenario.app.reading, TRIAL)[1] == []
