"""The commands about identity, erasure, restriction and redaction, and what each decides.

Nothing is destroyed here: facts say what must be, and `adapters.privacy` does it. Erasure and redaction
take two persons, one who asks and another who agrees.
"""

import json
from typing import Annotated

from pydantic import Field, StringConstraints

from domain.clinical_time import local_day
from domain.errors import NotFound, Refused
from domain.fact import Fact
from domain.privacy import (
    IDENTITY_BYTES,
    ErasureRequested,
    Identity,
    IdentityErased,
    IdentityRecorded,
    IdentityViewed,
    Part,
    ProcessingRestricted,
    Redacted,
    Redaction,
    RedactionRequested,
    RestrictionLifted,
    identity_scope,
    retained_until,
)
from domain.record import NewFact
from domain.sealed import padded
from domain.trial import TrialStatus
from workflows.command import OnParticipant, Untimed
from workflows.situation import Case, Situation, decides

Ground = Annotated[str, StringConstraints(min_length=3, max_length=500, strip_whitespace=True)]
"""Why personal data are looked at, restricted or destroyed."""
Personal = Annotated[str, StringConstraints(max_length=100, strip_whitespace=True)]


class RecordIdentity(Untimed, OnParticipant):
    """Keep who a participant is: sealed at once under the participant's own key, nothing of it in clear."""

    KIND = "privacy.record_identity"
    ANY_TIME = True
    SEALED = frozenset({"name", "birth_date", "phone", "hospital_number", "national_id"})
    name: Annotated[Personal, StringConstraints(min_length=1)]
    birth_date: Personal = ""
    phone: Personal = ""
    hospital_number: Personal = ""
    national_id: Personal = ""


class ViewIdentity(Untimed, OnParticipant):
    """Read who a participant is. That it was read, by whom and what for, is recorded first."""

    KIND = "privacy.view_identity"
    ANY_TIME = True
    purpose: Ground


class RequestErasure(Untimed, OnParticipant):
    """Ask to have a participant's identity erased for good."""

    KIND = "privacy.request_erasure"
    ANY_TIME = True
    ground: Ground


class ApproveErasure(Untimed, OnParticipant):
    """Agree to the erasure that another person has asked for."""

    KIND = "privacy.approve_erasure"
    ANY_TIME = True


class RestrictProcessing(Untimed, OnParticipant):
    """Keep a participant's data and protect them, and use them for nothing else."""

    KIND = "privacy.restrict_processing"
    ANY_TIME = True
    ground: Ground


class LiftRestriction(Untimed, OnParticipant):
    """Use a participant's data again."""

    KIND = "privacy.lift_restriction"
    ANY_TIME = True
    ground: Ground


class RequestRedaction(Untimed):
    """Ask to have a text masked that should never have been entered: of a fact, or of its envelope."""

    KIND = "privacy.request_redaction"
    ANY_TIME = True
    position: Annotated[int, Field(ge=1)]
    part: Part
    field: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]
    ground: Ground


class ApproveRedaction(Untimed):
    """Agree to the redaction that another person has asked for."""

    KIND = "privacy.approve_redaction"
    ANY_TIME = True
    redaction: Annotated[str, StringConstraints(pattern=r"^[0-9]+-[a-z_]+$")]


