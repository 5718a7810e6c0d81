"""The commands about results and grades, and what each decides."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from domain.clinical_time import ClinicalTime
from domain.errors import Invalid, NotFound, Refused
from domain.identifiers import Key
from domain.observation import (
    AssessmentCorrected,
    AssessmentGraded,
    Comparator,
    DialysisSession,
    EditCheckAnswered,
    EditCheckFired,
    Result,
    ResultCorrected,
    ResultId,
    ResultRecorded,
    ResultVoided,
    TreatmentRecorded,
    VisitResult,
    told,
)
from domain.protocol import Item, UnitForm
from domain.record import NewFact
from domain.visit import UNSCHEDULED
from workflows.command import OnParticipant, Report, Step
from workflows.reasons import justified
from workflows.situation import Case, Situation, decides

Words = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]


class Reading(BaseModel):
    """One value as reported: for a quantity with its unit, for an assessment the grade's code.

    `value` may begin with a comparator: `<5.1`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    item: Key
    value: Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]
    unit: str = ""
    accession: str = ""
    reference_low: str = ""
    reference_high: str = ""


class RecordResults(Report, OnParticipant):
    """Values taken together at a visit, at one time. Without a visit id they belong to the visit attended at
    that time. With `repeat`, items that stand there already are recorded as a further draw.
    """

    KIND = "observation.record_results"
    visit: Key | None = None
    readings: Annotated[tuple[Reading, ...], Field(min_length=1, max_length=200)]
    repeat: bool = False


class CorrectResult(Step, OnParticipant):
    """Put right a value that was recorded wrongly. `was` is the value it replaces, if the caller names it."""

    KIND = "observation.correct"
    visit: Key
    result: ResultId
    value: Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]
    unit: str = ""
    was: str | None = None


class VoidResult(Step, OnParticipant):
    """Take a result out of use. It stays readable."""

    KIND = "observation.void"
    visit: Key
    result: ResultId


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
        item = _item(case, reading.item)
        result = _free(reading.item, taken, standing, command.repeat, case, visit)
        taken.add(result)
        facts.extend(_recorded(visit, result, item, reading, case))
    return case.facts(at, *facts)


def _recorded(visit: str, result: str, item: Item, reading: Reading, case: Case) -> list[VisitResult]:
    if not item.is_quantity:
        return [AssessmentGraded(visit=visit, result=result, grade=_grade(item, reading.value, case.code))]
    comparator, value, form = _quantity(item, reading.value, reading.unit, case.code)
    fact = ResultRecorded(
        visit=visit,
        result=result,
        value=value,
        unit=form.ucum,
        comparator=comparator,
        accession=reading.accession,
        reference_low=reading.reference_low,
        reference_high=reading.reference_high,
    )
    return [fact, *_checked(visit, result, item, value, form)]


@decides(CorrectResult)
def correct_result(command: CorrectResult, situation: Situation) -> list[NewFact]:
    case, standing = _standing(command, situation)
    item = _item(case, command.result.partition("#")[0])
    was = told(standing)
    if command.was is not None and command.was not in (was, f"{standing.comparator}{standing.value}"):
        raise Refused(
            "result.changed_meanwhile", f"the value is {was}, not {command.was}", where=_place(command)
        )
    justified(situation.by, case.protocol, _place(command))
    if not item.is_quantity:
        grade = _grade(item, command.value, case.code)
        if grade == standing.value and standing.state != "voided":
            raise Refused("result.same_value", f"{command.result} is {was} already", where=_place(command))
        fact = AssessmentCorrected(visit=command.visit, result=command.result, grade=grade, was=was)
        return case.facts(standing.taken, fact)
    comparator, value, form = _quantity(item, command.value, command.unit or standing.unit, case.code)
    if (comparator, value, form.ucum) == (standing.comparator, standing.value, standing.unit) and (
        standing.state != "voided"
    ):
        raise Refused("result.same_value", f"{command.result} is {was} already", where=_place(command))
    corrected = ResultCorrected(
        visit=command.visit,
        result=command.result,
        value=value,
        unit=form.ucum,
        comparator=comparator,
        was=was,
    )
    checks = _checked(command.visit, command.result, item, value, form)
    return case.facts(standing.taken, corrected, *checks)


