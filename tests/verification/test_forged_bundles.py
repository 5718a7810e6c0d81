"""What the maker of a forged bundle does within the format: to hide, to excuse, to stop the verifier."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
import zipfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.bundle.made import SHIPPED
from adapters.zipped import unzipped, zipped
from domain.errors import Invalid
from domain.ledger.note import Checkpoint, Note, origin_of
from domain.ledger.tree import EMPTY_ROOT
from tests.support.signing import Signing
from tests.support.trial import TRIAL
from tests.verification.rewriting import Rewriting
from tests.verification.shipped import VERIFY, both, by_product, by_program, found_at, resealed
from tests.verification.signed_store import Signed
from tests.verification.signed_store import opened as opened_store
from trialog.command_line import whole_command_line

OWN = b'"stream":"participant/S1-001"'


def marked(data: bytes, part: str, holds: bytes, ground: bytes, *, column: int = 2) -> tuple[bytes, int]:
    """The bundle with the last line of a part that holds something marked as withheld; and its position."""
    files = dict(unzipped(data).files)
    lines = files[f"{part}/ledger.txt"].split(b"\n")
    at = max(place for place, line in enumerate(lines) if holds in line and line.count(b"\t") == 3)
    columns = lines[at].split(b"\t")
    if columns[column]:
        columns[column] = b"withheld " + ground
    lines[at] = b"\t".join(columns)
    files[f"{part}/ledger.txt"] = b"\n".join(lines)
    return resealed(files), json.loads(columns[1])["position"]


# ---------------------------------------------------------------- excuses


def test_a_loss_that_no_signer_agreed_to_excuses_nothing(
    bundles: dict[str, bytes], signed: Signed, tmp_path: Path
) -> None:
    """The end cut off and declared lost, by somebody without any key: also a checkpoint held outside was not
    looked at then.
    """
    lost = {"origin": f"{origin_of(TRIAL)}/2", "restored": signed.first, "note": "", "incarnation": 2}
    lost |= {"lost_from": signed.first + 1, "lost_to": 1000, "reason": "a disk", "approved_by": "zhao.pi"}
    whole = Rewriting(bundles["whole"]).renumber(list(range(1, signed.first + 1)))
    whole.add("log.incarnation_declared.v1", "log/_self", 1, json.dumps(lost))
    data = whole.sealed()
    for policy, notes in (
        ("", ()),
        (signed.policy, ()),
        ("", signed.notes[:1]),
        (signed.policy, signed.notes),
    ):
        found = both(data, tmp_path, policy, notes)
        assert ("trial", signed.first + 1, "checkpoint") in found


# ---------------------------------------------------------------- what may not be withheld


@pytest.mark.parametrize(
    ("kind", "part", "holds", "ground", "column"),
    [
        ("participant", "trial", OWN, b"scope", 2),
        ("participant", "trial", OWN, b"scope", 3),
        ("masked participant", "trial", b'"stream":"participant/S1-002"', b"scope", 2),
        ("masked", "trial", b'"command"', b"masked", 3),
        ("masked", "system", b"log.checkpoint_signed.v1", b"masked", 2),
        ("whole", "system", b"log.checkpoint_signed.v1", b"scope", 2),
        ("masked", "trial", b"trial.protocol_adopted.v1", b"masked", 2),
    ],
)
def test_what_a_bundle_is_for_and_what_speaks_against_it_cannot_be_withheld(
    kind: str, part: str, holds: bytes, ground: bytes, column: int, bundles: dict[str, bytes], tmp_path: Path
) -> None:
    data, position = marked(bundles[kind], part, holds, ground, column=column)
    assert (part, position, "withheld") in both(data, tmp_path)


def test_an_order_to_redact_hides_nothing_that_a_verifier_reads(
    bundles: dict[str, bytes], tmp_path: Path
) -> None:
    """Anybody can put an order at the end, where nothing is signed yet."""
    whole = Rewriting(bundles["whole"])
    adopted = next(each["position"] for each in whole.entries if each["topic"] == "trial.protocol_adopted.v1")
    plain = next(each["position"] for each in whole.entries if each["topic"] == "consent.given.v1")
    for position in (adopted, plain):
        order = {"position": position, "part": "fact"}
        whole.add("redaction.made.v1", f"redaction/{position}-x", 1, json.dumps(order))
    data = whole.sealed()
    end = len(whole.entries)
    hidden, _ = marked(data, "trial", b'"position":%d,' % plain, b"redacted %d" % end)
    assert both(hidden, tmp_path) == set(), "that is the limit: it is told"
    hidden, _ = marked(data, "trial", b'"position":%d,' % adopted, b"redacted %d" % (end - 1))
    assert ("trial", adopted, "withheld") in both(hidden, tmp_path)


# ---------------------------------------------------------------- what stops a verifier


@pytest.mark.parametrize("topic", ["trial.protocol_amended.v1", "record.signed.v1", "log.key_registered.v1"])
def test_half_a_character_is_no_text(topic: str, bundles: dict[str, bytes], tmp_path: Path) -> None:
    """JSON can say it, and nothing can write it: verifiers ended with a fault instead of a verdict."""
    said = r'{"document":"\ud800","record":"\ud800","covers":1,"facts":0,"content":"","vkey":"\ud800"}'
    whole = Rewriting(bundles["whole"])
    end = len(whole.entries) + 1
    found = both(whole.add(topic, "trial", 99, said).sealed(), tmp_path)
    assert ("trial", end, "fact") in found


def test_what_is_no_file_is_not_read(bundles: dict[str, bytes], tmp_path: Path) -> None:
    """A pipe never ends, a device may not, a link may lead nowhere."""
    folder, pipe = tmp_path / "folder", tmp_path / "bundle.zip"
    for name, data in unzipped(bundles["participant"]).files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    assert found_at(folder) == set()
    os.mkfifo(pipe)
    wrong = {("bundle", 0, "container"), ("bundle", 0, "manifest")}
    assert found_at(pipe) == wrong
    for target in ("/dev/zero", "/nowhere"):
        (folder / "SPEC.md").unlink()
        (folder / "SPEC.md").symlink_to(target)
        assert found_at(folder) == wrong


def test_a_checkpoint_of_no_entries_proves_none(
    bundles: dict[str, bytes], signed: Signed, file: Path, tmp_path: Path
) -> None:
    with opened_store(file) as app:
        key = Signing(app).key(TRIAL)
    text = str(Checkpoint(origin_of(TRIAL), 0, EMPTY_ROOT))
    whole = Rewriting(bundles["whole"]).without_checkpoints(above=0)
    whole.files["trial/checkpoints/000000000000.note"] = str(Note(text, (key.sign(text),))).encode()
    data = whole.sealed()
    for policy in (signed.policy, f"log {key.key}\nquorum none\n"):
        assert ("trial", 0, "policy") in both(data, tmp_path, policy)
    assert by_product(data) == ()


@pytest.mark.parametrize("place", ["size", "origin"])
def test_a_number_is_written_in_ascii_digits(
    place: str, bundles: dict[str, bytes], file: Path, tmp_path: Path
) -> None:
    """The log's own key signs a checkpoint that other readers cannot read."""
    with opened_store(file) as app:
        key = Signing(app).key(TRIAL)
    whole = Rewriting(bundles["whole"])
    name = max(each for each in whole.files if each.startswith("trial/checkpoints/"))
    origin, size, root, _ = Note.parse(whole.files[name].decode()).text.split("\n")
    last = chr(ord(size[-1]) - ord("0") + ord("\u0660"))
    text = (
        f"{origin}\n{size[:-1]}{last}\n{root}\n" if place == "size" else f"{origin}/\u0662\n{size}\n{root}\n"
    )
    forged = str(Note(text, (key.sign(text),)))
    whole.files[name] = forged.encode()
    assert ("trial", int(size), "checkpoint") in both(whole.sealed(), tmp_path)
    if place == "size":
        with pytest.raises(Invalid):
            by_product(bundles["whole"], notes=(forged,))
        with pytest.raises(VERIFY.UNREADABLE):
            by_program(tmp_path / "bundle.zip", notes=(forged,))


