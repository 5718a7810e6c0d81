"""The proof of one fact: made for a reader, checked alone, and every flipped byte of it found."""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.bundle.proof import proof_of
from adapters.cli.audit_proof import of_proof
from adapters.keys.ed25519 import LogKey, verified
from domain.errors import Broken, NotFound
from domain.ledger.note import Checkpoint, Note
from domain.ledger.policy import Policy
from domain.ledger.proof import FactProof
from domain.privacy import Part
from domain.record import Role
from projections.verification.fact_proof import FactVerification, verify_fact
from projections.verification.signed import Kept, Trust
from tests.support.scenario import Scenario
from tests.support.signing import Signing
from tests.support.trial import TRIAL, active, course, day
from tests.verification.signed_store import Signed, changed, opened
from tests.verification.test_export import REVEALED, redacted
from workflows import participant, privacy

MASKED = Role.OUTCOME_ASSESSOR


def made(file: Path, position: int, role: Role = Role.INSPECTOR, as_of: int | None = None) -> bytes:
    """The file of a proof."""
    with opened(file) as app:
        return str(proof_of(app, app.view(TRIAL, as_of), role, position)).encode()


def checked(data: bytes, policy: str = "", notes: tuple[str, ...] = ()) -> FactVerification:
    """What comes of it, with what is brought along."""
    given = tuple(Kept(Checkpoint.parse(note.text).size, note) for note in map(Note.parse, notes))
    return verify_fact(data, Trust(verified, Policy.parse(policy) if policy else None), given)


@pytest.fixture(scope="module")
def proof(signed: Signed) -> bytes:
    """The proof of the first fact, which opens a command."""
    return made(signed.file, 1)


def test_every_fact_that_is_signed_is_proved_with_nothing_else_at_hand(signed: Signed) -> None:
    with opened(signed.file) as app:
        view = app.view(TRIAL)
        for position in range(1, signed.last + 1, 5):
            data = str(proof_of(app, view, Role.INSPECTOR, position)).encode()
            found = checked(data, signed.policy, signed.notes[:1])
            assert found.findings == ()
            assert found.line is not None
            assert (found.line.position, found.size) == (position, signed.last)
            assert found.coverage.pinned
            assert len(found.coverage.witnesses) == 2


def test_a_tool_that_knows_only_the_published_form_finds_the_entry_in_the_tree(proof: bytes) -> None:
    """C2SP tlog-proof, read here by its own words: header, extra, index, hashes, a blank line, checkpoint."""
    head, _, note = proof.decode().partition("\n\n")
    form, extra, index, *path = head.split("\n")
    assert (form, extra.split(" ")[0], index) == ("c2sp.org/tlog-proof@v1", "extra", "index 0")
    entry = next(line[6:] for line in b64decode(extra[6:]).split(b"\n") if line.startswith(b"entry "))
    node = sha256(b"\0" + entry).digest()
    for each in path:  # The first entry is the left one all the way up.
        node = sha256(b"\1" + node + b64decode(each)).digest()
    assert node == b64decode(note.split("\n")[2])


@settings(max_examples=60, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), other=st.integers(1, 255))
def test_any_changed_byte_of_the_file_is_found(proof: bytes, place: float, other: int) -> None:
    flipped = bytearray(proof)
    flipped[int(place * len(proof))] ^= other
    assert checked(bytes(flipped)).findings


def test_a_forger_who_makes_the_sum_fit_is_found_by_what_is_hashed_and_signed(
    signed: Signed, proof: bytes
) -> None:
    right = FactProof.parse(proof)
    other = FactProof.parse(made(signed.file, 2))
    salt, _, said = right.fact.partition(b" ")
    forgeries = {
        "fact": right._replace(fact=salt + b" " + said.replace(b'"', b'" ', 1)),
        "envelope": right._replace(envelope=right.envelope.replace(b"recorded_at", b"recorded_At", 1)),
        "place": right._replace(nth=1),
        "proof": right._replace(path=other.path),
        "line": right._replace(entry=right.entry.replace(b'"v":1', b'"v":2')),
        "signature": right._replace(note=right.note._replace(text=right.note.text.replace("\n", "x\n", 1))),
    }
    for check, forged in forgeries.items():
        found = checked(str(forged).encode(), signed.policy).findings
        assert found, check
    for check in ("fact", "envelope", "place", "proof", "line"):
        assert check in {str(each.check) for each in checked(str(forgeries[check]).encode()).findings}


