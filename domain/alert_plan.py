"""The part of a protocol that says when people are told, and who."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from domain.identifiers import Key
from domain.record import Role
from domain.spec import Spec, unique


class AlertRule(StrEnum):
    """What an alert is about. The five of a visit's window take their days from the schedule."""

    WINDOW_OPENS = "window_opens"
    VISIT_DUE = "visit_due"
    WINDOW_CLOSING = "window_closing"
    VISIT_OVERDUE = "visit_overdue"
    VISIT_MISSED = "visit_missed"
    RECONSENT_OVERDUE = "reconsent_overdue"
    SAE_REPORT_DUE = "sae_report_due"
    SAE_REPORT_OVERDUE = "sae_report_overdue"
    PRODUCT_USE_BY = "product_use_by"
    QUERY_UNANSWERED = "query_unanswered"
    SIGN_OFF_OVERDUE = "sign_off_overdue"
    DEVIATION_REPORT_OVERDUE = "deviation_report_overdue"
    INCIDENT_REPORT_DUE = "incident_report_due"
    INCIDENT_REPORT_OVERDUE = "incident_report_overdue"
    ACCESS_REVIEW_OVERDUE = "access_review_overdue"
    AUDIT_TRAIL_REVIEW_OVERDUE = "audit_trail_review_overdue"
    VERIFICATION_FAILED = "verification_failed"
    BACKUP_OVERDUE = "backup_overdue"
    CLOCK_DRIFT = "clock_drift"


class Escalation(Spec):
    """Whom an alert goes to next, once so many whole working days of the site have passed since it was raised
    and nobody has acknowledged it; or so many hours, for what does not wait for working days.
    """

    role: Role
    working_days: Annotated[int, Field(ge=1, le=250)] | None = None
    hours: Annotated[int, Field(ge=1, le=1000)] | None = None

    @model_validator(mode="after")
    def _one_clock(self) -> Self:
        if (self.working_days is None) == (self.hours is None):
            raise ValueError("an escalation waits for working days or for hours")
        return self


class AlertPlan(Spec):
    """A rule for telling people in time, and the roles told.

    `days` or `hours` is the time since the event the rule waits for (the request, the awareness, the last
    review); for `product_use_by` it is the time left. Rules that need none fire at once, or take their time
    from where the protocol says it: visits, sign-offs, reviews of the audit
    trail, reports of deviations and of incidents.
    """

    id: Key
    rule: AlertRule
    days: Annotated[int, Field(ge=0, le=4000)] | None = None
    hours: Annotated[int, Field(ge=0, le=100_000)] | None = None
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    escalation: tuple[Escalation, ...] = ()

    @property
    def wait(self) -> timedelta:
        """How long the rule waits."""
        return timedelta(days=self.days or 0, hours=self.hours or 0)

    @model_validator(mode="after")
    def _clocks(self) -> Self:
        if self.days is not None and self.hours is not None:
            raise ValueError("an alert waits for days or for hours, not for both")
        unique("roles", list(self.roles))
        unique("escalation", [step.role for step in self.escalation])
        in_days = [step.working_days for step in self.escalation if step.working_days is not None]
        in_hours = [step.hours for step in self.escalation if step.hours is not None]
        if (in_days and in_hours) or in_days != sorted(in_days) or in_hours != sorted(in_hours):
            raise ValueError("escalation: steps wait by one clock, none shorter than the one before")
        return self
