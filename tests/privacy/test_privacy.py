"""Identities that only their own key opens, and what two persons decide to destroy."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest

from adapters.keys.key_file import KeyFile
from adapters.store.store import Store
from domain.clinical_time import Instant
from domain.errors import Denied, Invalid
from domain.identifiers import SYSTEM_LOG
from domain.privacy import (
    REDACTED,
    Identity,
    IdentityErased,
    IdentityRecorded,
    Part,
    Redaction,
    identity_scope,
    masked,
    refuse_unless_free,
)
from domain.record import Role
from domain.sealed import Sealed
from projections.as_of import Axis
from projections.identifiers import identifiers_in
from projections.rebuild import compare
from projections.verification.word import TOPICS
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, course, day
from trialog.bootstrap import open_app
from workflows import outcome, privacy, trial

CODE = "S1-001"
NAME, PHONE, CARD = "张伟明", "13812345678", "11010519491231002X"
IDENTITY = privacy.RecordIdentity(participant=CODE, name=NAME, phone=PHONE, national_id=CARD)
NOTE = outcome.NoteDeviation(participant=CODE, at=day(0), text=f"{NAME} came late, reached on {PHONE}")
ARCHIVED = (trial.CloseEnrolment(), trial.LockTrial(), trial.ArchiveTrial())
ERASURE = (
    privacy.RequestErasure(participant=CODE, ground="retention has ended"),
    privacy.ApproveErasure(participant=CODE),
)


def files_of(scenario: Scenario) -> bytes:
    """Every byte of the store's own files."""
    location = Path(scenario.location)
    return b"".join(file.read_bytes() for file in location.parent.glob(f"{location.name}*"))


def carry_out(scenario: Scenario) -> list[tuple[str, str]]:
    """What was destroyed."""
    done = scenario.app.destruction.carry_out(scenario.view())
    scenario.app.engine.forget(TRIAL)
    return [(each.what, each.name) for each in done]


def sealed(scenario: Scenario, code: str = CODE) -> Sealed:
    """A participant's identity, as it is kept."""
    held = scenario.view().singles(Identity)[code].identity
    assert held is not None
    return held


def position_of_note(scenario: Scenario) -> int:
    """Where the note stands."""
    return max(record.position for record in scenario.records() if record.fact.TOPIC == "deviation.noted.v1")


@pytest.mark.requirement("PR-01")
def test_nothing_of_an_identity_stands_in_clear_in_the_store(scenario: Scenario) -> None:
    scenario.given(active(), course("screened"), IDENTITY)
    stored = files_of(scenario)
    assert b"identity.recorded.v1" in stored
    for text in (NAME, PHONE, CARD):
        assert text.encode() not in stored
        assert json.dumps(text)[1:-1].encode() not in stored
    assert json.loads(scenario.app.vault.open(sealed(scenario)))["name"] == NAME


def test_two_identities_of_different_length_are_sealed_in_one_length(scenario: Scenario) -> None:
    scenario.given(active(), course("screened"), course("screened", "S1-002"), IDENTITY)
    scenario.given(privacy.RecordIdentity(participant="S1-002", name="Li"))
    first, second = (sealed(scenario, code) for code in (CODE, "S1-002"))
    assert len(first.text) == len(second.text)


@pytest.mark.requirement("PR-01")
def test_a_scan_finds_an_identifier_that_was_typed_into_a_text_and_never_repeats_it(
    scenario: Scenario,
) -> None:
    scenario.given(active(), course("screened"), IDENTITY)
    known = {CODE: {"name": NAME, "phone": PHONE, "national_id": CARD}}
    assert list(identifiers_in(scenario.app.ledger, TRIAL, known, upto=scenario.view().position)) == []
    scenario.given(NOTE)
    found = list(identifiers_in(scenario.app.ledger, TRIAL, known, upto=scenario.view().position))
    where = (position_of_note(scenario), Part.FACT, "text")
    assert [(each.position, each.part, each.field) for each in found] == [where] * 3
    assert {each.what for each in found} == {
        f"name of {CODE}",
        f"phone of {CODE}",
        "a mobile telephone number",
    }
    assert NAME not in str(found)