def test_a_proof_under_a_key_or_checkpoint_that_is_not_the_one_filed_does_not_hold(
    signed: Signed, proof: bytes
) -> None:
    stranger = f"log {LogKey(bytes(32), f'trialog/{TRIAL}').key}\nquorum none\n"
    assert {str(each.check) for each in checked(proof, stranger).findings} == {"signature", "policy"}
    of_others = "\n".join(line for line in signed.policy.splitlines() if TRIAL not in line)
    assert "no key of this log was given" in {each.what for each in checked(proof, of_others).findings}
    earlier = made(signed.file, 1, as_of=signed.first)
    held = checked(earlier, signed.policy)
    assert (held.size, held.findings) == (signed.first, ())
    (finding,) = checked(earlier, notes=signed.notes[:1]).findings
    assert f"have it made as of {signed.last}" in finding.what


def test_a_cosignature_of_any_time_is_told(signed: Signed, proof: bytes) -> None:
    """The clock of a witness can be wrong by any amount, and no answer ends in a fault by that."""
    right = FactProof.parse(proof)
    with opened(signed.file) as app:
        signing = Signing(app)
        site, log = signing.site, signing.key(TRIAL)
    note = Note(right.note.text, (log.sign(right.note.text), site.cosign(right.note.text, 2**63)))
    data = str(right._replace(note=note)).encode()
    trust = Trust(verified, Policy.parse(f"log {log.key}\nwitness site {site.key}\nquorum site\n"))
    told = of_proof("far.tlog-proof", data, trust, ()).data
    assert told["findings"] == []
    assert told["proof"]["cosigned"] == [{"witness": "site", "at": "9999-12-31T23:59:59Z"}]


def test_what_no_checkpoint_covers_yet_is_not_proved_and_the_way_is_told(signed: Signed) -> None:
    with pytest.raises(NotFound, match=f"covers position {signed.head}") as refused:
        made(signed.file, signed.head)
    assert "trialog ledger sign" in refused.value.remedy
    for position in (0, signed.head + 1):
        with pytest.raises(NotFound, match=f"there is no position {position}"):
            made(signed.file, position)
    with pytest.raises(NotFound, match="as of then it ends"):
        made(signed.file, signed.last, as_of=signed.first)


def test_what_must_be_kept_from_a_reader_is_withheld_and_its_place_is_proved(
    store_url: str, tmp_path: Path
) -> None:
    """The revealed secret from a masked reader; from everybody what was redacted, by order of which fact, and
    who the participant is: on both databases.
    """
    scenario = Scenario(tmp_path, location=store_url)
    try:
        noted = participant.RecordMisrandomization(
            participant="S1-001", at=day(0, "11:00"), finding="Zhang San was not in need"
        )
        person = privacy.RecordIdentity(participant="S1-001", name="Li Si", phone="13800000000")
        scenario.given(active(), course("closed"), noted, person)
        fact = redacted(scenario, Part.FACT, "finding", "participant.misrandomization_noted.v1")
        envelope = redacted(scenario, Part.ENVELOPE, "reason_text", "infusion.closed.v1")
        scenario.given(REVEALED)
        Signing(scenario.app).sign(TRIAL)
        head = scenario.store.head(TRIAL).position
        view = scenario.view()

        def proof(position: int, role: Role) -> FactProof:
            made = proof_of(scenario.app, view, role, position)
            assert checked(str(made).encode()).findings == ()
            return made

        for position in range(1, head + 1):
            told, kept = proof(position, Role.INSPECTOR), proof(position, MASKED)
            assert kept == (told._replace(fact=b"withheld masked") if position == head else told)
            assert not any(word in told.fact + told.envelope for word in (b"Li Si", b"13800000000"))
        assert proof(fact, Role.INSPECTOR).fact.startswith(b"withheld redacted ")
        line = next(iter(scenario.app.ledger.stored_lines(TRIAL, after=envelope - 1, upto=envelope)))
        assert proof(line.command, MASKED).envelope.startswith(b"withheld redacted ")
        assert b"Zhang San" not in str(proof(fact, Role.INSPECTOR)).encode()
        assert b"secret" in proof(head, Role.INSPECTOR).fact
    finally:
        scenario.close()


def test_no_proof_is_made_of_a_fact_that_was_altered(signed: Signed, file: Path) -> None:
    change = "UPDATE fact SET data = CAST(CAST(data AS TEXT) || ' ' AS BLOB) WHERE position = 1"
    assert changed(file, change)
    with pytest.raises(Broken, match="is not what its entry commits to"):
        made(file, 1)
