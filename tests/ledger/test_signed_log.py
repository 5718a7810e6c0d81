"""What the ledger says of itself: keys, checkpoints and incarnations, in the system log and in each log."""

import pytest

from domain.errors import Refused
from domain.fact import FACTS
from domain.identifiers import SYSTEM_LOG
from domain.ledger.note import LOG_KEY, Checkpoint, Key, Note, Signature, origin_of
from domain.record import Role
from domain.signed_log import (
    SELF,
    CheckpointSigned,
    IncarnationDeclared,
    KeyRegistered,
    KeyRotated,
    LogOpened,
    SignedLog,
)
from projections.documents import MODELS, reader
from projections.rebuild import compare
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, person
from workflows.signed_log import DeclareIncarnation, RecordCheckpoint, RegisterKey, RotateKey

ORIGIN, NEXT = origin_of(TRIAL), origin_of(TRIAL, 2)
OLD, NEW = (str(Key(ORIGIN, LOG_KEY, bytes([number]) * 32)) for number in (1, 2))
AFTER = str(Key(NEXT, LOG_KEY, b"\x01" * 32))
ROOT = "A" * 43 + "="
REGISTERED = RegisterKey(log=TRIAL, origin=ORIGIN, vkey=OLD)


def known(scenario: Scenario, log: str, key: str) -> SignedLog:
    """The read model of a log's signing."""
    body = scenario.app.reading.document(log, MODELS["signed_log"], key, upto=10**6)
    assert body is not None
    state = reader("signed_log")(body)
    assert isinstance(state, SignedLog)
    return state


def of_system(scenario: Scenario) -> list[object]:
    return [record.fact for record in scenario.app.reading.replay(SYSTEM_LOG)]


def note_at(size: int, origin: str = ORIGIN) -> str:
    text = str(Checkpoint(origin, size, b"\x09" * 32))
    return str(Note(text, (Signature(origin, b"\x00" * 4, b"\x00" * 64),)))


def test_the_first_key_opens_a_log_and_saying_so_again_changes_nothing(scenario: Scenario) -> None:
    scenario.given(REGISTERED)
    opened = LogOpened(log=TRIAL, origin=ORIGIN)
    assert of_system(scenario) == [opened, KeyRegistered(log=TRIAL, origin=ORIGIN, vkey=OLD)]
    scenario.when(REGISTERED).nothing()
    assert known(scenario, SYSTEM_LOG, TRIAL).keys == (OLD,)


def test_every_checkpoint_of_a_log_is_told_in_the_system_log_once(scenario: Scenario) -> None:
    first = RecordCheckpoint(log=TRIAL, origin=ORIGIN, size=3, root=ROOT)
    second = RecordCheckpoint(log=TRIAL, origin=ORIGIN, size=8, root=ROOT)
    scenario.given(REGISTERED, first)
    scenario.when(first).nothing()
    scenario.given(second)
    assert [fact.size for fact in of_system(scenario) if isinstance(fact, CheckpointSigned)] == [3, 8]
    state = known(scenario, SYSTEM_LOG, TRIAL)
    assert (state.origin, state.size, state.root) == (ORIGIN, 8, ROOT)
    assert compare(scenario.app.reading, SYSTEM_LOG)[1] == []


def test_a_key_takes_anothers_place_only_where_that_one_is_named(scenario: Scenario) -> None:
    instead = RegisterKey(log=TRIAL, origin=ORIGIN, vkey=NEW, instead_of=OLD)
    scenario.given(active(), REGISTERED, instead)
    assert known(scenario, SYSTEM_LOG, TRIAL).keys == (OLD, NEW)
    rotated = RotateKey(origin=ORIGIN, old=OLD, new=NEW)
    scenario.when(rotated, person(Role.ADMINISTRATOR)).then(KeyRotated(origin=ORIGIN, old=OLD, new=NEW))
    scenario.when(rotated, person(Role.ADMINISTRATOR)).nothing()
    scenario.when(REGISTERED).nothing()


def test_a_log_of_any_status_can_be_declared_anew_and_its_next_checkpoints_begin_again(
    scenario: Scenario,
) -> None:
    scenario.given(REGISTERED, RecordCheckpoint(log=TRIAL, origin=ORIGIN, size=8, root=ROOT), active())
    head = scenario.app.reading.head(TRIAL)[0]
    lost = note_at(head + 5)
    declare = DeclareIncarnation(approver="zhao", note=lost, agreed=3)
    scenario.when(declare, person(Role.ADMINISTRATOR, "the disk failed")).then(
        IncarnationDeclared(
            origin=NEXT,
            incarnation=2,
            note=lost,
            restored=head,
            lost_from=head + 1,
            lost_to=head + 5,
            reason="the disk failed",
            approver="zhao",
        )
    )
    own = known(scenario, TRIAL, SELF)
    assert (own.origin, own.incarnation, own.keys) == (NEXT, 2, ())
    after = RecordCheckpoint(log=TRIAL, origin=NEXT, size=5, root=ROOT)
    scenario.given(RegisterKey(log=TRIAL, origin=NEXT, vkey=AFTER), after)
    state = known(scenario, SYSTEM_LOG, TRIAL)
    assert (state.origin, state.keys, state.size) == (NEXT, (AFTER,), 5)
    assert compare(scenario.app.reading, TRIAL)[1] == []


@pytest.mark.parametrize(
    ("beyond", "agreed", "lost"),
    [(5, 3, (1, 5)), (0, 3, (4, 0)), (-2, 3, (4, -2)), (-2, 10**6, (0, 0))],
    ids=["cut short", "forked at the head", "forked before it", "nothing known to be lost"],
)
def test_what_is_lost_is_what_was_signed_and_is_not_held_true(
    scenario: Scenario, beyond: int, agreed: int, lost: tuple[int, int]
) -> None:
    """Positions are told from the head where they lie after it, and as they are before."""
    scenario.given(active())
    head = scenario.app.reading.head(TRIAL)[0]
    command = DeclareIncarnation(approver="zhao", note=note_at(head + beyond), agreed=agreed)
    receipt = scenario.when(command, person(Role.ADMINISTRATOR)).receipt
    fact = scenario.records()[receipt.first - 1].fact
    assert isinstance(fact, IncarnationDeclared)
    start, end = lost
    expected = (head + start if beyond > 0 else start, head + end if lost != (0, 0) else 0)
    assert (fact.lost_from, fact.lost_to) == expected


def test_what_people_do_that_must_not_be_undone_is_signed_at_once() -> None:
    prompting = {topic for topic in FACTS.topics() if FACTS.prompts(topic)}
    assert {
        "participant.randomized.v1",
        "participant.unblinded.v1",
        "eligibility.signed.v1",
        "trial.allocation_list_sealed.v1",
        "trial.locked.v1",
        "log.key_rotated.v1",
        "log.incarnation_declared.v1",
    } <= prompting
    assert not prompting & {"lab.result_recorded.v1", "log.checkpoint_signed.v1", "visit.attended.v1"}
    assert not FACTS.prompts("test.unheard_of.v1")


def test_a_store_that_is_halted_takes_only_what_restores_it(scenario: Scenario) -> None:
    halt = Refused("ledger.behind", "the store is behind its signer")
    scenario.given(active())
    engine = scenario.app.engine
    engine._halt = halt
    scenario.when(RegisterKey(log=TRIAL, origin=ORIGIN, vkey=OLD)).refused("ledger.behind")
    with pytest.raises(Refused, match="behind its signer"):
        engine.execute_many(TRIAL, [])
    assert scenario.when(DeclareIncarnation(approver="zhao"), person(Role.ADMINISTRATOR)).receipt.first