def test_a_resident_identity_number_is_known_by_its_check_digit(scenario: Scenario) -> None:
    scenario.given(active(), course("screened"))
    wrong = CARD[:-1] + "1"
    scenario.given(
        outcome.NoteDeviation(participant=CODE, at=day(0), text=f"card {CARD}"),
        outcome.NoteDeviation(participant=CODE, at=day(0, "09:00"), text=f"number {wrong}"),
    )
    found = list(identifiers_in(scenario.app.ledger, TRIAL, {}, upto=scenario.view().position))
    assert [each.what for each in found] == ["a resident identity number"]


@pytest.mark.requirement("PR-02", "PR-03")
def test_an_identity_whose_key_is_destroyed_never_opens_again_and_the_history_stands(
    scenario: Scenario,
) -> None:
    scenario.given(active(), course("screened"), IDENTITY, ARCHIVED)
    scenario.when(ERASURE[0]).refused("erasure.retention")
    scenario.on(30 * 366).given(ERASURE)
    sealed = next(r.fact for r in scenario.records() if isinstance(r.fact, IdentityRecorded)).identity
    before = scenario.contents()
    assert carry_out(scenario) == [("identity", CODE)]
    with pytest.raises(Denied):
        scenario.app.vault.open(sealed)
    assert identity_scope(CODE) not in KeyFile(Path(f"{scenario.location}.keys")).read()
    assert scenario.contents() == before
    assert compare(scenario.app.reading, TRIAL)[1] == []
    assert carry_out(scenario) == []


def test_an_erasure_that_a_crash_left_undone_is_outstanding(scenario: Scenario) -> None:
    scenario.given(active(), course("screened"), IDENTITY, ARCHIVED)
    scenario.on(30 * 366).given(ERASURE)
    left = list(scenario.app.destruction.outstanding(scenario.view()))
    assert [getattr(each, "participant", "") for each in left] == [CODE]


def test_an_identity_recorded_again_after_erasure_has_another_key(scenario: Scenario) -> None:
    scenario.given(active(), course("screened"), IDENTITY, ARCHIVED)
    scenario.on(30 * 366).given(ERASURE)
    carry_out(scenario)
    scenario.given(IDENTITY)
    assert list(scenario.app.destruction.outstanding(scenario.view())) == []
    assert scenario.app.vault.open(sealed(scenario))
    assert scenario.position(IdentityErased) < scenario.position(IdentityRecorded, 2)


@pytest.mark.requirement("CO-07", "PR-02")
def test_a_redacted_text_is_gone_from_every_byte_of_the_store(scenario: Scenario) -> None:
    scenario.given(active(), course("screened"), NOTE)
    position = position_of_note(scenario)
    assert NAME.encode() in files_of(scenario)
    scenario.app.destruction.check(TRIAL, position, Part.FACT, "text")
    scenario.given(
        privacy.RequestRedaction(position=position, part=Part.FACT, field="text", ground="holds a name"),
        privacy.ApproveRedaction(redaction=f"{position}-text"),
    )
    before = next(iter(scenario.app.ledger.stored_lines(TRIAL, after=position - 1, upto=position)))
    assert carry_out(scenario) == [("text", f"{position}-text")]
    scenario.close()
    assert NAME.encode() not in files_of(scenario)
    app = open_app(scenario.location)
    try:
        view = app.view(TRIAL)
        assert [note.text for note in view.outcomes(CODE)[CODE].noted.values()] == [REDACTED]
        assert compare(app.reading, TRIAL)[1] == []
        line = next(iter(app.ledger.stored_lines(TRIAL, after=position - 1, upto=position)))
        assert (line.entry, line.nodes) == (before.entry, before.nodes)
        assert before.salts is not None
        assert line.salts == bytes(16) + before.salts[16:]
        assert before.salts[:16] not in files_of(scenario)
        assert view.singles(Redaction)[f"{position}-text"].made
        early = app.view(TRIAL, Instant.of(day(0, "12:59").earliest), Axis.RECORDED)
        assert NAME not in repr(early.outcomes(CODE))
    finally:
        app.close()


