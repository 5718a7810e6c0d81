"""Queries: question, answer and resulting change in one chain, by hand or opened by edit checks."""

from __future__ import annotations

import pytest

from domain.clinical_time import Instant
from domain.observation import (
    EditCheckAnswered,
    EditCheckFired,
    ResultCorrected,
    ResultRecorded,
    ResultVoided,
)
from domain.query import (
    Query,
    QueryAnswered,
    QueryClosed,
    QueryLedToChange,
    QueryOpened,
    QueryReopened,
    QueryStatus,
    in_one,
)
from domain.record import Role
from domain.trial import Frozen
from projections.as_of import Axis
from projections.queries import conversation, query_rows
from projections.rebuild import compare
from tests.audit.test_conformance import replayed
from tests.support.scenario import Scenario
from tests.support.trial import REVIEWED, TRIAL, active, course, day, of_query, of_trial, person, small
from workflows import observation, query, visit, visit_correction

CODE = "S1-001"
ASKED = QueryOpened(query="Q-1", participant=CODE, visit="baseline", result="alt", text="right?")


def correction(value: str, asked: str | None = None) -> observation.CorrectResult:
    return observation.CorrectResult(
        participant=CODE, visit="baseline", result="alt", value=value, query=asked
    )


def reading(value: str) -> observation.RecordResults:
    taken = observation.Reading(item="alt", value=value, unit="U/L")
    return observation.RecordResults(
        participant=CODE, visit="baseline", at=day(0, "10:30"), readings=(taken,)
    )


def test_an_edit_check_asks_when_the_value_is_entered_and_waits_from_then(scenario: Scenario) -> None:
    scenario.given(active(small(REVIEWED)), course("consented"))
    scenario.given(visit.RecordVisit(participant=CODE, visit="baseline", at=day(0, "10:30"))).on(20)
    scenario.given(reading("5000"))
    [row] = query_rows(scenario.view())
    assert (row.origin, row.age_days, row.waiting_days) == ("edit_check", 0, 0)
    in_english, in_chinese = (in_one(row.text, row.origin, each) for each in ("en", "zh"))
    assert row.text == f"{in_english} · {in_chinese}"
    assert in_english.startswith("baseline: alt 5000 U/L is outside")
    assert in_chinese.startswith("baseline：alt 5000 U/L 超出")
    why = visit_correction.CorrectResultTime(
        participant=CODE, visit="baseline", result="alt", at=day(3), query=row.query
    )
    scenario.given(why)
    [moved] = query_rows(scenario.view())
    assert (moved.opened, moved.status, moved.changes) == (row.opened, "open", 1)
    _, said = conversation(scenario.app.reading, scenario.view(), row.query)
    assert said[-1].text == f"baseline alt: {day(0, '10:30')} → {day(3)}"
    fact = scenario.records()[-2].fact
    assert fact.sentence() == f"baseline: alt taken {day(3)}, was {day(0, '10:30')} (query {row.query})"
    assert fact.sentence("zh").endswith(f"（质疑 {row.query}）")
    for number, count in ((10, 0), (21, 1)):
        then = scenario.view(Instant.of(day(number).earliest), Axis.EFFECTIVE)
        assert len(list(query_rows(then))) == count
    assert compare(scenario.app.reading, TRIAL)[1] == []
    assert replayed(scenario).verdicts == ()


def test_what_a_person_asks_is_told_as_it_was_written() -> None:
    assert in_one("which one · 哪个", "person", "zh") == "which one · 哪个"
    assert in_one("a · b · 甲 · 乙", "edit_check", "zh") == "甲 · 乙"


def test_a_query_about_something_else_is_not_answered_by_a_corrected_time(scenario: Scenario) -> None:
    scenario.given(active(), course("measured"), of_query(ASKED.model_copy(update={"visit": "week-4"})))
    why = visit_correction.CorrectResultTime(
        participant=CODE, visit="baseline", result="alt", at=day(-1), query="Q-1"
    )
    scenario.when(why).refused("query.other_subject")


def test_a_query_is_named_by_the_position_of_the_fact_that_opened_it(scenario: Scenario) -> None:
    scenario.given(active(), course("measured"))
    asked = query.OpenQuery(participant=CODE, visit="baseline", result="alt", text="which unit?")
    position = scenario.app.reading.head(TRIAL)[0] + 1
    [record] = scenario.when(asked).then(
        QueryOpened(
            query=f"Q-{position}", participant=CODE, visit="baseline", result="alt", text="which unit?"
        )
    )
    assert (record.position, record.stream) == (position, f"query/Q-{position}")


