"""What is refused in the conduct of a trial: deviations handled, looks at allocations, incidents, outages."""

from __future__ import annotations

from domain.errors import Denied, Invalid
from domain.record import NewFact, Role
from tests.support.trial import active, course, person
from tests.workflows.refusals import CODE
from tests.workflows.refusals import _refused as refused
from workflows import deviation, viewing
from workflows.command import Command

Given = list[Command | NewFact]

_RANDOMIZED: Given = [*active(), *course("randomized")]
_LOOK = viewing.ViewAllocation(question="participant.show", participant=CODE)

OF_DEVIATIONS = [
    refused(
        "unblinding.names_arm",
        _RANDOMIZED,
        deviation.ExplainDeviation(participant=CODE, deviation="noted-1", cause="given by the artery"),
        Invalid,
    ),
]

OF_VIEWING = [
    refused("allocation.masked", _RANDOMIZED, _LOOK, Denied, person(Role.OUTCOME_ASSESSOR)),
    refused("allocation.masked", _RANDOMIZED, _LOOK, Denied, person(Role.MASKED_STATISTICIAN)),
    refused("policy.denied", _RANDOMIZED, _LOOK, Denied, person(Role.ADMINISTRATOR)),
    refused(
        "unblinding.names_arm",
        _RANDOMIZED,
        viewing.ViewAllocation(question="participant.show", purpose="is it the artery?"),
        Invalid,
    ),
]

OF_CONDUCT = [*OF_DEVIATIONS, *OF_VIEWING]
