"""A store rewritten from the middle on, by the product itself so that all in it fits, and what finds it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.ledger.witness import cosign, create, request
from adapters.store import Store
from domain.errors import Broken
from domain.identifiers import SYSTEM_LOG
from tests.support.signing import Signing
from tests.support.trial import TRIAL, day
from tests.verification.signed_store import Signed, build, changed, copied, found, opened, replaced
from workflows.observation import RecordDialysis


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    """The trial as it would stand with one more session of dialysis in the middle, signed by whoever holds
    the signing key: recorded by the product itself, so that everything in it fits.
    """
    return build(tmp_path_factory.mktemp("other"), RecordDialysis(participant="S1-001", at=day(0, "10:00")))


def entries(file: Path) -> list[dict[str, object]]:
    """The lines of the trial, as they were written."""
    with opened(file) as app:
        assert isinstance(app.store, Store)
        found = app.store.rows(f"SELECT entry FROM fact WHERE trial = '{TRIAL}' ORDER BY position")
    return [json.loads(str(entry)) for (entry,) in found]


@pytest.mark.requirement("AT-04")
def test_a_fact_put_in_with_everything_behind_it_rewritten_is_found_by_what_was_signed(
    signed: Signed, other: Signed, file: Path
) -> None:
    """Positions, lines, hashes, tree and read models fit; nothing but the signatures tells."""
    before = entries(file)
    replaced(file, other.file)
    after = entries(file)
    same = [one == another for one, another in zip(before, after, strict=False)]
    put_in = same.index(False) + 1
    assert 1 < put_in < signed.first
    assert not any(same[put_in - 1 :])
    assert len(after) == len(before) + 1
    assert after[put_in - 1]["topic"] == "dialysis.session_recorded.v1"
    told = [each["topic"] for each in after]
    assert told[: put_in - 1] + told[put_in:] == [each["topic"] for each in before]
    known = found(file)
    assert {check: each.position for check, each in known.items()} == {
        (TRIAL, "root"): signed.first,
        (TRIAL, "system"): signed.first,
    }


def test_it_is_found_by_the_system_log_where_what_was_signed_of_the_trial_was_taken_out(
    signed: Signed, other: Signed, file: Path
) -> None:
    replaced(file, other.file)
    changed(file, f"DELETE FROM anchor WHERE trial = '{TRIAL}'")
    known = found(file)
    assert {check: each.position for check, each in known.items()} == {(TRIAL, "system"): signed.first}


def test_limit_a_store_rewritten_and_signed_anew_by_the_key_holder_passes_without_an_outside_anchor(
    signed: Signed, other: Signed, tmp_path: Path
) -> None:
    """The whole store, the system log too, with nobody's word but the key holder's."""
    file = copied(other, tmp_path)
    changed(file, "DELETE FROM anchor WHERE holder LIKE '%witness'")
    keys = signed.policy.split("witness")[0] + "quorum none\n"
    assert found(file, keys) == {}, "it is signed by the very keys"


def test_a_store_that_the_key_holder_rewrote_fails_a_policy_that_asks_for_witnesses(
    signed: Signed, other: Signed, tmp_path: Path
) -> None:
    file = copied(other, tmp_path)
    changed(file, "DELETE FROM anchor WHERE holder LIKE '%witness'")
    assert found(file, signed.policy)[TRIAL, "policy"].position == other.last


def test_a_store_that_the_key_holder_rewrote_is_found_by_a_checkpoint_held_outside(
    signed: Signed, other: Signed, tmp_path: Path
) -> None:
    known = found(copied(other, tmp_path), notes=signed.notes)
    assert {(TRIAL, "root"), (SYSTEM_LOG, "root")} == set(known)
    assert known[TRIAL, "root"].position == signed.last


def test_a_witness_cosigns_no_store_that_the_key_holder_rewrote(
    signed: Signed, other: Signed, file: Path, tmp_path: Path
) -> None:
    """It has seen the first history, and takes nothing that does not go on from it."""
    name = "hospital.example/pi"
    with opened(file) as app:
        witness = create(tmp_path / "witness", name, [str(Signing(app).key(TRIAL).key)])
        cosign(witness, str(request(app, TRIAL, name, 0)), app.clock.now())
    again = tmp_path / "again"
    again.mkdir()
    with opened(copied(other, again)) as app:
        asked = request(app, TRIAL, name, signed.last)
        with pytest.raises(Broken) as refused:
            cosign(witness, str(asked), app.clock.now())
    assert refused.value.code == "witness.inconsistent"
