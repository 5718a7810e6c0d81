"""The allocation is nowhere in clear, nothing in clear tells it, and without the key nobody allocates."""

from __future__ import annotations

import base64
import errno
import os
import re
import stat
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from adapters.app import App
from adapters.clock import SeededNames, SetClock
from adapters.keys.key_file import key_file_of, read_keys, write_keys
from adapters.store import Store
from domain.allocation import allocation_list, commitment, parameters_of
from domain.errors import Denied, Invalid, TrialogError
from domain.record import Role
from tests.support.trial import LOT, START, TRIAL, active, course, day, entitled, person, small
from trialog.bootstrap import open_app
from workflows import infusion, participant, trial
from workflows.command import COMMANDS, Command, Issue, Receipt

PROTOCOL = small({"enrolment.target": 16})
CODES = [f"S1-{number:03}" for number in range(1, 13)]
SECRETS = ("5e" * 32, "a7" * 32)
TABLES = ("command", "fact", "document", "document_key", "store", "tracking")
NAMES_ITS_ARMS = {"trial.protocol_adopted.v1", "trial.allocation_list_sealed.v1"}
"""Facts that name the arms there are, as the protocol does; who got which is in neither."""
TOLD_APART = re.compile(r"by-vein|by-artery|\bvein\b|\bartery\b")


@pytest.fixture(autouse=True)
def _keys_of_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server's keys would lie in the home folder."""
    monkeypatch.setenv("TRIALOG_KEYS", str(tmp_path / "keys"))


def opened(url: str, *, create: bool = False, at: SetClock | None = None, seeded: bool = False) -> App:
    """The store, opened by a process of its own; `seeded`: with names and nonces that are always the same."""
    clock = at or SetClock(day(1, "12:00").earliest)
    if not seeded:
        return open_app(url, create=create, clock=clock)
    return open_app(url, create=create, clock=clock, names=SeededNames(1), entropy=Random(1).randbytes)


def route_of(secret: str, place: int) -> str:
    """The route that the list holds for a place."""
    arms = allocation_list(bytes.fromhex(secret), parameters_of(PROTOCOL.protocol))
    return str(PROTOCOL.protocol.arm_plans[arms[place - 1]].route)


def test_a_key_file_that_the_disk_has_no_room_for_is_not_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as crowded:
        crowded.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            write_keys(tmp_path / "keys", {"allocation": bytes(32)})
    write_keys(tmp_path / "keys", {"allocation": bytes(32)})
    assert read_keys(tmp_path / "keys") == {"allocation": bytes(32)}


def played(url: str, secret: str) -> App:
    """A trial whose participants are allocated from the list of this secret, and infused by their route."""
    clock = SetClock(START)
    app = opened(url, create=True, at=clock, seeded=True)
    commands: list[Command] = [
        trial.SealList(secret=secret) if isinstance(each, trial.SealList) else each
        for each in active(PROTOCOL)
    ]
    for place, code in enumerate(CODES, start=1):
        commands += infused(code, place, route_of(secret, place))
    outcomes = app.engine.execute_many(TRIAL, list(issues(commands, clock)))
    assert [each for each in outcomes if not isinstance(each, Receipt)] == []
    return app


def infused(code: str, place: int, route: str) -> Iterator[Command]:
    """A participant's course to the end of the infusion: every third one is reported, not led by steps."""
    for each in course("closed" if place % 3 else "randomized", code, place, PROTOCOL):
        by_route = isinstance(each, infusion.PlaceAccess)
        yield each.model_copy(update={"route": route} if by_route else {})
    if not place % 3:
        yield infusion.RecordInfusion(participant=code, at=day(0, "11:59"), route=route, lot=LOT)


def issues(commands: list[Command], clock: SetClock) -> Iterator[Issue]:
    """The commands as issued, one second after the other."""
    for each in commands:
        clock.advance(seconds=1)
        yield Issue(each, entitled(each))


def rows(app: App) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Every row of every table, with the table's name; of salts and nodes of the ledger, their lengths."""
    assert isinstance(app.store, Store)
    for table in TABLES:
        for row in sorted(app.store.rows(f"SELECT * FROM {table}"), key=repr):  # noqa: S608 - our own names
            told = (*row[:-2], *map(len, row[-2:])) if table == "fact" else row
            yield table, tuple(each.decode() if isinstance(each, bytes) else each for each in told)


