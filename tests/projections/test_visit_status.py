"""The status of a visit, at every boundary day of the site's own calendar."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.clinical_time import ClinicalTime, Instant
from domain.observation import ResultCorrected
from projections.as_of import Axis
from projections.deviations import deviations
from projections.ports import sealed_to_all
from projections.visit_status import VisitRow, VisitStatus, visit_rows
from tests.support.scenario import Scenario
from tests.support.trial import DROP, LOT, RENEWED, active, amended, arm_routes, at, course, day, small
from workflows import infusion, observation, participant, trial, visit
from workflows.command import Command

CODE = "S1-001"
S = VisitStatus


def row(scenario: Scenario, name: str = "week-4", code: str = CODE) -> VisitRow:
    """One visit as of now."""
    return next(each for each in visit_rows(scenario.view(), code) if each.visit == name)


def test_a_visit_before_its_window_can_have_opened_is_out_of_it(scenario: Scenario) -> None:
    """Nobody is infused: a week counted from the infusion has not come, and a baseline has."""
    scenario.given(active(), course("measured")).on(9)
    scenario.given(visit.RecordVisit(participant=CODE, visit="week-4", at=day(8)))
    assert [row(scenario, name).status for name in ("baseline", "week-4")] == [S.DONE, S.DONE_OUT_OF_WINDOW]
    [found] = [
        each for each in deviations(scenario.view(), sealed_to_all) if each.rule == "visit.out_of_window"
    ]
    assert (found.subject, found.detail) == ("week-4", "no window has opened")


# The window is days 21 to 35; upcoming 7 days before, closing in its last 3, awaited 14 days after.
WEEK_4 = [
    (0, S.NOT_DUE),
    (13, S.NOT_DUE),
    (14, S.UPCOMING),
    (20, S.UPCOMING),
    (21, S.OPEN),
    (28, S.OPEN),
    (32, S.OPEN),
    (33, S.CLOSING),
    (35, S.CLOSING),
    (36, S.OVERDUE),
    (49, S.OVERDUE),
    (50, S.MISSED),
    (500, S.MISSED),
]


@pytest.mark.parametrize("clock", ["00:00", "23:59"])
@pytest.mark.parametrize(("number", "status"), WEEK_4)
def test_a_visit_not_attended_has_the_status_of_its_day(
    scenario: Scenario, number: int, status: VisitStatus, clock: str
) -> None:
    scenario.given(active(), course("started")).on(number, clock)
    assert row(scenario).status is status


@pytest.mark.parametrize(
    ("number", "status"), [(20, S.DONE_OUT_OF_WINDOW), (21, S.DONE), (35, S.DONE), (36, S.DONE_OUT_OF_WINDOW)]
)
@pytest.mark.parametrize("clock", ["", "00:00", "23:59"])
def test_an_attended_visit_is_done_in_or_out_of_its_window_for_good(
    scenario: Scenario, number: int, status: VisitStatus, clock: str
) -> None:
    scenario.given(active(), course("started"))
    scenario.given(visit.RecordVisit(participant=CODE, at=day(number, clock), visit="week-4")).on(400)
    known = row(scenario)
    assert known.status is status
    assert known.attended_on == day(number).day
    assert known.days_from_target == number - 28


def test_a_visit_counted_from_an_anchor_that_has_not_been_is_not_due(scenario: Scenario) -> None:
    scenario.given(active(), course("randomized")).on(300)
    known = row(scenario)
    assert (known.status, known.window, known.anchor_fact) == (S.NOT_DUE, None, None)


def test_an_anchor_of_an_unknown_day_gives_no_window(scenario: Scenario) -> None:
    reported = infusion.RecordInfusion(
        participant=CODE, at=at("2026-03"), route=arm_routes(small())[0], lot=LOT, bag="B30"
    )
    scenario.given(active(), course("randomized"), reported).on(300)
    assert (row(scenario).status, row(scenario).window) == (S.NOT_DUE, None)


def test_an_attendance_of_an_unknown_day_is_not_held_out_of_window(scenario: Scenario) -> None:
    scenario.given(active(), course("started")).on(60)
    scenario.given(visit.RecordVisit(participant=CODE, at=at("2026-04"), visit="week-4"))
    assert row(scenario).status is S.DONE
    assert row(scenario).days_from_target is None


@pytest.mark.parametrize("known", [1, 20, 22], ids=["long before", "the day before its window", "in it"])
def test_a_visit_known_to_be_missed_is_missed_on_every_day_until_it_is_attended(
    scenario: Scenario, known: int
) -> None:
    """What is known is recorded when it is, as of somebody abroad; who comes after all has attended."""
    scenario.given(active(), course("started")).on(known)
    scenario.given(visit.RecordMissedVisit(participant=CODE, at=day(known), visit="week-4"))
    assert row(scenario).status is S.MISSED
    scenario.on(30).given(visit.RecordVisit(participant=CODE, at=day(30), visit="week-4"))
    assert row(scenario).status is S.DONE


@pytest.mark.parametrize(("ended", "status"), [(35, S.NOT_REQUIRED), (36, S.OVERDUE), (1, S.NOT_REQUIRED)])
def test_a_visit_is_not_required_when_the_course_ended_before_its_window_closed(
    scenario: Scenario, ended: int, status: VisitStatus
) -> None:
    scenario.given(active(), course("started"))
    scenario.given(participant.RecordDeath(participant=CODE, at=day(ended))).on(40)
    assert row(scenario).status is status


ENDS = [
    participant.RecordDeath(participant=CODE, at=day(10)),
    participant.RecordLossToFollowUp(participant=CODE, at=day(10)),
    participant.RecordEndOfFollowUp(participant=CODE, at=day(10)),
    participant.RecordWithdrawal(participant=CODE, at=day(10), scope="visits"),
    participant.RecordWithdrawal(participant=CODE, at=day(10), scope="all"),
    participant.CompleteParticipant(participant=CODE, at=day(10)),
]
GOES_ON = [
    participant.RecordWithdrawal(participant=CODE, at=day(10), scope="treatment"),
    participant.RecordWithdrawal(participant=CODE, at=day(10), scope="samples"),
    participant.RecordTransplant(participant=CODE, at=day(10)),
]


@pytest.mark.parametrize("end", ENDS, ids=lambda command: command.KIND)
def test_whatever_ends_the_course_ends_its_visits(scenario: Scenario, end: Command) -> None:
    scenario.given(active(), course("started"), end).on(90)
    assert [row(scenario, name).status for name in ("week-4", "week-12")] == [S.NOT_REQUIRED] * 2


@pytest.mark.parametrize("event", GOES_ON, ids=lambda command: command.KIND)
def test_what_does_not_end_the_course_leaves_its_visits_required(scenario: Scenario, event: Command) -> None:
    scenario.given(active(), course("started"), event).on(30)
    assert row(scenario).status is S.OPEN


def test_an_optional_visit_is_never_missed(scenario: Scenario) -> None:
    optional = small({"schedule.visits.week-4.optional": True})
    scenario.given(active(optional), course("started")).on(49)
    assert row(scenario).status is S.OVERDUE
    assert row(scenario.on(50)).status is S.NOT_REQUIRED


def test_an_unscheduled_visit_stands_beside_the_plan(scenario: Scenario) -> None:
    scenario.given(active(), course("started"), visit.RecordVisit(participant=CODE, at=day(3)))
    known = row(scenario, "unscheduled-1")
    assert (known.status, known.window, known.name) == (S.UNSCHEDULED, None, "Unscheduled visit")


def test_a_visit_without_a_name_is_the_free_one_whose_window_holds_it_and_whose_target_is_nearest(
    scenario: Scenario,
) -> None:
    scenario.given(active(), course("started")).on(90)
    scenario.given([visit.RecordVisit(participant=CODE, at=day(n, "09:00")) for n in (30, 31, 70, 71)])
    attended = {
        each.visit: each.attended_on for each in visit_rows(scenario.view()) if each.attended_on is not None
    }
    assert attended == {
        "baseline": day(0).day,
        "week-4": day(30).day,
        "unscheduled-1": day(31).day,
        "week-12": day(70).day,
        "unscheduled-2": day(71).day,
    }


def test_an_unscheduled_visit_takes_a_number_that_is_free(scenario: Scenario) -> None:
    scenario.given(active(), course("started"))
    scenario.given(visit.RecordVisit(participant=CODE, at=day(2), visit="unscheduled-2"))
    scenario.given(
        visit.RecordVisit(participant=CODE, at=day(3)), visit.RecordVisit(participant=CODE, at=day(4))
    )
    assert list(scenario.view().visits(CODE)[CODE]) == sorted(
        ["baseline", "unscheduled-1", "unscheduled-2", "unscheduled-3"]
    )


# ---------------------------------------------------------------- calendars

BERLIN = "Europe/Berlin"


def in_berlin(scenario: Scenario, infused: ClinicalTime) -> Scenario:
    """A participant of the second site, infused at a time in Berlin."""
    known = small({"sites.S1.zone": BERLIN})
    reported = infusion.RecordInfusion(
        participant=CODE, at=infused, route=arm_routes(known)[0], lot=LOT, bag="B30"
    )
    return scenario.given(active(known), course("randomized", document=known), reported)


@pytest.mark.parametrize(
    ("now", "status"),
    [
        ("2026-03-29T00:30+01:00", S.OPEN),  # the night the clocks go forward: the window has just opened
        ("2026-03-28T23:59+01:00", S.UPCOMING),
        ("2026-03-29T23:59+02:00", S.OPEN),
        ("2026-04-12T23:59+02:00", S.CLOSING),
        ("2026-04-13T00:01+02:00", S.OVERDUE),
    ],
)
def test_days_are_the_sites_calendar_days_when_the_clocks_change(
    scenario: Scenario, now: str, status: VisitStatus
) -> None:
    in_berlin(scenario, at("2026-03-08T12:00", BERLIN))
    scenario.clock.moment = Instant.parse(now).moment
    assert row(scenario).status is status


def test_the_day_of_an_event_is_that_of_its_own_zone(scenario: Scenario) -> None:
    """Half past midnight in Shanghai is still the day before in Berlin and in UTC."""
    scenario.given(active(), course("randomized")).on(1)
    infused = infusion.RecordInfusion(
        participant=CODE, at=day(1, "00:30"), route=arm_routes(small())[0], lot=LOT, bag="B30"
    )
    scenario.given(infused)
    window = row(scenario).window
    assert window is not None
    assert window.target == (day(1).day or pytest.fail("no day")) + timedelta(days=28)


def test_the_same_moment_is_another_day_at_a_site_elsewhere(scenario: Scenario) -> None:
    scenario.given(active(), trial.ActivateSite(site="S2"))
    scenario.given(
        [
            participant.PreScreen(participant=code, site=site)
            for code, site in (("S1-001", "S1"), ("S2-001", "S2"))
        ],
        [
            participant.RecordConsent(
                participant=code, at=at("2026-03-03T12:00", zone), version="1.0", language="zh-CN"
            )
            for code, zone in (("S1-001", "Asia/Shanghai"), ("S2-001", BERLIN))
        ],
    )
    scenario.clock.moment = Instant.parse(
        "2026-03-31T17:00:00Z"
    ).moment  # April in Shanghai, not yet in Berlin
    assert row(scenario, "baseline", "S1-001").status is S.OVERDUE
    assert row(scenario, "baseline", "S2-001").status is S.CLOSING


# ---------------------------------------------------------------- amendments

MOVED = small({"version": "2.0", "schedule.visits.week-4.day": 42, "schedule.visits.week-12.day": 98})


def test_an_amendment_moves_the_windows_of_visits_still_to_come_and_not_of_those_attended(
    scenario: Scenario,
) -> None:
    scenario.given(active(), course("started"))
    scenario.given(visit.RecordVisit(participant=CODE, at=day(28), visit="week-4")).on(60)
    before = [row(scenario, name) for name in ("week-4", "week-12")]
    scenario.given(amended(MOVED))
    after = [row(scenario, name) for name in ("week-4", "week-12")]
    assert after[0] == before[0]
    assert (after[0].status, after[0].protocol_version) == (S.DONE, "1.0")
    assert before[1].window is not None
    assert after[1].window is not None
    assert after[1].window.target - before[1].window.target == timedelta(days=14)
    assert after[1].protocol_version == "2.0"


def test_an_amendment_changes_the_status_of_a_visit_not_yet_attended(scenario: Scenario) -> None:
    scenario.given(active(), course("started")).on(36)
    assert row(scenario).status is S.OVERDUE
    scenario.given(amended(MOVED))
    assert row(scenario).status is S.OPEN
    position = scenario.app.reading.head("T-1")[0]
    earlier = scenario.view(position - 1)
    assert next(each for each in visit_rows(earlier) if each.visit == "week-4").status is S.OVERDUE


@pytest.mark.parametrize(("number", "status"), [(28, S.DONE), (40, S.DONE_OUT_OF_WINDOW)])
def test_a_visit_that_an_amendment_drops_keeps_its_window_where_it_was_attended(
    scenario: Scenario, number: int, status: VisitStatus
) -> None:

    dropped = small({"version": "2.0", "schedule.visits.week-4": DROP})
    scenario.given(active(), course("started"))
    scenario.given(visit.RecordVisit(participant=CODE, at=day(number), visit="week-4"))
    before = row(scenario)
    scenario.given(amended(dropped))
    assert row(scenario) == before
    assert before.status is status


def test_a_visit_that_an_amendment_drops_is_required_no_more(scenario: Scenario) -> None:

    dropped = small({"version": "2.0", "schedule.visits.week-4": DROP, "schedule.visits.week-12": DROP})
    planned = visit.ScheduleVisit(participant=CODE, visit="week-12", appointment=day(84, "09:00"))
    missed = visit.RecordMissedVisit(participant=CODE, at=day(30), visit="week-4")
    scenario.given(active(), course("started"), planned, missed, amended(dropped)).on(200)
    assert [(each.visit, each.status) for each in visit_rows(scenario.view())] == [
        ("baseline", S.DONE),
        ("week-12", S.NOT_REQUIRED),
        ("week-4", S.MISSED),
    ]


def test_participants_stay_on_the_old_version_until_site_and_consent_put_them_on_the_new(
    scenario: Scenario,
) -> None:
    renewed = small(RENEWED | {"schedule.visits.week-4.day": 42})
    *brought, adopted_at_site = amended(renewed)
    scenario.given(active(), course("started"), course("screened", "S1-002")).on(30)
    scenario.given(brought)
    assert row(scenario).protocol_version == "1.0"
    scenario.given(adopted_at_site)
    assert row(scenario).protocol_version == "1.0"
    assert row(scenario, code="S1-002").protocol_version == "2.0"  # there is no consent to renew
    scenario.given(participant.RecordConsent(participant=CODE, at=day(30), version="2.0", language="zh-CN"))
    assert row(scenario).protocol_version == "2.0"


def test_an_amendment_that_asks_for_no_renewed_consent_is_followed_from_the_sites_adoption(
    scenario: Scenario,
) -> None:
    scenario.given(active(), course("started")).on(30).given(amended(MOVED)[:-1])
    assert row(scenario).protocol_version == "1.0"
    scenario.given(amended(MOVED)[-1])
    assert row(scenario).protocol_version == "2.0"


# ---------------------------------------------------------------- the clinical axis


def test_a_correction_shows_at_the_time_of_what_it_corrects(scenario: Scenario) -> None:

    scenario.given(active(), course("measured")).on(20)
    scenario.given(observation.CorrectResult(participant=CODE, visit="baseline", result="alt", value="55"))
    then = Instant.of(day(0, "11:00").earliest)
    before = Instant.of(day(0, "10:29").earliest)
    effective = scenario.view(then, Axis.EFFECTIVE).results(CODE)[CODE]["baseline"]["alt"]
    assert (effective.value, effective.state) == ("55", "corrected")
    assert scenario.view(before, Axis.EFFECTIVE).results(CODE) == {}
    known = scenario.view(scenario.position(ResultCorrected) - 1)
    assert known.results(CODE)[CODE]["baseline"]["alt"].value == "40"


def test_what_is_reported_late_shows_at_once_on_the_recorded_axis_and_when_it_was_on_the_other(
    scenario: Scenario,
) -> None:
    scenario.given(active(), course("started")).on(40)
    scenario.given(visit.RecordVisit(participant=CODE, at=day(28), visit="week-4"))
    on_day_30 = Instant.of(day(30, "12:00").earliest)
    recorded, effective = (scenario.view(on_day_30, axis) for axis in (Axis.RECORDED, Axis.EFFECTIVE))
    assert next(each for each in visit_rows(recorded) if each.visit == "week-4").status is S.OPEN
    assert next(each for each in visit_rows(effective) if each.visit == "week-4").status is S.DONE
