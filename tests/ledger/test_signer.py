"""The signer on a real store: what it signs, what it refuses, and what a crash leaves."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress

import pytest

from adapters.held.folder import Folder
from adapters.keys.ed25519 import verified
from adapters.ledger.signer import Signer
from adapters.store.store import Store
from domain.errors import Broken, Denied, Invalid, Refused
from domain.identifiers import SYSTEM_LOG
from domain.ledger.note import Checkpoint, Note, origin_of
from domain.ledger.tree import peaks_of
from domain.record import Role
from domain.signed_log import CheckpointSigned, KeyRegistered, KeyRotated, LogOpened
from projections.rebuild import compare
from tests.ledger.desk import Desk
from tests.support.trial import TRIAL, course, person
from workflows import participant

ORIGIN, SYSTEM = origin_of(TRIAL), origin_of(SYSTEM_LOG)
ADMINISTRATOR = person(Role.ADMINISTRATOR)


def test_signing_opens_the_logs_registers_their_keys_and_signs_the_system_log_last(desk: Desk) -> None:
    made = desk.sign()
    head = desk.app.ledger.head(TRIAL)[0]
    assert [(each.origin, each.size) for each in made] == [
        (ORIGIN, head),
        (SYSTEM, desk.app.ledger.head(SYSTEM_LOG)[0]),
    ]
    opened, registered, checkpoint, *system = desk.facts()
    assert opened == LogOpened(log=TRIAL, origin=ORIGIN)
    assert registered == KeyRegistered(log=TRIAL, origin=ORIGIN, vkey=str(desk.key()))
    assert isinstance(checkpoint, CheckpointSigned)
    assert (checkpoint.origin, checkpoint.size) == (ORIGIN, head)
    assert [type(fact) for fact in system] == [LogOpened, KeyRegistered]
    assert desk.check(TRIAL, desk.key()) == 1
    assert desk.check(SYSTEM_LOG, desk.key(SYSTEM_LOG)) == 1


def test_without_news_nothing_is_signed_and_nothing_is_written(desk: Desk) -> None:
    desk.sign()
    heads = [desk.app.ledger.head(log) for log in (TRIAL, SYSTEM_LOG)]
    assert desk.sign() == []
    assert [desk.app.ledger.head(log) for log in (TRIAL, SYSTEM_LOG)] == heads


def test_every_checkpoint_continues_the_last_and_is_told_in_the_system_log(desk: Desk) -> None:
    sizes = []
    for code in ("S1-002", "S1-003", "S1-004"):
        desk.write(course("consented", code))
        sizes.append(desk.sign()[0].size)
    told = [(fact.origin, fact.size) for fact in desk.facts() if isinstance(fact, CheckpointSigned)]
    assert told == [(ORIGIN, size) for size in sizes]
    assert desk.check(TRIAL, desk.key()) == 3
    assert compare(desk.app.reading, SYSTEM_LOG)[1] == []


def test_a_store_without_any_history_has_nothing_to_sign(desk: Desk) -> None:
    store = Store(str(desk.folder / "empty.db"), create=True)
    store.close()
    desk.location = str(desk.folder / "empty.db")
    desk.again()
    assert desk.sign() == []


# ---------------------------------------------------------------- what it refuses


def refused(desk: Desk) -> Broken:
    """The signer refuses, names the log, and signs nothing."""
    before = Folder(desk.signer).signed()
    with pytest.raises(Broken) as broken:
        desk.sign()
    assert broken.value.where == ORIGIN
    assert Folder(desk.signer).signed() == before
    return broken.value


def test_a_log_that_has_shrunk_is_not_signed(desk: Desk) -> None:
    size = desk.sign()[0].size
    desk.cut(TRIAL, size - 1)
    assert refused(desk).code == "ledger.shrunk"


def test_a_tree_that_was_rewritten_before_its_checkpoint_is_not_signed_and_the_place_is_told(
    desk: Desk,
) -> None:
    size = desk.sign()[0].size
    last = peaks_of(size)[0].last_leaf + 1
    (line,) = desk.app.ledger.stored_lines(TRIAL, after=last - 1, upto=last)
    nodes = (line.nodes or b"")[:-1] + b"x"
    desk.tamper("UPDATE fact SET nodes = ? WHERE trial = ? AND position = ?", nodes, TRIAL, last)
    desk.write(course("consented", "S1-002"))
    broken = refused(desk)
    assert broken.code == "ledger.rewritten"
    assert f"positions 1 to {last} " in broken.message


def test_a_whole_history_written_anew_is_not_signed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the forged store everything fits together: only the signer's own memory tells it."""
    desk.sign()
    monkeypatch.delenv("TRIALOG_SIGNER")
    forged = Desk(desk.folder, str(desk.folder / "forged.db"))
    assert compare(forged.app.reading, TRIAL)[1] == []
    assert refused(forged).code == "ledger.rewritten"
    forged.app.close()


