"""What is refused in the conduct of a trial: deviations handled, looks at allocations, incidents, outages."""

from __future__ import annotations

from domain.errors import Denied, Invalid, NotFound
from domain.incident import IncidentAssessed, IncidentClosed, IncidentReported, incident_stream
from domain.record import NewFact, Role
from tests.support.trial import active, course, day, person
from tests.workflows.refusals import CODE
from tests.workflows.refusals import _refused as refused
from workflows import deviation, incident, viewing
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

_STOLEN = incident.ReportIncident(at=day(-2), kind="security", what="a notebook was stolen", aware=day(-1))
_ID = "I-20"
_AT = incident_stream(_ID)
_REPORTED: Given = [
    *active(),
    NewFact(_AT, day(-2), "1.0", IncidentReported(incident=_ID, kind="breach", what="x", aware=day(-1))),
]
_SERIOUS = NewFact(
    _AT, day(-1), "1.0", IncidentAssessed(incident=_ID, serious=True, personal_data=False, why="forged")
)
_CLOSED = NewFact(_AT, day(-1), "1.0", IncidentClosed(incident=_ID, measures="none"))
_ASSESS = incident.AssessIncident(incident=_ID, serious=True, why="forged")
_CLOSE = incident.CloseIncident(incident=_ID, measures="trained")

OF_INCIDENTS = [
    refused("incident.unknown", active(), _CLOSE, NotFound),
    refused("incident.aware_before", active(), _STOLEN.model_copy(update={"aware": day(-3)}), Invalid),
    refused("unblinding.names_arm", active(), _STOLEN.model_copy(update={"what": "by-vein"}), Invalid),
    refused("incident.unassessed", _REPORTED, _CLOSE),
    refused("incident.untold", [*_REPORTED, _SERIOUS], _CLOSE),
    refused("incident.closed", [*_REPORTED, _CLOSED], _ASSESS),
    refused("incident.closed", [*_REPORTED, _CLOSED], _CLOSE),
]

OF_CONDUCT = [*OF_DEVIATIONS, *OF_VIEWING, *OF_INCIDENTS]
