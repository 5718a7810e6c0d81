"""After a restore, whichever way on was taken: the store verifies, and its bundle does by both verifiers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from adapters.bundle.service import made
from adapters.bundle.source import BundleSource, is_bundle
from adapters.held.folder import Folder
from adapters.keys.ed25519 import verified
from adapters.ledger.restore import declare, replay
from adapters.store.source import StoreSource
from adapters.store.store import Store
from adapters.zipped import unzipped
from domain.errors import Broken, Refused
from domain.identifiers import SYSTEM_LOG
from domain.ledger.note import Checkpoint, Note
from projections.verification.signed import Kept, Trust
from projections.verification.store import Verification, verify_store
from tests.ledger.desk import Desk
from tests.ledger.test_restore import ADMINISTRATOR, LATER, NEXT, ORIGIN, restored
from tests.support.trial import TRIAL, course
from tests.verification.shipped import Places, both, resealed
from tests.verification.signed_store import RELEASE, asked

TABLES = ("command", "fact", "document", "document_key")


def tables(store: Store) -> dict[str, list[Any]]:
    """The rows of a trial in every table that its facts fill."""
    whole = "SELECT * FROM {} WHERE trial = ? ORDER BY 2, 3"
    return {table: store.rows(whole.format(table), TRIAL) for table in TABLES}


def verification(desk: Desk, *notes: str) -> Verification:
    """What verifying the store finds, with checkpoints from outside."""
    given = [Kept(Checkpoint.parse(note.text).size, note) for note in map(Note.parse, notes)]
    return verify_store(desk.app.reading, desk.app.ledger, Trust(verified), given=given)


def handed_out(desk: Desk) -> bytes:
    """The whole trial as a bundle."""
    return made(desk.app, asked(desk.app.ledger.head(TRIAL)[0]), RELEASE)[0]


def test_what_was_brought_back_verifies(file_desk: Desk, tmp_path: Path) -> None:
    desk = file_desk
    _, lost = restored(desk)
    assert {each.log for each in verification(desk).findings} == set()
    assert isinstance(desk.app.store, Store)
    held = [desk.state(ORIGIN).note]
    assert {str(each.check) for each in verification(desk, *held).findings} == {"checkpoint"}
    with StoreSource(lost) as source:
        replay(desk.app.store, source, desk.app.departures)
    desk.again()
    desk.write(LATER)
    desk.sign()
    assert verification(desk, *held).findings == ()
    assert both(handed_out(desk), tmp_path, "", tuple(held)) == set()


@pytest.fixture
def anew(file_desk: Desk) -> Desk:
    """A log that lost signed entries, was declared anew, went on and is signed."""
    restored(file_desk)
    declare(file_desk.app, Folder(file_desk.signer), file_desk.app.departures, "zhao.pi", ADMINISTRATOR)
    file_desk.again()
    file_desk.write(LATER)
    file_desk.sign()
    return file_desk


def test_what_was_declared_anew_verifies_and_says_so(anew: Desk, tmp_path: Path) -> None:
    was = anew.state(ORIGIN)
    found = verification(anew, was.note)
    assert found.findings == ()
    lives = {each.log: each.lives for each in found.logs}
    assert [(life.origin, len(life.lost)) for life in lives[TRIAL]] == [(ORIGIN, 2), (NEXT, 0)]
    assert len(lives[SYSTEM_LOG]) == 2
    assert both(handed_out(anew), tmp_path, "", (was.note,)) == set()


def changed(data: bytes, name: str, pattern: bytes, other: bytes) -> bytes:
    """The bundle with something of a file replaced, sums made to fit."""
    files = dict(unzipped(data).files)
    files[name], count = re.subn(pattern, other, files[name])
    assert count
    return resealed(files)


def checks(found: Places) -> set[str]:
    """In which respects something was found."""
    return {check for _, _, check in found}


def test_both_hold_a_former_name_to_what_was_declared_of_it(anew: Desk, tmp_path: Path) -> None:
    """A checkpoint under it that is past its end and not declared lost; and one under a name never had."""
    data, was = handed_out(anew), anew.state(ORIGIN)
    size = was.size
    for text in (f"{ORIGIN}\n{size + 1}\n", f"{ORIGIN}/3\n{size}\n"):
        root = was.note.split("\n")[2]
        signature = was.note.rpartition("\n\n")[2]
        held = f"{text}{root}\n\n{signature}"
        assert checks(both(data, tmp_path, "", (held,))) == {"checkpoint"}
    less = changed(data, "trial/ledger.txt", rb'"lost_to":\d+', b'"lost_to":0')
    assert "fact" in checks(both(less, tmp_path, "", (was.note,)))
    assert "checkpoint" in checks(both(less, tmp_path, "", (was.note,)))


def test_a_whole_bundle_brings_back_its_trial_and_the_system_log_is_declared(
    file_desk: Desk, tmp_path: Path
) -> None:
    desk = file_desk
    desk.sign()
    old = desk.backup("old.db")
    desk.write(course("consented", "S1-002"))
    desk.sign()
    store = desk.app.store
    assert isinstance(store, Store)
    known = tables(store)
    bundle = tmp_path / "trial.zip"
    bundle.write_bytes(handed_out(desk))
    desk.restore(old)
    store = desk.app.store
    assert isinstance(store, Store)
    assert is_bundle(bundle)
    assert not is_bundle(old)
    source = BundleSource(bundle)
    of_trial = [each for each in desk.app.departures if each.log == source.log]
    assert [each.log for each in replay(store, source, of_trial)] == [TRIAL]
    assert tables(store) == known
    app = desk.again()
    assert [each.log for each in app.departures] == [SYSTEM_LOG]
    declare(app, Folder(desk.signer), app.departures, "zhao.pi", ADMINISTRATOR)
    desk.again()
    desk.write(LATER)
    desk.sign()
    assert verification(desk).findings == ()
    assert both(handed_out(desk), tmp_path) == set()


def test_a_bundle_that_was_changed_or_lacks_something_brings_nothing_back(
    file_desk: Desk, tmp_path: Path
) -> None:
    desk = file_desk
    desk.sign()
    path = tmp_path / "trial.zip"
    whole = handed_out(desk)
    path.write_bytes(changed(whole, "trial/ledger.txt", rb"S1-001", b"S1-009"))
    with pytest.raises(Broken) as broken:
        BundleSource(path)
    assert broken.value.code == "bundle.not_verified"
    path.write_bytes(made(desk.app, asked(desk.app.ledger.head(TRIAL)[0], participant="S1-001"), RELEASE)[0])
    with pytest.raises(Refused) as refused:
        BundleSource(path)
    assert refused.value.code == "bundle.not_everything"
