"""What the way in asks of a fact: the moves it says were made, and the conditions of its decision.

A fact that moves a machine is in that machine's `STEPS`; what its decision asks besides is in `conditions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, cast

from domain.activation import ActivationCorrected
from domain.alert import Alert
from domain.casebook_record import ClosingFact, CoveringFact, RecordLocked, RecordSigned
from domain.correction import Correction
from domain.errors import Refused
from domain.fact import Fact
from domain.incident import Incident, IncidentFact
from domain.infusion import (
    AccessPlaced,
    IdentityChecked,
    InfusionFact,
    InfusionOrdered,
    LotAssigned,
    ProductReceived,
)
from domain.outage import EnvelopeOpened
from domain.participant import Randomized
from domain.protocol import RandomizationMethod
from domain.query import Query, QueryLedToChange
from domain.safety import SafetyFact, SafetyReportSubmitted
from domain.trial import Locked, SiteVersionAdopted
from domain.visit import VisitScheduled
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
from workflows.machines import MACHINES
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


MoveMade = tuple[Machine, str, Cursor]


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


def _moves(seen: Seen) -> Iterator[MoveMade]:
    """The moves that a fact says were made: of the machine it is of, and of the participant's course."""
    kind = type(seen.record.fact)
    for name, cursor_of in _CURSORS.items():
        machine, _, steps = MACHINES[name]
        move = steps.get(kind)
        cursor = cursor_of(seen) if move is not None else None
        if move is not None and cursor is not None:
            yield machine, move, cursor


def _of_trial(seen: Seen) -> TrialCursor:
    fact, situation = seen.record.fact, seen.looking.situation
    against = kinds_of(against_locking(situation.states)) if isinstance(fact, Locked) else frozenset()
    at = seen.record.effective_at
    return TrialCursor(seen.trial, _version(fact, seen), situation.by.actor, against, at)


def _version(fact: Fact, seen: Seen) -> str:
    """The protocol version that a step of the trial is about; the newest for most."""
    if isinstance(fact, ActivationCorrected):
        return begun_under(seen.trial, fact.site)
    return fact.version if isinstance(fact, SiteVersionAdopted) else ""


def _of_lot(seen: Seen) -> LotCursor:
    lot = seen.looking.situation.lot_if_any(seen.record.stream.removeprefix("lot/"))
    return LotCursor(lot, seen.record.effective_at)


def _of_alert(seen: Seen) -> AlertCursor:
    situation = seen.looking.situation
    known = situation.states.single(Alert, seen.record.stream.removeprefix("alert/"))
    return AlertCursor(known, situation.by)


def _of_report(seen: Seen) -> Cursor:
    fact, situation = cast(SafetyFact, seen.record.fact), seen.looking.situation
    recipient = fact.recipient if isinstance(fact, SafetyReportSubmitted) else ""
    return safety_cursor(situation.case(fact.participant), fact.event, situation, recipient)


def _of_incident(seen: Seen) -> IncidentCursor:
    fact = cast(IncidentFact, seen.record.fact)
    known = seen.looking.situation.states.single(Incident, fact.incident)
    return IncidentCursor(known, rules_of(seen.trial))


def _of_query(seen: Seen) -> QueryCursor:
    known = seen.looking.situation.states.single(Query, seen.record.stream.removeprefix("query/"))
    changes = known is not None and seen.is_beside(QueryLedToChange, query=known.query)
    return QueryCursor(known, changes=changes)


def _of_correction(seen: Seen) -> CorrectionCursor:
    situation = seen.looking.situation
    asked = situation.states.single(Correction, seen.record.stream.removeprefix("correction/"))
    return CorrectionCursor(asked, situation.by)


def _of_record(seen: Seen) -> RecordCursor:
    """For a word on what stands in a record, or a step that closes or opens it."""
    fact, situation = cast(CoveringFact | ClosingFact, seen.record.fact), seen.looking.situation
    if isinstance(fact, CoveringFact):
        meaning = fact.meaning if isinstance(fact, RecordSigned) else ""
        return record_cursor(seen.case, fact.record, situation, shown=fact.covers, meaning=meaning)
    code = seen.record.stream.removeprefix("participant/") if seen.participant is not None else ""
    locks = isinstance(fact, RecordLocked)
    return closing_cursor(situation, fact.record, participant=code, site=fact.site or "", locks=locks)


def _of_course(seen: Seen) -> ParticipantCursor | None:
    """None for an allocation made elsewhere, or from an envelope in an outage: it is reported, not taken."""
    if seen.participant is None:
        return None
    fact, case, now = seen.record.fact, seen.case, seen.record.effective_at
    if isinstance(fact, Randomized):
        is_external = case.protocol.randomization.method is RandomizationMethod.EXTERNAL
        if is_external or seen.is_beside(EnvelopeOpened):
            return None
    at = fact.appointment if isinstance(fact, VisitScheduled) else now
    return ParticipantCursor(case, seen.trial, seen.looking.enrolment, at, now)


def _of_visit(seen: Seen) -> VisitCursor | None:
    if seen.participant is None:
        return None
    visit: str = seen.record.fact.visit  # type: ignore[attr-defined]
    return VisitCursor(seen.case.casebook.visits.get(visit))


def _of_infusion(seen: Seen) -> InfusionCursor | None:
    """With what the fact says of lot, bag, people and route."""
    if seen.participant is None:
        return None
    fact, case, looking = cast(InfusionFact, seen.record.fact), seen.case, seen.looking
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
        weight_kg=fact.weight_kg if isinstance(fact, InfusionOrdered) else None,
    )


_CURSORS: dict[str, Callable[[Seen], Cursor | None]] = {
    "trial": _of_trial,
    "product_lot": _of_lot,
    "alert": _of_alert,
    "safety_report": _of_report,
    "incident": _of_incident,
    "query": _of_query,
    "correction": _of_correction,
    "record": _of_record,
    "participant": _of_course,
    "visit": _of_visit,
    "infusion": _of_infusion,
}
"""Each machine, and the cursor at which a fact says it stood; None for a fact that it says nothing of."""