def test_the_guards_stand_again_after_a_redaction(scenario: Scenario) -> None:
    scenario.given(active(), course("screened"), NOTE)
    _redact(scenario, position_of_note(scenario))
    for table in ("fact", "command", "document"):
        with (
            pytest.raises(Exception, match="append-only"),
            scenario.store._connections.reading() as link,
        ):
            link.run(f"UPDATE {table} SET trial = trial")  # noqa: S608 - our own table names


def test_a_reason_in_an_envelope_is_redacted_in_the_journal(scenario: Scenario) -> None:
    scenario.given(active(), course("screened"), NOTE)
    position = position_of_note(scenario)
    scenario.given(
        privacy.RequestRedaction(position=position, part=Part.ENVELOPE, field="reason_text", ground="a name"),
        privacy.ApproveRedaction(redaction=f"{position}-reason_text"),
    )
    assert carry_out(scenario) == [("text", f"{position}-reason_text")]
    entry = next(iter(scenario.app.reading.entries(TRIAL, after=position - 1, upto=position)))
    assert entry.command.attribution.reason_text == REDACTED
    line = next(iter(scenario.app.ledger.stored_lines(TRIAL, after=position - 1, upto=position)))
    assert line.salts is not None
    assert line.salts[16:] == bytes(16) != line.salts[:16]


def test_who_may_see_allocations_opens_nothing_else_by_that(scenario: Scenario) -> None:
    scenario.given(active(), course("randomized"), IDENTITY)
    view = scenario.view()
    opened = scenario.app.unseal(view.trial, Role.STATISTICIAN)
    randomized = view.participants()[CODE].randomized
    assert randomized is not None
    assert opened(randomized.allocation)
    assert opened(sealed(scenario)) is None
    assert scenario.app.unseal_identity(randomized.allocation) is None


def test_only_free_text_can_be_redacted(scenario: Scenario) -> None:
    scenario.given(active(), course("screened"), NOTE)
    position = position_of_note(scenario)
    for part, field in ((Part.FACT, "deviation"), (Part.FACT, "nothing"), (Part.ENVELOPE, "actor")):
        with pytest.raises(Exception, match="redaction"):
            scenario.app.destruction.check(TRIAL, position, part, field)


def test_postgresql_redacts_as_the_owner_of_the_tables(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIALOG_KEYS", str(tmp_path / "keys"))
    scenario = Scenario(tmp_path, location=postgresql_url)
    try:
        scenario.given(active(), course("screened"), NOTE)
        _redact(scenario, position_of_note(scenario))
        assert [n.text for n in scenario.view().outcomes(CODE)[CODE].noted.values()] == [REDACTED]
        with (
            psycopg.connect(postgresql_url, autocommit=True) as connection,
            pytest.raises(psycopg.errors.RestrictViolation),
        ):
            connection.execute("UPDATE fact SET trial = trial")
    finally:
        scenario.close()


def test_the_system_log_holds_nothing_of_it(scenario: Scenario) -> None:
    scenario.given(active(), course("screened"), IDENTITY)
    assert scenario.app.reading.head(SYSTEM_LOG)[0] == 0
    assert isinstance(scenario.app.store, Store)


def _redact(scenario: Scenario, position: int) -> None:
    scenario.given(
        privacy.RequestRedaction(position=position, part=Part.FACT, field="text", ground="holds a name"),
        privacy.ApproveRedaction(redaction=f"{position}-text"),
    )
    carry_out(scenario)


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_what_the_proof_of_others_rests_on_is_not_redacted(topic: str) -> None:
    """Masked once, nobody could tell any more what holds: no verifier would take it."""
    with pytest.raises(Invalid, match=r"redaction\.not_free"):
        refuse_unless_free(1, "reason", topic, b'{"reason":"a name"}')
    assert masked(1, "reason", topic, b'{"reason":"a name"}') is None
