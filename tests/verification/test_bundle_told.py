"""What signatures and verifications cover, held in a bundle against what stood there: by both verifiers."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

from adapters.zipped import unzipped
from domain.casebook_paths import path_forms, path_of
from domain.fact import FACTS
from domain.ledger.note import Note, origin_of
from projections.verification.bundle_manifest import manifest_of
from tests.cli.terminal import Terminal
from tests.golden.files import HISTORY_FILES
from tests.support.casebooks import signature, verification
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course
from tests.verification.rewriting import Rewriting
from tests.verification.shipped import VERIFY, Places, both, by_product, by_program, resealed
from tests.verification.signed_store import Signed, asked, bundle_of
from trialog import __version__
from workflows import observation

CODE = "S1-001"


@pytest.fixture(scope="module")
def covering(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A trial in which a record, a field and a casebook were signed or verified: its store and its length."""
    scenario = Scenario(tmp_path_factory.mktemp("covering"))
    try:
        scenario.given(active(), course("measured"), course("measured", "S1-002", place=2))
        scenario.given(signature(scenario, CODE, "baseline"))
        scenario.given(verification(scenario, CODE, "baseline/alt"))
        change = observation.CorrectResult(participant=CODE, visit="baseline", result="alt", value="41")
        scenario.given(change)
        scenario.given(signature(scenario, CODE, "casebook"))
        return Path(scenario.location), scenario.store.head(TRIAL).position
    finally:
        scenario.close()


def words(whole: Rewriting) -> list[int]:
    """Where records are signed or verified."""
    return [
        each["position"]
        for each in whole.entries
        if each["topic"] in ("record.signed.v1", "record.verified.v1")
    ]


def test_what_was_signed_is_what_stood_there(covering: tuple[Path, int], tmp_path: Path) -> None:
    file, head = covering
    for participant in ("", CODE):
        data = bundle_of(file, asked(head, participant=participant))
        assert both(data, tmp_path) == set()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"record":"baseline"', '"record":"consent"'),
        ('"facts":', '"facts":1'),
        ('"content":"', '"content":"0'),
        ('"covers":', '"covers":1'),
    ],
)
def test_a_signature_over_other_content_is_found_though_all_else_fits(
    covering: tuple[Path, int], tmp_path: Path, old: str, new: str
) -> None:
    """As somebody makes it who holds the signer's key; here nothing was signed yet."""
    whole = Rewriting(bundle_of(covering[0], asked(covering[1])))
    at = words(whole)[0]
    assert whole.facts[at]["text"] != whole.facts[at]["text"].replace(old, new)
    found = both(whole.say(at, lambda text: text.replace(old, new)).sealed(), tmp_path)
    assert found == {("trial", at, "covered")}


def test_a_fact_changed_under_a_signature_is_found_by_all_that_cover_it(
    covering: tuple[Path, int], tmp_path: Path
) -> None:
    whole = Rewriting(bundle_of(covering[0], asked(covering[1])))
    at = next(
        each["position"]
        for each in whole.entries
        if each["topic"] == "lab.result_recorded.v1" and '"alt"' in whole.facts[each["position"]]["text"]
    )
    whole.say(at, lambda text: text.replace('"value":"', '"value":"9'))
    path, data = tmp_path / "bundle.zip", whole.sealed()
    path.write_bytes(data)
    (finding,) = by_product(data)
    assert (finding.position, str(finding.check), finding.more) == (words(whole)[0], "covered", 2)
    assert by_program(path) == {("trial", words(whole)[0], "covered")}


def test_where_a_fact_belongs_stands_in_the_bundle_in_one_form(
    covering: tuple[Path, int], tmp_path: Path
) -> None:
    files = dict(unzipped(bundle_of(covering[0], asked(covering[1]))).files)
    known = files["manifest.txt"]
    manifest = manifest_of(known)
    assert manifest is not None
    assert manifest.records == path_forms()
    unreadable: Places = {("bundle", 0, "manifest")}
    wrong = (
        known.replace(b"{visit}", b"{visit.x}", 1),
        known.replace(b' {"infusion":1}', b" {1}", 1),
        known.replace(b" {}\n", b"\n", 1),
        known + b"\n",
    )
    for each in wrong:
        assert each != known
        assert both(resealed({**files, "manifest.txt": each}), tmp_path) == unreadable
    moved = known.replace(b"lab.result_recorded.v1 {visit}/", b"lab.result_recorded.v1 elsewhere/")
    found = both(resealed({**files, "manifest.txt": moved}), tmp_path)
    assert {check for _, _, check in found} == {"covered"}
    none = re.sub(rb"record .*\n", b"", known)
    assert {check for _, _, check in both(resealed({**files, "manifest.txt": none}), tmp_path)} == {"covered"}


