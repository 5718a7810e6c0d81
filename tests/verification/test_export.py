"""Bundles as they are handed out: the same bytes for the same record, recorded, masked, partial, redacted."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from adapters.bundle.made import SHIPPED
from adapters.bundle.service import Asked, export
from adapters.zipped import opened as opened_bundle
from adapters.zipped import unzipped, zipped
from domain.allocation import allocation_list, parameters_of
from domain.enrolment import AllocationSecretRevealed
from domain.errors import Denied, Invalid, NotFound
from domain.export import ExportMade
from domain.privacy import Part
from domain.record import Role
from tests.support.scenario import Scenario
from tests.support.signing import Signing
from tests.support.trial import TRIAL, active, course, day, person, small
from tests.verification.shipped import both
from tests.verification.signed_store import RELEASE, Signed, asked, bundle_of, opened, verification
from workflows import infusion, participant, privacy, trial

MASKED = Role.OUTCOME_ASSESSOR
REVEALED = (trial.CloseEnrolment(), trial.FreezeTrial(), trial.LockTrial(), trial.RevealSecret())
TELLS = re.compile(rb"by-vein|by-artery|\bvein\b|\bartery\b")
NAMES_ITS_ARMS = ("trial.protocol_adopted.v1", "trial.allocation_list_sealed.v1")
"""Facts that name the arms there are, as the protocol does; who got which is in neither."""


def exported(file: Path, ask: Asked, out: Path) -> str:
    """Export, and tell the digest that was recorded."""
    with opened(file) as app:
        return export(app, ask, out, RELEASE).digest


def test_the_same_bundle_twice_is_the_same_bytes(signed: Signed, file: Path, tmp_path: Path) -> None:
    """Although each export is recorded in between: it does not change what came before."""
    names = [tmp_path / f"{number}.zip" for number in range(2)]
    digests = [exported(file, asked(signed.head), name) for name in names]
    assert names[0].read_bytes() == names[1].read_bytes()
    assert digests == [sha256(names[0].read_bytes()).hexdigest()] * 2


@pytest.mark.requirement("EX-04")
def test_an_export_records_who_scope_purpose_and_the_exact_file(
    signed: Signed, file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "part.zip"
    exported(file, asked(signed.head, participant="S1-001", reader=MASKED), out)
    with opened(file) as app:
        (entry,) = app.reading.entries(TRIAL, stream="export")
        assert entry.record.fact == ExportMade(
            kind="bundle",
            scope="participant S1-001",
            reader="outcome_assessor",
            purpose="inspection",
            position=signed.head,
            sha256=sha256(out.read_bytes()).hexdigest(),
        )
        assert entry.command.attribution.actor == "inspector"
    assert verification(file, signed.policy, signed.notes).findings == ()


def test_an_export_overwrites_nothing_and_leaves_nothing_behind(
    signed: Signed, file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "there.zip"
    out.write_text("mine", "utf-8")
    with pytest.raises(Invalid, match="file already"):
        exported(file, asked(signed.head), out)
    assert out.read_text("utf-8") == "mine"
    with pytest.raises(Denied):
        exported(file, asked(signed.head, by=Role.ADMINISTRATOR), tmp_path / "denied.zip")
    with pytest.raises(NotFound):
        exported(file, asked(signed.head, participant="S1-404"), tmp_path / "nobody.zip")
    assert [name.name for name in tmp_path.glob("*.zip*")] == ["there.zip"]
    with opened(file) as app:
        assert list(app.reading.entries(TRIAL, stream="export")) == []


@pytest.mark.requirement("EX-06")
def test_any_zip_reader_opens_a_bundle_and_unpacked_it_verifies_too(
    bundles: dict[str, bytes], signed: Signed, tmp_path: Path
) -> None:
    folder = tmp_path / "unpacked"
    with ZipFile(BytesIO(bundles["whole"])) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    assert opened_bundle(folder).files == unzipped(bundles["whole"]).files
    assert zipped(opened_bundle(folder).files) == bundles["whole"]
    policy = tmp_path / "policy"
    policy.write_text(signed.policy, "utf-8")
    program = [sys.executable, str(folder / "verify.py"), str(folder), "--policy", str(policy)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"entries {signed.last + 1} to {signed.head} are after the last checkpoint" in done.stdout
    (folder / "trial" / "extra").write_text("x", "utf-8")
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "FAIL bundle: missing, or no file of a bundle: trial/extra [files]" in done.stdout


@pytest.mark.requirement("EX-06")
def test_the_program_needs_nothing_but_the_standard_library_of_python_3_8() -> None:
    source = (SHIPPED / "verify.py").read_text("utf-8")
    tree = ast.parse(source, feature_version=(3, 8))
    names = {
        alias.name if isinstance(node, ast.Import) else node.module or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {name.partition(".")[0] for name in names} <= set(sys.stdlib_module_names)


def test_the_program_prints_on_four_sheets_of_a4() -> None:
    lines = (SHIPPED / "verify.py").read_text("utf-8").splitlines()
    sheet, columns = 80, 2
    assert max(map(len, lines)) <= 110
    assert len(lines) <= 4 * columns * sheet


@pytest.mark.parametrize("words", [["/nowhere"], [".", "--key", "nonsense"], [".", "--policy", "/nowhere"]])
def test_wrong_words_are_told_from_what_does_not_verify(words: list[str], tmp_path: Path) -> None:
    program = [sys.executable, str(SHIPPED / "verify.py"), *words]
    done = subprocess.run(program, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 2


# ---------------------------------------------------------------- parts


def rows(files: dict[str, bytes]) -> list[list[bytes]]:
    """The lines of the trial's log: hash, entry, fact and envelope."""
    return [line.split(b"\t") for line in files["trial/ledger.txt"].splitlines()]


