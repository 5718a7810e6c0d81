"""All endpoints of a trial, in the protocol's order, from one reading of the trial."""

from __future__ import annotations

from dataclasses import dataclass

from domain.endpoint import Endpoint, EndpointKind
from domain.protocol import Protocol
from projections.as_of import View
from projections.chart import charts
from projections.endpoints.change import ChangeResult, change
from projections.endpoints.groups import Cohort, Group, cohorts_of
from projections.endpoints.incidence import IncidenceResult, incidence
from projections.endpoints.survival import SurvivalResult, survival
from projections.participants import restricted
from projections.ports import Unseal

Result = SurvivalResult | ChangeResult | IncidenceResult


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The endpoints as of an instant. `by` says whether they are told by `arm` or `pooled`.

    Participants are all who are randomized, in error too (`misrandomized` of them), except whose processing
    is restricted (`restricted` of them; PR-04).
    """

    protocol_version: str
    by: str
    misrandomized: int
    restricted: int
    groups: tuple[Group, ...]
    endpoints: tuple[Result, ...]


def evaluate(view: View, unseal: Unseal, only: str = "") -> Evaluation:
    """The endpoints of the newest protocol version, one of them or all, among the randomized participants.

    By arm if every allocation can be opened, else pooled.
    """
    trial = view.trial
    protocol = trial.protocol
    held_back = restricted(view)
    everyone = [chart for chart in charts(view) if chart.participant.randomized is not None]
    randomized = [chart for chart in everyone if chart.participant.code not in held_back]
    cohorts = cohorts_of(trial, randomized, unseal)
    results = tuple(
        _result(endpoint, protocol, cohorts) for endpoint in protocol.endpoints if only in ("", endpoint.id)
    )
    return Evaluation(
        protocol.version,
        "arm" if len(cohorts) > 1 else "pooled",
        sum(bool(chart.participant.misrandomized) for chart in randomized),
        len(everyone) - len(randomized),
        tuple(cohort.group for cohort in cohorts),
        results,
    )


def _result(endpoint: Endpoint, protocol: Protocol, cohorts: tuple[Cohort, ...]) -> Result:
    match endpoint.kind:
        case EndpointKind.SURVIVAL:
            kinds = {each.transplant for each in protocol.endpoints if each.kind is EndpointKind.SURVIVAL}
            return survival(endpoint, protocol, cohorts, beside="event" not in kinds)
        case EndpointKind.CHANGE:
            return change(endpoint, protocol, cohorts)
        case EndpointKind.INCIDENCE:
            return incidence(endpoint, protocol, cohorts)