@decides(RecordIdentity)
def record_identity(command: RecordIdentity, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    known = {name: getattr(command, name) for name in sorted(command.SEALED) if getattr(command, name)}
    text = padded(json.dumps(known, ensure_ascii=False), IDENTITY_BYTES)
    sealed = situation.vault.seal(identity_scope(case.code), text)
    return _of_identity(case, situation, IdentityRecorded(participant=case.code, identity=sealed))


@decides(ViewIdentity)
def view_identity(command: ViewIdentity, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    _held(case, situation)
    fact = IdentityViewed(participant=case.code, purpose=command.purpose)
    return _of_identity(case, situation, fact)


@decides(RequestErasure)
def request_erasure(command: RequestErasure, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    _held(case, situation)
    _after_retention(case, situation)
    by = situation.by.actor
    fact = ErasureRequested(participant=case.code, ground=command.ground, requested_by=by)
    return _of_identity(case, situation, fact)


@decides(ApproveErasure)
def approve_erasure(command: ApproveErasure, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    request = _held(case, situation).request
    if request is None:
        raise Refused("erasure.not_requested", "nobody has asked for this erasure", where=case.code)
    _after_retention(case, situation)
    _another(request.by, situation)
    erased = IdentityErased(participant=case.code, ground=request.ground, requested_by=request.by)
    return _of_identity(case, situation, erased)


@decides(RestrictProcessing)
def restrict_processing(command: RestrictProcessing, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    if _is_restricted(case, situation):
        raise Refused("restriction.in_force", "processing is restricted already", where=case.code)
    fact = ProcessingRestricted(participant=case.code, ground=command.ground)
    return _of_identity(case, situation, fact)


@decides(LiftRestriction)
def lift_restriction(command: LiftRestriction, situation: Situation) -> list[NewFact]:
    case = situation.case(command.participant)
    if not _is_restricted(case, situation):
        raise Refused("restriction.none", "processing is not restricted", where=case.code)
    fact = RestrictionLifted(participant=case.code, ground=command.ground)
    return _of_identity(case, situation, fact)


@decides(RequestRedaction)
def request_redaction(command: RequestRedaction, situation: Situation) -> list[NewFact]:
    if command.position > situation.head:
        raise NotFound("redaction.no_position", f"there is no position {command.position}")
    name = f"{command.position}-{command.field}"
    if situation.states.single(Redaction, name) is not None:
        raise Refused("redaction.requested_already", "this redaction was asked for already", where=name)
    asked = RedactionRequested(
        redaction=name,
        position=command.position,
        part=command.part,
        field=command.field,
        ground=command.ground,
        requested_by=situation.by.actor,
    )
    return _of_redaction(name, situation, asked)


@decides(ApproveRedaction)
def approve_redaction(command: ApproveRedaction, situation: Situation) -> list[NewFact]:
    known = situation.states.single(Redaction, command.redaction)
    if known is None:
        raise NotFound("redaction.unknown", f"nobody has asked for the redaction {command.redaction}")
    if known.made is not None:
        raise Refused("redaction.made_already", "this text is redacted", where=known.redaction)
    _another(known.request.by, situation)
    made = Redacted(
        redaction=known.redaction,
        position=known.position,
        part=known.part,
        field=known.field,
        ground=known.request.ground,
        requested_by=known.request.by,
    )
    return _of_redaction(known.redaction, situation, made)


# ---------------------------------------------------------------- what they share


def _held(case: Case, situation: Situation) -> Identity:
    known = situation.states.single(Identity, case.code)
    if known is None or known.identity is None:
        raise NotFound("identity.none", "no identity is held of this participant", where=case.code)
    return known


def _is_restricted(case: Case, situation: Situation) -> bool:
    known = situation.states.single(Identity, case.code)
    return known is not None and known.restricted is not None


def _after_retention(case: Case, situation: Situation) -> None:
    """PR-03: erasing what must be kept would be destruction of records."""
    trial, retention = situation.trial, case.protocol.retention
    ended = trial.archived if trial.status is TrialStatus.ARCHIVED else None
    if ended is None:
        what = f"for {retention.years} years after the trial is archived, and it is {trial.status}"
    else:
        until = retained_until(ended.at, retention.years)
        if local_day(situation.now.moment, ended.at.zone) >= until:
            return
        what = f"until {until}"
    raise Refused(
        "erasure.retention",
        f"the records of the trial are kept {what}",
        where=case.code,
        rule=f"retention: {retention.basis}",
        remedy="Restrict the processing of the participant's data instead.",
    )


def _another(first: str, situation: Situation) -> None:
    if situation.by.actor == first:
        raise Refused(
            "privacy.same_person", f"{first} has asked for it: another person must agree", rule="two persons"
        )


def _of_identity(case: Case, situation: Situation, fact: Fact) -> list[NewFact]:
    return case.facts_in(f"identity/{case.code}", situation.when_now(), fact)


def _of_redaction(name: str, situation: Situation, fact: Fact) -> list[NewFact]:
    return situation.facts_in(f"redaction/{name}", situation.when_now(), fact)