def test_a_part_holds_one_participant_and_nothing_of_another(bundles: dict[str, bytes]) -> None:
    files = unzipped(bundles["participant"]).files
    entries = [json.loads(row[1]) for row in rows(files) if len(row) == 4]
    assert {entry["stream"] for entry in entries} == {"participant/S1-001", "trial"}
    said = files["trial/ledger.txt"] + files["report.en.html"]
    assert b"S1-002" not in said
    assert b"S1-003" not in said


# ---------------------------------------------------------------- masking


def test_a_masked_bundle_withholds_the_revealed_secret_and_lists_it(tmp_path: Path) -> None:
    scenario = Scenario(tmp_path)
    try:
        scenario.given(active(), course("closed"))
        scenario.given(REVEALED)
        Signing(scenario.app).sign(TRIAL)
        head = scenario.store.head(TRIAL).position
        (secret,) = (
            record.fact.secret
            for record in scenario.records()
            if isinstance(record.fact, AllocationSecretRevealed)
        )
    finally:
        scenario.close()
    file = Path(scenario.location)
    for ask in (asked(head, reader=MASKED), asked(head, by=MASKED)):
        data = bundle_of(file, ask)
        assert both(data, tmp_path) == set()
        files = unzipped(data).files
        assert all(secret.encode() not in each for each in files.values())
        assert rows(files)[head - 1][2] == b"withheld masked"
        assert b"the reader is masked" in files["report.en.html"]
    assert secret.encode() in unzipped(bundle_of(file, asked(head))).files["trial/ledger.txt"]


def secret_for(routes: list[str]) -> str:
    """A secret whose list begins with these routes."""
    parameters = parameters_of(small().protocol)
    arms = [f"by-{route}" for route in routes]
    for number in range(100_000):
        secret = f"{number:064x}"
        if list(allocation_list(bytes.fromhex(secret), parameters)[: len(arms)]) == arms:
            return secret
    raise LookupError(routes)


