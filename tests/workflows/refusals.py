"""A refusal as tests tell it: what was done before, the command it then refuses, the rule."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from domain.errors import Refused, TrialogError
from domain.record import Attribution, NewFact
from tests.support.trial import EXTERNAL, active, course, day, small
from workflows import observation, participant, trial, visit
from workflows.command import Command

CODE = "S1-001"
ELSEWHERE = small(EXTERNAL)
CLOSED = [*active(), trial.CloseEnrolment()]


class Refusal(NamedTuple):
    """A rule's code and kind, what was given, and the command it refuses."""

    code: str
    kind: type[TrialogError]
    given: tuple[Command | NewFact, ...]
    command: Command
    by: Attribution | None = None
    on: int = 0


def refused(
    code: str,
    given: Iterable[Command | NewFact],
    command: Command,
    kind: type[TrialogError] = Refused,
    by: Attribution | None = None,
    on: int = 0,
) -> Refusal:
    return Refusal(code, kind, tuple(given), command, by, on)


def course_to(upto: str, *more: Command | NewFact) -> list[Command | NewFact]:
    return [*active(), *course(upto), *more]


def death() -> participant.RecordDeath:
    return participant.RecordDeath(participant=CODE, at=day(0, "11:30"))


def screening(**changes: object) -> participant.PreScreen:
    fields: dict[str, object] = {"participant": CODE, "site": "S1", "age": 50} | changes
    return participant.PreScreen.model_validate(fields)


def withdrawal(scope: str) -> participant.RecordWithdrawal:
    return participant.RecordWithdrawal(participant=CODE, at=day(0, "11:30"), scope=scope)


def appointment(visit_id: str = "week-4", on: int = 30) -> visit.ScheduleVisit:
    return visit.ScheduleVisit(participant=CODE, visit=visit_id, appointment=day(on, "09:00"))


def reading(item: str, value: str, unit: str = "", visit_id: str | None = "baseline") -> Command:
    told = observation.Reading(item=item, value=value, unit=unit)
    return observation.RecordResults(participant=CODE, at=day(0, "11:00"), visit=visit_id, readings=(told,))
