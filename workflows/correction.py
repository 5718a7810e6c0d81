"""The commands about corrections that somebody else decides, and what each decides."""

from typing import Annotated

from pydantic import Field, StringConstraints

from domain.casebook_record import ChangesAuthorised
from domain.changed_after import unauthorised
from domain.correction import (
    Correction,
    CorrectionAccepted,
    CorrectionAsked,
    CorrectionFixApplied,
    CorrectionFixApproved,
    CorrectionFixRequested,
    CorrectionId,
    CorrectionProposed,
    CorrectionRejected,
    CorrectionRequested,
    Requester,
    correction_at,
    correction_stream,
)
from domain.errors import NotFound, Refused
from domain.fact import Fact
from domain.identifiers import Key
from domain.observation import ResultId, told
from domain.record import NewFact
from workflows.changing import Spot, after_unblinding, changed, changed_since
from workflows.command import OnParticipant, Step, Untimed
from workflows.correction_machine import MACHINE, CorrectionCursor
from workflows.observation import standing_in
from workflows.reasons import justified
from workflows.sample import samples_of
from workflows.situation import Case, Situation, decides
from workflows.values import Value

Ground = Annotated[str, StringConstraints(min_length=2, max_length=500, strip_whitespace=True)]
"""Why a value should be another, and on what it rests."""


class AskForCorrection(Step, OnParticipant):
    """Ask that a value be another or, without one, void."""

    visit: Key
    result: ResultId
    value: Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)] | None = None
    unit: str = ""


class ProposeCorrection(AskForCorrection):
    """Propose a correction to the investigator of the site."""

    KIND = "correction.propose"
    WHILE_FROZEN = True


class RequestCorrection(AskForCorrection):
    """Keep that a participant, or who represents them, asks for a correction, on named evidence."""

    KIND = "correction.request"
    requester: Requester = "participant"
    evidence: Ground


class RequestFix(AskForCorrection):
    """Ask for a repair of data from behind, under a ticket."""

    KIND = "correction.request_fix"
    ticket: Ground


class OnCorrection(Untimed, OnParticipant):
    """A step on a correction of a participant's data."""

    correction: CorrectionId


class AcceptCorrection(OnCorrection):
    """The investigator accepts, and the correction is made with it."""

    KIND = "correction.accept"
    SIGNS = True


class RejectCorrection(OnCorrection):
    """The investigator does not accept."""

    KIND = "correction.reject"
    WHILE_FROZEN = True
    ground: Ground


class ApproveFix(OnCorrection):
    """One of two agrees to a data fix."""

    KIND = "correction.approve_fix"
    SIGNS = True


class ApplyFix(OnCorrection):
    """Make a data fix that two have approved."""

    KIND = "correction.apply_fix"


class AuthoriseChanges(Step, OnParticipant):
    """Sign for changes that were made after unblinding, each named by the fact that made it."""

    KIND = "correction.authorise_changes"
    SIGNS = True
    WHILE_FROZEN = True
    facts: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1, max_length=500)]


# ---------------------------------------------------------------- decisions


@decides(ProposeCorrection)
def propose(command: ProposeCorrection, situation: Situation) -> list[NewFact]:
    return _ask(command, situation, CorrectionProposed, {})


@decides(RequestCorrection)
def request(command: RequestCorrection, situation: Situation) -> list[NewFact]:
    further = {"requester": command.requester, "evidence": command.evidence}
    return _ask(command, situation, CorrectionRequested, further)


@decides(RequestFix)
def request_fix(command: RequestFix, situation: Situation) -> list[NewFact]:
    return _ask(command, situation, CorrectionFixRequested, {"ticket": command.ticket})


@decides(AcceptCorrection)
def accept(command: AcceptCorrection, situation: Situation) -> list[NewFact]:
    known, case = _moved("accept", command, situation)
    fact = CorrectionAccepted(
        correction=known.correction,
        decided_by=situation.by.actor,
        after_unblinding=after_unblinding(case, situation.trial),
    )
    return [*_of(known, case, situation, fact), *_made(known, case, situation)]


@decides(RejectCorrection)
def reject(command: RejectCorrection, situation: Situation) -> list[NewFact]:
    known, case = _moved("reject", command, situation)
    fact = CorrectionRejected(
        correction=known.correction, decided_by=situation.by.actor, ground=command.ground
    )
    return _of(known, case, situation, fact)


