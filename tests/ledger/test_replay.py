"""Bringing back from a copy that is itself shorter than what was signed, altered, or signed by other keys."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from adapters.held.folder import Folder
from adapters.held.standing import departures
from adapters.ledger.restore import Stretch, lacking, replay
from adapters.ledger.signer import Signer
from adapters.store.source import StoreSource
from adapters.store.store import Store
from domain.errors import Broken, Refused
from domain.identifiers import SYSTEM_LOG
from domain.ledger.note import Key
from domain.privacy import Part
from domain.record import Role
from projections.rebuild import compare
from tests.ledger.desk import Desk
from tests.support.trial import TRIAL, course, entitled, person
from tests.verification.signed_store import changed
from workflows import privacy
from workflows.command import Command

BEFORE = 9
"""Where the trial is cut off, well before its first checkpoint."""


def keys_of(desk: Desk) -> list[Key]:
    """The keys that sign the logs now."""
    return [desk.key(), desk.key(SYSTEM_LOG)]


def copied(desk: Desk, name: str) -> Path:
    """The store as it is signed now, brought whole into a file."""
    with StoreSource(desk.location) as whole, Store(desk.folder / name, create=True) as copy:
        replay(copy, whole, departures(copy, [desk.signer]))
    return desk.folder / name


def brought(desk: Desk, copy: Path, keys: Sequence[Key] = ()) -> list[Stretch]:
    """What a copy brings back, the store opened anew before and after."""
    app = desk.again()
    assert isinstance(app.store, Store)
    with StoreSource(copy) as source:
        done = replay(app.store, source, app.departures, keys)
    desk.again()
    return done


def rows(store: Store, log: str) -> list[tuple[Any, ...]]:
    """The facts of a log with their lines, whatever the driver wraps bytes in."""
    statement = "SELECT position, data, entry, salts, nodes FROM fact WHERE trial = ? ORDER BY position"
    found = store.rows(statement, log)
    return [tuple(bytes(each) if isinstance(each, memoryview) else each for each in row) for row in found]


def test_a_shorter_copy_brings_back_what_is_signed_of_it_and_the_next_one_the_rest(desk: Desk) -> None:
    """Until all that was signed is there, the store takes no command."""
    desk.sign()
    desk.write(course("consented", "S1-002"))
    desk.sign()
    between, size = copied(desk, "between.db"), desk.app.ledger.head(TRIAL)[0]
    desk.write(course("consented", "S1-003"))
    desk.sign()
    newest, keys = copied(desk, "newest.db"), keys_of(desk)
    assert isinstance(desk.app.store, Store)
    whole = {log: rows(desk.app.store, log) for log in (TRIAL, SYSTEM_LOG)}
    desk.cut(TRIAL, BEFORE)
    desk.cut(SYSTEM_LOG, 0)
    first = brought(desk, between, keys)
    assert first[0] == Stretch(TRIAL, BEFORE + 1, size)
    assert [each.log for each in first] == [TRIAL, SYSTEM_LOG]
    assert [each.fault.code for each in desk.app.departures] == ["ledger.shrunk", "ledger.shrunk"]
    left = lacking(desk.app.ledger, desk.app.departures)
    assert left == [
        Stretch(TRIAL, size + 1, len(whole[TRIAL])),
        Stretch(SYSTEM_LOG, first[1].last + 1, len(whole[SYSTEM_LOG])),
    ]
    with pytest.raises(Refused, match=r"ledger\.behind"):
        desk.app.engine.execute(TRIAL, *_later())
    assert compare(desk.app.reading, TRIAL)[1] == []
    assert brought(desk, newest) == left
    assert desk.app.departures == []
    assert isinstance(desk.app.store, Store)
    assert {log: rows(desk.app.store, log) for log in (TRIAL, SYSTEM_LOG)} == whole
    desk.write(course("consented", "S1-004"))
    desk.sign()


def _later() -> tuple[Command, Any]:
    command = course("consented", "S1-009")[0]
    return command, entitled(command)


def refused(desk: Desk, copy: Path, keys: Sequence[Key] = ()) -> str:
    """A copy brings nothing back: with which code, and the store is as it was."""
    app = desk.again()
    heads = [app.ledger.head(log) for log in (TRIAL, SYSTEM_LOG)]
    assert isinstance(app.store, Store)
    with StoreSource(copy) as source, pytest.raises((Broken, Refused)) as error:
        replay(app.store, source, app.departures, keys)
    assert [app.ledger.head(log) for log in (TRIAL, SYSTEM_LOG)] == heads
    return error.value.code


@pytest.fixture
def short(file_desk: Desk) -> Path:
    """A copy that holds what was signed first, and a fact that nothing signs; the store has lost both, and
    what was signed after.
    """
    file_desk.sign()
    old = file_desk.backup("old.db")
    file_desk.write(course("consented", "S1-002"))
    file_desk.sign()
    file_desk.write(course("consented", "S1-003"))
    copy = file_desk.backup("short.db")
    file_desk.write(course("consented", "S1-004"))
    file_desk.sign()
    file_desk.restore(old)
    return copy


def test_of_a_shorter_copy_nothing_comes_back_that_no_key_that_counts_has_signed(
    file_desk: Desk, short: Path
) -> None:
    desk = file_desk
    other = Signer(Folder.create(desk.folder / "other", {}), desk.app).keys_of(TRIAL)[0].key
    for keys in ((), (other,), (desk.key(SYSTEM_LOG)._replace(name="trialog/T-9"),)):
        assert refused(desk, short, keys) == "ledger.nothing_to_bring"
    with StoreSource(short) as source:
        signed = max(each.size for each in source.anchors(TRIAL))
        assert source.head(TRIAL)[0] > signed
    assert brought(desk, short, keys_of(desk))[0].last == signed


@pytest.mark.parametrize("is_whole", [True, False])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE fact SET data = CAST(data || ' ' AS BLOB) WHERE trial = ? AND position = 17",
        "UPDATE command SET reason_text = 'edited' WHERE trial = ? AND first <= 17 AND last >= 17",
        "UPDATE fact SET data = CAST(data || ' ' AS BLOB) WHERE trial = ? AND position = 3",
    ],
)
def test_a_copy_that_was_altered_brings_nothing_back(file_desk: Desk, change: str, is_whole: bool) -> None:
    """Its lines and roots are as they were signed, and what they commit to is not: also where it has all."""
    desk = file_desk
    desk.sign()
    old = desk.backup("old.db")
    desk.write(course("consented", "S1-002"), course("consented", "S1-003"))
    desk.sign()
    copy = desk.backup("copy.db")
    if not is_whole:
        desk.write(course("consented", "S1-004"))
        desk.sign()
    desk.restore(old)
    assert changed(copy, (change, (TRIAL,))) == 1
    assert refused(desk, copy, keys_of(desk)) == "ledger.not_verified"


def test_a_copy_in_which_something_was_destroyed_by_what_is_not_signed_brings_nothing_back(
    file_desk: Desk,
) -> None:
    """Without the order, it would look as if somebody had altered it."""
    desk = file_desk
    desk.sign()
    old = desk.backup("old.db")
    desk.write(course("consented", "S1-002"))
    desk.sign()
    asked = privacy.RequestRedaction(position=3, part=Part.FACT, field="document", ground="a name")
    agreed = privacy.ApproveRedaction(redaction="3-document")
    desk.app.engine.execute(TRIAL, asked, person(Role.DATA_MANAGER))
    desk.app.engine.execute(TRIAL, agreed, person(Role.PRINCIPAL_INVESTIGATOR))
    copy = desk.backup("copy.db")
    desk.write(course("consented", "S1-003"))
    desk.sign()
    desk.restore(old)
    changed(copy, ("UPDATE fact SET data = x'00' WHERE trial = ? AND position = 3", (TRIAL,)))
    assert refused(desk, copy, keys_of(desk)) == "ledger.not_verified"


def test_a_shorter_copy_of_another_history_is_told_by_what_the_signer_holds(
    file_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where whoever made it has the secret, and signed it."""
    desk = file_desk
    other = Desk(desk.folder, str(desk.folder / "other.db"))
    desk.sign()
    old = desk.backup("old.db")
    desk.write(course("consented", "S1-002"), course("consented", "S1-003"))
    desk.sign()
    monkeypatch.delenv("TRIALOG_SIGNER")
    folder = Folder.create(desk.folder / "thief", {})
    (folder.path / "secret.keys").write_bytes((desk.signer / "secret.keys").read_bytes())
    other.write(course("consented", "S1-008"))
    Signer(folder, other.app).sign()
    other.app.close()
    monkeypatch.setenv("TRIALOG_SIGNER", str(desk.signer))
    desk.restore(old)
    assert refused(desk, Path(other.location), keys_of(desk)) == "ledger.rewritten"


def test_a_copy_from_beyond_a_lost_rotation_counts_to_the_checkpoint_that_bears_both_keys(
    file_desk: Desk,
) -> None:
    """Beyond it with the new key, which was filed."""
    desk = file_desk
    desk.sign()
    old, was = desk.backup("old.db"), keys_of(desk)
    Signer(Folder(desk.signer), desk.app).rotate(person(Role.ADMINISTRATOR))
    both = desk.app.ledger.head(TRIAL)[0]
    desk.write(course("consented", "S1-002"))
    desk.sign()
    beyond, copy = desk.app.ledger.head(TRIAL)[0], desk.backup("copy.db")
    desk.write(course("consented", "S1-003"))
    desk.sign()
    desk.restore(old)
    assert brought(desk, copy, was)[0].last == both
    assert brought(desk, copy, keys_of(desk))[0] == Stretch(TRIAL, both + 1, beyond)