def masked_bundle(folder: Path, routes: list[str]) -> dict[str, bytes]:
    """What a masked reader gets of a trial with these allocations, one by the wrong route, then revealed."""
    folder.mkdir()
    secret = secret_for(routes)
    other = {"vein": "artery", "artery": "vein"}
    scenario = Scenario(folder)
    try:
        sealed = [
            trial.SealList(secret=secret) if isinstance(each, trial.SealList) else each for each in active()
        ]
        scenario.given(sealed)
        for place, route in enumerate(routes, start=1):
            code = f"S1-{place:03}"
            steps = course("closed" if place < len(routes) else "randomized", code, place)
            scenario.given(
                each.model_copy(update={"route": route}) if isinstance(each, infusion.PlaceAccess) else each
                for each in steps
            )
        wrong = infusion.RecordInfusion(
            participant=f"S1-{len(routes):03}",
            at=day(0, "11:59"),
            route=other[routes[-1]],
        )
        scenario.given(
            wrong, trial.CloseEnrolment(), trial.FreezeTrial(), trial.LockTrial(), trial.RevealSecret()
        )
        signing = Signing(scenario.app)
        signing.sign(TRIAL, signing.site)
        head = scenario.store.head(TRIAL).position
    finally:
        scenario.close()
    data = bundle_of(Path(scenario.location), asked(head, reader=MASKED))
    assert both(data, folder) == set()
    return unzipped(data).files


def in_clear(data: bytes) -> bytes:
    """What somebody reads who can open nothing: hashes, ciphertexts, signatures blanked at their length."""
    hidden = re.compile(rb"[0-9a-f]{32,}|[A-Za-z0-9+/]{16,}={0,2}|[0-9a-f]{8}(?=\+)")
    return hidden.sub(lambda found: b"#" * len(found[0]), data)


@pytest.mark.requirement("EX-03", "RN-04")
def test_with_arms_swapped_a_masked_reader_gets_the_same_in_clear_at_the_same_length(
    tmp_path: Path,
) -> None:
    routes = ["vein", "artery", "artery", "vein"]
    swapped = ["artery", "vein", "vein", "artery"]
    first = masked_bundle(tmp_path / "first", routes)
    second = masked_bundle(tmp_path / "second", swapped)
    assert first != second
    assert list(first) == list(second)
    for name, data in first.items():
        assert len(data) == len(second[name]), name
        assert in_clear(data) == in_clear(second[name]), name


@pytest.mark.requirement("EX-03")
def test_a_masked_bundle_says_nobodys_arm(bundles: dict[str, bytes]) -> None:
    files = unzipped(bundles["masked"]).files
    for _, text, fact, envelope in rows(files):
        if json.loads(text)["topic"] not in NAMES_ITS_ARMS:
            assert not TELLS.search(fact + envelope)
    for name, data in files.items():
        if name not in ("trial/ledger.txt", "protocols/1.json", "SPEC.md", "verify.py"):
            assert not TELLS.search(data), name


# ---------------------------------------------------------------- redaction


def redacted(scenario: Scenario, part: Part, field: str, topic: str) -> int:
    """Have a text redacted by two persons, and destroyed; the position it stood at."""
    position = next(record.position for record in scenario.records() if topic == record.fact.TOPIC)
    scenario.given(
        privacy.RequestRedaction(position=position, part=part, field=field, ground="a name"),
        privacy.ApproveRedaction(redaction=f"{position}-{field}"),
    )
    scenario.app.destruction.carry_out(scenario.view())
    return position


@pytest.mark.requirement("PR-02", "CO-07")
def test_what_was_redacted_is_listed_with_its_ground_and_everything_else_verifies(tmp_path: Path) -> None:
    scenario = Scenario(tmp_path)
    try:
        scenario.given(active(), course("closed"))
        noted = participant.RecordMisrandomization(
            participant="S1-001",
            at=day(0, "11:00"),
            finding="Zhang San was not in need",
        )
        scenario.given(noted)
        Signing(scenario.app).sign(TRIAL)
        fact = redacted(scenario, Part.FACT, "finding", "participant.misrandomization_noted.v1")
        envelope = redacted(scenario, Part.ENVELOPE, "reason_text", "infusion.closed.v1")
        Signing(scenario.app).sign(TRIAL)
        head = scenario.store.head(TRIAL).position
    finally:
        scenario.close()
    file = Path(scenario.location)
    whole = verification(file)
    assert whole.findings == ()
    (log,) = [each for each in whole.logs if each.log == TRIAL]
    assert [(position, what) for position, what, _ in log.withheld] == [
        (envelope, "envelope"),
        (fact, "fact"),
    ]
    for ask in (asked(head), asked(head, participant="S1-001")):
        data = bundle_of(file, ask)
        assert both(data, tmp_path) == set()
        files = unzipped(data).files
        assert all(b"Zhang San" not in each for each in files.values())
        held = [row for row in rows(files) if b"withheld redacted" in b" ".join(row)]
        assert any(row[2].startswith(b"withheld redacted ") for row in held)
        assert any(row[3].startswith(b"withheld redacted ") for row in held)


