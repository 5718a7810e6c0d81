"""What is measured and graded at a visit: its facts, its state, and how the one follows from the other.

Values are kept as reported: the text, the unit as spelled by its UCUM code, the comparator. A correction
takes the clinical time of what it corrects, and leaves the old value readable in the history.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, NamedTuple

from pydantic import StringConstraints

from domain.clinical_time import ClinicalTime
from domain.fact import Fact, FreeText
from domain.identifiers import Key
from domain.record import Record
from domain.words import in_chinese

ValueText = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Comparator = Annotated[str, StringConstraints(pattern=r"^(|<|<=|>|>=)$")]
ResultId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,47}(#[1-9][0-9]{0,3})?$")]
"""An item at a visit, as `tbil`; further draws of the same item are `tbil#2`, `tbil#3`, …"""

# ---------------------------------------------------------------- facts


class VisitResult(Fact):
    """A fact about one result of one visit."""

    visit: Key
    result: ResultId


class ResultChange(VisitResult):
    """A change to what stands there, on account of a query if it names one."""

    query: str = ""

    @property
    def on_query(self) -> str:
        """The query in brackets, for the sentence."""
        return f" (query {self.query})" if self.query else ""

    @property
    def on_query_zh(self) -> str:
        """The query in brackets, for the sentence in Chinese."""
        return f"（质疑 {self.query}）" if self.query else ""


class ResultRecorded(VisitResult):
    """A laboratory result as reported."""

    TOPIC = "lab.result_recorded.v1"
    EN = "{visit}: {result} {comparator}{value} {unit}"
    ZH = "{visit}：{result} {comparator}{value} {unit}"
    SILENT = ("comparator",)
    value: ValueText
    unit: str
    comparator: Comparator = ""
    accession: FreeText = ""
    reference_low: str = ""
    reference_high: str = ""


class ResultCorrected(ResultChange):
    """A laboratory result corrected; `was` is what stood there before."""

    TOPIC = "lab.result_corrected.v1"
    EN = "{visit}: {result} corrected from {was} to {comparator}{value} {unit}{on_query}"
    ZH = "{visit}：{result} 由 {was} 更正为 {comparator}{value} {unit}{on_query_zh}"
    SILENT = ("comparator", "on_query", "on_query_zh")
    PUTS_RIGHT = "corrected"
    value: ValueText
    unit: str
    comparator: Comparator = ""
    was: str


class ResultVoided(ResultChange):
    """A result or grade that should not stand; it stays readable."""

    TOPIC = "lab.result_voided.v1"
    EN = "{visit}: {result} voided, was {was}{on_query}"
    ZH = "{visit}：{result} 作废，原值 {was}{on_query_zh}"
    SILENT = ("on_query", "on_query_zh")
    PUTS_RIGHT = "voided"
    was: str


class AssessmentGraded(VisitResult):
    """A clinical assessment graded at a visit, as ascites or encephalopathy."""

    TOPIC = "assessment.graded.v1"
    EN = "{visit}: {result} graded {grade}"
    ZH = "{visit}：{result} 分级 {grade}"
    grade: Key


class AssessmentCorrected(ResultChange):
    """A grade corrected; `was` is what stood there before."""

    TOPIC = "assessment.corrected.v1"
    EN = "{visit}: {result} corrected from {was} to {grade}{on_query}"
    ZH = "{visit}：{result} 由 {was} 更正为 {grade}{on_query_zh}"
    SILENT = ("on_query", "on_query_zh")
    PUTS_RIGHT = "corrected"
    grade: Key
    was: str


class EditCheckFired(VisitResult):
    """A value fell outside the protocol's limits: `reject` (not usable) or `query` (to be confirmed).

    `query` names the query it opened, where the protocol has edit checks open queries.
    """

    TOPIC = "edit_check.fired.v1"
    EN = "{visit}: {result} {value} is outside the {check} limits {limits}"
    ZH = "{visit}：{result} {value} 超出{check}界限 {limits}"
    check: Annotated[str, StringConstraints(pattern=r"^(reject|query)$")]
    value: str
    limits: str
    query: str = ""


class EditCheckAnswered(VisitResult):
    """Somebody confirmed or explained a value that an edit check had questioned."""

    TOPIC = "edit_check.answered.v1"
    EN = "{visit}: {result} confirmed: {answer}"
    ZH = "{visit}：{result} 已确认：{answer}"
    answer: FreeText


class ResultTimeCorrected(ResultChange):
    """A result or grade was taken at another time than was recorded; `was` is what stood there. `with_visit`
    says that the time of its visit was put right, and it moved with that.
    """

    TOPIC = "lab.result_time_corrected.v1"
    EN = "{visit}: {result} taken {at}, was {was}{beside}{on_query}"
    ZH = "{visit}：{result} 采集时间更正为 {at}，原为 {was}{beside_zh}{on_query_zh}"
    SILENT = ("beside", "beside_zh", "on_query", "on_query_zh")
    PUTS_RIGHT = "corrected"
    at: ClinicalTime
    was: ClinicalTime
    with_visit: bool = False

    def moves(self, fact: Fact) -> bool:
        """Whether a fact that stands at the wrong time is about this result."""
        return isinstance(fact, VisitResult) and (fact.visit, fact.result) == (self.visit, self.result)

    @property
    def beside(self) -> str:
        """That it moved with its visit, in brackets, for the sentence."""
        return " (with the visit)" if self.with_visit else ""

    @property
    def beside_zh(self) -> str:
        """The same for the sentence in Chinese."""
        return "（随访视更正）" if self.with_visit else ""


class DialysisSession(Fact):
    """A dialysis treatment on this day, or 24 hours of continuous haemofiltration."""

    TOPIC = "dialysis.session_recorded.v1"
    EN = "Dialysis ({kind})"
    ZH = "透析（{kind}）"
    kind: Annotated[str, StringConstraints(pattern=r"^(intermittent|continuous_24h)$")] = "intermittent"


class TreatmentRecorded(Fact):
    """A treatment that bears on scores, as albumin, plasma, vitamin K or an anticoagulant."""

    TOPIC = "treatment.recorded.v1"
    EN = "Treatment: {treatment} {detail}"
    ZH = "治疗：{treatment} {detail}"
    SILENT = ("detail",)
    treatment: Key
    detail: FreeText = ""


class TreatmentVoided(Fact):
    """A treatment, or a session of `dialysis`, was recorded in error: this stands at the time recorded."""

    TOPIC = "treatment.voided.v1"
    EN = "Voided as recorded in error: {treatment}, {was}"
    ZH = "误录作废：{treatment_zh}，{was}"
    PUTS_RIGHT = "voided"
    treatment: Key
    was: ClinicalTime

    @property
    def treatment_zh(self) -> str:
        """The treatment, for the sentence in Chinese."""
        return in_chinese(self.treatment)


DIALYSIS = "dialysis"
"""What a session of dialysis is called among treatments."""

# ---------------------------------------------------------------- state


class Result(NamedTuple):
    """The standing value of one result.

    `fact` is the position of the fact that set it; `state` is "recorded", "corrected" or "voided"; `check` is
    "", "query" or "reject"; `entered` is the position of the fact that first recorded it, 0 where that is
    `fact`; `query` is the query an edit check opened on it; `was` are the values it replaced, oldest first,
    as people write them; `moved` is the position of the fact that put its time alone right; `taken_was` are
    the times at which it was recorded as taken before, oldest first; `accession` and the reference range are
    as the laboratory reported them; `limits` are those that the edit check asked about it found it outside
    of, and `answer` what was said to that.
    The order is the order of storage, so that what is usual comes last and is left out.
    """

    value: str
    fact: int
    taken: ClinicalTime
    unit: str = ""
    comparator: str = ""
    state: str = "recorded"
    check: str = ""
    entered: int = 0
    query: str = ""
    was: tuple[str, ...] = ()
    moved: int = 0
    taken_was: tuple[str, ...] = ()
    accession: str = ""
    reference_low: str = ""
    reference_high: str = ""
    limits: str = ""
    answer: str = ""

    @property
    def first(self) -> int:
        """The position of the fact that first recorded the result."""
        return self.entered or self.fact

    @property
    def is_voided(self) -> bool:
        """Whether it was taken out of use."""
        return self.state == "voided"

    @property
    def is_usable(self) -> bool:
        """Whether it may be judged by: it is neither voided nor rejected by an edit check."""
        return self.state != "voided" and self.check != "reject"


def item_of(result: str) -> str:
    """The item that a result is of: `tbil` for `tbil` and for `tbil#2`."""
    return result.partition("#")[0]


VisitResults = dict[str, Result]
"""The standing results of one visit, by result id."""


def told(result: Result) -> str:
    """A result as people write it: `<5.1 umol/L`."""
    return f"{result.comparator}{result.value} {result.unit}".strip()


_USUAL = tuple(Result._field_defaults.values())


def enter(results: VisitResults, record: Record) -> None:
    """Take one more fact into the results of its visit. Total: what it does not know changes nothing."""
    fact: Any = record.fact
    kind = type(fact)
    # The two most frequent pass by the constructor, which takes four times as long.
    if kind is ResultRecorded:
        position, at = record.position, record.effective_at
        usual = ("recorded", "", 0, "", (), 0, ())
        source = (fact.accession, fact.reference_low, fact.reference_high)
        told = (fact.value, position, at, fact.unit, fact.comparator, *usual, *source, "", "")
        results[fact.result] = tuple.__new__(Result, told)
    elif kind is AssessmentGraded:
        told = (fact.grade, record.position, record.effective_at, *_USUAL)
        results[fact.result] = tuple.__new__(Result, told)
    elif kind in _CHANGES:
        changed = _CHANGES[kind](results.get(fact.result), fact, record)
        if changed is not None:
            results[fact.result] = changed


def _corrected(before: Result | None, fact: ResultCorrected, record: Record) -> Result:
    now = Result(fact.value, record.position, record.effective_at, fact.unit, fact.comparator, "corrected")
    return _instead_of(before, now, fact.was)


def _regraded(before: Result | None, fact: AssessmentCorrected, record: Record) -> Result:
    now = Result(fact.grade, record.position, record.effective_at, state="corrected")
    return _instead_of(before, now, fact.was)


def _instead_of(before: Result | None, now: Result, was: str) -> Result:
    if before is None:
        return now._replace(was=(was,))
    return now._replace(
        entered=before.first,
        query=before.query,
        was=(*before.was, was),
        moved=before.moved,
        taken_was=before.taken_was,
        accession=before.accession,
        reference_low=before.reference_low,
        reference_high=before.reference_high,
    )


def _voided(before: Result | None, _fact: ResultVoided, record: Record) -> Result | None:
    return before and before._replace(fact=record.position, state="voided", entered=before.first)


def _questioned(before: Result | None, fact: EditCheckFired, _record: Record) -> Result | None:
    return before and before._replace(
        check=fact.check, query=fact.query or before.query, limits=fact.limits, answer=""
    )


def _confirmed(before: Result | None, fact: EditCheckAnswered, _record: Record) -> Result | None:
    check = "" if before is None or before.check == "query" else before.check
    return before and before._replace(check=check, answer=fact.answer)


def _retaken(before: Result | None, fact: ResultTimeCorrected, record: Record) -> Result | None:
    if before is None or before.taken != fact.was:
        return before
    moved = before.moved if fact.with_visit else record.position
    return before._replace(
        taken=fact.at,
        fact=record.position,
        entered=before.first,
        moved=moved,
        taken_was=(*before.taken_was, str(fact.was)),
    )


_CHANGES: dict[type[Fact], Callable[[Result | None, Any, Record], Result | None]] = {
    ResultCorrected: _corrected,
    AssessmentCorrected: _regraded,
    ResultVoided: _voided,
    EditCheckFired: _questioned,
    EditCheckAnswered: _confirmed,
    ResultTimeCorrected: _retaken,
}


def number(result: Result) -> Decimal:
    """A quantity's value as reported, in its own unit. Raises decimal.InvalidOperation for a grade."""
    return Decimal(result.value)
