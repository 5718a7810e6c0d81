"""A secret that was changed for another signs nothing more, by the log's own word: put to both verifiers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from adapters.bundle.proof import proof_of
from adapters.held.folder import Folder
from adapters.keys.ed25519 import LogKey, WitnessKey, verified
from adapters.ledger.renewal import renew
from adapters.ledger.signer import Signer
from adapters.zipped import unzipped
from domain.identifiers import SYSTEM_LOG
from domain.ledger.note import Checkpoint, Note, origin_of
from domain.ledger.policy import Policy
from domain.record import Role
from domain.signed_log import LogRenewed
from projections.verification.fact_proof import verify_fact
from projections.verification.findings import Findings
from projections.verification.renewed import Renewed, check_renewals
from projections.verification.signed import Trust
from projections.verification.store import verify_store
from tests.ledger.desk import Desk
from tests.support.signing import Signing
from tests.support.trial import TRIAL, course, person
from tests.verification.adding import added, without_notes
from tests.verification.combining import Files, fitted
from tests.verification.parting import Parting
from tests.verification.shipped import both, resealed
from tests.verification.signed_store import Signed, asked, bundle_of, copied, found, opened

ADMINISTRATOR = person(Role.ADMINISTRATOR, "the folder lay open")
ORIGIN = origin_of(TRIAL)
KINDS = ("whole", "participant", "masked", "masked participant")


class Rotated(NamedTuple):
    """A trial whose secret was changed twice: its store, the secrets, the sizes that were signed, where the
    log tells of the changes, and bundles of every kind.
    """

    file: Path
    secrets: list[bytes]
    sizes: list[int]
    positions: list[int]
    bundles: dict[str, bytes]

    def key(self, nth: int, origin: str = ORIGIN) -> LogKey:
        """The key of a log by the secret that it had first, second, last."""
        return LogKey(self.secrets[nth], origin)

    def policy(self, *nths: int) -> str:
        """A policy that lists these keys of both logs."""
        origins = (ORIGIN, origin_of(SYSTEM_LOG))
        lines = [f"log {self.key(nth, origin).key}\n" for nth in nths for origin in origins]
        return "".join([*lines, "quorum none\n"])

    def files(self, kind: str = "whole") -> Files:
        """The files of a bundle."""
        return dict(unzipped(self.bundles[kind]).files)

    def signed(self, files: Files, size: int, *nths: int, part: str = "trial") -> Files:
        """The files with the checkpoint of a size signed by these secrets instead."""
        name = f"{part}/checkpoints/{size:012}.note"
        text = Note.parse(files[name].decode()).text
        origin = Checkpoint.parse(text).origin
        note = Note(text, tuple(self.key(nth, origin).sign(text) for nth in nths))
        return {**files, name: str(note).encode()}


@pytest.fixture(scope="module")
def rotated(tmp_path_factory: pytest.TempPathFactory) -> Rotated:
    """Signed, changed, signed twice over, changed once more, signed."""
    folder = tmp_path_factory.mktemp("rotated")
    desk = Desk(folder, str(folder / "trialog.db"))
    try:
        desk.begin()
        secrets, positions = list[bytes](), list[int]()
        for nth in range(3):
            secrets += Folder(desk.signer).seeds()
            desk.write(course("consented", f"S1-00{nth + 2}"))
            renew(desk.app, Folder(desk.signer), "sha512", ADMINISTRATOR)
            if nth < 2:
                Signer(Folder(desk.signer), desk.app).rotate(ADMINISTRATOR)
                positions.append(desk.app.ledger.head(TRIAL)[0])
        sizes = [each.size for each in desk.app.ledger.anchors(TRIAL)]
        head = desk.app.ledger.head(TRIAL)[0]
    finally:
        desk.app.close()
    file, masked = Path(desk.location), Role.OUTCOME_ASSESSOR
    asks = (
        asked(head),
        asked(head, participant="S1-001"),
        asked(head, reader=masked),
        asked(head, participant="S1-001", reader=masked),
    )
    bundles = {kind: bundle_of(file, ask) for kind, ask in zip(KINDS, asks, strict=True)}
    return Rotated(file, secrets, sizes, positions, bundles)


@pytest.mark.parametrize("kind", KINDS)
def test_the_newest_key_alone_is_enough_and_so_are_all_that_were(
    kind: str, rotated: Rotated, tmp_path: Path
) -> None:
    assert set(rotated.positions) < set(rotated.sizes)
    assert rotated.sizes[-1] > rotated.positions[-1] > rotated.sizes[0]
    for policy in ("", rotated.policy(0, 1, 2), rotated.policy(2)):
        assert both(rotated.bundles[kind], tmp_path, policy) == set()
        assert found(rotated.file, policy) == {}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("nth", [0, 1])
def test_a_secret_that_was_changed_signs_nothing_beyond_the_change(
    kind: str, nth: int, rotated: Rotated, tmp_path: Path
) -> None:
    """What bears the newest key counts, whoever else signed it; at the change itself as after it."""
    last = rotated.sizes[-1]
    for size in (last, rotated.positions[-1]):
        files = rotated.signed(rotated.files(kind), size, nth)
        for policy in ("", rotated.policy(0, 1, 2), rotated.policy(nth, 2)):
            assert both(resealed(files), tmp_path, policy) == {("trial", size, "signature")}
        files = rotated.signed(rotated.files(kind), size, nth, 2)
        assert both(resealed(files), tmp_path, rotated.policy(0, 1, 2)) == set()
    between = rotated.signed(rotated.files(kind), rotated.positions[0], 0)
    assert both(resealed(between), tmp_path, rotated.policy(0, 1, 2)) == {
        ("trial", rotated.positions[0], "signature")
    }


def test_so_it_is_with_the_system_log(rotated: Rotated, tmp_path: Path) -> None:
    files = rotated.files()
    last = max(name for name in files if name.startswith("system/checkpoints/"))
    size = int(last.split("/")[2][:12])
    data = resealed(rotated.signed(files, size, 0, part="system"))
    assert both(data, tmp_path, rotated.policy(0, 1, 2)) == {("system", size, "signature")}


def test_so_it_is_in_a_store_and_with_a_checkpoint_that_is_brought_along(
    rotated: Rotated, tmp_path: Path
) -> None:
    """At a size that nobody had signed, as whoever has the database and the old secret makes it."""
    file = copied(Signed(rotated.file, 0, 0, 0, "", ()), tmp_path)
    size = rotated.sizes[-1] - 1
    with opened(file) as app:
        note = str(Signing(app, rotated.secrets[0]).note(TRIAL, size))
        assert str(found(rotated.file, rotated.policy(0, 1, 2), (note,))[TRIAL, "signature"]).startswith(
            f"{TRIAL} at {size}: the checkpoint of {size} entries is not signed by {rotated.key(2).key}"
        )
        Signing(app, rotated.secrets[0]).keep(TRIAL, size, ORIGIN, note)
    for policy in ("", rotated.policy(0, 1, 2), rotated.policy(2)):
        findings = found(file, policy)
        assert {(*key, each.position) for key, each in findings.items()} == {(TRIAL, "signature", size)}
        assert both(rotated.bundles["whole"], tmp_path, policy, (note,)) == {("trial", size, "signature")}


def test_an_older_key_counts_only_under_a_signature_of_the_newest_beyond_the_change(
    rotated: Rotated, tmp_path: Path
) -> None:
    """Else whoever makes a bundle could name any key as the one that was changed."""
    whole = rotated.files()
    for least in rotated.positions:
        files = {
            name: data
            for name, data in whole.items()
            if not (name.endswith(".note") and name.startswith("trial/") and int(name[18:30]) >= least)
        }
        found = both(resealed(files), tmp_path, rotated.policy(2))
        assert found == {("trial", rotated.sizes[0], "signature"), ("trial", 0, "policy")}
    other = WitnessKey(b"o" * 32, "o.example/o").key
    stranger = LogKey(b"o" * 32, ORIGIN)
    said = {"origin": ORIGIN, "old": str(stranger.key), "new": str(rotated.key(2).key)}
    for old, check in ((str(stranger.key), ""), (str(other), "fact"), ("x", "fact"), ("\ud800", "fact")):
        files = added(whole, "trial", "log.key_rotated.v1", "log/_self", {**said, "old": old})
        name = f"trial/checkpoints/{rotated.sizes[0]:012}.note"
        text = Note.parse(files[name].decode()).text
        files[name] = str(Note(text, (stranger.sign(text),))).encode()
        found = both(fitted(files), tmp_path, rotated.policy(2))
        assert ("trial", rotated.sizes[0], "signature") in found
        assert {each for _, _, each in found} - {"signature"} == ({check} if check else set())


def test_a_change_that_no_key_that_counts_signed_takes_every_later_checkpoint_with_it(
    rotated: Rotated, tmp_path: Path
) -> None:
    """Somebody who may write the database puts in a change to a key of their own, and the signer goes on."""
    own, files = LogKey(b"o" * 32, ORIGIN), without_notes(rotated.files())
    said = {"origin": ORIGIN, "old": str(rotated.key(2).key), "new": str(own.key)}
    made = dict(unzipped(fitted(added(files, "trial", "log.key_rotated.v1", "log/_self", said))).files)
    told = re.search(rb"\ntrial \S+ (\d+) (\S+)\n", made["manifest.txt"])
    assert told is not None
    size = int(told[1])
    text = str(Checkpoint(ORIGIN, size, bytes.fromhex(told[2].decode())))
    for keys in ((rotated.key(2),), (rotated.key(2), own)):
        note = str(Note(text, tuple(key.sign(text) for key in keys))).encode()
        data = resealed({**made, f"trial/checkpoints/{size:012}.note": note})
        assert ("trial", size, "signature") in both(data, tmp_path, rotated.policy(0, 1, 2))


def test_a_renewal_is_signed_by_the_key_that_is_due(rotated: Rotated, tmp_path: Path) -> None:
    """The newest key vouches for renewals too that were made before it."""
    policy = rotated.policy(2)
    with opened(rotated.file) as app:
        report = verify_store(app.reading, app.ledger, Trust(verified, Policy.parse(policy))).logs[0]
        assert report.log == TRIAL
        facts = [each.fact for each in app.reading.replay(SYSTEM_LOG)]
        told = [Note.parse(fact.note) for fact in facts if isinstance(fact, LogRenewed) and fact.log == TRIAL]
        assert len(told) == 3
        forged = Note(told[-1].text, (rotated.key(0).sign(told[-1].text),))
        for keys, notes, right in (((2,), told, True), ((0, 1, 2), [forged], False)):
            trust, findings = Trust(verified, Policy.parse(rotated.policy(*keys))), Findings()
            check_renewals(
                app.ledger,
                TRIAL,
                [ORIGIN],
                [Renewed(0, note) for note in notes],
                trust,
                findings,
                rotations=report.rotations,
                signed_to=report.coverage.size,
            )
            assert (findings.sorted() == ()) is right
    said = {"log": TRIAL, "note": str(forged)}
    files = added(rotated.files(), "system", "log.renewed.v1", f"log/{TRIAL}", said)
    size = int(forged.text.split("\n")[2])
    assert both(fitted(files), tmp_path, rotated.policy(0, 1, 2)) == {("trial", size, "renewal")}


def test_a_proof_of_the_change_itself_is_held_against_it_and_limit_that_of_another_fact_is_not(
    rotated: Rotated,
) -> None:
    """A proof knows one fact. It is told which key signed."""
    trust = Trust(verified, Policy.parse(rotated.policy(0, 1, 2)))
    with opened(rotated.file) as app:
        for position, checks in ((rotated.positions[-1], ["policy", "signature"]), (1, [])):
            made = proof_of(app, app.view(TRIAL), Role.INSPECTOR, position)
            assert verify_fact(str(made).encode(), trust).findings == ()
            note = Note(made.note.text, (rotated.key(0).sign(made.note.text),))
            forged = made._replace(note=note)
            assert [str(each.check) for each in verify_fact(str(forged).encode(), trust).findings] == checks
            alone = trust._replace(policy=Policy.parse(rotated.policy(2)))
            assert verify_fact(str(forged).encode(), alone).findings != ()


def test_limit_a_history_from_before_the_change_shows_only_under_the_newest_key_alone(
    rotated: Rotated, tmp_path: Path
) -> None:
    """As whoever has the old secret branches it off: nothing in it tells of a change."""
    before = bundle_of(rotated.file, asked(rotated.sizes[0]))
    assert both(before, tmp_path, rotated.policy(0, 1, 2)) == set()
    found = both(before, tmp_path, rotated.policy(2))
    assert ("trial", rotated.sizes[0], "signature") in found


def test_limit_a_part_that_folds_the_change_away_at_its_end_shows_only_under_the_newest_key_alone(
    rotated: Rotated, tmp_path: Path
) -> None:
    part = Parting(rotated.bundles["participant"], rotated.bundles["whole"])
    data = part.hide(part.of("log/_self")[-1]).sealed()
    files = dict(unzipped(data).files)
    for size in (each for each in rotated.sizes if each >= rotated.positions[-1]):
        files = rotated.signed(files, size, 1)
    assert both(resealed(files), tmp_path, rotated.policy(0, 1, 2)) == set()
    assert {check for _, _, check in both(resealed(files), tmp_path, rotated.policy(2))} == {
        "policy",
        "signature",
    }
