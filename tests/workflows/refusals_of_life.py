"""What is refused because no time of a life is like that: before birth, or an end before the beginning."""

from __future__ import annotations

from functools import partial

from domain.errors import Invalid
from tests.support.trial import active, at, course, day
from tests.workflows.refusals import CODE as CODE
from tests.workflows.refusals import refused as refused
from workflows import consent, infusion, participant, visit

SCREENED = [*active(), *course("screened")]
"""A participant aged 50."""


def _infused(**changes: object) -> infusion.RecordInfusion:
    fields: dict[str, object] = {"participant": CODE, "at": day(0, "11:30"), "route": "vein"} | changes
    return infusion.RecordInfusion.model_validate(fields)


def _consent(**changes: object) -> participant.RecordConsent:
    fields = {"participant": CODE, "version": "1.0", "language": "zh-CN"} | changes
    return participant.RecordConsent.model_validate(fields)


_LATE_BIRTH = consent.RecordBirth(participant=CODE, born=at("2026-04"))
_LONG_AGO = at("1899-03-01")

OF_LIFE = [
    *(
        refused("time.before_birth", SCREENED, told, Invalid)
        for told in (
            _consent(at=_LONG_AGO),
            _consent(at=day(0), signed={"participant": _LONG_AGO}),
            visit.RecordVisit(participant=CODE, at=_LONG_AGO, visit="baseline"),
            visit.RecordVisit(participant=CODE, at=at("1975-03-01"), visit="baseline"),
            participant.RecordTransplant(participant=CODE, at=_LONG_AGO),
            participant.RecordDeath(participant=CODE, at=_LONG_AGO),
            _infused(at=_LONG_AGO),
        )
    ),
    *(
        refused("time.before_screening", SCREENED, told(participant=CODE, at=day(-1)), Invalid)
        for told in (
            participant.RecordDeath,
            participant.RecordLossToFollowUp,
            participant.RecordEndOfFollowUp,
            partial(participant.RecordScreenFailure, reasons=("no disease",)),
        )
    ),
    refused("birth.after_screening", SCREENED, _LATE_BIRTH, Invalid, on=90),
    refused("time.in_future", [*active(), *course("randomized")], _infused(ended=day(0, "23:00"))),
]
