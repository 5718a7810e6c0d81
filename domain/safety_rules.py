"""How fast a protocol wants safety reported."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from domain.spec import Spec

Hours = Annotated[int, Field(ge=1, le=8760)]
Days = Annotated[int, Field(ge=1, le=366)]


class SafetyRules(Spec):
    """The times for reporting. What a protocol does not say is as the law has it.

    Hours run from the site's awareness of a serious event: at `alert_hours` people are told, at
    `report_hours` it is a breach; within `ethics_days` the ethics committee is told of it too, None: by no
    time of its own. Calendar days run from the sponsor's awareness of a suspected unexpected
    serious adverse reaction: `deadly_days` for the first report of a fatal or life-threatening one and
    `deadly_follow_up_days` more for its follow-up, `other_days` for others (ICH E2A III.B). A serious breach
    of the protocol or of good clinical practice is notified within `breach_days` (EU 536/2014 Art. 52), an
    incident with personal data within `incident_hours` (GDPR Art. 33).
    """

    alert_hours: Hours = 20
    report_hours: Hours = 24
    ethics_days: Days | None = None
    deadly_days: Days = 7
    deadly_follow_up_days: Days = 8
    other_days: Days = 15
    breach_days: Days = 7
    incident_hours: Hours = 72

    @model_validator(mode="after")
    def _alert_before_the_end(self) -> Self:
        if self.alert_hours >= self.report_hours:
            raise ValueError("alert_hours: must lie before report_hours")
        return self


BY_LAW = SafetyRules()
