"""What is refused of visits: appointments, what came of them, and what puts that right."""

from __future__ import annotations

from domain.errors import Invalid, NotFound
from domain.record import Role
from tests.support.trial import at, course, day, person
from tests.workflows.refusals import CODE, appointment, course_to, reading, refused
from workflows import visit, visit_correction
from workflows.command import Command

_CAME = visit.RecordVisit(participant=CODE, at=day(0, "10:30"), visit="week-4")
_VOID_VISIT = visit_correction.VoidVisit(participant=CODE, visit="week-4")


def _came_then(clock: str = "10:30", which: str = "week-4") -> Command:
    return visit_correction.CorrectVisit(participant=CODE, visit=which, at=day(0, clock))


def _taken_then(result: str = "alt", clock: str = "10:30") -> Command:
    return visit_correction.CorrectResultTime(
        participant=CODE, visit="baseline", result=result, at=day(0, clock)
    )


OF_VISIT = [
    refused("visit.unknown", course_to("consented"), appointment("week-99"), NotFound),
    refused(
        "visit.unknown",
        course_to("consented"),
        visit.RecordVisit(participant=CODE, at=day(0), visit="week-99"),
        NotFound,
    ),
    refused("visit.unknown", course_to("baseline"), reading("alt", "40", "U/L", "unscheduled-1"), NotFound),
    refused("visit.attended_already", course_to("baseline"), appointment("baseline")),
    refused("visit.attended_already", course_to("baseline"), course("baseline")[-1]),
    refused(
        "visit.attended_already",
        course_to("baseline"),
        visit.RecordMissedVisit(participant=CODE, at=day(0), visit="baseline"),
    ),
    *(
        refused(
            "visit.missed_already",
            course_to("consented", visit.RecordMissedVisit(participant=CODE, at=day(0), visit="week-4")),
            again,
        )
        for again in (
            appointment(),
            visit.RecordMissedVisit(participant=CODE, at=day(0), visit="week-4"),
        )
    ),
    refused(
        "visit.appointment_past",
        course_to("consented"),
        visit.ScheduleVisit(participant=CODE, visit="week-4", appointment=day(0, "11:00")),
        Invalid,
    ),
    refused(
        "visit.day_unknown",
        course_to("consented"),
        visit.RecordVisit(participant=CODE, at=at("2026-03")),
    ),
]

OF_VISIT_CORRECTIONS = [
    refused("visit.unknown", course_to("measured"), _came_then(which="week-99"), NotFound),
    refused("visit.not_attended", course_to("measured"), _came_then()),
    refused("visit.not_recorded", course_to("measured"), _VOID_VISIT),
    refused("event.same", course_to("measured", _CAME), _came_then()),
    refused("time.in_future", course_to("measured", _CAME), _came_then("23:00")),
    refused(
        "correction.no_reason",
        course_to("measured", _CAME),
        _came_then("10:00"),
        by=person(Role.COORDINATOR, ""),
    ),
    refused(
        "correction.no_reason", course_to("measured", _CAME), _VOID_VISIT, by=person(Role.COORDINATOR, "")
    ),
    refused(
        "visit.results_stand",
        course_to("measured"),
        visit_correction.VoidVisit(participant=CODE, visit="baseline"),
    ),
    refused("result.unknown", course_to("measured"), _taken_then("afp"), NotFound),
    refused("correction.no_reason", course_to("measured"), _taken_then(), by=person(Role.COORDINATOR, "")),
    refused("time.in_future", course_to("measured"), _taken_then(clock="23:00")),
    refused("event.same", course_to("measured"), _taken_then()),
]
