"""What the two verifiers once judged differently, or one of them not at all: each case is put to both."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from adapters.bundle.made import SHIPPED
from adapters.keys.ed25519 import LogKey, WitnessKey
from adapters.zipped import unzipped, zipped
from domain.ledger.covered import covered_leaves
from domain.ledger.note import MOST_SIGNATURES, Checkpoint, Key, Note, Signature, origin_of
from domain.ledger.tree import EMPTY_ROOT
from tests.support.signing import Signing
from tests.support.trial import TRIAL
from tests.verification.adding import added, without_notes
from tests.verification.combining import Files, alone, fitted
from tests.verification.shipped import both, found_at, resealed
from tests.verification.signed_store import Signed
from tests.verification.signed_store import opened as opened_store
from trialog.command_line import whole_command_line

ABOUT = f"log/{TRIAL}"
NO_BUNDLE = {("bundle", 0, "container"), ("bundle", 0, "manifest")}


@pytest.fixture
def key(file: Path) -> LogKey:
    """The trial's own key."""
    with opened_store(file) as app:
        return Signing(app).key(TRIAL)


def files_of(data: bytes) -> Files:
    return dict(unzipped(data).files)


# ---------------------------------------------------------------- whose signatures count


def test_two_witnesses_whose_keys_bear_one_name_are_two(
    bundles: dict[str, bytes], signed: Signed, tmp_path: Path
) -> None:
    """A false signature of the first was found by the program alone."""
    one, two = (WitnessKey(each * 32, "w.example/x") for each in (b"1", b"2"))
    files, name = files_of(bundles["whole"]), f"trial/checkpoints/{signed.last:012}.note"
    known = f"witness a {one.key}\nwitness b {two.key}\nquorum none\n".encode()
    files["manifest.txt"] = files["manifest.txt"].replace(b"quorum none\n", known)
    note = Note.parse(files[name].decode())
    for false in (one, two):
        signatures = (*note.signatures, false.cosign("another text", 5))
        files[name] = str(Note(note.text, signatures)).encode()
        assert both(resealed(files), tmp_path) == {("trial", signed.last, "signature")}


def test_a_chain_of_groups_of_any_length_is_counted(
    bundles: dict[str, bytes], signed: Signed, tmp_path: Path
) -> None:
    """Both ended with a fault instead of a verdict, each at another length."""
    groups = ["group g0 1 both", *(f"group g{each} all g{each - 1}" for each in range(1, 600))]
    policy = signed.policy.replace("quorum both", "\n".join([*groups, "quorum g599"]))
    assert both(bundles["whole"], tmp_path, policy) == set()
    found = both(bundles["earlier"], tmp_path, policy.replace("group both any", "group both all"))
    assert {check for _, _, check in found} == {"policy"}


def test_a_key_brought_along_is_as_a_line_of_the_policy(
    bundles: dict[str, bytes], signed: Signed, key: LogKey, tmp_path: Path
) -> None:
    """The product took keys of witnesses too, and one key under two names."""
    path, policy = tmp_path / "bundle.zip", tmp_path / "policy"
    path.write_bytes(bundles["whole"])
    policy.write_text(signed.policy, "utf-8")
    own, other = str(key.key), str(Key("another", 1, key.key.public))
    site = signed.policy.split("witness site ")[1].split()[0]
    cases: list[tuple[list[str], int]] = [
        (["--key", own], 0),
        (["--key", own, "--key", own], 0),
        (["--key", own, "--policy", str(policy)], 0),
        (["--key", other], 3),
        (["--key", other, "--policy", str(policy)], 2),
        (["--key", site, "--policy", str(policy)], 0),
        (["--key", site], 2),
        (["--key", ""], 2),
    ]
    for words, code in cases:
        command = [sys.executable, str(SHIPPED / "verify.py"), str(path), *words]
        assert subprocess.run(command, capture_output=True, check=False).returncode == code, words
        assert (
            CliRunner().invoke(whole_command_line(), ["audit", "verify", str(path), *words]).exit_code == code
        )


# ---------------------------------------------------------------- what facts say


@pytest.mark.parametrize("part", ["trial", "system"])
def test_a_renewal_is_told_by_the_system_log_alone(
    part: str, bundles: dict[str, bytes], tmp_path: Path
) -> None:
    """Where nothing of the system log is here, the product looked for renewals in the trial's own log."""
    files = added(
        without_notes(files_of(bundles["whole"])), part, "log.renewed.v1", ABOUT, {"log": TRIAL, "note": ""}
    )
    position = json.loads(files[f"{part}/ledger.txt"].splitlines()[-1].split(b"\t")[1])["position"]
    assert both(fitted(files), tmp_path) == ({("system", position, "renewal")} if part == "system" else set())
    assert both(fitted(alone(files, {}, Random(0))), tmp_path) == set()


