"""Which site a command concerns: what somebody may do at one site, they may not do to another's."""

from __future__ import annotations

from domain.aggregates import aggregate_of
from domain.delegation import Standing
from domain.entry import Transcription
from domain.identifiers import alert_stream, feed_stream, query_stream
from domain.incident import incident_stream
from domain.outage import Outages
from workflows.alert import AcknowledgeAlert
from workflows.calendar_feed import RevokeFeed
from workflows.command import Command
from workflows.delegation import EndDelegation
from workflows.entry import CheckTranscription, NoteUpload
from workflows.incident import AssessIncident, CloseIncident, RecordIncidentNotice
from workflows.memory import Memory
from workflows.outage import DeclareOutage, ReconcileOutage, WithdrawPackage
from workflows.privacy import ApproveRedaction, RequestRedaction
from workflows.query import OnQuery


def site_of(command: Command, memory: Memory) -> str:
    """The site that a command concerns, "" for none or for what is not there.

    A command names a participant, a site, or by its id or position something that is of one: a query, an
    alert, an incident, a feed, a package, a delegation, a fact. What is of no site, as a lot, anybody of the
    trial may do who has the role.
    """
    participant = getattr(command, "participant", None)
    site = _of_participant(participant, memory) if participant else ""
    return site or str(getattr(command, "site", "") or "") or _of_what_it_names(command, memory)


def _of_what_it_names(command: Command, memory: Memory) -> str:
    match command:
        case OnQuery():
            return _of_stream(query_stream(command.query), memory)
        case AcknowledgeAlert():
            return _of_stream(alert_stream(command.alert), memory)
        case AssessIncident() | RecordIncidentNotice() | CloseIncident():
            return _of_stream(incident_stream(command.incident), memory)
        case RevokeFeed():
            return _of_stream(feed_stream(command.feed), memory)
        case CheckTranscription():
            copied = memory.single(Transcription, command.transcription)
            return "" if copied is None else _of_stream(memory.stream_at(copied.first), memory)
        case NoteUpload():
            return _of_stream(memory.stream_at(command.first), memory)
        case RequestRedaction():
            return _of_stream(memory.stream_at(command.position), memory)
        case ApproveRedaction():
            return _of_stream(memory.stream_at(int(command.redaction.partition("-")[0])), memory)
        case WithdrawPackage() | DeclareOutage() | ReconcileOutage():
            outages = memory.single(Outages)
            package = None if outages is None else outages.packages.get(command.package)
            return "" if package is None else package.site
        case EndDelegation():
            standing = memory.single(Standing, command.account)
            known = () if standing is None else standing.delegations
            return next((each.site for each in known if each.delegation == command.delegation), "")
        case _:
            return ""


def _of_stream(stream: str, memory: Memory) -> str:
    """The site of the participant, or the site itself, that a stream is about; "" where it is of neither."""
    kind, _, key = stream.partition("/")
    if kind == "participant":
        return _of_participant(key, memory)
    if kind == "site":
        return key
    found = aggregate_of(stream)
    state = None if found is None else memory.single(found[0].state, found[1])
    participant = getattr(state, "participant", "")
    return _of_participant(participant, memory) if participant else str(getattr(state, "site", "") or "")


def _of_participant(code: str, memory: Memory) -> str:
    casebook = memory.casebook(code)
    return "" if casebook is None or casebook.participant is None else casebook.participant.site
