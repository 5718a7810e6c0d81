"""The tables of the state machines: whole, worded, and of one mind with what the facts make of a state."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import replace

import pytest

import domain
from domain import (
    alert,
    casebook_record,
    correction,
    incident,
    infusion,
    participant,
    product_lot,
    query,
    safety,
    trial,
    visit,
)
from domain.alert import AlertStatus
from domain.clinical_time import ClinicalTime
from domain.correction import CorrectionStatus
from domain.errors import Refused
from domain.fact import FACTS, Fact
from domain.happened import Happened
from domain.infusion import Infusion, InfusionStatus
from domain.participant import Participant, ParticipantStatus
from domain.product_lot import LotStatus, ProductLot
from domain.query import QueryStatus
from domain.record import Record
from domain.safety import SafetyReport, SafetyReportStatus, Told
from domain.trial import Trial, TrialStatus
from domain.visit import Visit
from tests.golden.files import FACT_FILES
from tests.support.trial import day
from workflows.conformance.conditions import CONDITIONS, FREE
from workflows.machine import Cursor, Move, diagram
from workflows.machines import MACHINES, Known
from workflows.visit_machine import state_of


def topics(known: Known) -> dict[str, str]:
    """The topic of a fact that each move stores."""
    return {move: fact.TOPIC for fact, move in reversed(known.steps.items())}


MOVES = [
    pytest.param(name, move, source, id=f"{name}: {source} {move.trigger}")
    for name, known in MACHINES.items()
    for move in known.machine.table.moves
    for source in move.sources
]
NO_MOVES = [
    pytest.param(name, trigger, state, id=f"{name}: {state} {trigger}")
    for name, known in MACHINES.items()
    for trigger in {move.trigger: None for move in known.machine.table.moves}
    for state in known.machine.table.states
    if not any(move.trigger == trigger and state in move.sources for move in known.machine.table.moves)
]


@pytest.mark.parametrize("name", MACHINES)
def test_every_guard_a_table_names_is_a_guard_of_its_cursor(name: str) -> None:
    known = MACHINES[name]
    named = {guard for move in known.machine.table.moves for guard in move.guards}
    held = {each for each in vars(known.cursor) if hasattr(getattr(known.cursor, each), "rule")}
    assert named == held


@pytest.mark.parametrize("name", MACHINES)
def test_every_rule_has_a_code_and_words_in_both_languages(name: str) -> None:
    known = MACHINES[name]
    guards = [getattr(known.cursor, guard) for move in known.machine.table.moves for guard in move.guards]
    for rule in [*(guard.rule for guard in guards), *known.machine.table.refusals.values()]:
        assert rule.code.count(".") == 1
        assert rule.en
        assert rule.zh
        assert not rule.zh.isascii()


@pytest.mark.parametrize("name", MACHINES)
def test_a_table_names_only_states_and_triggers_it_has(name: str) -> None:
    table = MACHINES[name].machine.table
    triggers = {move.trigger for move in table.moves}
    for move in table.moves:
        assert {*move.sources, *([move.target] if move.target else [])} <= set(table.states)
    for trigger, state in table.refusals:
        assert trigger in triggers | {"*"}
        assert state in table.states
    assert len(set(table.states)) == len(table.states)


@pytest.mark.parametrize("name", MACHINES)
def test_no_refusal_is_worded_for_a_move_that_is_legal(name: str) -> None:
    table = MACHINES[name].machine.table
    legal = {(move.trigger, source) for move in table.moves for source in move.sources}
    assert not {(trigger, str(state)) for trigger, state in table.refusals} & legal


@pytest.mark.parametrize("name", MACHINES)
def test_every_state_is_reached_from_the_first_by_moves_or_by_what_is_reported(name: str) -> None:
    table = MACHINES[name].machine.table
    reported = {
        "participant": {"consented", "screen_failed", "treated", "withdrawn"}
        | {"lost_to_follow_up", "transplanted", "died"},
    }
    reached = {table.states[0], *reported.get(name, set())}
    while (
        more := {move.target for move in table.moves if move.target and set(move.sources) & reached} - reached
    ):
        reached |= more
    assert reached == set(table.states)


@pytest.mark.parametrize(("name", "trigger", "state"), NO_MOVES)
def test_an_illegal_move_is_refused_with_its_rule(name: str, trigger: str, state: str) -> None:
    known = MACHINES[name]
    worded = known.machine.table.refusals.get((trigger, state)) or known.machine.table.refusals.get(
        ("*", state)
    )
    with pytest.raises(Refused) as refused:
        known.machine.move(trigger, Cursor(state), "here")
    expected = worded.code if worded else f"{name}.{trigger}.not_when_{state}"
    assert refused.value.code == expected
    assert (refused.value.where, refused.value.rule) == ("here", f"{name}: {trigger}")


@pytest.mark.parametrize(("name", "move", "source"), MOVES)
def test_the_state_a_move_leads_to_is_the_one_its_fact_makes(name: str, move: Move, source: str) -> None:
    fact = golden(topics(MACHINES[name])[move.trigger])
    assert state_after(name, source, fact) == (move.target or source)


@pytest.mark.parametrize(("name", "move", "source"), MOVES)
def test_a_move_leads_to_its_state_and_asks_its_guards_however_often_it_is_made(
    name: str, move: Move, source: str
) -> None:
    machine = MACHINES[name].machine
    for _again in range(3):
        cursor = _Agreeing(source)
        assert machine.move(move.trigger, cursor, "") == cursor.state == (move.target or source)
        assert cursor.asked == list(move.guards)


class _Agreeing(Cursor):
    """Every guard holds, and is noted."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.asked: list[str] = []

    def __getattr__(self, guard: str) -> Callable[[], bool]:
        def holds() -> bool:
            self.asked.append(guard)
            return True

        return holds


