"""The command by which a review of the audit trail goes on record."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from domain.errors import Denied, NotFound
from domain.identifiers import Digest
from domain.record import NewFact
from domain.trail_review import TRAIL_REVIEW_STREAM, AuditTrailReviewed, SignalSeen
from workflows.command import Command, Step
from workflows.situation import Situation, decides

Moment = Annotated[str, StringConstraints(max_length=40)]


class ReviewAuditTrail(Step, Command):
    """Attest that the audit trail of a period was gone through: which signals it showed, and what was found.

    The door tells the positions, the signals and who entered data in the period: a decision sees no history.
    Whoever reads the trail can make all three again, and `trialog audit reviews` does.
    """

    KIND = "review.audit_trail"
    ANY_TIME = True
    SIGNS = True
    begin: Moment = ""
    end: Moment = ""
    first: Annotated[int, Field(ge=1)]
    last: Annotated[int, Field(ge=1)]
    signals: tuple[SignalSeen, ...]
    material: Digest
    enterers: tuple[Annotated[str, StringConstraints(min_length=1, max_length=120)], ...] = ()
    findings: Annotated[str, StringConstraints(min_length=3, max_length=2000, strip_whitespace=True)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("the positions reviewed go from the first to the last")
        return self


@decides(ReviewAuditTrail)
def review_audit_trail(command: ReviewAuditTrail, situation: Situation) -> list[NewFact]:
    if command.last > situation.head:
        raise NotFound("trail_review.no_position", f"the history ends at position {situation.head}")
    if situation.by.actor in command.enterers:
        raise Denied(
            "trail_review.own_entries",
            f"{situation.by.actor} entered data in this period",
            rule="EU GMP Annex 11 draft 12.6",
            remedy="Somebody who entered none of it reviews the trail.",
        )
    at = situation.when_of_trial(command)
    fields = command.model_dump(exclude={"at"})
    return situation.facts_in(TRAIL_REVIEW_STREAM, at, AuditTrailReviewed.model_validate(fields))