@pytest.mark.parametrize("of", [TRIAL, "another"])
@pytest.mark.parametrize(("origin", "root"), [("", "AAAA"), (origin_of(TRIAL), ""), ("", "")])
def test_a_renewal_of_nothing_is_none(
    of: str, origin: str, root: str, key: LogKey, bundles: dict[str, bytes], tmp_path: Path
) -> None:
    text = f"trialog-renewal/1\n{origin}\n5\nsha512\n{root}\n"
    for kind in ("whole", "participant"):
        said = {"log": of, "note": str(Note(text, (key.sign(text),)))}
        files = added(without_notes(files_of(bundles[kind])), "system", "log.renewed.v1", ABOUT, said)
        ((part, _, check),) = both(fitted(files), tmp_path)
        assert (part, check) == ("system", "renewal")


@pytest.mark.parametrize("size", [-1, -(2**61), -(2**99), -(10**99)])
def test_no_log_has_fewer_entries_than_none(size: int, bundles: dict[str, bytes], tmp_path: Path) -> None:
    """To the program that far below nothing was as nothing, and so was the root."""
    said = {"log": TRIAL, "origin": origin_of(TRIAL), "size": size, "root": b64encode(EMPTY_ROOT).decode()}
    files = added(
        without_notes(files_of(bundles["whole"])), "system", "log.checkpoint_signed.v1", ABOUT, said
    )
    assert both(fitted(files), tmp_path) == {("trial", size, "system")}


def test_so_many_entries_that_no_place_has_so_many_digits(
    key: LogKey, bundles: dict[str, bytes], tmp_path: Path
) -> None:
    """The root of 2**61 entries was, to the program, that of none."""
    files = files_of(bundles["participant"])
    files["trial/ledger.txt"] = (b"ab" * 32 + b"\t59\n") * 4
    text = str(Checkpoint(origin_of(TRIAL), 2**61, EMPTY_ROOT))
    found = both(resealed(files), tmp_path, notes=(str(Note(text, (key.sign(text),))),))
    assert {("bundle", 0, "manifest"), ("trial", 2**61, "root")} <= found


@pytest.mark.parametrize(
    ("visit", "is_read"),
    [
        ("baseline", True),
        (3, True),
        (["\U0001fae0"], False),
        ({}, False),
        (None, False),
        (1.5, False),
        (True, False),
    ],
)
def test_a_path_is_made_of_texts_and_whole_numbers(
    visit: object, is_read: bool, bundles: dict[str, bytes], tmp_path: Path
) -> None:
    """As text a list with a young character is one thing to one Python, and another to an older one."""
    files, own = without_notes(files_of(bundles["whole"])), "participant/S1-009"
    files = added(files, "trial", "lab.result_recorded.v1", own, {"visit": visit, "result": "alt"})
    size = len(files["trial/ledger.txt"].splitlines())
    content = covered_leaves(TRIAL, "S1-009", "other", ())
    word = {"record": "other", "covers": size, "facts": 0, "content": content}
    files = added(files, "trial", "record.signed.v1", own, word)
    assert both(fitted(files), tmp_path) == (set() if is_read else {("trial", size + 1, "covered")})


# ---------------------------------------------------------------- how much there is to read


def test_a_note_has_at_most_a_hundred_signatures(
    bundles: dict[str, bytes], signed: Signed, tmp_path: Path
) -> None:
    """With each and with each key the time grew: a bundle of some megabytes could take hours."""
    files, name = files_of(bundles["whole"]), f"trial/checkpoints/{signed.last:012}.note"
    note = Note.parse(files[name].decode())
    for many in (MOST_SIGNATURES, MOST_SIGNATURES + 1):
        more = [Signature(f"x{each}", b"name", b"made") for each in range(many - len(note.signatures))]
        files[name] = str(Note(note.text, (*note.signatures, *more))).encode()
        wrong = {("trial", signed.last, "checkpoint")} if many > MOST_SIGNATURES else set()
        assert both(resealed(files), tmp_path) == wrong


def test_a_manifest_names_at_most_a_thousand_keys(bundles: dict[str, bytes], tmp_path: Path) -> None:
    files = files_of(bundles["participant"])
    manifest = files["manifest.txt"].decode()
    for many in (1000, 1001):
        keys = range(many - manifest.count("\nlog "))
        known = "".join(f"log {Key('x', 1, sha256(b'%d' % each).digest())}\n" for each in keys)
        files["manifest.txt"] = manifest.replace("quorum none\n", f"{known}quorum none\n").encode()
        wrong = {("bundle", 0, "manifest")} if many > 1000 else set()
        assert both(resealed(files), tmp_path) == wrong


