"""One participant's states put together: what scores and endpoints look at. A trial is read once for all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from domain.clinical_time import ClinicalTime, Precision, local_day
from domain.happened import Happened
from domain.observation import VisitResults
from domain.outcome import Outcomes
from domain.participant import Participant
from domain.protocol import Protocol
from domain.trial import Trial
from domain.visit import Visit
from projections.as_of import View, participants_of, protocol_of
from projections.visit_status import VisitRow, rows_of


@dataclass(frozen=True)
class Chart:
    """The states of one participant, under the protocol version that the participant follows."""

    view: View
    trial: Trial
    protocol: Protocol
    participant: Participant
    visits: dict[str, Visit]
    results: dict[str, VisitResults]
    outcomes: Outcomes

    @cached_property
    def today(self) -> date:
        """The day it is at the participant's site."""
        return local_day(self.view.moment, self.protocol.site_plans[self.participant.site].zone)

    @cached_property
    def rows(self) -> dict[str, VisitRow]:
        """Every visit with its window and status."""
        return {row.visit: row for row in rows_of(self.trial, self.participant, self.visits, self.view)}

    @cached_property
    def anchor(self) -> Happened | None:
        """What the schedule counts its days from, as the start of infusion; None before it happened."""
        return self.participant.milestone(self.protocol.schedule.anchor)


def charts(view: View, code: str = "") -> Iterator[Chart]:
    """The chart of one participant, or of all in code order. Raises NotFound."""
    visits, results, outcomes = view.visits(code), view.results(code), view.outcomes(code)
    trial = view.trial
    for whose, participant in participants_of(view, code).items():
        yield Chart(
            view,
            trial,
            protocol_of(trial, participant),
            participant,
            visits.get(whose, {}),
            results.get(whose, {}),
            outcomes.get(whose) or Outcomes(),
        )


_EXACT = (Precision.MINUTE, Precision.SECOND)


def is_exact(time: ClinicalTime) -> bool:
    """Whether a time of day is known."""
    return time.precision in _EXACT


def certainly_before(first: ClinicalTime, second: ClinicalTime) -> bool:
    """Whether one time came before the other, whatever their precision leaves open."""
    if is_exact(first) and is_exact(second):
        return first.earliest < second.earliest
    return first.latest <= second.earliest
