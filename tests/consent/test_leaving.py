"""What leaves the trial is gated: by consents granted for themselves, by permits, by the border."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.bundle.proof import proof_of
from adapters.bundle.service import Asked, export
from adapters.exports.table import TableAsked, TableMade, export_table
from adapters.exports.terms import WITHIN, Terms
from adapters.keys.ed25519 import verified
from adapters.zipped import unzipped
from domain.consent import Purpose
from domain.errors import Refused
from domain.export import ExportMade
from domain.query import Query
from domain.record import Role
from projections.leaving import leaving
from projections.verification.bundle import verify_bundle
from projections.verification.fact_proof import verify_fact
from projections.verification.signed import Trust
from tests.support.scenario import Scenario
from tests.support.signing import Signing
from tests.support.trial import READINGS, TRIAL, active, course, day, person, small
from tests.verification.shipped import by_program
from workflows import observation, participant, privacy, query, visit
from workflows.command import Command

CODES = ("S1-001", "S1-002", "S1-003", "S1-004")
GENE = {
    "id": "pnpla3",
    "name": {"en": "PNPLA3"},
    "grades": [{"code": "cc", "name": {"en": "CC"}}, {"code": "cg", "name": {"en": "CG"}}],
}
GENETIC = small(
    {
        "items.pnpla3": GENE,
        "sites.S1.residency": "CN",
        "data_classes": [{"item": "pnpla3", "data_class": "genetic"}],
    }
)
ABROAD = Terms((Purpose.CROSS_BORDER,), "P-7", "DE")
GENES = Terms((Purpose.GENETIC,), "P-8")


def enrolled(code: str, *granted: str) -> list[Command]:
    """A participant with results and a genotype, who granted some uses."""
    taken = (*READINGS[:1], observation.Reading(item="pnpla3", value="cc"))
    return [
        participant.PreScreen(participant=code, site="S1", sex="male", age=Decimal(50)),
        participant.RecordConsent(
            participant=code, at=day(0, "09:00"), version="1.0", language="zh-CN", granted=granted
        ),
        visit.RecordVisit(participant=code, at=day(0, "10:00"), visit="baseline"),
        observation.RecordResults(participant=code, at=day(0, "10:30"), visit="baseline", readings=taken),
    ]


@pytest.fixture
def trial(scenario: Scenario) -> Scenario:
    """Four participants: who granted both, who withdrew, who granted nothing, who only was screened."""
    scenario.given(
        active(GENETIC),
        enrolled(CODES[0], "cross_border", "genetic"),
        enrolled(CODES[1], "cross_border"),
        enrolled(CODES[2]),
        course("screened", CODES[3]),
        participant.RecordWithdrawal(participant=CODES[1], at=day(0, "11:00")),
    )
    return scenario


def table(trial: Scenario, folder: Path, terms: Terms = WITHIN) -> TableMade:
    """Tables on some terms, made by the data manager."""
    position = trial.app.reading.head(TRIAL)[0]
    by = person(Role.DATA_MANAGER)
    asked = TableAsked(TRIAL, position, by, Role.DATA_MANAGER, "meta-analysis", terms)
    return export_table(trial.app, asked, folder / "table.zip", "0.0.0")


def bundled(trial: Scenario, folder: Path, whose: str, terms: Terms) -> Mapping[str, bytes]:
    """The files of a bundle on some terms, made for an inspector."""
    position, by = trial.app.reading.head(TRIAL)[0], person(Role.INSPECTOR)
    asked = Asked(TRIAL, position, by, Role.INSPECTOR, "inspection", whose, (), terms)
    return unzipped(export(trial.app, asked, folder / "bundle.zip", "0.0.0").file.read_bytes()).files


def rows(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(unzipped(file.read_bytes()).files["results.csv"].decode())))


def manifest(file: Path) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = json.loads(unzipped(file.read_bytes()).files["manifest.json"])
    return found


@pytest.mark.requirement("IC-07")
def test_who_has_not_granted_a_use_is_left_out_and_the_manifest_says_why(
    trial: Scenario, tmp_path: Path
) -> None:
    made = table(trial, tmp_path, ABROAD)
    assert {row["participant"] for row in rows(made.file)} == {CODES[0]}
    assert manifest(made.file)["left_out"] == [
        {"participant": CODES[1], "reason": "cross border withdrawn"},
        {"participant": CODES[2], "reason": "cross border not granted"},
        {"participant": CODES[3], "reason": "no consent"},
    ]
    people = unzipped(made.file.read_bytes()).files["participants.csv"].decode()
    assert [code for code in CODES if code in people] == [CODES[0]]
    (fact,) = [each.fact for each in trial.records() if isinstance(each.fact, ExportMade)]
    assert (fact.kind, fact.uses, fact.permit, fact.country, fact.left_out) == (
        "table",
        (Purpose.CROSS_BORDER,),
        "P-7",
        "DE",
        3,
    )


@pytest.mark.requirement("PR-05")
@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (Terms((Purpose.CROSS_BORDER,)), "export.no_permit"),
        (Terms((Purpose.GENETIC,)), "export.no_permit"),
        (Terms(country="DE"), "export.crosses_border"),
        (Terms((Purpose.FUTURE_USE,)), "export.nobody"),
    ],
)
def test_what_may_not_leave_is_refused_and_no_file_is_left(
    trial: Scenario, tmp_path: Path, terms: Terms, code: str
) -> None:
    before = trial.contents()
    with pytest.raises(Refused) as refused:
        table(trial, tmp_path, terms)
    assert refused.value.code == code
    if code == "export.nobody":  # a table was asked for: it is not what to do instead
        assert refused.value.message == "nobody's data may leave for future_use: 4 are left out"
        assert "trialog consent show" in refused.value.remedy
    assert (list(tmp_path.glob("*.zip*")), trial.contents()) == ([], before)


@pytest.mark.requirement("PR-05")
def test_genetic_items_are_tagged_and_leave_for_genetic_use_only(trial: Scenario, tmp_path: Path) -> None:
    within = table(trial, tmp_path)
    assert {row["result"] for row in rows(within.file)} == {"alt"}
    assert manifest(within.file)["items_left_out"] == [
        {"item": "pnpla3", "reason": "genetic data, another use"}
    ]
    within.file.unlink()
    made = table(trial, tmp_path, GENES)
    assert {(row["participant"], row["result"]) for row in rows(made.file)} == {
        (CODES[0], "alt"),
        (CODES[0], "pnpla3"),
    }


def test_within_the_trial_everyone_who_consented_is_there_a_withdrawal_notwithstanding(
    trial: Scenario, tmp_path: Path
) -> None:
    made = table(trial, tmp_path)
    assert made.leaving.participants == CODES[:3]
    assert [(each.participant, each.reason) for each in made.leaving.left_out] == [(CODES[3], "no consent")]


def test_the_same_tables_are_the_same_bytes(trial: Scenario, tmp_path: Path) -> None:
    position = trial.app.reading.head(TRIAL)[0]
    first = table(trial, tmp_path)
    kept = first.file.read_bytes()
    first.file.unlink()
    asked = TableAsked(TRIAL, position, person(Role.DATA_MANAGER), Role.DATA_MANAGER, "meta-analysis")
    assert export_table(trial.app, asked, first.file, "0.0.0").file.read_bytes() == kept


@pytest.mark.requirement("PR-04")
def test_whose_processing_is_restricted_is_absent_from_every_table(trial: Scenario, tmp_path: Path) -> None:
    trial.given(privacy.RestrictProcessing(participant=CODES[0], ground="asked for"))
    made = table(trial, tmp_path)
    assert CODES[0] not in {row["participant"] for row in rows(made.file)}
    assert (CODES[0], "processing restricted") in leaving(trial.view(), ()).left_out


@pytest.mark.requirement("IC-07", "PR-05")
@pytest.mark.parametrize(
    ("whose", "terms", "code"),
    [
        ("", ABROAD, "export.nobody"),
        (CODES[2], ABROAD, "export.not_granted"),
        (CODES[0], Terms((Purpose.CROSS_BORDER,), "", "DE"), "export.no_permit"),
        (CODES[0], ABROAD, ""),
        (CODES[0], Terms((Purpose.CROSS_BORDER, Purpose.GENETIC), "P-9", "DE"), ""),
        (CODES[2], WITHIN, ""),
    ],
)
def test_a_bundle_leaves_for_another_use_for_one_who_granted_it_only(
    trial: Scenario, tmp_path: Path, whose: str, terms: Terms, code: str
) -> None:
    position, by = trial.app.reading.head(TRIAL)[0], person(Role.INSPECTOR)
    asked = Asked(TRIAL, position, by, Role.INSPECTOR, "inspection", whose, (), terms)
    if not code:
        assert export(trial.app, asked, tmp_path / "part.zip", "0.0.0").file.exists()
        return
    with pytest.raises(Refused) as refused:
        export(trial.app, asked, tmp_path / "part.zip", "0.0.0")
    assert refused.value.code == code
    assert list(tmp_path.glob("*.zip*")) == []


@pytest.mark.requirement("PR-05", "IC-07")
@pytest.mark.parametrize("whose", ["", CODES[0]])
def test_genetic_values_are_withheld_from_a_bundle_that_is_not_for_genetic_use_and_it_verifies(
    trial: Scenario, tmp_path: Path, whose: str
) -> None:
    on = {"participant": CODES[0], "visit": "baseline", "result": "pnpla3"}
    corrected = observation.CorrectResult.model_validate({**on, "value": "cg"})
    trial.given(corrected, query.OpenQuery.model_validate({**on, "text": "CG?"}))
    [asked] = trial.view().singles(Query)
    trial.given(query.AnswerQuery(query=asked, answer="it is CG"))
    own = [each for each in trial.records() if each.stream == f"participant/{CODES[0]}"]
    genes = {each.position for each in own if getattr(each.fact, "result", "") == "pnpla3"}
    files = bundled(trial, tmp_path, whose, WITHIN)
    rows = [each.split("\t") for each in files["trial/ledger.txt"].decode().splitlines()]
    told = {json.loads(row[1])["position"]: row[2:] for row in rows if len(row) == 4}
    assert genes <= {position for position, (fact, _) in told.items() if fact == "withheld genetic"}
    texts = " ".join(fact for fact, _ in told.values()) + files["report.en.html"].decode()
    assert '"value":"40"' in texts
    assert not any(value in texts for value in ('"grade":"cc"', '"grade":"cg"', "CG?", "it is CG"))
    assert any(envelope == "withheld genetic" for _, envelope in told.values())
    found = verify_bundle(files, (), Trust(verified, None))
    assert [str(each) for each in found.findings] == []
    assert "genetic data, which leave for genetic use only" in files["report.en.html"].decode()
    assert by_program(tmp_path / "bundle.zip") == set()


@pytest.mark.requirement("PR-05")
def test_proofs_of_single_facts_withhold_the_genetic_values_that_a_bundle_withholds(
    store_url: str, tmp_path: Path
) -> None:
    """Of every fact, on both databases: the same is withheld in both, and each proof holds by itself."""
    scenario = Scenario(tmp_path, location=store_url)
    try:
        on = {"participant": CODES[0], "visit": "baseline", "result": "pnpla3"}
        corrected = observation.CorrectResult.model_validate({**on, "value": "cg"})
        asked = query.OpenQuery.model_validate({**on, "text": "CG?"})
        scenario.given(active(GENETIC), enrolled(CODES[0], "genetic"), corrected, asked)
        [thread] = scenario.view().singles(Query)
        scenario.given(query.AnswerQuery(query=thread, answer="it is CG"))
        Signing(scenario.app).sign(TRIAL)
        files = bundled(scenario, tmp_path, "", WITHIN)
        rows = [each.split(b"\t") for each in files["trial/ledger.txt"].splitlines()]
        told = {json.loads(row[1])["position"]: row[2] for row in rows if len(row) == 4}
        view = scenario.view()
        proofs = {at: proof_of(scenario.app, view, Role.INSPECTOR, at) for at in told if at <= view.position}
        for each in proofs.values():
            assert verify_fact(str(each).encode(), Trust(verified)).findings == ()
        assert {at: each.fact for at, each in proofs.items()} == {at: told[at] for at in proofs}
        withheld = [at for at, each in proofs.items() if each.fact == b"withheld genetic"]
        assert len(withheld) == 4
        for role in (Role.INVESTIGATOR, Role.OUTCOME_ASSESSOR):  # From every role alike, masked or not.
            assert all(proof_of(scenario.app, view, role, at) == proofs[at] for at in withheld)
        held = b"".join(each.fact + each.envelope for each in proofs.values())
        assert b'"value":"40"' in held
        assert not any(value in held for value in (b'"grade":"cc"', b'"grade":"cg"', b"CG?", b"it is CG"))
    finally:
        scenario.close()


@pytest.mark.requirement("PR-05")
def test_with_consent_and_permit_a_bundle_of_the_participant_holds_the_genetic_values(
    trial: Scenario, tmp_path: Path
) -> None:
    files = bundled(trial, tmp_path, CODES[0], GENES)
    assert b'"grade":"cc"' in files["trial/ledger.txt"]
    assert b"withheld genetic" not in files["trial/ledger.txt"]


def test_nothing_is_withheld_as_genetic_where_no_protocol_names_genetic_data(
    scenario: Scenario, tmp_path: Path
) -> None:
    scenario.given(active(), course("measured"))
    files = dict(bundled(scenario, tmp_path, "", WITHIN))
    assert b"withheld genetic" not in files["trial/ledger.txt"]
    *lines, last = files["trial/ledger.txt"].splitlines(keepends=True)
    leaf, entry, _, envelope = last.split(b"\t")
    lines.append(b"\t".join((leaf, entry, b"withheld genetic", envelope)))
    files["trial/ledger.txt"] = b"".join(lines)
    findings = verify_bundle(files, (), Trust(verified, None)).findings
    assert any("nothing allows that this fact is withheld as genetic" in str(each) for each in findings)


def test_a_later_use_that_was_withdrawn_is_left_out_for_that_use_alone(trial: Scenario) -> None:
    trial.given(
        enrolled("S1-005", "future_use", "cross_border"),
        participant.RecordWithdrawal(participant="S1-005", at=day(0, "11:30"), scope="future_use"),
    )
    assert "S1-005" not in leaving(trial.view(), (Purpose.FUTURE_USE,)).participants
    assert "S1-005" in leaving(trial.view(), (Purpose.CROSS_BORDER,)).participants
