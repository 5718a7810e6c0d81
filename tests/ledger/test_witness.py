"""Witnesses: what they are asked, what they answer, what they refuse; the policy's quorum at the store."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.held.folder import Folder
from adapters.keys.ed25519 import verified
from adapters.ledger.checkpoints import kept
from adapters.ledger.signer import Signer
from adapters.ledger.witness import cosign, create, keep_cosignature, key_of, request, trust
from domain.errors import Broken, Conflict, Denied, Invalid, NotFound, TrialogError
from domain.identifiers import SYSTEM_LOG
from domain.ledger.note import Checkpoint, Note
from domain.ledger.policy import Policy
from domain.ledger.witnessing import Request
from domain.record import Role
from tests.ledger.desk import Desk
from tests.support.trial import TRIAL, course, person
from trialog.command_line import whole_command_line

NAME = "hospital.example/pi"


@pytest.fixture
def witness(file_desk: Desk) -> Folder:
    """A witness that knows the key of the trial's log, which is signed."""
    file_desk.sign()
    return create(file_desk.folder / "witness", NAME, [str(file_desk.key())])


def more(desk: Desk, code: str) -> None:
    desk.write(course("consented", code))
    desk.sign()


def test_a_witness_cosigns_what_continues_and_the_store_keeps_it(file_desk: Desk, witness: Folder) -> None:
    desk, key = file_desk, key_of(witness).key
    policy = Policy.parse(f"log {desk.key()}\nwitness pi {key}\nquorum pi\n")
    for number in (2, 3):
        asked = request(desk.app, TRIAL, NAME)
        assert Request.parse(str(asked)) == asked
        assert not policy.judge(
            kept(desk.app, TRIAL).whole(kept(desk.app, TRIAL).checkpoint()), verified
        ).valid
        note = cosign(witness, str(asked), desk.clock.now())
        assert note.signed_by(key, verified)
        ((log, anchor),) = keep_cosignature(desk.app, str(note), policy)
        assert (log, anchor.holder) == (TRIAL, NAME)
        assert keep_cosignature(desk.app, str(note), policy)
        found = kept(desk.app, TRIAL)
        assert len(found.cosignatures) == number - 1
        assert policy.judge(found.whole(found.checkpoint()), verified).valid
        more(desk, f"S1-00{number}")
    assert request(desk.app, TRIAL, NAME).old > 0


def refusal(desk: Desk, witness: Folder, text: str) -> TrialogError:
    before = witness.signed()
    with pytest.raises(TrialogError) as refused:
        cosign(witness, text, desk.clock.now())
    assert witness.signed() == before
    return refused.value


def test_a_log_that_has_shrunk_or_is_another_or_does_not_continue_is_refused(
    file_desk: Desk, witness: Folder
) -> None:
    desk = file_desk
    first = request(desk.app, TRIAL, NAME)
    more(desk, "S1-002")
    cosign(witness, str(request(desk.app, TRIAL, NAME)), desk.clock.now())
    shrunk = refusal(desk, witness, str(first))
    assert (type(shrunk), shrunk.code) == (Conflict, "witness.shrunk")
    more(desk, "S1-003")
    newer = request(desk.app, TRIAL, NAME)
    assert newer.old == 0
    other = refusal(desk, witness, str(newer))
    assert (type(other), other.code) == (Conflict, "witness.other_size")
    held = witness.signed()[desk.key().name]
    assert f"--old {held.size}" in other.remedy
    right = request(desk.app, TRIAL, NAME, old=held.size)
    wrong = right._replace(proof=(b"\x00" * 32, *right.proof[1:]))
    bent = refusal(desk, witness, str(wrong))
    assert (type(bent), bent.code) == (Broken, "witness.inconsistent")
    assert cosign(witness, str(right), desk.clock.now())
    # The same size under the same key with another root: two histories.
    signer = Signer(Folder(desk.signer), desk.app).keys_of(TRIAL)[0]
    forked = str(Checkpoint(desk.key().name, Checkpoint.parse(right.note.text).size, b"f" * 32))
    two = Request(Checkpoint.parse(right.note.text).size, (), Note(forked, (signer.sign(forked),)))
    fork = refusal(desk, witness, str(two))
    assert (type(fork), fork.code) == (Conflict, "witness.forked")


def test_an_unknown_log_and_an_unknown_key_are_refused(file_desk: Desk, witness: Folder) -> None:
    desk = file_desk
    unknown = refusal(desk, witness, str(request(desk.app, SYSTEM_LOG, NAME)))
    assert (type(unknown), unknown.code) == (NotFound, "witness.unknown_log")
    trust(witness, [str(desk.key(SYSTEM_LOG))])
    assert cosign(witness, str(request(desk.app, SYSTEM_LOG, NAME)), desk.clock.now())
    asked = request(desk.app, TRIAL, NAME)
    (signature,) = asked.note.signatures
    forged = signature._replace(value=signature.value[:-1] + bytes([signature.value[-1] ^ 1]))
    unsigned = asked._replace(note=asked.note._replace(signatures=(forged,)))
    denied = refusal(desk, witness, str(unsigned))
    assert (type(denied), denied.code) == (Denied, "witness.unsigned")


