"""What a sweep keeps of its agenda: the next process goes on from there, and tells what it would have."""

from __future__ import annotations

from datetime import datetime

import pytest

from adapters.calendar import calendar_of
from domain.clinical_time import Instant
from domain.identifiers import SYSTEM_LOG
from projections.alerts import standing
from projections.rebuild import compare
from scheduler import agenda, sweeper
from scheduler.agenda import Agenda, Due, States
from scheduler.kept import Row, kept, notes
from scheduler.states import StoredStates
from scheduler.sweeper import Sweeper, Swept
from tests.support.alerts import swept, telling, told
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course, day
from workflows import visit

PLAN = telling()
PEOPLE = tuple(f"S1-{number:03}" for number in range(1, 7))


@pytest.fixture
def infused(scenario: Scenario) -> Scenario:
    """Six people infused on day 0, and the agenda of the day after, kept."""
    scenario.given(active(PLAN))
    for number, code in enumerate(PEOPLE, start=1):
        scenario.given(course("started", code, number, PLAN))
    swept(scenario.on(1), starting(scenario))
    return scenario


def starting(scenario: Scenario, kept_from: int = 1) -> Sweeper:
    """The sweep of a process that has just started."""
    return Sweeper(scenario.app.engine, scenario.app.reading, TRIAL, calendar_of, kept_from)


def rows_kept(scenario: Scenario) -> dict[str, Row]:
    """What the next process would go on from."""
    reading, engine = scenario.app.reading, scenario.app.engine
    known = kept(reading, TRIAL, reading.head(TRIAL)[0], engine.app_version)
    assert known is not None
    return dict(known.rows)


def rows_of_everybody(scenario: Scenario) -> dict[str, Row]:
    """The same, from a look at everybody."""
    reading, now = scenario.app.reading, Instant.of(scenario.clock.moment)
    head, system = (reading.head(log)[0] for log in (TRIAL, SYSTEM_LOG))
    anew = Agenda(calendar_of, standing(reading, TRIAL, head))
    anew.turn(StoredStates(reading, TRIAL, head, system, now), now.moment)
    return anew.looked_at()


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whom sweeps look at from now on; of those who are not due, at one a turn."""
    owners: list[str] = []
    turn = Agenda.turn

    def noted(self: Agenda, states: States, now: datetime) -> Due:
        found = turn(self, states, now)
        owners.extend(found)
        return found

    monkeypatch.setattr(Agenda, "turn", noted)
    monkeypatch.setattr(agenda, "_BESIDE", 1)
    return owners


def test_a_process_that_starts_looks_at_those_who_changed_and_not_at_everybody(
    infused: Scenario, looks: list[str]
) -> None:
    infused.given(visit.RecordVisit(participant="S1-006", at=day(1, "09:00"), visit="week-4"))
    swept(infused, starting(infused))
    assert {"", "S1-006"} < {*looks}
    assert len({*looks}) == 3


def test_over_the_following_beats_it_takes_no_word_for_it(infused: Scenario, looks: list[str]) -> None:
    engine, head = infused.on(20).app.engine, infused.app.reading.head(TRIAL)[0]
    silent = {code: Row(None, ()) for code in PEOPLE}  # though their windows are announced by now
    assert engine.note(TRIAL, notes(silent, head + 1, engine.app_version))
    infused.given(visit.RecordVisit(participant="S1-006", at=day(1, "09:00"), visit="week-4"))
    sweep = starting(infused)
    assert sum(swept(infused, sweep).raised for _ in PEOPLE) == 5
    assert {*PEOPLE} <= {*looks}


def test_what_is_kept_is_what_a_look_at_everybody_gives(infused: Scenario) -> None:
    for number in (20, 30, 33, 36, 50, 100):
        if number == 36:
            infused.given(visit.RecordVisit(participant="S1-002", at=day(34, "09:00"), visit="week-4"))
        assert swept(infused.on(number), starting(infused)) != Swept()
        assert rows_kept(infused) == rows_of_everybody(infused)
        assert swept(infused, starting(infused, 0)) == Swept()
    assert {each.rule for each in told(infused)} >= {"window_opens", "visit_overdue", "visit_missed"}
    assert compare(infused.app.reading, TRIAL)[1] == []


def test_what_another_release_kept_is_not_gone_by(infused: Scenario, looks: list[str]) -> None:
    infused.app.engine.app_version = "another"
    swept(infused, starting(infused))
    assert {*PEOPLE} <= {*looks}


def test_two_that_keep_the_same_at_once_are_no_fault(infused: Scenario) -> None:
    first, second = starting(infused, 0), starting(infused, 0)
    for each in (first, second):
        swept(infused.on(20), each)
    one, other = starting(infused), starting(infused)
    assert (swept(infused, one), swept(infused, other)) == (Swept(), Swept())
    assert rows_kept(infused) == rows_of_everybody(infused)


def test_few_who_were_looked_at_are_not_worth_keeping(infused: Scenario) -> None:
    before = rows_kept(infused)
    swept(infused.on(20), starting(infused, sweeper.KEPT_FROM))
    assert rows_kept(infused) == before