@pytest.mark.requirement("DR-01")
def test_a_closed_query_shows_question_answer_and_resulting_change_with_who_and_when(
    scenario: Scenario,
) -> None:
    scenario.given(active(), course("measured"), of_query(ASKED))
    scenario.when(correction("41", "Q-1")).then(
        ResultCorrected(visit="baseline", result="alt", value="41", unit="U/L", was="40 U/L", query="Q-1"),
        QueryLedToChange(query="Q-1", visit="baseline", result="alt", was="40 U/L", now="41 U/L"),
    )
    scenario.when(query.AnswerQuery(query="Q-1", answer="digits swapped")).then(
        QueryAnswered(query="Q-1", answer="digits swapped")
    )
    scenario.when(query.CloseQuery(query="Q-1", resolution="source seen"), person(Role.MONITOR)).then(
        QueryClosed(query="Q-1", resolution="source seen")
    )
    known, said = conversation(scenario.app.reading, scenario.view(), "Q-1")
    assert known.status is QueryStatus.CLOSED
    assert [(turn.kind, turn.text) for turn in said] == [
        ("opened", "right?"),
        ("changed", "baseline alt: 40 U/L → 41 U/L"),
        ("answered", "digits swapped"),
        ("closed", "source seen"),
    ]
    roles = [turn.entry.command.attribution.role for turn in said[1:]]
    assert roles == [Role.COORDINATOR, Role.COORDINATOR, Role.MONITOR]
    assert (
        ResultCorrected(
            visit="baseline", result="alt", value="41", unit="U/L", was="40 U/L", query="Q-1"
        ).sentence()
        == "baseline: alt corrected from 40 U/L to 41 U/L (query Q-1)"
    )


def test_voiding_a_value_is_told_to_the_query_it_names(scenario: Scenario) -> None:
    scenario.given(active(), course("measured"), of_query(ASKED))
    void = observation.VoidResult(participant=CODE, visit="baseline", result="alt", query="Q-1")
    scenario.when(void).then(
        ResultVoided(visit="baseline", result="alt", was="40 U/L", query="Q-1"),
        QueryLedToChange(query="Q-1", visit="baseline", result="alt", was="40 U/L", now="—"),
    )


@pytest.mark.requirement("AT-07")
def test_an_edit_check_opens_a_query_that_links_first_value_answer_and_final_value(
    scenario: Scenario,
) -> None:
    scenario.given(active(small(REVIEWED)), course("baseline"))
    head = scenario.app.reading.head(TRIAL)[0]
    asked = f"Q-{head + 3}"
    fired = EditCheckFired(
        visit="baseline", result="alt", check="query", value="5000 U/L", limits="..4000 U/L", query=asked
    )
    scenario.when(reading("5000")).then(
        ResultRecorded(visit="baseline", result="alt", value="5000", unit="U/L"),
        fired,
        QueryOpened(
            query=asked,
            participant=CODE,
            visit="baseline",
            result="alt",
            text=f"{fired.sentence()} · {fired.sentence('zh')}",
            origin="edit_check",
        ),
    )
    answered = observation.AnswerEditCheck(
        participant=CODE, visit="baseline", result="alt", answer="looking into it"
    )
    scenario.when(answered).then(
        EditCheckAnswered(visit="baseline", result="alt", answer="looking into it"),
        QueryAnswered(query=asked, answer="looking into it"),
    )
    scenario.when(correction("500")).then(
        ResultCorrected(visit="baseline", result="alt", value="500", unit="U/L", was="5000 U/L", query=asked),
        QueryLedToChange(query=asked, visit="baseline", result="alt", was="5000 U/L", now="500 U/L"),
        QueryClosed(query=asked, resolution="the value no longer fails the check"),
    )
    [row] = query_rows(scenario.view())
    assert (row.status, row.origin, row.changes) == ("closed", "edit_check", 1)


def test_a_value_that_fails_again_keeps_its_query_open_and_opens_no_second_one(scenario: Scenario) -> None:
    scenario.given(active(small(REVIEWED)), course("baseline"), reading("5000"))
    [asked] = scenario.view().singles(Query)
    scenario.when(correction("6000")).then(
        ResultCorrected(
            visit="baseline", result="alt", value="6000", unit="U/L", was="5000 U/L", query=asked
        ),
        EditCheckFired(
            visit="baseline", result="alt", check="query", value="6000 U/L", limits="..4000 U/L", query=asked
        ),
        QueryLedToChange(query=asked, visit="baseline", result="alt", was="5000 U/L", now="6000 U/L"),
    )
    assert [row.status for row in query_rows(scenario.view())] == ["open"]


