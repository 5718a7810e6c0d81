"""When what was recorded had really happened, once facts have put its time right."""

from __future__ import annotations

from collections.abc import Iterable

from domain.activation import Activated, ActivationCorrected, SiteActivated
from domain.clinical_time import ClinicalTime
from domain.infusion import InfusionFact
from domain.infusion_put_right import InfusionTimeCorrected
from domain.observation import ResultTimeCorrected, VisitResult
from domain.product_lot import LotReleased, LotReleaseTimeCorrected
from domain.record import Record
from domain.safety import SafetyReportSubmitted, SafetyTimeCorrected, SponsorAware
from domain.sample import SampleCorrected, SampleTaken
from domain.visit import VisitAttended, VisitTimeCorrected

Retimed = (
    VisitTimeCorrected
    | ResultTimeCorrected
    | InfusionTimeCorrected
    | LotReleaseTimeCorrected
    | SampleCorrected
    | SafetyTimeCorrected
    | ActivationCorrected
)
"""A fact that says when something really was: what was recorded of it at the old time counts from then. It
tells by `moves` what that is.
"""

MOVABLE = (
    VisitAttended,
    VisitResult,
    InfusionFact,
    LotReleased,
    SampleTaken,
    SponsorAware,
    SafetyReportSubmitted,
    SiteActivated,
    Activated,
)
"""Facts whose time can be put right so."""


class RightTimes:
    """When what was recorded had really happened, by the facts of a history that put times right."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._moved: dict[str, list[tuple[int, Retimed]]] = {}
        for record in records:
            if isinstance(record.fact, Retimed):
                self._moved.setdefault(record.stream, []).append((record.position, record.fact))

    def of(self, record: Record) -> ClinicalTime:
        """The right time of a fact: of a wrong one that was put right again, the last."""
        at = record.effective_at
        for position, fact in self._moved.get(record.stream, ()):
            if record.position < position and at == fact.was and fact.moves(record.fact):
                at = fact.at
        return at