@pytest.mark.requirement("PR-02", "CO-07")
@pytest.mark.parametrize("code", ["", "S1-001"], ids=["whole", "part"])
def test_a_bundle_as_of_before_what_is_in_it_was_redacted_is_refused(tmp_path: Path, code: str) -> None:
    scenario = Scenario(tmp_path)
    try:
        scenario.given(active(), course("closed"))
        scenario.given(
            participant.RecordMisrandomization(
                participant="S1-001", at=day(0, "11:00"), finding="Zhang San was not in need"
            )
        )
        head = scenario.store.head(TRIAL).position
        redacted(scenario, Part.FACT, "finding", "participant.misrandomization_noted.v1")
        Signing(scenario.app).sign(TRIAL)
    finally:
        scenario.close()
    file = Path(scenario.location)
    with pytest.raises(NotFound) as gone:
        bundle_of(file, asked(head, participant=code))
    assert gone.value.code == "bundle.redacted_since"
    assert both(bundle_of(file, asked(head + 2, participant=code)), tmp_path) == set()


def test_a_bundle_is_read_in_both_languages(bundles: dict[str, bytes]) -> None:
    files = unzipped(bundles["whole"]).files
    english, chinese = (files[f"report.{language}.html"].decode() for language in ("en", "zh"))
    assert "Trial activated" in english
    assert "试验启动" in chinese
    assert english.count("<tr>") == chinese.count("<tr>")


def test_the_command_line_verifies_stores_and_bundles(signed: Signed, file: Path, tmp_path: Path) -> None:
    out, policy = tmp_path / "trial.zip", tmp_path / "policy"
    policy.write_text(signed.policy, "utf-8")
    trialog = [sys.executable, "-m", "trialog"]
    environment = {**os.environ, "TRIALOG_STORE": str(file), "TRIALOG_AS": "m.wu:inspector"}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*trialog, *words], capture_output=True, text=True, check=False, env=environment,
            cwd=Path(__file__).parents[2],
        )  # fmt: skip

    made = run("export", "bundle", "--out", str(out), "--purpose", "inspection", "--json")
    assert made.returncode == 0, made.stderr
    for words in ((), (str(out),)):
        done = run("audit", "verify", *words, "--policy", str(policy))
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert "verified" in done.stdout
        assert "are after the last checkpoint" in done.stdout
    data = out.read_bytes()
    at = data.index(b"S1-001", len(data) // 2)
    out.write_bytes(data[:at] + b"S1-009" + data[at + 6 :])
    done = run("audit", "verify", str(out), "--json")
    assert done.returncode == 3
    told = json.loads(done.stdout)
    assert told["verified"] is False
    assert told["findings"]
    assert json.loads(done.stderr)["error"]["code"] == "audit.not_verified"


def test_somebody_who_asks_as_a_person_may_export(file: Path, signed: Signed, tmp_path: Path) -> None:
    for role in (Role.INSPECTOR, Role.MONITOR, Role.MASKED_STATISTICIAN):
        with opened(file) as app:
            made = export(
                app,
                Asked(TRIAL, signed.head, person(role), role, "inspection"),
                tmp_path / f"{role}.zip",
                RELEASE,
            )
            assert made.masked is (role is Role.MASKED_STATISTICIAN)
