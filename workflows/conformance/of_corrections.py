"""What the decisions on corrections ask besides the machine."""

from __future__ import annotations

from typing import Any

from domain.casebook_record import ChangesAuthorised
from domain.changed_after import unauthorised
from domain.correction import (
    Correction,
    CorrectionAccepted,
    CorrectionAsked,
    CorrectionFixApplied,
    CorrectionFixRequested,
    CorrectionProposed,
    CorrectionRequested,
    correction_at,
)
from domain.fact import Fact
from domain.observation import AssessmentCorrected, ResultCorrected, ResultVoided, told
from domain.privacy import REDACTED
from workflows.changing import changed_since
from workflows.conformance.looking import Asking, Conditions, Seen
from workflows.reasons import is_listed, stock_of
from workflows.sample import samples_of

CHANGES = (ResultCorrected, AssessmentCorrected, ResultVoided)


def _asked(fact: CorrectionAsked, seen: Seen) -> Conditions:
    yield fact.correction != correction_at(seen.record.position), "correction.unknown"
    situation = seen.looking.situation
    casebook = situation.states.casebook(fact.participant)
    yield casebook is None, "participant.unknown"
    standing = casebook.results.get(fact.visit, {}).get(fact.result) if casebook is not None else None
    yield standing is None, "result.unknown"
    is_other = standing is not None and told(standing) != fact.was
    yield is_other and REDACTED not in (fact.was, standing and standing.value), "result.changed_meanwhile"
    if standing is not None and not standing.is_voided and fact.value is not None:
        yield f"{fact.value} {fact.unit}".strip() == told(standing), "result.same_value"
    yield standing is not None and standing.is_voided and fact.value is None, "result.voided_already"
    protocol = situation.case(fact.participant).protocol if casebook is not None else seen.trial.protocol
    has_reason = seen.looking.has_reason(*stock_of(situation.by, protocol))
    yield not has_reason, "correction.no_reason"
    yield not is_listed(situation.by, protocol), "correction.reason_unlisted"


def _made(fact: Any, seen: Seen) -> Conditions:  # noqa: ANN401 - what decides that a change is made
    known = seen.looking.situation.states.single(Correction, fact.correction)
    yield known is None, "correction.unknown"
    if known is not None:
        yield not seen.is_beside(*CHANGES, visit=known.visit, result=known.result), "fact.alone"
        casebook = seen.looking.situation.states.casebook(known.participant)
        results = casebook.results.get(known.visit, {}) if casebook is not None else {}
        standing = results.get(known.result)
        yield changed_since(standing, known), "result.changed_meanwhile"


def _authorised(fact: ChangesAuthorised, seen: Seen) -> Conditions:
    samples = samples_of(seen.case.code, seen.looking.situation.states)
    waiting = {each.when.fact for each in unauthorised(seen.trial, seen.case.casebook, samples)}
    yield not set(fact.facts) <= waiting, "correction.nothing_to_authorise"
    yield from seen.unjustified()


CONDITIONS: dict[type[Fact], Asking] = {
    CorrectionProposed: _asked,
    CorrectionRequested: _asked,
    CorrectionFixRequested: _asked,
    CorrectionAccepted: _made,
    CorrectionFixApplied: _made,
    ChangesAuthorised: _authorised,
}
