"""Keys that do not open what is sealed are found; an erased identity, and a store without keys, are not."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

import pytest

from adapters.app import App
from adapters.keys.key_file import key_file_of
from adapters.ledger.keys_held import KeysHeld, keys_held
from adapters.ledger.verified import fault_in
from domain.privacy import identity_scope
from domain.sealed import ALLOCATION
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course
from workflows import privacy, trial

CODE = "S1-001"
ERASED = (
    trial.CloseEnrolment(),
    trial.LockTrial(),
    trial.ArchiveTrial(),
)


@pytest.fixture
def known(scenario: Scenario) -> Scenario:
    """A participant with an allocation and an identity."""
    identity = privacy.RecordIdentity(participant=CODE, name="Zhang San")
    return scenario.given(active(), course("randomized"), identity)


def held(scenario: Scenario, **changes: bytes | None) -> KeysHeld:
    """What is found of the keys once some are others, or gone, in the file; as a process finds them."""
    path = key_file_of(scenario.location)
    keys = json.loads(path.read_text("utf-8"))["keys"]
    for name, key in changes.items():
        scope = ALLOCATION if name == "allocation" else identity_scope(CODE)
        keys.pop(scope) if key is None else keys.update({scope: b64encode(key).decode()})
    path.write_text(json.dumps({"keys": keys}), "utf-8")
    app: App = scenario.opened()
    try:
        found = keys_held(app)
        told = fault_in(app, scenario.location).fault
        assert bool(told) == bool(found.findings)
        return found
    finally:
        app.close()


def test_keys_that_fit_are_told_and_nothing_is_found(known: Scenario) -> None:
    found = held(known)
    assert (found.absent, found.findings) == (0, ())
    assert found.opening >= 2


@pytest.mark.parametrize("which", ["allocation", "identity"])
def test_a_key_that_opens_nothing_and_a_lost_one_are_found_where_they_are_needed(
    known: Scenario, which: str
) -> None:
    stands = {each.fact.TOPIC: each.position for each in known.records()}
    position = 0 if which == "allocation" else stands["identity.recorded.v1"]
    (wrong,) = held(known, **{which: bytes(32)}).findings
    assert (wrong.log, wrong.position, str(wrong.check)) == (TRIAL, position, "key")
    assert "does not open this" in wrong.what
    (lost,) = held(known, **{which: None}).findings
    assert (lost.log, lost.position) == (TRIAL, position)
    assert "no fact says that it was destroyed" in lost.what
    assert CODE not in f"{wrong}{lost}"


def test_a_store_without_its_keys_and_an_erased_identity_are_no_failure(known: Scenario) -> None:
    known.given(*ERASED)
    known.on(30 * 366).given(
        privacy.RequestErasure(participant=CODE, ground="retention has ended"),
        privacy.ApproveErasure(participant=CODE),
    )
    known.app.destruction.carry_out(known.view())
    found = held(known)
    assert (found.absent, found.findings) == (0, ())
    Path(key_file_of(known.location)).unlink()
    app = known.opened()
    try:
        found = keys_held(app)
    finally:
        app.close()
    assert (found.opening, found.findings) == (0, ())
    assert found.absent