def everything(app: App) -> str:
    """All the store holds, as text."""
    return repr(list(rows(app)))


@pytest.mark.requirement("RN-03")
def test_no_fact_document_or_journal_entry_tells_an_arm_in_clear(store_url: str) -> None:
    app = played(store_url, SECRETS[0])
    told = {
        (table, *row[1:3])
        for table, row in rows(app)
        if TOLD_APART.search(repr(row)) and not NAMES_ITS_ARMS & set(row)
    }
    app.close()
    # The trial's own state holds its protocol, and the parameters of the list: they name the arms there are.
    assert told == {("document", "trial.v1", "")}


def test_the_secret_of_the_list_is_nowhere_in_clear(store_url: str) -> None:
    app = played(store_url, SECRETS[0])
    secret = bytes.fromhex(SECRETS[0])
    text = everything(app)
    app.close()
    forms = [SECRETS[0], SECRETS[0].upper(), base64.b64encode(secret).decode()[:40], repr(secret)[2:-1]]
    assert [form for form in forms if form in text] == []
    if "://" not in store_url:
        for file in Path(store_url).parent.glob("trialog.db*"):
            stored = file.read_bytes()
            assert secret not in stored
            assert SECRETS[0].encode() not in stored


@pytest.mark.requirement("RN-04")
def test_two_stores_with_other_lists_differ_in_nothing_but_what_is_sealed(tmp_path: Path) -> None:
    """Topics, counts, order, sizes, times and hashes are the same, whoever got which arm."""
    first, second = [
        _without_seals(everything(played(str(tmp_path / f"{secret[:2]}.db"), secret)), secret)
        for secret in SECRETS
    ]
    lists = [[route_of(secret, place) for place in range(1, 13)] for secret in SECRETS]
    assert lists[0] != lists[1]
    assert first == second


def _without_seals(text: str, secret: str) -> str:
    """The text with every nonce and ciphertext replaced by its length, and the commitments taken out: the
    published one, and those in lines of the ledger, which are salted.
    """
    text = re.sub(r'"(fact|envelope)":"[0-9a-f]{64}"', "", text)
    text = re.sub(r'"(nonce|text)":"([^"]*)"', lambda seal: f"{seal[1]}: {len(seal[2])}", text)
    published = commitment(bytes.fromhex(secret), parameters_of(PROTOCOL.protocol))
    assert published in text
    return text.replace(published, "the commitment")


def test_a_command_that_would_tell_an_arm_leaves_it_out_of_the_journals_hash() -> None:
    telling = {"arm", "route", "secret"}
    named = {kind: telling & set(command.model_fields) for kind, command in COMMANDS.items()}
    assert {kind for kind, fields in named.items() if fields} == {
        "infusion.place_access",
        "infusion.record",
        "participant.record_randomization",
        "trial.seal_list",
    }
    assert [kind for kind, fields in named.items() if not fields <= COMMANDS[kind].SEALED] == []


def test_a_seal_of_one_kind_has_one_length_whichever_arm_is_in_it(store_url: str) -> None:
    app = played(store_url, SECRETS[0])
    lengths: dict[str, set[tuple[int, int]]] = defaultdict(set)
    arms = set()
    for record in app.reading.replay(TRIAL):
        for name, value in record.fact:
            if type(value).__name__ == "Sealed":
                lengths[f"{record.fact.TOPIC} {name}"].add((len(value.nonce), len(value.text)))
                if name == "allocation":
                    arms.add(app.vault.open(value).strip())
    app.close()
    assert arms == {"by-vein", "by-artery"}
    assert lengths.keys() >= {"participant.randomized.v1 allocation", "infusion.access_placed.v1 details"}
    assert {kind: len(each) for kind, each in lengths.items()} == dict.fromkeys(lengths, 1)


def test_no_two_seals_share_a_nonce(tmp_path: Path) -> None:
    app = open_app(str(tmp_path / "trial.db"), create=True, clock=SetClock(START))  # the system's entropy
    nonces = [app.vault.seal("allocation", "by-vein").nonce for _ in range(2000)]
    app.close()
    assert len(set(nonces)) == 2000


# ---------------------------------------------------------------- the key file


