"""The attack runs on a bundle, by both verifiers; and the limits, each shown as one.

`reference`: the threat model of docs/verification.md. Somebody without the signer's key can make everything
else fit; somebody with it can sign another history, which only an anchor outside can tell from the first.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from adapters.keys.ed25519 import verified
from adapters.zipped import unzipped
from domain.ledger.entry import commitment
from domain.ledger.note import Checkpoint, Note, origin_of
from domain.ledger.tree import root_at
from domain.record import Role
from projections.verification.signed import Trust
from projections.verification.store import verify_store
from tests.support.scenario import Scenario
from tests.support.signing import Signing
from tests.support.trial import TRIAL, active, course, person
from tests.verification.rewriting import Rewriting
from tests.verification.shipped import Places, both, resealed
from tests.verification.signed_store import Signed, asked, bundle_of, opened
from workflows import trial

AT = 20


@pytest.fixture
def whole(bundles: dict[str, bytes]) -> Rewriting:
    """The whole bundle, opened."""
    return Rewriting(bundles["whole"])


def checks(found: Places, part: str = "trial") -> dict[str, int]:
    """What was found in a part: check and first position."""
    return {check: position for where, position, check in found if where == part}


def test_a_bundle_put_together_again_is_the_same_bundle(bundles: dict[str, bytes], whole: Rewriting) -> None:
    assert whole.sealed() == bundles["whole"]


# ---------------------------------------------------------------- without a key


def test_an_edited_payload_is_found_where_it_is(bundles: dict[str, bytes], tmp_path: Path) -> None:
    files = dict(unzipped(bundles["whole"]).files)
    lines = files["trial/ledger.txt"].split(b"\n")
    lines[AT - 1] = lines[AT - 1].replace(b" {", b"  {", 1)
    files["trial/ledger.txt"] = b"\n".join(lines)
    assert both(resealed(files), tmp_path) == {("trial", AT, "fact")}


def test_an_edited_envelope_is_found_where_it_is(bundles: dict[str, bytes], tmp_path: Path) -> None:
    files = dict(unzipped(bundles["whole"]).files)
    edited = files["trial/ledger.txt"].replace(b"typing error", b"typing errer", 1)
    files["trial/ledger.txt"] = edited
    assert both(resealed(files), tmp_path) == {("trial", 1, "envelope")}


@pytest.mark.parametrize(
    ("old", "new"), [('"first":1,', '"first":1.0,'), ('{"actor"', '{ "actor"'), ('"site":', '"seat":')]
)
def test_an_envelope_in_another_form_is_found_though_its_commitment_fits(
    whole: Rewriting, tmp_path: Path, old: str, new: str
) -> None:
    row = whole.envelopes[1]
    row["text"] = row["text"].replace(old, new)
    whole.entries[0]["envelope"] = commitment(bytes.fromhex(row["salt"]), row["text"].encode())
    assert checks(both(whole.sealed(), tmp_path))["envelope"] == 1


def test_an_edited_fact_with_its_commitment_made_to_fit_is_found_by_the_signed_root(
    whole: Rewriting, signed: Signed, tmp_path: Path
) -> None:
    found = both(whole.say(AT, lambda text: f"{text} ").sealed(), tmp_path)
    assert checks(found) == {"root": signed.first, "system": signed.first}


@pytest.mark.parametrize(
    ("field", "value"),
    [("actor", "another"), ("effective_at", "2020-01-01[UTC]"), ("topic", "visit.missed.v1"), ("version", 7)],
)
def test_edited_metadata_are_found(
    whole: Rewriting, signed: Signed, tmp_path: Path, field: str, value: object
) -> None:
    whole.entries[AT - 1][field] = value
    found = checks(both(whole.sealed(), tmp_path))
    assert found["root"] == signed.first


def test_a_command_taken_out_is_found(whole: Rewriting, signed: Signed, tmp_path: Path) -> None:
    kept = [place for command in whole.commands() for place in command if AT not in command]
    found = checks(both(whole.renumber(kept).sealed(), tmp_path))
    assert {"root", "system"} <= set(found)


def test_commands_that_changed_places_are_found(whole: Rewriting, signed: Signed, tmp_path: Path) -> None:
    commands = whole.commands()
    commands[6], commands[7] = commands[7], commands[6]
    found = checks(both(whole.renumber([place for each in commands for place in each]).sealed(), tmp_path))
    assert found["root"] == signed.first
    assert found["clock"] == commands[7][0] + len(commands[6])


def test_a_command_put_in_is_found(whole: Rewriting, signed: Signed, tmp_path: Path) -> None:
    commands = whole.commands()
    order = [place for each in [*commands[:8], commands[7], *commands[8:]] for place in each]
    found = checks(both(whole.renumber(order).sealed(), tmp_path))
    assert {"root", "system"} <= set(found)


def test_a_back_dated_command_is_found(whole: Rewriting, tmp_path: Path) -> None:
    for entry in whole.entries:
        if entry["command"] == whole.entries[AT - 1]["command"]:
            entry["recorded_at"] = "2020-01-01T00:00:00.000000Z"
    found = checks(both(whole.sealed(), tmp_path))
    assert found["clock"] == whole.entries[AT - 1]["command"]
    assert "root" in found


def cut(whole: Rewriting, size: int) -> Rewriting:
    """Only the first facts."""
    return whole.renumber(list(range(1, size + 1)))


def test_an_end_cut_off_under_a_newer_checkpoint_is_found(
    whole: Rewriting, signed: Signed, tmp_path: Path
) -> None:
    found = checks(both(cut(whole, signed.first).sealed(), tmp_path))
    assert found == {"checkpoint": signed.first}


def test_two_signed_roots_of_one_size_are_found(
    bundles: dict[str, bytes], signed: Signed, file: Path, tmp_path: Path
) -> None:
    """A split view: two notes of the signer's own key are a proof against it."""
    with opened(file) as app:
        signing = Signing(app)
        text = str(Checkpoint(origin_of(TRIAL), signed.last, b"f" * 32))
        other = str(Note(text, (signing.key(TRIAL).sign(text),)))
    files = dict(unzipped(bundles["whole"]).files)
    files[f"trial/checkpoints/{signed.last:012}-2.note"] = other.encode()
    assert both(resealed(files), tmp_path, signed.policy) == {("trial", signed.last, "root")}


