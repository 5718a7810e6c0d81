"""The commands about results and grades, and what each decides."""

from functools import lru_cache
from typing import Annotated

from pydantic import Field, StringConstraints

from domain.clinical_time import ClinicalTime
from domain.errors import NotFound, Refused
from domain.identifiers import Key
from domain.item import Item
from domain.observation import (
    AssessmentGraded,
    Comparator,
    DialysisSession,
    EditCheckAnswered,
    Result,
    ResultId,
    ResultRecorded,
    TreatmentRecorded,
    VisitResult,
    told,
)
from domain.query import QueryId
from domain.record import NewFact
from domain.visit import UNSCHEDULED
from workflows.changing import Spot, authorised, changed
from workflows.command import OnParticipant, Report, Step, Untimed, Words
from workflows.query import answered, with_queries
from workflows.reasons import justified
from workflows.situation import Case, Situation, decides
from workflows.values import Reading as Reading
from workflows.values import Value, checked, grade_of, quantity_of


class RecordResults(Report, OnParticipant):
    """Values taken together at a visit, at one time. Without a visit id they belong to the visit attended at
    that time. With `repeat`, items that stand there already are recorded as a further draw.
    """

    KIND = "observation.record_results"
    visit: Key | None = None
    readings: Annotated[tuple[Reading, ...], Field(min_length=1, max_length=200)]
    repeat: bool = False


class CorrectResult(Untimed, OnParticipant):
    """Put right a value that was recorded wrongly. `was` is the value it replaces, if the caller names it;
    `query` the one on whose account it is changed.
    """

    KIND = "observation.correct"
    visit: Key
    result: ResultId
    value: Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]
    unit: str = ""
    was: str | None = None
    query: QueryId | None = None


class VoidResult(Untimed, OnParticipant):
    """Take a result out of use. It stays readable."""

    KIND = "observation.void"
    visit: Key
    result: ResultId
    query: QueryId | None = None


class AnswerEditCheck(Step, OnParticipant):
    """Confirm or explain a value an edit check has questioned."""

    KIND = "observation.answer_edit_check"
    visit: Key
    result: ResultId
    answer: Words


class RecordDialysis(Report, OnParticipant):
    """The participant was dialysed."""

    KIND = "observation.record_dialysis"
    kind: Annotated[str, StringConstraints(pattern=r"^(intermittent|continuous_24h)$")] = "intermittent"


class RecordTreatment(Report, OnParticipant):
    """The participant had a treatment that bears on scores."""

    KIND = "observation.record_treatment"
    treatment: Key
    detail: str = ""


# ---------------------------------------------------------------- decisions