@pytest.mark.skipif(os.name != "posix", reason="permissions of files are POSIX's")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_key_file_is_its_owners_alone_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        opened(str(tmp_path / "trial.db"), create=True).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="permissions of files are POSIX's")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666, 0o777])
def test_a_key_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    url = str(tmp_path / "trial.db")
    opened(url, create=True).close()
    (tmp_path / "keys").chmod(mode)
    with pytest.raises(Denied) as denied:
        opened(url)
    assert denied.value.code == "keys.readable"
    assert str(denied.value).endswith("may be read by others. chmod 600 it. (keys.readable)")


def test_a_sqlite_stores_keys_lie_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRIALOG_KEYS")
    url = str(tmp_path / "trial.db")
    opened(url, create=True).close()
    assert key_file_of(url) == tmp_path / "trial.db.keys"
    assert read_keys(tmp_path / "trial.db.keys").keys() == {"allocation"}


def test_a_key_file_is_never_replaced(tmp_path: Path) -> None:
    url = str(tmp_path / "trial.db")
    opened(url, create=True).close()
    before = (tmp_path / "keys").read_bytes()
    opened(url, create=True).close()
    with pytest.raises(Invalid, match="there is a key file already"):
        write_keys(tmp_path / "keys", {})
    assert (tmp_path / "keys").read_bytes() == before


# ---------------------------------------------------------------- without the key


@pytest.mark.requirement("RN-03")
def test_without_the_key_nobody_is_randomized_and_nothing_changes(store_url: str, tmp_path: Path) -> None:
    app = prepared_without_key(store_url, tmp_path, *active(PROTOCOL), *course("eligible"))
    before = everything(app)
    error = denied(app, participant.Randomize(participant="S1-001"), Role.INVESTIGATOR)
    assert str(error) == (
        "the key 'allocation' is not held here. Put the key file beside the store. (seal.no_key)"
    )
    assert everything(app) == before
    assert not (tmp_path / "keys").exists()
    app.engine.execute(TRIAL, course("consented", "S1-002")[0], person(Role.COORDINATOR))
    app.close()
    (tmp_path / "keys.elsewhere").rename(tmp_path / "keys")
    with_key = opened(store_url)
    with_key.engine.execute(TRIAL, participant.Randomize(participant="S1-001"), person(Role.INVESTIGATOR))
    assert with_key.view(TRIAL).enrolment.allocated == 1
    with_key.close()


def test_without_the_key_no_list_is_sealed_and_no_secret_revealed(tmp_path: Path) -> None:
    url = str(tmp_path / "trial.db")
    app = prepared_without_key(url, tmp_path, active(PROTOCOL)[0])
    denied(app, trial.SealList(secret="00" * 32), Role.STATISTICIAN)
    app.close()
    (tmp_path / "keys.elsewhere").rename(tmp_path / "keys")
    app = opened(url)
    rest = [*active(PROTOCOL)[1:], trial.CloseEnrolment(), trial.LockTrial()]
    for each in rest:
        app.engine.execute(TRIAL, each, entitled(each))
    app.close()
    (tmp_path / "keys").unlink()
    app = opened(url)
    before = everything(app)
    denied(app, trial.RevealSecret(), Role.STATISTICIAN)
    assert everything(app) == before
    app.close()


def test_a_key_of_another_store_opens_nothing(tmp_path: Path) -> None:
    url = str(tmp_path / "trial.db")
    prepared_without_key(url, tmp_path, *active(PROTOCOL), *course("eligible")).close()
    write_keys(tmp_path / "keys", {"allocation": bytes(32)})
    app = opened(url)
    before = everything(app)
    with pytest.raises(TrialogError) as broken:
        app.engine.execute(TRIAL, participant.Randomize(participant="S1-001"), person(Role.INVESTIGATOR))
    assert broken.value.code == "seal.broken"
    assert everything(app) == before
    app.close()


def prepared_without_key(url: str, folder: Path, *commands: Command) -> App:
    """A store in which these commands were executed, opened where its key file is not."""
    clock = SetClock(START)
    app = opened(url, create=True, at=clock)
    outcomes = app.engine.execute_many(TRIAL, list(issues(list(commands), clock)))
    assert [each for each in outcomes if not isinstance(each, Receipt)] == []
    app.close()
    (folder / "keys").rename(folder / "keys.elsewhere")
    return opened(url)


def denied(app: App, command: Command, role: Role) -> Denied:
    """The error of a command that needs the key."""
    with pytest.raises(Denied) as error:
        app.engine.execute(TRIAL, command, person(role))
    assert error.value.code == "seal.no_key"
    assert "\n" not in str(error.value)
    return error.value
