"""What is refused about identities, their erasure and restriction, and redaction."""

from __future__ import annotations

from domain.errors import NotFound
from domain.privacy import Part
from domain.record import Attribution, Role
from tests.support.trial import entitled
from tests.workflows.refusals import CODE, course_to, refused
from workflows import privacy, trial

_GROUND = "asked for by the participant"
_IDENTITY = privacy.RecordIdentity(participant=CODE, name="Zhang San")
_ERASE = privacy.RequestErasure(participant=CODE, ground=_GROUND)
_RESTRICT = privacy.RestrictProcessing(participant=CODE, ground=_GROUND)
_REDACT = privacy.RequestRedaction(position=3, part=Part.ENVELOPE, field="reason_text", ground="a name")
_ARCHIVED = (trial.CloseEnrolment(), trial.LockTrial(), trial.ArchiveTrial())

OF_PRIVACY = [
    refused("identity.none", course_to("screened"), _ERASE, NotFound),
    refused(
        "identity.none",
        course_to("screened"),
        privacy.ViewIdentity(participant=CODE, purpose="a visit"),
        NotFound,
    ),
    refused("erasure.retention", course_to("screened", _IDENTITY), _ERASE),
    refused("erasure.retention", course_to("screened", _IDENTITY, *_ARCHIVED), _ERASE, on=29 * 365),
    refused(
        "erasure.not_requested",
        course_to("screened", _IDENTITY, *_ARCHIVED),
        privacy.ApproveErasure(participant=CODE),
        on=31 * 365,
    ),
    refused(
        "restriction.none",
        course_to("screened"),
        privacy.LiftRestriction(participant=CODE, ground=_GROUND),
    ),
    refused("restriction.in_force", course_to("screened", _RESTRICT), _RESTRICT),
    refused(
        "redaction.no_position",
        course_to("screened"),
        _REDACT.model_copy(update={"position": 10_000}),
        NotFound,
    ),
    refused("redaction.requested_already", course_to("screened", _REDACT), _REDACT),
    refused(
        "redaction.unknown",
        course_to("screened"),
        privacy.ApproveRedaction(redaction="3-reason_text"),
        NotFound,
    ),
    refused(
        "redaction.made_already",
        course_to("screened", _REDACT, privacy.ApproveRedaction(redaction="3-reason_text")),
        privacy.ApproveRedaction(redaction="3-reason_text"),
    ),
    refused(
        "privacy.same_person",
        course_to("screened", _REDACT),
        privacy.ApproveRedaction(redaction="3-reason_text"),
        by=Attribution(entitled(_REDACT).actor, Role.PRINCIPAL_INVESTIGATOR),
    ),
]
