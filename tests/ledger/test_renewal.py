"""The proof of a log outlives its algorithm: renewed under another, it verifies without SHA-256 (EX-11)."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rfc3161_client import HashAlgorithm

from adapters.held.folder import Folder
from adapters.keys.ed25519 import verified
from adapters.keys.rfc3161 import certificates
from adapters.ledger import renewal
from adapters.ledger.renewal import Made, renew
from adapters.ledger.timestamp import stamped
from adapters.zipped import unzipped
from domain.errors import Broken, Denied, Invalid
from domain.identifiers import SYSTEM_LOG
from domain.ledger import entry
from domain.ledger.note import Note, Signature
from domain.ledger.renewal import ALGORITHMS, Renewal, RenewedTree
from domain.record import Role
from domain.signed_log import LogRenewed
from projections.verification import lines
from projections.verification.bundle import verify_bundle
from projections.verification.findings import Findings
from projections.verification.renewed import Renewed, check_renewals
from projections.verification.signed import Trust
from projections.verification.store import Verification, verify_store
from tests.ledger.desk import Desk
from tests.ledger.test_timestamp import OPENSSL, run, tsa
from tests.ledger.test_verified import handed_out
from tests.support.trial import TRIAL, course, person
from tests.verification.shipped import both

__all__ = ["tsa"]

ADMINISTRATOR = person(Role.ADMINISTRATOR, "SHA-256 will not last the archive's thirty years")
SHA256_BROKEN = frozenset({"sha256"})


def renewed(
    desk: Desk, algorithm: str = "sha512", stamp: Callable[[bytes], bytes] | None = None
) -> list[Made]:
    desk.sign()
    return renew(desk.app, Folder(desk.signer), algorithm, ADMINISTRATOR, stamp)


def verification(desk: Desk, *held: str, broken: frozenset[str] = frozenset()) -> Verification:
    notes = [Note.parse(note) for note in held]
    return verify_store(desk.app.reading, desk.app.ledger, Trust(verified), renewals=notes, broken=broken)


@pytest.mark.parametrize("algorithm", list(ALGORITHMS))
def test_a_renewed_tree_is_that_of_rfc_6962_under_another_hash(algorithm: str) -> None:
    """Made again by the definition: split at the largest power of two below."""

    def root(leaves: list[bytes]) -> bytes:
        if len(leaves) == 1:
            return leaves[0]
        left = 1 << (len(leaves) - 1).bit_length() - 1
        return bytes(hashed(b"\1" + root(leaves[:left]) + root(leaves[left:])))

    def hashed(data: bytes) -> bytes:
        return hashlib.new(algorithm.replace("-", "_"), data).digest()

    tree, leaves = RenewedTree(algorithm), list[bytes]()
    for number in range(1, 20):
        line, fact, envelope = f"{number}".encode(), f"f{number}".encode(), f"e{number}".encode()
        tree.append(line, fact, envelope if number % 3 else None)
        told = line + b"\n" + hashed(fact).hex().encode()
        told += b"\n" + hashed(envelope).hex().encode() if number % 3 else b""
        leaves.append(hashed(b"\0" + told))
        assert tree.root() == root(leaves)


def test_a_renewal_by_somebody_who_may_not_signs_nothing(desk: Desk) -> None:
    heads = [desk.app.ledger.head(log) for log in (TRIAL, SYSTEM_LOG)]
    with pytest.raises(Denied):
        renew(desk.app, Folder(desk.signer), "sha512", person(Role.COORDINATOR))
    assert [desk.app.ledger.head(log) for log in (TRIAL, SYSTEM_LOG)] == heads
    assert desk.notes() == []


def test_every_log_is_renewed_and_the_system_log_says_so(file_desk: Desk) -> None:
    made = renewed(file_desk)
    assert [each.log for each in made] == [TRIAL, SYSTEM_LOG]
    told = [fact for fact in file_desk.facts() if isinstance(fact, LogRenewed)]
    assert [(fact.log, fact.size, fact.algorithm) for fact in told] == [
        (each.log, each.renewal.size, "sha512") for each in made
    ]
    assert [Renewal.parse(Note.parse(fact.note).text) for fact in told] == [each.renewal for each in made]
    file_desk.write(course("consented", "S1-009"))
    file_desk.sign()
    found = verification(file_desk, *(each.note for each in made), broken=SHA256_BROKEN)
    assert found.findings == ()
    assert {each.log: each.renewed for each in found.logs} == {
        each.log: (("sha512", each.renewal.size),) for each in made
    }


def test_without_a_renewal_nothing_is_proved_once_the_algorithm_is_broken(file_desk: Desk) -> None:
    file_desk.sign()
    assert verification(file_desk).findings == ()
    found = verification(file_desk, broken=SHA256_BROKEN).findings
    assert {(each.log, str(each.check)) for each in found} == {(TRIAL, "renewal"), (SYSTEM_LOG, "renewal")}
    renewed(file_desk)
    both = verification(file_desk, broken=SHA256_BROKEN | {"sha512"}).findings
    assert {str(each.check) for each in both} == {"renewal"}
    renewed(file_desk, "sha3-256")
    assert verification(file_desk, broken=SHA256_BROKEN | {"sha512"}).findings == ()


class Colliding:
    """SHA-256 as it would be if somebody had found two facts with one hash."""

    def __init__(self, data: bytes) -> None:
        self._made = hashlib.sha256(data.replace(b'"age":"51"', b'"age":"50"'))

    def digest(self) -> bytes:
        return self._made.digest()

    def hexdigest(self) -> str:
        return self._made.hexdigest()


@pytest.mark.requirement("EX-11")
def test_a_fact_exchanged_for_one_with_the_same_hash_is_found_by_the_renewal_alone(
    file_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = file_desk
    made = renewed(desk)
    assert verification(desk, broken=SHA256_BROKEN).findings == ()
    changed = "UPDATE {0} SET {1} = CAST(replace(CAST({1} AS TEXT), ?, ?) AS {2})"
    for table, column, kind in (("fact", "data", "BLOB"), ("document", "body", "TEXT")):
        desk.tamper(changed.format(table, column, kind), '"age":"50"', '"age":"51"')
    assert {str(each.check) for each in verification(desk).findings} == {"fact", "renewal"}
    with monkeypatch.context() as broken:
        broken.setattr(lines, "sha256", Colliding)
        broken.setattr(entry, "sha256", Colliding)
        for held in ((), tuple(each.note for each in made)):
            found: Any = verification(desk, *held, broken=SHA256_BROKEN).findings
            assert {(each.log, str(each.check)) for each in found} == {(TRIAL, "renewal")}


def test_a_renewal_of_another_history_or_by_another_key_does_not_hold(file_desk: Desk) -> None:
    made = renewed(file_desk)[0]
    other = made.renewal._replace(root=bytes(64))
    signature = made.note.rpartition("\n\n")[2]
    false = f"{other}\n{signature}"
    unsigned = str(Note(str(made.renewal), (Signature(made.renewal.origin, b"0000", bytes(64)),)))
    for note in (false, unsigned):
        found = verification(file_desk, note).findings
        assert {(each.log, str(each.check)) for each in found} == {(TRIAL, "renewal")}


def test_what_does_not_verify_is_not_renewed(file_desk: Desk) -> None:
    file_desk.sign()
    file_desk.tamper("UPDATE fact SET data = ? WHERE trial = ? AND position = 5", b"{}", TRIAL)
    with pytest.raises(Broken) as broken:
        renew(file_desk.app, Folder(file_desk.signer), "sha512", ADMINISTRATOR)
    assert broken.value.code == "renewal.not_verified"
    with pytest.raises(Invalid) as unknown:
        renew(file_desk.app, Folder(file_desk.signer), "md5", ADMINISTRATOR)
    assert unknown.value.code == "renewal.algorithm"


@pytest.mark.skipif(not OPENSSL, reason="this machine has no openssl")
@pytest.mark.requirement("EX-11")
def test_a_renewal_is_stamped_anew_without_the_old_algorithm(file_desk: Desk, tsa: tuple[str, Path]) -> None:
    url, folder = tsa
    roots = certificates(folder / "root.pem")

    def stamp(message: bytes) -> bytes:
        return stamped(url, message, roots, HashAlgorithm.SHA512).token

    made = renewed(file_desk, stamp=stamp)[0]
    told = next(fact for fact in file_desk.facts() if isinstance(fact, LogRenewed))
    assert b64decode(told.stamp) == made.stamp
    token, text = file_desk.folder / "token", file_desk.folder / "text"
    token.write_bytes(made.stamp)
    text.write_text(str(made.renewal), "utf-8")
    assert hashlib.sha512(text.read_bytes()).digest() in made.stamp
    run("ts", "-verify", "-data", text, "-in", token, "-token_in", "-CAfile", folder / "root.pem")


def test_a_renewal_over_what_was_redacted_since_is_checked_no_more_and_proves_nothing(
    file_desk: Desk,
) -> None:
    made = renewed(file_desk)[0]
    false = str(made.renewal._replace(root=bytes(64)))
    other = Renewed(1, Note.parse(made.note.replace(str(made.renewal), false)))
    ledger, origins, trust, found = file_desk.app.ledger, [made.renewal.origin], Trust(verified), Findings()
    assert check_renewals(ledger, TRIAL, origins, [other], trust, found, withheld=[3]) == ()
    assert found.sorted() == ()
    later = [made.renewal.size + 1]
    assert check_renewals(ledger, TRIAL, origins, [other], trust, found, withheld=later) == ()
    assert [str(each.check) for each in found.sorted()] == ["renewal"]


def test_a_bundle_that_tells_of_a_renewal_verifies_by_both(file_desk: Desk, tmp_path: Path) -> None:
    renewed(file_desk)
    file_desk.write(course("consented", "S1-009"))
    file_desk.sign()
    data = handed_out(file_desk)
    assert b"log.renewed.v1" in unzipped(data).files["system/ledger.txt"]
    assert both(data, tmp_path) == set()
    found = verify_bundle(unzipped(data).files, (), Trust(verified))
    assert [each[0] for each in found.renewed] == ["sha512"]
    assert all(each.made_again for each in found.renewed)


def test_a_renewal_of_other_entries_is_found_in_a_bundle_that_has_them_all(
    file_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "renewed_root", lambda *_: b"another root, as long as a hash is")
    renewed(file_desk, "sha3-256")
    file_desk.write(course("consented", "S1-009"))
    file_desk.sign()
    (found,) = both(handed_out(file_desk), tmp_path)
    assert (found[0], found[2]) == ("trial", "renewal")


def test_a_renewal_that_another_key_signed_does_not_hold_in_a_bundle(
    file_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Signature(f"trialog/{TRIAL}", b"none", b"s" * 64)
    monkeypatch.setattr(renewal, "Note", lambda text, _: Note(text, (other,)))
    renewed(file_desk)
    file_desk.write(course("consented", "S1-009"))
    file_desk.sign()
    (found,) = both(handed_out(file_desk), tmp_path)
    assert (found[0], found[2]) == ("trial", "renewal")