def test_every_path_told_by_a_form_is_the_one_that_the_fact_tells() -> None:
    """The forms are made from what tells paths; a field left out for its default is filled in."""
    forms = path_forms()
    lines = (HISTORY_FILES / f"{__version__}.jsonl").read_text("utf-8").splitlines()
    seen = set()
    for told in map(json.loads, lines):
        if told["stream"].startswith("participant/"):
            said = json.loads(told["data"])
            form = forms.get(told["topic"])
            path = form and form[0].format_map({**form[1], **said})
            assert path == path_of(FACTS.read(told["topic"], told["data"])), told["topic"]
            seen.add(form and form[0])
    assert len(seen) > 10


WITHOUT = "no system log is here: what else was signed of the trial is not told"


def test_that_a_bundle_tells_nothing_of_what_else_was_signed_is_told(
    bundles: dict[str, bytes], tmp_path: Path
) -> None:
    """Whoever takes the system part out, with its line of the manifest, does not hide that it is gone."""
    terminal = Terminal(tmp_path)
    for kind in ("whole", "participant"):
        files = dict(unzipped(bundles[kind]).files)
        manifest = re.sub(rb"system [^\n]+\n", b"", files["manifest.txt"])
        others = {name: data for name, data in files.items() if not name.startswith("system/")}
        for data, lines in (
            (bundles[kind], 0),
            (resealed({**others, "manifest.txt": manifest}), 1),
        ):
            path = tmp_path / "bundle.zip"
            assert both(data, tmp_path) == set()
            VERIFY.FOUND.clear()
            assert VERIFY.verify(path, None, []).count(WITHOUT) == lines
            assert terminal.do("audit", "verify", str(path)).splitlines().count(WITHOUT) == lines


@pytest.mark.parametrize("token", [b"", bytes(32), b"\x30\x82" * 600])
def test_a_time_stamp_is_told_as_not_checked_and_counts_for_no_policy(
    token: bytes, bundles: dict[str, bytes], signed: Signed, tmp_path: Path
) -> None:
    """Whose bytes they are nobody asked: whoever makes the bundle writes the hash that they must hold."""
    files = dict(unzipped(bundles["whole"]).files)
    stem = f"trial/checkpoints/{signed.last:012}"
    note = Note.parse(files[f"{stem}.note"].decode())
    digest = sha256(note.text.encode()).digest()
    alone = tuple(each for each in note.signatures if each.name == origin_of(TRIAL))
    files[f"{stem}.note"] = str(Note(note.text, alone)).encode()
    stamped = {**files, f"{stem}.site.tsr": token + digest, f"{stem}.sponsor.tsr": digest + token}
    data, path, terminal = resealed(stamped), tmp_path / "bundle.zip", Terminal(tmp_path)
    assert both(data, tmp_path) == set()
    VERIFY.FOUND.clear()
    told = "\n".join(VERIFY.verify(path, None, []))
    shown = terminal.do("audit", "verify", str(path))
    for lines in (told, shown):
        stamps = [line for line in lines.splitlines() if "time stamp" in line]
        assert stamps
        assert all(line.startswith("  not checked: ") for line in stamps)
        assert "cosigned" not in lines
    assert both(data, tmp_path, signed.policy) == {("trial", signed.last, "policy")}
    first = f"trial/checkpoints/{signed.first:012}"
    text = Note.parse(files[f"{first}.note"].decode()).text
    path.write_bytes(resealed({**files, f"{first}.tsa.tsr": sha256(text.encode()).digest()}))
    for lines in ("\n".join(VERIFY.verify(path, None, [])), terminal.do("audit", "verify", str(path))):
        assert lines.count("  not checked: the time stamp") == 1
    for other in (token, digest[:-1] + token):
        odd = resealed({**files, f"{stem}.site.tsr": other})
        assert both(odd, tmp_path) == {("trial", signed.last, "checkpoint")}
        assert "time stamp" not in "\n".join(VERIFY.verify(path, None, []))