def test_once_the_key_was_changed_what_the_old_one_alone_signs_is_not_cosigned(
    file_desk: Desk, witness: Folder
) -> None:
    """Neither by a witness that was told of the new key, nor by one that saw a checkpoint bear both."""
    desk = file_desk
    old = Signer(Folder(desk.signer), desk.app).keys_of(TRIAL)[0]
    told = create(desk.folder / "told", NAME, [str(old.key)])
    Signer(Folder(desk.signer), desk.app).rotate(person(Role.ADMINISTRATOR))
    both = request(desk.app, TRIAL, NAME)
    cosign(witness, str(both), desk.clock.now())
    trust(told, [str(desk.key())])
    cosign(told, str(both), desk.clock.now())
    held = Checkpoint.parse(both.note.text).size
    more(desk, "S1-002")
    right = request(desk.app, TRIAL, NAME, old=held)
    stolen = right._replace(note=Note(right.note.text, (old.sign(right.note.text),)))
    for each, code in ((witness, "witness.key_changed"), (told, "witness.old_key")):
        refused = refusal(desk, each, str(stolen))
        assert (type(refused), refused.code) == (Denied, code)
    unsigned = refusal(desk, witness, str(right))
    assert (unsigned.code, "trialog witness trust" in unsigned.remedy) == ("witness.unsigned", True)
    trust(witness, [str(desk.key())])
    assert refusal(desk, witness, str(stolen)).code == "witness.old_key"
    for each in (witness, told):
        assert cosign(each, str(right), desk.clock.now())


def test_a_signature_that_only_looks_like_one_of_the_log_is_settled_by_trusting_its_key_again(
    file_desk: Desk, witness: Folder
) -> None:
    """Whoever carries the file could have put it there."""
    desk = file_desk
    asked = request(desk.app, TRIAL, NAME)
    (signature,) = asked.note.signatures
    false = signature._replace(key_id=b"none")
    cosign(witness, str(asked._replace(note=Note(asked.note.text, (signature, false)))), desk.clock.now())
    more(desk, "S1-002")
    right = str(request(desk.app, TRIAL, NAME, old=Checkpoint.parse(asked.note.text).size))
    assert refusal(desk, witness, right).code == "witness.key_changed"
    trust(witness, [str(desk.key())])
    assert cosign(witness, right, desk.clock.now())


@pytest.mark.parametrize("text", ["", "old 1\n", "old 01\n\nx", "old 0\nAAAA\n\no\n1\nr\n\n— n AAAAAAAA\n"])
def test_what_is_no_request_is_refused(file_desk: Desk, witness: Folder, text: str) -> None:
    assert isinstance(refusal(file_desk, witness, text), Invalid)


def test_a_cosignature_of_somebody_else_is_not_kept(file_desk: Desk, witness: Folder) -> None:
    desk = file_desk
    note = cosign(witness, str(request(desk.app, TRIAL, NAME)), desk.clock.now())
    stranger = create(desk.folder / "stranger", NAME, [str(desk.key())])
    policy = Policy.parse(f"witness pi {key_of(stranger).key}\nquorum pi\n")
    with pytest.raises(Broken) as broken:
        keep_cosignature(desk.app, str(note), policy)
    assert broken.value.code == "witness.not_cosigned"
    assert kept(desk.app, TRIAL).cosignatures == []


def test_a_store_behind_a_witness_alone_is_read_only_too(
    file_desk: Desk, witness: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = file_desk
    copy = desk.backup("early.db")
    more(desk, "S1-002")
    cosign(witness, str(request(desk.app, TRIAL, NAME)), desk.clock.now())
    monkeypatch.delenv("TRIALOG_SIGNER")
    monkeypatch.setenv("TRIALOG_WITNESS", str(witness.path))
    desk.restore(copy)
    (found,) = desk.app.departures
    assert (found.holder, found.log, found.fault.code) == (NAME, TRIAL, "ledger.shrunk")


def test_the_way_of_a_checkpoint_by_files(file_desk: Desk, witness: Folder) -> None:
    """As people do it: each step its own command, the witness without any store."""
    desk, folder = file_desk, file_desk.folder

    def run(*words: str, store: bool = True) -> str:
        env = {"TRIALOG_STORE": desk.location if store else "", "TRIALOG_SIGNER": str(desk.signer)}
        done = CliRunner(env=env).invoke(whole_command_line(), list(words))
        assert done.exit_code == 0, done.stderr
        return done.stdout

    second = str(folder / "second")
    told = run(
        "witness", "init", second, "--name", "sponsor.example/w", "--log", str(desk.key()), store=False
    )
    line = told.strip().split("\n")[-1]
    policy = folder / "policy.txt"
    policy.write_text(f"log {desk.key()}\n{line}\nquorum w\n", "utf-8")
    asked, cosigned = str(folder / "request.txt"), str(folder / "cosigned.txt")
    run("ledger", "request", "--witness", "sponsor.example/w", "--out", asked)
    sign = ("witness", "sign", asked, "--witness", second, "--out", cosigned)
    run(*sign, store=False)
    given = Path(cosigned).read_bytes()
    again = CliRunner().invoke(whole_command_line(), list(sign))
    assert again.exit_code == 2
    assert "(file.exists)" in again.stderr
    assert Path(cosigned).read_bytes() == given
    assert "sponsor.example/w" in run("ledger", "cosign", cosigned, "--policy", str(policy))
    status = run("ledger", "status", "--policy", str(policy), "--json")
    assert '"policy_met": true' in status
    assert Path(asked).read_text("utf-8").startswith("old 0\n\n")
