"""Changes made together: both verifiers agree, find what can be found, and what verifies is true."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest

from adapters.keys.ed25519 import verified
from adapters.zipped import unzipped
from domain.ledger.note import Checkpoint, Note
from domain.ledger.policy import Policy
from projections.verification.bundle import verify_bundle
from projections.verification.signed import Kept, Trust
from tests.support.trial import TRIAL
from tests.verification.combining import Files, alone, combined, fitted, items, moved, untrue
from tests.verification.conftest import KINDS
from tests.verification.shipped import Places, both, by_program, places
from tests.verification.signed_store import Signed

SEEDS = range(50)
LEDGER = "trial/ledger.txt"


@pytest.fixture(scope="module")
def known(bundles: dict[str, bytes]) -> dict[str, Files]:
    """The files of every kind of bundle."""
    return {kind: dict(unzipped(data).files) for kind, data in bundles.items()}


def test_whatever_is_changed_together_both_agree_and_what_verifies_is_true(
    known: Mapping[str, Files], signed: Signed, tmp_path: Path
) -> None:
    """With a policy, with checkpoints held outside, or with neither."""
    verdicts = set()
    for seed in SEEDS:
        chance = Random(seed)
        data = combined(chance.choice(KINDS), known, chance)
        policy = signed.policy if chance.random() < 0.5 else ""
        notes = signed.notes if chance.random() < 0.3 else ()
        path = tmp_path / "bundle.zip"
        path.write_bytes(data)
        opened = unzipped(data)
        trust = Trust(verified, Policy.parse(policy) if policy else None)
        held = [Kept(Checkpoint.parse(note.text).size, note) for note in map(Note.parse, notes)]
        came = verify_bundle(opened.files, opened.damaged, trust, held)
        assert places(came.findings) == by_program(path, policy, notes), seed
        verdicts.add(not came.findings)
        if not came.findings:
            sizes = {log.name: log.coverage.size for log in came.logs}
            assert untrue(opened.files, known, sizes) == [], seed
    assert verdicts == {True, False}


def test_what_is_held_to_be_true_can_be_untrue(known: Mapping[str, Files], signed: Signed) -> None:
    files = known["participant"]
    said = files[LEDGER].replace(b'"actor":"', b'"actor":"x')
    assert untrue({**files, LEDGER: said}, known, {"trial": signed.last}) != []
    own = [line for line in lines_of(files) if b'"stream":"participant/S1-001"' in line]
    fewer = with_lines(files, [line[:64] + b"\t0" if line == own[0] else line for line in lines_of(files)])
    assert untrue(fewer, known, {"trial": signed.last}) == ["trial of participant/S1-001"]
    assert untrue(files, known, {"trial": signed.last, "system": 1}) == []


# ---------------------------------------------------------------- each by its name


def lines_of(files: Files) -> list[bytes]:
    """The lines of the trial's log."""
    return files[LEDGER].splitlines()


def with_lines(files: Files, lines: list[bytes]) -> Files:
    """Other lines in their place."""
    return {**files, LEDGER: b"".join(line + b"\n" for line in lines)}


def checks(found: Places) -> set[str]:
    """In which respects something was found."""
    return {check for _, _, check in found}


def test_a_range_of_a_whole_log_folded_into_subtrees_is_found(
    known: Mapping[str, Files], tmp_path: Path
) -> None:
    """Though roots, manifest and sums are those of the whole: a whole log has entries only."""
    lines = lines_of(known["whole"])
    node = next(items(known["whole"][LEDGER])).node.hex().encode()
    found = both(fitted(with_lines(known["whole"], [node + b"\t0", *lines[1:]])), tmp_path)
    assert ("trial", 1, "line") in found


@pytest.mark.parametrize("kind", ["participant", "masked participant"])
def test_the_part_of_another_participant_in_its_place_is_found(
    kind: str, known: Mapping[str, Files], signed: Signed, tmp_path: Path
) -> None:
    other = {"participant": "masked participant", "masked participant": "participant"}[kind]
    swapped = {**known[kind], LEDGER: known[other][LEDGER]}
    for policy in ("", signed.policy):
        assert "place" in checks(both(fitted(swapped), tmp_path, policy))
    renamed = re.sub(rb"\nparticipant .*", b"\nparticipant S1-404", known[kind]["manifest.txt"])
    found = both(fitted({**known[kind], "manifest.txt": renamed}), tmp_path)
    assert "place" in checks(found)


def test_without_the_system_log_it_is_missing_where_its_key_is_given_and_its_checkpoint_of_nothing_here(
    known: Mapping[str, Files], signed: Signed, tmp_path: Path
) -> None:
    data = fitted(alone(known["whole"], known, Random(0)))
    missing = ("bundle", 0, "policy")
    assert both(data, tmp_path, signed.policy, signed.notes[:1]) == {missing}
    assert both(data, tmp_path, signed.policy, signed.notes) == {missing, ("bundle", 0, "checkpoint")}
    lines = signed.policy.splitlines(keepends=True)
    of_trial = "".join(line for line in lines if not line.startswith("log trialog/_system+"))
    assert of_trial != signed.policy
    assert both(data, tmp_path, of_trial, signed.notes[:1]) == set()
    assert both(data, tmp_path, of_trial, signed.notes) == {("bundle", 0, "checkpoint")}


def test_an_older_checkpoint_as_the_newest_is_found(
    known: Mapping[str, Files], signed: Signed, tmp_path: Path
) -> None:
    first, last = (f"trial/checkpoints/{size:012}.note" for size in (signed.first, signed.last))
    under = {**known["whole"], last: known["whole"][first]}
    assert both(fitted(under), tmp_path) == {("trial", signed.last, "checkpoint")}
    resized = known["whole"][first].replace(b"\n%d\n" % signed.first, b"\n%d\n" % signed.last)
    assert both(fitted({**under, last: resized}), tmp_path) == {("trial", signed.last, "root")}
    only = {name: data for name, data in known["whole"].items() if name != last}
    everyone = signed.policy.replace("group both any", "group both all")
    assert both(fitted(only), tmp_path, everyone) == {("trial", signed.first, "policy")}
    lines = lines_of(known["whole"])[: signed.first]
    cut = fitted(with_lines(only, lines))
    assert both(cut, tmp_path, "", signed.notes[:1]) == {("trial", signed.first, "checkpoint")}


@pytest.mark.parametrize("signed_too", [True, False])
def test_a_line_doubled_with_all_that_follows_moved_up_is_found(
    signed_too: bool, known: Mapping[str, Files], signed: Signed, tmp_path: Path
) -> None:
    """Below a checkpoint by the root; after the newest by its number in its stream."""
    lines = lines_of(known["whole"])
    at = signed.first - 1 if signed_too else signed.head - 1
    doubled = with_lines(known["whole"], [*lines[: at + 1], *lines[at:]])
    data = fitted({**doubled, LEDGER: moved(lines_of(doubled))})
    found = both(data, tmp_path)
    assert ("root" if signed_too else "place") in checks(found)
    assert f'"log":"{TRIAL}"'.encode() in lines[at]
