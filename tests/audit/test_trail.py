"""The audit trail narrowed: filters take facts apart without losing or doubling one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings

from domain.clinical_time import Instant
from domain.observation import ResultCorrected, ResultRecorded
from domain.record import Entry, Origin
from domain.visit import VisitAttended, VisitTimeCorrected
from projections.as_of import Axis
from projections.audit import line_of
from projections.data_cuts import data_cuts
from projections.trail import Period, Told, Wanted, concerns, trail
from tests.support.commands import CODES
from tests.support.histories import HISTORIES, histories, told
from tests.support.scenario import Scenario
from tests.support.trial import READINGS, active, course, day
from workflows import observation, trial, visit, visit_correction
from workflows.command import Command

CODE = "S1-001"
FEW = settings(HISTORIES, max_examples=6)


def entries(scenario: Scenario, wanted: Wanted, axis: Axis = Axis.RECORDED) -> list[Entry]:
    return [each.entry for each in found(scenario, wanted, axis)]


def found(scenario: Scenario, wanted: Wanted, axis: Axis = Axis.RECORDED) -> list[Told]:
    return list(trail(scenario.app.reading, scenario.view(None, axis), wanted))


def by_position(parts: list[list[Entry]]) -> list[int]:
    return sorted(entry.record.position for part in parts for entry in part)


Parts = Callable[[list[Entry], Instant], list[Wanted]]
PARTITIONS: dict[str, Parts] = {
    "actors": lambda all_, _: [
        Wanted(actors=(actor,)) for actor in {each.command.attribution.actor for each in all_}
    ],
    "roles": lambda all_, _: [
        Wanted(roles=(role,)) for role in {each.command.attribution.role for each in all_}
    ],
    "origins": lambda _all, _: [Wanted(origins=(origin,)) for origin in Origin],
    "kinds": lambda all_, _: [
        Wanted(kinds=(kind,)) for kind in {each.record.fact.TOPIC.partition(".")[0] + "." for each in all_}
    ],
    "streams": lambda all_, _: [Wanted(stream=stream) for stream in {each.record.stream for each in all_}],
    "recorded": lambda _all, then: [
        Wanted(recorded=Period(None, then.moment)),
        Wanted(recorded=Period(then.moment, None)),
    ],
    "effective": lambda _all, then: [
        Wanted(effective=Period(None, then.moment)),
        Wanted(effective=Period(then.moment, None)),
    ],
}


@FEW
@given(histories)
@pytest.mark.requirement("AT-08")
def test_filters_take_the_trail_apart_without_losing_or_doubling_a_fact(chosen: list[Command]) -> None:
    with told(chosen) as scenario:
        whole = entries(scenario, Wanted())
        assert [each.record.position for each in whole] == list(range(1, len(whole) + 1))
        middle = whole[len(whole) // 2].command.recorded_at
        for parts in PARTITIONS.values():
            pieces = [entries(scenario, wanted) for wanted in parts(whole, middle)]
            assert by_position(pieces) == [each.record.position for each in whole]
        for code in CODES:
            expected = [each for each in whole if concerns(each, code)]
            assert entries(scenario, Wanted(participant=code)) == expected
        signed = found(scenario, Wanted(after_sign_off=True))
        assert all(each.sign_offs for each in signed)


def test_the_effective_axis_tells_what_had_happened_in_its_order(played: Scenario) -> None:
    happened = found(played, Wanted(), Axis.EFFECTIVE)
    assert sorted(each.entry.record.position for each in happened) == [
        each.record.position for each in entries(played, Wanted())
    ]
    times = [each.happened.earliest for each in happened]
    assert times == sorted(times)


def test_what_was_recorded_at_a_wrong_time_stands_where_it_really_was(scenario: Scenario) -> None:
    scenario.given(active(), course("infused")).on(20)
    scenario.given(
        visit.RecordVisit(participant=CODE, visit="week-4", at=day(3)),
        visit_correction.CorrectVisit(participant=CODE, visit="week-4", at=day(5)),
    )
    positions = [scenario.position(VisitAttended, 2), scenario.position(VisitTimeCorrected)]

    def places(wanted: Wanted, axis: Axis = Axis.RECORDED, on: int = 20) -> list[int]:
        view = scenario.view(Instant.of(day(on).earliest), axis)
        rows = trail(scenario.app.reading, view, wanted)
        return [each.entry.record.position for each in rows if each.entry.record.position in positions]

    assert places(Wanted(), Axis.EFFECTIVE, 4) == []
    assert places(Wanted(), Axis.EFFECTIVE, 6) == positions
    before, after = Period(None, day(4).earliest), Period(day(4).earliest, None)
    assert places(Wanted(effective=before), on=21) == []
    assert places(Wanted(effective=after), on=21) == positions


def test_conditions_are_joined(played: Scenario) -> None:
    wanted = Wanted(kinds=("lab.",), actors=("coordinator",), participant=CODE, roles=())
    topics = {each.record.fact.TOPIC for each in entries(played, wanted)}
    done = ("recorded", "corrected", "time_corrected", "voided")
    assert topics == {f"lab.result_{each}.v1" for each in done}
    assert entries(played, Wanted(kinds=("lab.",), actors=("nobody",))) == []


@pytest.mark.parametrize(("days", "late"), [(6, True), (5, False)])
@pytest.mark.requirement("TI-03")
def test_an_entry_is_late_beyond_the_span_counted_from_the_end_of_the_day_it_happened_on(
    scenario: Scenario, days: int, late: bool
) -> None:
    scenario.given(active(), course("baseline")).on(days, "23:00")
    scenario.given(
        observation.RecordResults(participant=CODE, at=day(0), visit="baseline", readings=READINGS[:1])
    )
    facts = [each.record.fact for each in entries(scenario, Wanted(late=timedelta(days=5)))]
    assert [type(fact) for fact in facts if isinstance(fact, ResultRecorded)] == [ResultRecorded] * late


def test_a_correction_is_no_late_entry(scenario: Scenario) -> None:
    scenario.given(active(), course("measured")).on(60)
    scenario.given(observation.CorrectResult(participant=CODE, visit="baseline", result="alt", value="41"))
    late = entries(scenario, Wanted(late=timedelta(days=5)))
    assert not any(isinstance(each.record.fact, ResultCorrected) for each in late)


def test_after_a_lock_every_datum_counts_and_after_a_data_cut_what_changes_it(scenario: Scenario) -> None:
    scenario.given(active(), course("measured"), trial.NameDataCut(name="interim"))
    scenario.given(
        observation.CorrectResult(participant=CODE, visit="baseline", result="alt", value="41"),
        observation.RecordResults(
            participant=CODE, at=day(0), visit="baseline", readings=READINGS[:1], repeat=True
        ),
        trial.CloseEnrolment(),
        trial.LockTrial(),
        trial.RequestTrialUnlock(),
        trial.UnlockTrial(),
        observation.RecordDialysis(participant=CODE, at=day(0)),
        observation.VoidResult(participant=CODE, visit="baseline", result="tbil"),
    )
    after = found(scenario, Wanted(after_sign_off=True))
    assert [
        (each.entry.record.fact.TOPIC, [(by.kind, by.name) for by in each.sign_offs]) for each in after
    ] == [
        ("lab.result_corrected.v1", [("data_cut", "interim")]),
        ("dialysis.session_recorded.v1", [("locked", "")]),
        ("lab.result_voided.v1", [("data_cut", "interim"), ("locked", "")]),
    ]


def test_every_fact_has_a_sentence_in_both_languages(played: Scenario) -> None:
    for entry in entries(played, Wanted()):
        english, chinese = (line_of(entry, language).sentence for language in ("en", "zh"))
        assert english
        assert not chinese.isascii()


def test_a_data_cut_is_listed_with_its_instant_and_who_named_it(played: Scenario) -> None:
    [cut] = data_cuts(played.app.reading, played.view())
    assert (cut.name, cut.position, cut.root) == ("interim", 50, "")
    assert cut.instant == next(played.app.reading.entries("T-1", after=49)).command.recorded_at
    assert played.view(50).moment == cut.instant.moment
    assert cut.named.command.attribution.role == "data_manager"