@pytest.mark.parametrize(
    ("fact", "is_read"),
    [
        (b'"' + b'\\"' * 200_000 + b"[" * 501, False),
        (b'{"log":"x","note":"' + b'\\"' * 200_000 + b"[" * 501 + b'"}', True),
        (b'{"log":"x","note":"' + b"\\\\" * 200_000 + b'","x":"' + b"[" * 501 + b'"}', True),
        (b'{"log":"x","note":"\\\\","x":' + b"[" * 501 + b"]" * 501 + b"}", False),
    ],
    ids=["without an end", "quotes", "strokes", "behind a stroke"],
)
def test_a_fact_is_gone_over_once(
    fact: bytes, is_read: bool, bundles: dict[str, bytes], tmp_path: Path
) -> None:
    """A text that did not end was tried from each of its quotes on: some kilobytes took minutes."""
    files = added(without_notes(files_of(bundles["whole"])), "trial", "log.renewed.v1", ABOUT, fact)
    position = len(files["trial/ledger.txt"].splitlines())
    assert both(fitted(files), tmp_path) == (set() if is_read else {("trial", position, "fact")})


def test_a_path_has_at_most_a_hundred_parts(bundles: dict[str, bytes], tmp_path: Path) -> None:
    """A manifest of some kilobytes made paths of gigabytes."""
    files = files_of(bundles["participant"])
    manifest = files["manifest.txt"]
    for many in (100, 101):
        files["manifest.txt"] = manifest + b"record x %s {}\n" % (b"{x}" * many)
        assert both(resealed(files), tmp_path) == ({("bundle", 0, "manifest")} if many > 100 else set())


# ---------------------------------------------------------------- what it comes in


def test_more_files_than_a_zip_can_have_are_no_bundle(tmp_path: Path) -> None:
    """The product ended with a fault."""
    body, directory = bytearray(), bytearray()
    for name in (b"%05x" % each for each in range(1 << 16)):
        fields = struct.pack("<5H3L2H", 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0)
        directory += b"PK\1\2\x14\0" + fields + struct.pack("<3H2L", 0, 0, 0, 0, len(body)) + name
        body += b"PK\3\4" + fields + name
    end = struct.pack("<4H2LH", 0, 0, 0xFFFF, 0xFFFF, len(directory), len(body), 0)
    assert both(bytes(body + directory + b"PK\5\6" + end), tmp_path) == NO_BUNDLE


def test_a_link_to_a_name_that_no_file_can_have_leads_nowhere(
    bundles: dict[str, bytes], tmp_path: Path
) -> None:
    """The product ended with a fault."""
    folder = within(tmp_path / "folder", bundles["participant"])
    (folder / "x").symlink_to("x" * 300)
    assert found_at(folder) == NO_BUNDLE


def test_folders_in_folders_are_gone_through_however_deep(bundles: dict[str, bytes], tmp_path: Path) -> None:
    """Some Pythons gave up, and so the product ended with a fault; others did not."""
    folder = within(tmp_path / "folder", bundles["participant"])
    made = [folder / "x"]
    try:
        for _ in range(1200):
            made[-1].mkdir()
            made.append(made[-1] / "x")
        assert found_at(folder) == set()
        made[-1].write_bytes(b"")
        assert found_at(folder) == {("bundle", 0, "files")}
    finally:
        made.pop().unlink(missing_ok=True)
        for each in reversed(made):
            each.rmdir()


def test_a_link_to_a_folder_is_no_file_of_a_bundle(bundles: dict[str, bytes], tmp_path: Path) -> None:
    """It was passed over, with all that a reader who follows it finds there."""
    folder = within(tmp_path / "folder", bundles["participant"])
    (folder / "more").symlink_to(tmp_path)
    assert found_at(folder) == NO_BUNDLE


def within(folder: Path, data: bytes) -> Path:
    """The folder with a bundle unpacked into it."""
    for name, content in files_of(data).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def test_a_bundle_is_one_by_whatever_name(bundles: dict[str, bytes], tmp_path: Path) -> None:
    """By the name of a proof the product took it for a damaged one."""
    path = tmp_path / "bundle.tlog-proof"
    for data, code in ((bundles["whole"], 0), (zipped({"x": b""}), 3)):
        path.write_bytes(data)
        done = CliRunner().invoke(whole_command_line(), ["audit", "verify", str(path)])
        assert done.exit_code == code
        command = [sys.executable, str(SHIPPED / "verify.py"), str(path)]
        assert subprocess.run(command, capture_output=True, check=False).returncode == code


def test_a_file_that_cannot_be_read_is_no_bundle(tmp_path: Path) -> None:
    """The product ended with a fault."""
    path = tmp_path / "bundle.zip"
    path.symlink_to("/proc/self/mem")  # Whoever runs this may not be refused anything, and cannot read this.
    assert CliRunner().invoke(whole_command_line(), ["audit", "verify", str(path)]).exit_code == 3
    command = [sys.executable, str(SHIPPED / "verify.py"), str(path)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 3