@pytest.mark.parametrize("name", MACHINES)
def test_every_move_has_its_fact(name: str) -> None:
    known = MACHINES[name]
    assert {move.trigger for move in known.machine.table.moves} == set(topics(known))


@pytest.mark.parametrize("name", MACHINES)
def test_the_diagram_draws_every_move(name: str) -> None:
    table = MACHINES[name].machine.table
    lines = diagram(table).splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert len(lines) == 1 + sum(len(move.sources) for move in table.moves)


WHEN = Happened(day(0), 1)


def golden(topic: str) -> Fact:
    """The golden fact of a topic."""
    return FACTS.read(topic, (FACT_FILES / f"{topic}.json").read_bytes())


def recorded(fact: Fact, at: ClinicalTime | None = None) -> Record:
    """A fact at some place."""
    return Record(2, "stream", 2, at or day(0), "1.0", fact)


def state_after(name: str, source: str, fact: Fact) -> str:
    """The state of a machine that the fact leaves behind, from a state."""
    record = recorded(fact)
    match name:
        case "trial":
            return str(trial.evolve(Trial(status=TrialStatus(source)), record).status)
        case "participant":
            before = Participant("S1-001", "S1", ParticipantStatus(source), WHEN)
            after = participant.evolve(before, record)
            assert after is not None
            return str(after.status)
        case "visit":
            if isinstance(fact, visit.VisitVoided):
                record = recorded(fact.model_copy(update={"what": source, "was": WHEN.at}))
            return state_of(visit.evolve(visit_in(source), record))
        case "infusion":
            status = None if source == "none" else InfusionStatus(source)
            known = infusion.evolve(Infusion(1, status=status) if status else None, record)
            assert known is not None
            return str(known.status)
        case "alert":
            return alert_after(source, record)
        case "safety_report":
            return report_after(source, record)
        case "query":
            return query_after(source, record)
        case "incident":
            return incident_after(source, record)
        case "correction":
            return correction_after(source, record)
        case "record":
            return record_after(source, record)
    lot = None if source == "none" else ProductLot("L1", LotStatus(source), day(9), {"B1": ""}, WHEN)
    evolved = product_lot.evolve(lot, record)
    assert evolved is not None
    return str(evolved.status)


def query_after(source: str, record: Record) -> str:
    """The status of a query that was in a state of its machine, after one more fact."""
    opened = query.evolve(None, recorded(golden("query.opened.v1")))
    assert opened is not None
    before = None if source == "none" else replace(opened, status=QueryStatus(source))
    after = query.evolve(before, record)
    assert after is not None
    return str(after.status)


def incident_after(source: str, record: Record) -> str:
    """The status of an incident that was in a state of its machine, after one more fact."""
    reported = incident.evolve(None, recorded(golden("incident.reported.v1")))
    assert reported is not None
    before = None if source == "none" else replace(reported, status=incident.IncidentStatus(source))
    after = incident.evolve(before, record)
    assert after is not None
    return str(after.status)