def test_another_key_in_its_place_is_found_where_the_key_was_brought_along(
    bundles: dict[str, bytes], signed: Signed, file: Path, tmp_path: Path
) -> None:
    """The limit without one: a bundle that names its own key cannot be held to another."""
    with opened(file) as app:
        thief = Signing(app, secret=b"t" * 32)
        note, size = thief.note(TRIAL, signed.last), signed.last
        files = dict(unzipped(bundles["whole"]).files)
        files = {name: data for name, data in files.items() if not name.startswith("trial/checkpoints")}
        files[f"trial/checkpoints/{size:012}.note"] = str(note).encode()
        known = f"log {thief.key(TRIAL).key}\nquorum none\n".encode()
        files["manifest.txt"] = files["manifest.txt"].replace(b"quorum none\n", known)
    data = resealed(files)
    assert both(data, tmp_path) == set()
    assert checks(both(data, tmp_path, signed.policy)) == {"signature": signed.last, "policy": 0}


# ---------------------------------------------------------------- the limits, and what stands beyond them


def forged(folder: Path) -> tuple[bytes, int]:
    """Another history of the same trial, signed with the signer's own key by whoever holds it."""
    scenario = Scenario(folder, name="forged.db")
    try:
        scenario.given(active(), course("closed", "S1-007"), course("accessed", "S1-008", place=2))
        signing = Signing(scenario.app)
        size = signing.sign(TRIAL)
    finally:
        scenario.close()
    return bundle_of(Path(scenario.location), asked(size)), size


def test_limit_a_history_rewritten_and_signed_by_the_key_holder_passes_without_an_outside_anchor(
    signed: Signed, tmp_path: Path
) -> None:
    data, _ = forged(tmp_path)
    assert both(data, tmp_path) == set()


def test_it_fails_a_policy_that_asks_for_witnesses(signed: Signed, tmp_path: Path) -> None:
    data, size = forged(tmp_path)
    assert checks(both(data, tmp_path, signed.policy)) == {"policy": size}


def test_it_fails_against_a_checkpoint_held_outside(signed: Signed, tmp_path: Path) -> None:
    data, _ = forged(tmp_path)
    found = checks(both(data, tmp_path, "", signed.notes[:1]))
    assert set(found) <= {"root", "checkpoint"}
    assert found


def test_limit_an_end_cut_off_with_its_checkpoints_looks_like_an_earlier_bundle(
    whole: Rewriting, signed: Signed, tmp_path: Path
) -> None:
    earlier = cut(whole, signed.first).without_checkpoints(above=signed.first)
    data = earlier.sealed()
    assert both(data, tmp_path) == set()
    held = (signed.notes[0],)
    assert checks(both(data, tmp_path, "", held)) == {"checkpoint": signed.first}


def test_limit_what_comes_after_the_last_anchor_can_be_rewritten(
    whole: Rewriting, signed: Signed, tmp_path: Path
) -> None:
    assert signed.last < signed.head
    assert (
        both(whole.say(signed.head, lambda text: text.replace("baseline", "week-4")).sealed(), tmp_path)
        == set()
    )


@pytest.mark.parametrize("by", [1, -1])
def test_a_gap_in_a_stream_is_found_where_nothing_is_signed_yet(
    whole: Rewriting, signed: Signed, tmp_path: Path, by: int
) -> None:
    """As where a fact after the newest checkpoint was taken out, and what followed moved up."""
    whole.entries[signed.head - 1]["version"] += by
    found = both(whole.sealed(), tmp_path)
    assert found == {("trial", signed.head, "place")}