def test_times_and_losses_of_any_size_are_told(
    bundles: dict[str, bytes], signed: Signed, file: Path, tmp_path: Path
) -> None:
    """A witness of the forger's own can cosign at any time, and any number can be declared lost."""
    with opened_store(file) as app:
        signing = Signing(app)
        text = str(signing.checkpoint(TRIAL, signed.last))
        far = Note(text, (signing.key(TRIAL).sign(text), signing.site.cosign(text, 2**63)))
    whole = Rewriting(bundles["whole"]).without_checkpoints(above=0)
    whole.files[f"trial/checkpoints/{signed.last:012}.note"] = str(far).encode()
    known = f"witness site {signing.site.key}\nquorum none\n".encode()
    whole.files["manifest.txt"] = whole.files["manifest.txt"].replace(b"quorum none\n", known)
    data = whole.sealed()
    assert both(data, tmp_path) == set()
    assert "9999-12-31" in verified_by_command(data, tmp_path)
    lost = {"origin": "x", "restored": 10**30, "lost_from": 1, "lost_to": 10**40}
    whole.add("log.incarnation_declared.v1", "log/_self", 1, json.dumps(lost))
    data = whole.sealed()
    assert ("trial", signed.head + 1, "checkpoint") in both(data, tmp_path)
    assert "signed facts lost" in verified_by_command(data, tmp_path)


