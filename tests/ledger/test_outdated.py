"""A signer's folder put back from a backup signs nothing: it does not know what was signed and said since."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from adapters.held.folder import Folder
from adapters.keys.ed25519 import verified
from adapters.ledger.renewal import renew
from adapters.ledger.restore import declare
from adapters.ledger.signer import Signer
from domain.errors import Refused
from domain.identifiers import SYSTEM_LOG
from domain.ledger.note import origin_of
from domain.record import Role
from projections.verification.signed import Trust
from projections.verification.store import verify_store
from tests.ledger.desk import Desk
from tests.ledger.test_signer import Killed, killed_after
from tests.support.trial import TRIAL, course, person

ADMINISTRATOR = person(Role.ADMINISTRATOR, "the folder is lost")


def put_aside(desk: Desk, name: str) -> Path:
    """A copy of the signer's folder."""
    return Path(shutil.copytree(desk.signer, desk.folder / name))


def put_back(desk: Desk, copy: Path) -> None:
    """A copy in the place of the signer's folder."""
    shutil.rmtree(desk.signer)
    shutil.copytree(copy, desk.signer)


def refused(desk: Desk) -> str:
    """The signer refuses whatever it is asked, in one way, and neither folder nor store is changed: why."""
    folder = Folder(desk.signer)
    signer = Signer(folder, desk.app)
    before = folder.signed(), folder.seeds(), [desk.app.ledger.head(log) for log in desk.app.ledger.logs()]
    told = set()
    for asked in (
        signer.sign,
        lambda: signer.sign([TRIAL]),
        lambda: signer.rotate(ADMINISTRATOR),
        lambda: renew(desk.app, folder, "sha512", ADMINISTRATOR),
        lambda: declare(desk.app, folder, desk.app.departures, "zhao.pi", ADMINISTRATOR),
    ):
        with pytest.raises(Refused) as refusal:
            asked()
        told.add(str(refusal.value))
        assert refusal.value.code == "signer.outdated"
    assert "Put its newest copy in its place" in refusal.value.remedy
    after = folder.signed(), folder.seeds(), [desk.app.ledger.head(log) for log in desk.app.ledger.logs()]
    assert after == before
    (one,) = told
    return one


def rotated(desk: Desk) -> tuple[Path, Path]:
    """A trial whose key was changed, with the folder as it was before put back: it, and the newest."""
    desk.sign()
    old = put_aside(desk, "old")
    desk.write(course("consented", "S1-002"))
    Signer(Folder(desk.signer), desk.app).rotate(ADMINISTRATOR)
    newest = put_aside(desk, "newest")
    put_back(desk, old)
    desk.again()
    desk.write(course("consented", "S1-003"))
    return old, newest


def test_a_folder_from_before_its_key_was_changed_signs_nothing_and_its_newest_copy_goes_on(
    desk: Desk,
) -> None:
    _, newest = rotated(desk)
    assert "the log tells that its key was changed since" in refused(desk)
    put_back(desk, newest)
    assert [each.log for each in desk.sign()] == [TRIAL, SYSTEM_LOG]


def test_where_the_newest_copy_is_lost_for_good_another_signer_goes_on_by_declaration(desk: Desk) -> None:
    rotated(desk)
    shutil.move(desk.signer, desk.folder / "away")
    desk.begin()
    desk.again()
    names = [origin_of(TRIAL, 2), origin_of(SYSTEM_LOG, 2)]
    folder = Folder(desk.signer)
    assert declare(desk.app, folder, desk.app.departures, "zhao.pi", ADMINISTRATOR) == names
    desk.again()
    assert [each.origin for each in desk.sign()] == names
    assert verify_store(desk.app.reading, desk.app.ledger, Trust(verified)).findings == ()


@pytest.mark.parametrize("steps", range(1, 6))
def test_while_a_change_is_on_its_way_the_folder_from_before_it_does_not_come_between(
    file_desk: Desk, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system log is told of the new key before the log says that it was changed."""
    desk = file_desk
    desk.sign()
    old = put_aside(desk, "old")
    with monkeypatch.context() as dying, suppress(Killed):
        killed_after(steps, dying)
        Signer(Folder(desk.signer), desk.app).rotate(ADMINISTRATOR)
    begun = put_aside(desk, "begun")
    put_back(desk, old)
    desk.again()
    if len(desk.facts()) > 5:  # what was told is lasting
        assert "another key was registered" in refused(desk) or "its key was changed" in refused(desk)
    put_back(desk, begun)
    desk.sign()
    assert verify_store(desk.app.reading, desk.app.ledger, Trust(verified)).findings == ()


def test_a_folder_that_does_not_know_what_its_own_key_signed_since_signs_nothing(desk: Desk) -> None:
    desk.sign()
    old = put_aside(desk, "old")
    desk.write(course("consented", "S1-002"))
    size = desk.sign()[0].size
    put_back(desk, old)
    assert f"its key signed {size} entries since" in refused(desk)