def correction_after(source: str, record: Record) -> str:
    """The status of a correction that was in a state of its machine, after one more fact."""
    asked = correction.evolve(None, recorded(golden("correction.fix_requested.v1")))
    assert asked is not None
    status = None if source == "none" else CorrectionStatus(source)
    first = correction.Approval("chen", "principal_investigator", WHEN)
    approvals = (first,) if status is CorrectionStatus.HALF_APPROVED else ()
    before = None if status is None else replace(asked, status=status, approvals=approvals)
    after = correction.evolve(before, record)
    assert after is not None
    return str(after.status)


def record_after(source: str, record: Record) -> str:
    """The status of a record that was in a state of its machine, after one more fact."""
    name = getattr(record.fact, "record", "")
    made: dict[str, list[str]] = {
        "entered": [],
        "verified": ["record.verified.v1"],
        "frozen": ["record.frozen.v1"],
        "signed": ["record.signed.v1"],
        "locked": ["record.locked.v1"],
    }
    before = None
    # A signed record that is frozen is signed: it is unfrozen in that state, and frozen in it when it is not.
    frozen = (
        [golden("record.frozen.v1")]
        if source == "signed" and type(record.fact).__name__ == "RecordUnfrozen"
        else []
    )
    for fact in (*map(golden, made[source]), *frozen):
        before = casebook_record.evolve(before, recorded(fact.model_copy(update={"record": name})))
    after = casebook_record.evolve(before, record)
    return str(casebook_record.status_of(after, name, {name: 1}))


def alert_after(source: str, record: Record) -> str:
    """The status of an alert that was in a state of its machine, after one more fact."""
    raised = alert.evolve(None, recorded(golden("alert.raised.v1")))
    assert raised is not None
    before = None if source == "none" else replace(raised, status=AlertStatus(source))
    after = alert.evolve(before, record)
    assert after is not None
    return str(after.status)


def report_after(source: str, record: Record) -> str:
    """The status of a safety report that was in a state of its machine, after one more fact."""
    first = Told(True, "severe", (), "", False, WHEN)
    before = None
    if source != "none":
        status = SafetyReportStatus(source)
        before = SafetyReport("S1-001", "ae-1", status, "fever", day(0), WHEN, (first,))
    after = safety.evolve(before, record)
    assert after is not None
    return str(after.status)


def visit_in(state: str) -> Visit | None:
    """A visit in a state of its machine."""
    known = Visit("week-4")
    match state:
        case "planned":
            return None
        case "scheduled":
            return replace(known, appointment=day(3))
        case "attended":
            return replace(known, attended=WHEN)
    return replace(known, missed=WHEN)


LATE = {
    ParticipantStatus.DIED: set[ParticipantStatus](),
    ParticipantStatus.WITHDRAWN: {ParticipantStatus.DIED},
    ParticipantStatus.LOST_TO_FOLLOW_UP: {ParticipantStatus.DIED},
    ParticipantStatus.COMPLETED: {ParticipantStatus.DIED},
    ParticipantStatus.TRANSPLANTED: {ParticipantStatus.DIED, ParticipantStatus.COMPLETED},
}


@pytest.mark.parametrize("status", LATE)
def test_little_follows_a_terminal_state_whatever_is_reported(status: ParticipantStatus) -> None:
    reached = {
        ParticipantStatus(state_after("participant", status, golden(kind.TOPIC)))
        for kind in participant.COURSE
    }
    assert reached == LATE[status] | {status}


def test_of_every_fact_it_is_said_what_a_replay_asks() -> None:
    """A new fact goes into its machine's STEPS, into the CONDITIONS of its
    subject (`conformance/of_….py`), or, where nothing is asked, into FREE (`conformance/conditions.py`).
    """
    import_facts()
    known = {kind for known in MACHINES.values() for kind in known.steps} | CONDITIONS.keys() | FREE
    topics = FACTS.topics().items()
    assert [topic for topic, kind in topics if kind not in known and not topic.startswith("test.")] == []
    assert not FREE & CONDITIONS.keys()


def import_facts() -> None:
    """Make every fact known."""
    for module in pkgutil.iter_modules(domain.__path__):
        importlib.import_module(f"domain.{module.name}")