CHANGED = "UPDATE fact SET entry = replace(entry, '{}', '{}') WHERE trial = ? AND position = ?"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE fact SET entry = '' WHERE trial = ? AND position = ?", "ledger.no_line"),
        ("DELETE FROM fact WHERE trial = ? AND position = ?", "ledger.no_line"),
        (CHANGED.format('"v":1', '"v":2'), "ledger.tree_differs"),
        (CHANGED.format('"position":', '"position":9'), "ledger.no_line"),
    ],
    ids=["line deleted", "fact deleted", "line changed", "line of another position"],
)
def test_new_entries_that_are_not_whole_are_not_signed(desk: Desk, statement: str, code: str) -> None:
    size = desk.sign()[0].size
    desk.write(course("consented", "S1-002"))
    desk.tamper(statement, TRIAL, size + 1)
    assert refused(desk).code == code


def test_another_signer_is_refused_where_a_log_has_one(desk: Desk) -> None:
    desk.sign()
    desk.signer = desk.folder / "other"
    desk.begin()
    desk.write(course("consented", "S1-002"))
    with pytest.raises(Refused) as refusal:
        desk.sign()
    assert refusal.value.code == "log.other_key"
    assert desk.check(TRIAL, Signer(Folder(desk.folder / "signer"), desk.app).keys_of(TRIAL)[0].key) == 1


def test_a_key_that_others_may_read_is_not_used(desk: Desk) -> None:
    (desk.signer / "secret.keys").chmod(0o644)
    with pytest.raises(Denied) as denied:
        desk.sign()
    assert denied.value.code == "keys.readable"


# ---------------------------------------------------------------- rotation


def checkpoint_of(note: Note) -> Checkpoint:
    return Checkpoint.parse(note.text)


class Killed(BaseException):
    """The process ends here."""