def test_limit_false_data_entered_with_valid_credentials_verify(tmp_path: Path) -> None:
    """Nobody was ever given anything: the ledger proves what was recorded, not that it is true."""
    scenario = Scenario(tmp_path)
    try:
        scenario.given(active(), course("closed"))
        size = Signing(scenario.app).sign(TRIAL)
    finally:
        scenario.close()
    assert both(bundle_of(Path(scenario.location), asked(size)), tmp_path) == set()


def test_limit_the_page_for_people_is_held_by_the_sums_alone(
    bundles: dict[str, bytes], tmp_path: Path
) -> None:
    files = dict(unzipped(bundles["whole"]).files)
    files["report.en.html"] = files["report.en.html"].replace(b"participant", b"patient")
    assert both(resealed(files), tmp_path) == set()


# ---------------------------------------------------------------- parts


def test_a_part_that_lacks_a_fact_in_the_middle_is_found(bundles: dict[str, bytes], tmp_path: Path) -> None:
    files = dict(unzipped(bundles["participant"]).files)
    lines = files["trial/ledger.txt"].split(b"\n")
    at = next(place for place, line in enumerate(lines) if b'"stream":"participant/S1-001"' in line) + 2
    lines[at] = lines[at].split(b"\t")[0] + b"\t0"
    files["trial/ledger.txt"] = b"\n".join(lines)
    assert checks(both(resealed(files), tmp_path))["place"]


def test_a_part_of_another_participant_than_it_says_is_found(
    bundles: dict[str, bytes], tmp_path: Path
) -> None:
    files = dict(unzipped(bundles["participant"]).files)
    files["manifest.txt"] = files["manifest.txt"].replace(b"S1-001", b"S1-002")
    assert checks(both(resealed(files), tmp_path))["place"]


def test_nothing_can_be_withheld_without_a_ground(bundles: dict[str, bytes], tmp_path: Path) -> None:
    for ground in (b"masked", b"scope", b"redacted 3"):
        files = dict(unzipped(bundles["whole"]).files)
        lines = files["trial/ledger.txt"].split(b"\n")
        columns = lines[AT - 1].split(b"\t")
        lines[AT - 1] = b"\t".join((*columns[:2], b"withheld " + ground, columns[3]))
        files["trial/ledger.txt"] = b"\n".join(lines)
        assert both(resealed(files), tmp_path) == {("trial", AT, "withheld")}


# ---------------------------------------------------------------- data cuts


@pytest.fixture(scope="module")
def with_a_cut(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, int]:
    """A trial with a data cut that names the root of the ledger: its store, its length and the cut's fact."""
    scenario = Scenario(tmp_path_factory.mktemp("cut"))
    try:
        scenario.given(active(), course("measured"))
        head = scenario.store.head(TRIAL).position
        root = root_at(head, partial(scenario.app.ledger.nodes, TRIAL)).hex()
        scenario.given(trial.NameDataCut(name="interim", position=head, root=root))
        scenario.given(course("consented", "S1-002"))
        return Path(scenario.location), scenario.store.head(TRIAL).position, head + 1
    finally:
        scenario.close()


def test_the_root_that_a_data_cut_names_is_held_against_the_tree(
    with_a_cut: tuple[Path, int, int], tmp_path: Path
) -> None:
    file, head, position = with_a_cut
    data = bundle_of(file, asked(head))
    assert both(data, tmp_path) == set()
    wrong = (
        lambda text: text.replace('"root":"', '"root":"00', 1),
        lambda text: text.replace(f'"position":{position - 1}', f'"position":{position - 2}'),
        lambda text: text.replace(f'"position":{position - 1}', '"position":100000000000000000000'),
        lambda text: text.replace(f'"position":{position - 1}', '"position":-1'),
    )
    for change in wrong:
        found = checks(both(Rewriting(data).say(position, change).sealed(), tmp_path))
        assert found == {"cut": position}
    unreadable = Rewriting(data).say(position, lambda text: text.replace('"root":"', '"root":1,"x":"'))
    assert checks(both(unreadable.sealed(), tmp_path)) == {"fact": position}


def test_a_store_whose_history_is_not_the_one_that_a_cut_named_is_found(
    with_a_cut: tuple[Path, int, int],
) -> None:
    """Also where nothing was ever signed: the cut itself names the root."""
    file, _, position = with_a_cut
    with opened(file) as app:
        trust = Trust(verified)
        assert verify_store(app.reading, app.ledger, trust).findings == ()
        right = root_at(position - 2, partial(app.ledger.nodes, TRIAL)).hex()
        other = trial.NameDataCut(name="other", position=position - 1, root=right)
        app.engine.execute(TRIAL, other, person(Role.STATISTICIAN))
        (finding,) = verify_store(app.reading, app.ledger, trust).findings
        assert (finding.log, str(finding.check)) == (TRIAL, "cut")
        assert finding.position == app.ledger.head(TRIAL)[0]
