"""A recorded value changed: to another or to none, with the edit checks and queries that this concerns."""

from __future__ import annotations

from typing import NamedTuple

from domain.correction import Correction
from domain.errors import Refused
from domain.observation import (
    AssessmentCorrected,
    Result,
    ResultCorrected,
    ResultVoided,
    VisitResult,
    told,
)
from domain.query import QueryLedToChange
from domain.record import NewFact
from domain.trial import Trial
from workflows.query import asked_about, led_to, named_by, settled, with_queries
from workflows.situation import Case, Situation
from workflows.values import Value, checked


class Spot(NamedTuple):
    """Which value is changed, and the query on whose account, if any."""

    visit: str
    result: str
    query: str | None = None


def after_unblinding(case: Case, trial: Trial) -> bool:
    """Whether the participant's allocation was disclosed, or the whole list: what changes now is flagged."""
    return bool(case.participant.unblinded) or trial.revealed is not None


def changed_since(standing: Result | None, asked: Correction) -> bool:
    """Whether another value stands than a correction was asked for, or none; its time may be another."""
    if standing is None:
        return True
    is_other = standing.is_voided or told(standing) != asked.was
    return standing.fact > asked.asked.fact and is_other


def authorised(case: Case, situation: Situation, where: str) -> None:
    """Raise Refused for a change that nobody has authorised by signature, once somebody was unblinded."""
    if after_unblinding(case, situation.trial):
        raise Refused(
            "correction.after_unblinding",
            "after unblinding an investigator authorises every change",
            where=where,
            rule="ICH E6(R3) 3.16.2(e)",
            remedy="Propose it with 'trialog correction propose'; the investigator accepts by signature.",
        )


def changed(spot: Spot, case: Case, situation: Situation, value: Value | None) -> list[NewFact]:
    """The facts of a change, to another value or (None) to none: the change, the edit checks that fire on
    what is new, and what becomes of the query it names and of the one that an edit check had opened.
    """
    visit, result = spot.visit, spot.result
    standing = case.casebook.results[visit][result]
    asked = asked_about(standing, situation)
    named = named_by(spot.query, case, visit, result, situation)
    query = named or asked
    change = _change(visit, result, value, told(standing), query.query if query else "")
    checks: list[VisitResult] = []
    if value is not None and value.form is not None:
        checks = checked(visit, result, value.item, value.value, value.form)
    if asked is not None:
        checks = [each.model_copy(update={"query": asked.query}) for each in checks]
    facts = with_queries([change, *checks], case, situation, standing.taken)
    if query is not None:
        linked = QueryLedToChange(
            query=query.query,
            visit=visit,
            result=result,
            was=told(standing),
            now=value.told if value else "—",
        )
        facts += led_to([named, asked], linked, case, situation)
    if asked is not None and not checks:
        facts += settled(asked, case, situation)
    return facts


def _change(visit: str, result: str, value: Value | None, was: str, query: str) -> VisitResult:
    if value is None:
        return ResultVoided(visit=visit, result=result, was=was, query=query)
    if value.form is None:
        return AssessmentCorrected(visit=visit, result=result, grade=value.value, was=was, query=query)
    return ResultCorrected(
        visit=visit,
        result=result,
        value=value.value,
        unit=value.form.ucum,
        comparator=value.comparator,
        was=was,
        query=query,
    )
