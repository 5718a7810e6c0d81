"""What is refused of results and grades, and of their corrections."""

from __future__ import annotations

from domain.errors import Invalid, NotFound
from domain.record import Role
from tests.support.trial import day, person
from tests.workflows.refusals import CODE, course_to, reading, refused
from workflows import observation, visit
from workflows.command import Command


def _correction(value: str = "41", was: str | None = None, result: str = "alt") -> Command:
    return observation.CorrectResult(participant=CODE, visit="baseline", result=result, value=value, was=was)


OF_RESULT = [
    refused("item.unknown", course_to("baseline"), reading("hair", "40", "cm"), NotFound),
    refused("visit.none_then", course_to("baseline"), reading("alt", "40", "U/L", None), NotFound),
    refused(
        "visit.ambiguous",
        course_to(
            "baseline",
            visit.RecordVisit(participant=CODE, at=day(0, "11:00"), visit="unscheduled-1"),
            visit.RecordVisit(participant=CODE, at=day(0, "11:00"), visit="unscheduled-2"),
        ),
        reading("alt", "40", "U/L", None),
    ),
    refused("result.not_a_number", course_to("baseline"), reading("alt", "high", "U/L"), Invalid),
    refused("result.unit_missing", course_to("baseline"), reading("alt", "40"), Invalid),
    refused("result.unit_unknown", course_to("baseline"), reading("alt", "40", "ukat/L"), NotFound),
    refused("result.grade_unknown", course_to("baseline"), reading("ascites", "huge"), NotFound),
    refused("result.recorded_already", course_to("measured"), reading("alt", "41", "U/L")),
    refused(
        "result.recorded_already",
        course_to("baseline"),
        observation.RecordResults(
            participant=CODE,
            at=day(0),
            visit="baseline",
            readings=(observation.Reading(item="alt", value="40", unit="U/L"),) * 2,
        ),
    ),
    refused("result.unknown", course_to("baseline"), _correction(), NotFound),
    refused("result.changed_meanwhile", course_to("measured"), _correction(was="39 U/L")),
    refused("result.same_value", course_to("measured"), _correction("40")),
    refused("result.same_value", course_to("measured"), _correction("mild", result="ascites")),
    refused(
        "result.voided_already",
        course_to("measured", observation.VoidResult(participant=CODE, visit="baseline", result="alt")),
        observation.VoidResult(participant=CODE, visit="baseline", result="alt"),
    ),
    *(
        refused("correction.no_reason", course_to("measured"), change, by=person(Role.COORDINATOR, reason))
        for change in (
            _correction(),
            observation.VoidResult(participant=CODE, visit="baseline", result="alt"),
        )
        for reason in ("", "  x ", "xxx", "...", "Transcription.", "error in copying from the source")
    ),
    *(
        refused(
            "correction.reason_unlisted",
            course_to("measured"),
            change,
            by=person(Role.COORDINATOR, "typing error", code),
        )
        for change in (
            _correction(),
            observation.VoidResult(participant=CODE, visit="baseline", result="alt"),
        )
        for code in ("", "because")
    ),
    refused(
        "edit_check.none_open",
        course_to("measured"),
        observation.AnswerEditCheck(participant=CODE, visit="baseline", result="alt", answer="confirmed"),
    ),
]
