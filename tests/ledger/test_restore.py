"""The restore rule: an old backup in the store's place is found at open, and there are two ways on."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from adapters.app import App
from adapters.held.folder import Folder
from adapters.held.standing import departures
from adapters.ledger.restore import declare, replay
from adapters.ledger.signer import Signer
from adapters.store.source import StoreSource
from adapters.store.store import Store
from domain.errors import Broken, Denied, Invalid, NotFound, Refused, TrialogError
from domain.identifiers import SYSTEM_LOG
from domain.ledger.note import Checkpoint, Note, origin_of
from domain.record import Role
from domain.signed_log import IncarnationDeclared
from projections.rebuild import compare
from tests.ledger.desk import Desk
from tests.support.people import FIRST, House
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course, entitled, person
from workflows.command import Command
from workflows.signed_log import DeclareIncarnation

ORIGIN, NEXT = origin_of(TRIAL), origin_of(TRIAL, 2)
ADMINISTRATOR = person(Role.ADMINISTRATOR, "the disk failed")
LATER = course("consented", "S1-009")


def restored(desk: Desk) -> tuple[Path, Path]:
    """A backup of before the last checkpoint is put in the store's place: it, and a copy of what was lost."""
    desk.sign()
    old = desk.backup("old.db")
    desk.write(course("consented", "S1-002"))
    desk.sign()
    lost = desk.backup("lost.db")
    desk.restore(old)
    return old, lost


def refusal(app: App, *commands: Command) -> TrialogError:
    """Every one of these commands is refused alike."""
    found = []
    for command in commands:
        with pytest.raises(Refused) as refused:
            app.engine.execute(TRIAL, command, entitled(command))
        found.append(refused.value)
    assert {error.code for error in found} == {"ledger.behind"}
    return found[0]


def begun_anew(desk: Desk) -> IncarnationDeclared:
    """The declaration in the trial's log."""
    declared = [fact for fact in desk.facts(TRIAL) if isinstance(fact, IncarnationDeclared)]
    return declared[-1]


def test_a_store_that_is_what_was_signed_or_ahead_of_it_opens_as_ever(desk: Desk) -> None:
    desk.sign()
    assert desk.again().departures == []
    desk.write(LATER)
    assert desk.again().departures == []
    desk.write(course("consented", "S1-002"))
    desk.sign()


def test_an_old_backup_is_caught_at_open_and_every_command_is_refused_and_questions_answered(
    file_desk: Desk,
) -> None:
    desk = file_desk
    restored(desk)
    assert [each.log for each in desk.app.departures] == [TRIAL, SYSTEM_LOG]
    head = desk.app.ledger.head(TRIAL)
    error = refusal(desk.app, *LATER, *course("randomized")[-1:])
    assert error.where == ORIGIN
    assert "entries and has" in error.message
    assert "ledger replay" in error.remedy
    assert "ledger declare" in error.remedy
    assert desk.app.view(TRIAL).participants().keys() == {"S1-001"}
    assert desk.app.ledger.head(TRIAL) == head
    with pytest.raises(Broken):
        desk.sign()


def test_what_is_missing_is_brought_back_verbatim_and_the_store_is_as_it_was(file_desk: Desk) -> None:
    desk = file_desk
    _, lost = restored(desk)
    store = desk.app.store
    assert isinstance(store, Store)
    with StoreSource(lost) as source:
        brought = replay(store, source, desk.app.departures)
        assert [each.log for each in brought] == [TRIAL, SYSTEM_LOG]
        tables = ("command", "fact", "document", "document_key", "anchor")
        for table in tables:
            rows = f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4"  # noqa: S608 - our own table names
            assert store.rows(rows) == source.rows(rows), table
    assert desk.again().departures == []
    desk.write(LATER)
    desk.sign()
    assert desk.check(TRIAL, desk.key()) == 3
    assert compare(desk.app.reading, TRIAL)[1] == []


ROWS = "SELECT position, entry, salts, nodes FROM fact WHERE trial = ? ORDER BY position"