def killed_after(steps: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have the process end after so many of the signer's lasting steps; what tells how to let it live."""
    left = [steps]

    def counted(run: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object, **more: object) -> object:
            if not left[0]:
                raise Killed
            left[0] -= 1
            return run(*args, **more)

        return step

    monkeypatch.setattr(Folder, "keep", counted(Folder.keep))
    monkeypatch.setattr(Folder, "add_seed", counted(Folder.add_seed))
    monkeypatch.setattr(Folder, "destroy_oldest", counted(Folder.destroy_oldest))
    monkeypatch.setattr(Store, "keep", counted(Store.keep))
    monkeypatch.setattr(Signer, "_tell", counted(Signer._tell))
    return monkeypatch.undo


def test_a_rotation_is_told_under_the_old_key_and_signed_by_both_then_by_the_new_one(desk: Desk) -> None:
    desk.sign()
    old = desk.key()
    Signer(Folder(desk.signer), desk.app).rotate(ADMINISTRATOR)
    new = desk.key()
    assert old != new
    note = desk.notes(TRIAL)[-1]
    assert note.signed_by(old, verified)
    assert note.signed_by(new, verified)
    assert desk.facts(TRIAL)[-1] == KeyRotated(origin=ORIGIN, old=str(old), new=str(new))
    assert KeyRegistered(log=TRIAL, origin=ORIGIN, vkey=str(new)) in desk.facts()
    assert isinstance(desk.facts()[-1], KeyRotated)
    desk.write([participant.Randomize(participant="S1-001")])
    desk.sign()
    note = desk.notes(TRIAL)[-1]
    assert not note.signed_by(old, verified)
    assert note.signed_by(new, verified)
    assert desk.check(TRIAL, old, new) == 3
    assert len(Folder(desk.signer).seeds()) == 1


@pytest.mark.parametrize("steps", range(14))
def test_a_rotation_that_was_cut_short_is_ended_by_the_next_signing(
    file_desk: Desk, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = file_desk
    desk.sign()
    old, old_system = desk.key(), desk.key(SYSTEM_LOG)
    with monkeypatch.context() as dying, suppress(Killed):
        killed_after(steps, dying)
        Signer(Folder(desk.signer), desk.app).rotate(ADMINISTRATOR)
    desk.again()
    desk.write(course("consented", "S1-002"))
    desk.sign()
    new = desk.key()
    assert len([fact for fact in desk.facts(TRIAL) if isinstance(fact, KeyRotated)]) == (old != new)
    assert desk.check(TRIAL, old, new) == len(desk.notes(TRIAL))
    assert any(all(note.signed_by(key, verified) for key in (old, new)) for note in desk.notes(TRIAL))
    assert desk.check(SYSTEM_LOG, old_system, desk.key(SYSTEM_LOG)) == len(desk.notes(SYSTEM_LOG))
    assert len(Folder(desk.signer).seeds()) == 1


def test_a_rotation_by_somebody_who_may_not_signs_nothing_and_leaves_the_key_as_it_was(desk: Desk) -> None:
    desk.sign()
    desk.write(course("consented", "S1-002"))
    before, heads = desk.key(), [desk.app.ledger.head(log) for log in (TRIAL, SYSTEM_LOG)]
    with pytest.raises(Denied):
        Signer(Folder(desk.signer), desk.app).rotate(person(Role.COORDINATOR))
    assert desk.key() == before
    assert [desk.app.ledger.head(log) for log in (TRIAL, SYSTEM_LOG)] == heads
    assert [each.log for each in desk.sign()] == [TRIAL, SYSTEM_LOG]  # what waited, waits still


def test_what_the_folder_holds_is_read_back_as_it_was(desk: Desk) -> None:
    made = desk.sign()
    assert {each.origin: each for each in made} == Folder(desk.signer).signed()
    assert [checkpoint_of(Note.parse(each.note)).root for each in made] == [each.root for each in made]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "[" * 100_000,
        lambda text: re.sub(r'"size": \d+', '"size": 1e400', text),
        lambda text: re.sub(r'"size": (\d+)', lambda found: f'"size": {int(found[1]) + 1}', text),
        lambda text: "",
    ],
)
def test_a_state_that_somebody_edited_is_told_as_unreadable(desk: Desk, change: Callable[[str], str]) -> None:
    state = desk.signer / "state.json"
    desk.sign()
    state.write_text(change(state.read_text("utf-8")), "utf-8")
    with pytest.raises(Invalid, match=r"signer\.unreadable"):
        desk.sign()


def test_a_state_with_a_tree_of_another_history_signs_nothing(desk: Desk) -> None:
    desk.sign()
    state = desk.signer / "state.json"
    held = json.loads(state.read_text("utf-8"))
    held["logs"][f"trialog/{TRIAL}"]["peaks"][0] = "A" * 43 + "="
    state.write_text(json.dumps(held), "utf-8")
    with pytest.raises(Broken, match=r"ledger\.rewritten"):
        desk.sign()
