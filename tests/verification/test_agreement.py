"""The shipped program and the product come to the same verdict on every bundle, however it was changed.

Whatever somebody does to a bundle's files, with SHA256SUMS left alone or made to fit: both name the same
kinds of findings, each at the same first position.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.bundle.stretches import in_processes
from adapters.keys.ed25519 import WitnessKey, verified
from adapters.zipped import opened, unzipped, zipped
from domain.ledger.note import Note, origin_of
from domain.ledger.tree import Frontier, leaf_hash
from projections.verification.bundle import verify_bundle
from projections.verification.bundle_stretch import Stretch, Walked, walk, whole_log
from projections.verification.signed import Trust
from tests.support.trial import TRIAL
from tests.verification.conftest import KINDS
from tests.verification.shipped import both, by_program, places, resealed
from tests.verification.signed_store import Signed, found

HOSTILE = (
    b"null",
    b"[]",
    b"{}",
    b'"x"',
    b"[" * 100_000,
    b'{"position":1}',
    b"\xff",
    b"NaN",
    b"1e999",
    b"0" * 64 + b"\t0",
    b"0" * 64 + b"\t3",
    b"0" * 64 + b"\t59",
    b"0" * 64 + b"\t60",
    b"0" * 64 + b"\t{}\twithheld masked\t",
    b"\t\t\t",
    b"quorum none",
    b"log x+00000000+AAAA",
    b"record x {y} {}",
    b"trial T 999999999999999999 " + b"0" * 64,
)
"""Lines that a careless reader would stumble over."""

NOT_READ = ("SPEC.md", "verify.py", "report.en.html", "report.zh.html")


@st.composite
def changes(draw: st.DrawFn, files: dict[str, bytes]) -> dict[str, bytes]:
    """The files with one thing changed."""
    name = draw(st.sampled_from(sorted(set(files) - set(NOT_READ))))
    data = files[name]
    others = {each: content for each, content in files.items() if each != name}
    kind = draw(st.sampled_from(("bit", "cut", "line", "rename", "remove", "extra", "other", "digit")))
    if kind == "rename":
        new = draw(st.sampled_from((f"{name}x", "trial/checkpoints/000000000001.note", f"extra/{name}")))
        return {**others, new: data}
    if kind == "remove" or not data:
        return others
    if kind == "extra":
        new = draw(st.sampled_from(("x.txt", "trial/x", "system/checkpoints/000000000006-2.note")))
        return {**files, new: b"hello"}
    if kind == "other":
        return {**files, name: files[draw(st.sampled_from(sorted(files)))]}
    if kind == "line":
        return {**files, name: draw(_lines(data))}
    at = draw(st.integers(0, len(data) - 1))
    if kind == "bit":
        return {**files, name: data[:at] + bytes([data[at] ^ 1 << draw(st.integers(0, 7))]) + data[at + 1 :]}
    if kind == "cut":
        return {**files, name: data[:at]}
    digits = [place for place, byte in enumerate(data) if 48 <= byte < 58]
    if not digits:
        return others
    at = draw(st.sampled_from(digits))
    return {**files, name: data[:at] + b"%d" % draw(st.integers(0, 9)) + data[at + 1 :]}


@st.composite
def _lines(draw: st.DrawFn, data: bytes) -> bytes:
    """The lines with one dropped, doubled, moved, made hostile or written another way."""
    lines = data.split(b"\n")
    at = draw(st.integers(0, len(lines) - 1))
    match draw(
        st.sampled_from(("drop", "double", "swap", "hostile", "blank", "order", "case", "withheld", "given"))
    ):
        case "drop":
            del lines[at]
        case "double":
            lines.insert(at, lines[at])
        case "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
        case "hostile":
            lines[at] = draw(st.sampled_from(HOSTILE))
        case "blank":
            lines[at] = lines[at].replace(b":", b": ", 1)
        case "order":
            lines[at] = lines[at].replace(b'"position":', b'"position":-', 1)
        case "withheld":
            ground = draw(st.sampled_from((b"masked", b"scope", b"genetic", b"redacted 3", b"nothing", b"")))
            columns = lines[at].split(b"\t")
            columns[draw(st.integers(0, len(columns) - 1))] = b"withheld " + ground
            lines[at] = b"\t".join(columns)
        case "given":
            lines[at] += draw(st.sampled_from((b"withheld masked", b"0" * 32 + b" {}", b"A" * 32 + b" {}")))
        case _:
            lines[at] = lines[at].upper()
    return b"\n".join(lines)


def test_bundles_that_nobody_touched_are_read_in_stretches_and_verify(
    bundles: dict[str, bytes], signed: Signed, tmp_path: Path
) -> None:
    for data in bundles.values():
        assert both(data, tmp_path) == set()
    for kind in ("whole", "masked", "earlier"):
        files, seen = unzipped(bundles[kind]).files, list[Walked | None]()

        def watched(stretches: Iterable[Stretch], seen: list[Walked | None] = seen) -> list[Walked | None]:
            seen += map(walk, stretches)
            return seen

        whole = whole_log(TRIAL, files["trial/ledger.txt"], (1, 7, 8, 9, 16, 17), watched)
        lines = [line.split(b"\t")[1] for line in files["trial/ledger.txt"].splitlines()]
        assert whole is not None
        assert whole.length == len(lines)
        assert len(seen) == -(-len(lines) // 8)
        assert any(each is not None and each.goes_on for each in seen)
        tree = Frontier()
        for size, line in enumerate(lines, start=1):
            tree.append(leaf_hash(line))
            assert whole.roots.get(size, tree.root()) == tree.root(), size
        assert {1, 7, 8, 9, 16, 17, len(lines)} <= whole.roots.keys()
    for kind in ("whole", "masked", "participant", "masked participant"):
        assert both(bundles[kind], tmp_path, signed.policy, signed.notes) == set()


def test_stretches_are_read_alike_in_processes(bundles: dict[str, bytes]) -> None:
    opened = unzipped(bundles["whole"])

    def walk_them(stretches: Iterable[Stretch]) -> list[Walked | None]:
        every = list(stretches)
        found = list(in_processes(every, least=1))
        assert found == list(map(walk, every))
        return found

    assert verify_bundle(opened.files, (), Trust(verified), walk=walk_them).findings == ()


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data(), fits=st.booleans(), pinned=st.booleans())
def test_both_find_the_same_in_a_bundle_however_it_was_changed(
    kind: str,
    bundles: dict[str, bytes],
    signed: Signed,
    tmp_path: Path,
    data: st.DataObject,
    fits: bool,
    pinned: bool,
) -> None:
    files = unzipped(bundles[kind]).files
    changed = data.draw(changes(files))
    made = resealed(changed) if fits else zipped(changed)
    wrong = both(made, tmp_path, signed.policy if pinned else "")
    if changed != files and not fits:
        assert wrong


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_both_find_a_byte_of_the_zip_that_was_changed_or_lost(
    bundles: dict[str, bytes], tmp_path: Path, data: st.DataObject
) -> None:
    whole = bundles["participant"]
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from(("changed", "lost", "doubled", "ended")))
    changed = {
        "changed": whole[:at] + bytes([byte]) + whole[at + 1 :],
        "lost": whole[:at] + whole[at + 1 :],
        "doubled": whole[: at + 1] + whole[at:],
        "ended": whole[:at],
    }[cut]
    assert both(changed, tmp_path) or changed == whole


def test_what_is_no_zip_at_all_is_no_bundle(tmp_path: Path) -> None:
    for data in (b"", b"PK", b"PK\5\6" + bytes(18), b"hello" * 100, b"PK\3\4" + b"\xff" * 200):
        assert both(data, tmp_path) == {("bundle", 0, "container"), ("bundle", 0, "manifest")}


def test_a_folder_with_nothing_in_it_is_no_bundle(tmp_path: Path) -> None:
    nothing = opened(tmp_path)
    wrong = places(verify_bundle(nothing.files, nothing.damaged, Trust(verified)).findings)
    assert wrong == by_program(tmp_path) == {("bundle", 0, "manifest")}


def test_a_checkpoint_brought_along_adds_its_cosignatures_to_those_of_the_bundle(
    bundles: dict[str, bytes], signed: Signed, file: Path, tmp_path: Path
) -> None:
    """What somebody holds of a checkpoint is often the log's signature alone, or one witness's beside it."""
    everyone, files = (
        signed.policy.replace("group both any", "group both all"),
        unzipped(bundles["whole"]).files,
    )
    name = f"trial/checkpoints/{signed.last:012}.note"
    note = Note.parse(files[name].decode())
    own = tuple(each for each in note.signatures if each.name == origin_of(TRIAL))
    alone = str(Note(note.text, own))
    halves = [str(Note(note.text, (*own, each))) for each in note.signatures if each not in own]
    assert both(bundles["whole"], tmp_path, everyone, (alone,)) == set()
    assert found(file, everyone, (alone,)) == {}
    data = resealed({**files, name: halves[0].encode()})
    assert both(data, tmp_path, everyone) == {("trial", signed.last, "policy")}
    assert both(data, tmp_path, everyone, (halves[1],)) == set()
    assert both(data, tmp_path, everyone, (alone,)) == {("trial", signed.last, "policy")}


def test_a_witness_named_as_the_log_is_no_key_of_the_log(bundles: dict[str, bytes], tmp_path: Path) -> None:
    policy = f"witness site {WitnessKey(b'x' * 32, origin_of(TRIAL)).key}\nquorum none\n"
    assert both(bundles["whole"], tmp_path, policy) == {("trial", 0, "policy")}