def test_what_is_missing_comes_back_from_whatever_database_and_into_it(desk: Desk) -> None:
    desk.sign()
    desk.write(course("consented", "S1-002"))
    desk.sign()
    store = desk.app.store
    assert isinstance(store, Store)
    lines = [tuple(map(bytes_or_text, row)) for log in (TRIAL, SYSTEM_LOG) for row in store.rows(ROWS, log)]
    with (
        StoreSource(desk.folder / "other.db", create=True) as other,
        StoreSource(desk.location) as whole,
    ):
        assert [each.first for each in replay(other, whole, departures(other, [desk.signer]))] == [1, 1]
        assert departures(other, [desk.signer]) == []
        assert compare(other, TRIAL)[1] == []
        desk.cut(TRIAL, 9)
        desk.cut(SYSTEM_LOG, 0)
        app = desk.again()
        assert isinstance(app.store, Store)
        brought = replay(app.store, other, app.departures)
        assert [each.first for each in brought] == [10, 1]
    store = app.store
    assert lines == [
        tuple(map(bytes_or_text, row)) for log in (TRIAL, SYSTEM_LOG) for row in store.rows(ROWS, log)
    ]
    assert compare(app.reading, TRIAL)[1] == []
    assert desk.again().departures == []


def bytes_or_text(value: object) -> object:
    """The value, whatever the driver wraps bytes in."""
    return bytes(value) if isinstance(value, memoryview) else value