def verified_by_command(data: bytes, folder: Path) -> str:
    """What the command line tells of a bundle."""
    path = folder / "bundle.zip"
    path.write_bytes(data)
    done = CliRunner().invoke(whole_command_line(), ["audit", "verify", str(path)])
    assert not done.exception or isinstance(done.exception, SystemExit)
    return done.output


@pytest.mark.parametrize("authority", ["DigiCert", "freetsa", "tsa"])
def test_a_time_stamp_of_whatever_name_is_over_its_checkpoint(
    authority: str, bundles: dict[str, bytes], signed: Signed, tmp_path: Path
) -> None:
    """A stamp whose name sorts before `note` was said to be over no checkpoint, by the product alone."""
    files = dict(unzipped(bundles["whole"]).files)
    stem = f"trial/checkpoints/{signed.last:012}"
    text = Note.parse(files[f"{stem}.note"].decode()).text
    files[f"{stem}.{authority}.tsr"] = b"token " + sha256(text.encode()).digest()
    assert both(resealed(files), tmp_path) == set()
    files[f"{stem}.{authority}.tsr"] = b"token of another"
    assert both(resealed(files), tmp_path) == {("trial", signed.last, "checkpoint")}


def test_no_name_in_a_bundle_moves_the_cursor_of_who_reads(
    bundles: dict[str, bytes], signed: Signed, tmp_path: Path
) -> None:
    """The screen cleared, 'verified' written, and the rest concealed. A key may be given twice, too."""
    name = "x\x1b[2J\x1b[Hverified\x1b[8m\r\nverified"
    path, policy = tmp_path / "bundle.zip", tmp_path / "policy"
    path.write_bytes(resealed({**unzipped(bundles["participant"]).files, name: b""}))
    policy.write_text(signed.policy, "utf-8")
    keys = ("--policy", str(policy), *(["--key", signed.policy.split()[1]] * 2))
    command = [sys.executable, str(SHIPPED / "verify.py"), str(path), *keys]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    told = [line for line in done.stdout.splitlines() if "FAIL" in line]
    assert (done.returncode, done.stderr, len(told)) == (3, "", 1)
    assert r"x\x1b[2J\x1b[Hverified\x1b[8m\r\nverified [files]" in told[0]


def variants(files: dict[str, bytes]) -> dict[str, bytes]:
    """The same files in zips of other forms, as readers of zips take them."""
    whole, made = zipped(files), dict[str, bytes]()
    for name, how in (("plain", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
        out = BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for each, data in sorted(files.items()):
                archive.writestr(zipfile.ZipInfo(each), data, compress_type=how)
        made[name] = out.getvalue()
    out = BytesIO(whole)
    with warnings.catch_warnings(), zipfile.ZipFile(out, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr(zipfile.ZipInfo("verify.py"), b"print('verified')")
    made["a name twice"] = out.getvalue()
    made["with a comment"] = whole[:-2] + b"\x02\x00ok"
    made["before it"] = b"#!/bin/sh\n" + whole
    made["after it"] = whole + b"\0"
    made["two of them"] = whole + whole
    made["climbing"] = zipped({**files, "../verify.py": b""})
    made["rooted"] = zipped({**files, "/etc/passwd": b""})
    made["a folder"] = zipped({**files, "trial/": b""})
    return made


def test_a_zip_of_another_form_is_no_bundle(bundles: dict[str, bytes], tmp_path: Path) -> None:
    """Overlaid names, comments, compression: what one reader of zips sees and another does not."""
    files = unzipped(bundles["participant"]).files
    for kind, data in variants(files).items():
        found = {check for _, _, check in both(data, tmp_path)}
        assert found & {"container", "files"}, kind
