"""What the way in asks of a fact: the moves it says were made, and the conditions of its decision.

A fact that moves a machine is in that machine's `STEPS`; what its decision asks besides is in `conditions`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from domain.activation import ActivationCorrected
from domain.casebook_record import RECORD_FACTS, ClosingFact, CoveringFact, RecordLocked, RecordSigned
from domain.errors import Refused
from domain.fact import Fact
from domain.incident import IncidentFact
from domain.infusion import (
    AccessPlaced,
    IdentityChecked,
    InfusionFact,
    LotAssigned,
    ProductReceived,
)
from domain.outage import EnvelopeOpened
from domain.participant import Randomized
from domain.protocol import RandomizationMethod
from domain.query import QueryLedToChange
from domain.safety import SafetyFact
from domain.trial import Locked, SiteVersionAdopted
from domain.visit import VISIT_FACTS, VisitScheduled
from workflows import (
    alert_machine,
    correction_machine,
    incident_machine,
    infusion_machine,
    participant_machine,
    product_lot_machine,
    query_machine,
    record_machine,
    safety_report_machine,
    trial_machine,
    visit_machine,
)
from workflows.activation import begun_under
from workflows.alert_machine import AlertCursor
from workflows.casebook_record import closing_cursor
from workflows.casebook_record import cursor_of as record_cursor
from workflows.closure import refused_by_closing
from workflows.conformance.conditions import CONDITIONS
from workflows.conformance.looking import Seen, route_in
from workflows.correction_machine import CorrectionCursor
from workflows.incident import rules_of
from workflows.incident_machine import IncidentCursor
from workflows.infusion_machine import InfusionCursor
from workflows.lock_guards import against_locking, kinds_of
from workflows.machine import Cursor, Machine
from workflows.participant_machine import ParticipantCursor
from workflows.product_lot_machine import LotCursor
from workflows.query_machine import QueryCursor
from workflows.record_machine import RecordCursor
from workflows.safety import cursor_of as safety_cursor
from workflows.trial_machine import TrialCursor
from workflows.visit_machine import VisitCursor


class Answer(NamedTuple):
    """The code of a rule that refuses, and the machine, move and state where a machine speaks."""

    code: str
    machine: str = ""
    move: str = ""
    state: str = ""


Move = tuple[Machine, str, Cursor]

STEPS: dict[str, dict[type[Fact], str]] = {
    "trial": trial_machine.STEPS,
    "participant": participant_machine.STEPS,
    "visit": visit_machine.STEPS,
    "infusion": infusion_machine.STEPS,
    "product_lot": product_lot_machine.STEPS,
    "alert": alert_machine.STEPS,
    "safety_report": safety_report_machine.STEPS,
    "incident": incident_machine.STEPS,
    "query": query_machine.STEPS,
    "correction": correction_machine.STEPS,
    "record": record_machine.STEPS,
}
"""For each machine the move that each fact says was made."""


def refusals(seen: Seen) -> Iterator[Answer]:
    """Every rule of the way in that refuses a fact."""
    for machine, move, cursor in _moves(seen):
        state = cursor.state
        try:
            machine.move(move, cursor, "")
        except Refused as refused:
            yield Answer(refused.code, machine.table.name, move, state)
    closed = refused_by_closing(
        seen.record.stream, seen.record.fact, seen.kind, seen.looking.situation.states
    )
    if closed is not None:
        yield Answer(closed)
    conditions = CONDITIONS.get(type(seen.record.fact))
    if conditions is not None:
        broken = conditions(seen.record.fact, seen)
        yield from (Answer(code) for is_broken, code in broken if is_broken)


def _moves(seen: Seen) -> Iterator[Move]:
    fact, kind = seen.record.fact, type(seen.record.fact)
    if kind in trial_machine.STEPS:
        about = _version(fact, seen)
        situation = seen.looking.situation
        against = kinds_of(against_locking(situation.states)) if isinstance(fact, Locked) else frozenset()
        at = seen.record.effective_at
        at_trial = TrialCursor(seen.trial, about, situation.by.actor, against, at)
        yield trial_machine.MACHINE, trial_machine.STEPS[kind], at_trial
    elif kind in product_lot_machine.STEPS:
        lot = seen.looking.situation.lot_if_any(seen.record.stream.removeprefix("lot/"))
        cursor = LotCursor(lot, seen.record.effective_at)
        yield product_lot_machine.MACHINE, product_lot_machine.STEPS[kind], cursor
    elif kind in alert_machine.STEPS:
        situation = seen.looking.situation
        known = situation.states.single("alert", seen.record.stream.removeprefix("alert/"))
        yield alert_machine.MACHINE, alert_machine.STEPS[kind], AlertCursor(known, situation.by)
    elif isinstance(fact, SafetyFact):
        situation = seen.looking.situation
        report = safety_cursor(situation.case(fact.participant), fact.event, situation)
        yield safety_report_machine.MACHINE, safety_report_machine.STEPS[kind], report
    elif isinstance(fact, IncidentFact):
        incident = seen.looking.situation.states.single("incident", fact.incident)
        known_incident = IncidentCursor(incident, rules_of(seen.trial))
        yield incident_machine.MACHINE, incident_machine.STEPS[kind], known_incident
    elif kind in query_machine.STEPS:
        asked = seen.looking.situation.states.single("query", seen.record.stream.removeprefix("query/"))
        changes = seen.is_beside(QueryLedToChange, query=asked.query) if asked is not None else False
        yield query_machine.MACHINE, query_machine.STEPS[kind], QueryCursor(asked, changes=changes)
    elif kind in correction_machine.STEPS:
        situation = seen.looking.situation
        asked = situation.states.single("correction", seen.record.stream.removeprefix("correction/"))
        decided = CorrectionCursor(asked, situation.by)
        yield correction_machine.MACHINE, correction_machine.STEPS[kind], decided
    elif isinstance(fact, RECORD_FACTS):
        yield record_machine.MACHINE, record_machine.STEPS[kind], _of_record(fact, seen)
    if seen.participant is None:
        return
    yield from _of_course(seen)
    if isinstance(fact, VISIT_FACTS):
        known = VisitCursor(seen.case.casebook.visits.get(fact.visit))
        yield visit_machine.MACHINE, visit_machine.STEPS[kind], known
    elif isinstance(fact, InfusionFact) and kind in infusion_machine.STEPS:
        yield infusion_machine.MACHINE, infusion_machine.STEPS[kind], _at_bedside(fact, seen)


def _version(fact: Fact, seen: Seen) -> str:
    """The protocol version that a step of the trial is about; the newest for most."""
    if isinstance(fact, ActivationCorrected):
        return begun_under(seen.trial, fact.site)
    return fact.version if isinstance(fact, SiteVersionAdopted) else ""


def _of_record(fact: CoveringFact | ClosingFact, seen: Seen) -> RecordCursor:
    """The record's machine for a word on what stands there, or a step that closes or opens it."""
    situation = seen.looking.situation
    if isinstance(fact, CoveringFact):
        meaning = fact.meaning if isinstance(fact, RecordSigned) else ""
        return record_cursor(seen.case, fact.record, situation, shown=fact.covers, meaning=meaning)
    code = seen.record.stream.removeprefix("participant/") if seen.participant is not None else ""
    locks = isinstance(fact, RecordLocked)
    return closing_cursor(situation, fact.record, participant=code, site=fact.site or "", locks=locks)


