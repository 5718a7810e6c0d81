"""What the decisions on identity, erasure and redaction ask."""

from __future__ import annotations

from typing import Any

from domain import privacy
from domain.clinical_time import local_day
from domain.fact import Fact
from domain.privacy import Identity, Redaction, retained_until
from domain.trial import TrialStatus
from workflows.conformance.looking import Asking, Conditions, Seen


def _recorded(fact: privacy.IdentityRecorded, seen: Seen) -> Conditions:
    yield seen.looking.situation.states.casebook(fact.participant) is None, "participant.unknown"


def _viewed(fact: Any, seen: Seen) -> Conditions:  # noqa: ANN401 - what needs an identity to be held
    known = _identity(fact, seen)
    yield known is None or known.identity is None, "identity.none"


def _asked_to_erase(fact: privacy.ErasureRequested, seen: Seen) -> Conditions:
    yield from _viewed(fact, seen)
    yield _is_retained(fact.participant, seen), "erasure.retention"


def _erased(fact: privacy.IdentityErased, seen: Seen) -> Conditions:
    yield from _viewed(fact, seen)
    yield _is_retained(fact.participant, seen), "erasure.retention"
    known = _identity(fact, seen)
    request = known.request if known is not None else None
    yield request is None, "erasure.not_requested"
    yield request is not None and request.by == seen.looking.situation.by.actor, "privacy.same_person"


def _restricted(fact: privacy.ProcessingRestricted, seen: Seen) -> Conditions:
    yield _is_restricted(fact, seen), "restriction.in_force"


def _lifted(fact: privacy.RestrictionLifted, seen: Seen) -> Conditions:
    yield not _is_restricted(fact, seen), "restriction.none"


def _asked_to_redact(fact: privacy.RedactionRequested, seen: Seen) -> Conditions:
    yield fact.position > seen.looking.situation.head, "redaction.no_position"
    yield _redaction(fact, seen) is not None, "redaction.requested_already"


def _redacted(fact: privacy.Redacted, seen: Seen) -> Conditions:
    known = _redaction(fact, seen)
    yield known is None, "redaction.unknown"
    if known is not None:
        yield known.made is not None, "redaction.made_already"
        yield known.request.by == seen.looking.situation.by.actor, "privacy.same_person"


def _identity(fact: Any, seen: Seen) -> Identity | None:  # noqa: ANN401 - the facts of an identity
    return seen.looking.situation.states.single(Identity, fact.participant)


def _redaction(fact: Any, seen: Seen) -> Redaction | None:  # noqa: ANN401 - the facts of a redaction
    return seen.looking.situation.states.single(Redaction, fact.redaction)


def _is_restricted(fact: Any, seen: Seen) -> bool:  # noqa: ANN401 - the facts of a restriction
    known = _identity(fact, seen)
    return known is not None and known.restricted is not None


def _is_retained(code: str, seen: Seen) -> bool:
    """Whether the records of the trial must still be kept."""
    trial = seen.trial
    ended = trial.archived if trial.status is TrialStatus.ARCHIVED else None
    if ended is None:
        return True
    years = seen.looking.situation.case(code).protocol.retention.years
    today = local_day(seen.looking.situation.now.moment, ended.at.zone)
    return today < retained_until(ended.at, years)


CONDITIONS: dict[type[Fact], Asking] = {
    privacy.IdentityRecorded: _recorded,
    privacy.IdentityViewed: _viewed,
    privacy.ErasureRequested: _asked_to_erase,
    privacy.IdentityErased: _erased,
    privacy.ProcessingRestricted: _restricted,
    privacy.RestrictionLifted: _lifted,
    privacy.RedactionRequested: _asked_to_redact,
    privacy.Redacted: _redacted,
}
