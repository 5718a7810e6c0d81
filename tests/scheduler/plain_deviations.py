"""What others must be told of one participant's deviations, derived plainly beside the product."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from domain import deviation, outcome
from domain.clinical_time import ClinicalTime
from domain.fact import Fact


class Untold(NamedTuple):
    """Something to be told: what it is named by, why it need not be or was, from when it is late, and since
    which fact it is awaited.
    """

    subject: str
    settled: str
    due: datetime
    fact: int


@dataclass
class PlainDeviations:
    """How each is weighed, which averted a hazard, and what was told."""

    weighed: dict[str, tuple[str, ClinicalTime, int]] = field(default_factory=dict)
    averted: dict[str, tuple[ClinicalTime, int]] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)

    def take(self, fact: Fact, at: ClinicalTime, position: int) -> None:
        """Learn of a fact."""
        match fact:
            case outcome.DeviationClassified():
                self.weighed[fact.deviation] = (fact.classification, at, position)
            case deviation.DeviationExplained() if fact.hazard:
                self.averted.setdefault(fact.deviation, (at, position))
            case deviation.DeviationReported() if fact.recipient == "ethics":
                self.told.add(fact.deviation)
            case deviation.HazardExceptionNotified():
                self.told.add(f"{fact.deviation} hazard")

    def untold(self, days: dict[str, Any]) -> Iterator[Untold]:
        """Each that is or was awaited, by the days of the protocol."""
        for name, (weight, at, fact) in self.weighed.items():
            yield self._of(name, days.get(f"{weight}_days"), at, fact)
        for name, (at, fact) in self.averted.items():
            yield self._of(f"{name} hazard", days["hazard_days"], at, fact)

    def _of(self, subject: str, within: int | None, at: ClinicalTime, fact: int) -> Untold:
        zone = ZoneInfo(at.zone)
        last = at.earliest.astimezone(zone).date() + timedelta(days=(within or 0) + 1)
        due = datetime(last.year, last.month, last.day, tzinfo=zone).astimezone(UTC)
        was_told = "report_sent" if subject in self.told else ""
        return Untold(subject, "report_not_required" if within is None else was_told, due, fact)