@decides(ApproveFix)
def approve_fix(command: ApproveFix, situation: Situation) -> list[NewFact]:
    known, case = _moved("approve", command, situation)
    fact = CorrectionFixApproved(
        correction=known.correction,
        ticket=known.source,
        approver=situation.by.actor,
        role=situation.by.role,
    )
    return _of(known, case, situation, fact)


@decides(ApplyFix)
def apply_fix(command: ApplyFix, situation: Situation) -> list[NewFact]:
    known, case = _moved("apply", command, situation)
    fact = CorrectionFixApplied(
        correction=known.correction,
        ticket=known.source,
        approvals=tuple(each.approver for each in known.approvals),
        after_unblinding=after_unblinding(case, situation.trial),
    )
    return [*_of(known, case, situation, fact), *_made(known, case, situation)]


@decides(AuthoriseChanges)
def authorise_changes(command: AuthoriseChanges, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    samples = samples_of(case.code, situation.states)
    waiting = {each.when.fact for each in unauthorised(situation.trial, case.casebook, samples)}
    others = sorted(set(command.facts) - waiting)
    if others:
        raise Refused(
            "correction.nothing_to_authorise",
            f"fact {others[0]} is no change after unblinding that waits to be signed for",
            where=case.code,
            rule="ICH E6(R3) 3.16.2(e)",
            remedy="See 'trialog correction changes --waiting'.",
        )
    justified(situation.by, case.protocol, case.code)
    fact = ChangesAuthorised(facts=tuple(sorted(set(command.facts))), decided_by=situation.by.actor)
    return case.facts(situation.when(command, case.zone), fact)


# ---------------------------------------------------------------- what they share


def _ask(
    command: AskForCorrection, situation: Situation, kind: type[CorrectionAsked], further: dict[str, str]
) -> list[NewFact]:
    case = situation.case(command.participant)
    where = f"{case.code} {command.visit}"
    standing = standing_in(case, command.visit, command.result)
    justified(situation.by, case.protocol, where)
    value = unit = None
    if command.value is not None:
        item = case.item(command.result)
        read = Value.read(item, command.value, command.unit or standing.unit, case.code)
        if read.told == told(standing) and not standing.is_voided:
            raise Refused("result.same_value", f"{command.result} is {read.told} already", where=where)
        value, unit = f"{read.comparator}{read.value}", read.form.ucum if read.form else ""
    elif standing.is_voided:
        raise Refused("result.voided_already", f"{command.result} is voided already", where=where)
    correction = correction_at(situation.head + 1)
    MACHINE.move("ask", CorrectionCursor(None, situation.by), where)
    fact = kind.model_validate(
        {
            "correction": correction,
            "participant": case.code,
            "visit": command.visit,
            "result": command.result,
            "was": told(standing),
            "value": value,
            "unit": unit or "",
            "asked_by": situation.by.actor,
            "role": situation.by.role,
            "ground": situation.by.reason_text,
            **further,
        }
    )
    at = situation.when(command, case.zone)
    return case.facts_in(correction_stream(correction), at, fact)


def _moved(trigger: str, command: OnCorrection, situation: Situation) -> tuple[Correction, Case]:
    case = situation.case(command.participant)
    known = situation.states.single(Correction, command.correction)
    if known is None or known.participant != case.code:
        raise NotFound("correction.unknown", f"there is no correction {command.correction}", where=case.code)
    MACHINE.move(trigger, CorrectionCursor(known, situation.by), f"{known.correction} {case.code}")
    return known, case


def _of(known: Correction, case: Case, situation: Situation, fact: Fact) -> list[NewFact]:
    return case.facts_in(correction_stream(known.correction), situation.when_now(case.zone), fact)


def _made(known: Correction, case: Case, situation: Situation) -> list[NewFact]:
    """The facts of the change itself. What was proposed for another value than stands is not made."""
    where = f"{known.correction} {case.code}"
    standing = case.casebook.results.get(known.visit, {}).get(known.result)
    if changed_since(standing, known):
        now = "gone" if standing is None or standing.is_voided else told(standing)
        raise Refused(
            "result.changed_meanwhile",
            f"the value is {now}, not {known.was}",
            where=where,
            remedy="Reject it; a new one may be proposed.",
        )
    justified(situation.by, case.protocol, where)
    spot = Spot(known.visit, known.result)
    if known.value is None:
        return changed(spot, case, situation, None)
    item = case.item(known.result)
    value = Value.read(item, known.value, known.unit, case.code)
    return changed(spot, case, situation, value)