@decides(VoidResult)
def void_result(command: VoidResult, situation: Situation) -> list[NewFact]:
    case, standing = _standing(command, situation)
    if standing.state == "voided":
        raise Refused("result.voided_already", f"{command.result} is voided already", where=_place(command))
    justified(situation.by, case.protocol, _place(command))
    fact = ResultVoided(visit=command.visit, result=command.result, was=told(standing))
    return case.facts(standing.taken, fact)


@decides(AnswerEditCheck)
def answer_edit_check(command: AnswerEditCheck, situation: Situation) -> list[NewFact]:
    case, standing = _standing(command, situation)
    if not standing.check:
        raise Refused(
            "edit_check.none_open", f"no edit check is open on {command.result}", where=_place(command)
        )
    fact = EditCheckAnswered(visit=command.visit, result=command.result, answer=command.answer)
    return case.facts(situation.when(command, case.zone), fact)


@decides(RecordDialysis)
def record_dialysis(command: RecordDialysis, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    return case.facts(situation.when(command, case.zone), DialysisSession(kind=command.kind))


@decides(RecordTreatment)
def record_treatment(command: RecordTreatment, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    fact = TreatmentRecorded(treatment=command.treatment, detail=command.detail)
    return case.facts(situation.when(command, case.zone), fact)


# ---------------------------------------------------------------- reading values

_QUANTITY = re.compile(r"(<=|>=|<|>)?[ ]*([+-]?[0-9]{1,12}(?:\.[0-9]{1,8})?)")


def readable(item: Item, reading: Reading) -> bool:
    """Whether a reported value of the item can be taken: a number in a known unit, or one of its grades."""
    try:
        if item.is_quantity:
            _quantity(item, reading.value, reading.unit, "")
        else:
            _grade(item, reading.value, "")
    except Invalid:
        return False
    return True


def _quantity(item: Item, value: str, unit: str, where: str) -> tuple[Comparator, str, UnitForm]:
    """Comparator, number as written, and the unit form; refuses what cannot be read without guessing."""
    match = _QUANTITY.fullmatch(value)
    if match is None:
        raise Invalid("result.not_a_number", f"{item.id}: '{value}' is no number", where=where)
    form = item.unit(unit)
    if form is None:
        known = ", ".join(each.ucum for each in item.units)
        raise Invalid(
            "result.unit_unknown",
            f"{item.id}: unit '{unit}' is not known",
            where=where,
            remedy=f"Known: {known}.",
        )
    return match[1] or "", match[2], form


def _grade(item: Item, value: str, where: str) -> str:
    if item.grade(value) is None:
        known = ", ".join(grade.code for grade in item.grades)
        raise Invalid(
            "result.grade_unknown",
            f"{item.id}: '{value}' is no grade",
            where=where,
            remedy=f"Known: {known}.",
        )
    return value


def _checked(visit: str, result: str, item: Item, value: str, form: UnitForm) -> list[VisitResult]:
    """The gravest edit check the value fails, judged in the item's own unit."""
    try:
        measured = Decimal(value) * form.factor
    except InvalidOperation as error:  # pragma: no cover - the pattern admits numbers only
        raise Invalid("result.not_a_number", f"'{value}' is no number") from error
    for check, limits in (("reject", item.reject), ("query", item.query)):
        if limits is not None and not limits.hold(measured):
            low, high = ("" if end is None else end for end in (limits.low, limits.high))
            told_limits = f"{low}..{high} {item.units[0].ucum}"
            return [
                EditCheckFired(
                    visit=visit, result=result, check=check, value=f"{value} {form.ucum}", limits=told_limits
                )
            ]
    return []


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


def _item(case: Case, item: str) -> Item:
    known = case.protocol.item_plans.get(item)
    if known is None:
        raise NotFound(
            "item.unknown", f"protocol {case.protocol.version} has no item {item}", where=case.code
        )
    return known


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
    if visit in case.protocol.visit_plans or visit in case.casebook.visits:
        return
    hint = "Record the visit first." if visit.startswith(UNSCHEDULED) else ""
    raise NotFound("visit.unknown", f"there is no visit {visit}", where=case.code, remedy=hint)


def _standing(
    command: CorrectResult | VoidResult | AnswerEditCheck, situation: Situation
) -> tuple[Case, Result]:
    case = situation.case(command.participant)
    standing = case.casebook.results.get(command.visit, {}).get(command.result)
    if standing is None:
        raise NotFound("result.unknown", f"there is no {command.result} at {command.visit}", where=case.code)
    return case, standing


def _place(command: CorrectResult | VoidResult | AnswerEditCheck) -> str:
    return f"{command.participant} {command.visit}"
