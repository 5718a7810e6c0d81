"""What the rules of the deviation log look at, and what they find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from domain.happened import Happened
from domain.infusion import Infusion
from domain.observation import VisitResults
from domain.outcome import Outcomes
from domain.participant import Participant
from domain.product_lot import ProductLot
from domain.protocol import Protocol
from domain.sample import Sample
from domain.trial import Trial
from domain.visit import Visit
from projections.ports import Unseal
from projections.safety import SafetyRow
from projections.visit_status import VisitRow


@dataclass(frozen=True, slots=True)
class Subject:
    """What the rules look at: one participant's states, under the protocol versions then in force."""

    trial: Trial
    protocol: Protocol
    participant: Participant
    rows: tuple[VisitRow, ...]
    visits: dict[str, Visit]
    infusions: dict[str, Infusion]
    outcomes: Outcomes
    lots: dict[str, ProductLot]
    samples: dict[str, Sample]
    reports: tuple[SafetyRow, ...]
    moment: datetime
    results: Callable[[], dict[str, VisitResults]] = field(repr=False)
    unseal: Unseal = field(repr=False)

    def attendances(self) -> list[tuple[str, Happened]]:
        """Every visit attended and every infusion started, each under its name as a subject."""
        return [
            *((visit.visit, visit.attended) for visit in self.visits.values() if visit.attended),
            *((f"infusion-{key}", each.started) for key, each in self.infusions.items() if each.started),
        ]

    def procedures(self) -> list[tuple[str, Happened]]:
        """What is done to a participant who has consented: the attendances, and the randomization."""
        allocated = self.participant.randomized
        return [*self.attendances(), *([("randomization", allocated.when)] if allocated else [])]


class Finding(NamedTuple):
    """What a rule found: its subject, detail, time and facts."""

    rule: str
    subject: str
    detail: str
    on: str
    facts: tuple[int, ...]


def before(first: Happened, second: Happened) -> bool:
    """Whether one event certainly came before another, whatever their precision."""
    return first.at.latest <= second.at.earliest