def test_another_history_brings_nothing_back(file_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = file_desk
    restored(desk)
    monkeypatch.delenv("TRIALOG_SIGNER")
    other = Desk(desk.folder, str(desk.folder / "other.db"))
    other.write(course("consented", "S1-002"), LATER)
    other.app.close()
    store = desk.app.store
    assert isinstance(store, Store)
    head = store.head(TRIAL)
    with StoreSource(other.location) as source, pytest.raises(Broken, match="not those that were signed"):
        replay(store, source, desk.app.departures[:1])
    assert store.head(TRIAL) == head


def test_a_store_that_went_on_from_a_backup_is_found_and_can_only_be_declared(
    file_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody restored it where no signer was known, and worked on beyond what was signed."""
    desk = file_desk
    _, lost = restored(desk)
    with monkeypatch.context() as unknown:
        unknown.delenv("TRIALOG_SIGNER")
        desk.again()
        desk.write(LATER, course("consented", "S1-010"))
    app = desk.again()
    assert app.departures[0].fault.code == "ledger.rewritten"
    refusal(app, *course("consented", "S1-011"))
    assert isinstance(app.store, Store)
    with StoreSource(lost) as source, pytest.raises(Refused) as refused:
        replay(app.store, source, app.departures)
    assert refused.value.code == "ledger.not_replayable"
    agreed = Checkpoint.parse(desk.notes(TRIAL)[-1].text).size
    signed = desk.state(ORIGIN).size
    declare(app, Folder(desk.signer), app.departures, "zhao.pi", ADMINISTRATOR)
    assert (begun_anew(desk).lost_from, begun_anew(desk).lost_to) == (agreed + 1, signed)
    assert desk.again().departures == []


def test_the_loss_is_declared_by_two_persons_and_the_log_goes_on_under_another_name(file_desk: Desk) -> None:
    desk = file_desk
    restored(desk)
    head = desk.app.ledger.head(TRIAL)[0]
    was = desk.state(ORIGIN)
    origins = declare(desk.app, Folder(desk.signer), desk.app.departures, "zhao.pi", ADMINISTRATOR)
    assert origins == [NEXT, origin_of(SYSTEM_LOG, 2)]
    assert begun_anew(desk) == IncarnationDeclared(
        origin=NEXT,
        incarnation=2,
        note=was.note,
        restored=head,
        lost_from=head + 1,
        lost_to=was.size,
        reason="the disk failed",
        approver="zhao.pi",
    )
    assert desk.again().departures == []
    desk.write(LATER)
    made = desk.sign()
    assert [each.origin for each in made] == [NEXT, origin_of(SYSTEM_LOG, 2)]
    assert desk.key().name == NEXT
    checkpoint = Checkpoint.parse(desk.notes(TRIAL)[-1].text)
    assert checkpoint.root == desk.root(TRIAL, checkpoint.size)
    assert desk.sign() == []
    assert compare(desk.app.reading, TRIAL)[1] == []
    assert compare(desk.app.reading, SYSTEM_LOG)[1] == []


def test_declaring_takes_two_persons_and_a_reason(file_desk: Desk) -> None:
    desk = file_desk
    restored(desk)
    for approver, by, code in (
        ("Administrator", ADMINISTRATOR, "incarnation.one_person"),
        ("zhao.pi", person(Role.ADMINISTRATOR, ""), "incarnation.no_reason"),
    ):
        with pytest.raises(Refused) as refused:
            declare(desk.app, Folder(desk.signer), desk.app.departures, approver, by)
        assert refused.value.code == code
    assert len(desk.again().departures) == 2


def test_a_declaration_that_was_cut_short_is_finished_by_declaring_again(
    file_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = file_desk
    restored(desk)

    def killed(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying, suppress(KeyboardInterrupt):
        dying.setattr(Folder, "keep", killed)
        declare(desk.app, Folder(desk.signer), desk.app.departures, "zhao.pi", ADMINISTRATOR)
    app = desk.again()
    assert {each.fault.code for each in app.departures} == {"ledger.undeclared", "ledger.shrunk"}
    refusal(app, *LATER)
    declare(app, Folder(desk.signer), app.departures, "zhao.pi", ADMINISTRATOR)
    assert len([fact for fact in desk.facts(TRIAL) if isinstance(fact, IncarnationDeclared)]) == 1
    assert desk.again().departures == []
    desk.write(LATER)
    desk.sign()


def test_a_backup_of_before_a_declaration_is_found_and_its_name_is_not_used_again(file_desk: Desk) -> None:
    desk = file_desk
    old, _ = restored(desk)
    declare(desk.app, Folder(desk.signer), desk.app.departures, "zhao.pi", ADMINISTRATOR)
    desk.again()
    desk.write(LATER)
    desk.sign()
    desk.restore(old)
    assert desk.app.departures[0].held.origin == NEXT
    declare(desk.app, Folder(desk.signer), desk.app.departures, "zhao.pi", ADMINISTRATOR)
    assert begun_anew(desk).origin == origin_of(TRIAL, 3)
    desk.again()
    assert desk.sign()[0].origin == origin_of(TRIAL, 3)


def test_a_store_whose_signer_is_lost_goes_on_by_declaration_under_a_new_one(file_desk: Desk) -> None:
    desk = file_desk
    desk.sign()
    last = desk.notes(TRIAL)[-1]
    shutil.rmtree(desk.signer)
    desk.begin()
    desk.again()
    desk.write(LATER)
    with pytest.raises(Refused) as refused:
        desk.sign()
    assert refused.value.code == "log.other_key"
    declare(desk.app, Folder(desk.signer), desk.app.departures, "zhao.pi", ADMINISTRATOR)
    assert Note.parse(begun_anew(desk).note) == last
    assert (begun_anew(desk).lost_from, begun_anew(desk).lost_to) == (0, 0)
    desk.again()
    assert [each.origin for each in desk.sign()] == [NEXT, origin_of(SYSTEM_LOG, 2)]


def test_a_whole_trial_log_that_is_gone_is_found_at_open(file_desk: Desk) -> None:
    desk = file_desk
    desk.sign()
    desk.cut(TRIAL, 0)
    assert [each.fault.code for each in desk.again().departures] == ["ledger.shrunk"]


def test_where_nothing_is_behind_nothing_is_declared(file_desk: Desk) -> None:
    file_desk.sign()
    with pytest.raises(NotFound) as none:
        declare(file_desk.app, Folder(file_desk.signer), (), "zhao.pi", ADMINISTRATOR)
    assert none.value.code == "ledger.nothing_to_declare"


def test_a_signer_that_is_named_and_is_not_there_keeps_the_store_from_opening(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIALOG_SIGNER", str(desk.folder / "nowhere"))
    with pytest.raises(NotFound) as none:
        desk.again()
    assert none.value.code == "signer.none"
    monkeypatch.setenv("TRIALOG_SIGNER", str(desk.signer))
    (desk.signer / "state.json").write_text("{}", "utf-8")
    with pytest.raises(Invalid) as unreadable:
        desk.opened()
    assert unreadable.value.code == "signer.unreadable"


def test_where_accounts_are_kept_the_loss_is_declared_without_signing_in(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a store that is read-only nobody can sign in: the ceremony is that of the signer's keepers."""
    scenario.given(active())
    house = House(scenario)
    folder = Folder.create(tmp_path / "signer", {})
    monkeypatch.setenv("TRIALOG_SIGNER", str(folder.path))
    Signer(folder, scenario.app).sign()
    scenario.close()
    copy = shutil.copy(scenario.location, tmp_path / "old.db")
    scenario.app = scenario.opened()
    house.sign_in(FIRST)
    Signer(folder, scenario.app).sign()
    scenario.close()
    shutil.copy(copy, scenario.location)
    scenario.app = scenario.opened()
    assert [each.log for each in scenario.app.departures] == [SYSTEM_LOG]
    assert declare(scenario.app, folder, scenario.app.departures, "zhao.pi", ADMINISTRATOR)
    scenario.close()
    scenario.app = scenario.opened()
    assert scenario.app.departures == []
    with pytest.raises(Denied) as denied:
        scenario.app.engine.execute(TRIAL, DeclareIncarnation(approver="zhao.pi"), ADMINISTRATOR)
    assert denied.value.code == "access.not_signed_in"