def test_answering_the_query_of_an_edit_check_answers_the_check(scenario: Scenario) -> None:
    scenario.given(active(small(REVIEWED)), course("baseline"), reading("5000"))
    [asked] = scenario.view().singles(Query)
    scenario.when(query.AnswerQuery(query=asked, answer="measured twice")).then(
        EditCheckAnswered(visit="baseline", result="alt", answer="measured twice"),
        QueryAnswered(query=asked, answer="measured twice"),
    )
    assert scenario.view().results(CODE)[CODE]["baseline"]["alt"].check == ""


def test_one_draw_with_several_failing_values_opens_a_query_for_each(scenario: Scenario) -> None:
    limits: dict[str, object] = {"items.tbil.query": {"high": "500"}}
    scenario.given(active(small({**REVIEWED, **limits})), course("baseline"))
    taken = tuple(
        observation.Reading(item=item, value="5000", unit=unit)
        for item, unit in (("alt", "U/L"), ("tbil", "umol/L"))
    )
    scenario.given(
        observation.RecordResults(participant=CODE, visit="baseline", at=day(0, "10:30"), readings=taken)
    )
    rows = list(query_rows(scenario.view()))
    assert [row.result for row in rows] == ["alt", "tbil"]
    assert [row.query for row in rows] == [f"Q-{row.opened_fact}" for row in rows]
    results = scenario.view().results(CODE)[CODE]["baseline"]
    assert [results[row.result].query for row in rows] == [row.query for row in rows]


def test_only_those_who_review_open_and_close_and_only_the_site_answers(scenario: Scenario) -> None:
    scenario.given(active(), course("measured"), of_query(ASKED))
    asked = query.OpenQuery(participant=CODE, text="right?")
    for role in (Role.COORDINATOR, Role.INVESTIGATOR, Role.SPONSOR, Role.INSPECTOR, Role.ADMINISTRATOR):
        scenario.when(asked, person(role)).denied()
        scenario.when(query.CloseQuery(query="Q-1"), person(role)).denied()
    for role in (Role.MONITOR, Role.DATA_MANAGER, Role.SPONSOR):
        scenario.when(query.AnswerQuery(query="Q-1", answer="yes"), person(role)).denied()


def test_queries_go_on_while_the_trial_is_frozen_and_corrections_do_not(scenario: Scenario) -> None:
    scenario.given(active(), course("measured"), of_query(ASKED), of_trial(Frozen()))
    scenario.when(correction("41", "Q-1")).refused("trial.frozen")
    scenario.when(query.AnswerQuery(query="Q-1", answer="no")).then(QueryAnswered(query="Q-1", answer="no"))
    scenario.when(query.ReopenQuery(query="Q-1", text="why?")).then(QueryReopened(query="Q-1", text="why?"))


def test_ageing_counts_calendar_days_of_the_site_since_opening_and_in_the_present_status(
    scenario: Scenario,
) -> None:
    scenario.given(active(), course("measured"), of_query(ASKED))
    scenario.on(9).given(query.AnswerQuery(query="Q-1", answer="yes")).on(12, "00:30")
    [row] = query_rows(scenario.view())
    assert (row.status, row.age_days, row.waiting_days, row.answer) == ("answered", 12, 3, "yes")
    scenario.given(query.CloseQuery(query="Q-1")).on(20)
    [row] = query_rows(scenario.view())
    assert (row.status, row.age_days, row.waiting_days) == ("closed", 12, None)


def test_queries_are_told_as_of_any_instant_on_both_axes(scenario: Scenario) -> None:
    scenario.given(active(), course("measured"), of_query(ASKED))
    before = scenario.app.reading.head(TRIAL)[0]
    scenario.on(9).given(query.AnswerQuery(query="Q-1", answer="yes", at=day(5)))
    assert [row.status for row in query_rows(scenario.view(before))] == ["open"]
    as_of = scenario.app.clock.now().of(day(4, "12:00").earliest)
    [row] = query_rows(scenario.view(as_of, Axis.EFFECTIVE))
    assert (row.status, row.waiting_days) == ("open", 4)
    assert [row.status for row in query_rows(scenario.view())] == ["answered"]
    assert compare(scenario.app.reading, TRIAL)[1] == []
