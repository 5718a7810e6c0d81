"""A visit's time, and that of a result, are put right or taken back, on both axes; what stood there stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.clinical_time import ClinicalTime, Instant
from domain.correction import Correction
from domain.observation import Result, ResultRecorded, ResultTimeCorrected, ResultVoided
from domain.record import Role
from domain.visit import Visit, VisitAttended, VisitTimeCorrected, VisitVoided
from projections.as_of import Axis, View
from projections.corrections import change_rows
from projections.deviations import deviations
from projections.field_history import field_history
from projections.ports import sealed_to_all
from projections.rebuild import compare
from projections.review_signals import Thresholds, review
from projections.trail import Wanted, trail
from projections.visit_status import VisitStatus, visit_rows
from tests.audit.course import terminal
from tests.audit.test_conformance import replayed
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course, day, person
from workflows import correction, observation, participant, visit, visit_correction
from workflows.casebook_record import FreezeRecord
from workflows.command import Command

CODE = "S1-001"
WEEK_4 = day(28, "09:00")


def corrected(at: ClinicalTime, which: str = "week-4") -> visit_correction.CorrectVisit:
    return visit_correction.CorrectVisit(participant=CODE, visit=which, at=at)


def voided(which: str = "week-4", **more: bool) -> visit_correction.VoidVisit:
    return visit_correction.VoidVisit(participant=CODE, visit=which, **more)


def retaken(at: ClinicalTime, result: str = "alt") -> visit_correction.CorrectResultTime:
    return visit_correction.CorrectResultTime(participant=CODE, visit="week-4", result=result, at=at)


def came(at: ClinicalTime = WEEK_4, which: str = "week-4") -> visit.RecordVisit:
    return visit.RecordVisit(participant=CODE, visit=which, at=at)


def measured(at: ClinicalTime = WEEK_4, item: str = "alt", value: str = "40") -> observation.RecordResults:
    reading = {"item": item, "value": value, "unit": "U/L" if item == "alt" else "umol/L"}
    said = {"participant": CODE, "visit": "week-4", "at": at, "readings": (reading,)}
    return observation.RecordResults.model_validate(said)


@pytest.fixture
def visited(scenario: Scenario) -> Scenario:
    """Somebody who came four weeks after the infusion: one value of then, and one of the day before."""
    scenario.given(active(), course("infused")).on(40, "09:00")
    return scenario.given(came(), measured(), measured(day(27, "07:30"), "tbil", "20"))


def known(scenario: Scenario, when: ClinicalTime | None = None, which: str = "week-4") -> Visit | None:
    """The visit now, or as of a clinical time."""
    view = scenario.view() if when is None else scenario.view(Instant.of(when.earliest), Axis.EFFECTIVE)
    return view.visits(CODE).get(CODE, {}).get(which)


def results(scenario: Scenario, when: ClinicalTime | None = None) -> dict[str, Result]:
    """The results of the visit now, or as of a clinical time."""
    view = scenario.view() if when is None else scenario.view(Instant.of(when.earliest), Axis.EFFECTIVE)
    return view.results(CODE).get(CODE, {}).get("week-4", {})


def status(scenario: Scenario) -> VisitStatus:
    return next(row.status for row in visit_rows(scenario.view(), CODE) if row.visit == "week-4")


def broken(scenario: Scenario) -> set[str]:
    return {each.rule for each in deviations(scenario.view(), sealed_to_all, CODE)}


def test_a_visit_moves_with_what_was_taken_at_it_and_the_old_time_stays(visited: Scenario) -> None:
    before = visited.view().position
    visited.given(corrected(day(30, "10:15")))
    moved, taken = (record.fact for record in visited.records()[-2:])
    now, was = day(30, "10:15"), WEEK_4
    assert moved == VisitTimeCorrected(visit="week-4", at=now, was=was)
    assert taken == ResultTimeCorrected(visit="week-4", result="alt", at=now, was=was, with_visit=True)
    assert moved.sentence() == f"Visit week-4 corrected to {now}, was {was}"
    assert moved.sentence("zh") == f"访视 week-4 时间更正为 {now}，原为 {was}"
    assert taken.sentence() == f"week-4: alt taken {now}, was {was} (with the visit)"
    assert taken.sentence("zh") == f"week-4：alt 采集时间更正为 {now}，原为 {was}（随访视更正）"
    visit_now, then = known(visited), visited.view(before).visits(CODE)[CODE]["week-4"]
    assert visit_now is not None
    assert visit_now.attended is not None
    assert visit_now.attended.at == now
    assert then.attended is not None
    assert then.attended.at == was
    assert visit_now.protocol_version == then.protocol_version
    assert {name: each.taken for name, each in results(visited).items()} == {
        "alt": now,
        "tbil": day(27, "07:30"),
    }
    assert compare(visited.app.reading, TRIAL)[1] == []
    assert replayed(visited).verdicts == ()


@pytest.mark.parametrize("now", [22, 34])
def test_on_the_clinical_axis_it_happened_when_it_really_did(visited: Scenario, now: int) -> None:
    visited.given(
        observation.CorrectResult(participant=CODE, visit="week-4", result="alt", value="41"),
        corrected(day(31, "09:00")),
        corrected(day(now, "09:00")),
    )
    for when in (22, 24, 29, 32, 36):
        is_over = when > now
        seen = known(visited, day(when, "08:00"))
        assert (seen is not None and seen.attended is not None) is is_over, when
        assert ("alt" in results(visited, day(when, "08:00"))) is is_over, when
        if is_over:
            found = results(visited, day(when, "08:00"))["alt"]
            assert (found.value, found.taken, found.was) == ("41", day(now, "09:00"), ("40 U/L",))
    assert compare(visited.app.reading, TRIAL)[1] == []
    assert replayed(visited).unexplained == ()


def test_the_window_is_judged_by_the_time_that_is_right(visited: Scenario) -> None:
    assert status(visited) is VisitStatus.DONE
    visited.given(corrected(day(39, "09:00")))
    assert status(visited) is VisitStatus.DONE_OUT_OF_WINDOW
    assert "visit.out_of_window" in broken(visited)
    assert replayed(visited).unexplained == ()
    visited.given(corrected(day(29, "09:00")))
    assert status(visited) is VisitStatus.DONE
    assert "visit.out_of_window" not in broken(visited)
    assert replayed(visited).unexplained == ()


def test_a_visit_that_was_in_order_only_by_its_wrong_time_is_a_departure(visited: Scenario) -> None:
    visited.given(corrected(day(-29, "09:00")))
    assert "procedure.before_consent" in broken(visited)
    assert replayed(visited).unexplained == ()


def test_a_results_time_is_put_right_by_itself(visited: Scenario) -> None:
    visited.given(retaken(day(28, "07:40")))
    assert results(visited)["alt"].taken == day(28, "07:40")
    fact = visited.records()[-1].fact
    assert fact.sentence() == f"week-4: alt taken {day(28, '07:40')}, was {WEEK_4}"
    visited.given(corrected(day(30, "10:00")))
    assert results(visited)["alt"].taken == day(28, "07:40")
    visited.given(observation.CorrectResult(participant=CODE, visit="week-4", result="alt", value="44"))
    assert results(visited)["alt"].taken == day(28, "07:40")
    told = [
        (each.what, each.change.new.detail if each.change.new else "")
        for each in field_history(visited.app.reading, visited.view(), CODE, "week-4/alt")
    ]
    assert told == [
        ("recorded", f"taken {WEEK_4}"),
        ("corrected", f"taken {day(28, '07:40')}"),
        ("corrected", f"taken {day(28, '07:40')}"),
    ]
    assert compare(visited.app.reading, TRIAL)[1] == []
    assert replayed(visited).verdicts == ()


def test_a_visit_recorded_in_error_is_as_if_it_had_not_been(visited: Scenario) -> None:
    visited.when(voided()).refused("visit.results_stand")
    visited.given(voided(with_results=True))
    facts = [record.fact for record in visited.records()[-3:]]
    assert [type(fact) for fact in facts] == [ResultVoided, ResultVoided, VisitVoided]
    assert facts[-1].sentence() == f"Visit week-4 voided as recorded in error: attended, {WEEK_4}"
    assert facts[-1].sentence("zh") == f"访视 week-4 误录作废：完成，{WEEK_4}"
    assert status(visited) is VisitStatus.OVERDUE
    gone = known(visited)
    assert gone is not None
    assert not gone.is_recorded
    visited.when(corrected(day(29))).refused("visit.not_attended")
    visited.when(voided()).refused("visit.not_recorded")
    visited.given(came(day(29, "09:00")))
    assert status(visited) is VisitStatus.DONE
    assert compare(visited.app.reading, TRIAL)[1] == []
    assert replayed(visited).verdicts == ()


def test_a_missed_visit_that_was_not_missed_waits_again_with_its_appointment(scenario: Scenario) -> None:
    scenario.given(active(), course("infused"))
    appointment = day(28, "10:00")
    scenario.given(visit.ScheduleVisit(participant=CODE, visit="week-4", appointment=appointment))
    scenario.on(40, "09:00").given(
        visit.RecordMissedVisit(participant=CODE, visit="week-4", at=day(36), reason="away"), voided()
    )
    waiting = known(scenario)
    assert waiting is not None
    assert (waiting.missed, waiting.missed_because, waiting.appointment) == (None, "", appointment)
    assert status(scenario) is VisitStatus.OVERDUE
    assert compare(scenario.app.reading, TRIAL)[1] == []
    assert replayed(scenario).verdicts == ()


def test_when_and_why_a_visit_was_missed_is_put_right_at_the_terminal(scenario: Scenario) -> None:
    scenario.given(active(), course("infused")).on(40, "09:00")
    scenario.given(visit.RecordMissedVisit(participant=CODE, visit="week-4", at=day(36), reason="away"))
    desk = terminal(scenario)
    why = ("--reason-code", "transcription", "--reason", "the note says the day before")
    site = "an.li:coordinator"
    desk.do("visit", "void", CODE, "week-4", *why, by=site)
    desk.do("record", "missed-visit", CODE, "week-4", "--at", str(day(35)), "--reason", "ill", by=site)
    missed = known(scenario)
    assert missed is not None
    assert missed.missed is not None
    assert (missed.missed.at, missed.missed_because) == (day(35), "ill")


def test_the_number_of_an_unscheduled_visit_is_not_given_twice(scenario: Scenario) -> None:
    scenario.given(active(), course("infused")).on(60, "09:00")
    scenario.given(came(day(50), "unscheduled-1"), voided("unscheduled-1"))
    listed = [row.visit for row in visit_rows(scenario.view(), CODE)]
    assert "unscheduled-1" not in listed
    result = {"participant": CODE, "visit": "unscheduled-1", "at": day(50)}
    reading = {"item": "alt", "value": "40", "unit": "U/L"}
    command = observation.RecordResults.model_validate({**result, "readings": (reading,)})
    scenario.when(command).not_found("visit.unknown")
    scenario.given(visit.RecordVisit(participant=CODE, at=day(51)))
    assert "unscheduled-2" in [row.visit for row in visit_rows(scenario.view(), CODE)]


def test_they_are_put_right_with_a_reason_by_somebody_of_the_site(visited: Scenario) -> None:
    change = corrected(day(29))
    visited.when(change, person(Role.COORDINATOR, reason="")).refused("correction.no_reason")
    visited.when(change, person(Role.COORDINATOR, code="mood")).refused("correction.reason_unlisted")
    visited.when(change, person(Role.MONITOR)).denied()
    visited.when(corrected(WEEK_4)).refused("event.same")
    visited.when(corrected(day(60))).refused("time.in_future")
    visited.when(corrected(day(29), "week-99")).not_found("visit.unknown")
    visited.when(retaken(WEEK_4)).refused("event.same")
    visited.when(retaken(day(60))).refused("time.in_future")
    visited.when(retaken(day(29), "inr")).not_found("result.unknown")
    visited.given(FreezeRecord(participant=CODE, record="week-4"))
    for command in (change, retaken(day(29)), voided(with_results=True)):
        visited.when(command).refused("record.frozen")


def test_after_unblinding_they_wait_for_an_investigators_signature(visited: Scenario) -> None:
    disclosure = participant.RecordUnblinding(
        participant=CODE, at=day(39), kind="planned", informed=("Dr Wang",), reason="care"
    )
    visited.given(disclosure, corrected(day(29, "09:00")), retaken(day(29, "08:00")))
    waiting = [(each.record, each.fact) for each in change_rows(visited.view(), waiting=True)]
    both = [visited.position(kind) for kind in (VisitTimeCorrected, ResultTimeCorrected)]
    assert waiting == [("week-4", both[0]), ("week-4", visited.view().position)]
    assert both[1] == both[0] + 1
    visited.when(voided(with_results=True)).refused("correction.after_unblinding")


def test_what_was_voided_with_its_visit_is_recorded_anew_under_its_own_name(visited: Scenario) -> None:
    visited.given(voided(with_results=True))
    assert results(visited) == {}
    visited.given(came(day(29, "09:00")), measured(day(29, "09:00"), value="44"))
    found = results(visited)
    assert {name: (each.value, each.taken, each.was) for name, each in found.items()} == {
        "alt": ("44", day(29, "09:00"), ())
    }
    told = [each.what for each in field_history(visited.app.reading, visited.view(), CODE, "week-4/alt")]
    assert told == ["recorded", "voided", "voided", "recorded"]
    assert compare(visited.app.reading, TRIAL)[1] == []
    assert replayed(visited).verdicts == ()


def test_what_was_voided_by_itself_stays_with_its_visit(visited: Scenario) -> None:
    visited.given(observation.VoidResult(participant=CODE, visit="week-4", result="alt"))
    visited.given(corrected(day(29, "09:00")))
    visited.when(measured(day(29, "09:00"))).refused("result.recorded_already")
    assert results(visited)["alt"].is_voided


PROPOSED = correction.ProposeCorrection(participant=CODE, visit="week-4", result="alt", value="41")


def accepted(scenario: Scenario) -> Command:
    """The one correction that was proposed, accepted."""
    [asked] = scenario.view().singles(Correction)
    return correction.AcceptCorrection(participant=CODE, correction=asked)


def test_a_correction_that_was_asked_for_stands_when_only_the_time_is_put_right(visited: Scenario) -> None:
    visited.given(PROPOSED, corrected(day(29, "09:00")))
    visited.given(accepted(visited))
    assert results(visited)["alt"].value == "41"
    assert replayed(visited).verdicts == ()


def test_a_correction_that_was_asked_for_falls_with_its_visit(visited: Scenario) -> None:
    visited.given(PROPOSED, voided(with_results=True))
    visited.when(accepted(visited)).refused("result.changed_meanwhile")
    assert replayed(visited).verdicts == ()


def test_an_appointment_made_at_the_wrong_time_stays_where_it_was_made(scenario: Scenario) -> None:
    scenario.given(active(), course("infused"))
    scenario.on(28, "09:00")
    appointed = visit.ScheduleVisit(participant=CODE, visit="week-4", appointment=day(29), at=WEEK_4)
    scenario.given(appointed).on(40, "09:00").given(came(), corrected(day(30, "09:00")))
    then = known(scenario, day(28, "12:00"))
    assert then is not None
    assert (then.appointment, then.attended) == (day(29), None)


def late(scenario: Scenario, view: View) -> dict[str, timedelta]:
    """How late the visit and its result were entered, of both views of it: the trail and the signals."""
    told = trail(scenario.app.reading, view, Wanted(participant=CODE, late=timedelta(days=5)))
    first = {VisitAttended: "visit", ResultRecorded: "result"}
    found = {
        first[type(each.entry.record.fact)]: each.late
        for each in told
        if type(each.entry.record.fact) in first and getattr(each.entry.record.fact, "visit", "") == "week-4"
    }
    limits = Thresholds(late=timedelta(days=5))
    [signal] = (each for each in review(scenario.app.reading, view, limits) if each.code == "late_entry")
    struck = {fact for finding in signal.findings for fact in finding.facts}
    facts = [each.fact for each in scenario.records()]
    at = {"visit": VisitAttended(visit="week-4"), "result": ResultRecorded}
    for name, wanted in at.items():
        is_it = [
            position
            for position, fact in enumerate(facts, 1)
            if fact == wanted or (type(fact) is wanted and getattr(fact, "visit", "") == "week-4")
        ]
        assert (is_it[0] in struck) is (name in found), name
    return found


def test_how_late_an_entry_was_is_told_by_the_time_that_is_right(scenario: Scenario) -> None:
    scenario.given(active(), course("infused")).on(40, "09:00")
    today = day(40, "09:00")
    scenario.given(came(today), measured(today))
    before = scenario.view()
    assert late(scenario, before) == {}
    scenario.given(corrected(day(28, "09:00")))
    found = late(scenario, scenario.view())
    assert set(found) == {"visit", "result"}
    assert all(each > timedelta(days=11) for each in found.values())
    assert late(scenario, before) == {}
    scenario.given(corrected(day(39, "09:00")))
    assert late(scenario, scenario.view()) == {}
