"""Facts that a verifier reads say something else, everything fits, and both agree on what it means."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from random import Random

import pytest

from adapters.keys.ed25519 import LogKey
from adapters.zipped import unzipped
from domain.ledger.note import Note, origin_of
from domain.ledger.renewal import Renewal
from domain.ledger.tree import root_at
from domain.privacy import Part
from domain.signed_log import IncarnationDeclared, KeyRotated
from projections.verification.renewed import renewed_root
from projections.verification.word import KEY_REGISTERED, PROTOCOLS, TOPICS
from tests.support.casebooks import signature, verification
from tests.support.scenario import Scenario
from tests.support.signing import SIGNER, Signing
from tests.support.trial import TRIAL, active, amended, course, day, of_log, small
from tests.verification.combining import CHANGES, Files, fitted
from tests.verification.respeaking import SAYINGS, say_last
from tests.verification.shipped import both
from tests.verification.signed_store import asked, bundle_of
from workflows import participant, privacy, trial
from workflows.signed_log import RecordRenewal

SEEDS = range(30)
CODE = "S1-001"


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Files]:
    """Bundles of a log in which every fact occurs that a verifier reads."""
    scenario = Scenario(tmp_path_factory.mktemp("spoken"))
    try:
        signing = Signing(scenario.app)
        scenario.given(active(), course("measured"))
        renew(scenario, signing, signing.sign(TRIAL))
        old, new = (str(LogKey(secret, origin_of(TRIAL)).key) for secret in (b"a" * 32, signing.secret))
        scenario.given(of_log("_self", KeyRotated(origin=origin_of(TRIAL), old=old, new=new)))
        scenario.given(signature(scenario, CODE, "baseline"), verification(scenario, CODE, "baseline/alt"))
        noted = participant.RecordMisrandomization(participant=CODE, at=day(0, "11:00"), finding="Zhang San")
        scenario.given(noted)
        scenario.given(signature(scenario, CODE, "casebook"))
        redact(scenario)
        head = signing.sign(TRIAL)
        root = root_at(head, partial(scenario.app.ledger.nodes, TRIAL)).hex()
        scenario.given(trial.NameDataCut(name="interim", position=head, root=root))
        scenario.given(amended(small({"version": "2.0"})))
        lost = IncarnationDeclared(
            origin=origin_of(TRIAL, 2),
            incarnation=2,
            note="",
            restored=scenario.store.head(TRIAL).position,
            lost_from=0,
            lost_to=0,
            reason="the disk failed",
            approver="zhao.pi",
        )
        scenario.given(of_log("_self", lost))
        signing.origins[TRIAL] = lost.origin
        last = signing.sign(TRIAL)
        asks = {"whole": asked(last), "participant": asked(last, participant=CODE), "earlier": asked(head)}
        made = {kind: bundle_of(Path(scenario.location), ask) for kind, ask in asks.items()}
        return {kind: dict(unzipped(data).files) for kind, data in made.items()}
    finally:
        scenario.close()


def renew(scenario: Scenario, signing: Signing, size: int) -> None:
    """Have the log renewed, and told so in the system log."""
    root = renewed_root(scenario.app.ledger, TRIAL, size, "sha3-256")
    assert root is not None
    renewal = Renewal(origin_of(TRIAL), size, "sha3-256", root)
    note = str(Note(str(renewal), (signing.key(TRIAL).sign(str(renewal)),)))
    told = RecordRenewal(log=TRIAL, origin=renewal.origin, size=size, algorithm="sha3-256", note=note)
    scenario.app.engine.execute("_system", told, SIGNER)


def redact(scenario: Scenario) -> None:
    """Have the finding of a misrandomization destroyed."""
    topic = "participant.misrandomization_noted.v1"
    position = next(record.position for record in scenario.records() if topic == record.fact.TOPIC)
    scenario.given(
        privacy.RequestRedaction(position=position, part=Part.FACT, field="finding", ground="a name"),
        privacy.ApproveRedaction(redaction=f"{position}-finding"),
    )
    scenario.app.destruction.carry_out(scenario.view())


def test_every_fact_that_a_verifier_reads_occurs_and_verifies(
    spoken: dict[str, Files], tmp_path: Path
) -> None:
    said = spoken["whole"]["trial/ledger.txt"] + spoken["whole"]["system/ledger.txt"]
    assert [topic for topic in TOPICS if f'"topic":"{topic}"'.encode() not in said] == []
    assert KEY_REGISTERED in TOPICS
    assert set(PROTOCOLS) < TOPICS
    for files in spoken.values():
        assert both(fitted(files), tmp_path) == set()


def respoken(spoken: dict[str, Files], seed: int) -> bytes:
    """A bundle with up to three changes; or with one of what is looked at last."""
    chance = Random(seed)
    if seed % 2:
        return fitted(say_last(spoken["earlier"], spoken, chance))
    files = dict(spoken[chance.choice(sorted(spoken))])
    for change in chance.choices((*SAYINGS, *SAYINGS, *CHANGES), k=chance.randint(1, 3)):
        files = change(files, spoken, chance)
    return fitted(files)


def test_whatever_such_facts_say_both_agree_on_what_it_means(
    spoken: dict[str, Files], tmp_path: Path
) -> None:
    found = {check for seed in SEEDS for _, _, check in both(respoken(spoken, seed), tmp_path)}
    assert {"fact", "checkpoint", "system", "protocol", "covered", "cut", "renewal"} <= found
