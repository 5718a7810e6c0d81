"""What was recorded in error of a visit, or of when a result was taken: put right or taken back."""

from domain.clinical_time import ClinicalTime
from domain.errors import NotFound, Refused
from domain.identifiers import Key
from domain.observation import ResultId, ResultTimeCorrected
from domain.query import QueryId, QueryLedToChange
from domain.record import NewFact
from domain.visit import Visit, VisitTimeCorrected, VisitVoided
from workflows.changing import Spot, authorised, changed
from workflows.command import OnParticipant, Untimed
from workflows.observation import standing_in
from workflows.query import led_to, named_by
from workflows.reasons import justified
from workflows.situation import Case, Situation, decides
from workflows.visit_machine import MACHINE, VisitCursor


class CorrectVisit(Untimed, OnParticipant):
    """The participant came at another time than was recorded. What is recorded as taken at that time at the
    visit moves with it; a result with a time of its own stays.
    """

    KIND = "visit.correct"
    visit: Key
    at: ClinicalTime


class VoidVisit(Untimed, OnParticipant):
    """That the participant came, or did not come, was recorded in error. The appointment stands. Results that
    stand at the visit are voided with it, where that is said.
    """

    KIND = "visit.void"
    visit: Key
    with_results: bool = False


class CorrectResultTime(Untimed, OnParticipant):
    """A result or grade was taken at another time than was recorded; `query` is the one on whose account that
    is put right.
    """

    KIND = "observation.correct_time"
    visit: Key
    result: ResultId
    at: ClinicalTime
    query: QueryId | None = None


# ---------------------------------------------------------------- decisions


@decides(CorrectVisit)
def correct_visit(command: CorrectVisit, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    where = f"{case.code} {command.visit}"
    known = _moved("correct", command.visit, case)
    situation.refuse_impossible(case.participant, command.at)
    justified(situation.by, case.protocol, where)
    if known.attended is None:  # pragma: no cover - the machine speaks first
        raise AssertionError("not attended")
    was = known.attended.at
    if command.at == was:
        raise Refused("event.same", f"the visit is recorded on {was} already", where=where)
    taken = [
        ResultTimeCorrected(visit=known.visit, result=result, at=command.at, was=was, with_visit=True)
        for result, each in case.casebook.results.get(known.visit, {}).items()
        if each.taken == was
    ]
    return case.facts(command.at, VisitTimeCorrected(visit=known.visit, at=command.at, was=was), *taken)


@decides(VoidVisit)
def void_visit(command: VoidVisit, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    where = f"{case.code} {command.visit}"
    known = _moved("void", command.visit, case)
    justified(situation.by, case.protocol, where)
    what = "missed" if known.attended is None else "attended"
    when = known.recorded(what)
    if when is None:  # pragma: no cover - the machine speaks first
        raise AssertionError("not recorded")
    standing = standing_results(case, known.visit) if what == "attended" else []
    if standing and not command.with_results:
        raise Refused(
            "visit.results_stand",
            f"there are results that stand: {', '.join(standing)}",
            where=where,
            remedy="Take them back with it (--with-results), or correct the visit's time.",
        )
    if standing:
        authorised(case, situation, where)
    facts = [fact for each in standing for fact in changed(Spot(known.visit, each), case, situation, None)]
    return [*facts, *case.facts(when.at, VisitVoided(visit=known.visit, what=what, was=when.at))]


@decides(CorrectResultTime)
def correct_result_time(command: CorrectResultTime, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    where = f"{case.code} {command.visit}"
    standing = standing_in(case, command.visit, command.result)
    situation.refuse_impossible(case.participant, command.at)
    justified(situation.by, case.protocol, where)
    if command.at == standing.taken:
        told = f"{command.result} is recorded as taken on {standing.taken} already"
        raise Refused("event.same", told, where=where)
    asked = named_by(command.query, case, command.visit, command.result, situation)
    fact = ResultTimeCorrected(
        visit=command.visit,
        result=command.result,
        at=command.at,
        was=standing.taken,
        query=asked.query if asked is not None else "",
    )
    facts = case.facts(command.at, fact)
    if asked is None:
        return facts
    linked = QueryLedToChange(
        query=asked.query,
        visit=command.visit,
        result=command.result,
        was=str(standing.taken),
        now=str(command.at),
    )
    return [*facts, *led_to([asked], linked, case, situation)]


def standing_results(case: Case, visit: str) -> list[str]:
    """The results of a visit that are not voided."""
    return [result for result, each in case.casebook.results.get(visit, {}).items() if not each.is_voided]


def _moved(trigger: str, visit: str, case: Case) -> Visit:
    """The visit, once its machine has let the step pass. Raises NotFound, Refused."""
    known = case.casebook.visits.get(visit)
    if known is None and visit not in case.protocol.visit_plans:
        raise NotFound("visit.unknown", f"there is no visit {visit}", where=case.code)
    MACHINE.move(trigger, VisitCursor(known), f"{case.code} {visit}")
    return known or Visit(visit)