@decides(RecordResults)
def record_results(command: RecordResults, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    at = situation.when(command, case.zone)
    visit = command.visit or _attended_at(case, at)
    _known_visit(case, visit)
    standing = case.casebook.results.get(visit, {})
    taken = set(standing)
    facts: list[VisitResult] = []
    for reading in command.readings:
        item = case.item(reading.item)
        result = _free(reading.item, taken, standing, command.repeat, case, visit)
        taken.add(result)
        facts.extend(_recorded(visit, result, item, reading, case))
    return with_queries(facts, case, situation, at)


def _recorded(visit: str, result: str, item: Item, reading: Reading, case: Case) -> list[VisitResult]:
    if not item.is_quantity:
        return [_graded(visit, result, grade_of(item, reading.value, case.code))]
    comparator, value, form = quantity_of(item, reading.value, reading.unit, case.code)
    measured = _measured(
        visit,
        result,
        value,
        form.ucum,
        comparator,
        reading.accession,
        reading.reference_low,
        reading.reference_high,
    )
    return [measured, *checked(visit, result, item, value, form)]


# Grades are few, and values come again: each fact is made once, and shared. Facts are frozen.
@lru_cache(maxsize=8192)
def _measured(
    visit: str,
    result: str,
    value: str,
    unit: str,
    comparator: Comparator,
    accession: str,
    reference_low: str,
    reference_high: str,
) -> ResultRecorded:
    return ResultRecorded(
        visit=visit,
        result=result,
        value=value,
        unit=unit,
        comparator=comparator,
        accession=accession,
        reference_low=reference_low,
        reference_high=reference_high,
    )


@lru_cache(maxsize=1024)
def _graded(visit: str, result: str, grade: str) -> AssessmentGraded:
    return AssessmentGraded(visit=visit, result=result, grade=grade)


@decides(CorrectResult)
def correct_result(command: CorrectResult, situation: Situation) -> list[NewFact]:
    case, standing = _standing(command, situation)
    item = case.item(command.result)
    was = told(standing)
    if command.was is not None and command.was not in (was, f"{standing.comparator}{standing.value}"):
        raise Refused(
            "result.changed_meanwhile", f"the value is {was}, not {command.was}", where=_place(command)
        )
    justified(situation.by, case.protocol, _place(command))
    authorised(case, situation, _place(command))
    value = Value.read(item, command.value, command.unit or standing.unit, case.code)
    if value.told == was and not standing.is_voided:
        raise Refused("result.same_value", f"{command.result} is {was} already", where=_place(command))
    return changed(_spot(command), case, situation, value)


@decides(VoidResult)
def void_result(command: VoidResult, situation: Situation) -> list[NewFact]:
    case, standing = _standing(command, situation)
    if standing.is_voided:
        raise Refused("result.voided_already", f"{command.result} is voided already", where=_place(command))
    justified(situation.by, case.protocol, _place(command))
    authorised(case, situation, _place(command))
    return changed(_spot(command), case, situation, None)


@decides(AnswerEditCheck)
def answer_edit_check(command: AnswerEditCheck, situation: Situation) -> list[NewFact]:
    case, standing = _standing(command, situation)
    if not standing.check:
        raise Refused(
            "edit_check.none_open", f"no edit check is open on {command.result}", where=_place(command)
        )
    at = situation.when(command, case.zone)
    fact = EditCheckAnswered(visit=command.visit, result=command.result, answer=command.answer)
    return [*case.facts(at, fact), *answered(standing, command.answer, case, situation, at)]


@decides(RecordDialysis)
def record_dialysis(command: RecordDialysis, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    return case.facts(situation.when(command, case.zone), DialysisSession(kind=command.kind))


@decides(RecordTreatment)
def record_treatment(command: RecordTreatment, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    fact = TreatmentRecorded(treatment=command.treatment, detail=command.detail)
    return case.facts(situation.when(command, case.zone), fact)


def _free(
    item: str, taken: set[str], standing: dict[str, Result], repeat: bool, case: Case, visit: str
) -> str:
    """The result id a new value takes at the visit."""
    if item not in taken:
        return item
    if not repeat:
        now = f", {told(standing[item])}" if item in standing else " twice in this draw"
        raise Refused(
            "result.recorded_already",
            f"{item} is recorded{now}",
            where=f"{case.code} {visit}",
            remedy="Correct it, or say that this is a repeat.",
        )
    number = 2
    while f"{item}#{number}" in taken:
        number += 1
    return f"{item}#{number}"


def _attended_at(case: Case, at: ClinicalTime) -> str:
    """The visit that values of that time belong to."""
    visits = [
        each.visit for each in case.casebook.visits.values() if each.attended and each.attended.at == at
    ]
    if len(visits) == 1:
        return visits[0]
    if visits:
        raise Refused(
            "visit.ambiguous",
            f"at {at} there were the visits {', '.join(visits)}",
            where=case.code,
            remedy="Name the visit.",
        )
    raise NotFound(
        "visit.none_then", f"no visit is recorded at {at}", where=case.code, remedy="Record the visit first."
    )


def _known_visit(case: Case, visit: str) -> None:
    known = case.casebook.visits.get(visit)
    if visit in case.protocol.visit_plans or (known is not None and known.is_recorded):
        return
    hint = "Record the visit first." if visit.startswith(UNSCHEDULED) else ""
    raise NotFound("visit.unknown", f"there is no visit {visit}", where=case.code, remedy=hint)


def _standing(
    command: CorrectResult | VoidResult | AnswerEditCheck, situation: Situation
) -> tuple[Case, Result]:
    case = situation.case(command.participant)
    return case, standing_in(case, command.visit, command.result)


def standing_in(case: Case, visit: str, result: str) -> Result:
    """The result that stands at a visit under this id. Raises NotFound."""
    standing = case.casebook.results.get(visit, {}).get(result)
    if standing is None:
        raise NotFound("result.unknown", f"there is no {result} at {visit}", where=case.code)
    return standing


def _spot(command: CorrectResult | VoidResult) -> Spot:
    return Spot(command.visit, command.result, command.query)


def _place(command: CorrectResult | VoidResult | AnswerEditCheck) -> str:
    return f"{command.participant} {command.visit}"