def _of_course(seen: Seen) -> Iterator[Move]:
    """The participant's own machine; an allocation made elsewhere, or from an envelope in an outage,
    is reported, not taken.
    """
    fact, case = seen.record.fact, seen.case
    move = participant_machine.STEPS.get(type(fact))
    made_elsewhere = case.protocol.randomization.method is RandomizationMethod.EXTERNAL or seen.is_beside(
        EnvelopeOpened
    )
    if move is None or (isinstance(fact, Randomized) and made_elsewhere):
        return
    at = fact.appointment if isinstance(fact, VisitScheduled) else seen.record.effective_at
    now = seen.record.effective_at
    cursor = ParticipantCursor(case, seen.trial, seen.looking.enrolment, at, now)
    yield participant_machine.MACHINE, move, cursor


def _at_bedside(fact: InfusionFact, seen: Seen) -> InfusionCursor:
    """The infusion's machine, and what the fact says of lot, bag, people and route."""
    case, looking = seen.case, seen.looking
    known = case.casebook.infusions.get(fact.infusion)
    named = fact.lot if isinstance(fact, LotAssigned) else known.lot if known is not None else ""
    route, allocated = "", None
    if isinstance(fact, AccessPlaced) and case.participant.randomized is not None:
        given = route_in(looking.unseal(fact.details))
        arm = looking.unseal(case.participant.randomized.allocation)
        if given is not None and arm is not None:
            route, allocated = given, seen.trial.route_of(case.protocol, arm.strip())
    return InfusionCursor(
        case,
        fact.infusion,
        seen.record.effective_at,
        lot=looking.situation.lot_if_any(named) if named else None,
        bag=fact.bag if isinstance(fact, LotAssigned | ProductReceived | IdentityChecked) else "",
        route=route,
        allocated_route=allocated,
        people=fact.checkers if isinstance(fact, IdentityChecked) else (),
    )
